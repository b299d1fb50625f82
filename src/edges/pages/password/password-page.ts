import type { TaskId } from '#core/ids.ts'
import type { PasswordFlaw } from '#engine/password/change.ts'
import { html, type Html, NOTHING } from '#edges/pages/frame/html.ts'
import { icon } from '#edges/pages/frame/icons.ts'
import {
  carried,
  errorSummary,
  field,
  formField,
  headline,
  numbered,
  showAttributes,
} from '#edges/pages/frame/parts.ts'
import { crumbs, portalPage, type Seen } from '#edges/pages/frame/portal-layout.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

/** Why a new password was not taken; `minimum` is the shortest that would do. */
export interface Flawed {
  readonly flaw: PasswordFlaw | 'empty'
  readonly minimum: number
}

/** Says how it goes, before anything is asked. */
export function changePasswordPage(context: PageContext, seen: Seen): Html {
  const { text } = context.texts
  const title = text('portal.password.title')
  const steps = ['again', 'confirm', 'choose'].map((step) => text(`portal.password.step.${step}`))
  const main = html`<div class="column stack loose">${crumbs(context, title)}
${headline(title, text('portal.password.lead'))}
${numbered(steps)}
<form class="row" method="post" action="/portal/security/password/begin">${formField(seen.token)}
<button class="button">${text('portal.password.begin')}</button>
<a href="/portal/security">${text('portal.change.back')}</a></form></div>`
  return portalPage(context, { ...seen, title, tab: 'security', main })
}

/** The new one, once it was confirmed that one is wanted. */
export function newPasswordPage(
  context: PageContext,
  facts: Seen & { readonly task: TaskId; readonly flawed: Flawed | null },
): Html {
  const { text } = context.texts
  const { task, flawed, userName, token } = facts
  const title = text('portal.password.new')
  const error = flawed ? flawWords(context, flawed) : null
  const errors = error ? [{ field: 'password', text: error }] : []
  const main = html`<div class="column stack loose">${errorSummary(context.texts, errors)}
${crumbs(context, text('portal.password.title'))}
${headline(title, text('portal.password.new-lead'))}
<form class="stack loose" method="post" action="/portal/security/password" novalidate>
${formField(token)}${carried({ task })}
${passwordField(context, { userName, error })}
<div class="row"><button class="button">${text('portal.password.save')}</button>
<a href="/portal/security">${text('portal.change.back')}</a></div></form></div>`
  const isWrong = flawed !== null
  return portalPage(context, { ...facts, title, isWrong, tab: 'security', main })
}

/** One field, that can be shown; the name stands beside it for password managers. */
export function passwordField(
  { texts: t }: PageContext,
  { userName, error }: { readonly userName: string; readonly error: string | null },
): Html {
  const { text } = t
  const input = field({
    id: 'password',
    label: text('portal.password.field'),
    error: error ?? undefined,
    hint: text('portal.password.hint'),
    attributes: `type="password" autocomplete="new-password" required ${showAttributes(t)}`,
  })
  const name = html`<input type="hidden" name="userName" value="${userName}"
autocomplete="username">`
  return html`${name}${input}`
}

export const flawWords = ({ texts: { text } }: PageContext, { flaw, minimum }: Flawed): string =>
  text(`portal.password.flaw.${flaw}`, { count: minimum })

/** A stranger has known the password: why money stands still, and what ends that. */
export function passwordDoubt(
  { texts: { text } }: PageContext,
  { isPasswordInDoubt }: { readonly isPasswordInDoubt: boolean },
): Html {
  if (!isPasswordInDoubt) return NOTHING
  const change = text('portal.settings.change-password')
  return html`<div class="notice warn">${icon('warn')}
<div class="stack"><p>${text('portal.password.doubt')}</p>
<p><a href="/portal/security/password">${change}</a></p></div></div>`
}
