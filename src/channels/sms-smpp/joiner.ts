import type { Joint } from '#channels/sms-smpp/parts.ts'

export interface Part extends Joint {
  /** Who has sent it, and where to. */
  readonly from: string
  readonly words: string
}

/** A text of which all parts are there; what is told once is not told again. */
export interface Whole {
  readonly text: string
  told(): void
}

export interface Joiner {
  /** @returns `null` as long as a part is missing, and for one that comes again. */
  add(part: Part): Whole | null
  close(): void
}

/**
 * Limits, so that what never becomes whole costs no more than a few megabytes, for a few minutes.
 */
export const JOINING = {
  texts: 1_000,
  textsOfOne: 4,
  /** Longer answers are dropped. */
  parts: 10,
  /** More than fits into one part in any alphabet. */
  partLength: 280,
} as const

interface Text {
  readonly from: string
  readonly parts: Map<number, string>
  readonly timer: NodeJS.Timeout
  isTold: boolean
}

export interface Joining {
  readonly waitMs: number
  /**
   * Hears of a text that is given up: parts did not come in time, or too many texts were waiting.
   */
  readonly onLost: () => void
}

/**
 * Puts parts together, in whatever order they come. A text that was told is kept until its time is
 * up: a centre that missed our answer sends the last part again.
 */
export function joiner({ waitMs, onLost }: Joining): Joiner {
  const texts = new Map<string, Text>()

  const drop = (key: string): void => {
    const text = texts.get(key)
    if (!text) return
    clearTimeout(text.timer)
    texts.delete(key)
    if (!text.isTold) onLost()
  }
  const begin = (key: string, from: string): Text => {
    const own = [...texts].filter(([, text]) => text.from === from).map(([name]) => name)
    if (own.length >= JOINING.textsOfOne) drop(own[0] ?? '')
    const [oldest = ''] = texts.keys()
    if (texts.size >= JOINING.texts) drop(oldest)
    const timer = setTimeout(() => drop(key), waitMs)
    timer.unref()
    const text = { from, parts: new Map<number, string>(), timer, isTold: false }
    texts.set(key, text)
    return text
  }

  return {
    add({ from, reference, total, number, words }) {
      const key = JSON.stringify([from, reference, total])
      const found = texts.get(key)
      const before = found?.parts.get(number)
      // Another text under a number that was used before.
      if (before !== undefined && before !== words) drop(key)
      const text = texts.get(key) ?? begin(key, from)
      text.parts.set(number, words)
      if (text.isTold || text.parts.size < total) return null
      const sorted = [...text.parts].toSorted(([one], [other]) => one - other)
      return {
        text: sorted.map(([, part]) => part).join(''),
        told: () => void (text.isTold = true),
      }
    },
    close() {
      for (const { timer } of texts.values()) clearTimeout(timer)
      texts.clear()
    },
  }
}
