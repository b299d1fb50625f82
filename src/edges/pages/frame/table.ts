import { html, type Html, NOTHING } from '#edges/pages/frame/html.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

type Cell = Html | string

interface Table {
  /** The names of the columns that have a heading; one more, without, holds what can be done. */
  readonly columns: readonly string[]
  readonly rows: readonly (readonly Cell[])[]
  /** What it is a table of, where its heading does not say so. */
  readonly caption?: string
}

/** A table that becomes a list on a phone. The first cell names its row. */
export function table(
  { texts: { text } }: PageContext,
  key: string,
  { columns, rows, caption = text(`${key}.title`) }: Table,
): Html {
  const names = columns.map((column) => text(`${key}.columns.${column}`))
  const hasActions = rows.some((row) => row.length > columns.length)
  const action = hasActions
    ? html`<th class="end" scope="col"><span class="hidden">${text('portal.action')}</span></th>`
    : NOTHING
  const body = rows.map(
    ([first = '', ...cells]) => html`<tr><th scope="row">${first}</th>${cells.map((cell, index) => {
      const name = names[index + 1]
      return name === undefined
        ? html`<td class="end">${cell}</td>`
        : html`<td data-label="${name}"><div>${cell}</div></td>`
    })}</tr>
`,
  )
  const heads = names.map((name) => html`<th scope="col">${name}</th>`)
  return html`<div class="table"><table><caption class="hidden">${caption}</caption>
<thead><tr>${heads}${action}</tr></thead><tbody>
${body}</tbody></table></div>`
}
