import { LOST } from '#core/connectivity/diagnosis.ts'
import type { Acr } from '#core/assurance.ts'
import type { Challenged, Login } from '#core/login/state.ts'
import { triesLeft } from '#core/login/login.ts'
import type { Problem } from '#core/problems.ts'
import { instant, type Instant } from '#core/time/time.ts'
import type { Choice } from '#engine/login/choices.ts'
import type { LoginView } from '#engine/login/view.ts'
import type { PromptView } from '#methods/prompt.ts'
import { html, type Html, NOTHING, rich, trusted } from '#edges/pages/frame/html.ts'
import { opensAnywhere } from '#edges/pages/frame/opens.ts'
import { guideLink } from '#edges/pages/help/problems/guide-link.ts'
import { nextLink, nextStep } from '#edges/pages/help/problems/next-step.ts'
import { icon, type IconName } from '#edges/pages/frame/icons.ts'
import { besideAdvice, layout, stayingSafe, type StyleName } from '#edges/pages/frame/layout.ts'
import { deliveryProgress } from '#edges/pages/login/delivery-track.ts'
import { contextOfLogin, loginAddress } from '#edges/pages/sessions/login-context.ts'
import { againAt } from '#edges/pages/frame/again-at.ts'
import {
  carried,
  errorSummary,
  field,
  formField,
  headline,
  notice,
  number,
  pressForm,
  qrCode,
  track,
  until,
} from '#edges/pages/frame/parts.ts'
import { scriptedForm } from '#edges/pages/frame/scripted.ts'
import { stepsTo, typedAttributes } from '#edges/pages/frame/typed.ts'
import type { TrackStep } from '#edges/pages/frame/parts.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'
import { approveWords, detailsList, taskStages } from '#edges/pages/tasks/task-page.ts'
import { waysOf } from '#edges/pages/login/other-ways.ts'

/** The second step of a login, whatever is asked in it. */
export interface Step {
  readonly login: Login
  readonly choices: readonly Choice[]
  /** Ties the forms to this browser. */
  readonly token: string
  /** Whether there is a card that is printed, to be offered where a method says so. */
  readonly prints: boolean
  /** What went wrong just now. */
  readonly problem: Problem | null
  readonly until: Instant | null
}

/** What a method says of itself to be chosen by. */
export interface Kind {
  readonly icon: IconName
  readonly acr: Acr
}

/** All the ways to confirm, the one used last first. */
export function pickerPage(
  context: PageContext,
  step: Step,
  kindOf: (method: string) => Kind,
): Html {
  const { texts: t } = context
  const { login, choices, token, problem } = step
  const items = choices.map((choice, index) => {
    const isLast =
      index === 0 && choices.length > 1 && choice.label !== null && choice.usedAt !== null
    return pickerItem(context, choice, { ...kindOf(choice.method), isLast })
  })
  const who = login.task ? detailsList(context, login.task.deed) : loggingIn(context, login)
  const wrong = problem
    ? notice('bad', html`${problemWords(context, step, problem)} ${guideLink(context, problem)}`)
    : NOTHING
  const column = html`${wrong}
<div class="stack"><h1>${t.text('login.choose.title')}</h1>${who}</div>
<form method="post" action="/login/${login.id}/challenge">${formField(token)}
<ul class="picker" role="list">
${items}
</ul></form>
<p><a href="/help#none">${t.text('login.choose.none')}</a></p>`
  return layout(context, {
    title: t.text('login.choose.title'),
    isWrong: problem !== null,
    surface: 'narrow',
    styles: stylesOf(login),
    script: 'step',
    main: besideAdvice(column, stayingSafe(context)),
  })
}

/** Who is logging in, and the way out for another client. */
function loggingIn({ texts: t }: PageContext, login: Login): Html {
  const as = rich(t, `login.choose.as.${login.environment}`, { userName: login.userName })
  const restart = loginAddress(contextOfLogin(login))
  return html`<p class="quiet">${as} <a href="${restart}">${t.text('login.choose.not-you')}</a></p>`
}

function pickerItem(
  context: PageContext,
  choice: Choice,
  { isLast, icon: drawing, acr }: Kind & { readonly isLast: boolean },
): Html {
  const { text } = context.texts
  const { id, method, label } = choice
  const obstacle = obstacleTo(choice)
  const mark = obstacle ?? (isLast ? 'used-last' : null)
  const isBad = obstacle === 'locked' || obstacle === 'expired'
  const tag = mark
    ? html` <span class="tag${isBad ? ' bad' : ''}">${text(`login.choose.${mark}`)}</span>`
    : NOTHING
  const name = label ?? text(`method.${method}.name`)
  const line = `${text(`method.${method}.line`)} ${opensAnywhere(context, acr)}`
  const disabled = obstacle ? trusted(' disabled') : NOTHING
  return html`<li><button name="authenticator" value="${id}"${disabled}>${icon(drawing)}
<span><strong>${name}</strong>${tag}<br>
<span class="quiet small">${line}</span></span>${icon('next')}</button></li>
`
}

/** Why it cannot be chosen, as a key of `login.choose`. */
function obstacleTo({ locked, expired, tooWeak, used }: Choice): string | null {
  if (locked) return 'locked'
  if (expired) return 'expired'
  if (used) return 'used'
  return tooWeak ? 'too-weak' : null
}

/** The next way, one press away; the others are behind the link. */
function insteadOf({ texts: { text } }: PageContext, { login, choices, token }: PromptStep): Html {
  const able = choices.filter((one) => obstacleTo(one) === null)
  const [next] = able.filter(({ id }) => id !== login.challenge.authenticatorId)
  const name = next && (next.label ?? text(`method.${next.method}.name`))
  const instead = next
    ? pressForm({
        action: `/login/${login.id}/challenge`,
        token,
        look: 'link',
        words: text('login.instead', { name: name ?? '' }),
        sends: { name: 'authenticator', value: next.id },
      })
    : NOTHING
  return html`${instead}
<p><a href="/login/${login.id}?view=choose">${text('login.another-way')}</a></p>`
}

export interface PromptStep extends Step {
  readonly login: Challenged
  readonly view: PromptView
  readonly receipts: LoginView['receipts']
}

/** One way to answer the open challenge, drawn part by part. */
export function promptPage(context: PageContext, step: PromptStep): Html {
  const { texts: t } = context
  const { view, problem, login } = step
  const { title, heading } = headingOf(context, step)
  const error = view.field && !view.script && problem ? problemWords(context, step, problem) : null
  const errors = error ? [{ field: 'answer', text: error }] : []
  const isLoose = problem !== null && error === null
  const top = isLoose
    ? notice('plain', looseWords(context, step, problem))
    : errorSummary(t, errors)
  const warning = view.warning
    ? notice('warn', t.text(view.warning.key, view.warning.values))
    : NOTHING
  const guide = problem ? html`<p>${guideLink(context, problem)}</p>` : NOTHING
  const column = html`${top}${heading}
${warning}${challengeOf(context, step, error)}${loginWays(context, step)}
<div class="stack">${otherView(context, step)}${insteadOf(context, step)}${guide}</div>`
  return layout(context, {
    title,
    isWrong: problem !== null && !isLoose,
    surface: 'narrow',
    styles: stylesOf(login),
    script: 'step',
    methodScript: view.script?.name,
    main: besideAdvice(column, asideOf(context, step)),
  })
}

/** What is read, waited for or typed. */
function challengeOf(context: PageContext, step: PromptStep, error: string | null): Html {
  const { view } = step
  const shown = view.number && !view.steps ? numberOf(context, view.number) : NOTHING
  const delivery = view.delivery
    ? track(context, newsFor(context, { ...step, views: [view] }).steps)
    : NOTHING
  const wait = view.waits ? waiting(context, step, view.waits.until) : NOTHING
  const picture = pictureOf(context, view)
  return html`${shown}${delivery}${wait}${picture}${answerForm(context, step, error)}`
}

/** What the device scans, after the notification and before what is typed. */
function pictureOf({ texts: { text }, site }: PageContext, { number: shown }: PromptView): Html {
  if (shown?.scan === undefined) return NOTHING
  const address = `${site.settings.issuer}${shown.scan}`
  const says = shown.scanTexts ?? 'login.scan'
  return html`<div class="stack small"><p><strong>${text(`${says}.title`)}</strong></p>
${qrCode(address, text(`${says}.label`))}<p class="quiet">${text(`${says}.how`)}</p></div>
`
}

/** The same challenge, answered in another way. */
function otherView({ texts: { text } }: PageContext, { view: { other }, login }: PromptStep): Html {
  if (!other) return NOTHING
  const address = `/login/${login.id}?view=${other.view}`
  return html`<p><strong><a href="${address}">${text(other.link)}</a></strong></p>`
}

/** What is asked; where a task is confirmed, what it is comes first. */
function headingOf(
  context: PageContext,
  { login, view }: PromptStep,
): { readonly title: string; readonly heading: Html } {
  const { texts: t } = context
  const asks = t.text(view.title)
  const lead = html`<p class="lead">${rich(t, view.lead.key, view.lead.values)}</p>`
  if (!login.task) {
    return { title: asks, heading: html`<div class="stack"><h1>${asks}</h1>${lead}</div>` }
  }
  const { deed } = login.task
  const title = t.text(`task.kind.${deed.kind}.title`)
  const heading = html`${taskStages(context)}<h1>${title}</h1>${detailsList(context, deed)}
<div class="stack"><h2>${asks}</h2>${lead}</div>`
  return { title, heading }
}

/** The sheets of a page of the second step. */
const stylesOf = ({ task }: Login): readonly StyleName[] =>
  task ? ['confirm', 'portal'] : ['confirm']

/** Other ways to be asked, each of them a new challenge to the same authenticator. */
const loginWays = (context: PageContext, { view, login, token }: PromptStep): Html =>
  waysOf(context, view, (way, button) => {
    const { authenticatorId: authenticator } = login.challenge
    const hidden = html`${formField(token)}${carried({ authenticator, way })}`
    return html`<form method="post" action="/login/${login.id}/challenge">${hidden}${button}</form>`
  })

function numberOf(
  { texts: { text } }: PageContext,
  { digits, hint }: NonNullable<PromptView['number']>,
): Html {
  const below = hint ? html`<p class="hint">${text(hint)}</p>` : NOTHING
  return html`<div>${number(digits)}${below}</div>
`
}

function asideOf(context: PageContext, { view }: PromptStep): Html {
  const { text } = context.texts
  if (!view.aside) return stayingSafe(context)
  const advice = view.aside.map(({ strong, text: words, link }) => {
    const title = strong ? html`<p><strong>${text(strong)}</strong></p>` : NOTHING
    const onward = link ? html`<p><a href="${link.to}">${text(link.text)}</a></p>` : NOTHING
    return html`${title}<p class="quiet">${text(words)}</p>${onward}`
  })
  return html`${advice}`
}

/** How far it is, and how long it can take; a script keeps both up to date. */
function waiting(context: PageContext, step: PromptStep, end: Instant): Html {
  const { text } = context.texts
  const { login, token, view } = step
  const { steps, status } = progress(context, step)
  const late = view.other ? html`<p id="late" hidden>${text('login.late')}</p>` : NOTHING
  const test = html`<a href="/connectivity" target="_blank">${text('connectivity.title')}</a>`
  const found = LOST.map(
    (one) =>
      html`<span data-lost="${one}" hidden>${text(`connectivity.outcome.${one}.text`)}</span>`,
  )
  const lost = html`<span data-lost="">${text('login.unconnected')}</span>${found}`
  const away = html`<p id="unconnected" role="status" hidden>${lost} ${test}</p>`
  const done = pressForm({
    action: `/login/${login.id}/continue`,
    token,
    look: 'button',
    words: text('login.approved-continue'),
  })
  const movesOn = html`<span id="moves-on" hidden>${text('login.moves-on')} </span>`
  return html`${track(context, steps)}
<div class="stack"><p class="hidden" role="status" id="status" data-stream="${streamOf(login)}"
data-minute="${text('login.left.one-minute')}" data-soon="${text('login.left.soon')}">${status}</p>
<p>${movesOn}${until(context, end, 'login.left')}</p>${late}${away}
<div id="by-hand" hidden>${done}</div><noscript>${done}</noscript></div>
`
}

function streamOf({ id, challenge: { openedAt, withdrawnAt } }: Challenged): string {
  const withdrawn = withdrawnAt === undefined ? '' : '&withdrawn=true'
  return `/login/${id}/events?since=${openedAt}${withdrawn}`
}

/** What has happened so far to what the page waits for, as steps and as a sentence. */
export function newsFor(
  context: Pick<PageContext, 'texts'>,
  step: Pick<PromptStep, 'login' | 'choices' | 'receipts'> & Pick<LoginView, 'views'>,
): { readonly steps: readonly TrackStep[]; readonly status: string } {
  const delivery = step.views.find((view) => view.delivery)?.delivery
  return delivery ? deliveryProgress(context, { ...step, delivery }) : progress(context, step)
}

/** How far a request to a device has come. */
function progress(
  { texts: { text } }: Pick<PageContext, 'texts'>,
  { login, choices, receipts }: Pick<PromptStep, 'login' | 'choices' | 'receipts'>,
): { readonly steps: readonly TrackStep[]; readonly status: string } {
  const label = choices.find(({ id }) => id === login.challenge.authenticatorId)?.label ?? null
  const values = { label: label ?? '' }
  const about = (key: string) =>
    text(`login.track.${key}.${label === null ? 'kind' : 'named'}`, values)
  const done = (words: string, at: Instant): TrackStep => ({ text: words, at, state: 'done' })
  const atOf = (kind: 'received' | 'opened') =>
    receipts.find((receipt) => receipt.kind === kind)?.at
  const [received, opened] = [atOf('received'), atOf('opened')]
  const news = opened === undefined ? (received === undefined ? 'sent' : 'received') : 'opened'
  const next = opened === undefined ? 'waiting-open' : 'waiting-answer'
  return {
    status: about(`status.${news}`),
    steps: [
      done(about('sent'), login.challenge.openedAt),
      ...(received === undefined || opened !== undefined
        ? []
        : [done(about('received'), received)]),
      ...(opened === undefined ? [] : [done(about('opened'), opened)]),
      { text: about(next), at: null, state: 'current' },
    ],
  }
}

function answerForm(context: PageContext, step: PromptStep, error: string | null): Html {
  const { texts: t } = context
  const { view, login, token } = step
  const { field: asked, steps = [], script } = view
  if (!asked) return NOTHING
  const carries = html`${formField(token)}<input type="hidden" name="view" value="${view.name}">`
  if (script) {
    return scriptedForm(context, {
      script,
      field: asked,
      carries,
      action: `/login/${login.id}/answer`,
    })
  }
  const input = field({
    id: 'answer',
    label: t.text(asked.label),
    hint: t.text(asked.hint),
    error: error ?? undefined,
    attributes: `${typedAttributes(asked)} required${steps.length > 0 ? '' : ' autofocus'}`,
  })
  const stream = view.delivery ? html` data-stream="${streamOf(login)}"` : NOTHING
  const words = login.task ? approveWords(context, login.task.deed) : t.text(asked.button)
  const isPlain = login.task === null && !login.resets && login.binds === undefined
  const prints = view.prints !== undefined && step.prints && isPlain
  const print = prints
    ? html`<button class="button" name="next" value="print">${t.text(view.prints)}</button>
`
    : NOTHING
  const look = prints ? 'button plain' : 'button'
  const action = `/login/${login.id}/answer`
  return html`<form class="stack loose" method="post" action="${action}" novalidate>${carries}
${stepsTo(context, view, input)}
<div class="row">${print}<button class="${look}">${words}</button>
${until(context, login.challenge.expiresAt, 'login.left')}</div>
<p class="hidden" role="status" id="status"${stream}
data-minute="${t.text('login.left.one-minute')}" data-soon="${t.text('login.left.soon')}"></p>
</form>
`
}

/**
 * The challenge or the request to the phone is over, the login is not: asking again costs one
 * press.
 */
export function overduePage(context: PageContext, step: PromptStep): Html {
  const { texts: t, site } = context
  const { login, view, token, choices } = step
  const { method, authenticatorId, openedAt, expiresAt } = login.challenge
  const label = choices.find(({ id }) => id === authenticatorId)?.label ?? null
  const isOpen = site.now() < expiresAt
  const end = view.waits ? view.waits.until : expiresAt
  const key = view.waits ? `method.${method}.unanswered` : (view.overdue ?? 'login.overdue')
  const values = {
    label: label ?? '',
    seconds: Math.round((end - openedAt) / 1_000),
    minutes: Math.round((end - openedAt) / 60_000),
  }
  const lead = view.waits ? `${key}.lead.${label === null ? 'kind' : 'named'}` : `${key}.lead`
  const again = (way: string | null, words: string, look: 'button' | 'button plain' = 'button') =>
    pressForm({
      action: `/login/${login.id}/challenge`,
      token,
      look,
      words,
      sends: { name: 'authenticator', value: authenticatorId },
      carries: way === null ? {} : { way },
    })
  const offline =
    isOpen && view.other
      ? otherButton(context, step)
      : again(view.other?.view ?? null, t.text(`method.${method}.unanswered.other`), 'button plain')
  const actions = view.waits
    ? html`${again(null, t.text(`${key}.again`))}${offline}`
    : again(view.name, t.text(`${key}.again`))
  const title = t.text(`${key}.title`)
  const why = view.waits ? notice('plain', t.text(`${key}.notice`)) : NOTHING
  const column = html`${headline(title, rich(t, lead, values))}${why}
<div class="row">${actions}</div>
<p><a href="/login/${login.id}?view=choose">${t.text('login.another-way')}</a></p>`
  return layout(context, {
    title,
    surface: 'narrow',
    styles: stylesOf(login),
    script: 'step',
    main: besideAdvice(column, stayingSafe(context)),
  })
}

/** The way to what answers the same challenge without being asked. */
function otherButton(
  { texts: { text } }: PageContext,
  { login, view: { other } }: PromptStep,
): Html {
  if (!other) return NOTHING
  const words = text(`method.${login.challenge.method}.unanswered.other`)
  return html`<a class="button plain" href="/login/${login.id}?view=${other.view}">${words}</a>`
}

/**
 * The device is asked by another login of this browser. This one is not lost: it goes on by itself
 * when the other is done, or from here, by asking again or by what is typed.
 */
export function withdrawnPage(context: PageContext, step: PromptStep): Html {
  const { text } = context.texts
  const { login, token } = step
  const { method, authenticatorId } = login.challenge
  const title = text('login.withdrawn.title')
  const again = pressForm({
    action: `/login/${login.id}/challenge`,
    token,
    look: 'button',
    words: text(`method.${method}.unanswered.again`),
    sends: { name: 'authenticator', value: authenticatorId },
  })
  const column = html`<div class="stack"><h1>${title}</h1>
<p class="lead">${text('login.withdrawn.lead')}</p>
<p class="hidden" role="status" id="status" data-stream="${streamOf(login)}"></p></div>
<div class="row">${again}${otherButton(context, step)}</div>
<p><a href="/login/${login.id}?view=choose">${text('login.another-way')}</a></p>`
  return layout(context, {
    title,
    surface: 'narrow',
    styles: stylesOf(login),
    script: 'step',
    main: besideAdvice(column, stayingSafe(context)),
  })
}

/** What is wrong, and what to do about it where that is done on another page. */
function looseWords(context: PageContext, step: Step, problem: Problem): Html | string {
  const words = problemWords(context, step, problem)
  const next = nextStep(context, { problem, until: null })
  return next
    ? html`<strong>${words}.</strong> ${next.words} ${nextLink(context, next, 'link')}`
    : words
}

/** A problem in the second step, with what is left to do about it. */
function problemWords(context: PageContext, { login, until: end }: Step, problem: Problem): string {
  const { text } = context.texts
  if (login.state === 'challenged') {
    const own = `method.${login.challenge.method}`
    if (problem === 'login.wrong-answer') return text(`${own}.wrong`, { count: triesLeft(login) })
    if (problem === 'login.malformed-answer') return text(`${own}.malformed`)
  }
  const words = text(`problem.${problem}`)
  return end === null ? words : `${words} ${againAt(context, instant(end))}`
}
