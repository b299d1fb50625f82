import { centsOf, type TaskDetails, TASK_RULES } from '#core/task-details.ts'
import type { Problem } from '#core/problems.ts'
import type { Task } from '#core/tasks/task.ts'
import type { Instant } from '#core/time/time.ts'
import type { Allowance, Room } from '#engine/tasks/tasks.ts'
import { html, type Html, NOTHING, rich } from '#edges/pages/frame/html.ts'
import { guideLink } from '#edges/pages/help/problems/guide-link.ts'
import { icon } from '#edges/pages/frame/icons.ts'
import { besideAdvice, ifYouCall, layout, stayingSafe } from '#edges/pages/frame/layout.ts'
import { againAt } from '#edges/pages/frame/again-at.ts'
import {
  carried,
  errorSummary,
  field,
  formField,
  headline,
  languageSwitch,
  notice,
  pressForm,
  showAttributes,
  stages,
} from '#edges/pages/frame/parts.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

/** The pages of a sensitive task: what is to be done, and the password again (design: step-up). */
export interface TaskFacts {
  readonly task: Task
  readonly allowance: Allowance
  readonly userName: string
  /** What the platform that asks is called. */
  readonly platform: string
  /** Ties the form to this browser. */
  readonly token: string
  readonly refusal: { readonly problem: Problem; readonly until: Instant | null } | null
  readonly isEmpty: boolean
}

/**
 * What is to be done, and the password again; the second factor follows on the pages of a login.
 */
export function taskPage(context: PageContext, facts: TaskFacts): Html {
  const { texts: t } = context
  const { task, token, userName } = facts
  const { deed } = task
  const why = whyOf(deed)
  const address = `/tasks/${task.id}`
  const error = passwordError(context, facts)
  const errors = error === null ? [] : [{ field: 'password', text: error }]
  const asks = rich(t, 'task.for', { platform: facts.platform })
  const signedIn = rich(t, 'task.signed-in', { userName })
  const top = html`${errorSummary(t, errors)}${noticeOf(context, facts, error)}`
  const column = html`${top}${taskStages(context)}
<div class="stack"><h1>${t.text(`task.kind.${deed.kind}.title`)}</h1>
<p class="quiet">${asks} ${signedIn}</p></div>
${detailsList(context, deed)}
<form class="stack loose" method="post" action="${address}" novalidate>${formField(token)}
<input type="hidden" name="userName" value="${userName}" autocomplete="username">
${field({
  id: 'password',
  label: t.text('task.password'),
  hint: t.text(`task.why.${why}`),
  error: error ?? undefined,
  attributes: `type="password" autocomplete="current-password" required ${showAttributes(t)}`,
})}
<div class="row"><button class="button">${t.text('task.continue')}</button>
<button class="button plain" form="give-up">${t.text(`task.cancel.${why}`)}</button></div></form>
<form method="post" action="${address}/cancel" id="give-up">${formField(token)}</form>
<p class="quiet">${t.text(facts.allowance.needs === '1' ? 'task.alone' : 'task.next')}</p>`
  return layout(context, {
    title: t.text(`task.kind.${deed.kind}.title`),
    isWrong: facts.refusal !== null,
    corner: languageSwitch(context, token),
    surface: 'narrow',
    styles: STYLES,
    script: 'login',
    main: besideAdvice(
      column,
      html`<div class="stack">${limits(context, facts.allowance)}</div>
<div class="stack">${stayingSafe(context)}</div>`,
    ),
  })
}

const STYLES = ['confirm', 'portal'] as const

const whyOf = (deed: TaskDetails): 'money' | 'change' => (centsOf(deed) > 0 ? 'money' : 'change')

/** What is wrong with the password stands at its field; everything else above the page. */
function passwordError(context: PageContext, { refusal, isEmpty }: TaskFacts): string | null {
  if (isEmpty) return context.texts.text('login.empty.password')
  return refusal?.problem === 'login.wrong-credentials' ? wordsOf(context, refusal.problem) : null
}

/**
 * Here the session says who it is: nothing but the password was typed, and nothing else was
 * counted.
 */
const OF_PASSWORD: Readonly<Partial<Record<Problem, string>>> = {
  'login.wrong-credentials': 'task.wrong.wrong-credentials',
  'login.wait': 'task.wrong.wait',
  'login.locked': 'task.wrong.locked',
}

const wordsOf = ({ texts: { text } }: PageContext, problem: Problem): string =>
  text(OF_PASSWORD[problem] ?? `problem.${problem}`)

function noticeOf(context: PageContext, { refusal }: TaskFacts, error: string | null): Html {
  if (!refusal || error !== null) return NOTHING
  const words = wordsOf(context, refusal.problem)
  const again = refusal.until === null ? '' : ` ${againAt(context, refusal.until)}`
  return notice('bad', html`${words}${again} ${guideLink(context, refusal.problem)}`)
}

/** Details, approve, done: a task has three stages, and this page is the second. */
export const taskStages = ({ texts }: PageContext): Html => stages(texts, STAGES, 1)

const STAGES = ['task.stages.details', 'task.stages.approve', 'task.stages.done']

/** What is approved, fact by fact, as it is signed. */
export function detailsList({ texts: { text }, formats }: PageContext, deed: TaskDetails): Html {
  const rows = TASK_RULES[deed.kind].facts.map((name) => {
    if (name === 'currency') return NOTHING
    const value =
      name === 'amount'
        ? html`<span class="amount">${formats.amount(centsOf(deed))}</span>`
        : html`<bdi>${deed.facts[name] ?? ''}</bdi>`
    return html`<div><dt>${text(`task.fact.${name}`)}</dt><dd>${value}</dd></div>`
  })
  return rows.length === 0 ? NOTHING : html`<dl class="facts">${rows}</dl>`
}

/** The words on the button that approves it: they repeat what leaves. */
export const approveWords = (
  { texts: { text }, formats }: PageContext,
  deed: TaskDetails,
): string => text(`task.kind.${deed.kind}.button`, { amount: formats.amount(centsOf(deed)) })

/** What may leave today, and what would open more (R121). */
function limits(context: PageContext, { held, better, reservedUsd }: Allowance): Html {
  const { text } = context.texts
  if (!held) return NOTHING
  const more = better ? html`<p class="quiet">${roomWords(context, better, 'better')}</p>` : NOTHING
  const left = roomWords(context, held, 'left')
  const amount = context.formats.money(reservedUsd)
  const kept =
    reservedUsd > 0
      ? html`<p class="quiet">${text('task.limit.reserved', { amount })}</p>`
      : NOTHING
  return html`<p><strong>${text('task.limit.title')}</strong><br>${left}</p>${more}${kept}
<p class="quiet">${text('task.limit.windows')}</p>`
}

function roomWords(
  { texts: { text }, formats }: PageContext,
  { method: name, left }: Room,
  kind: 'left' | 'better',
): string {
  const method = text(`method.${name}.name`)
  if (left !== null) return text(`task.limit.${kind}`, { method, amount: formats.amount(left) })
  return text(kind === 'left' ? 'task.limit.unlimited' : 'task.limit.better-unlimited', { method })
}

/**
 * More than anything that is held may let out: the limit, what is left of it, and what would raise
 * it.
 */
export function overLimitPage(context: PageContext, facts: TaskFacts): Html {
  const { texts: t } = context
  const { task, allowance, token } = facts
  const title = t.text('task.over.title')
  const back = pressForm({
    action: `/tasks/${task.id}/cancel`,
    token,
    look: 'button',
    words: t.text('task.back'),
  })
  const column = html`${headline(title, t.text('task.over.lead'))}
${detailsList(context, task.deed)}
<div class="stack">${limits(context, allowance)}</div>
${back}`
  return layout(context, {
    title,
    surface: 'narrow',
    styles: STYLES,
    corner: languageSwitch(context, token),
    main: besideAdvice(column, ifYouCall(context, null)),
  })
}

/** Approved, and the form that asked for it is sent once more: by a script, or with one press. */
export function approvedPage(
  context: PageContext,
  { task, token }: Pick<TaskFacts, 'task' | 'token'>,
): Html {
  const { texts: t } = context
  const { next, deed, id } = task
  const title = t.text('task.approved.title')
  const inputs = carried({ ...next.fields, task: id })
  const name = t.text(`task.kind.${deed.kind}.name`)
  const column = html`<div class="stack"><h1>${title}</h1>
<p class="confirm" role="status">${icon('check')}${name}</p>
<p class="lead">${t.text('task.approved.lead')}</p></div>
${detailsList(context, deed)}
<form method="post" action="${next.to}" id="go-on">${formField(token)}${inputs}
<button class="button">${t.text('task.approved.go-on')}</button></form>`
  return layout(context, {
    title,
    surface: 'narrow',
    styles: STYLES,
    script: 'portal',
    corner: NOTHING,
    main: besideAdvice(column, stayingSafe(context)),
  })
}

/**
 * On to the relying party that asked; the page goes by itself, because it is no answer to a form.
 */
export function leavingPage(context: PageContext, to: string): Html {
  const { text } = context.texts
  const title = text('task.leaving')
  const column = html`<h1>${title}</h1>
<p><a class="button" href="${to}">${text('task.approved.go-on')}</a></p>`
  const main = besideAdvice(column, stayingSafe(context))
  return layout(context, { title, surface: 'narrow', refreshTo: to, main })
}

/** It was used, given up, or took too long. */
export function endedTaskPage(
  context: PageContext,
  { task, problem }: { readonly task: Task; readonly problem: Problem },
): Html {
  const { texts: t } = context
  const title = t.text(`problem.${problem}`)
  const column = html`${headline(title, t.text('task.ended.again'))}
${detailsList(context, task.deed)}
<p><a class="button" href="${task.next.back}">${t.text('task.back')}</a></p>`
  return layout(context, {
    title,
    surface: 'narrow',
    styles: STYLES,
    corner: NOTHING,
    main: besideAdvice(column, ifYouCall(context, null)),
  })
}
