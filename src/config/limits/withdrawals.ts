import { z } from 'zod'
import type { Acr } from '#core/assurance.ts'
import {
  DEFAULT_LIMITS,
  type Disorder,
  disordersIn,
  everyStrength,
  least,
  type Limits,
  type LimitTable,
  type WithdrawalLimits,
} from '#core/sessions/limits.ts'

/** How much may be withdrawn, by the class of what confirms it, weakest first (R121). */

const CLASSES = ['none', 'text', 'codeCard', 'phone', 'olderCard', 'card'] as const
type Class = (typeof CLASSES)[number]

/** The class of what proves each strength; a temporary passcode is worth no more than nothing. */
const CLASS_OF: Readonly<Record<Acr, Class>> = {
  1: 'none',
  '2t': 'none',
  '2s': 'text',
  '2c': 'codeCard',
  3: 'phone',
  '3c': 'olderCard',
  4: 'card',
}

const WORDS: Readonly<Record<Class, string>> = {
  none: 'a password alone or a temporary passcode',
  text: 'a text or call',
  codeCard: 'a printed code card',
  phone: 'a phone or authenticator app',
  olderCard: 'an older security card',
  card: 'a security card or passkey',
}

/** A variable of the environment is text where the default is no number. */
const amount = z.preprocess(
  (said) => (typeof said === 'string' && /^[0-9]{1,10}$/.test(said) ? Number(said) : said),
  z.int().min(0).max(1_000_000_000).nullable(),
)

const limit = (name: Class, acr: Acr) => {
  const [day, fiveDays] = DEFAULT_LIMITS[acr]
  return z
    .strictObject({
      perDayUsd: amount.default(day).describe(`Withdrawals in a day by ${WORDS[name]}`),
      per5DaysUsd: amount.default(fiveDays).describe(`Withdrawals in five days by ${WORDS[name]}`),
    })
    .prefault({})
}

/** An operator who has set others before there were older cards is asked for nothing. */
const OLDER = `${WORDS.olderCard}; left out, between a phone and a card`

const own = z.strictObject({ perDayUsd: amount.optional(), per5DaysUsd: amount.optional() })

export const Withdrawals = z
  .strictObject({
    limits: z
      .strictObject({
        none: limit('none', '1'),
        text: limit('text', '2s'),
        codeCard: limit('codeCard', '2c'),
        phone: limit('phone', '3'),
        olderCard: z
          .strictObject({
            perDayUsd: amount.optional().describe(`Withdrawals in a day by ${OLDER}`),
            per5DaysUsd: amount.optional().describe(`Withdrawals in five days by ${OLDER}`),
          })
          .prefault({}),
        card: limit('card', '4'),
      })
      .prefault({}),
    places: z
      .record(
        z.string(),
        z
          .strictObject({
            none: own,
            text: own,
            codeCard: own,
            phone: own,
            olderCard: own,
            card: own,
          })
          .partial(),
      )
      .default({})
      .describe('Other limits for clients under the rules of a place, such as hk'),
  })
  .superRefine((told, context) => {
    for (const { place, table } of tablesOf(told)) {
      const path = place === null ? ['limits'] : ['places', place]
      const [perDayUsd, per5DaysUsd] = table[1]
      for (const [name, usd] of Object.entries({ perDayUsd, per5DaysUsd })) {
        // Who opts out of the second step is limited (R130).
        const message = `must be an amount: it limits ${WORDS.none}`
        if (usd === null)
          context.addIssue({ code: 'custom', path: [...path, 'none', name], message })
      }
      for (const found of unlessTwice(disordersIn(table))) {
        const name = found.days === 1 ? 'perDayUsd' : 'per5DaysUsd'
        const message = sentenceOf(found)
        context.addIssue({ code: 'custom', path: [...path, CLASS_OF[found.acr], name], message })
      }
    }
  })
  .prefault({})

type Told = z.infer<typeof Withdrawals>
type Own = z.infer<typeof own>

/** What is not said of an older card lies between what is said of a phone and of a card. */
const between = (usd: number | null, from: number | null, to: number | null): number | null =>
  most(from, least(usd, to))

const most = (one: number | null, other: number | null): number | null =>
  one === null || other === null ? null : Math.max(one, other)

/** Two strengths of one class are one mistake. */
const unlessTwice = (all: readonly Disorder[]): readonly Disorder[] =>
  all.filter(({ acr }) => acr !== '2t')

function sentenceOf({ acr, least: usd, by }: Disorder): string {
  const amountOf = (usd: number | null) => (usd === null ? 'without limit' : String(usd))
  return by === acr
    ? `must be at least the limit of one day: ${amountOf(usd)}`
    : `must be at least that of ${WORDS[CLASS_OF[by]]}, which is weaker: ${amountOf(usd)}`
}

function tablesOf({ limits, places }: Told) {
  const tableOf = (place: Told['places'][string]): LimitTable => {
    const of = (acr: Acr): Limits => {
      const [base, own] = [limits[CLASS_OF[acr]], place[CLASS_OF[acr]]]
      // `null` is a limit too: none.
      const said = (name: keyof Own) => (own?.[name] === undefined ? base[name] : own[name])
      const [day, fiveDays] = [said('perDayUsd'), said('per5DaysUsd')]
      if (day !== undefined && fiveDays !== undefined) return [day, fiveDays]
      const [weaker, stronger] = [of('3'), of('4')]
      const [dayOf, fiveDaysOf] = DEFAULT_LIMITS[acr]
      return [
        day === undefined ? between(dayOf, weaker[0], stronger[0]) : day,
        fiveDays === undefined ? between(fiveDaysOf, weaker[1], stronger[1]) : fiveDays,
      ]
    }
    return everyStrength(of)
  }
  return [
    { place: null, table: tableOf({}) },
    ...Object.entries(places).map(([place, own]) => ({ place, table: tableOf(own) })),
  ]
}

/** The limits as the rules take them. */
export function withdrawalLimits(told: Told): WithdrawalLimits {
  const [everywhere, ...places] = tablesOf(told)
  if (!everywhere) throw new Error('limits without those of everywhere')
  return {
    everywhere: everywhere.table,
    places: new Map(places.flatMap(({ place, table }) => (place === null ? [] : [[place, table]]))),
  }
}

/** Places with limits that no file of rules names. */
export const unknownPlaces = (
  section: 'withdrawals' | 'pins',
  { places }: { readonly places: Readonly<Record<string, unknown>> },
  known: ReadonlyMap<string, unknown>,
): readonly string[] =>
  Object.keys(places)
    .filter((place) => !known.has(place))
    .map((place) => {
      const names = [...known.keys()].join(', ')
      return `${section}.places.${place}: there is no ${place}; there are ${names}`
    })
