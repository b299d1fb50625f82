import type { EnrolContext, EnrolView } from '#methods/enrol.ts'
import type { PromptContext, PromptField, PromptView, Text } from '#methods/prompt.ts'
import { type Instant, instant } from '#core/time/time.ts'
import { ASKED, CODE_LENGTH } from '#methods/code-card/wire.ts'

/** What the method draws; see `challenge` in `method.ts`. */
export interface CardPrompt {
  readonly pair: readonly [number, number]
  /** How many cells were never answered, with those two. */
  readonly left: number
}

/** Ten logins before the end there is time to print another. */
const LOW = 20

const FIELD: PromptField = {
  name: 'codes',
  label: 'method.code-card.label',
  hint: 'method.code-card.hint',
  button: 'method.code-card.button',
  kind: 'symbols',
  length: ASKED * CODE_LENGTH,
}

export function describe(
  { pair, left }: CardPrompt,
  { label }: PromptContext,
): readonly [PromptView, ...PromptView[]] {
  const lead: Text =
    label === null
      ? { key: 'method.code-card.lead.kind' }
      : { key: 'method.code-card.lead.named', values: { label } }
  return [
    {
      name: 'codes',
      title: 'method.code-card.title',
      lead,
      ...(left <= LOW && { warning: { key: `method.code-card.${left > ASKED ? 'low' : 'last'}` } }),
      steps: [...findSteps(pair).map((text) => ({ text })), { text: { key: FIELD.label } }],
      field: FIELD,
      overdue: 'method.code-card.overdue',
    },
  ]
}

/** One number a line: people look one up, then the other. */
const findSteps = ([first, second]: CardPrompt['pair']): readonly Text[] => [
  { key: 'method.code-card.first', values: { index: String(first) } },
  { key: 'method.code-card.second', values: { index: String(second) } },
]

/** What is drawn when a card is asked for. */
export interface PrintPrompt {
  readonly serial: string
  /** Shown once and then forgotten. */
  readonly codes: readonly string[]
  readonly pair: readonly [number, number]
  readonly expiresAt: number
}

/** The card itself, and then two of its codes: only one that can be read is bound (R104). */
export function describePrinting(
  { serial, codes, pair, expiresAt }: PrintPrompt,
  _context: EnrolContext,
): readonly [EnrolView, ...EnrolView[]] {
  const key = 'method.code-card.enrol'
  const of = ['asked', 'print', 'check'].map((stage) => `${key}.stages.${stage}`)
  const cells = codes.map((code, at) => ({ index: String(at + 1), code }))
  const end: Instant = instant(expiresAt)
  return [
    {
      name: 'card',
      title: `${key}.title`,
      lead: { key: `${key}.lead` },
      once: true,
      stage: { of, at: 1 },
      left: `${key}.left`,
      sheet: { serial, cells, expiresAt: end },
      next: { view: 'check', button: `${key}.next` },
    },
    {
      name: 'check',
      title: `${key}.check.title`,
      lead: { key: `${key}.check.lead` },
      stage: { of, at: 2 },
      left: `${key}.left`,
      warning: `${key}.check.warning`,
      steps: findSteps(pair),
      field: { ...FIELD, button: `${key}.check.button` },
    },
  ]
}

/** What a card is called in the portal, with its serial. */
export const NAME = { en: 'Code card', fr: 'Carte de codes' } as const
