import type { Enrolment } from '#core/devices/enrolment.ts'
import type { EnrolmentId } from '#core/ids.ts'
import type { Refusal } from '#core/problems.ts'
import type { Allowed } from '#engine/devices/may-bind.ts'
import { notNow } from '#edges/pages/devices/not-now.ts'
import { type Instant, instant } from '#core/time/time.ts'
import type { EnrolForm, EnrolView } from '#methods/enrol.ts'
import type { PromptField } from '#methods/prompt.ts'
import { html, type Html, NOTHING, rich } from '#edges/pages/frame/html.ts'
import { methodGuide } from '#edges/pages/help/help-articles.ts'
import { againAt } from '#edges/pages/frame/again-at.ts'
import { typedAttributes } from '#edges/pages/frame/typed.ts'
import {
  bindButton,
  carried,
  errorSummary,
  fact,
  field,
  formField,
  headline,
  notice,
  numbered,
  pressForm,
  qrCode,
  until,
} from '#edges/pages/frame/parts.ts'
import { scriptedForm } from '#edges/pages/frame/scripted.ts'
import { crumbs, portalPage, type Seen } from '#edges/pages/frame/portal-layout.ts'
import { sheetPage, stagesOf } from '#edges/pages/devices/sheet-page.ts'
import { SECURITY_PAGES } from '#edges/pages/frame/security-pages.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'
import { waysOf } from '#edges/pages/login/other-ways.ts'

/** The pages on which an authenticator is bound, drawn part by part from what its method says. */

export interface Binding extends Seen {
  /** A first one is bound on a session that sees nothing else. */
  readonly isFirst: boolean
}

/**
 * Before an authenticator is invited that is made elsewhere: a client who comes from the phone
 * itself begins here.
 */
export function beginningPage(
  context: PageContext,
  facts: Binding & {
    readonly method: string
    readonly guide: string | undefined
    /** Whether this session would be let, and whether what it sets up waits. */
    readonly binding: Allowed
    /** What stops when the new one is ready. */
    readonly replaces: string | null
  },
): Html {
  const { text } = context.texts
  const { method, token, binding } = facts
  const title = text(`method.${method}.add`)
  const key = `method.${method}.enrol`
  const here = text(`${key}.this-one`)
  const waits = binding.ok && binding.waits
  const replaced =
    facts.replaces === null || waits
      ? NOTHING
      : notice('warn', rich(context.texts, `${key}.replaces`, { label: facts.replaces }))
  const way = binding.ok
    ? html`${waits ? notice('warn', text(`method.${method}.enrol.waits`)) : NOTHING}
${replaced}
${bindButton({ method, token, look: 'button', words: here, carries: { here: 'true' } })}
${bindButton({ method, token, look: 'button plain', words: text(`${key}.elsewhere`) })}`
    : html`<p><a class="button" href="/portal/security">${text('portal.enrol.back')}</a></p>`
  const lead = binding.ok ? text(`method.${method}.enrol.begin`) : notNow(context, binding)
  const main = html`<div class="column stack loose">
${headline(title, lead)}
${way}${methodGuide(context, facts.guide)}
</div>`
  return portalPage(context, { ...facts, title, tab: facts.isFirst ? null : 'security', main })
}

export interface AskingFacts extends Binding {
  /** Where the form goes. */
  readonly to: string
  /** What goes there with it. */
  readonly carries: Readonly<Record<string, string>>
  readonly form: EnrolForm
  /** An address that is proven already: it is offered as it is. */
  readonly known?: string | null
  /** The help article with the steps, if there is one. */
  readonly guide: string | undefined
  readonly refusal: Refusal | null
  readonly typed: string
}

/** What the method wants to know before it draws anything. */
export function askingPage(context: PageContext, facts: AskingFacts): Html {
  const { texts: t } = context
  const { form, refusal, token, typed } = facts
  const title = t.text(form.title)
  const error = refusal ? problemWords(context, refusal) : null
  const said = form.notice ? notice('plain', t.text(form.notice)) : NOTHING
  const main = html`<div class="column stack loose">${errorsOf(context, error)}
${facts.isFirst ? NOTHING : crumbs(context, title)}
${headline(title, rich(t, form.lead))}${said}${knownOf(context, facts)}
<form class="stack loose" method="post" action="${facts.to}" novalidate>
${formField(token)}${carried(facts.carries)}
${typedField(context, form.field, { error, value: typed })}
<div class="row"><button class="button">${t.text(form.field.button)}</button>
<a href="/portal/security">${t.text('portal.enrol.back')}</a></div></form>
${methodGuide(context, facts.guide)}</div>`
  return portalPage(context, { ...facts, title, tab: facts.isFirst ? null : 'security', main })
}

function knownOf(
  { texts: { text } }: PageContext,
  { form, known, to, carries, token }: AskingFacts,
): Html {
  if (!form.known || !known) return NOTHING
  const press = pressForm({
    action: to,
    token,
    look: 'button',
    words: text(form.known.button, { number: known }),
    carries: { ...carries, answer: known },
  })
  return html`<div class="stack"><p>${text(form.known.text)}</p>${press}</div>`
}

export interface BindingFacts extends Binding {
  /** The help article with the steps, if there is one. */
  readonly guide: string | undefined
  readonly enrolment: Enrolment
  /** All pages of it, and the one that is shown. */
  readonly views: readonly EnrolView[]
  readonly view: EnrolView
  readonly refusal: (Refusal & { readonly triesLeft?: number }) | null
}

/** One page of the binding: what is shown, what is typed, and where it goes on. */
export function bindingPage(context: PageContext, facts: BindingFacts): Html {
  const { texts: t } = context
  const { view, enrolment, token, refusal } = facts
  const title = t.text(view.title)
  const address = `/portal/security/enrolments/${enrolment.id}`
  const { sheet } = view
  if (sheet) {
    const { expiresAt } = enrolment
    const check = checkOf(context, facts, address)
    return sheetPage(context, { ...facts, sheet, check, address, expiresAt })
  }
  const error = refusal ? problemWords(context, refusal) : null
  const isLoose = error !== null && (!view.field || view.script !== undefined)
  const top = isLoose ? notice('bad', error) : errorsOf(context, error)
  const warning = view.warning ? notice('warn', t.text(view.warning)) : NOTHING
  const main = html`<div class="column stack loose">${top}
${facts.isFirst ? NOTHING : crumbs(context, title)}
${stagesOf(context, view)}${headline(title, rich(t, view.lead.key, view.lead.values))}
${warning}${stepsOf(context, view)}${pictureOf(context, view)}
${formOf(context, facts, { address, error })}${asideOf(context, view)}
<p>${until(context, enrolment.expiresAt, view.left ?? 'portal.enrol.left')}</p>
${bindingWays(context, facts, address)}${methodGuide(context, facts.guide)}
${pressForm({
  action: `${address}/cancel`,
  token,
  look: 'button plain',
  words: t.text('portal.enrol.cancel'),
})}
</div>`
  const methodScript = view.script?.name
  const tab = facts.isFirst ? null : 'security'
  return portalPage(context, { ...facts, title, tab, main, methodScript })
}

/** The page that follows a card which is printed, as a part of the one with the card. */
function checkOf(context: PageContext, facts: BindingFacts, address: string): Html {
  const { texts: t } = context
  const view = facts.views.find(({ name }) => name === facts.view.next?.view)
  if (!view) return NOTHING
  const warning = view.warning ? notice('warn', t.text(view.warning)) : NOTHING
  return html`${stagesOf(context, view)}
<div class="stack"><h1 tabindex="-1">${t.text(view.title)}</h1>
<p class="lead">${rich(t, view.lead.key, view.lead.values)}</p></div>
${warning}${stepsOf(context, view)}${formOf(context, { ...facts, view }, { address, error: null })}`
}

const asideOf = ({ texts: { text } }: PageContext, { aside = [] }: EnrolView): Html =>
  html`${aside.map(({ strong, text: words }) => {
    const title = strong ? html`<strong>${text(strong)}</strong><br>` : NOTHING
    return html`<p class="quiet">${title}${text(words)}</p>`
  })}`

function stepsOf({ texts: t }: PageContext, { steps = [] }: EnrolView): Html {
  if (steps.length === 0) return NOTHING
  return numbered(steps.map(({ key, values }) => rich(t, key, values)))
}

const pictureOf = ({ texts: t }: PageContext, { picture }: EnrolView): Html =>
  picture
    ? html`<div class="stack">${qrCode(picture.content, t.text(picture.label))}
<p class="mono">${picture.text}</p></div>
`
    : NOTHING

/** The field where there is one; the button to the next page where there is one. */
function formOf(
  context: PageContext,
  { view, token }: BindingFacts,
  { address, error }: { readonly address: string; readonly error: string | null },
): Html {
  const { texts: t } = context
  const next = view.next
    ? html`<form method="get" action="${address}"><button class="button"
name="view" value="${view.next.view}">${t.text(view.next.button)}</button></form>`
    : NOTHING
  if (!view.field) return next
  const carries = html`${formField(token)}<input type="hidden" name="view" value="${view.name}">`
  if (view.script) {
    const { script, field: asked } = view
    return scriptedForm(context, { script, field: asked, action: `${address}/answer`, carries })
  }
  return html`<form class="stack loose" method="post" action="${address}/answer" novalidate>
${carries}
${typedField(context, view.field, { error, value: '' })}
<div class="row"><button class="button">${t.text(view.field.button)}</button></div></form>${next}`
}

export const typedField = (
  { texts: { text } }: PageContext,
  asked: PromptField,
  { error, value }: { readonly error: string | null; readonly value: string },
): Html =>
  field({
    id: 'answer',
    label: text(asked.label),
    hint: text(asked.hint),
    error: error ?? undefined,
    value,
    attributes: `${typedAttributes(asked)} required`,
  })

/** Other ways to get what is asked for, for the same invitation. */
const bindingWays = (context: PageContext, { view, token }: BindingFacts, address: string): Html =>
  waysOf(context, view, (way, button) => {
    const hidden = html`${formField(token)}${carried({ way })}`
    return html`<form method="post" action="${address}/again">${hidden}${button}</form>`
  })

/** What may be seen once has been: another costs one press. */
export function seenPage(
  context: PageContext,
  facts: Binding & {
    readonly id: EnrolmentId
    readonly method: string
    /** For who has kept it: where it goes on. */
    readonly next: EnrolView['next']
  },
): Html {
  const { text } = context.texts
  const { id, next, method, token } = facts
  const title = text('portal.enrol.seen.title')
  const address = `/portal/security/enrolments/${id}`
  const kept = text('portal.enrol.seen.kept')
  const onward = next ? html`<a href="${address}?view=${next.view}">${kept}</a>` : NOTHING
  const again = pressForm({
    action: '/portal/security/enrolments',
    token,
    look: 'button',
    words: text('portal.enrol.seen.button'),
    sends: { name: 'method', value: method },
    carries: { instead: id },
  })
  const main = html`<div class="column stack loose">
${headline(title, text('portal.enrol.seen.lead'))}<div class="row">${again}${onward}</div></div>`
  return portalPage(context, { ...facts, title, tab: facts.isFirst ? null : 'security', main })
}

export interface BoundFacts extends Binding {
  readonly label: string
  readonly expiresAt: Instant
  /** The platform that waits for its client, where they came from one. */
  readonly onward: { readonly to: string; readonly platform: string } | null
}

/** It is bound, and until when: the last page of a binding that does not last (R104). */
export function boundPage(context: PageContext, facts: BoundFacts): Html {
  const {
    texts: { text },
    formats,
  } = context
  const { label, expiresAt, isFirst, onward, token } = facts
  // A serial is read in one piece: its hyphen is no place to break a line.
  const title = text('portal.enrol.bound.title', { label: label.replaceAll('-', '\u2011') })
  const end = text('portal.enrol.bound.end', { end: formats.full(expiresAt), zone: formats.zone })
  // A client whose session opens nothing else sees more after a login with the new device.
  const on = isFirst
    ? pressForm({
        action: '/portal/log-out',
        token,
        look: 'button',
        words: text('portal.enrol.bound.again'),
      })
    : html`${onwardLink(context, onward)}
<a class="${onward ? 'button plain' : 'button'}"
href="${SECURITY_PAGES.devices}">${text('portal.enrol.bound.ok')}</a>`
  const main = html`<div class="column stack loose">
${headline(title, text('portal.enrol.bound.lead'))}
<dl class="facts">${fact(text('portal.enrol.bound.until'), end)}</dl>
<div class="row">${on}</div></div>`
  return portalPage(context, { ...facts, title, tab: isFirst ? null : 'security', main })
}

const onwardLink = ({ texts: { text } }: PageContext, onward: BoundFacts['onward']): Html => {
  if (!onward) return NOTHING
  const words = text('portal.enrol.bound.on', { platform: onward.platform })
  return html`<a class="button" href="${onward.to}">${words}</a>`
}

export const errorsOf = ({ texts: t }: PageContext, error: string | null): Html =>
  errorSummary(t, error === null ? [] : [{ field: 'answer', text: error }])

export function problemWords(
  context: PageContext,
  { problem, until: end, triesLeft }: Refusal & { readonly triesLeft?: number },
): string {
  const { text } = context.texts
  if (triesLeft !== undefined) return text(`problem.${problem}-left`, { count: triesLeft })
  const words = text(`problem.${problem}`)
  return end === undefined ? words : `${words} ${againAt(context, instant(end))}`
}
