import type { AuditEvent } from '#core/audit/audit.ts'
import { type Member, PASSKEYS_MAX, staffActor } from '#core/desk/member.ts'
import type { AuthenticatorId } from '#core/ids.ts'
import type { Refusal } from '#core/problems.ts'
import type { Language } from '#core/subscribers/account.ts'
import { tellCallers } from '#engine/desk/callers.ts'
import { newQuestion, openedQuestion } from '#engine/desk/question.ts'
import {
  askPasskey,
  type AskedPasskey,
  madePasskey,
  type MadePasskey,
} from '#engine/desk/registration.ts'
import { type OpenMemberSession, standingOf } from '#engine/desk/sessions.ts'
import {
  askTouch,
  type AskedTouch,
  type Deed,
  type GivenTouch,
  judgeTouch,
} from '#engine/desk/touch.ts'
import { topicOfMember } from '#engine/wake-up-topics.ts'
import { refusal, type World } from '#engine/world.ts'
import { commitStaff } from '#store/desk/commit.ts'
import { listMemberPasskeys, type StoredPasskey } from '#store/desk/member-passkeys.ts'

/** The passkeys of a member of staff, as their own page shows them; oldest first. */
export async function passkeysOf(
  { db }: World,
  { id }: Pick<Member, 'id'>,
): Promise<readonly StoredPasskey[]> {
  return (await listMemberPasskeys(db, id)).map(({ value }) => value)
}

/**
 * A further passkey is made with one that is there: first that confirms it, then the new one is
 * made, and both count in one commit.
 *
 *   page ──touch──▶ page ──made──▶ both are committed
 */
export interface Adding {
  /** What the new passkey is going to be asked; it is what the touch confirms. */
  readonly creation: string
  readonly touch: AskedTouch
}

export async function askToAdd(
  world: World,
  open: OpenMemberSession,
): Promise<({ readonly ok: true } & Adding) | Refusal> {
  const held = await listMemberPasskeys(world.db, open.member.id)
  if (held.length >= PASSKEYS_MAX) return refusal('desk.too-many-passkeys')
  const { sealed: creation } = newQuestion(world, aboutAdding(open))
  const touch = await askTouch(world, open, deedOfAdding(creation))
  return { ok: true, creation, touch }
}

interface Touched {
  readonly creation: string
  readonly touch: GivenTouch
  readonly language: Language
}

/** The touch is right: now the browser is asked to make the new one. Nothing is written. */
export async function askPasskeyToAdd(
  world: World,
  open: OpenMemberSession,
  { creation, touch, language }: Touched,
): Promise<({ readonly ok: true } & AskedPasskey) | Refusal> {
  const judged = await judgeTouch(world, open, { deed: deedOfAdding(creation), touch })
  if (!judged.ok) return judged
  const about = aboutAdding(open)
  const question = openedQuestion(world, creation, about)
  if (!question) return refusal('desk.not-touched')
  const asked = await askPasskey(world, question, { member: open.member, about, language })
  return 'problem' in asked ? asked : { ok: true, ...asked }
}

export async function addPasskey(
  world: World,
  open: OpenMemberSession,
  { creation, touch, language, made }: Touched & { readonly made: MadePasskey['typed'] },
): Promise<{ readonly ok: true } | Refusal> {
  const judged = await judgeTouch(world, open, { deed: deedOfAdding(creation), touch })
  if (!judged.ok) return judged
  const { member } = open
  const held = await listMemberPasskeys(world.db, member.id)
  if (held.length >= PASSKEYS_MAX) return refusal('desk.too-many-passkeys')
  const bound = await madePasskey(
    world,
    { sealed: creation, typed: made },
    { member, about: aboutAdding(open), language },
  )
  if (!bound.ok) return bound
  const { passkey, challenge } = bound
  const written = await commitStaff(world.db, {
    now: world.now(),
    standing: standingOf(open),
    answered: judged.answered,
    challenge,
    passkey: { value: passkey, version: null },
    // Of two that are added at once, one finds that the others have moved.
    counted: held.filter(({ value }) => value.id !== judged.answered.passkey.value.id),
    events: [eventOf(open, 'desk.passkey-added', passkey.id)],
  })
  return written ? { ok: true } : refusal('desk.conflict')
}

const aboutAdding = ({ session }: OpenMemberSession): string => `add passkey ${session.id}`

const deedOfAdding = (creation: string): Deed => ({ kind: 'passkey.add', facts: { creation } })

export const removalOf = (id: AuthenticatorId): Deed => ({
  kind: 'passkey.remove',
  facts: { passkey: id },
})

/**
 * One that is lost or sold. Its holder keeps at least one; the sessions that it has opened end, the
 * one that asks too.
 */
export async function removePasskey(
  world: World,
  open: OpenMemberSession,
  { id, touch }: { readonly id: AuthenticatorId; readonly touch: GivenTouch },
): Promise<{ readonly ok: true } | Refusal> {
  const { member, session } = open
  const held = await listMemberPasskeys(world.db, member.id)
  const removed = held.find(({ value }) => value.id === id)
  if (!removed) return refusal('authenticator.not-found')
  if (held.length === 1) return refusal('desk.last-passkey')
  const judged = await judgeTouch(world, open, { deed: removalOf(id), touch })
  if (!judged.ok) return judged
  const now = world.now()
  const { answered } = judged
  // One that confirms its own end is written once, with both.
  const isOwn = answered.passkey.value.id === id
  // The others are written too: of two removals at once, one finds that the other came first.
  const kept = held.find(({ value }) => value.id !== id && value.id !== answered.passkey.value.id)
  const used = answered.passkey
  const opened = session.passkeyId === id
  const written = await commitStaff(world.db, {
    now,
    ...(opened
      ? { active: { memberId: member.id, role: member.role } }
      : { standing: standingOf(open) }),
    answered: isOwn
      ? { ...answered, passkey: { ...used, value: { ...used.value, revokedAt: now } } }
      : answered,
    ...(isOwn
      ? kept && { passkey: kept }
      : { passkey: { ...removed, value: { ...removed.value, revokedAt: now } } }),
    ended: { passkeyId: id, memberId: member.id, ...(opened && { asking: session.id }) },
    events: [eventOf(open, 'desk.passkey-removed', id)],
  })
  if (!written) return refusal('desk.conflict')
  world.wakeUps.publish(topicOfMember(member.id))
  await tellCallers(world, member.id)
  return { ok: true }
}

const eventOf = (
  { member }: OpenMemberSession,
  kind: 'desk.passkey-added' | 'desk.passkey-removed',
  passkeyId: AuthenticatorId,
): AuditEvent => ({
  kind,
  subscriberId: null,
  actor: staffActor(member),
  memberId: member.id,
  passkeyId,
})
