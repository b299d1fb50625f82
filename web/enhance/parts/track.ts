/** The list of what has happened to a request, kept up to date. */

export interface Status {
  readonly status: string
  readonly steps: readonly Step[]
}

interface Step {
  readonly text: string
  readonly at: number | null
  readonly state: 'done' | 'current' | 'failed'
}

/** Writes the list anew; `status` is read out, because something has happened. */
export function showStatus({ status, steps }: Status): void {
  const region = document.getElementById('status')
  if (region && region.textContent !== status) region.textContent = status
  const track = document.getElementById('track')
  track?.replaceChildren(...steps.map(item))
  showAges()
}

function item({ text, at, state }: Step): HTMLLIElement {
  const line = document.createElement('li')
  if (state !== 'current') line.className = state === 'done' ? 'done' : 'fail'
  else line.setAttribute('aria-current', 'step')
  line.append(text)
  if (at !== null) {
    const time = document.createElement('time')
    time.dateTime = new Date(at).toISOString()
    line.append(time)
  }
  return line
}

/** Younger than that is now: a count from zero says nothing. */
const NEW_S = 5

/** `10 s ago` is what counts here, so it stands in place of the time of day. */
export function showAges(): void {
  const track = document.getElementById('track')
  for (const time of track?.querySelectorAll('time') ?? []) {
    const age = Math.max(0, Math.round((Date.now() + offset - Date.parse(time.dateTime)) / 1_000))
    const { ago = '', justNow = '' } = track?.dataset ?? {}
    time.textContent = age < NEW_S ? justNow : ago.replace('{seconds}', String(age))
  }
}

/** How far the clock of the server is ahead of the one here. */
const offset = Number(document.getElementById('track')?.dataset.now ?? Date.now()) - Date.now()
