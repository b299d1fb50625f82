import type { PromptView } from '#methods/prompt.ts'
import { PASSCODE_LENGTH } from '#methods/temporary-passcode/wire.ts'

/** What the method draws; see `challenge` in `method.ts`. */
export interface PasscodePrompt {
  /** Two days are over: it opens the printing of a code card and nothing else (R095, R164). */
  readonly printsOnly: boolean
}

export function describe({ printsOnly }: PasscodePrompt): readonly [PromptView, ...PromptView[]] {
  const key = 'method.temporary-passcode'
  return [
    {
      name: 'passcode',
      title: `${key}.title`,
      lead: { key: `${key}.lead` },
      ...(printsOnly && { warning: { key: `${key}.prints-only` } }),
      field: {
        name: 'passcode',
        label: `${key}.label`,
        hint: `${key}.hint`,
        button: `${key}.button`,
        kind: 'symbols',
        length: PASSCODE_LENGTH,
      },
      prints: `${key}.print`,
      overdue: `${key}.overdue`,
      aside: [{ strong: `${key}.aside-title`, text: `${key}.aside` }],
    },
  ]
}

/** What it is called in the portal and at the desk. */
export const NAME = { en: 'Temporary passcode', fr: 'Code temporaire' } as const
