import { timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { after, days, type Instant } from '#core/time/time.ts'
import type { Keyed } from '#methods/keyed.ts'
import type { Since } from '#methods/restoring.ts'
import { ASKED, CELLS, CODE_LENGTH, SYMBOLS } from '#methods/code-card/wire.ts'

/** How long a card is good for, from the moment at which it is drawn (R101, S57). */
export const CARD_LIFETIME = days(21)

const MAC_BYTES = 16
/**
 * A pattern, because a whole card is read for each answer: decoding 224 cells takes ten times as
 * long.
 */
const Mac = z.string().regex(new RegExp(`^[\\w-]{${Math.ceil((MAC_BYTES * 4) / 3)}}$`))

const Index = z.number().int().min(1).max(CELLS)

/**
 * A card as the server keeps it: no code stands in it, only what a code is held against.
 *
 * A code has fifteen bits, so an attacker who steals the table and the key beside it can try all of
 * them, however slow each try is made. What protects a cell is that the key is not in the table.
 *
 * @see NIST SP 800-63B-4, "Look-Up Secret Verifiers"; docs/decisions on what protects a cell
 */
export const Card = z.strictObject({
  serial: z.string(),
  expiresAt: z.number().int(),
  salt: z.base64url(),
  keyVersion: z.number().int(),
  /** By number, from 1; one that was answered right is gone for good. */
  cells: z.array(Mac.nullable()).length(CELLS),
  /** The two that are asked until they are answered right. */
  asked: z.tuple([Index, Index]).nullable(),
})
export type Card = z.infer<typeof Card>
export type Pair = readonly [number, number]

/** A card as it is printed. */
export interface Printed {
  readonly serial: string
  readonly codes: readonly string[]
}

type Random = (length: number) => Uint8Array

/** Draws a card, and the pair that its holder proves with that they can read it. */
export function drawnCard(
  keyed: Keyed,
  { random, now }: { readonly random: Random; readonly now: Instant },
): { readonly printed: Printed; readonly card: Card & { readonly asked: Pair } } {
  const printed = {
    serial: drawSerial(random),
    codes: Array.from({ length: CELLS }, () => drawCode(random)),
  }
  const salt = Buffer.from(random(16)).toString('base64url')
  const seal = { salt, keyVersion: keyed.version }
  const cells = printed.codes.map((code, at) =>
    macOf(keyed, seal, [at + 1, code]).toString('base64url'),
  )
  const { serial } = printed
  const card = { ...seal, serial, expiresAt: after(now, CARD_LIFETIME), cells, asked: null }
  return { printed, card: { ...card, asked: drawPair(card, random) } }
}

/** A card that was never printed. */
export function nobodysCard(keyed: Keyed, random: Random): Card {
  const chance = () => Buffer.from(random(MAC_BYTES)).toString('base64url')
  return {
    serial: '00000-0000',
    expiresAt: 0,
    salt: chance(),
    keyVersion: keyed.version,
    cells: Array.from({ length: CELLS }, chance),
    asked: null,
  }
}

/**
 * Two cells that were never answered. They stay until they are answered right: to ask again draws
 * no other pair.
 */
export function drawPair(card: Pick<Card, 'cells'>, random: Random): [number, number] {
  const left = unusedOf(card)
  const [first, ...others] = picked(left, random)
  const [second] = picked(others, random)
  if (first === undefined || second === undefined) throw new Error('the card is used up')
  return [first, second]
}

export const unusedOf = ({ cells }: Pick<Card, 'cells'>): readonly number[] =>
  cells.flatMap((cell, at) => (cell === null ? [] : [at + 1]))

export const areRight = (keyed: Keyed, card: Card, { pair, codes }: Answered): boolean =>
  areCells(keyed, cellsOf(card, pair), codes)

/** Two cells of a card, with all that a code is held against. */
export const Cells = Card.pick({ salt: true, keyVersion: true }).extend({
  pair: z.tuple([Index, Index]),
  macs: z.array(z.string()).length(ASKED),
})
type Cells = z.infer<typeof Cells>

const cellsOf = ({ salt, keyVersion, cells }: Card, pair: Pair): Cells => ({
  salt,
  keyVersion,
  pair: [...pair],
  macs: pair.map((index) => cells[index - 1] ?? ''),
})

/** Whether both codes are right; the second is looked at whatever the first says. */
export function areCells(keyed: Keyed, cells: Cells, codes: string): boolean {
  const right = cells.pair.map((index, at) => {
    const code = codes.slice(at * CODE_LENGTH, (at + 1) * CODE_LENGTH)
    const mac = macOf(keyed, cells, [index, code])
    const cell = Buffer.from(cells.macs[at] ?? '', 'base64url')
    return cell.length === mac.length && timingSafeEqual(cell, mac)
  })
  return !right.includes(false)
}

/**
 * Two cells that no login asks, and no call again: they are gone from the card with that. `null`
 * when it would leave none for a login.
 */
export function takenOut(
  card: Card,
  random: Random,
): { readonly card: Card; readonly cells: Cells } | null {
  const spared = card.asked === null ? card : burnt(card, card.asked)
  const reserved = card.asked === null ? ASKED : 0
  if (unusedOf(spared).length < ASKED + reserved) return null
  const pair = drawPair(spared, random)
  const left = { ...burnt(card, pair), asked: card.asked }
  return { card: left, cells: cellsOf(card, pair) }
}

interface Answered {
  readonly pair: Pair
  readonly codes: string
}

/** A cell that was answered right is never asked again. */
export const burnt = (card: Card, pair: Pair): Card => ({
  ...card,
  cells: card.cells.map((cell, at) => (pair.includes(at + 1) ? null : cell)),
  asked: null,
})

/** The cells that were answered since a backup are burnt again; `null` where some are not known. */
export function burntSince(card: Card, { used, uses }: Pick<Since, 'used' | 'uses'>): Card | null {
  if (uses > 0) return null
  const cells = card.cells.map((cell, at) => (used.includes(at + 1) ? null : cell))
  const asked = card.asked?.some((index) => used.includes(index)) ? null : card.asked
  const left = { ...card, cells, asked }
  return isUsedUp(left) ? null : left
}

/** Too few are left to be asked once more. */
export const isUsedUp = (card: Card): boolean => unusedOf(card).length < ASKED

function macOf(
  keyed: Keyed,
  { salt, keyVersion }: Pick<Card, 'salt' | 'keyVersion'>,
  [index, code]: readonly [number, string],
): Buffer {
  return Buffer.from(keyed.mac(`${salt} ${index} ${code}`, keyVersion)).subarray(0, MAC_BYTES)
}

const drawCode = (random: Random): string =>
  Array.from(random(CODE_LENGTH), (byte) => SYMBOLS.charAt(byte & 31)).join('')

/** Nine digits, such as `00952-2064`: it says which card it is, and opens nothing. */
function drawSerial(random: Random): string {
  const digits = String(numberBelow(1_000_000_000, random)).padStart(9, '0')
  return `${digits.slice(0, 5)}-${digits.slice(5)}`
}

/** One of them first, then the others. */
function picked(from: readonly number[], random: Random): readonly number[] {
  if (from.length === 0) return []
  const at = numberBelow(from.length, random)
  return [...from.slice(at, at + 1), ...from.slice(0, at), ...from.slice(at + 1)]
}

/** Of 48 bits, so that none is likelier than another by more than one part in 250,000. */
const numberBelow = (limit: number, random: Random): number =>
  Buffer.from(random(6)).readUIntBE(0, 6) % limit
