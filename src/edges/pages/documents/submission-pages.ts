import { type AddressChange, onOneLine } from '#core/contact/address-change.ts'
import type { Problem } from '#core/problems.ts'
import { PURPOSES, type Submission, SUBMITTED_PAGES_MAX } from '#core/documents/submission.ts'
import { after, minutes } from '#core/time/time.ts'
import type { Account } from '#core/subscribers/account.ts'
import { articleLink } from '#edges/pages/help/help-articles.ts'
import { guideLink } from '#edges/pages/help/problems/guide-link.ts'
import { html, type Html, NOTHING, trusted } from '#edges/pages/frame/html.ts'
import { icon } from '#edges/pages/frame/icons.ts'
import { errorSummary, formField, headline, notice } from '#edges/pages/frame/parts.ts'
import { crumbs, portalPage, type Seen } from '#edges/pages/frame/portal-layout.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'
import { table } from '#edges/pages/frame/table.ts'
import { SEND_PAGE } from '#edges/pages/documents/document-pages.ts'
import { betterPhoto, faultsOf } from '#edges/pages/documents/page-advice.ts'

/** The page hears there that what was sent has been opened. */
export const SEND_EVENTS = `${SEND_PAGE}/events`

export interface SendFacts extends Seen {
  /** Those that something can be sent for. */
  readonly accounts: readonly Account[]
  /** The latest first. */
  readonly submissions: readonly Submission[]
  /** The new address that a proof of address is for from now on. */
  readonly change: AddressChange | null
  /** Why nothing can be sent now, as a key of `locales/`. */
  readonly closed: 'off' | 'too-many' | 'no-room' | null
  readonly isSent: boolean
  /** What is to be corrected, and what was chosen before. */
  readonly wrong: SendWrong | null
}

export interface SendWrong {
  readonly field: 'purpose' | 'account' | 'files'
  /** A problem, or `null` for a form that was only chosen from. */
  readonly problem: Problem
  readonly purpose: string
  readonly account: string
}

/** Where a client sends a proof, and sees what became of those before (R140, R144, R145). */
export function sendPage(context: PageContext, facts: SendFacts): Html {
  const { text } = context.texts
  const { wrong, closed } = facts
  const title = text('submissions.title')
  const words = wrong && text(`problem.${wrong.problem}`)
  const errors = wrong && words ? [{ field: wrong.field, text: words }] : []
  const guide = wrong ? html`<p>${guideLink(context, wrong.problem)}</p>` : NOTHING
  const form =
    closed === null
      ? sendForm(context, facts, words)
      : notice('warn', text(`problem.submission.${closed}`))
  const main = html`<div class="stack loose">
${crumbs(context, title, { address: '/portal/documents', title: 'documents.title' })}
${errorSummary(context.texts, errors)}${headline(title, text('submissions.lead'))}
${ofLatest(context, facts)}${guide}${form}${sentBefore(context, facts.submissions)}</div>`
  return portalPage(context, { ...facts, title, tab: 'documents', isWrong: wrong !== null, main })
}

/** So long the page says above its form what came of the latest. */
const RECENT = minutes(15)

/** What came of what was sent a moment ago: it is looked at, can be read, or is to be better. */
function ofLatest(context: PageContext, { isSent, submissions }: SendFacts): Html {
  const { text } = context.texts
  const [latest] = submissions
  const isRecent = latest !== undefined && context.site.now() < after(latest.receivedAt, RECENT)
  if (!isRecent) return isSent ? notice('ok', text('submissions.sent')) : NOTHING
  const state = stateShown(latest)
  if (state === 'received') {
    // The page moves on by itself where scripts run.
    return html`${notice('ok', text('submissions.sent'))}<p id="status" role="status"
data-stream="${SEND_EVENTS}">${text('submissions.looking')}
<a href="${SEND_PAGE}">${text('submissions.look-again')}</a></p>`
  }
  const better = state === 'checking' ? betterPhoto(context, latest) : NOTHING
  if (better !== NOTHING) {
    return html`<section class="notice warn" id="better">${icon('warn')}<div class="stack">
<h2>${text('submissions.better-title')}</h2>${better}
<p>${articleLink(context, 'documents')}</p></div></section>`
  }
  return isSent ? notice('ok', text('submissions.sent')) : NOTHING
}

function sendForm(context: PageContext, facts: SendFacts, words: string | null): Html {
  const { text } = context.texts
  const { token, accounts, wrong } = facts
  const errorOf = (name: SendWrong['field']) =>
    wrong?.field === name && words
      ? html`<p class="error" id="${name}-error">${words}</p>`
      : NOTHING
  const choice = (name: 'purpose' | 'account') => (value: string, index: number) => {
    const isMoving = name === 'purpose' && value === 'address' && facts.change !== null
    const chosen =
      (wrong ? wrong[name] === value : isMoving) || (name === 'account' && accounts.length === 1)
    const id = index === 0 ? html` id="${name}"` : NOTHING
    const said = name === 'purpose' ? text(`submissions.purpose.${value}`) : value
    const moving = isMoving
      ? html`<span class="hint">${text('submissions.moves-to', {
          address: onOneLine(facts.change?.address ?? ''),
        })}</span>`
      : NOTHING
    const hint =
      name === 'purpose'
        ? html`<span class="hint">${text(`submissions.examples.${value}`)}</span>${moving}`
        : NOTHING
    return html`<label><input type="radio" name="${name}" value="${value}"${id}${
      chosen ? trusted(' checked') : NOTHING
    }><span>${said}</span>${hint}</label>
`
  }
  const group = (name: 'purpose' | 'account', values: readonly string[]) =>
    html`<fieldset><legend>${text(`submissions.${name}.legend`)}</legend>${errorOf(name)}
<div class="choices">${values.map(choice(name))}</div></fieldset>`
  const advice = ['whole', 'light', 'still', 'read'].map(
    (one) => html`<li>${text(`submissions.advice.${one}`)}</li>`,
  )
  const taken = PHOTOGRAPHS.join(',')
  const howMany = text('submissions.files-hint', { count: SUBMITTED_PAGES_MAX })
  // The fields come before the files, and so they do in what a browser sends.
  return html`<section class="section stack"><h2>${text('submissions.new')}</h2>
<form class="stack loose" method="post" action="${SEND_PAGE}" enctype="multipart/form-data"
novalidate>${formField(token)}${group('purpose', PURPOSES)}
${group(
  'account',
  accounts.map(({ number }) => number),
)}
<div class="stack"><p><strong>${text('submissions.advice.title')}</strong></p>
<ul class="stack">${advice}</ul></div>
${errorOf('files')}<div class="field"><label for="photo">${text('submissions.photo')}</label>
<p class="hint" id="photo-hint">${text('submissions.photo-hint')}</p>
<input id="photo" name="files" type="file" accept="${taken}" capture="environment"
aria-describedby="photo-hint"></div>
<div class="field"><label for="files">${text('submissions.files')}</label>
<p class="hint" id="files-hint">${howMany}</p>
<input id="files" name="files" type="file" accept="${taken}" multiple
aria-describedby="files-hint"></div>
<div class="row"><button class="button">${text('submissions.send')}</button></div></form></section>`
}

const PHOTOGRAPHS = ['image/jpeg', 'image/png', 'image/webp']

/** What was sent, and how far it is. */
function sentBefore(context: PageContext, submissions: readonly Submission[]): Html {
  const {
    texts: { text },
    formats,
    site,
  } = context
  const rows = submissions.map((one) => [
    text(`submissions.purpose.${one.purpose}`),
    one.account,
    formats.moment(one.receivedAt, site.now()),
    html`${text(`submissions.state.${stateShown(one)}`)}${faultsOf(context, {
      pages: one.pages,
      isDecided: !['received', 'checking'].includes(stateShown(one)),
    })}${
      'reason' in one.status
        ? html`<br><span class="small">${text(`submissions.reason.${one.status.reason}`)}</span>`
        : NOTHING
    }`,
  ])
  if (rows.length === 0) return NOTHING
  const columns = ['purpose', 'account', 'received', 'state']
  const title = text('submissions.before')
  return html`<section class="section stack"><h2>${title}</h2>${table(context, 'submissions', {
    columns,
    rows,
    caption: title,
  })}</section>`
}

/** A client whose document is suspicious reads nothing of it: a forger would try better. */
const stateShown = ({ status: { state } }: Submission): string =>
  state === 'suspicious' ? 'checking' : state
