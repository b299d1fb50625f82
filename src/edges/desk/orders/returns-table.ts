import type { Token } from '#core/inventory/hardware-token.ts'
import type { Instant } from '#core/time/time.ts'
import { html, type Html, NOTHING } from '#edges/pages/frame/html.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'
import { table } from '#edges/pages/frame/table.ts'

/** A device that is out, and that its client uses no more. */
export interface UnusedFacts {
  readonly token: Token
  /** By when it is expected; `null` where no day is known. */
  readonly expectedAt: Instant | null
}

type Row = readonly (Html | string)[]

/** What is expected back: who has sent it, and by when it is here. */
export function dueBackTable(context: PageContext, unused: readonly UnusedFacts[]): Html {
  const columns = ['serial', 'kind', 'way', 'due']
  const rows = unused.map((one) => dueRow(context, one))
  return table(context, 'desk.returns', { columns, rows, caption: captionOf(context, 'due-back') })
}

function dueRow(context: PageContext, { token, expectedAt }: UnusedFacts): Row {
  const { texts, formats, site } = context
  const { text } = texts
  const { returningAt } = token
  const way =
    returningAt === null
      ? text('desk.returns.not-sent-back')
      : text('desk.returns.sent-back', { day: formats.date(returningAt) })
  if (expectedAt === null) return [...named(context, token), way, text('desk.returns.no-day')]
  const late =
    site.now() < expectedAt
      ? NOTHING
      : html` <span class="tag warn">${text('desk.returns.late')}</span>`
  return [...named(context, token), way, html`${formats.date(expectedAt)}${late}`]
}

/** What is not expected back, since when and why. */
export function writtenOffTable(context: PageContext, unused: readonly UnusedFacts[]): Html {
  const { texts, formats } = context
  const columns = ['serial', 'kind', 'day', 'why']
  const rows = unused.map(({ token }): Row => {
    const { writtenOff } = token
    const day = writtenOff === null ? '' : formats.date(writtenOff.at)
    const why = writtenOff === null ? '' : texts.text(`desk.returns.why.${writtenOff.why}`)
    return [...named(context, token), day, why]
  })
  const caption = captionOf(context, 'written-off')
  return table(context, 'desk.returns', { columns, rows, caption })
}

const captionOf = ({ texts: { text } }: PageContext, column: string): string =>
  text(`desk.orders.column.${column}`)

const named = ({ texts: { text } }: PageContext, { serial, method }: Token): Row => [
  html`<a class="mono whole" href="/stock/${encodeURIComponent(serial)}">${serial}</a>`,
  text(`method.${method}.name`),
]
