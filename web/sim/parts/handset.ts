import { element, phoneIcon, post } from './element.ts'
import { hush, speak } from './speech.ts'

/** What `examples/simulators/shown.ts` sends: the whole handset, each time. */
interface News {
  /** Whose handset; `null` while no message has come. */
  readonly number: string | null
  readonly texts: readonly ShownText[]
  readonly call: ShownCall | null
}

interface ShownText {
  readonly id: string
  readonly paragraphs: readonly string[]
  readonly bound: string | null
  readonly code: string | null
  readonly when: string
}

interface ShownCall {
  readonly id: string
  readonly state: 'ringing' | 'answered'
  readonly title: string
  readonly say: readonly { readonly text: string; readonly pause_s: number }[]
  readonly words: string
  readonly key: string
  readonly language: string
}

/** Draws the handset anew whenever something has come, and says so once. */
export function followHandset(handset: HTMLElement): void {
  const news = document.getElementById('news')
  const [texts, call] = [document.getElementById('texts'), document.getElementById('call')]
  if (!news || !texts || !call) return
  let newest: string | null | undefined
  let heard = ''
  new EventSource(news.dataset.events ?? '').addEventListener('news', (event) => {
    const now = JSON.parse((event as MessageEvent<string>).data) as News
    // None was chosen, and a message has come to another client: theirs is shown.
    if (now.number !== null && now.number !== handset.dataset.number) return location.reload()
    const first = now.texts[0]?.id ?? null
    if (first !== newest) {
      drawTexts(handset, texts, now.texts)
      if (newest !== undefined) news.textContent = handset.dataset.newText ?? ''
      newest = first
    }
    const sounds = JSON.stringify(now.call)
    if (sounds === heard) return
    heard = sounds
    drawCall(handset, call, now.call)
    if (now.call?.state === 'ringing') news.textContent = now.call.title
    if (now.call?.state === 'answered') speak(now.call.say, now.call.language)
    else hush()
  })
}

function drawTexts({ dataset }: HTMLElement, list: HTMLElement, texts: readonly ShownText[]): void {
  const none = element('p', 'quiet small', dataset.noTexts ?? '')
  list.replaceChildren(...(texts.length > 0 ? texts.map((text) => bubble(dataset, text)) : [none]))
}

function bubble(words: DOMStringMap, { paragraphs, bound, when, code }: ShownText): HTMLElement {
  const lines = paragraphs.map((paragraph) => element('p', 'lines', paragraph))
  const last = bound === null ? [] : [element('p', 'quiet small mono', bound)]
  const below = element('p', 'small quiet', when)
  if (code !== null) below.append('. ', copyButton(words, code))
  return element('div', 'message', element('div', 'bubble', ...lines, ...last), below)
}

function copyButton({ copy = '', copied = '' }: DOMStringMap, code: string): HTMLElement {
  const button = element('button', 'link', copy)
  button.type = 'button'
  button.addEventListener('click', () => {
    void navigator.clipboard.writeText(code).then(() => {
      button.textContent = copied
    })
  })
  return button
}

function drawCall(handset: HTMLElement, place: HTMLElement, call: ShownCall | null): void {
  if (!call) return place.replaceChildren()
  const { answer = '', decline = '', press = '', hangUp = '' } = handset.dataset
  const press9 = handset.getAttribute('data-press-9') ?? ''
  const act = (name: string, words: string, isPlain: boolean) => {
    const button = element('button', isPlain ? 'button plain' : 'button', words)
    button.type = 'button'
    button.addEventListener('click', () => {
      void post(`/sim/calls/${call.id}/${name}`, {
        token: handset.dataset.token ?? '',
        key: call.key,
      })
    })
    return button
  }
  // Before the voice has named a key, there is none to press.
  const pressed = call.key === '' ? [] : [act('press', press, false), act('press-9', press9, true)]
  const buttons =
    call.state === 'ringing'
      ? [act('answer', answer, false), act('hang-up', decline, true)]
      : pressed
  const end = call.state === 'ringing' ? [] : [act('hang-up', hangUp, true)]
  const title = element('p', '', element('strong', '', call.title))
  const said = element('p', 'lines', call.words)
  const half = element('div', 'half', ...buttons)
  const stack = element('div', 'stack', title, said, half, ...end)
  place.replaceChildren(element('div', 'notice', phoneIcon(), stack))
}
