import { CLASSES } from '#core/desk/deeds.ts'
import type { Pressure, ProofWay } from '#core/desk/verification.ts'
import type { Problem } from '#core/problems.ts'
import type { CaseView } from '#engine/desk/cases/view.ts'
import type { DeskWait } from '#edges/desk/frame/layout.ts'
import type { SeenByMember } from '#edges/desk/frame/session.ts'
import { keyed } from '#edges/desk/frame/keys.ts'
import { html, type Html, NOTHING } from '#edges/pages/frame/html.ts'
import { carried, field, formField, notice, number, until } from '#edges/pages/frame/parts.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

/** On the page of a case: who is calling, and how they prove it. */

export interface CaseFacts extends SeenByMember {
  readonly view: CaseView
  /** What was just done, as a key of `desk.cases.done`. */
  readonly done: string | null
  /** What the caller has just said to have a step skipped. */
  readonly said: Pressure | null
  /** Why the page is shown again. */
  readonly problem: Problem | null
}

/** While the client is asked apart the page goes on by itself, so nothing is typed on it. */
export function waitOf({ case: { id }, asked }: CaseView): DeskWait | undefined {
  const rings = asked?.onCall?.state === 'ringing'
  if (!asked || !(asked.onPhone || asked.onPage || rings)) return undefined
  const opened = isOpened(asked) ? '?opened=yes' : ''
  return { stream: `/cases/${id}/proofs/${asked.id}/events${opened}`, to: `/cases/${id}` }
}

/** Whether the client reads on the page who asks. */
const isOpened = ({ onPage, authenticatorId }: NonNullable<CaseView['asked']>): boolean =>
  onPage !== undefined && authenticatorId !== null

/** Who is calling: the first thing on the page, and the one thing in a frame. */
export function proofPanel(context: PageContext, facts: CaseFacts): Html {
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
          until: formats.ahead(stoppedUntil, context.site.now()),
        })}</p>`
      : asked?.onPhone
        ? phoneWaits(context, facts)
        : asked?.onPage
          ? pageWaits(context, facts)
          : asked?.onCall
            ? calledBack(context, facts)
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
function askForm(context: PageContext, facts: CaseFacts): Html {
  const { text } = context.texts
  const { view, token } = facts
  const spoken = view.devices
    .filter(({ isSpoken }) => isSpoken)
    .toSorted((one, other) => Number(other.isPhone) - Number(one.isPhone))
  const isCalledBack = view.calledAt !== null
  if (spoken.length === 0 && !view.canAskOnPage && !isCalledBack)
    return html`<p>${text('desk.cases.cannot-ask')}</p>
<p>${text(`desk.cases.not-called.${view.notCalled ?? 'no-number'}`)}</p>
<p>${text('desk.cases.by-documents')}</p>`
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
  const phone = spoken.find(({ asksFirst }) => asksFirst)
  const first = phone ? askedFirst(context, facts, { device: phone.id, classes }) : NOTHING
  const choice = html`<fieldset><legend>${text('desk.cases.ask-with')}</legend>
<div class="choices">${devices}</div></fieldset>`
  const button = (way: ProofWay, words: string, isFirst: boolean) =>
    html`<button class="${isFirst ? 'button' : 'button plain'}" name="way" value="${way}"
${keyed(way)}>${text(words)}</button>`
  const ways = [
    hasPhone ? button('phone', 'desk.cases.phone.ask', true) : NOTHING,
    view.canAskOnPage ? button('page', 'desk.cases.page.ask', !hasPhone) : NOTHING,
    spoken.length > 0
      ? button('response', 'desk.cases.ask', !hasPhone && !view.canAskOnPage)
      : NOTHING,
    isCalledBack
      ? button('call-back', 'desk.cases.call-back.ask', spoken.length === 0 && !view.canAskOnPage)
      : NOTHING,
  ]
  return html`<p>${text(lead)}</p>
<form class="stack" method="post" action="/cases/${view.case.id}/ask">${formField(token)}
${spoken.length === 0 ? NOTHING : choice}
<div class="field"><label for="of">${text('desk.cases.ask-for')}</label>
<select id="of" name="of">${classes}</select></div>
<p class="row">${ways}</p></form>${first}`
}

/**
 * The phone of the caller has no connection, and asks who we are before it answers. A form of its
 * own: the key that ends what is typed asks in this way and in no other.
 */
function askedFirst(
  { texts: { text } }: PageContext,
  { view, token, problem }: CaseFacts,
  { device, classes }: { readonly device: string; readonly classes: readonly Html[] },
): Html {
  const isMistyped = problem === 'login.malformed-answer' && view.asked === null
  const question = field({
    id: 'question',
    label: text('desk.cases.mutual.question'),
    hint: text('desk.cases.mutual.hint'),
    error: isMistyped ? text(`problem.${problem}`) : undefined,
    attributes:
      'class="code" inputmode="numeric" autocomplete="off" autocapitalize="off" ' +
      `spellcheck="false" maxlength="40" required${isMistyped ? ' autofocus' : ''}`,
  })
  return html`<details${isMistyped ? html` open` : NOTHING}>
<summary>${text('desk.cases.mutual.title')}</summary>
<form class="stack" method="post" action="/cases/${view.case.id}/ask">${formField(token)}
${carried({ device, way: 'mutual' })}${question}
<div class="field"><label for="opens">${text('desk.cases.mutual.for')}</label>
<select id="opens" name="of">${classes}</select></div>
<p><button class="button plain"${keyed('mutual')}>${text(
    'desk.cases.mutual.ask',
  )}</button></p></form></details>`
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

/** It rings; or the client has heard the code, and tells it. */
function calledBack(context: PageContext, facts: CaseFacts): Html {
  const { text } = context.texts
  const { view, token, problem } = facts
  const { asked, calledAt } = view
  if (!asked?.onCall) return NOTHING
  const ends = until(context, asked.expiresAt, 'login.left')
  if (asked.onCall.state === 'ringing') {
    return html`<div class="stack"><p><strong>${text('desk.cases.call-back.rings', {
      number: calledAt ?? '',
    })}</strong></p><p class="hint">${text('desk.cases.call-back.hint')} ${ends}</p>
<p role="status">${text('desk.cases.call-back.waits')}</p></div>
<details><summary>${text('desk.cases.phone.other')}</summary>
${askForm(context, facts)}</details>`
  }
  const isMistyped = problem === 'login.malformed-answer'
  const { cells } = asked.onCall
  const error = isMistyped ? text(`problem.${problem}`) : undefined
  const typed =
    'class="code long" autocomplete="off" autocapitalize="off" spellcheck="false" ' +
    'maxlength="40" required'
  const code = field({
    id: 'response',
    label: text('desk.cases.call-back.code'),
    error,
    attributes: `${typed} inputmode="numeric" autofocus`,
  })
  const card =
    cells === null
      ? NOTHING
      : field({
          id: 'cells',
          label: text('desk.cases.call-back.cells', { cells: cells.join(' · ') }),
          hint: text('desk.cases.call-back.cells-hint'),
          attributes: typed,
        })
  return html`<div class="stack"><p><strong>${text('desk.cases.call-back.heard')}</strong></p>
<p class="hint">${text('desk.cases.call-back.all')} ${ends}</p></div>
<form class="stack" method="post" action="/cases/${view.case.id}/answer">${formField(token)}
${carried({ proof: asked.id, way: 'call-back' })}${code}${card}
<p><button class="button"${keyed('go')}>${text('desk.cases.verify')}</button></p></form>`
}

/** The number that is read out, and the field for what is read back. */
function answerForm(context: PageContext, { view, token, problem }: CaseFacts): Html {
  const { text } = context.texts
  const { asked } = view
  if (!asked) return NOTHING
  const isMistyped = problem === 'login.malformed-answer'
  const response = field({
    id: 'response',
    label: text(asked.mutual ? 'desk.cases.mutual.answer' : 'desk.cases.answer'),
    error: isMistyped ? text(`problem.${problem}`) : undefined,
    attributes:
      'class="code long" inputmode="numeric" autocomplete="off" autocapitalize="off" ' +
      'spellcheck="false" maxlength="40" required autofocus',
  })
  const { mutual } = asked
  const proves = mutual
    ? html`<p><strong>${text('desk.cases.mutual.read-first')}</strong></p>
${number(mutual.answered)}<p class="hint">${text('desk.cases.mutual.first-hint')}</p>`
    : NOTHING
  const lead = text(mutual ? 'desk.cases.mutual.read-then' : 'desk.cases.read-out')
  const hint = text(mutual ? 'desk.cases.mutual.then-hint' : 'desk.cases.read-hint')
  return html`<div class="stack">${proves}<p><strong>${lead}</strong></p>
${number(asked.number)}<p class="hint">${hint}
${until(context, asked.expiresAt, 'login.left')}</p></div>
<form class="stack" method="post" action="/cases/${view.case.id}/answer">${formField(token)}
<input type="hidden" name="proof" value="${asked.id}">${response}
<p><button class="button"${keyed('go')}>${text('desk.cases.verify')}</button></p></form>`
}
