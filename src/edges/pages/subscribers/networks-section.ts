import { type Account, NETWORKS_MAX } from '#core/subscribers/account.ts'
import { networksOf } from '#engine/subscribers/opting-out.ts'
import { html, type Html, NOTHING } from '#edges/pages/frame/html.ts'
import {
  errorSummary,
  fact,
  field,
  type FieldError,
  formField,
  saidAloud,
} from '#edges/pages/frame/parts.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

export const NETWORKS = '/portal/security/trading/networks'

export interface NetworkFacts {
  readonly token: string
  readonly accounts: readonly Account[]
  /** Where the client is now. */
  readonly address: string
  /** Whether something is held that is strong enough to add one. */
  readonly canLeave: boolean
  /** What was typed, and what is wrong with it. */
  readonly typed?: { readonly value: string; readonly error: string }
}

/** The networks that a client who has opted out trades from, and what naming them opens (R130). */
export function networksSection(context: PageContext, facts: NetworkFacts): Html {
  const { text } = context.texts
  const networks = networksOf(facts.accounts)
  const isAny = networks.length === 0
  const list = networks.map((one) => listed(context, facts, one))
  const last = networks.length === 1 ? html`<p class="hint">${text(key('last'))}</p>` : NOTHING
  return html`<section class="section stack"><h2>${text(key('title'))}</h2>
<p>${text(key(isAny ? 'none' : 'some'))}</p>
${isAny ? NOTHING : html`<dl class="facts">${list}</dl>`}
${last}${adding(context, facts, networks)}</section>`
}

const key = (name: string): string => `portal.opt-out.networks.${name}`

function listed({ texts: { text } }: PageContext, { token }: NetworkFacts, network: string): Html {
  const words = html`${text(key('remove'))}${saidAloud(network)}`
  const form = html`<form method="post" action="${NETWORKS}/remove">${formField(token)}
<button class="button plain" name="network" value="${network}">${words}</button></form>`
  return fact(html`<span class="mono">${network}</span>`, form)
}

function adding(
  { texts: t }: PageContext,
  { token, canLeave, address, typed }: NetworkFacts,
  { length }: readonly string[],
): Html {
  const { text } = t
  if (!canLeave) return html`<p>${text(key('too-weak'))}</p>`
  if (length >= NETWORKS_MAX) return html`<p>${text(key('full'))}</p>`
  const errors: readonly FieldError[] = typed ? [{ field: 'network', text: typed.error }] : []
  const input = field({
    id: 'network',
    label: text(key('label')),
    hint: html`${text(key('hint'))} ${text(key('here'), { address })}`,
    error: typed?.error,
    attributes: 'type="text" required maxlength="100" autocomplete="off" spellcheck="false"',
    value: typed?.value,
  })
  return html`${errorSummary(t, errors)}
<form method="post" action="${NETWORKS}" class="stack">${formField(token)}
${input}
<p class="hint">${text(key('confirm'))}</p>
<p><button class="button plain">${text(key('add'))}</button></p></form>`
}
