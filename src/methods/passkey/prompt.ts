import type { Json } from '#core/json.ts'
import type { EnrolView } from '#methods/enrol.ts'
import type { PromptContext, PromptField, PromptView, Script, Text } from '#methods/prompt.ts'

/** Whether the browser is to make a passkey, to answer with one, or to offer those that it has. */
export const CREATES = { act: 'create' } as const
export const ANSWERS = { act: 'get' } as const
export const OFFERS = { act: 'offer' } as const

const scripted = (name: string, part: string): PromptField => ({
  name,
  label: `method.passkey.${part}.title`,
  hint: `method.passkey.${part}.hint`,
  button: `method.passkey.${part}.button`,
  kind: 'scripted',
  length: 0,
})

/** @param data the options of the browser's own dialogue, and what it is to do with them. */
const dialogue = (data: Json, part: string): Script => ({
  name: 'passkey',
  data,
  says: { unable: 'method.passkey.unable', failed: `method.passkey.${part}.failed` },
})

/** The browser's own dialogue, opened with a button. */
export function describe(options: Json, { label }: PromptContext): readonly [PromptView] {
  return [
    {
      name: 'passkey',
      title: 'method.passkey.confirm.title',
      lead: named('method.passkey.confirm.lead', label),
      script: dialogue(options, 'confirm'),
      field: scripted('assertion', 'confirm'),
      overdue: 'method.passkey.overdue',
      aside: [{ strong: 'method.passkey.aside-title', text: 'method.passkey.aside' }],
    },
  ]
}

/** The page on which one is made. */
export function describeCreation(options: Json): readonly [EnrolView] {
  const script = dialogue(options, 'create')
  return [
    {
      name: 'passkey',
      title: 'method.passkey.create.title',
      lead: { key: 'method.passkey.create.lead' },
      steps: [{ key: 'method.passkey.create.press' }, { key: 'method.passkey.create.confirm' }],
      script: { ...script, says: { ...script.says, known: 'method.passkey.create.known' } },
      field: scripted('registration', 'create'),
      aside: [{ text: 'method.passkey.create.aside' }],
    },
  ]
}

/** What the login page offers: a client with a passkey types neither name nor password. */
export const offering = (
  options: Json,
): { readonly script: Script; readonly field: PromptField } => {
  const script = dialogue(options, 'offer')
  return {
    script: { ...script, says: { ...script.says, scriptless: 'method.passkey.offer.scriptless' } },
    field: scripted('assertion', 'offer'),
  }
}

/** What a page asks where its holder confirms one thing after another. */
export const asking = (
  options: Json,
): { readonly script: Script; readonly field: PromptField } => ({
  script: dialogue(options, 'confirm'),
  field: scripted('assertion', 'confirm'),
})

/** A browser that is new to us hears that it is a passkey, and not which (design 7). */
function named(key: string, label: string | null): Text {
  return label === null ? { key: `${key}.kind` } : { key: `${key}.named`, values: { label } }
}
