import type { AuditEvent } from '#core/audit/audit.ts'
import {
  type Case,
  CASE_FOUND_FOR,
  type CaseReason,
  isCaseOpen,
  opened,
  noted,
  noteOf,
} from '#core/desk/case.ts'
import type { Search } from '#core/desk/case-events.ts'
import { worksOnCases } from '#core/desk/deeds.ts'
import { type Member, staffActor } from '#core/desk/member.ts'
import { callerPressed, type Pressure } from '#core/desk/verification.ts'
import { type CaseId, newId, type SubscriberId } from '#core/ids.ts'
import { serialKey } from '#core/inventory/hardware-token.ts'
import type { Refusal } from '#core/problems.ts'
import { lineOf } from '#core/text/line.ts'
import { before, hours, type Instant } from '#core/time/time.ts'
import { tellCallers } from '#engine/desk/callers.ts'
import { type OpenMemberSession, standingOf } from '#engine/desk/sessions.ts'
import { tieToStaff } from '#engine/desk/ties.ts'
import { retryStale } from '#engine/retry.ts'
import { findSubscriberByName } from '#engine/subscribers/subscribers.ts'
import { topicOfCase, topicOfClient } from '#engine/wake-up-topics.ts'
import { refusal, type World } from '#engine/world.ts'
import { findAccountByNumber } from '#store/accounts/accounts.ts'
import {
  caseInsert,
  caseStays,
  caseWrite,
  commitDesk,
  findCase,
  findSubscriberOfCase,
  isCaseNumber,
} from '#store/desk/cases.ts'
import { callStandingWrite, findCallStanding } from '#store/desk/proofs.ts'
import { memberStandingWrites } from '#store/desk/members.ts'
import { findAuthenticator } from '#store/devices/authenticators.ts'
import { findToken } from '#store/inventory/hardware-tokens.ts'
import type { Versioned } from '#store/queries/versioned.ts'

/** More calls than one agent can take; the next search raises an alarm (A13). */
const SEARCHES = { name: 'desk-searches', count: 60, per: hours(1) } as const

export interface Searching {
  readonly by: Search
  /** The whole user name, number or serial number: a part of one finds no client. */
  readonly typed: string
  readonly reason: CaseReason
}

/**
 * Counts one more client that a member looks for, or takes from the queue.
 *
 * @returns `null` while there are no more in an hour than one agent can serve
 */
export async function tooManySearches(world: World, member: Member): Promise<Refusal | null> {
  const taken = await world.limits.take(SEARCHES, member.id)
  if (taken.ok) return null
  const about = { subscriberId: null, actor: staffActor(member) } as const
  const alarm: AuditEvent = { kind: 'desk.searched-too-often', ...about }
  await commitDesk(world.db, { now: world.now(), writes: [], events: [alarm] })
  return refusal('desk.too-many-searches', taken.until)
}

export type OpenedCase = { readonly ok: true; readonly case: Case } | Refusal

/**
 * Opens a case for the client who calls. There is no record without one, and no list of clients: an
 * agent who has the exact name or number sees one client, and that client reads of it.
 *
 * A client with whom a member of staff has something in common is answered like one who does not
 * exist; the log says that it was not so.
 */
export async function openCase(
  world: World,
  open: OpenMemberSession,
  { by, typed, reason }: Searching,
): Promise<OpenedCase> {
  const { member } = open
  if (!worksOnCases(member.role)) return refusal('desk.not-this-role')
  const tooMany = await tooManySearches(world, member)
  if (tooMany) return tooMany
  const about = { subscriberId: null, actor: staffActor(member) } as const
  // What is no line is no name and no number, and may hold what no database takes.
  const line = lineOf(typed, typed.length)
  const found = line === null ? null : await FIND[by](world, line)
  const tied = await tieToStaff(world, found ?? NO_CLIENT)
  const subscriberId = tied === null ? found : null
  const searched = {
    kind: 'desk.searched',
    ...about,
    // Whose case it became stands in the event of the case; here is who was not shown.
    ...(tied && { subscriberId: found }),
    by,
    reason,
    found: subscriberId !== null,
    tied,
  } as const
  return await retryStale<OpenedCase>('desk.conflict', async () => {
    const number = subscriberId && (await freeNumber(world))
    const now = world.now()
    if (subscriberId === null || number === null) {
      const standing = memberStandingWrites(world.db, standingOf(open))
      const written = await commitDesk(world.db, { now, writes: standing, events: [searched] })
      return written ? refusal('desk.no-such-client') : 'stale'
    }
    const { value, writes, event } = opening(world, open, { subscriberId, number, reason, now })
    const events = [searched, event]
    if (!(await commitDesk(world.db, { now, writes, events }))) return 'stale'
    await tellCallers(world, member.id)
    return { ok: true, case: value }
  })
}

/**
 * A case that begins, held to its agent, who may be suspended in the middle. The client reads of
 * it.
 *
 * @param call whom it is about; `number` is one that no case has had
 */
export function opening(
  world: World,
  open: OpenMemberSession,
  call: Pick<Case, 'subscriberId' | 'number' | 'reason'> & { readonly now: Instant },
) {
  const { now, ...about } = call
  const id = newId('cas', now, world.random)
  const value = opened({ ...about, id, memberId: open.member.id, openedAt: now })
  return {
    value,
    writes: [...memberStandingWrites(world.db, standingOf(open)), caseInsert(world.db, value)],
    event: {
      kind: 'desk.case-opened',
      ...eventOf(value, open),
      caseNumber: value.number,
      reason: value.reason,
    },
  } as const
}

/** No client has it, so a search that found none reads as much as one that did. */
const NO_CLIENT = 'sub_' as SubscriberId

const FIND: Readonly<
  Record<Search, (world: World, typed: string) => Promise<SubscriberId | null>>
> = {
  'user-name': findSubscriberByName,
  account: async ({ db }, typed) =>
    (await findAccountByNumber(db, typed))?.value.subscriberId ?? null,
  case: async (world, typed) => {
    const since = before(world.now(), CASE_FOUND_FOR)
    return await findSubscriberOfCase(world.db, { number: typed, since })
  },
  serial: async ({ db }, typed) => {
    const id = (await findToken(db, serialKey(typed) ?? ''))?.authenticatorId ?? null
    const holders = (id && (await findAuthenticator(db, id)))?.subscriberIds ?? []
    // One that several hold says of none of them that they call.
    const [holder, ...others] = holders
    return others.length === 0 ? (holder ?? null) : null
  },
}

/** A number that no case has. As cases become many, one more is drawn for each that is taken. */
export async function freeNumber(world: World): Promise<string> {
  for (let drawn = 0; drawn < DRAWS_MAX; drawn += 1) {
    const number = drawCaseNumber(world)
    if (!(await isCaseNumber(world.db, number))) return number
  }
  throw new Error('the numbers of cases are used up')
}

/** With nine of ten numbers taken, all of these are taken once in a billion times. */
const DRAWS_MAX = 200

/** Six digits, the first of which is no zero. */
function drawCaseNumber({ random }: Pick<World, 'random'>): string {
  const drawn = new DataView(Uint8Array.from(random(4)).buffer).getUint32(0)
  return String(100_000 + (drawn % 900_000))
}

/** What stands beside every event of a case. */
export const eventOf = (
  { id: caseId, subscriberId }: Pick<Case, 'id' | 'subscriberId'>,
  { member }: Pick<OpenMemberSession, 'member'>,
) => ({ subscriberId, caseId, actor: staffActor(member) })

/** The case of this agent while it is open; another agent’s is none. */
export async function findOwnCase(
  world: World,
  { member }: OpenMemberSession,
  id: CaseId,
): Promise<{ readonly ok: true; readonly found: Versioned<Case> } | Refusal> {
  const found = await findCase(world.db, id)
  if (found?.value.memberId !== member.id) return refusal('desk.no-case')
  return isCaseOpen(found.value, world.now()) ? { ok: true, found } : refusal('desk.case-closed')
}

/** The call is over: what was proven in it opens nothing any more. */
export async function closeCase(
  world: World,
  open: OpenMemberSession,
  id: CaseId,
): Promise<{ readonly ok: true } | Refusal> {
  return await changeCase(world, open, {
    id,
    kind: 'desk.case-closed',
    to: (value) => ({ ...value, closedAt: world.now() }),
  })
}

/** What the agent writes down of the call. It changes nothing of the client. */
export async function noteCase(
  world: World,
  open: OpenMemberSession,
  { id, typed }: { readonly id: CaseId; readonly typed: string },
): Promise<{ readonly ok: true } | Refusal> {
  const text = noteOf(typed)
  if (text === null) return refusal('desk.note')
  return await changeCase(world, open, {
    id,
    kind: 'desk.noted',
    to: (value) => noted(value, { at: world.now(), text }),
  })
}

/**
 * The caller wants a step skipped. The agent gives the answer that the page shows, and from then on
 * it takes two people where it took one.
 */
export async function notePressure(
  world: World,
  open: OpenMemberSession,
  { id, pressure }: { readonly id: CaseId; readonly pressure: Pressure },
): Promise<{ readonly ok: true } | Refusal> {
  return await retryStale<{ readonly ok: true } | Refusal>('desk.conflict', async () => {
    const own = await findOwnCase(world, open, id)
    if (!own.ok) return own
    const { value } = own.found
    const { subscriberId, number: caseNumber } = value
    const now = world.now()
    const calls = await findCallStanding(world.db, subscriberId)
    const pressed = callerPressed(calls.value, id, now)
    const event = { kind: 'desk.pressed', ...eventOf(value, open), caseNumber, pressure } as const
    const writes = [
      ...memberStandingWrites(world.db, standingOf(open)),
      caseStays(world.db, { id, memberId: open.member.id, now }),
      callStandingWrite(world.db, subscriberId, { value: pressed, version: calls.version }),
    ]
    return (await commitDesk(world.db, { now, writes, events: [event] })) ? { ok: true } : 'stale'
  })
}

interface CaseChange {
  readonly id: CaseId
  readonly kind: 'desk.case-closed' | 'desk.noted'
  readonly to: (value: Case) => Case | null
}

async function changeCase(
  world: World,
  open: OpenMemberSession,
  { id, kind, to }: CaseChange,
): Promise<{ readonly ok: true } | Refusal> {
  return await retryStale<{ readonly ok: true } | Refusal>('desk.conflict', async () => {
    const own = await findOwnCase(world, open, id)
    if (!own.ok) return own
    const { value, version } = own.found
    const next = to(value)
    if (!next) return refusal('desk.note')
    const event = { kind, ...eventOf(value, open), caseNumber: value.number } as const
    const writes = [
      ...memberStandingWrites(world.db, standingOf(open)),
      caseWrite(world.db, { value: next, version }),
    ]
    const written = await commitDesk(world.db, { now: world.now(), writes, events: [event] })
    if (!written) return 'stale'
    world.wakeUps.publish(topicOfClient(value.subscriberId))
    world.wakeUps.publish(topicOfCase(value.id))
    return { ok: true }
  })
}
