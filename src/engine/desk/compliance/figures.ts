import { type AgentId, isAgentId } from '#core/agent.ts'
import { type Alarm, ALARMS, ALARMS_SHOWN } from '#core/audit/alarms.ts'
import type { AuditEvent } from '#core/audit/audit.ts'
import { isLookRange } from '#core/audit/look.ts'
import {
  type Clue,
  DENIED_WITHIN,
  FAILED_WITHIN,
  type JointDeed,
  type Pair,
  pairsOf,
} from '#core/audit/pairs.ts'
import { staffActor } from '#core/desk/member.ts'
import type { EventActor } from '#core/events/event.ts'
import type { Refusal } from '#core/problems.ts'
import { after, before, type Instant } from '#core/time/time.ts'
import { writeLook } from '#engine/desk/compliance/look.ts'
import type { OpenMemberSession } from '#engine/desk/sessions.ts'
import { refusal, type World } from '#engine/world.ts'
import type { WrittenEvent } from '#store/audit/audit.ts'
import { countByActor, countByKind, listOfKinds } from '#store/audit/looks.ts'
import { listCasesById } from '#store/desk/cases.ts'
import { listMembers } from '#store/desk/members.ts'

interface Within {
  readonly from: Instant
  readonly until: Instant
}

/** What is counted of each member, and the event that it is counted by. */
const COUNTED = {
  cases: 'desk.case-opened',
  deeds: 'desk.acted',
  failed: 'desk.proof-refused',
  unmasked: 'desk.unmasked',
  refused: 'desk.act-refused',
  pressed: 'desk.pressed',
  looks: 'desk.audit-read',
} as const satisfies Readonly<Record<string, AuditEvent['kind']>>

export type Counted = keyof typeof COUNTED | 'denied'
export const FIGURES: readonly Counted[] = [
  ...(['cases', 'deeds', 'failed', 'pressed', 'unmasked', 'refused'] as const),
  ...(['denied', 'looks'] as const),
]

export interface AgentFigures {
  readonly agentId: AgentId
  readonly name: string
  readonly counts: Readonly<Record<Counted, number>>
}

/** What each member did in a time, and how often a client said that they had not called. */
export async function figuresOf(
  world: World,
  open: OpenMemberSession,
  within: Within,
): Promise<{ readonly ok: true; readonly figures: readonly AgentFigures[] } | Refusal> {
  if (!isLookRange(within)) return refusal('audit.range')
  const written = await writeLook(world, open, { ...within, look: 'figures' })
  if (!written.ok) return written
  const [counts, members, denials] = await Promise.all([
    countByActor(world.db, Object.values(COUNTED), within),
    listMembers(world.db),
    deniedIn(world, within),
  ])
  if (denials === null) return refusal('audit.too-much')
  const countOf = (agentId: AgentId, kind: AuditEvent['kind']): number =>
    counts.find((one) => one.agentId === agentId && one.kind === kind)?.count ?? 0
  const figures = members.flatMap(({ value: { id, agentId, name } }) => {
    const own = {
      cases: countOf(agentId, COUNTED.cases),
      deeds: countOf(agentId, COUNTED.deeds),
      failed: countOf(agentId, COUNTED.failed),
      unmasked: countOf(agentId, COUNTED.unmasked),
      refused: countOf(agentId, COUNTED.refused),
      pressed: countOf(agentId, COUNTED.pressed),
      denied: denials.filter((memberId) => memberId === id).length,
      looks: countOf(agentId, COUNTED.looks),
    }
    return Object.values(own).some((count) => count > 0) ? [{ agentId, name, counts: own }] : []
  })
  return { ok: true, figures }
}

/** The members whose calls were denied, one for each call; `null` where there are too many. */
async function deniedIn(world: World, within: Within) {
  const denied = await wholeList(world, ['desk.call-denied'], within)
  if (denied === null) return null
  const ids = [...new Set(denied.flatMap(({ event }) => event.caseId ?? []))]
  return (await listCasesById(world.db, ids)).map(({ memberId }) => memberId)
}

/**
 * What has raised an alarm lately. It says how often, and names no client: looking into one is a
 * look of its own.
 */
export async function alarmsOf(world: World): Promise<ReadonlyMap<Alarm, number>> {
  const until = after(world.now(), ALARMS_SHOWN)
  return await countByKind(world.db, ALARMS, { from: before(world.now(), ALARMS_SHOWN), until })
}

/** More than a desk does in a year with two people, or fails to. */
const READ_MAX = 10_000

/** All of them; `null` where they are too many to be read at once. */
async function wholeList(
  { db }: World,
  kinds: readonly AuditEvent['kind'][],
  within: Within & { readonly isJoint?: boolean },
): Promise<readonly WrittenEvent[] | null> {
  const found = await listOfKinds(db, kinds, { ...within, limit: READ_MAX + 1 })
  return found.length > READ_MAX ? null : found
}

/**
 * Two people can do together what one cannot, and so can two corrupt ones. This finds the pairs who
 * met more often than chance lets them, and whose clients had callers that failed before or said
 * afterwards that they had not called.
 */
export async function pairsIn(
  world: World,
  open: OpenMemberSession,
  within: Within,
): Promise<{ readonly ok: true; readonly pairs: readonly Pair[] } | Refusal> {
  if (!isLookRange(within)) return refusal('audit.range')
  const written = await writeLook(world, open, { ...within, look: 'pairs' })
  if (!written.ok) return written
  const { from, until } = within
  const failing = { from: before(from, FAILED_WITHIN), until }
  const denying = { from, until: after(until, DENIED_WITHIN) }
  const [joint, failed, denied] = await Promise.all([
    wholeList(world, ['desk.acted', 'desk.unmasked', 'desk.acted-together', 'desk.glass-broken'], {
      ...within,
      isJoint: true,
    }),
    wholeList(world, ['desk.proof-refused'], failing),
    wholeList(world, ['desk.call-denied'], denying),
  ])
  if (joint === null || failed === null || denied === null) return refusal('audit.too-much')
  const deeds = joint.flatMap(jointOf)
  const clues = { failed: failed.flatMap(clueOf), denied: denied.flatMap(clueOf) }
  return { ok: true, pairs: pairsOf(deeds, clues) }
}

const jointOf = ({ at, event }: WrittenEvent): readonly JointDeed[] => {
  const { subscriberId, actor } = event
  const second = 'second' in event ? event.second : undefined
  if (!actor || !second || !subscriberId) return []
  return [{ at, asker: personOf(actor), second: personOf(second), subscriberId }]
}

/** A member is one person, at the desk, in a program and by command: none halves a trail so. */
const personOf = (actor: EventActor): EventActor => {
  const [door, agentId = ''] = actor.split(':')
  return door === 'operator' && isAgentId(agentId) ? staffActor({ agentId }) : actor
}

const clueOf = ({ at, event: { subscriberId } }: WrittenEvent): readonly Clue[] =>
  subscriberId ? [{ at, subscriberId }] : []
