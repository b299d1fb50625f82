import type { Problem } from '#core/problems.ts'
import type { SeenCallBack } from '#engine/desk/queue/call-backs.ts'
import { keyed } from '#edges/desk/frame/keys.ts'
import { memberPage } from '#edges/desk/frame/layout.ts'
import type { SeenByMember } from '#edges/desk/frame/session.ts'
import { problemNotice } from '#edges/desk/frame/touch-form.ts'
import { html, type Html, NOTHING, rich } from '#edges/pages/frame/html.ts'
import { headline, notice, pressForm } from '#edges/pages/frame/parts.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

export interface QueueFacts extends SeenByMember {
  readonly queue: readonly SeenCallBack[]
  /** What the queue was when it was read, for the page to hear of another. */
  readonly state: string
  readonly problem: Problem | null
  /** What was just done with one of them. */
  readonly ended: Ended | null
}

export const ENDED = ['done', 'returned'] as const
export type Ended = (typeof ENDED)[number]

/** Who is to be called back, since when, and who has taken it: it goes on by itself. */
export function queuePage(context: PageContext, facts: QueueFacts): Html {
  const { text } = context.texts
  const { queue, state, problem, ended } = facts
  const title = text('desk.queue.title')
  const first = queue.find(({ canTake }) => canTake)
  const own = queue.find((one) => one.own !== null)
  const items = queue.map((one) =>
    item(context, { ...facts, one, isFirst: one === first || one === own }),
  )
  const told = ended === null ? NOTHING : notice('ok', text(`desk.queue.ended.${ended}`))
  const none = html`<p class="quiet">${text('desk.queue.none')}</p>`
  const stream = `/call-backs/events?seen=${encodeURIComponent(state)}`
  return memberPage(context, facts, {
    title,
    isWrong: problem !== null,
    place: 'call-backs',
    waits: { stream, to: '/call-backs' },
    main: html`${told}${problemNotice(context, problem)}${headline(title, text('desk.queue.lead'))}
${items.length === 0 ? none : html`<ul class="actions" role="list">${items}</ul>`}`,
  })
}

interface ItemFacts extends QueueFacts {
  readonly one: SeenCallBack
  /** Of those that can be taken, or of those that this member has: the keys are for it. */
  readonly isFirst: boolean
}

function item(context: PageContext, { one, isFirst, token }: ItemFacts): Html {
  const { texts, formats, site } = context
  const { text } = texts
  const since = formats.past(one.askedAt, site.now())
  const reason = text(`desk.cases.reason.${one.reason}`)
  const number = one.number ?? text('desk.queue.no-number')
  const taken =
    one.taken === null
      ? NOTHING
      : html`<p class="small">${text('desk.queue.taken', {
          name: one.taken.name,
          time: formats.time(one.taken.at),
        })}</p>`
  const action = `/call-backs/${one.id}`
  const take = pressForm({
    action: `${action}/take`,
    token,
    look: 'button',
    words: text('desk.queue.take'),
    ...(isFirst && { with: keyed('go') }),
  })
  const toCase = isFirst ? keyed('case') : NOTHING
  const own =
    one.own === null
      ? NOTHING
      : html`<div class="row"><a class="button" href="/cases/${one.own}"${toCase}>
${text('desk.queue.case')}</a>${pressForm({
          action: `${action}/done`,
          token,
          look: 'button plain',
          words: text('desk.queue.done'),
          ...(isFirst && { with: keyed('done') }),
        })}${pressForm({
          action: `${action}/returned`,
          token,
          look: 'button plain',
          words: text('desk.queue.return'),
          ...(isFirst && { with: keyed('put-back') }),
        })}</div>`
  const client = rich(texts, 'desk.queue.client', { client: one.client })
  const called = rich(texts, 'desk.queue.number', { number })
  return html`<li><div class="stack tight"><p>${client}<br>${called}</p>
<p class="quiet small">${text('desk.queue.since', { reason, time: since })}</p>${taken}</div>
${one.canTake ? take : own}</li>
`
}
