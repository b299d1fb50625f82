import { worksOnCases } from '#core/desk/deeds.ts'
import { maskedContact, maskedName } from '#core/desk/masking.ts'
import { type Case, isCaseOpen } from '#core/desk/case.ts'
import { type Member, staffActor } from '#core/desk/member.ts'
import { type CallBackRequest, canTake, isHeldBy } from '#core/desk/queue/call-back-request.ts'
import { type CallBackId, type CaseId, isId, type MemberId, newId } from '#core/ids.ts'
import type { Refusal } from '#core/problems.ts'
import type { Instant } from '#core/time/time.ts'
import { tellCallers } from '#engine/desk/callers.ts'
import { calledContact } from '#engine/desk/cases/call-back.ts'
import {
  eventOf,
  findOwnCase,
  freeNumber,
  opening,
  tooManySearches,
} from '#engine/desk/cases/cases.ts'
import { type OpenMemberSession, standingOf } from '#engine/desk/sessions.ts'
import { tiedAmong, tieToStaff } from '#engine/desk/ties.ts'
import { retryStale } from '#engine/retry.ts'
import { TOPIC_OF_CALL_BACKS, topicOfClient } from '#engine/wake-up-topics.ts'
import { refusal, type World } from '#engine/world.ts'
import { caseStays, commitDesk, findCase } from '#store/desk/cases.ts'
import { listMembers, memberStandingWrites } from '#store/desk/members.ts'
import {
  callBackInsert,
  callBackWrite,
  findCallBack,
  listCallBacks,
} from '#store/desk/queue/call-backs.ts'
import { listPresentMembers } from '#store/desk/session-facts.ts'
import type { Versioned } from '#store/queries/versioned.ts'
import { findSubscriber } from '#store/subscribers/subscribers.ts'

/** Clients who are to be called back, and which agent has taken which of them. */

export interface SeenCallBack {
  readonly id: CallBackId
  /** Masked: the agent sees it on a case of theirs, and not here. */
  readonly client: string
  /** Where our voice will ring, masked; `null` where the number counts no more. */
  readonly number: string | null
  readonly reason: CallBackRequest['reason']
  readonly askedAt: Instant
  readonly taken: { readonly name: string; readonly at: Instant } | null
  /** The case in which this member calls the client; `null` where they have not taken it. */
  readonly own: CaseId | null
  readonly canTake: boolean
}

/** The agent puts the client of their case into the queue; one who is there keeps their place. */
export async function askCallBack(
  world: World,
  open: OpenMemberSession,
  caseId: CaseId,
): Promise<{ readonly ok: true } | Refusal> {
  return await retryStale<{ readonly ok: true } | Refusal>('desk.conflict', async () => {
    const own = await findOwnCase(world, open, caseId)
    if (!own.ok) return own
    const { value } = own.found
    const { subscriberId, reason } = value
    if (!(await calledContact(world, subscriberId))) return refusal('desk.cannot-ask')
    const waiting = await listCallBacks(world.db)
    if (waiting.some((one) => one.value.subscriberId === subscriberId)) return { ok: true }
    const now = world.now()
    const id = newId('cbk', now, world.random)
    const status = { state: 'waiting' } as const
    const askedBy = open.member.id
    const asked = { id, subscriberId, caseId, askedBy, reason, askedAt: now, status }
    const written = await commitDesk(world.db, {
      now,
      writes: [
        ...memberStandingWrites(world.db, standingOf(open)),
        caseStays(world.db, { id: caseId, memberId: askedBy, now }),
        callBackInsert(world.db, asked),
      ],
      events: [
        {
          kind: 'desk.call-back-asked',
          ...eventOf(value, open),
          caseNumber: value.number,
          callBackId: id,
        },
      ],
    })
    if (!written) return 'stale'
    tell(world, value)
    return { ok: true }
  })
}

/**
 * All that wait or are taken, the oldest first. One of a client who has something in common with
 * the staff by now is none, as in a search; it waits on, and ends with the agent who had taken it.
 */
export async function queueFor(
  world: World,
  { member }: OpenMemberSession,
): Promise<readonly SeenCallBack[]> {
  const [all, present, members] = await Promise.all([
    listCallBacks(world.db),
    presentOnes(world),
    listMembers(world.db),
  ])
  const names = new Map<MemberId, string>(members.map(({ value }) => [value.id, value.name]))
  const tied = await tiedIn(world, all)
  const shown = all.filter(
    ({ value }) => !tied.has(value.subscriberId) || isHeldBy(value, member.id),
  )
  return await Promise.all(
    shown.map(async ({ value }) => {
      const { id, subscriberId, reason, askedAt, status } = value
      const subscriber = await findSubscriber(world.db, subscriberId)
      const contact = await calledContact(world, subscriberId)
      const held = await holdingOf(world, value, present)
      // One that can be taken from its agent; but of a client whom no other agent may serve.
      const isFree = canTake(value, held) && !tied.has(subscriberId)
      const isTaken = status.state !== 'waiting' && !isFree
      const isOwn = isTaken && status.by === member.id
      return {
        id,
        client: maskedName(subscriber?.value.userName ?? ''),
        number: contact && maskedContact(contact.kind, contact.value),
        reason,
        askedAt,
        taken: isTaken ? { name: names.get(status.by) ?? '', at: status.at } : null,
        own: isOwn ? status.caseId : null,
        canTake: isFree,
      }
    }),
  )
}

/** What the page of the queue is compared with: it goes on when this is another. */
export async function queueState(world: World): Promise<string> {
  const [all, present] = await Promise.all([listCallBacks(world.db), presentOnes(world)])
  const tied = await tiedIn(world, all)
  const each = await Promise.all(
    all.map(async ({ value, version }) => {
      const isServed = !tied.has(value.subscriberId)
      const isFree = isServed && canTake(value, await holdingOf(world, value, present))
      return `${value.id} ${version} ${isFree ? 'free' : 'held'}`
    }),
  )
  return each.join('\n')
}

export const watchQueue = (
  { wakeUps }: Pick<World, 'wakeUps'>,
  listener: () => void,
): (() => void) => wakeUps.subscribe(TOPIC_OF_CALL_BACKS, listener)

/** Who of them has something in common with the staff. */
const tiedIn = async (world: World, all: readonly Versioned<CallBackRequest>[]) =>
  await tiedAmong(
    world,
    all.map(({ value }) => value.subscriberId),
  )

/** Who is at the desk and takes calls. */
async function presentOnes(world: World): Promise<ReadonlySet<MemberId>> {
  const now = world.now()
  const both = await Promise.all(
    (['agent', 'supervisor'] as const).map((role) => listPresentMembers(world.db, role, now)),
  )
  return new Set(both.flat().map(({ id }: Member) => id))
}

async function holdingOf(
  world: World,
  { status }: CallBackRequest,
  present: ReadonlySet<MemberId>,
) {
  if (status.state === 'waiting') return { isPresent: false, isCaseOpen: false }
  const held = await findCase(world.db, status.caseId)
  const isOpen = held !== null && isCaseOpen(held.value, world.now())
  return { isPresent: present.has(status.by), isCaseOpen: isOpen }
}

export type TakenOne = { readonly ok: true; readonly case: Case } | Refusal

/**
 * The agent takes it: a case is opened, as for every look, and the client reads of it.
 * Of two who take one at once, one gets it.
 */
export async function takeCallBack(
  world: World,
  open: OpenMemberSession,
  id: string,
): Promise<TakenOne> {
  const { member } = open
  if (!worksOnCases(member.role)) return refusal('desk.not-this-role')
  const found = await findOpenOne(world, id)
  if (!found) return refusal('desk.no-request')
  const { value, version } = found
  const { subscriberId, reason } = value
  if (!canTake(value, await holdingOf(world, value, await presentOnes(world))))
    return refusal('desk.call-back-taken')
  if (await tieToStaff(world, subscriberId)) return refusal('desk.no-request')
  const tooMany = await tooManySearches(world, member)
  if (tooMany) return tooMany
  const number = await freeNumber(world)
  const now = world.now()
  const opens = opening(world, open, { subscriberId, number, reason, now })
  const { value: opened, event } = opens
  const status = { state: 'taken', by: member.id, at: now, caseId: opened.id } as const
  const about = { ...eventOf(opened, open), caseNumber: number }
  const written = await commitDesk(world.db, {
    now,
    writes: [...opens.writes, callBackWrite(world.db, { value: { ...value, status }, version })],
    events: [event, { kind: 'desk.call-back-taken', ...about, callBackId: value.id }],
  })
  // Another agent was faster.
  if (!written) return refusal('desk.call-back-taken')
  await tellCallers(world, member.id)
  tell(world, value)
  return { ok: true, case: opened }
}

/** The agent gives it back to the queue, or is done with it. */
export async function endCallBack(
  world: World,
  open: OpenMemberSession,
  { id, as }: { readonly id: string; readonly as: 'returned' | 'done' },
): Promise<{ readonly ok: true } | Refusal> {
  const found = await findOpenOne(world, id)
  if (!found || !isHeldBy(found.value, open.member.id)) return refusal('desk.no-request')
  const { value, version } = found
  const { status } = value
  if (status.state === 'waiting') return refusal('desk.no-request')
  const next = as === 'done' ? { ...status, state: as } : ({ state: 'waiting' } as const)
  const held = await findCase(world.db, status.caseId)
  const written = await commitDesk(world.db, {
    now: world.now(),
    writes: [
      ...memberStandingWrites(world.db, standingOf(open)),
      callBackWrite(world.db, { value: { ...value, status: next }, version }),
    ],
    events: [
      {
        kind: as === 'done' ? 'desk.call-back-done' : 'desk.call-back-returned',
        subscriberId: value.subscriberId,
        caseId: status.caseId,
        actor: staffActor(open.member),
        caseNumber: held?.value.number ?? '',
        callBackId: value.id,
      },
    ],
  })
  if (!written) return refusal('desk.conflict')
  tell(world, value)
  return { ok: true }
}

async function findOpenOne(world: World, id: string): Promise<Versioned<CallBackRequest> | null> {
  const found = isId('cbk', id) ? await findCallBack(world.db, id) : null
  return found && found.value.status.state !== 'done' ? found : null
}

function tell({ wakeUps }: World, { subscriberId }: Pick<CallBackRequest, 'subscriberId'>): void {
  wakeUps.publish(TOPIC_OF_CALL_BACKS)
  wakeUps.publish(topicOfClient(subscriberId))
}
