import { ROLES } from '#core/desk/role.ts'
import type { Member } from '#core/desk/member.ts'
import { changesStaff } from '#core/desk/role.ts'
import type { Problem } from '#core/problems.ts'
import type { ListedMember } from '#engine/desk/staff.ts'
import type { AskedTouch } from '#engine/desk/touch.ts'
import { memberPage } from '#edges/desk/frame/layout.ts'
import type { SeenByMember } from '#edges/desk/frame/session.ts'
import { problemNotice, touchForm } from '#edges/desk/frame/touch-form.ts'
import { html, type Html, NOTHING } from '#edges/pages/frame/html.ts'
import { fact, headline, notice } from '#edges/pages/frame/parts.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'
import { table } from '#edges/pages/frame/table.ts'

export interface StaffFacts extends SeenByMember {
  readonly staff: readonly ListedMember[]
  /** What was just done, as a key of `desk.staff.done`. */
  readonly done: string | null
}

/** Who works here. */
export function staffPage(context: PageContext, facts: StaffFacts): Html {
  const { text } = context.texts
  const { staff, open, done } = facts
  const changes = changesStaff(open.member.role)
  const rows = staff.map(({ member, passkeys }) => {
    const name = changes
      ? html`<a href="/staff/${member.id}">${member.name}</a>`
      : html`${member.name}`
    return [
      html`${name} <span class="quiet mono">${member.agentId}</span>`,
      text(`desk.role.${member.role}`),
      stateTag(context, member),
      text('desk.staff.passkeys', { count: passkeys }),
    ]
  })
  const title = text('desk.staff.title')
  const invite = changes
    ? html`<p><a class="button" href="/staff/invite">${text('desk.staff.invite')}</a></p>`
    : NOTHING
  const told = done === null ? NOTHING : notice('ok', text(`desk.staff.done.${done}`))
  const columns = ['member', 'role', 'state', 'keys']
  return memberPage(context, facts, {
    title,
    place: 'staff',
    main: html`${told}<h1>${title}</h1>${invite}${table(context, 'desk.staff', { columns, rows })}`,
  })
}

const LOOKS = { invited: 'tag warn', active: 'tag ok', suspended: 'tag' } as const

const stateTag = ({ texts: { text } }: PageContext, { state }: Member): Html =>
  html`<span class="${LOOKS[state]}">${text(`desk.state.${state}`)}</span>`

export interface MemberFacts extends SeenByMember {
  readonly member: Member
}

/** One member, and what an operator can do about them. */
export function oneMemberPage(context: PageContext, facts: MemberFacts): Html {
  const { texts, formats } = context
  const { text } = texts
  const { member, open } = facts
  const isOwn = member.id === open.member.id
  return memberPage(context, facts, {
    title: member.name,
    place: 'staff',
    main: html`<h1>${member.name}</h1>
<dl class="facts">
${fact(text('desk.home.id'), html`<span class="mono">${member.agentId}</span>`)}
${fact(text('desk.home.role'), text(`desk.role.${member.role}`), text(`desk.does.${member.role}`))}
${fact(text('desk.staff.columns.state'), stateTag(context, member))}
${fact(text('desk.staff.since'), formats.date(member.createdAt))}
</dl>
${isOwn ? notice('plain', text('problem.desk.own-member')) : acts(context, member)}
${backToStaff(context)}`,
  })
}

function acts({ texts: { text } }: PageContext, { id, role, state }: Member): Html {
  const options = ROLES.filter((one) => one !== role).map(
    (one) => html`<option value="${one}">${text(`desk.role.${one}`)}</option>`,
  )
  const another = html`<section class="section stack"><h2>${text('desk.staff.role.title')}</h2>
<form class="stack" method="get" action="/staff/${id}/role"><div class="field">
<label for="role">${text('desk.staff.role.label')}</label>
<select id="role" name="role">${options}</select></div>
<p><button class="button plain">${text('desk.staff.role.button')}</button></p></form></section>
`
  const invite = html`<section class="section stack"><h2>${text('desk.staff.again.title')}</h2>
<p class="quiet">${text('desk.staff.again.lead')}</p>
<p><a class="button plain" href="/staff/${id}/again">${text('desk.staff.again.button')}</a></p>
</section>
`
  const leave = html`<section class="section stack"><h2>${text('desk.staff.leave.title')}</h2>
<p class="quiet">${text('desk.staff.leave.lead')}</p>
<p><a class="button danger" href="/staff/${id}/suspend">${text('desk.staff.leave.button')}</a></p>
</section>
`
  return html`${state === 'suspended' ? NOTHING : leave}${another}${invite}`
}

/** A deed before it is done: what it is, and the touch that does it. */
export interface Confirming extends SeenByMember {
  readonly title: string
  readonly lead: string
  readonly facts?: readonly Html[]
  readonly touch: AskedTouch
  readonly action: string
  readonly carries?: Readonly<Record<string, string>>
  readonly problem: Problem | null
}

export function confirmPage(context: PageContext, asked: Confirming): Html {
  const { title, lead, facts = [], touch, action, carries = {}, problem, token } = asked
  const rows = facts.length > 0 ? html`<dl class="facts">${facts}</dl>` : NOTHING
  return memberPage(context, asked, {
    title,
    isWrong: problem !== null,
    place: 'staff',
    methodScript: touch.script.name,
    main: html`${problemNotice(context, problem)}${headline(title, lead)}${rows}
${touchForm(context, { touch, action, token, carries })}
${backToStaff(context)}`,
  })
}

export const backToStaff = ({ texts: { text } }: PageContext): Html =>
  html`<p><a href="/staff">${text('desk.back')}</a></p>`
