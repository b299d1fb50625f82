import type { Mail } from '#core/documents/kept-mail.ts'
import { judgesDocuments } from '#core/documents/review/review.ts'
import { staffActor } from '#core/desk/member.ts'
import { isId, type MailId } from '#core/ids.ts'
import type { Refusal } from '#core/problems.ts'
import type { Instant } from '#core/time/time.ts'
import { type OpenMemberSession, standingOf } from '#engine/desk/sessions.ts'
import { type Deed, type GivenTouch, judgeTouch } from '#engine/desk/touch.ts'
import { assignMail } from '#engine/documents/mail-assignments.ts'
import { messageHashOf } from '#engine/documents/mails.ts'
import { beforeThem, isBefore } from '#engine/documents/review/queue.ts'
import { refusal, type World } from '#engine/world.ts'
import { commitDesk } from '#store/desk/cases.ts'
import { answeredWrites } from '#store/desk/member-passkeys.ts'
import { memberStandingWrites } from '#store/desk/members.ts'
import { findMail, judgeMail } from '#store/documents/mails.ts'
import { handedOutEnds } from '#store/documents/reviews.ts'
import type { Versioned } from '#store/queries/versioned.ts'

/** Mails that became no documents: a person says whose they are, or that they are none. */

export interface SeenMail {
  readonly ok: true
  readonly mail: Mail
  readonly version: number
  /** The address that it came to. */
  readonly to: string
}

/** What is known of a mail that this member has before them. Its pages are opened once assigned. */
export async function seeMail(
  world: World,
  open: OpenMemberSession,
  id: string,
): Promise<SeenMail | Refusal> {
  const found = await findFor(world, open, id)
  if (!found.ok) return found
  const { value: mail, version } = found.held
  const event = { kind: 'mail.shown', ...aboutOf(open, mail.id) } as const
  const now = world.now()
  const writes = beforeThem(world, open, { id: mail.id, now })
  if (!(await commitDesk(world.db, { now, writes, events: [event] })))
    return refusal('submission.not-before-you')
  const to = world.settings.mailIntake.mailboxes[mail.mailbox].address
  return { ok: true, mail, version, to }
}

type Found = { readonly ok: true; readonly held: Versioned<Mail> } | Refusal

async function findFor(world: World, open: OpenMemberSession, id: string): Promise<Found> {
  if (!judgesDocuments(open.member.role)) return refusal('desk.not-this-role')
  const held = isId('mai', id) ? await findMail(world.db, id) : null
  if (!held) return refusal('submission.not-found')
  if (!(await isBefore(world, open, id))) return refusal('submission.not-before-you')
  return held.value.status.state === 'waiting'
    ? { ok: true, held }
    : refusal('submission.not-waiting')
}

const aboutOf = ({ member }: OpenMemberSession, mailId: MailId) =>
  ({
    subscriberId: null,
    actor: staffActor(member),
    agent: member.agentId,
    mailId,
  }) as const

/** What a member says of a mail. */
export interface MailVerdict {
  readonly id: string
  readonly verdict: 'assign' | 'dismiss'
  /** Where it is assigned. */
  readonly account: string
  readonly purpose: string
  /** As it was when it was shown. */
  readonly version: number
}

export const touchOfMail = ({ id, verdict, account, purpose, version }: MailVerdict): Deed => ({
  kind: `mail.${verdict}`,
  facts: { mail: id, account, purpose, version },
})

/** Makes documents of it, or takes it from the queue; its sender hears nothing of either. */
export async function settleMail(
  world: World,
  open: OpenMemberSession,
  { touch, ...said }: MailVerdict & { readonly touch: GivenTouch },
): Promise<{ readonly ok: true } | Refusal> {
  const found = await findFor(world, open, said.id)
  if (!found.ok) return found
  const { value: mail } = found.held
  const judged = await judgeTouch(world, open, { deed: touchOfMail(said), touch })
  if (!judged.ok) return judged
  const writes = (now: Instant) => [
    ...memberStandingWrites(world.db, standingOf(open)),
    ...answeredWrites(world.db, judged.answered, now),
    handedOutEnds(world.db, { id: mail.id, memberId: open.member.id, now }),
  ]
  const { version } = said
  if (said.verdict === 'assign') {
    const { account, purpose } = said
    const atDesk = { actor: staffActor(open.member), version, writes }
    return await assignMail(world, {
      id: mail.id,
      account: account.trim(),
      purpose,
      agent: open.member.agentId,
      atDesk,
    })
  }
  if (version !== found.held.version || !('rule' in mail.status))
    return refusal('submission.outdated')
  const now = world.now()
  const done = await judgeMail(world.db, {
    next: { ...mail, status: { state: 'ignored', at: now, rule: mail.status.rule } },
    version,
    messageHash: mail.read?.messageId ? messageHashOf(world, mail.read.messageId) : null,
    filed: null,
    besides: writes(now),
    events: [{ kind: 'mail.dismissed', ...aboutOf(open, mail.id) }],
    now,
  })
  return done ? { ok: true } : refusal('submission.conflict')
}
