import type { Submission } from '#core/documents/submission.ts'
import { idOf, type Queue, type Waiting } from '#engine/documents/review/queue.ts'
import { placeOf } from '#edges/desk/documents/place.ts'
import { memberPage } from '#edges/desk/frame/layout.ts'
import type { SeenByMember } from '#edges/desk/frame/session.ts'
import { html, type Html, NOTHING } from '#edges/pages/frame/html.ts'
import { headline, notice, pressForm } from '#edges/pages/frame/parts.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'
import { table } from '#edges/pages/frame/table.ts'

export interface QueueFacts extends SeenByMember {
  /** `null` for compliance, which judges nothing of it. */
  readonly queue: Queue | null
  /** What compliance looks at, the oldest first. */
  readonly suspicious: readonly Submission[]
  /** The antivirus does not answer: what arrives is not opened until it does. */
  readonly isWaiting: boolean
  /** What was just done. */
  readonly done: string | null
}

/** What waits, the oldest first; whose it is stands on the page that is handed out. */
export function queuePage(context: PageContext, facts: QueueFacts): Html {
  const { text } = context.texts
  const { queue, done, isWaiting } = facts
  const title = text('desk.documents.title')
  const kind = done === 'none' ? 'warn' : 'ok'
  const told = done === null ? NOTHING : notice(kind, text(`desk.documents.done.${done}`))
  const late = isWaiting ? notice('warn', text('desk.documents.antivirus')) : NOTHING
  const main = queue ? waitingList(context, facts, queue) : suspiciousList(context, facts)
  const lead = text(queue ? 'desk.documents.lead' : 'desk.documents.lead-compliance')
  return memberPage(context, facts, {
    title,
    place: placeOf(facts),
    main: html`${late}${told}${headline(title, lead)}${main}`,
  })
}

function waitingList(context: PageContext, { token }: QueueFacts, queue: Queue): Html {
  const { text } = context.texts
  const { waiting, own } = queue
  if (waiting.length === 0) return html`<p class="quiet">${text('desk.documents.empty')}</p>`
  const words = text(own === null ? 'desk.documents.next' : 'desk.documents.go-on')
  const rows = waiting.map((one) => [
    momentOf(context, one.at),
    whatOf(context, one),
    text(`desk.documents.now.${stateOf(queue, one)}`),
  ])
  return html`${pressForm({ action: '/documents/next', token, look: 'button', words })}
${table(context, 'desk.documents', { columns: ['since', 'what', 'now'], rows })}`
}

function stateOf({ handedOut, own }: Queue, one: Waiting): 'yours' | 'taken' | 'second' | 'waits' {
  const id = idOf(one)
  if (id === own) return 'yours'
  if (handedOut.has(id)) return 'taken'
  const isSecond =
    one.of === 'submission' &&
    one.submission.status.state === 'checking' &&
    one.submission.status.first !== undefined
  return isSecond ? 'second' : 'waits'
}

function whatOf({ texts: { text } }: PageContext, one: Waiting): string {
  if (one.of === 'mail') return text('desk.documents.a-mail')
  return text(`desk.documents.purpose.${one.submission.purpose}`)
}

const momentOf = ({ formats, site }: PageContext, at: Waiting['at']): Html =>
  html`<time>${formats.moment(at, site.now())}</time>`

function suspiciousList(context: PageContext, { suspicious }: QueueFacts): Html {
  const { text } = context.texts
  if (suspicious.length === 0)
    return html`<p class="quiet">${text('desk.documents.nothing-suspicious')}</p>`
  const rows = suspicious.map(({ id, purpose, account, receivedAt }) => [
    momentOf(context, receivedAt),
    html`<a href="/documents/${id}">${text(`desk.documents.purpose.${purpose}`)}</a>`,
    account,
  ])
  return table(context, 'desk.documents', { columns: ['since', 'what', 'account'], rows })
}
