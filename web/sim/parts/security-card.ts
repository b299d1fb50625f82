import { parseSuite } from '#oath/ocra.ts'
import { digest, importKey, ocraWithKey } from '#oath/webcrypto.ts'
import { post } from './element.ts'

/**
 * A card with a keypad and one line of display. It knows its key and its counter, and never whether
 * the PIN was right: a wrong one gives a response that is wrong.
 *
 *   off ──On──▶ PIN> ──4 digits, OK──▶ CHALLNG> ──6 digits, OK──▶ 8 digits ──On──▶ off
 */
type State =
  | { readonly at: 'off' }
  | { readonly at: 'pin'; readonly typed: string }
  | { readonly at: 'challenge'; readonly pin: string; readonly typed: string }
  | { readonly at: 'response'; readonly response: string }

const PIN_DIGITS = 4
const CHALLENGE_DIGITS = 6
/** The card saves its battery. */
const SLEEP_MS = 60_000

const OFF: State = { at: 'off' }

export function securityCard(card: HTMLElement): void {
  let state = OFF
  let sleep: ReturnType<typeof setTimeout> | undefined
  const show = (next: State) => {
    state = next
    clearTimeout(sleep)
    if (next.at !== 'off') sleep = setTimeout(() => show(OFF), SLEEP_MS)
    draw(card, next)
  }
  const press = async (key: string) => {
    if (key === 'on') return show(state.at === 'off' ? { at: 'pin', typed: '' } : OFF)
    if (key === 'ok') return show(await confirmed(card, state))
    if (key === 'back') return show(typed(state, (digits) => digits.slice(0, -1)))
    show(typed(state, (digits) => digits + key))
  }
  for (const button of card.querySelectorAll<HTMLButtonElement>('[data-key]')) {
    button.addEventListener('click', () => void press(button.dataset.key ?? ''))
  }
  card.addEventListener('keydown', (event) => {
    const key = KEYS[event.key] ?? (/^\d$/.test(event.key) ? event.key : null)
    if (key === null) return
    event.preventDefault()
    void press(key)
  })
}

/** The keyboard, while the focus is on the card; Enter on a key presses that key. */
const KEYS: Readonly<Record<string, string>> = { Backspace: 'back', Escape: 'on' }

function typed(state: State, change: (digits: string) => string): State {
  if (state.at === 'pin') return { ...state, typed: change(state.typed).slice(0, PIN_DIGITS) }
  if (state.at === 'challenge')
    return { ...state, typed: change(state.typed).slice(0, CHALLENGE_DIGITS) }
  return state
}

async function confirmed(card: HTMLElement, state: State): Promise<State> {
  if (state.at === 'pin' && state.typed.length === PIN_DIGITS)
    return { at: 'challenge', pin: state.typed, typed: '' }
  if (state.at === 'challenge' && state.typed.length === CHALLENGE_DIGITS)
    return { at: 'response', response: await responseTo(card, state.pin, state.typed) }
  return state
}

/** @see RFC 6287, "OCRA: OATH Challenge-Response Algorithm" */
async function responseTo(
  { dataset }: HTMLElement,
  pin: string,
  question: string,
): Promise<string> {
  const { serial = '', token = '', secret = '' } = dataset
  const suite = parseSuite(dataset.suite ?? '')
  if (!suite) throw new Error('this card has no suite')
  const counted = await post(`/sim/cards/${encodeURIComponent(serial)}/count`, { token })
  const { counter } = (await counted.json()) as { readonly counter: number }
  const key = await importKey(suite.hash, Uint8Array.from(bytesOf(secret)))
  const pinHash = suite.pin ? await digest(suite.pin, pin) : undefined
  const inputs = { question, pinHash, counter: suite.counter ? counter : undefined }
  return await ocraWithKey(suite, inputs, key)
}

const bytesOf = (hex: string): readonly number[] =>
  (hex.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16))

/** One line of sixteen characters, exactly as on the card. */
function lineOf(state: State): string {
  switch (state.at) {
    case 'off':
      return ' '
    case 'pin':
      return `PIN> ${'*'.repeat(state.typed.length)}`
    case 'challenge':
      return `CHALLNG> ${state.typed}`
    case 'response':
      return state.response
  }
}

const STEPS: readonly State['at'][] = ['off', 'pin', 'challenge', 'response']

function draw({ dataset }: HTMLElement, state: State): void {
  const lcd = document.getElementById('lcd')
  if (lcd) {
    const line = lineOf(state)
    lcd.textContent = line
    const words = (dataset.display ?? '').replace('{line}', line.replace('>', ','))
    lcd.setAttribute('aria-label', state.at === 'off' ? (dataset.off ?? '') : words)
  }
  const now = STEPS.indexOf(state.at)
  const steps = document.getElementById('card-steps')?.children ?? []
  for (const [index, step] of [...steps].entries()) {
    step.classList.toggle('done', index < now)
    if (index === now) step.setAttribute('aria-current', 'step')
    else step.removeAttribute('aria-current')
  }
}
