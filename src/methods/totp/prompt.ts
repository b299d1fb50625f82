import type { EnrolView } from '#methods/enrol.ts'
import type { PromptField, PromptView } from '#methods/prompt.ts'
import { CODE_DIGITS } from '#methods/totp/wire.ts'

const FIELD: PromptField = {
  name: 'code',
  label: 'method.totp.code.label',
  hint: 'method.totp.code.hint',
  button: 'method.totp.code.button',
  kind: 'digits',
  length: CODE_DIGITS,
}

/** Nothing is asked but what the app shows, so nothing can be drawn. */
export function describe(): readonly [PromptView] {
  return [
    {
      name: 'code',
      title: 'method.totp.code.title',
      lead: { key: 'method.totp.code.lead' },
      field: FIELD,
      overdue: 'method.totp.overdue',
      aside: [{ strong: 'method.totp.code.aside-title', text: 'method.totp.code.aside' }],
    },
  ]
}

/** What the pages of the binding show; see `begin` in `enrol.ts`. */
export interface KeyPrompt {
  readonly uri: string
  readonly spelled: string
}

/** The key, once; then the code that shows that the app has it. */
export function describeKey({ uri, spelled }: KeyPrompt): readonly [EnrolView, EnrolView] {
  return [
    {
      name: 'key',
      title: 'method.totp.key.title',
      lead: { key: 'method.totp.key.lead' },
      once: true,
      steps: [{ key: 'method.totp.key.open' }, { key: 'method.totp.key.scan' }],
      picture: { content: uri, label: 'method.totp.key.picture', text: spelled },
      next: { view: 'code', button: 'method.totp.key.button' },
      aside: [{ text: 'method.totp.key.aside' }],
    },
    {
      name: 'code',
      title: 'method.totp.proof.title',
      lead: { key: 'method.totp.proof.lead' },
      field: { ...FIELD, button: 'method.totp.proof.button' },
    },
  ]
}
