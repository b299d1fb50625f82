interface Said {
  readonly text: string
  readonly pause_s: number
}

const VOICES: Readonly<Record<string, string>> = { en: 'en-US', fr: 'fr-FR' }
/** Slower than people talk, so that digits can be written down. */
const RATE = 0.85

let turn = 0

/** Says it where the browser has a voice; what is said stands on the page as well. */
export function speak(say: readonly Said[], language: string): void {
  hush()
  if (!('speechSynthesis' in globalThis)) return
  const mine = turn
  const next = (at: number) => {
    const item = say[at]
    if (!item || mine !== turn) return
    const utterance = new SpeechSynthesisUtterance(item.text)
    utterance.lang = VOICES[language] ?? 'en-US'
    utterance.rate = RATE
    utterance.addEventListener('end', () => setTimeout(next, item.pause_s * 1_000, at + 1))
    speechSynthesis.speak(utterance)
  }
  next(0)
}

/** Says no more. */
export function hush(): void {
  turn += 1
  if ('speechSynthesis' in globalThis) speechSynthesis.cancel()
}
