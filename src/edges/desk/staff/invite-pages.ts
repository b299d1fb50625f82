import { INVITATION_LIFETIME, TIE_KINDS, type TieKind } from '#core/desk/member.ts'
import { ROLES } from '#core/desk/role.ts'
import type { Problem } from '#core/problems.ts'
import type { Instant } from '#core/time/time.ts'
import { memberPage } from '#edges/desk/frame/layout.ts'
import type { SeenByMember } from '#edges/desk/frame/session.ts'
import { problemNotice } from '#edges/desk/frame/touch-form.ts'
import { backToStaff } from '#edges/desk/staff/staff-pages.ts'
import { html, type Html } from '#edges/pages/frame/html.ts'
import { field, formField, headline } from '#edges/pages/frame/parts.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

/** What is typed to invite a member. */
export interface InviteTyped extends Readonly<Record<TieKind, string>> {
  readonly agentId: string
  readonly name: string
  readonly role: string
}

export interface InviteForm extends SeenByMember {
  readonly typed: InviteTyped
  /** Why it is shown again. */
  readonly problem: Problem | null
}

const ATTRIBUTES = 'type="text" autocomplete="off" spellcheck="false" maxlength="500"'

/** Who is to come in, and what is theirs as a client: they never act on that. */
export function invitePage(context: PageContext, facts: InviteForm): Html {
  const { text } = context.texts
  const { typed, problem, token } = facts
  const one = (id: keyof InviteTyped, needed: boolean) =>
    field({
      id,
      label: text(`desk.invite.${id}`),
      hint: text(`desk.invite.${id}-hint`),
      value: typed[id],
      attributes: needed ? `${ATTRIBUTES} required` : ATTRIBUTES,
      error: problem !== null && FIELD_OF[problem] === id ? text(`problem.${problem}`) : undefined,
    })
  const roles = ROLES.map((role) => {
    const chosen = role === typed.role ? html` checked` : html``
    return html`<label><input type="radio" name="role" value="${role}"${chosen} required>
<span>${text(`desk.role.${role}`)}</span>
<span class="hint">${text(`desk.does.${role}`)}</span></label>`
  })
  const title = text('desk.invite.title')
  return memberPage(context, facts, {
    title,
    isWrong: problem !== null,
    place: 'staff',
    main: html`${problemNotice(context, problem)}${headline(title, text('desk.invite.lead'))}
<form class="column stack loose" method="post" action="/staff/invite">${formField(token)}
${one('name', true)}${one('agentId', true)}
<fieldset><legend>${text('desk.home.role')}</legend><div class="choices">${roles}</div></fieldset>
<section class="section stack loose"><div class="stack"><h2>${text('desk.invite.own')}</h2>
<p class="quiet">${text('desk.invite.own-lead')}</p></div>
${TIE_KINDS.map((kind) => one(kind, false))}</section>
<p><button class="button">${text('desk.invite.button')}</button></p></form>
${backToStaff(context)}`,
  })
}

/** Which field is to be corrected. */
const FIELD_OF: Readonly<Partial<Record<Problem, keyof InviteTyped>>> = {
  'desk.not-an-agent': 'agentId',
  'desk.member-taken': 'agentId',
  'desk.member-malformed': 'name',
  'telephone.malformed': 'telephone',
}

export interface InvitedFacts extends SeenByMember {
  readonly name: string
  readonly address: string
  readonly expiresAt: Instant
}

/** The address, told once. */
export function invitedPage(context: PageContext, facts: InvitedFacts): Html {
  const { texts, formats } = context
  const { text } = texts
  const { name, address, expiresAt } = facts
  const title = text('desk.invited.title', { name })
  const until = { time: formats.time(expiresAt), zone: formats.zone }
  const minutes = INVITATION_LIFETIME / 60_000
  return memberPage(context, facts, {
    title,
    place: 'staff',
    main: html`${headline(title, text('desk.invited.lead', { ...until, minutes }))}
<p class="mono address">${address}</p>
<p class="quiet">${text('desk.invited.how')}</p>
${backToStaff(context)}`,
  })
}
