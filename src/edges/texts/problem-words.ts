import type { Problem } from '#core/problems.ts'
import type { Texts } from '#edges/texts/texts.ts'
import type en from '../../../locales/en.json'
import type fr from '../../../locales/fr.json'

/** The codes that a catalogue has a sentence for. */
type In<C> = {
  [A in keyof C & string]: `${A}.${keyof C[A] & string}`
}[keyof C & string]
type Unsaid = Exclude<Problem, In<(typeof en)['problem']> & In<(typeof fr)['problem']>>

/** Every problem; none at all, so that nothing compiles, while one has no sentence somewhere. */
export type Said = [Unsaid] extends [never] ? Problem : never

/** The sentence of a problem, which every surface tells in the same words. */
export const sentenceOf = ({ text }: Texts, problem: Said): string => text(`problem.${problem}`)
