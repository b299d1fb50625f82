import { isDrawn, REREAD_CHANCE } from '#core/audit/rereading.ts'
import type { Case } from '#core/desk/case.ts'
import type { Deed } from '#core/desk/deeds.ts'
import { type Member, staffActor } from '#core/desk/member.ts'
import { secondReasonOf } from '#core/desk/second-person.ts'
import type { Refusal } from '#core/problems.ts'
import { after, hours, type Instant } from '#core/time/time.ts'
import { eventOf, findOwnCase } from '#engine/desk/cases/cases.ts'
import {
  allow,
  type Acting,
  type Allowed,
  type AskedDeed,
  permitOf,
} from '#engine/desk/cases/permit.ts'
import { onlyWhereKnown, type Risk } from '#engine/desk/cases/risk.ts'
import { unmask } from '#engine/desk/cases/unmasking.ts'
import { rereadingWrites } from '#engine/desk/compliance/rereading.ts'
import type { OpenMemberSession } from '#engine/desk/sessions.ts'
import { type Deed as TouchedDeed, type GivenTouch, judgeTouch } from '#engine/desk/touch.ts'
import { blockDevice } from '#engine/devices/block.ts'
import type { OnCase } from '#engine/on-case.ts'
import { replaceDevice } from '#engine/orders/replacement.ts'
import { startReset } from '#engine/password/reset.ts'
import { endSessionsByDesk } from '#engine/sessions/end-by-desk.ts'
import { tryToStartHold } from '#engine/subscribers/accounts.ts'
import { findUserName, unlockName } from '#engine/subscribers/subscribers.ts'
import {
  issueTemporaryPasscode,
  releaseTemporaryPasscode,
  revokeTemporaryPasscode,
} from '#engine/temporary-access/passcodes.ts'
import { topicOfClient } from '#engine/wake-up-topics.ts'
import { refusal, type World } from '#engine/world.ts'
import { commitDesk } from '#store/desk/cases.ts'
import { type AnsweredChallenge, answeredWrites } from '#store/desk/member-passkeys.ts'

export type DoneDeed =
  | {
      readonly ok: true
      /** To be read out, once; it is stored nowhere. */
      readonly spoken: string | null
      /** Until when that is accepted, or what was begun lasts. */
      readonly until: Instant | null
    }
  | Refusal

/** What the agent confirms with the passkey: this deed on this case, and no other. */
export const touchOf = ({ caseId, warrantId, requestId, asked }: Acting): TouchedDeed => ({
  kind: `case.${asked.deed}`,
  facts: { case: caseId, warrant: warrantId, request: requestId ?? null, ...asked },
  caseId,
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
  const act = permitted(world, open, {
    ...allowed,
    asked: acting.asked,
    reason: acting.reason ?? '',
    value,
    judged,
  })
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
  /** The second person, where it takes two. */
  readonly second: Member | null
  /** Why, as the agent has said it; `null` where they were not asked, or have said nothing. */
  readonly why: string | null
  readonly onCase: OnCase
}

interface Permitting extends Allowed {
  readonly asked: AskedDeed
  readonly reason: string
  readonly value: Case
  /** The touch of the passkey with which the agent confirmed it. */
  readonly judged: { readonly answered: AnsweredChallenge }
}

/** What it is done with, and what it uses up: a warrant, or the word of a second person. */
function permitted(
  world: World,
  open: OpenMemberSession,
  { value, asked, reason, risk, judged: { answered }, ...allowed }: Permitting,
): Act | Refusal {
  const { subscriberId, id: caseId } = value
  const { deed } = asked
  const permit = permitOf(world, open, { value, deed, ...allowed })
  if ('problem' in permit) return permit
  const { verified, second, uses } = permit
  const facts = { actor: staffActor(open.member), caseId, ...(verified && { verified }) }
  const together = second ? { second: staffActor(second) } : {}
  const told = { subscriberId, ...facts, caseNumber: value.number, ...together } as const
  const isRead = isDrawn(world.random(REREAD_CHANCE))
  const onCase: OnCase = {
    facts,
    told:
      asked.deed === 'unmask'
        ? { kind: 'desk.unmasked', ...told, field: asked.field, reason: value.reason }
        : { kind: 'desk.acted', ...told, act: deed },
    uses: (at) => [
      ...uses(at),
      ...answeredWrites(world.db, answered, at),
      ...rereadingWrites(world, { caseId, act: deed, by: open.member, second, at, isRead }),
    ],
  }
  const why = allowed.agreed?.request.reason ?? secondReasonOf(reason)
  return { value, open, asked, risk, second, why, onCase }
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
    const unlocked = await unlockName(world, userName ?? '', onCase)
    if (!unlocked.ok) return refusal('desk.conflict')
    if (unlocked.forgotten === 0) return refusal('desk.nothing-to-do')
    world.wakeUps.publish(topicOfClient(subscriberId))
    return NOTHING_SPOKEN
  },

  'tell-user-name': async (world, { value: { subscriberId }, onCase }) => {
    const userName = await findUserName(world, subscriberId)
    if (userName === null) return refusal('desk.nothing-to-do')
    const now = world.now()
    const commit = { now, writes: onCase.uses(now), events: [onCase.told] }
    if (!(await commitDesk(world.db, commit))) return refusal('desk.conflict')
    world.wakeUps.publish(topicOfClient(subscriberId))
    return { ok: true, spoken: userName, until: null }
  },

  'issue-passcode': async (world, act) => {
    const { asked, value, second, onCase } = act
    if (asked.deed !== 'issue-passcode') throw new Error('no reason is given')
    const issued = await issueTemporaryPasscode(world, {
      subscriberId: value.subscriberId,
      by: agentOf(act),
      ...(second && { approvedBy: second.agentId }),
      reason: asked.reason,
      ...onlyWhereKnown(act.risk, act.second !== null),
      onCase,
    })
    if (!issued.ok) return issued
    return { ok: true, spoken: issued.passcode, until: issued.phases[0]?.until ?? null }
  },

  'release-passcode': async (world, act) => {
    const { subscriberId } = act.value
    const done = await releaseTemporaryPasscode(world, {
      subscriberId,
      by: agentOf(act),
      ...onlyWhereKnown(act.risk, act.second !== null),
      onCase: act.onCase,
    })
    return done.ok ? NOTHING_SPOKEN : done
  },

  unmask: async (world, { asked, ...act }) => {
    if (asked.deed !== 'unmask') throw new Error('no field is named')
    const done = await unmask(world, { ...act, asked })
    return done.ok ? NOTHING_SPOKEN : done
  },

  'replace-device': async (world, act) => {
    const { asked, value, onCase } = act
    if (asked.deed !== 'replace-device') throw new Error('no device is named')
    const { subscriberId } = value
    const replacing = { subscriberId, id: asked.authenticatorId, by: agentOf(act), onCase }
    const done = await replaceDevice(world, replacing)
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
