import { REASONS } from '#core/reasons.ts'
import type { RecordView, SeenLogin } from '#engine/desk/record/record.ts'
import { keyed } from '#edges/desk/frame/keys.ts'
import { memberPage } from '#edges/desk/frame/layout.ts'
import type { SeenByMember } from '#edges/desk/frame/session.ts'
import { html, type Html, lines, NOTHING } from '#edges/pages/frame/html.ts'
import { notice } from '#edges/pages/frame/parts.ts'
import { sentenceOf } from '#edges/texts/problem-words.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'
import { table } from '#edges/pages/frame/table.ts'

export interface RecordFacts extends SeenByMember {
  readonly view: RecordView
  readonly platformName: (id: string) => string
}

/** What happened to the client: each login with its reason and next step, and what was sent. */
export function recordPage(context: PageContext, facts: RecordFacts): Html {
  const { texts } = context
  const { text } = texts
  const { view } = facts
  const { case: one, isProven } = view
  const title = text('desk.record.title')
  const masked = isProven ? NOTHING : html`<p class="quiet small">${text('desk.record.masked')}</p>`
  return memberPage(context, facts, {
    title,
    place: 'cases',
    // What was shown is gone from the screen when the case is closed.
    waits: { stream: `/cases/${one.id}/events`, to: `/cases/${one.id}` },
    main: html`<div class="split"><div><h1>${title}</h1>
<p class="quiet">${text('desk.record.about', { number: one.number })}</p></div>
<a class="button plain" href="/cases/${one.id}"${keyed('case')}>
${text('desk.record.back')}</a></div>
${masked}${nameNotice(context, view)}
<section class="section stack"><h2>${text('desk.record.logins.title')}</h2>
${loginList(context, facts)}</section>
${part(context, 'notices', noticeRows(context, view))}
${part(context, 'orders', orderRows(context, view))}
${part(context, 'documents', documentRows(context, view))}`,
  })
}

/** Strangers have used up the guesses at the name: then no password is tried, and no event is. */
function nameNotice({ texts }: PageContext, { name }: RecordView): Html {
  if (!name) return NOTHING
  const problem = sentenceOf(texts, name.problem)
  return notice('warn', texts.text('desk.record.name.told', { problem }))
}

function loginList(context: PageContext, { view, platformName }: RecordFacts): Html {
  const { logins } = view
  const { text } = context.texts
  if (logins.length === 0) return html`<p class="quiet">${text('desk.record.logins.none')}</p>`
  const items = logins.map((one) => loginItem(context, { ...one, platformName }))
  return html`<ul class="actions" role="list">${items}</ul>`
}

const TONES = { in: 'ok', waits: 'plain', 'not-in': 'warn' } as const

function loginItem(
  context: PageContext,
  { platformName, ...one }: SeenLogin & Pick<RecordFacts, 'platformName'>,
): Html {
  const { texts, formats, site } = context
  const { text } = texts
  const { came, asked, from, wrong } = one
  // The moment that its client reads in their activity: what came of it, once something has.
  const time = formats.past(came === 'waits' ? one.begunAt : one.endedAt, site.now())
  const where = from && html`<p class="quiet small">${text('desk.record.logins.from', from)}</p>`
  const device = asked && (one.device ?? text(`method.${asked.method}.name`))
  const facts = [
    ...(device === null ? [] : [text('desk.record.logins.asked', { device })]),
    ...(wrong === 0 ? [] : [text('desk.record.logins.wrong', { count: wrong })]),
    ...one.messages.map((message) => messageWords(context, message)),
  ]
  return html`<li><div class="stack tight"><p><strong>${text('desk.record.logins.at', {
    platform: one.platform === null ? text('activity.a-platform') : platformName(one.platform),
    time,
  })}</strong> <span class="tag ${TONES[came]}">${text(`desk.record.logins.${came}`)}</span></p>
${where ?? NOTHING}${whyNot(context, one)}
${facts.map((words) => html`<p>${words}</p>`)}</div></li>
`
}

/** What the client was told, what helps, and the exact reason. */
function whyNot({ texts }: PageContext, { came, problem, reason }: SeenLogin): Html {
  const { text } = texts
  const next = (act: string) =>
    html`<p>${text('desk.record.logins.next')} ${text(`desk.record.act.${act}`)}</p>`
  if (came === 'waits') return next('answer')
  if (problem === null) return NOTHING
  const exact =
    reason === null
      ? NOTHING
      : html`<p class="quiet small">${text('desk.record.logins.exact', { reason })}</p>`
  return html`<p>${text('desk.record.logins.told')} ${sentenceOf(texts, problem)}</p>
${next(REASONS[problem].act)}${exact}`
}

function messageWords(
  { texts: { text }, formats }: PageContext,
  message: SeenLogin['messages'][number],
): string {
  const time = formats.time(message.at)
  if (message.state !== 'failed')
    return text(`desk.record.logins.message.${message.state}`, { time })
  const reason = text(`desk.record.failure.${message.reason}`)
  return text('desk.record.logins.message.failed', { time, reason })
}

type Part = 'notices' | 'orders' | 'documents'

interface Rows {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly Html[])[]
}

function part(context: PageContext, name: Part, { columns, rows }: Rows): Html {
  const { text } = context.texts
  const none = html`<p class="quiet">${text(`desk.record.${name}.none`)}</p>`
  const shown = rows.length === 0 ? none : table(context, `desk.record.${name}`, { columns, rows })
  return html`<section class="section stack"><h2>${text(`desk.record.${name}.title`)}</h2>
${shown}</section>`
}

function noticeRows({ texts: { text }, formats, site }: PageContext, view: RecordView): Rows {
  const came = ({ reachedAt, pending, letterAt, dueAt }: RecordView['notices'][number]): string => {
    if (reachedAt !== null)
      return text('desk.record.notices.reached', { time: formats.past(reachedAt, site.now()) })
    if (letterAt !== null)
      return text('desk.record.notices.letter', { day: formats.date(letterAt) })
    if (pending > 0) return text('desk.record.notices.pending')
    return dueAt === null
      ? text('desk.record.notices.nowhere')
      : text('desk.record.notices.due', { day: formats.date(dueAt) })
  }
  return {
    columns: ['what', 'at', 'came'],
    rows: view.notices.map((one) => [
      html`${text(`notice.${one.kind}.subject`)}`,
      html`${formats.moment(one.at, site.now())}`,
      html`${came(one)}`,
    ]),
  }
}

function orderRows({ texts: { text }, formats }: PageContext, view: RecordView): Rows {
  return {
    columns: ['what', 'at', 'state', 'where'],
    rows: view.orders.map(({ order, address, tracking }) => [
      html`${text(`method.${order.method}.name`)}`,
      html`${formats.date(order.orderedAt)}`,
      html`${text(`desk.orders.state.${order.state}`)}`,
      html`${lines(address)}${
        tracking === null
          ? NOTHING
          : html`<br><span class="small">
${text('desk.record.orders.tracking', { tracking })}</span>`
      }`,
    ]),
  }
}

function documentRows({ texts: { text }, formats }: PageContext, view: RecordView): Rows {
  return {
    columns: ['what', 'account', 'at', 'state'],
    rows: view.documents.map((one) => [
      html`${text(`submissions.purpose.${one.purpose}`)}`,
      html`<span class="mono">${one.account}</span>`,
      html`${formats.date(one.receivedAt)}`,
      html`${text(`submissions.state.${one.state}`)}`,
    ]),
  }
}
