import type { Problem } from '#core/problems.ts'
import type { AskedShare, OfferedShare, Shares } from '#engine/inventory/share-requests.ts'
import { calledIn } from '#engine/inventory/named-device.ts'
import type { SharedDevice } from '#engine/inventory/shared-devices.ts'
import { notNow } from '#edges/pages/devices/not-now.ts'
import { html, type Html, NOTHING } from '#edges/pages/frame/html.ts'
import { icon } from '#edges/pages/frame/icons.ts'
import { telephone } from '#edges/pages/frame/layout.ts'
import {
  errorSummary,
  field,
  type FieldError,
  formField,
  notice,
  pressForm,
  saidAloud,
} from '#edges/pages/frame/parts.ts'
import { ABOVE, crumbs, portalPage, type Seen } from '#edges/pages/frame/portal-layout.ts'
import { SHARING } from '#edges/pages/frame/security-pages.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'
import { table } from '#edges/pages/frame/table.ts'

export const SHARING_DONE = ['asked', 'agreed', 'declined', 'withdrawn'] as const

export interface SharingFacts extends Seen {
  readonly shares: Shares
  /** What is shared now. */
  readonly devices: readonly SharedDevice[]
  /** Why this session may not ask, if it may not. */
  readonly obstacle: Problem | null
  readonly done: (typeof SHARING_DONE)[number] | null
  /** What was typed, and what is wrong with it. */
  readonly typed?: { readonly value: string; readonly error: string }
}

/** A client asks for the device of another user name, or is asked for theirs (R120). */
export function sharingPage(context: PageContext, facts: SharingFacts): Html {
  const { texts: t } = context
  const { text } = t
  const { typed, done, session } = facts
  const title = text(key('title'))
  const errors: readonly FieldError[] = typed ? [{ field: 'name', text: typed.error }] : []
  const said =
    done === null
      ? NOTHING
      : html`<p class="confirm" role="status">${icon('check')}${text(key(`done.${done}`))}</p>`
  const isFull = session.decision.rights.portal === 'full'
  const main = html`<div class="column stack loose">
${isFull ? crumbs(context, title, ABOVE.devices) : NOTHING}
${errorSummary(t, errors)}<h1>${title}</h1>${said}
${offeredSection(context, facts)}
${askedSection(context, facts)}
${askSection(context, facts)}
${sharedSection(context, facts)}</div>`
  const isWrong = typed !== undefined
  return portalPage(context, { ...facts, title, isWrong, tab: isFull ? 'security' : null, main })
}

const key = (name: string): string => `portal.sharing.${name}`

function offeredSection(context: PageContext, { shares, token }: SharingFacts): Html {
  if (shares.offered.length === 0) return NOTHING
  const items = shares.offered.map((one) => offeredItem(context, one, token))
  return html`<section class="section stack">
<h2>${context.texts.text(key('offered.title'))}</h2>${items}</section>`
}

function offeredItem(
  { texts: { text }, formats }: PageContext,
  { id, asker, device, expiresAt }: OfferedShare,
  token: string,
): Html {
  const press = (act: 'agree' | 'decline', look: 'button' | 'button plain') =>
    pressForm({
      action: `${SHARING}/${id}/${act}`,
      token,
      look,
      words: html`${text(key(`offered.${act}`))}${saidAloud(asker)}`,
    })
  const asks = text(key('offered.text'), { asker, device: calledIn(text, device) })
  return html`<div class="stack"><p>${asks}</p>
<p>${text(key('offered.care'), { asker })}</p>
<p class="quiet small">${text(key('offered.until'), { when: formats.full(expiresAt) })}</p>
<div class="row">${press('agree', 'button')}${press('decline', 'button plain')}</div></div>`
}

function askedSection(context: PageContext, { shares, token }: SharingFacts): Html {
  if (shares.asked.length === 0) return NOTHING
  const rows = shares.asked.map((one) => askedRow(context, one, token))
  const title = context.texts.text(key('asked.title'))
  return html`<section class="section stack"><h2>${title}</h2>
${table(context, key('asked'), { columns: ['name', 'state'], rows })}</section>`
}

function askedRow(
  { texts: { text }, formats }: PageContext,
  { id, nameKey, heard, expiresAt }: AskedShare,
  token: string,
): readonly (Html | string)[] {
  const state = text(key(`asked.${heard}`), { when: formats.full(expiresAt) })
  if (heard !== 'waiting') return [nameKey, state]
  const words = html`${text(key('asked.withdraw'))}${saidAloud(nameKey)}`
  const act = pressForm({ action: `${SHARING}/${id}/withdraw`, token, look: 'link', words })
  return [nameKey, state, act]
}

function askSection(context: PageContext, { token, obstacle, typed }: SharingFacts): Html {
  const { texts, site } = context
  const { text } = texts
  const rules = ['same', 'temporary', 'strongest', 'agrees', 'pin'].map(
    (one) => html`<li>${text(key(one))}</li>`,
  )
  const lead = html`<p>${text(key('lead'))}</p><ul>${rules}</ul>`
  const hints = html`<p class="quiet">${text(key('differ'))} ${telephone(site)}</p>
<p class="quiet">${text(key('phone'))}</p>`
  const head = html`<h2>${text(key('ask.title'))}</h2>${lead}`
  if (obstacle !== null) {
    const why = notice('plain', notNow(context, { ok: false, problem: obstacle }))
    return html`<section class="section stack">${head}${why}${hints}</section>`
  }
  const input = field({
    id: 'name',
    label: text(key('ask.label')),
    hint: text(key('ask.hint')),
    error: typed?.error,
    attributes:
      'type="text" required maxlength="64" autocomplete="off" autocapitalize="off" ' +
      'spellcheck="false"',
    value: typed?.value,
  })
  return html`<section class="section stack">${head}
<form method="post" action="${SHARING}" class="stack">${formField(token)}
${input}
<p><button class="button plain">${text(key('ask.button'))}</button></p></form>${hints}</section>`
}

function sharedSection({ texts: { text } }: PageContext, { devices }: SharingFacts): Html {
  if (devices.length === 0) return NOTHING
  const items = devices.map(
    ({ label, userNames }) =>
      html`<li>${text(key('shared.text'), { device: label, names: userNames.join(', ') })}</li>`,
  )
  return html`<section class="section stack"><h2>${text(key('shared.title'))}</h2>
<ul>${items}</ul></section>`
}
