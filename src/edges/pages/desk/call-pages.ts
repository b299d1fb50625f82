import type { Problem } from '#core/problems.ts'
import type { OfferedCall } from '#engine/desk/cases/opened-call.ts'
import type { CallQuestion } from '#engine/desk/cases/page-proofs.ts'
import { guideLink } from '#edges/pages/help/problems/guide-link.ts'
import { html, type Html, NOTHING } from '#edges/pages/frame/html.ts'
import { besideAdvice, layout, telephone } from '#edges/pages/frame/layout.ts'
import {
  carried,
  errorSummary,
  fact,
  field,
  formField,
  headline,
  notice,
  pressForm,
  until,
} from '#edges/pages/frame/parts.ts'
import { scriptedForm } from '#edges/pages/frame/scripted.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

/** The pages of a client who is on the telephone with an agent. */

export interface CallForm {
  readonly token: string
  readonly code: string
  /** What a passkey is asked; `null` where there are none here. */
  readonly offered: OfferedCall | null
  readonly problem: Problem | null
}

const refused = (context: PageContext, problem: Problem): Html =>
  notice('bad', html`${context.texts.text(`problem.${problem}`)} ${guideLink(context, problem)}`)

/** The code that the agent reads out, and a passkey. It is the same for every visitor. */
export function callPage(context: PageContext, form: CallForm): Html {
  const { text } = context.texts
  const { token, code, offered, problem } = form
  const isCode = problem === 'call.no-code'
  const error = isCode ? text('problem.call.no-code') : undefined
  const loose = problem && !isCode ? refused(context, problem) : NOTHING
  const typed = field({
    id: 'code',
    label: text('on-call.code'),
    hint: text('on-call.code-hint'),
    value: code,
    error,
    attributes:
      'class="code" type="text" inputmode="numeric" autocomplete="off" autocapitalize="off" ' +
      'spellcheck="false" maxlength="20" required',
  })
  const asked = offered
    ? scriptedForm(context, {
        ...inWords(offered),
        action: '/call',
        carries: html`${formField(token)}${carried({ sealed: offered.sealed })}${typed}`,
      })
    : html`<p>${text('on-call.unable')}</p>`
  return layout(context, {
    title: text('on-call.title'),
    surface: 'narrow',
    script: 'login',
    methodScript: offered?.script.name,
    isWrong: problem !== null,
    main: besideAdvice(
      html`${errorSummary(context.texts, error ? [{ field: 'code', text: error }] : [])}${loose}
${headline(text('on-call.title'), text('on-call.lead'))}${asked}`,
      ifTheyCall(context),
    ),
  })
}

/** Where there is no passkey, or no script, the agent can ask in another way. */
const inWords = ({ script, field: answer }: Pick<OfferedCall, 'script' | 'field'>) => ({
  script: { ...script, says: { ...script.says, unable: 'on-call.unable' } },
  field: answer,
})

/** A caller in our name is none of ours: whom to call instead. */
const ifTheyCall = ({ texts: { text }, site }: PageContext): Html =>
  html`<p><strong>${text('on-call.aside.title')}</strong></p>
<p>${text('on-call.aside.text')}</p><p>${telephone(site)}</p>`

export interface QuestionFacts {
  readonly question: CallQuestion
  /** Of the form. */
  readonly token: string
  /** What opens the call in this browser. */
  readonly by: string
  readonly address: string
  readonly problem: Problem | null
}

/** Who asks, from which desk, why and what for; and the two answers. */
export function callQuestionPage(context: PageContext, facts: QuestionFacts): Html {
  const { texts, site } = context
  const { text } = texts
  const { question, token, by, address, problem } = facts
  const { agent, userName, caseNumber, reason, opens, asked } = question
  const title = text('phone.call.asks', { agent })
  const from = text('phone.call.fact.from', { agent, brand: site.settings.name })
  const confirm = scriptedForm(context, {
    ...inWords(asked),
    action: '/call/confirm',
    carries: html`${formField(token)}${carried({ by, sealed: asked.sealed })}`,
  })
  const deny = pressForm({
    action: '/call/deny',
    token,
    look: 'button danger',
    words: text('phone.call.deny'),
    carries: { by },
  })
  const events = address.replace('/call/question?', '/call/question/events?')
  return layout(context, {
    title,
    surface: 'narrow',
    styles: ['confirm'],
    script: 'step',
    methodScript: asked.script.name,
    isWrong: problem !== null,
    main: besideAdvice(
      html`${problem ? refused(context, problem) : NOTHING}
${headline(title, text('phone.call.lead'))}
<dl class="facts">${fact(text('phone.call.fact.agent'), from)}
${fact(text('phone.call.fact.reason'), text(`phone.call.reason.${reason}`))}
${fact(text('phone.call.fact.opens'), text(`phone.call.opens.${opens}`))}
${fact(text('phone.call.fact.userName'), userName)}
${fact(text('phone.call.fact.case'), caseNumber)}</dl>
<p class="hint">${until(context, question.until, 'login.left')}</p>
<p role="status" id="status" data-stream="${events}"></p>${confirm}
<div class="section stack">${deny}<p class="quiet small">${text('phone.call.denyText')}</p></div>`,
      ifTheyCall(context),
    ),
  })
}

export const callConfirmedPage = (context: PageContext): Html =>
  endPage(context, { title: 'on-call.confirmed.title', lead: 'on-call.confirmed.lead' })

export const callDeniedPage = (context: PageContext): Html =>
  endPage(context, { title: 'on-call.denied.title', lead: 'on-call.denied.lead' })

function endPage(
  context: PageContext,
  words: { readonly title: string; readonly lead: string },
): Html {
  const { text } = context.texts
  const title = text(words.title)
  return layout(context, {
    title,
    surface: 'narrow',
    main: besideAdvice(headline(title, text(words.lead)), ifTheyCall(context)),
  })
}
