import { countedSignals, takesProof } from '#core/desk/deeds.ts'
import { type Case, isCaseOpen } from '#core/desk/case.ts'
import { type Member, staffActor } from '#core/desk/member.ts'
import { isSecondPerson, SECOND_PERSON } from '#core/desk/role.ts'
import {
  drawableFor,
  mayBeSecond,
  PAIR_MAX,
  PAIR_WITHIN,
  SECOND_ASKED_FOR,
  SECOND_LIFETIME,
  type SecondDrawing,
  type SecondRequest,
  secondReasonOf,
} from '#core/desk/second-person.ts'
import { newId, type SecondRequestId, type SubscriberId } from '#core/ids.ts'
import type { Refusal } from '#core/problems.ts'
import { after, before } from '#core/time/time.ts'
import { eventOf, findOwnCase } from '#engine/desk/cases/cases.ts'
import { type Acting, problemOf, weigh } from '#engine/desk/cases/permit.ts'
import { type OpenMemberSession, standingOf } from '#engine/desk/sessions.ts'
import { tieToStaff } from '#engine/desk/ties.ts'
import { type Deed as TouchedDeed, type GivenTouch, judgeTouch } from '#engine/desk/touch.ts'
import { obstacleToIssue } from '#engine/temporary-access/passcodes.ts'
import { topicOfMember } from '#engine/wake-up-topics.ts'
import { refusal, type World } from '#engine/world.ts'
import { caseStays, commitDesk, findCase } from '#store/desk/cases.ts'
import { answeredWrites } from '#store/desk/member-passkeys.ts'
import { findMember, memberStandingWrites, memberStays } from '#store/desk/members.ts'
import {
  findSecondRequest,
  listAskedOf,
  listOfPair,
  listSecondRequestsFor,
  secondRequestInsert,
  secondRequestWrite,
  statesAround,
} from '#store/desk/second-requests.ts'
import { callStandingWrite } from '#store/desk/proofs.ts'
import { listPresentMembers } from '#store/desk/session-facts.ts'
import { warrantWrites } from '#store/desk/warrants.ts'
import type { Versioned } from '#store/queries/versioned.ts'

export type AskedSecond = { readonly ok: true; readonly second: Member } | Refusal

/**
 * Asks a second person for a deed that takes two. The system draws one among those present; the
 * agent cannot choose, and no other is drawn while one has it before them. The warrant is used up:
 * one proof asks one person. What was refused once is refused for this call.
 */
export async function askSecond(
  world: World,
  open: OpenMemberSession,
  { reason: typed, ...acting }: Acting & { readonly reason: string },
): Promise<AskedSecond> {
  const own = await findOwnCase(world, open, acting.caseId)
  if (!own.ok) return own
  const { value } = own.found
  const reason = secondReasonOf(typed)
  if (reason === null) return refusal('desk.reason')
  const weighed = await weigh(world, open, { ...acting, value })
  if (!weighed.ok) return weighed
  const { warrant, decision, level, risk, calls } = weighed
  const { deed } = acting.asked
  if (decision.may !== 'second-person' || (!warrant && takesProof(deed)))
    return refusal(problemOf(decision) ?? 'desk.nothing-to-do')
  const now = world.now()
  const { subscriberId, id: caseId } = value
  const memberId = open.member.id
  // The caller is proven, so it tells them nothing: none is asked about what is never done.
  const by = open.member.agentId
  const never = deed === 'issue-passcode' && (await obstacleToIssue(world, { subscriberId, by }))
  if (never) return refusal(never)
  const signals = countedSignals(deed, risk.signals)
  const drawn = await draw(world, open, { subscriberId, caseId, deed, signals })
  if ('problem' in drawn) return drawn
  const { second, seq } = drawn
  const request: SecondRequest = {
    id: newId('sec', now, world.random),
    caseId,
    subscriberId,
    memberId,
    secondId: second.id,
    asked: acting.asked,
    level,
    verified: warrant?.verified ?? null,
    signals,
    reason,
    answer: null,
    askedAt: now,
    expiresAt: after(now, SECOND_LIFETIME),
    state: 'open',
  }
  const member = standingOf(open)
  const used = { subscriberId, memberId, caseId, deed, member, standing: null }
  const about = { caseNumber: value.number, act: deed, second: staffActor(second) }
  const written = await commitDesk(world.db, {
    now,
    writes: [
      ...(warrant
        ? warrantWrites(world.db, { ...used, id: warrant.id }, now)
        : [
            ...memberStandingWrites(world.db, member),
            caseStays(world.db, { id: caseId, memberId, now }),
          ]),
      // It moves: of two requests for a client at once, the later one is held against the other.
      callStandingWrite(world.db, subscriberId, calls),
      memberStays(world.db, { memberId: second.id, role: second.role }),
      secondRequestInsert(world.db, request, seq),
    ],
    events: [{ kind: 'desk.second-asked', ...eventOf(value, open), ...about }],
  })
  if (!written) return refusal('desk.conflict')
  world.wakeUps.publish(topicOfMember(second.id))
  return { ok: true, second }
}

interface Drawn {
  readonly second: Member
  /** Which request of these two it is. */
  readonly seq: number
}

interface Drawing extends Pick<SecondDrawing, 'deed' | 'caseId' | 'signals'> {
  readonly subscriberId: SubscriberId
}

/**
 * One of those present, by chance: never the agent, no member who has something in common with the
 * agent, and the same two at most three times a day. For a client who has something in common with
 * the staff there is none.
 */
async function draw(
  world: World,
  { member }: OpenMemberSession,
  { subscriberId, ...asked }: Drawing,
): Promise<Drawn | Refusal> {
  if ((await tieToStaff(world, subscriberId)) !== null) return refusal('desk.no-second')
  const now = world.now()
  const since = before(now, SECOND_ASKED_FOR)
  const [present, earlier] = await Promise.all([
    listPresentMembers(world.db, SECOND_PERSON, now),
    listSecondRequestsFor(world.db, { subscriberId, since, now }),
  ])
  const drawable = drawableFor(earlier, { ...asked, present }, now)
  if (!drawable.ok) return refusal(drawable.problem)
  const among = present.filter(({ id }) => drawable.only === null || id === drawable.only)
  const able: Drawn[] = []
  for (const second of among.filter((one) => mayBeSecond(one, member))) {
    const [last, ...more] = await listOfPair(world.db, [member.id, second.id], asked.deed)
    const third = more[PAIR_MAX - 2]
    const isFree = third === undefined || third.askedAt <= before(now, PAIR_WITHIN)
    if (isFree) able.push({ second, seq: (last?.seq ?? 0) + 1 })
  }
  return able[drawnFrom(world, able.length)] ?? refusal('desk.no-second')
}

/** A number from 0 to `count - 1`, by chance. */
const drawnFrom = ({ random }: Pick<World, 'random'>, count: number): number =>
  new DataView(Uint8Array.from(random(4)).buffer).getUint32(0) % Math.max(count, 1)

/** What a second person sees before the answer. */
export interface SecondView {
  readonly ok: true
  readonly request: SecondRequest
  readonly caseNumber: string
  /** Who asks. */
  readonly asker: Member
}

/** A request to this member that waits for an answer; another member’s is none. */
export async function viewSecondRequest(
  world: World,
  open: OpenMemberSession,
  id: SecondRequestId,
): Promise<SecondView | Refusal> {
  const found = await findAsked(world, open, id)
  if (!found.ok) return found
  const { value } = found.request
  const asker = await findMember(world.db, value.memberId)
  if (!asker) throw new Error('a request of a member who does not exist')
  return { ok: true, request: value, caseNumber: found.case.number, asker: asker.value }
}

interface FoundRequest {
  readonly ok: true
  readonly request: Versioned<SecondRequest>
  readonly case: Case
}

async function findAsked(
  world: World,
  { member }: OpenMemberSession,
  id: SecondRequestId,
): Promise<FoundRequest | Refusal> {
  const request = await findSecondRequest(world.db, id)
  if (request?.value.secondId !== member.id || !isSecondPerson(member.role))
    return refusal('desk.no-request')
  const { value } = request
  // The client may have got something in common with the staff since they were drawn.
  if ((await tieToStaff(world, value.subscriberId)) !== null) return refusal('desk.no-request')
  if (value.state !== 'open') return refusal('desk.second-answered')
  if (world.now() >= value.expiresAt) return refusal('desk.second-expired')
  const found = await findCase(world.db, value.caseId)
  if (!found || !isCaseOpen(found.value, world.now())) return refusal('desk.case-closed')
  return { ok: true, request, case: found.value }
}

/** What the second person confirms with the passkey: this deed, for this client, on this case. */
export const touchOfAgreeing = ({
  id,
  caseId,
  subscriberId,
  memberId,
  asked,
}: SecondRequest): TouchedDeed => ({
  kind: `second.agree.${asked.deed}`,
  facts: { request: id, case: caseId, client: subscriberId, asker: memberId, ...asked },
  caseId,
})

export type SecondAnswer =
  | { readonly agrees: true; readonly touch: GivenTouch }
  | { readonly agrees: false; readonly reason: string }

/** The second person agrees, by a touch of the passkey, or refuses with a reason. Once. */
export async function answerSecond(
  world: World,
  open: OpenMemberSession,
  { id, ...answer }: SecondAnswer & { readonly id: SecondRequestId },
): Promise<{ readonly ok: true } | Refusal> {
  const found = await findAsked(world, open, id)
  if (!found.ok) return found
  const { request, case: value } = found
  const said = answer.agrees ? null : secondReasonOf(answer.reason)
  if (!answer.agrees && said === null) return refusal('desk.reason')
  const judged = answer.agrees
    ? await judgeTouch(world, open, {
        deed: touchOfAgreeing(request.value),
        touch: answer.touch,
      })
    : null
  if (judged && !judged.ok) return judged
  const asker = await findMember(world.db, request.value.memberId)
  if (!asker) throw new Error('a request of a member who does not exist')
  const now = world.now()
  const state = answer.agrees ? 'agreed' : 'refused'
  const { memberId, caseId } = request.value
  const about = {
    caseNumber: value.number,
    act: request.value.asked.deed,
    asker: staffActor(asker.value),
  }
  const written = await commitDesk(world.db, {
    now,
    writes: [
      ...memberStandingWrites(world.db, standingOf(open)),
      caseStays(world.db, { id: caseId, memberId, now }),
      ...(judged ? answeredWrites(world.db, judged.answered, now) : []),
      secondRequestWrite(
        world.db,
        { value: { ...request.value, state, answer: said }, version: request.version },
        now,
      ),
    ],
    events: [{ kind: `desk.second-${state}`, ...eventOf(value, open), ...about }],
  })
  if (!written) return refusal('desk.conflict')
  world.wakeUps.publish(topicOfMember(memberId))
  return { ok: true }
}

/** What waits for this member, with who asks; oldest first. */
export async function requestsFor(
  world: World,
  { member }: OpenMemberSession,
): Promise<readonly { readonly request: SecondRequest; readonly asker: Member }[]> {
  if (!isSecondPerson(member.role)) return []
  const asked = await listAskedOf(world.db, member.id, world.now())
  const askers = await Promise.all(asked.map(({ memberId }) => findMember(world.db, memberId)))
  return asked.flatMap((request, at) => {
    const asker = askers[at]?.value
    return asker ? [{ request, asker }] : []
  })
}

/** Changes whenever this member is asked something, or something that they asked is answered. */
export async function secondNews(
  world: World,
  { member }: Pick<OpenMemberSession, 'member'>,
): Promise<string> {
  const states = await statesAround(world.db, member.id, world.now())
  return states.map(({ id, state }) => `${id} ${state}`).join(' ')
}
