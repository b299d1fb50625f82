import type { Case } from '#core/desk/case.ts'
import {
  classOf,
  countedSignals,
  decided,
  type Deed,
  type DeedDecision,
  type Level,
} from '#core/desk/deeds.ts'
import { staffActor } from '#core/desk/member.ts'
import { type CallStanding, isStopped } from '#core/desk/verification.ts'
import { obstacleIn, type Warrant, warrantGiven } from '#core/desk/warrant.ts'
import { type AuthenticatorId, type CaseId, newId, type WarrantId } from '#core/ids.ts'
import type { Problem, Refusal } from '#core/problems.ts'
import { after, days, hours, type Instant } from '#core/time/time.ts'
import { eventOf, findOwnCase } from '#engine/desk/cases/cases.ts'
import { type Risk, riskOf } from '#engine/desk/cases/risk.ts'
import { type OpenMemberSession, standingOf } from '#engine/desk/sessions.ts'
import { type Deed as TouchedDeed, type GivenTouch, judgeTouch } from '#engine/desk/touch.ts'
import { blockDevice } from '#engine/devices/block.ts'
import type { OnCase } from '#engine/on-case.ts'
import { startReset } from '#engine/password/reset.ts'
import { endSessionsByDesk } from '#engine/sessions/end-by-desk.ts'
import { tryToStartHold } from '#engine/subscribers/accounts.ts'
import { findUserName, unlockName } from '#engine/subscribers/subscribers.ts'
import {
  issueTemporaryPasscode,
  type Reason,
  releaseTemporaryPasscode,
  revokeTemporaryPasscode,
} from '#engine/temporary-access/passcodes.ts'
import { topicOfClient } from '#engine/wake-up-topics.ts'
import { refusal, type World } from '#engine/world.ts'
import { caseStays, commitDesk } from '#store/desk/cases.ts'
import { type AnsweredChallenge, answeredWrites } from '#store/desk/member-passkeys.ts'
import { memberStandingWrites } from '#store/desk/members.ts'
import { findCallStanding } from '#store/desk/proofs.ts'
import { findWarrant, warrantInsert, warrantWrites } from '#store/desk/warrants.ts'
import type { Written } from '#store/queries/versioned.ts'

/** A deed of the desk, with what it is done to. */
export type AskedDeed =
  | { readonly deed: 'block-device'; readonly authenticatorId: AuthenticatorId }
  | { readonly deed: 'issue-passcode'; readonly reason: Reason }
  | { readonly deed: Exclude<Deed, 'block-device' | 'issue-passcode'> }

export type DoneDeed =
  | {
      readonly ok: true
      /** To be read out, once; it is stored nowhere. */
      readonly spoken: string | null
      /** Until when that is accepted, or what was begun lasts. */
      readonly until: Instant | null
    }
  | Refusal

export interface Acting {
  readonly caseId: CaseId
  /** What the proof of the caller gave; `null` for a deed that takes none. */
  readonly warrantId: WarrantId | null
  readonly asked: AskedDeed
}

/** What the agent confirms with the passkey: this deed on this case, and no other. */
export const touchOf = ({ caseId, warrantId, asked }: Acting): TouchedDeed => ({
  kind: `case.${asked.deed}`,
  facts: { case: caseId, warrant: warrantId, ...asked },
})

/**
 * Does a deed on a case. The warrant opens it and nothing else does, whatever the role; it is used
 * up in the commit of the deed, where all that it rests on is looked at once more.
 */
export async function actOnCase(
  world: World,
  open: OpenMemberSession,
  { touch, ...acting }: Acting & { readonly touch: GivenTouch },
): Promise<DoneDeed> {
  const own = await findOwnCase(world, open, acting.caseId)
  if (!own.ok) return own
  const { value } = own.found
  const allowed = await allow(world, open, { ...acting, value })
  if (!allowed.ok) return await refused(world, open, { acting, value, told: allowed })
  const judged = await judgeTouch(world, open, { deed: touchOf(acting), touch })
  if (!judged.ok) return judged
  const act = await permitted(world, open, { ...allowed, asked: acting.asked, value, judged })
  const done = 'problem' in act ? act : await DO[acting.asked.deed](world, act)
  if (done.ok) return done
  // What was written meanwhile may be the reason: another use of the warrant, or a failed proof.
  const again = await allow(world, open, { ...acting, value })
  return await refused(world, open, { acting, value, told: again.ok ? done : again })
}

/** Each try that nothing opened is on record (R127). */
async function refused(
  world: World,
  open: OpenMemberSession,
  {
    acting,
    value,
    told,
  }: { readonly acting: Acting; readonly value: Case; readonly told: Refusal },
): Promise<Refusal> {
  await commitDesk(world.db, {
    now: world.now(),
    writes: [],
    events: [
      {
        kind: 'desk.act-refused',
        ...eventOf(value, open),
        caseNumber: value.number,
        act: acting.asked.deed,
        reason: told.problem,
      },
    ],
  })
  return told
}

/** What a deed is done with. */
interface Act {
  readonly value: Case
  readonly open: OpenMemberSession
  readonly asked: AskedDeed
  readonly risk: Risk
  readonly onCase: OnCase
}

interface Allowed {
  readonly ok: true
  readonly warrant: Warrant | null
  readonly level: Level
  readonly risk: Risk
  readonly calls: Written<CallStanding>
}

/** Whether it may be done now: by the warrant, the table and what all calls have in common. */
async function allow(
  world: World,
  open: OpenMemberSession,
  { value, asked: { deed }, warrantId }: Acting & { readonly value: Case },
): Promise<Allowed | Refusal> {
  const now = world.now()
  const { subscriberId, id: caseId } = value
  const calls = await findCallStanding(world.db, subscriberId)
  const risk = await riskOf(world, subscriberId, calls.value)
  const warrant = warrantId === null ? null : await findWarrant(world.db, warrantId)
  if (warrantId !== null) {
    const use = { subscriberId, memberId: open.member.id, caseId, deed }
    const problem = warrant ? obstacleIn(warrant, use, now) : 'desk.no-warrant'
    if (problem) return refusal(problem)
  }
  const level: Level = warrant?.level ?? 'none'
  const problem = problemOf(decisionOn(deed, { open, level, risk }))
  if (problem) return refusal(problem)
  if (level !== 'none' && isStopped(calls.value, now))
    return refusal('desk.calls-stopped', calls.value.stoppedUntil ?? now)
  return { ok: true, warrant, level, risk, calls }
}

interface Permitting extends Allowed {
  readonly asked: AskedDeed
  readonly value: Case
  /** The touch of the passkey with which the agent confirmed it. */
  readonly judged: { readonly answered: AnsweredChallenge }
}

/** What it is done with: the warrant that it uses up, or one that takes no proof. */
async function permitted(
  world: World,
  open: OpenMemberSession,
  { value, asked, level, risk, calls, judged: { answered }, ...allowed }: Permitting,
): Promise<Act | Refusal> {
  const { deed } = asked
  const warrant = allowed.warrant ?? (await freeWarrant(world, open, { value, deed }))
  if ('problem' in warrant) return warrant
  const { subscriberId, id: caseId } = value
  const used = {
    id: warrant.id,
    subscriberId,
    memberId: open.member.id,
    caseId,
    deed,
    member: standingOf(open),
    standing: level === 'none' ? null : calls.version,
  }
  const { verified } = warrant
  const facts = { actor: staffActor(open.member), caseId, ...(verified && { verified }) }
  const onCase: OnCase = {
    facts,
    told: { kind: 'desk.acted', subscriberId, ...facts, caseNumber: value.number, act: deed },
    uses: (at) => [...warrantWrites(world.db, used, at), ...answeredWrites(world.db, answered, at)],
  }
  return { value, open, asked, risk, onCase }
}

/** What the table says of a deed, for this agent and this client. */
export const decisionOn = (
  deed: Deed,
  {
    open,
    level,
    risk,
  }: { readonly open: OpenMemberSession; readonly level: Level; readonly risk: Risk },
): DeedDecision => {
  const isRaised = countedSignals(deed, risk.signals).length > 0
  return decided({
    deed,
    role: open.member.role,
    level,
    risk: isRaised ? 'raised' : 'ordinary',
  })
}

function problemOf(decision: DeedDecision): Problem | null {
  switch (decision.may) {
    case 'alone':
      return null
    case 'second-person':
      return 'desk.second-person'
    case 'not-proven':
      return 'desk.more-proof'
    case 'not-this-role':
      return 'desk.not-this-role'
  }
}

/**
 * How often a caller who has proven nothing may have something stopped: it takes no proof (S70),
 * and a stranger must not keep the client out with it (A28).
 */
const STOPS = { name: 'desk-stops', count: 5, per: days(1) } as const

/** A warrant for what takes no proof. */
async function freeWarrant(
  world: World,
  open: OpenMemberSession,
  { value, deed }: { readonly value: Case; readonly deed: Deed },
): Promise<Warrant | Refusal> {
  const { subscriberId, id: caseId } = value
  const taken = await world.limits.take(STOPS, subscriberId)
  if (!taken.ok) return refusal('desk.too-many-stops', taken.until)
  const now = world.now()
  const warrant = warrantGiven(
    {
      id: newId('war', now, world.random),
      subscriberId,
      memberId: open.member.id,
      caseId,
      of: classOf(deed),
      level: 'none',
      verified: null,
    },
    now,
  )
  const written = await commitDesk(world.db, {
    now,
    writes: [
      ...memberStandingWrites(world.db, standingOf(open)),
      caseStays(world.db, { id: caseId, memberId: open.member.id, now }),
      warrantInsert(world.db, warrant),
    ],
    events: [],
  })
  return written ? warrant : refusal('desk.conflict')
}

/** Long enough to call back a client who could not prove who they are. */
const FREEZE = hours(1)

const NOTHING_SPOKEN = { ok: true, spoken: null, until: null } as const

type Doing = (world: World, act: Act) => Promise<DoneDeed>

const agentOf = ({ open }: Act) => open.member.agentId

const DO: Readonly<Record<Deed, Doing>> = {
  'block-device': async (world, act) => {
    const { asked, value, onCase } = act
    if (asked.deed !== 'block-device') throw new Error('no device is named')
    const { subscriberId } = value
    const blocking = { subscriberId, id: asked.authenticatorId, by: agentOf(act), onCase }
    const done = await blockDevice(world, blocking)
    return done.ok ? NOTHING_SPOKEN : done
  },

  'end-sessions': async (world, { value: { subscriberId }, onCase }) => {
    const done = await endSessionsByDesk(world, { subscriberId, onCase })
    return done.ok ? NOTHING_SPOKEN : done
  },

  'end-passcode': async (world, act) => {
    const { subscriberId } = act.value
    const by = agentOf(act)
    const done = await revokeTemporaryPasscode(world, { subscriberId, by, onCase: act.onCase })
    return done.ok ? NOTHING_SPOKEN : done
  },

  freeze: async (world, { value: { subscriberId }, onCase }) => {
    const until = after(world.now(), FREEZE)
    const id = await tryToStartHold(world, {
      subscriberId,
      kind: 'desk-freeze',
      forbids: ['trading', 'withdrawals', 'binding'],
      until,
      by: 'desk',
      onCase,
    })
    return typeof id === 'string' ? { ok: true, spoken: null, until } : id
  },

  'unlock-name': async (world, { value: { subscriberId }, onCase }) => {
    const userName = await findUserName(world, subscriberId)
    const forgotten = await unlockName(world, userName ?? '', onCase)
    if (forgotten === null) return refusal('desk.conflict')
    if (forgotten === 0) return refusal('desk.nothing-to-do')
    world.wakeUps.publish(topicOfClient(subscriberId))
    return NOTHING_SPOKEN
  },

  'issue-passcode': async (world, act) => {
    const { asked, value, risk, onCase } = act
    if (asked.deed !== 'issue-passcode') throw new Error('no reason is given')
    const issued = await issueTemporaryPasscode(world, {
      subscriberId: value.subscriberId,
      by: agentOf(act),
      reason: asked.reason,
      // The agent hears it, and may know the password: it opens nothing where they sit (A13).
      only: risk.knownBrowsers,
      onCase,
    })
    if (!issued.ok) return issued
    return { ok: true, spoken: issued.passcode, until: issued.phases[0]?.until ?? null }
  },

  'release-passcode': async (world, act) => {
    const { subscriberId } = act.value
    const { risk, onCase } = act
    const done = await releaseTemporaryPasscode(world, {
      subscriberId,
      by: agentOf(act),
      only: risk.knownBrowsers,
      onCase,
    })
    return done.ok ? NOTHING_SPOKEN : done
  },

  'reset-password': async (world, act) => {
    const { subscriberId } = act.value
    const begun = await startReset(world, { subscriberId, by: agentOf(act), onCase: act.onCase })
    if (!begun.ok) return begun
    world.wakeUps.publish(topicOfClient(subscriberId))
    return { ok: true, spoken: begun.code, until: begun.expiresAt }
  },
}
