import { purposeOf } from '#methods/challenge-number.ts'
import type { PromptContext, PromptField, PromptView } from '#methods/prompt.ts'

/** What the method draws; see `challenge` in `method.ts`. */
export interface CardPrompt {
  readonly number: string
  /** How many digits the card answers with. */
  readonly digits: number
  /**
   * The last response was of a counter far ahead: one more, and card and server are in step again.
   */
  readonly aligning: boolean
}

const OWN = 'method.security-card'

const digitsIn = (digits: number) => (digits === 8 ? 'eight' : 'six')

export const responseField = (digits: number, button: string): PromptField => ({
  name: 'response',
  label: `${OWN}.label`,
  hint: `${OWN}.hint.${digitsIn(digits)}`,
  button,
  kind: 'digits',
  length: digits,
})

/** The steps are those of the card, in the words that its display shows (R055, R171). */
export function describe(
  { number, digits, aligning }: CardPrompt,
  { label }: PromptContext,
): readonly [PromptView, ...PromptView[]] {
  const lead =
    label === null ? { key: `${OWN}.lead.kind` } : { key: `${OWN}.lead.named`, values: { label } }
  return [
    {
      name: 'response',
      title: aligning ? `${OWN}.ahead.title` : `${OWN}.title`,
      lead: aligning ? { key: `${OWN}.ahead.lead` } : lead,
      number: { digits: number },
      steps: [
        { text: { key: `${OWN}.step.on` } },
        { text: { key: `${OWN}.step.pin` } },
        { text: { key: `${OWN}.step.challenge` }, number: true },
        { text: { key: `${OWN}.step.answer` } },
      ],
      field: {
        ...responseField(digits, `${OWN}.button`),
        ...(purposeOf(number) === 'task' && { hint: `${OWN}.task.${digitsIn(digits)}` }),
      },
    },
  ]
}
