import { CLASSES, classOf, type Deed, isFree } from '#core/desk/deeds.ts'
import { NOTE_LENGTH_MAX } from '#core/desk/case.ts'
import type { ProofWay } from '#core/desk/verification.ts'
import { SECOND_REASON_LENGTH_MAX } from '#core/desk/second-person.ts'
import type { Problem } from '#core/problems.ts'
import type { CaseView, SeenDeed, SeenDevice } from '#engine/desk/cases/view.ts'
import { REASONS } from '#engine/temporary-access/passcodes.ts'
import { unmaskLink } from '#edges/desk/cases/unmask-page.ts'
import { type DeskWait, memberPage } from '#edges/desk/frame/layout.ts'
import type { SeenByMember } from '#edges/desk/frame/session.ts'
import { problemNotice } from '#edges/desk/frame/touch-form.ts'
import { html, type Html, NOTHING } from '#edges/pages/frame/html.ts'
import {
  carried,
  fact,
  field,
  formField,
  notice,
  number,
  pressForm,
  until,
} from '#edges/pages/frame/parts.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

export interface CaseFacts extends SeenByMember {
  readonly view: CaseView
  /** What was just done, as a key of `desk.cases.done`. */
  readonly done: string | null
  /** Why the page is shown again. */
  readonly problem: Problem | null
}

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
  })
  return memberPage(context, facts, {
    title,
    isWrong: problem !== null,
    place: 'cases',
    waits: waitOf(view) ?? hidesAgain(view),
    main: html`${told}${problemNotice(context, problem)}
<div class="split"><div><h1>${title}</h1><p class="quiet">${about}</p></div>${close}</div>
<div class="beside"><div class="stack loose">${proofPanel(context, facts)}
${deedLists(context, facts)}${waitOf(view) ? NOTHING : notesOf(context, facts)}</div>
<aside class="stack loose"><section class="stack"><h2>${text('desk.cases.client')}</h2>
${isProven ? NOTHING : html`<p class="quiet small">${text('desk.cases.masked')}</p>`}
${clientFacts(context, view)}</section>
<section class="stack"><h2>${text('desk.cases.devices')}</h2>${devicesOf(context, view)}</section>
${signalsOf(context, view)}</aside></div>`,
  })
}

/** While the client is asked apart the page goes on by itself, so nothing is typed on it. */
function waitOf({ case: { id }, asked }: CaseView): DeskWait | undefined {
  if (!asked?.onPhone && !asked?.onPage) return undefined
  const opened = isOpened(asked) ? '?opened=yes' : ''
  return { stream: `/cases/${id}/proofs/${asked.id}/events${opened}`, to: `/cases/${id}` }
}

/** Whether the client reads on the page who asks. */
const isOpened = ({ onPage, authenticatorId }: NonNullable<CaseView['asked']>): boolean =>
  onPage !== undefined && authenticatorId !== null

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

const nameOf = ({ texts: { text } }: PageContext, { label, method }: SeenDevice): string =>
  label || text(`method.${method}.name`)

/** What is unusual, and so takes more. */
function signalsOf({ texts: { text } }: PageContext, { signals, failed }: CaseView): Html {
  if (signals.length === 0) return NOTHING
  const items = signals.map(
    (signal) => html`<li>${text(`desk.cases.signal.${signal}`, { count: failed })}</li>`,
  )
  return html`<section class="stack"><h2>${text('desk.cases.signals')}</h2>
<ul class="stack small" role="list">${items}</ul></section>`
}

/** Who is calling: the first thing on the page, and the one thing in a frame. */
function proofPanel(context: PageContext, facts: CaseFacts): Html {
  const { texts, formats } = context
  const { text } = texts
  const { view } = facts
  const { isProven, stoppedUntil, asked } = view
  const tag = isProven
    ? html`<span class="tag ok">${text('desk.cases.proven')}</span>`
    : html`<span class="tag warn">${text('desk.cases.unproven')}</span>`
  const body =
    stoppedUntil !== null
      ? html`<p>${text('desk.cases.stopped', {
          until: formats.moment(stoppedUntil, context.site.now()),
        })}</p>`
      : asked?.onPhone
        ? phoneWaits(context, facts)
        : asked?.onPage
          ? pageWaits(context, facts)
          : asked
            ? answerForm(context, facts)
            : html`${whatCame(context, view)}${askForm(context, facts)}`
  const warrants = view.warrants.map(
    ({ of, level, expiresAt }) =>
      html`<li>${text('desk.cases.opened-until', {
        of: text(`desk.cases.class.${of}`),
        level,
        time: formats.time(expiresAt),
      })}</li>`,
  )
  const opened =
    warrants.length === 0 ? NOTHING : html`<ul class="stack" role="list">${warrants}</ul>`
  return html`<section class="panel stack" aria-labelledby="who"><div class="split">
<h2 id="who">${text('desk.cases.who')}</h2>${tag}</div>${opened}${body}</section>`
}

/** What the caller is asked with, and what for. */
function askForm({ texts: t }: PageContext, facts: CaseFacts): Html {
  const { text } = t
  const { view, token } = facts
  const spoken = view.devices
    .filter(({ isSpoken }) => isSpoken)
    .toSorted((one, other) => Number(other.isPhone) - Number(one.isPhone))
  if (spoken.length === 0 && !view.canAskOnPage)
    return html`<p>${text('desk.cases.cannot-ask')}</p>`
  const devices = spoken.map(
    (device, index) =>
      html`<label><input type="radio" name="device" value="${device.id}" required${
        index === 0 ? html` checked` : NOTHING
      }><span>${device.label || text(`method.${device.method}.name`)}</span></label>`,
  )
  const hasPhone = spoken.some(({ isPhone }) => isPhone)
  // What lets the client in is asked for most often.
  const classes = [...CLASSES.filter((of) => of !== 'stop'), 'stop'].map(
    (of) => html`<option value="${of}">${text(`desk.cases.class.${of}`)}</option>`,
  )
  const lead = view.isProven ? 'desk.cases.ask-next' : 'desk.cases.ask-lead'
  const choice = html`<fieldset><legend>${text('desk.cases.ask-with')}</legend>
<div class="choices">${devices}</div></fieldset>`
  const button = (way: ProofWay, words: string, isFirst: boolean) =>
    html`<button class="${isFirst ? 'button' : 'button plain'}" name="way" value="${way}">${text(
      words,
    )}</button>`
  const ways = [
    hasPhone ? button('phone', 'desk.cases.phone.ask', true) : NOTHING,
    view.canAskOnPage ? button('page', 'desk.cases.page.ask', !hasPhone) : NOTHING,
    spoken.length > 0
      ? button('response', 'desk.cases.ask', !hasPhone && !view.canAskOnPage)
      : NOTHING,
  ]
  return html`<p>${text(lead)}</p>
<form class="stack" method="post" action="/cases/${view.case.id}/ask">${formField(token)}
${spoken.length === 0 ? NOTHING : choice}
<div class="field"><label for="of">${text('desk.cases.ask-for')}</label>
<select id="of" name="of">${classes}</select></div>
<p class="row">${ways}</p></form>`
}

/** The client was asked apart, and the caller is not proven. */
function whatCame({ texts: { text } }: PageContext, { came }: CaseView): Html {
  if (came === null) return NOTHING
  return notice('warn', text(`desk.cases.${came.of}.${came.it}`))
}

/** The code that is read out, and whether the client has opened the page with it. */
function pageWaits(context: PageContext, facts: CaseFacts): Html {
  const { texts, site } = context
  const { text } = texts
  const { asked } = facts.view
  if (!asked) return NOTHING
  const address = `${new URL(site.settings.issuer).host}/call`
  const state = isOpened(asked) ? 'opened' : 'waits'
  return html`<div class="stack"><p><strong>${text('desk.cases.page.read-out', {
    address,
  })}</strong></p>${number(asked.number)}<p class="hint">${text('desk.cases.page.hint')}
${until(context, asked.expiresAt, 'login.left')}</p>
<p role="status">${text(`desk.cases.page.${state}`)}</p></div>
<details><summary>${text('desk.cases.phone.other')}</summary>
${askForm(context, facts)}</details>`
}

/** The number that is read out, while the phone is asked. */
function phoneWaits(context: PageContext, facts: CaseFacts): Html {
  const { text } = context.texts
  const { asked } = facts.view
  if (!asked) return NOTHING
  return html`<div class="stack"><p><strong>${text('desk.cases.phone.read-out')}</strong></p>
${number(asked.number)}<p class="hint">${text('desk.cases.phone.hint')}
${until(context, asked.expiresAt, 'login.left')}</p>
<p role="status">${text('desk.cases.phone.waits')}</p></div>
<details><summary>${text('desk.cases.phone.other')}</summary>
${askForm(context, facts)}</details>`
}

/** The number that is read out, and the field for what is read back. */
function answerForm(context: PageContext, { view, token, problem }: CaseFacts): Html {
  const { text } = context.texts
  const { asked } = view
  if (!asked) return NOTHING
  const isMistyped = problem === 'login.malformed-answer'
  const response = field({
    id: 'response',
    label: text('desk.cases.answer'),
    error: isMistyped ? text(`problem.${problem}`) : undefined,
    attributes:
      'class="code long" inputmode="numeric" autocomplete="off" autocapitalize="off" ' +
      'spellcheck="false" maxlength="40" required autofocus',
  })
  return html`<div class="stack"><p><strong>${text('desk.cases.read-out')}</strong></p>
${number(asked.number)}<p class="hint">${text('desk.cases.read-hint')}
${until(context, asked.expiresAt, 'login.left')}</p></div>
<form class="stack" method="post" action="/cases/${view.case.id}/answer">${formField(token)}
<input type="hidden" name="proof" value="${asked.id}">${response}
<p><button class="button">${text('desk.cases.verify')}</button></p></form>`
}

/** What can be done now, and what needs more. */
function deedLists(context: PageContext, facts: CaseFacts): Html {
  const { text } = context.texts
  const { view } = facts
  const free = view.deeds.filter(({ deed }) => isFree(deed))
  // What a second person is asked has a reason, which is typed.
  const others = waitOf(view) ? [] : view.deeds.filter(({ deed }) => !isFree(deed))
  const list = (deeds: readonly SeenDeed[]) => deeds.map((one) => deedItem(context, facts, one))
  const afterwards = html`<section class="section stack"><h2>${text('desk.cases.after')}</h2>
<ul class="actions" role="list">${list(others)}</ul></section>`
  return html`<section class="section stack"><h2>${text('desk.cases.now')}</h2>
<p class="quiet small">${text('desk.cases.now-lead')}</p>
<ul class="actions" role="list">${list(free)}</ul></section>
${others.length === 0 ? NOTHING : afterwards}`
}

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
        ? text('desk.cases.needs', { level: decision.needs })
        : text(`desk.cases.needs-${decision.may}`)
    return html`<li>${name}<p class="small">${why}</p></li>
`
  }
  return html`<li>${name}${goForm(context, facts, one)}</li>
`
}

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
  const { reason } = request.asked
  const sent = { request: request.id, ...(reason !== undefined && { status: reason }) }
  const button = html`<button class="button">${text(`desk.cases.deed.${deed}.button`)}</button>`
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
<p><button class="button plain">${text('desk.second.ask')}</button></p></form>`
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
<button class="${look}">${text(`desk.cases.deed.${deed}.button`)}</button></form>`
}

/** What has to be chosen first; `null` where there is nothing to choose among. */
function choiceOf(context: PageContext, { devices }: CaseView, deed: Deed): Html | null {
  const { text } = context.texts
  if (deed === 'block-device') {
    const active = devices.filter(({ lifecycle }) => lifecycle === 'active')
    if (active.length === 0) return null
    const options = active.map(
      (device) => html`<option value="${device.id}">${nameOf(context, device)}</option>`,
    )
    const label = text('desk.cases.which-device')
    return html`<label class="hidden" for="device">${label}</label>
<select id="device" name="device">${options}</select>`
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
<p><button class="button plain">${text('desk.cases.add-note')}</button></p></form></section>`
}
