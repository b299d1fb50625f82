import { instant } from '#core/time/time.ts'
import { purposeOf } from '#methods/challenge-number.ts'
import { picturePath, scanPath } from '#methods/phone-key/wire.ts'
import type { PromptContext, PromptField, PromptNumber, PromptView, Text } from '#methods/prompt.ts'

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

function waitingView(prompt: PhonePrompt, { label, picture }: PromptContext): PromptView {
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
        ...(pictured(picture) ?? { scan: scanPath(transaction, digits) }),
      },
    }),
    waits: { until: instant(approveBy ?? 0) },
    other: { view: 'response', link: 'method.phone-key.waiting.not-received' },
  }
}

function responseView({ number }: PhonePrompt, { label, picture }: PromptContext): PromptView {
  const forTask = isTask(number)
  const scan = pictured(picture)
  const isTooLong = picture !== undefined && scan === null
  const task = `method.phone-key.task${isTooLong ? '.long' : ''}`
  return {
    name: 'response',
    title: forTask ? 'method.phone-key.task.title' : 'method.phone-key.response.title',
    lead: { key: isTooLong ? `${task}.lead` : 'method.phone-key.response.lead' },
    number: { digits: number, ...scan },
    steps: [
      { text: named('method.phone-key.response.open', label) },
      { text: { key: `method.phone-key.${scan ? 'task' : 'response'}.type` }, number: true },
      { text: { key: 'method.phone-key.response.answer' } },
    ],
    field: forTask ? { ...FIELD, hint: `${task}.hint` } : FIELD,
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

/** More than a camera reads from a screen; then the page says to type the challenge. */
const SCANNED_MAX = 1_500

/** The picture of a task, where there is one that can be scanned. */
function pictured(picture: string | undefined): Pick<PromptNumber, 'scan' | 'scanTexts'> | null {
  if (picture === undefined) return null
  const scan = picturePath(picture)
  return scan.length > SCANNED_MAX ? null : { scan, scanTexts: 'method.phone-key.task.scan' }
}

/** The phone reads out of the number what it is for, and so does the page. */
const isTask = (number: string): boolean => purposeOf(number) === 'task'

/** A browser that is new to us hears the kind of device only, never its name. */
function named(key: string, label: string | null): Text {
  return label === null ? { key: `${key}.kind` } : { key: `${key}.named`, values: { label } }
}
