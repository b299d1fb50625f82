import { instant } from '#core/time/time.ts'
import { purposeOf } from '#methods/challenge-number.ts'
import { scanPath } from '#methods/phone-key/wire.ts'
import type { PromptContext, PromptField, PromptView, Text } from '#methods/prompt.ts'

/** What the method draws; see `challenge` in `method.ts`. */
export interface PhonePrompt {
  readonly transaction: string
  readonly number: string
  readonly transfer: boolean
  readonly pushed: boolean
  readonly approveBy: number | null
}

const FIELD: PromptField = {
  name: 'response',
  label: 'method.phone-key.response.label',
  hint: 'method.phone-key.response.hint',
  button: 'method.phone-key.response.button',
  kind: 'digits',
  length: 8,
}

/** Two views of one challenge: waiting for the phone, and typing its response. */
export function describe(
  prompt: PhonePrompt,
  context: PromptContext,
): readonly [PromptView, ...PromptView[]] {
  const response = responseView(prompt, context)
  return prompt.approveBy === null ? [response] : [waitingView(prompt, context), response]
}

function waitingView(prompt: PhonePrompt, { label }: PromptContext): PromptView {
  const { transaction, number: digits, transfer, pushed, approveBy } = prompt
  const means = pushed ? 'notification' : 'app'
  const action = transfer ? 'transfer' : 'approve'
  return {
    name: 'approve',
    title: 'method.phone-key.waiting.title',
    lead: named(`method.phone-key.waiting.${means}.${action}`, label),
    ...(transfer && {
      number: {
        digits,
        hint: `method.phone-key.waiting.${isTask(digits) ? 'task' : 'number'}-hint`,
        scan: scanPath(transaction, digits),
      },
    }),
    waits: { until: instant(approveBy ?? 0) },
    other: { view: 'response', link: 'method.phone-key.waiting.not-received' },
  }
}

function responseView({ number }: PhonePrompt, { label }: PromptContext): PromptView {
  const forTask = isTask(number)
  return {
    name: 'response',
    title: forTask ? 'method.phone-key.task.title' : 'method.phone-key.response.title',
    lead: { key: 'method.phone-key.response.lead' },
    number: { digits: number },
    steps: [
      { text: named('method.phone-key.response.open', label) },
      { text: { key: 'method.phone-key.response.type' }, number: true },
      { text: { key: 'method.phone-key.response.answer' } },
    ],
    field: forTask ? { ...FIELD, hint: 'method.phone-key.task.hint' } : FIELD,
    ...(!forTask && {
      aside: [
        {
          strong: 'method.phone-key.response.aside-title',
          text: 'method.phone-key.response.aside',
          link: { to: '/help#notifications', text: 'login.why-no-notification' },
        },
      ],
    }),
  }
}

/** The phone reads out of the number what it is for, and so does the page. */
const isTask = (number: string): boolean => purposeOf(number) === 'task'

/** A browser that is new to us hears the kind of device only, never its name. */
function named(key: string, label: string | null): Text {
  return label === null ? { key: `${key}.kind` } : { key: `${key}.named`, values: { label } }
}
