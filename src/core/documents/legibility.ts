/**
 * How well a page can be read (R144), as the worker in the sandbox has measured it. It advises its
 * client and those who judge it, and refuses nothing.
 */
export interface Legibility {
  readonly measures: Measures
  /** The one thing to do better; `null` for a page that can be read. */
  readonly advice: Advice | null
}

/** What can be done better; each has its words in `locales/`, and a drawing. */
export const ADVICE = [
  ...(['blank', 'dark', 'cut-off', 'two-pages', 'too-far'] as const),
  ...(['glare', 'shadow', 'blurred', 'skewed'] as const),
] as const
export type Advice = (typeof ADVICE)[number]

const MEASURES = [
  ...(['sharpness', 'white', 'evenness', 'glare', 'cutSides', 'pages'] as const),
  ...(['dpi', 'skew', 'written'] as const),
] as const
export type MeasureName = (typeof MEASURES)[number]

export interface Measures extends Readonly<Record<MeasureName, number>> {
  /** Variance of the Laplacian by squared contrast, of the median tile that has text. */
  readonly sharpness: number
  /** How bright its paper is: 0 to 255. */
  readonly white: number
  /** The darkest tenth of the paper by the brightest: 0 to 1. */
  readonly evenness: number
  /** What light has swallowed of the page: 0 to 1. */
  readonly glare: number
  /** How many borders of the picture the page runs over. */
  readonly cutSides: number
  /** How many pages lie in the picture. */
  readonly pages: number
  /** Dots an inch, of the size that its shape is taken for. */
  readonly dpi: number
  /** Degrees from upright. */
  readonly skew: number
  /** How much of the page has text: 0 to 1. */
  readonly written: number
}

/** Larger than any measure. */
const MEASURE_MAX = 1_000_000

/** What a worker says of a page, of which nothing is believed; `null` for what is none. */
export function legibilityOf(value: unknown): Legibility | null {
  if (typeof value !== 'object' || value === null) return null
  const { measures, advice } = value as Readonly<Record<string, unknown>>
  if (typeof measures !== 'object' || measures === null) return null
  const said = measures as Readonly<Record<string, unknown>>
  const numbers = MEASURES.map((name) => [name, said[name]] as const)
  if (!numbers.every(([, number]) => isMeasure(number))) return null
  const known = advice === null ? null : ADVICE.find((one) => one === advice)
  if (known === undefined) return null
  // Every name of `MEASURES` has a number by now.
  return { measures: Object.fromEntries(numbers) as unknown as Measures, advice: known }
}

const isMeasure = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value <= MEASURE_MAX
