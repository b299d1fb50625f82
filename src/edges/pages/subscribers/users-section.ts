import type { Subscriber } from '#core/subscribers/account.ts'
import { mayChangeSettings } from '#core/subscribers/primary-user.ts'
import type { Security } from '#engine/devices/overview.ts'
import { html, type Html, NOTHING } from '#edges/pages/frame/html.ts'
import { notice, pressForm, saidAloud } from '#edges/pages/frame/parts.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'
import { table } from '#edges/pages/frame/table.ts'

interface UsersFacts {
  readonly security: Pick<Security, 'subscriber' | 'otherUsers'>
  readonly token: string
}

/** A client who uses the account of another reads whom to ask, and what needs no asking (R032). */
export function primaryNotice(
  { texts: { text }, formats, site }: PageContext,
  { security: { subscriber } }: UsersFacts,
): Html {
  const { primary } = subscriber
  if (!primary) return NOTHING
  const { name, leaveUntil } = primary
  const now = site.now()
  const words =
    leaveUntil !== null && mayChangeSettings(subscriber, now)
      ? text('portal.users.leave', { primary: name, when: formats.ahead(leaveUntil, now) })
      : `${text('portal.users.notice', { primary: name })} ${text('portal.users.yours')}`
  return notice('plain', words)
}

/** The primary user sees who else uses it, and lets them change how they log in. */
export function usersSection(context: PageContext, { security, token }: UsersFacts): Html {
  const { text } = context.texts
  const { otherUsers } = security
  if (otherUsers.length === 0) return NOTHING
  const rows = otherUsers.map((user) => [
    html`${user.userName}`,
    html`${leaveOf(context, user)}`,
    act(context, { user, token }),
  ])
  return html`<section class="section stack"><h2>${text('portal.users.title')}</h2>
<p class="quiet">${text('portal.users.text')}</p>
${table(context, 'portal.users', { columns: ['person', 'leave'], rows })}</section>`
}

function leaveOf({ texts: { text }, formats, site }: PageContext, { primary }: Subscriber): string {
  const now = site.now()
  const until = primary?.leaveUntil ?? null
  return until !== null && now < until
    ? text('portal.users.until', { when: formats.ahead(until, now) })
    : text('portal.users.none')
}

function act(
  { texts: { text }, site }: PageContext,
  { user, token }: { readonly user: Subscriber; readonly token: string },
): Html {
  const verb = mayChangeSettings(user, site.now()) ? 'take' : 'give'
  return pressForm({
    action: `/portal/security/users/${user.id}/${verb}-leave`,
    token,
    look: 'link',
    words: html`${text(`portal.users.${verb}`)}${saidAloud(user.userName)}`,
  })
}
