/** What a client asks for in answer to a text of ours: no more texts, or texts again (R091). */
export type Wish = 'stop' | 'start'

/** Longer texts are messages to us, and are not read by machine. */
const WORD_LENGTH_MAX = 20

const WISHES: Readonly<Record<Wish, readonly string[]>> = {
  stop: ['stop', 'stopall', 'unsubscribe', 'cancel', 'end', 'quit', 'arret', 'arreter'],
  start: ['start', 'unstop', 'yes', 'oui', 'reprendre'],
}

/**
 * The one word that a client has texted back, however it is written; `null` for anything else. A
 * sentence in which the word stands is not it: "I cannot stop the car" asks for nothing.
 *
 * @see CTIA, "Messaging Principles and Best Practices", "Consumer Opt-Out"
 */
export function optOutKeywordIn(text: string): Wish | null {
  if (text.length > WORD_LENGTH_MAX) return null
  const word = text
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^\p{L}\s]/gu, '')
    .trim()
  if (WISHES.stop.includes(word)) return 'stop'
  return WISHES.start.includes(word) ? 'start' : null
}
