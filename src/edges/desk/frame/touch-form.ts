import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Problem } from '#core/problems.ts'
import type { AskedTouch } from '#engine/desk/touch.ts'
import { keyed } from '#edges/desk/frame/keys.ts'
import { memberOf } from '#edges/desk/frame/session.ts'
import { html, type Html, NOTHING } from '#edges/pages/frame/html.ts'
import { carried, formField, notice } from '#edges/pages/frame/parts.ts'
import { scriptedForm } from '#edges/pages/frame/scripted.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

/** The last thing on the page of a deed: the passkey confirms it, and it is done. */
export interface TouchForm {
  readonly touch: AskedTouch
  readonly action: string
  /** Ties the form to this browser. */
  readonly token: string
  /** What goes with it besides. */
  readonly carries?: Readonly<Record<string, string>>
  /** What is filled in before the touch. */
  readonly asks?: Html
}

export function touchForm(
  context: PageContext,
  { touch, action, token, carries = {}, asks = NOTHING }: TouchForm,
): Html {
  const { script, field, sealed } = touch
  return scriptedForm(context, {
    script: { ...script, says: { ...script.says, unable: 'desk.unable' } },
    field: { ...field, hint: 'desk.touch.hint', button: 'desk.touch.button' },
    buttonWith: keyed('go'),
    action,
    carries: html`${formField(token)}${carried({ sealed, ...carries })}${asks}`,
  })
}

/** Longer than any assertion. */
const ANSWER_LENGTH_MAX = 16_384
const SEALED_LENGTH_MAX = 200

/** What such a form sends. */
export const TOUCH_FIELDS = {
  answer: z.string().max(ANSWER_LENGTH_MAX),
  sealed: z.string().max(SEALED_LENGTH_MAX),
}

interface Sent {
  readonly answer: string
  readonly sealed: string
}

export const touchIn = ({ answer, sealed }: Sent) => ({ sealed, typed: answer })

/** A member asks for a deed on the page, and has touched the passkey for it. */
export const askingAtDesk = (request: FastifyRequest, sent: Sent) =>
  ({ at: 'desk', open: memberOf(request), touch: touchIn(sent) }) as const

/** Why the page is shown again. */
export const problemNotice = ({ texts: { text } }: PageContext, problem: Problem | null): Html =>
  problem === null ? NOTHING : notice('bad', text(`problem.${problem}`))
