import type { Random } from '#core/ids.ts'
import { after, before, days, type Instant, millis } from '#core/time/time.ts'

/**
 * Clients who do not exist, among those who do. No caller is one, so an agent who opens one was
 * looking for clients. To agents and programs they are clients like the others: what they are made
 * of is drawn from real ones, so nothing of them stands out.
 *
 * @see security A13
 */

const PER = { count: 20, clients: 100_000 } as const

/** How many there are to be among so many clients; one at least. */
export const canariesAmong = (clients: number): number =>
  Math.max(1, Math.ceil((clients * PER.count) / PER.clients))

type AddressKind = 'email' | 'mobile' | 'postal'

/** A real client, as far as a canary is like them. */
export interface CanaryModel {
  readonly userName: string
  readonly isNamed: boolean
  readonly number: string
  readonly contacts: readonly { readonly kind: AddressKind; readonly value: string }[]
  readonly createdAt: Instant
}

export interface Canary {
  readonly userName: string
  readonly fullName: string | null
  readonly number: string
  readonly contacts: CanaryModel['contacts']
  readonly createdAt: Instant
  readonly seenAt: Instant
}

/** Draws one that is like its model, and shares no name, number or address with it. */
export function canaryLike(
  model: CanaryModel,
  { now, random }: { readonly now: Instant; readonly random: Random },
): Canary {
  const draw = drawing(random)
  const first = FIRST[draw(FIRST.length)] ?? ''
  const last = LAST[draw(LAST.length)] ?? ''
  const userName = nameLike(model.userName, { first, last, draw })
  const createdAt = between(model.createdAt, now, draw)
  return {
    userName,
    fullName: model.isNamed ? `${first} ${last}` : null,
    number: numberLike(model.number, draw),
    contacts: model.contacts.map(({ kind, value }) => ({
      kind,
      value: addressLike(kind, value, { userName, called: `${first} ${last}`, draw }),
    })),
    createdAt,
    seenAt: between(laterOf(createdAt, before(now, SEEN_WITHIN)), now, draw),
  }
}

const SEEN_WITHIN = days(20)

type Draw = (below: number) => number

/** Numbers below a bound; that one is a little likelier than another tells nothing here. */
const drawing =
  (random: Random): Draw =>
  (below) =>
    new DataView(Uint8Array.from(random(4)).buffer).getUint32(0) % below

/** A time after the one and before the other, by the second. */
function between(from: Instant, until: Instant, draw: Draw): Instant {
  const seconds = Math.floor((until - from) / 1_000)
  return seconds < 1 ? from : after(from, millis(draw(seconds) * 1_000))
}

const laterOf = (one: Instant, other: Instant): Instant => (one > other ? one : other)

const FIGURES = 10

const digits = (count: number, draw: Draw): string =>
  Array.from({ length: count }, () => String(draw(FIGURES))).join('')

/** Built as the names of this installation are: with a sign between, or with figures at the end. */
function nameLike(
  name: string,
  { first, last, draw }: { readonly first: string; readonly last: string; readonly draw: Draw },
): string {
  const sign = /[._-]/.exec(name)?.[0]
  const ends = /\d+$/.exec(name)?.[0].length ?? 0
  const words =
    sign === undefined
      ? `${draw(2) === 0 ? (first[0] ?? '') : first}${last}`
      : `${first}${sign}${last}`
  const typed = `${words}${digits(ends, draw)}`
  return /^\p{Lu}/u.test(name) ? typed : typed.toLowerCase()
}

/** The same beginning, and other figures at the end. */
function numberLike(number: string, draw: Draw): string {
  const count = [...number].filter((letter) => /\d/.test(letter)).length
  if (count < DRAWN_MIN) return `${number.replace(/[^A-Z].*$/, '') || 'U'}${digits(DIGITS, draw)}`
  let kept = Math.floor(count / 2)
  return number.replaceAll(/\d/g, (digit) => {
    kept -= 1
    return kept >= 0 ? digit : String(draw(FIGURES))
  })
}

const DRAWN_MIN = 4
const DIGITS = 7

/** It looks like one, and nothing is ever sent there. */
function addressLike(
  kind: AddressKind,
  value: string,
  {
    userName,
    called,
    draw,
  }: { readonly userName: string; readonly called: string; readonly draw: Draw },
): string {
  switch (kind) {
    case 'email':
      return `${userName.toLowerCase()}@${value.split('@')[1] ?? ''}`
    case 'mobile':
      return `${value.slice(0, -DRAWN_MIN)}${digits(DRAWN_MIN, draw)}`
    case 'postal': {
      const [, ...rest] = value.split('\n')
      const lines = rest.map((line, at) =>
        at === 0 ? line.replace(/\d+/, String(1 + draw(90))) : line,
      )
      return [called, ...lines].join('\n')
    }
  }
}

const FIRST = [
  ...(['Alice', 'Amelie', 'Andrew', 'Arthur', 'Camille', 'Caroline', 'Charles', 'Claire'] as const),
  ...(['Daniel', 'David', 'Edward', 'Elise', 'Emma', 'Eric', 'George', 'Hannah'] as const),
  ...(['Helen', 'Hugo', 'Isabel', 'James', 'Julie', 'Laura', 'Louis', 'Lucas'] as const),
  ...(['Marc', 'Marie', 'Martin', 'Nicole', 'Oliver', 'Paul', 'Robert', 'Sophie'] as const),
] as const
const LAST = [
  ...(['Adams', 'Arnaud', 'Baker', 'Barnes', 'Bernard', 'Blanc', 'Brooks', 'Carter'] as const),
  ...(['Chevalier', 'Clark', 'Cole', 'Dubois', 'Dupont', 'Ellis', 'Fontaine', 'Fournier'] as const),
  ...(['Garnier', 'Gray', 'Hughes', 'Lambert', 'Laurent', 'Lewis', 'Mason', 'Mercier'] as const),
  ...(['Moreau', 'Murray', 'Palmer', 'Perrin', 'Price', 'Renard', 'Roussel', 'Turner'] as const),
] as const
