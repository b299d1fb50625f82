import type { Problem } from '#core/problems.ts'
import type { OpenedInvitation } from '#engine/desk/invitation.ts'
import { doorPage } from '#edges/desk/frame/layout.ts'
import { problemNotice } from '#edges/desk/frame/touch-form.ts'
import { html, type Html } from '#edges/pages/frame/html.ts'
import { carried, formField, headline } from '#edges/pages/frame/parts.ts'
import { scriptedForm } from '#edges/pages/frame/scripted.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

export interface Joining extends Extract<OpenedInvitation, { ok: true }> {
  readonly action: string
  readonly token: string
  /** Why it is shown again. */
  readonly problem: Problem | null
}

/** The page behind an invitation: a new member makes their first passkey. */
export function joinPage(
  context: PageContext,
  { member, asked, action, token, problem }: Joining,
): Html {
  const { text } = context.texts
  const { script, field, sealed } = asked
  const title = text('desk.join.title', { name: member.name })
  const form = scriptedForm(context, {
    script: { ...script, says: { ...script.says, unable: 'desk.unable' } },
    field,
    action,
    carries: html`${formField(token)}${carried({ sealed })}`,
  })
  const role = text(`desk.role.${member.role}`)
  return doorPage(context, {
    title,
    isWrong: problem !== null,
    methodScript: script.name,
    main: html`${problemNotice(context, problem)}
${headline(title, text('desk.join.lead', { role, id: member.agentId }))}
<p>${text('desk.join.why')}</p>
${form}`,
  })
}
