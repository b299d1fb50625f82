import type { AuthenticatorId } from '#core/ids.ts'
import type { Refusal } from '#core/problems.ts'
import type { OpenChange } from '#methods/change.ts'
import type { EnrolForm } from '#methods/enrol.ts'
import { errorsOf, problemWords, typedField } from '#edges/pages/devices/binding-pages.ts'
import { html, type Html, rich } from '#edges/pages/frame/html.ts'
import { stepsTo } from '#edges/pages/frame/typed.ts'
import { formField, headline, until } from '#edges/pages/frame/parts.ts'
import { ABOVE, crumbs, portalPage, type Seen } from '#edges/pages/frame/portal-layout.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

/** The pages on which something about a device is changed, drawn from what its method says. */
export interface ChangeFacts extends Seen {
  readonly id: AuthenticatorId
  readonly label: string
  readonly refusal: Refusal | null
}

/** What it is to be. */
export function changePage(
  context: PageContext,
  facts: ChangeFacts & { readonly form: EnrolForm },
): Html {
  const { texts: t } = context
  const { form, id, label, refusal, token } = facts
  const device = `/portal/security/devices/${id}`
  const title = t.text(form.title)
  const error = refusal ? problemWords(context, refusal) : null
  const main = html`<div class="column stack loose">${errorsOf(context, error)}
${crumbs(context, label, ABOVE.devices)}
${headline(title, rich(t, form.lead))}
<form class="stack loose" method="post" action="${device}/change" novalidate>${formField(token)}
${typedField(context, form.field, { error, value: '' })}
<div class="row"><button class="button">${t.text(form.field.button)}</button>
<a href="${device}">${t.text('portal.change.back')}</a></div></form></div>`
  const isWrong = error !== null
  return portalPage(context, { ...facts, title, isWrong, tab: 'security', main })
}

/** The proof that the device has it. */
export function provePage(
  context: PageContext,
  facts: ChangeFacts & { readonly open: OpenChange },
): Html {
  const { texts: t } = context
  const { id, label, refusal, token } = facts
  const { view, expiresAt } = facts.open
  const device = `/portal/security/devices/${id}`
  const title = t.text(view.title)
  const error = refusal ? problemWords(context, refusal) : null
  const field = typedField(context, view.field, { error, value: '' })
  const main = html`<div class="column stack loose">${errorsOf(context, error)}
${crumbs(context, label, ABOVE.devices)}
${headline(title, rich(t, view.lead.key, view.lead.values))}
<form class="stack loose" method="post" action="${device}/change/answer" novalidate>
${formField(token)}
${stepsTo(context, view, field)}
<div class="row"><button class="button">${t.text(view.field.button)}</button>
<a href="${device}">${t.text('portal.change.back')}</a></div></form>
<p>${until(context, expiresAt, 'login.left')}</p></div>`
  const isWrong = error !== null
  return portalPage(context, { ...facts, title, isWrong, tab: 'security', main })
}
