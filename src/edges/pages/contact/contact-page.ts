import type { AddressChange } from '#core/contact/address-change.ts'
import { type Contact, CONTACT_KINDS, type ContactKind } from '#core/contact/address.ts'
import { mayChangeSettings } from '#core/subscribers/primary-user.ts'
import type { Security } from '#engine/devices/overview.ts'
import { html, type Html, lines, NOTHING } from '#edges/pages/frame/html.ts'
import { icon } from '#edges/pages/frame/icons.ts'
import { fact, notice, pressForm, saidAloud } from '#edges/pages/frame/parts.ts'
import type { Seen } from '#edges/pages/frame/portal-layout.ts'
import { securityFrame } from '#edges/pages/frame/security-frame.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'
import { movingNotice, POSTAL_PAGE } from '#edges/pages/contact/address-change-page.ts'
import { primaryNotice } from '#edges/pages/subscribers/users-section.ts'

export interface ContactFacts extends Seen {
  readonly security: Pick<Security, 'contacts' | 'areTextsStopped' | 'subscriber' | 'otherUsers'>
  /** The postal address that a document has yet to show. */
  readonly change: AddressChange | null
  /** What was just done, as a key of `portal.done`. */
  readonly done: string | null
}

/** Where the client is told of what happens, with a green mark where they have proven it (R084). */
export function contactPage(context: PageContext, facts: ContactFacts): Html {
  const { text } = context.texts
  const { contacts, areTextsStopped, subscriber } = facts.security
  const mayChange = mayChangeSettings(subscriber, context.site.now())
  const rows = CONTACT_KINDS.map((kind) => {
    const contact = contacts.find((one) => one.kind === kind) ?? null
    if (kind === 'postal') return postal(context, { contact, mayChange })
    return row(context, { kind, contact, mayChange })
  })
  const body = html`<div class="stack"><p class="lead">${text('contact.lead')}</p>
${primaryNotice(context, facts)}</div>
<dl class="facts">${rows}</dl>${movingNotice(context, facts)}
${areTextsStopped ? stopped(context, facts) : NOTHING}`
  const title = text('contact.title')
  return securityFrame(context, facts, { page: 'contact', title, done: facts.done, body })
}

/** The holder of the number has answered STOP: what that costs, and the way back (R091). */
function stopped({ texts: { text } }: PageContext, { security, token }: ContactFacts): Html {
  const isProven = security.contacts.some(
    ({ kind, verifiedAt }) => kind === 'mobile' && verifiedAt !== null,
  )
  // A number that is not proven may belong to a stranger.
  const way = isProven
    ? pressForm({
        action: '/portal/security/texts/resume',
        token,
        look: 'button plain',
        words: text('contact.mobile.resume'),
      })
    : html`<p>${text('contact.mobile.stopped-unverified')}</p>`
  return html`${notice('warn', text('contact.mobile.stopped-text'))}${way}`
}

interface Row {
  readonly kind: 'mobile' | 'email'
  readonly contact: Contact | null
  /** A client who may not is told on this page whom to ask (R032). */
  readonly mayChange: boolean
}

function row({ texts: { text } }: PageContext, { kind, contact, mayChange }: Row): Html {
  const name = text(`contact.${kind}.name`)
  const act = contact === null ? 'add' : contact.verifiedAt === null ? 'verify' : 'change'
  const words = html`${text(`contact.${act}`)}${saidAloud(name)}`
  const link = html`<a href="/portal/security/contact/${kind}">${words}</a>`
  const mark =
    contact === null
      ? NOTHING
      : contact.verifiedAt === null
        ? html` <span class="tag warn">${text(`contact.${kind}.unverified`)}</span>`
        : html` <span class="confirm">${icon('check')}${text(`contact.${kind}.verified`)}</span>`
  const shown = contact === null ? text(`contact.${kind}.none`) : SHORT[kind](contact.value)
  return html`${fact(name, html`<bdi>${shown}</bdi>${mark}`, mayChange ? link : NOTHING)}
`
}

/**
 * As much as its owner needs to recognise it, and too little for anyone who looks over their
 * shoulder.
 */
const SHORT: Readonly<Record<Exclude<ContactKind, 'postal'>, (value: string) => string>> = {
  mobile: (number) => `… ${number.slice(-2)}`,
  email: (address) => {
    const at = address.lastIndexOf('@')
    return `${[...address].slice(0, 1).join('')}…${address.slice(at)}`
  },
}

/** Letters and cards go there; a document shows that the client lives there. */
function postal({ texts: { text } }: PageContext, { contact, mayChange }: Omit<Row, 'kind'>): Html {
  const name = text('contact.postal.name')
  const words = html`${text(contact === null ? 'contact.add' : 'contact.change')}${saidAloud(name)}`
  const link = mayChange ? html`<a href="${POSTAL_PAGE}">${words}</a>` : NOTHING
  const mark =
    contact === null || contact.verifiedAt === null
      ? NOTHING
      : html`<br><span class="confirm">${icon('check')}${text('contact.postal.verified')}</span>`
  const shown = contact === null ? text('contact.postal.none') : lines(contact.value)
  return fact(name, html`${shown}${mark}`, link)
}
