import { existsSync, readFileSync, writeFileSync } from 'node:fs'

/** A security card of the demo, as the seed of the demo writes it down. */
export interface Card {
  readonly serial: string
  /** Such as `OCRA-1:HOTP-SHA256-8:C-QN06-PSHA256`. */
  readonly suite: string
  readonly secretHex: string
  /** Whose it is, by user name. */
  readonly holder: string
  /** What its holder chose: a visitor of the demo has to know it. */
  readonly pin?: string
}

export interface Drawer {
  list(): readonly Card[]
  /** The counter for the next response of a card: it only ever rises, as in the card itself. */
  count(serial: string): number | null
}

/**
 * The cards of the demo, in `cards.json` of its folder; their counters beside it, so that they
 * survive a restart.
 */
export function drawerIn(folder: string): Drawer {
  const [cards, counters] = [`${folder}/cards.json`, `${folder}/card-counters.json`]
  const list = (): readonly Card[] =>
    existsSync(cards) ? (JSON.parse(readFileSync(cards, 'utf8')) as readonly Card[]) : []
  const counted = (): Readonly<Record<string, number>> =>
    existsSync(counters)
      ? (JSON.parse(readFileSync(counters, 'utf8')) as Readonly<Record<string, number>>)
      : {}
  return {
    list,
    count(serial) {
      if (!list().some((card) => card.serial === serial)) return null
      const before = counted()
      const counter = before[serial] ?? 0
      writeFileSync(counters, JSON.stringify({ ...before, [serial]: counter + 1 }))
      return counter
    },
  }
}
