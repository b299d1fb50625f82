import type { AuditLook } from '#core/audit/look.ts'
import type { Problem } from '#core/problems.ts'
import type { AskedTouch } from '#engine/desk/touch.ts'
import { daysOf } from '#edges/desk/compliance/days.ts'
import type { Format } from '#edges/desk/compliance/formats.ts'
import { memberPage } from '#edges/desk/frame/layout.ts'
import type { SeenByMember } from '#edges/desk/frame/session.ts'
import { problemNotice, touchForm } from '#edges/desk/frame/touch-form.ts'
import { html } from '#edges/pages/frame/html.ts'
import { fact, headline } from '#edges/pages/frame/parts.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

export interface ExportFacts extends SeenByMember {
  readonly look: AuditLook
  readonly format: Format
  /** How many more today. */
  readonly left: number
  /** What was asked, as it stands in the address. */
  readonly query: string
  readonly touch: AskedTouch
  readonly problem: Problem | null
}

/** An export before it is made: what it will hold, and a touch of the passkey. */
export function exportPage(context: PageContext, facts: ExportFacts) {
  const { text } = context.texts
  const { look, format, left, query, touch, token, problem } = facts
  const { from, until } = daysOf(look)
  const title = text(`desk.audit.export.${format}`)
  const asked = (
    [
      ['client', look.subscriberId],
      ['staff', look.agentId],
      ['case', look.caseId],
      ['kind', look.of],
    ] as const
  ).flatMap(([name, value]) =>
    value === null
      ? []
      : [fact(text(`desk.audit.exporting.${name}`), html`<span class="mono">${value}</span>`)],
  )
  const carries = Object.fromEntries(new URLSearchParams(query))
  return memberPage(context, facts, {
    title,
    isWrong: problem !== null,
    place: 'audit',
    methodScript: touch.script.name,
    main: html`${problemNotice(context, problem)}
${headline(title, text('desk.audit.exporting.lead'))}<dl class="facts">${asked}
${fact(text('desk.audit.from'), from)}${fact(text('desk.audit.until'), until)}
${fact(text('desk.audit.exporting.left'), String(left))}</dl>
${touchForm(context, { touch, action: `/audit/export/${format}`, token, carries })}
<p><a href="/audit/found?${query}">${text('desk.audit.exporting.back')}</a></p>`,
  })
}
