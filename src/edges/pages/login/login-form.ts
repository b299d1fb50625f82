import type { Environment } from '#core/subscribers/account.ts'
import { PROBLEMS, type Problem } from '#core/problems.ts'
import { type Instant } from '#core/time/time.ts'
import { besideAdvice, layout, stayingSafe } from '#edges/pages/frame/layout.ts'
import {
  carried,
  errorSummary,
  fact,
  field,
  type FieldError,
  formField,
  headline,
  notice,
  showAttributes,
} from '#edges/pages/frame/parts.ts'
import { html, type Html, NOTHING, rich, trusted } from '#edges/pages/frame/html.ts'
import { scriptedForm } from '#edges/pages/frame/scripted.ts'
import { againAt } from '#edges/pages/frame/again-at.ts'
import { ACTS, questionsOn } from '#edges/pages/help/questions.ts'
import { statusNotices } from '#edges/pages/status/status-words.ts'
import type { StatusNow } from '#engine/status/status.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'
import type { Texts } from '#edges/texts/texts.ts'
import type { Offered } from '#engine/login/passkey-offer.ts'

/** The first page of every login. */
export interface LoginForm {
  /** What the platform is called. */
  readonly platform: string
  /** Ties the form to this browser. */
  readonly token: string
  /** Sealed: where the login leads. */
  readonly context: string
  /** Where one goes back to, for a relying party that waits. */
  readonly cancel: string | null
  readonly userName: string
  /** The browser has filled it in by itself. */
  readonly isRemembered: boolean
  readonly environment: Environment
  readonly problem: LoginProblem | null
  /** What logs in by itself, for clients who have it. */
  readonly offer: Offered | null
  /** What is late just now; `null` where it was told on the page before. */
  readonly status: StatusNow | null
}

/** Why the form is shown again. */
export type LoginProblem =
  | { readonly kind: 'fields'; readonly empty: readonly ('userName' | 'password')[] }
  | { readonly kind: 'refused'; readonly problem: Problem; readonly until: Instant | null }
  | { readonly kind: 'lapsed' }
  /** Opened before a login in another tab; `as` is the client who is logged in now, if one is. */
  | { readonly kind: 'left'; readonly as: string | null }

export function loginPage(context: PageContext, form: LoginForm): Html {
  const { text } = context.texts
  const errors = fieldErrors(context, form.problem)
  const isWrong = form.problem?.kind === 'fields' || form.problem?.kind === 'refused'
  const status = form.status ? statusNotices(context, form.status) : NOTHING
  const wrong = noticeOf(context, form.problem, errors)
  const top = html`${errorSummary(context.texts, errors)}${wrong}${status}`
  const column = html`${top}
<div class="stack"><h1>${text('login.title')}</h1><p class="quiet">${form.platform}</p></div>
${formOf(context, form, errors)}${offerOf(context, form)}
<div class="row"><a href="${questionsOn(refusedWith(form.problem))}">${text('login.cannot')}</a>
<a href="${ACTS.phone}">${text('login.authenticator')}</a>
${cancelLink(context, form)}</div>`
  return layout(context, {
    title: text('login.title'),
    isWrong,
    surface: 'narrow',
    script: 'login',
    methodScript: form.offer?.script.name,
    main: besideAdvice(column, stayingSafe(context)),
  })
}

/** What the page says: the questions of the help go on from there. */
const refusedWith = (problem: LoginProblem | null): Problem | null =>
  problem?.kind === 'refused' ? problem.problem : null

/** Back to the relying party that waits, where one does. */
export const cancelLink = (
  { texts: { text } }: PageContext,
  { cancel }: Pick<LoginForm, 'cancel'>,
): Html => (cancel === null ? NOTHING : html`<a href="${cancel}">${text('login.cancel')}</a>`)

const USER_NAME =
  'type="text" autocomplete="username webauthn" autocapitalize="off" spellcheck="false" required'

function formOf({ texts: t }: PageContext, form: LoginForm, errors: readonly FieldError[]): Html {
  const { text } = t
  const errorOf = (name: string) => errors.find((one) => one.field === name)?.text
  const { environment } = form
  return html`<form class="stack loose" method="post" action="/login" novalidate>
${formField(form.token)}<input type="hidden" name="continue" value="${form.context}">
<div>${field({
    id: 'userName',
    label: text('login.user-name'),
    value: form.userName,
    attributes: USER_NAME,
    error: errorOf('userName'),
  })}
${notYouButton(t, form)}</div>
${passwordField(t, { error: errorOf('password'), isFirst: form.isRemembered })}
<fieldset><legend>${text('login.account')}</legend><div class="choices">
${choice('live', {
  checked: environment === 'live',
  name: text('login.live'),
  hint: text('login.live-hint'),
})}
${choice('paper', {
  checked: environment === 'paper',
  name: text('login.paper'),
  hint: text('login.paper-hint'),
})}
</div></fieldset>
<button class="button">${text('login.continue')}</button>
</form>
${notYouForm(form)}`
}

/** `isFirst`: it is the only field that its client still fills in. */
function passwordField(
  t: Texts,
  { error, isFirst = false }: { readonly error?: string | undefined; readonly isFirst?: boolean },
): Html {
  const always = 'type="password" autocomplete="current-password" required'
  const attributes = `${always} ${showAttributes(t)}${isFirst ? ' autofocus' : ''}`
  return field({ id: 'password', label: t.text('login.password'), error, attributes })
}

/** Takes away the name that the browser filled in; the button stands beside it. */
const notYouButton = ({ text }: Texts, { isRemembered }: LoginForm): Html =>
  isRemembered
    ? html`<button class="link small" form="not-you">${text('login.not-you')}</button>`
    : NOTHING

const notYouForm = ({ isRemembered, token, context }: LoginForm): Html =>
  isRemembered
    ? html`<form id="not-you" method="post" action="/login/not-you">${formField(token)}
<input type="hidden" name="continue" value="${context}"></form>`
    : NOTHING

/** Another way in, for a browser that has one; the script takes the account from the form above. */
function offerOf(
  context: PageContext,
  { offer, token, context: leads, environment }: LoginForm,
): Html {
  if (!offer) return NOTHING
  const hidden = carried({ continue: leads, offer: offer.sealed, environment })
  const carries = html`${formField(token)}${hidden}`
  const { script, field: asked } = offer
  const action = '/login/identified'
  return scriptedForm(context, { script, field: asked, action, carries, isSecond: true })
}

function choice(
  value: Environment,
  {
    checked,
    name,
    hint,
  }: { readonly checked: boolean; readonly name: string; readonly hint: string },
): Html {
  const mark = checked ? trusted(' checked') : NOTHING
  return html`<label><input type="radio" id="${value}" name="environment" value="${value}"${mark}>
<span>${name}</span><span class="hint">${hint}</span></label>`
}

/** What belongs to one field; everything else stands above the form. */
function fieldErrors(
  { texts: { text } }: PageContext,
  problem: LoginProblem | null,
): readonly FieldError[] {
  if (problem?.kind === 'fields') {
    return problem.empty.map((name) => ({ field: name, text: text(`login.empty.${name}`) }))
  }
  if (problem?.kind !== 'refused') return []
  const name = FIELD_OF[problem.problem]
  return name === undefined ? [] : [{ field: name, text: text(`problem.${problem.problem}`) }]
}

/**
 * Problems that belong to one field; a wrong name is told at the password, as a wrong password is.
 */
const FIELD_OF: Readonly<Partial<Record<Problem, string>>> = {
  'login.wrong-credentials': 'password',
}

function noticeOf(
  context: PageContext,
  problem: LoginProblem | null,
  errors: readonly FieldError[],
): Html {
  const { text } = context.texts
  if (problem?.kind === 'lapsed') return notice('plain', text('login.lapsed'))
  if (problem?.kind === 'left') {
    if (problem.as === null) return notice('plain', text('login.left-behind.out'))
    const words = rich(context.texts, 'login.left-behind.other', { userName: problem.as })
    return notice('plain', words)
  }
  if (problem?.kind !== 'refused' || errors.length > 0) return NOTHING
  const words = text(`problem.${problem.problem}`)
  const again = problem.until === null ? '' : againAt(context, problem.until)
  return notice('bad', `${words} ${again}`)
}

/**
 * Whether the form is what comes next: something in it was wrong, or it is to be sent once more.
 * Everything else is an outcome, and has a page of its own.
 */
export const staysAtForm = (problem: Problem): boolean =>
  problem === 'login.conflict' || [401, 429, 503].includes(PROBLEMS[problem])

/** What was right, and is about the other account: chosen here, with the password once more. */
export function otherAccountPage(context: PageContext, form: LoginForm): Html {
  const { texts: t, address } = context
  const { userName, environment: chosen } = form
  const environment = chosen === 'live' ? 'paper' : 'live'
  const key = `login.other-account.${environment}`
  const title = t.text(`${key}.title`)
  const go = t.text(`${key}.go`)
  // A client who logged in without a user name has none to send again.
  const way =
    userName === ''
      ? html`<a class="button" href="${address}&environment=${environment}">${go}</a>`
      : html`<form class="stack loose" method="post" action="/login" novalidate>
${formField(form.token)}${carried({ continue: form.context, environment })}
<dl class="facts">${fact(t.text('login.user-name'), html`<strong>${userName}</strong>`)}</dl>
<input type="hidden" name="userName" value="${userName}" autocomplete="username">
${passwordField(t, { isFirst: true })}
<button class="button">${go}</button>
</form>`
  const lead = t.text(`${key}.${userName === '' ? 'again' : 'lead'}`)
  const column = html`${headline(title, lead)}
${way}
<div class="row"><a href="${address}">${t.text('login.start-again')}</a>
${cancelLink(context, form)}</div>`
  return layout(context, {
    title,
    surface: 'narrow',
    styles: ['confirm'],
    script: 'login',
    main: besideAdvice(column, stayingSafe(context)),
  })
}
