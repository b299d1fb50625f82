import { createHash } from 'node:crypto'
import type { AuditEvent } from '#core/audit/audit.ts'
import { staffActor } from '#core/desk/member.ts'
import type { AuthenticatorId, CaseId } from '#core/ids.ts'
import { canonicalJson, type Json } from '#core/json.ts'
import type { Refusal } from '#core/problems.ts'
import { stopCopied } from '#engine/desk/copied.ts'
import { newQuestion, openedQuestion, type Question } from '#engine/desk/question.ts'
import type { OpenMemberSession } from '#engine/desk/sessions.ts'
import { refusal, type World } from '#engine/world.ts'
import type { Offer } from '#methods/identify.ts'
import { commitStaff } from '#store/desk/commit.ts'
import {
  type AnsweredChallenge,
  listMemberPasskeys,
  type StoredPasskey,
} from '#store/desk/member-passkeys.ts'
import type { Versioned } from '#store/queries/versioned.ts'

/**
 * A touch of the passkey for one deed. The challenge that the passkey signs is computed from the
 * whole deed, the member and the session: an answer stands for this deed and for no other. It
 * counts once, in the commit of the deed.
 */
export interface Deed {
  /** Such as `staff.suspend`. */
  readonly kind: string
  /** All that it changes, and on whom. */
  readonly facts: { readonly [name: string]: Json }
  /** The case on which it is done. */
  readonly caseId?: CaseId
}

/** What the page of the deed carries. */
export interface AskedTouch extends Pick<Offer, 'script' | 'field'> {
  readonly sealed: string
}

/** What comes back from it. */
export interface GivenTouch {
  readonly sealed: string
  /** What the page sent as the answer of the passkey. */
  readonly typed: string
}

/** Asks any passkey of the member to confirm this deed. Nothing is written. */
export async function askTouch(
  world: World,
  open: OpenMemberSession,
  deed: Deed,
): Promise<AskedTouch> {
  const held = await listMemberPasskeys(world.db, open.member.id)
  const question = newQuestion(world, aboutOf(open, deed))
  const { script, field } = world.staffMethod.identify.ask(
    held.map(({ value }) => value.state),
    { now: world.now(), random: question.random, issuer: deskOf(world) },
  )
  return { script, field, sealed: question.sealed }
}

export type JudgedTouch = { readonly ok: true; readonly answered: AnsweredChallenge } | Refusal

/**
 * Judges what came back for this deed. Nothing has happened yet when it is right: `answered` goes
 * into the commit of the deed, and counts there once. A wrong one is written down.
 */
export async function judgeTouch(
  world: World,
  open: OpenMemberSession,
  { deed, touch }: { readonly deed: Deed; readonly touch: GivenTouch },
): Promise<JudgedTouch> {
  const question = openedQuestion(world, touch.sealed, aboutOf(open, deed))
  if (!question) return refusal('desk.not-touched')
  const held = await listMemberPasskeys(world.db, open.member.id)
  const judged = await judgedBy(world, held, { question, typed: touch.typed })
  if (judged.outcome !== 'accepted') {
    await refused(world, open, { deed, ...judged })
    return refusal('desk.not-touched')
  }
  const { challenge } = question
  const { passkey, copySuspected } = judged
  if (copySuspected) {
    const suspected: AuditEvent = {
      ...eventOf(open),
      kind: 'desk.passkey-copied',
      passkeyId: passkey.value.id,
    }
    await commitStaff(world.db, { now: world.now(), events: [suspected] })
  }
  return { ok: true, answered: { challenge, passkey } }
}

const eventOf = ({ member }: OpenMemberSession) =>
  ({ subscriberId: null, actor: staffActor(member), memberId: member.id }) as const

type Judged =
  | {
      readonly outcome: 'accepted'
      readonly passkey: Versioned<StoredPasskey>
      /** It is synced, and its count went back: it stays, and is noted. */
      readonly copySuspected: boolean
    }
  | {
      readonly outcome: 'refused'
      readonly reason: string
      /** There is a copy of this one: neither is to work any more. */
      readonly copied: AuthenticatorId | null
    }

/** An answer need not name its passkey; each of them is held against it. */
async function judgedBy(
  world: World,
  held: readonly Versioned<StoredPasskey>[],
  { question, typed }: { readonly question: Question; readonly typed: string },
): Promise<Judged> {
  const { identify, verify } = world.staffMethod
  const now = world.now()
  const states = held.map(({ value }) => value.state)
  const { random } = question
  const { expected, field } = identify.ask(states, { now, random, issuer: deskOf(world) })
  const answer = { [field.name]: typed }
  const reasons = new Set<string>()
  let copied: AuthenticatorId | null = null
  for (const { value, version } of held) {
    const judging = { authenticatorId: value.id, browser: null, expected, answer, now }
    const verdict = await verify(value.state, judging)
    if (verdict.outcome === 'accepted') {
      const used = { ...value, state: verdict.state, usedAt: now }
      const { copySuspected = false } = verdict
      return { outcome: 'accepted', passkey: { value: used, version }, copySuspected }
    }
    reasons.add(verdict.outcome === 'rejected' ? verdict.reason : verdict.outcome)
    if (verdict.outcome === 'rejected' && verdict.disable) copied = value.id
  }
  return { outcome: 'refused', reason: [...reasons].join(' '), copied }
}

const deskOf = ({ settings }: World): string => settings.deskOrigin

/** All that an answer stands for. */
function aboutOf({ session, member }: OpenMemberSession, { kind, facts }: Deed): string {
  const about = { kind, facts, member: member.id, session: session.id }
  return `deed ${createHash('sha256').update(canonicalJson(about)).digest('base64url')}`
}

interface RefusedTouch extends Omit<Extract<Judged, { outcome: 'refused' }>, 'outcome'> {
  readonly deed: Deed
}

async function refused(
  world: World,
  open: OpenMemberSession,
  { deed, reason, copied }: RefusedTouch,
): Promise<void> {
  const { session, member } = open
  const by = eventOf(open)
  const told: AuditEvent = {
    ...by,
    kind: 'desk.touch-refused',
    ...(deed.caseId && { caseId: deed.caseId }),
    memberSessionId: session.id,
    deed: deed.kind,
    reason,
  }
  if (!copied) return void (await commitStaff(world.db, { now: world.now(), events: [told] }))
  const stopped: AuditEvent = { ...by, kind: 'desk.passkey-copied', passkeyId: copied }
  await stopCopied(world, { id: copied, memberId: member.id, events: [told, stopped] })
}
