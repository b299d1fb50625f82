import type { AuditEvent } from '#core/audit/audit.ts'
import { type Member, type MemberSession, staffActor } from '#core/desk/member.ts'
import { type AuthenticatorId, isId, newId, type MemberId } from '#core/ids.ts'
import type { Refusal } from '#core/problems.ts'
import { stopCopied } from '#engine/desk/copied.ts'
import { newQuestion, openedQuestion } from '#engine/desk/question.ts'
import { type Source, refundAttempt, STAFF, takeAttempt } from '#engine/rate-limits.ts'
import { newSecret, secretHash } from '#engine/secrets.ts'
import { refusal, type World } from '#engine/world.ts'
import type { Verdict } from '#methods/method.ts'
import type { Offer } from '#methods/identify.ts'
import { commitStaff } from '#store/desk/commit.ts'
import { listMemberPasskeys, type StoredPasskey } from '#store/desk/member-passkeys.ts'
import { findMember } from '#store/desk/members.ts'
import type { Versioned } from '#store/queries/versioned.ts'

/** The browser at the desk that asks. */
export interface DeskClient {
  readonly address: string
  /** Such as `Firefox, Windows`. */
  readonly browser: string
  /** The secret of its forms: what is asked in one browser is answered in no other. */
  readonly holder: string
}

/** What the login page carries: a question to whatever passkey there is. */
export interface MemberOffer extends Pick<Offer, 'script' | 'field'> {
  readonly sealed: string
}

/** Nothing is typed and nothing is written: the page is the same for all. */
export function offerMemberLogin(world: World, holder: string): MemberOffer {
  const question = newQuestion(world, aboutLogin(holder))
  const { script, field } = world.staffMethod.identify.ask(ANY, {
    now: world.now(),
    random: question.random,
    issuer: world.settings.deskOrigin,
  })
  return { script, field, sealed: question.sealed }
}

/** No member is known yet: whatever passkey there is answers. */
const ANY = [] as const

const aboutLogin = (holder: string): string => `login ${holder}`

export type LoggedIn =
  | { readonly ok: true; readonly token: string; readonly member: Member }
  | Refusal

/**
 * The answer to what the login page asked. One for an unknown passkey, of a member who is suspended
 * or who never came in, and a wrong one hear one sentence after the same reads (A1); the log hears
 * which.
 */
export async function logInMember(
  world: World,
  { sealed, typed, client }: Answer,
): Promise<LoggedIn> {
  const source: Source = { address: client.address, nameKey: '' }
  const takenAt = world.now()
  const slowed = await takeAttempt(world, source, STAFF)
  if (slowed) return slowed
  const question = openedQuestion(world, sealed, aboutLogin(client.holder))
  if (!question) return refusal('desk.not-logged-in')
  const { identify } = world.staffMethod
  const { random } = question
  const now = world.now()
  const { expected, field } = identify.ask(ANY, { now, random, issuer: world.settings.deskOrigin })
  const answer = { [field.name]: typed }
  const claims = identify.claims(answer)
  if (!claims) return refusal('desk.not-logged-in')
  const { subscriberId: named } = claims
  const id = isId('mem', named) ? named : NOBODY
  const member = (await findMember(world.db, id))?.value ?? null
  const own = await listMemberPasskeys(world.db, id)
  const held = own.find(({ value }) => claims.isOf(value.state)) ?? null
  const verdict = await world.staffMethod.verify(
    held?.value.state ?? world.staffMethod.decoy(world.random),
    { authenticatorId: held?.value.id ?? NO_PASSKEY, browser: null, expected, answer, now },
  )
  if (!member || !held || verdict.outcome !== 'accepted' || member.state !== 'active') {
    await turnAway(world, { member, held, verdict })
    return refusal('desk.not-logged-in')
  }
  const used = { ...held.value, state: verdict.state, usedAt: now }
  const opening = memberSession(world, { member, passkeyId: used.id, client })
  const by = { subscriberId: null, actor: staffActor(member), memberId: member.id } as const
  const suspected: readonly AuditEvent[] = verdict.copySuspected
    ? [{ ...by, kind: 'desk.passkey-copied', passkeyId: used.id }]
    : []
  const written = await commitStaff(world.db, {
    now,
    active: { memberId: member.id, role: member.role },
    answered: { challenge: question.challenge, passkey: { value: used, version: held.version } },
    opened: opening.opened,
    events: [...opening.events, ...suspected],
  })
  // Another node was faster with the same answer, or the member was suspended meanwhile.
  if (!written) return refusal('desk.not-logged-in')
  await refundAttempt(world, { ...source, at: takenAt }, STAFF)
  return { ok: true, token: opening.token, member }
}

interface Answer {
  readonly sealed: string
  readonly typed: string
  readonly client: DeskClient
}

const NOBODY = 'mem_' as MemberId
const NO_PASSKEY = 'aut_' as AuthenticatorId

interface TurnedAway {
  readonly member: Member | null
  readonly held: Versioned<StoredPasskey> | null
  readonly verdict: Verdict
}

async function turnAway(world: World, { member, held, verdict }: TurnedAway): Promise<void> {
  const event: AuditEvent = {
    kind: 'desk.login-refused',
    subscriberId: null,
    memberId: member?.id ?? null,
    reason: reasonOf({ member, held, verdict }),
  }
  const isCopied = verdict.outcome === 'rejected' && verdict.disable === true
  if (!isCopied || !held || !member) {
    await commitStaff(world.db, { now: world.now(), events: [event] })
    return
  }
  const { id } = held.value
  const copied: AuditEvent = {
    kind: 'desk.passkey-copied',
    subscriberId: null,
    memberId: member.id,
    passkeyId: id,
  }
  await stopCopied(world, { id, memberId: member.id, events: [event, copied] })
}

function reasonOf({ member, held, verdict }: TurnedAway): string {
  if (!member || !held) return 'unknown'
  if (verdict.outcome === 'rejected') return verdict.reason
  if (verdict.outcome !== 'accepted') return verdict.outcome
  return member.state
}

/** A new session of a member, with what is written down of it. */
export function memberSession(
  world: World,
  {
    member,
    passkeyId,
    client,
  }: {
    readonly member: Member
    readonly passkeyId: AuthenticatorId
    readonly client: DeskClient
  },
) {
  const now = world.now()
  const token = newSecret(world.random)
  const session: MemberSession = {
    id: newId('mse', now, world.random),
    memberId: member.id,
    passkeyId,
    browser: client.browser,
    place: world.placeOf(client.address),
    openedAt: now,
    seenAt: now,
    endedAt: null,
  }
  const opened = { value: session, tokenHash: secretHash(token) }
  const event: AuditEvent = {
    kind: 'desk.logged-in',
    subscriberId: null,
    actor: staffActor(member),
    memberId: member.id,
    memberSessionId: session.id,
    passkeyId,
  }
  return { token, opened, events: [event] }
}
