import type { Refused } from '#core/login/state.ts'
import type { ToldRefusal } from '#edges/http/problems.ts'
import { html, type Html } from '#edges/pages/frame/html.ts'
import { besideAdvice, ifYouCall, layout, stayingSafe } from '#edges/pages/frame/layout.ts'
import { fact, headline, notice } from '#edges/pages/frame/parts.ts'
import { problemPage } from '#edges/pages/help/problems/problem-page.ts'
import { cancelLink, type LoginForm } from '#edges/pages/login/login-form.ts'
import { contextOfLogin, loginAddress } from '#edges/pages/sessions/login-context.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'
import type { LoginId } from '#core/ids.ts'

/** How a login ends when it does not lead in, or leads out of this house. */

/**
 * A short name of a login, to be said on the telephone: it tells the desk what happened, and no
 * listener who logged in.
 */
const referenceOf = (id: LoginId): string => `${id.slice(-8, -4)} ${id.slice(-4)}`

/** How an ended login is told: said "no" on the phone, or answered wrong too often. */
type Ending = 'denied' | 'wrong' | 'locked'

function endingOf({ problem }: Refused): Ending {
  if (problem === 'login.denied' || problem === 'login.not-me') return 'denied'
  return problem === 'login.authenticator-locked' ? 'locked' : 'wrong'
}

export function refusedPage(context: PageContext, login: Refused, platform: string): Html {
  const {
    texts: { text },
    formats,
    site,
  } = context
  const ending = endingOf(login)
  const key = `login.ended.${ending}`
  const title = text(`${key}.title`)
  const environment = text(`login.in.${login.environment}`)
  const when = formats.moment(login.refusedAt, site.now())
  const where = text('login.ended.platform', { platform, environment })
  const facts = html`<dl class="facts">${fact(text('login.ended.when'), when)}
${fact(text('login.ended.for'), where)}</dl>`
  const { task } = login
  const again = task
    ? { address: `/tasks/${task.id}`, words: text('task.start-again') }
    : { address: loginAddress(contextOfLogin(login)), words: text('login.start-again') }
  const column = html`${headline(title, text(`${key}.lead`))}
${facts}
${notice('plain', html`<strong>${text(`${key}.question`)}</strong> ${text(`${key}.advice`)}`)}
<div class="row"><a class="button" href="${again.address}">${again.words}</a>
<a href="/help#${ending}">${text(`${key}.why`)}</a></div>`
  return layout(context, {
    title,
    surface: 'narrow',
    styles: ['confirm'],
    main: besideAdvice(column, ifYouCall(context, referenceOf(login.id))),
  })
}

/** A login that was begun and does not go on: what is so, and the one thing to do about it. */
export function turnedAwayPage(
  context: PageContext,
  form: Pick<LoginForm, 'cancel'>,
  told: Pick<ToldRefusal, 'problem' | 'until' | 'since'>,
): Html {
  const of = { reference: null, primary: null, wayOut: context.address }
  return problemPage(context, { ...told, ...of }, cancelLink(context, form))
}

/** A client has logged out wherever they were logged in, here too. */
export function everywhereOutPage(context: PageContext): Html {
  const { text } = context.texts
  const title = text('portal.sessions.ended-all.title')
  const again = text('portal.sessions.ended-all.again')
  const column = html`<h1>${title}</h1>
<p class="lead">${text('portal.sessions.ended-all.lead')}</p>
<p><a class="button" href="/login?platform=portal">${again}</a></p>`
  const main = besideAdvice(column, stayingSafe(context))
  return layout(context, { title, surface: 'narrow', main })
}

/**
 * On to a relying party, which is another house. The page goes on by itself: a redirect would count
 * as part of the form that was sent, and forms of ours may lead nowhere else.
 *
 * @see W3C, "Content Security Policy Level 3", form-action
 */
export function goOnPage(
  context: PageContext,
  { to, platform }: { readonly to: string; readonly platform: string },
): Html {
  const { text } = context.texts
  const title = text('login.done.title')
  const column = html`<h1>${title}</h1>
<p><a class="button" href="${to}">${text('login.done.go-on', { platform })}</a></p>`
  const main = besideAdvice(column, stayingSafe(context))
  return layout(context, { title, surface: 'narrow', refreshTo: to, main })
}
