import { classOf, type Deed, type DeedDecision, isFree } from '#core/desk/deeds.ts'
import { NOTE_LENGTH_MAX } from '#core/desk/case.ts'
import { SECOND_REASON_LENGTH_MAX } from '#core/desk/second-person.ts'
import type { CaseView, SeenDeed, SeenDevice } from '#engine/desk/cases/view.ts'
import { REASONS } from '#engine/temporary-access/passcodes.ts'
import { type CaseFacts, proofPanel, waitOf } from '#edges/desk/cases/proof-panel.ts'
import { script } from '#edges/desk/cases/script.ts'
import { unmaskLink } from '#edges/desk/cases/unmask-page.ts'
import { keyed, keyedDeed } from '#edges/desk/frame/keys.ts'
import { type DeskWait, memberPage } from '#edges/desk/frame/layout.ts'
import { problemNotice } from '#edges/desk/frame/touch-form.ts'
import { html, type Html, NOTHING } from '#edges/pages/frame/html.ts'
import { carried, fact, field, formField, notice, pressForm } from '#edges/pages/frame/parts.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'
import { findingList } from '#edges/pages/phone/check-section.ts'

/** A call: who it says it is, how they prove it, and what that opens. */
export function casePage(context: PageContext, facts: CaseFacts): Html {
  const { texts, formats } = context
  const { text } = texts
  const { view, done, problem, token } = facts
  const { case: one, client, isProven } = view
  const title = text('desk.cases.of', { name: client.userName })
  const about = text('desk.cases.about', {
    number: one.number,
    time: formats.time(one.openedAt),
    reason: text(`desk.cases.reason.${one.reason}`),
  })
  const told = done === null ? NOTHING : notice('ok', text(`desk.cases.done.${done}`))
  const close = pressForm({
    action: `/cases/${one.id}/close`,
    token,
    look: 'button plain',
    words: text('desk.cases.close'),
    with: keyed('close'),
  })
  return memberPage(context, facts, {
    title,
    isWrong: problem !== null,
    place: 'cases',
    waits: waitOf(view) ?? hidesAgain(view),
    main: html`${told}${problemNotice(context, problem)}${takenFrom(context, view)}
${othersOf(context, view)}
<div class="split"><div><h1>${title}</h1><p class="quiet">${about}</p></div>${close}</div>
<div class="beside"><div class="stack loose">${proofPanel(context, facts)}
${script(context, facts)}
${deedLists(context, facts)}${waitOf(view) ? NOTHING : notesOf(context, facts)}</div>
<aside class="stack loose">${recordLink(context, view)}
<section class="stack"><h2>${text('desk.cases.client')}</h2>
${isProven ? NOTHING : html`<p class="quiet small">${text('desk.cases.masked')}</p>`}
${clientFacts(context, view)}</section>
<section class="stack"><h2>${text('desk.cases.devices')}</h2>${devicesOf(context, view)}</section>
${laterForm(context, facts)}${examinationsOf(context, view)}
${signalsOf(context, view)}${connectivityForm(context, facts)}</aside></div>`,
  })
}

/** The agent has taken a callback: the client is not on the line yet. */
function takenFrom({ texts: { text } }: PageContext, { isCallBack }: CaseView): Html {
  if (!isCallBack) return NOTHING
  return notice(
    'plain',
    html`${text('desk.queue.taken-case')} <a href="/call-backs">${text('desk.queue.back')}</a>`,
  )
}

/** The caller is called back later, by the agent who is free first. */
function laterForm({ texts: { text } }: PageContext, { view, token }: CaseFacts): Html {
  const { calledAt, isCallBack } = view
  if (calledAt === null || isCallBack) return NOTHING
  const ask = pressForm({
    action: `/cases/${view.case.id}/call-backs`,
    token,
    look: 'button plain',
    words: text('desk.queue.ask'),
    with: keyed('later'),
  })
  return html`<section class="stack"><h2>${text('desk.queue.later')}</h2>
<p class="quiet small">${text('desk.queue.later-lead', { number: calledAt })}</p>${ask}</section>
`
}

/** Who of the desk has a case of this client open, too. */
function othersOf({ texts: { text }, formats }: PageContext, { others }: CaseView): Html {
  return html`${others.map(({ name, openedAt }) =>
    notice('warn', text('desk.cases.other', { name, time: formats.time(openedAt) })),
  )}`
}

/** To the logins of the client with their reasons, and to what was sent: a look of its own. */
const recordLink = ({ texts: { text } }: PageContext, { case: { id } }: CaseView): Html =>
  html`<section class="stack"><p>
<a class="button plain" href="/cases/${id}/record"${keyed('record')}>${text('desk.record.link')}</a>
</p><p class="quiet small">${text('desk.record.link-lead')}</p></section>
`

/** The client reads out the code of their connection test. */
const connectivityForm = ({ texts: { text } }: PageContext, { view, token }: CaseFacts): Html =>
  html`<section class="stack"><h2>${text('connectivity.title')}</h2>
<form class="stack" method="post" action="/cases/${view.case.id}/connectivity">
${formField(token)}${field({
  id: 'code',
  label: text('desk.cases.connectivity-code'),
  attributes: 'type="text" autocomplete="off" autocapitalize="characters" required',
})}
<p><button class="button plain"${keyed('connectivity')}>
${text('desk.cases.connectivity-read')}</button></p></form>
</section>`

/** What was shown for a reason is gone from the screen when the case is closed. */
function hidesAgain({ case: { id }, client }: CaseView): DeskWait | undefined {
  if (!client.contacts.some(({ state }) => state === 'unmasked')) return undefined
  return { stream: `/cases/${id}/events`, to: `/cases/${id}` }
}

function clientFacts(context: PageContext, view: CaseView): Html {
  const { text } = context.texts
  const { client } = view
  const accounts = client.accounts.map((account) =>
    fact(
      text(`portal.account.${account.environment}`),
      html`<span class="mono">${account.number}</span>`,
      text(`portal.account.status.${account.status}`),
    ),
  )
  const contacts = client.contacts.map((contact) =>
    fact(
      text(`desk.cases.contact.${contact.kind}`),
      contact.shown,
      unmaskLink(context, view, contact),
    ),
  )
  return html`<dl class="facts tight">${fact(text('desk.cases.by.user-name'), client.userName)}
${fact(text('desk.cases.speaks'), text(`desk.cases.language.${client.language}`))}
${accounts}${contacts}</dl>`
}

function devicesOf(context: PageContext, { devices }: CaseView): Html {
  const { text } = context.texts
  if (devices.length === 0) return html`<p class="quiet">${text('desk.cases.no-devices')}</p>`
  const rows = devices.map((device) =>
    fact(nameOf(context, device), text(`desk.cases.lifecycle.${device.lifecycle}`)),
  )
  return html`<dl class="facts tight">${rows}</dl>`
}

/** What the client's phone has found, as its holder sees it there: the same sentences. */
function examinationsOf(context: PageContext, { examinations }: CaseView): Html {
  const { texts, formats, site } = context
  if (examinations.length === 0) return NOTHING
  const each = examinations.map((one) => {
    const time = formats.past(one.at, site.now())
    const found =
      one.findings.length === 0
        ? html`<p>${texts.text('desk.cases.check.well')}</p>`
        : findingList(context, one.findings)
    return html`<div class="stack small"><p><strong>${nameOf(context, one)}</strong>
<span class="quiet">${texts.text('desk.cases.check.at', { time })}</span></p>${found}</div>
`
  })
  return html`<section class="stack"><h2>${texts.text('desk.cases.check.title')}</h2>
${each}</section>`
}

const nameOf = (
  { texts: { text } }: PageContext,
  { label, method }: Pick<SeenDevice, 'label' | 'method'>,
): string => label || text(`method.${method}.name`)

/** What is unusual, and so takes more. */
function signalsOf({ texts: { text } }: PageContext, { signals, failed }: CaseView): Html {
  if (signals.length === 0) return NOTHING
  const items = signals.map(
    (signal) => html`<li>${text(`desk.cases.signal.${signal}`, { count: failed })}</li>`,
  )
  return html`<section class="stack"><h2>${text('desk.cases.signals')}</h2>
<ul class="stack small" role="list">${items}</ul></section>`
}

/** What can be done now, and what needs more. */
function deedLists(context: PageContext, facts: CaseFacts): Html {
  const { text } = context.texts
  const { view } = facts
  const free = view.deeds.filter(({ deed }) => isFree(deed))
  // What a second person is asked has a reason, which is typed.
  const others = waitOf(view)
    ? []
    : view.deeds.filter(({ deed }) => !isFree(deed) && isThere(view, deed))
  const list = (deeds: readonly SeenDeed[]) => deeds.map((one) => deedItem(context, facts, one))
  const afterwards = html`<section class="section stack"><h2>${text('desk.cases.after')}</h2>
<p class="quiet small">${text('desk.cases.levels')}</p>
<ul class="actions" role="list">${list(others)}</ul></section>`
  return html`<section class="section stack"><h2>${text('desk.cases.now')}</h2>
<p class="quiet small">${text('desk.cases.now-lead')}</p>
<ul class="actions" role="list">${list(free)}</ul></section>
${others.length === 0 ? NOTHING : afterwards}`
}

/** A client who holds nothing that comes by post has nothing replaced. */
const isThere = ({ devices }: CaseView, deed: Deed): boolean =>
  deed !== 'replace-device' || devices.some(({ isReplaceable }) => isReplaceable)

function deedItem(context: PageContext, facts: CaseFacts, one: SeenDeed): Html {
  const { text } = context.texts
  const { deed, decision } = one
  const name = html`<p>${text(`desk.cases.deed.${deed}.name`)}</p>
<p class="quiet small">${text(`desk.cases.deed.${deed}.does`)}</p>`
  const { second } = one
  if (second)
    return html`<li>${name}${secondState(context, facts, { ...second, deed })}</li>
`
  if (decision.may === 'second-person' && one.warrant) {
    return html`<li>${name}${askSecondForm(context, facts, one)}</li>
`
  }
  if (decision.may !== 'alone') {
    const why =
      decision.may === 'not-proven'
        ? needsWords(context, decision)
        : text(`desk.cases.needs-${decision.may}`)
    return html`<li>${name}<p class="small">${why}</p></li>
`
  }
  return html`<li>${name}${goForm(context, facts, one)}</li>
`
}

const needsWords = (
  { texts: { text } }: PageContext,
  { needs: level, together }: Extract<DeedDecision, { may: 'not-proven' }>,
): string =>
  together === undefined
    ? text('desk.cases.needs', { level })
    : text('desk.cases.needs-or', { level, together })

/** What the second person said, or that they were asked. */
function secondState(
  context: PageContext,
  { view }: CaseFacts,
  { deed, request, member }: NonNullable<SeenDeed['second']> & Pick<SeenDeed, 'deed'>,
): Html {
  const { texts, formats } = context
  const { text } = texts
  const facts = { name: member.name, time: formats.time(request.expiresAt) }
  if (request.state === 'refused') {
    return html`<p class="small">${text('desk.second.refused', facts)}
<strong>${request.answer ?? ''}</strong></p>`
  }
  const said = html`<p class="small">${text(`desk.second.${request.state}`, facts)}</p>`
  if (request.state !== 'agreed') return said
  const { reason, authenticatorId } = request.asked
  const sent = {
    request: request.id,
    ...(reason !== undefined && { status: reason }),
    ...(authenticatorId !== undefined && { device: authenticatorId }),
  }
  const words = text(`desk.cases.deed.${deed}.button`)
  const button = html`<button class="button"${keyedDeed(deed)}>${words}</button>`
  return html`${said}<form method="get" action="/cases/${view.case.id}/deeds/${deed}">
${carried(sent)}${button}</form>`
}

/** Asks a second person, whom the system draws. */
function askSecondForm(
  context: PageContext,
  { view, token }: CaseFacts,
  { deed, warrant }: SeenDeed,
): Html {
  const { text } = context.texts
  const reason = field({
    id: `why-${deed}`,
    name: 'reason',
    label: text('desk.second.why'),
    hint: text('desk.second.why-hint'),
    attributes: `type="text" autocomplete="off" maxlength="${SECOND_REASON_LENGTH_MAX}" required`,
  })
  return html`<p class="small">${text('desk.cases.needs-second-person')}</p>
<form class="stack" method="post" action="/cases/${view.case.id}/second/${deed}">
${formField(token)}${carried(warrant ? { warrant: warrant.id } : {})}
${choiceOf(context, view, deed) ?? NOTHING}${reason}
<p><button class="button plain"${keyedDeed(deed)}>${text('desk.second.ask')}</button></p></form>`
}

/** Leads to the page on which a touch does it. */
function goForm(context: PageContext, { view }: CaseFacts, { deed, warrant }: SeenDeed): Html {
  const { text } = context.texts
  const action = `/cases/${view.case.id}/deeds/${deed}`
  const sent = carried(warrant === null ? {} : { warrant: warrant.id })
  const look = classOf(deed) === 'stop' ? 'button danger' : 'button plain'
  const choice = choiceOf(context, view, deed)
  if (choice === null) return NOTHING
  return html`<form class="row" method="get" action="${action}">${sent}${choice}
<button class="${look}"${keyedDeed(deed)}>${text(`desk.cases.deed.${deed}.button`)}</button></form>`
}

/** What has to be chosen first; `null` where there is nothing to choose among. */
function choiceOf(context: PageContext, { devices }: CaseView, deed: Deed): Html | null {
  const { text } = context.texts
  if (deed === 'block-device' || deed === 'replace-device') {
    const named = devices.filter(({ lifecycle, isReplaceable }) =>
      deed === 'block-device' ? lifecycle === 'active' : isReplaceable,
    )
    if (named.length === 0) return null
    const options = named.map(
      (device) => html`<option value="${device.id}">${nameOf(context, device)}</option>`,
    )
    const label = text('desk.cases.which-device')
    return html`<label class="hidden" for="device-${deed}">${label}</label>
<select id="device-${deed}" name="device">${options}</select>`
  }
  if (deed !== 'issue-passcode') return NOTHING
  const options = REASONS.map(
    (reason) => html`<option value="${reason}">${text(`desk.cases.status.${reason}`)}</option>`,
  )
  return html`<label for="status">${text('desk.cases.status.title')}</label>
<select id="status" name="status">${options}</select>`
}

function notesOf({ texts: { text }, formats }: PageContext, { view, token }: CaseFacts): Html {
  const { id, notes } = view.case
  const items = notes.map(
    ({ at, text: words }) => html`<li>${words}<time>${formats.time(at)}</time></li>
`,
  )
  const written = items.length === 0 ? NOTHING : html`<ol class="track" role="list">${items}</ol>`
  const typed = field({
    id: 'note',
    label: text('desk.cases.note'),
    attributes: `type="text" autocomplete="off" maxlength="${NOTE_LENGTH_MAX}" required`,
  })
  return html`<section class="section stack"><h2>${text('desk.cases.notes')}</h2>${written}
<form class="stack" method="post" action="/cases/${id}/note">${formField(token)}${typed}
<p><button class="button plain"${keyed('note')}>${text('desk.cases.add-note')}</button></p>
</form></section>`
}
