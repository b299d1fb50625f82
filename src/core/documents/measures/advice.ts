import type { Advice, Legibility, MeasureName, Measures } from '#core/documents/legibility.ts'
import type { Grey } from '#core/documents/measures/grey.ts'
import { measured } from '#core/documents/measures/measure.ts'

/** A measure that is on the wrong side of its bound, and what is then to be done better. */
interface Flaw {
  readonly advice: Advice
  readonly measure: MeasureName
  readonly bound: number
  readonly isWrong: 'below' | 'above'
}

/**
 * What hides other flaws comes before them; the first is named. The bounds are fitted on pictures
 * that `npm run legibility` makes, which prints how often they are wrong.
 */
export const FLAWS: readonly Flaw[] = [
  { advice: 'dark', measure: 'white', bound: 70, isWrong: 'below' },
  { advice: 'two-pages', measure: 'pages', bound: 1, isWrong: 'above' },
  { advice: 'cut-off', measure: 'cutSides', bound: 0, isWrong: 'above' },
  { advice: 'glare', measure: 'glare', bound: 0.012, isWrong: 'above' },
  { advice: 'shadow', measure: 'evenness', bound: 0.58, isWrong: 'below' },
  { advice: 'too-far', measure: 'dpi', bound: 130, isWrong: 'below' },
  { advice: 'blank', measure: 'written', bound: 0.1, isWrong: 'below' },
  { advice: 'blurred', measure: 'sharpness', bound: 0.0145, isWrong: 'below' },
  { advice: 'skewed', measure: 'skew', bound: 20, isWrong: 'above' },
]

const isIn = (measures: Measures, { measure, bound, isWrong }: Flaw): boolean =>
  isWrong === 'below' ? measures[measure] < bound : measures[measure] > bound

/** The one thing to do better; `null` for nothing. */
export const adviceOn = (measures: Measures): Advice | null =>
  FLAWS.find((flaw) => isIn(measures, flaw))?.advice ?? null

export interface FlawShown extends Flaw {
  readonly value: number
  readonly holds: boolean
}

/** Every measure beside its bound, in the order in which they are looked at. */
export const flawsShown = (measures: Measures): readonly FlawShown[] =>
  FLAWS.map((flaw) => ({ ...flaw, value: measures[flaw.measure], holds: isIn(measures, flaw) }))

/** How well the page in a picture can be read, and what to do better. */
export function legibilityIn(grey: Grey): Legibility {
  const measures = measured(grey)
  return { measures, advice: adviceOn(measures) }
}
