import type { CaseReason } from '#core/desk/case.ts'
import { firstName } from '#core/desk/call.ts'
import type { DeedClass } from '#core/desk/deeds.ts'
import { type CallerProof, LEVEL_OF, PAGE_CODE_LIFETIME } from '#core/desk/verification.ts'
import { type CaseId, newId } from '#core/ids.ts'
import { canonicalJson } from '#core/json.ts'
import type { Refusal } from '#core/problems.ts'
import { after, type Instant } from '#core/time/time.ts'
import { eventOf, findOwnCase } from '#engine/desk/cases/cases.ts'
import { denyCallFromDevice } from '#engine/desk/cases/denied.ts'
import {
  askedHere,
  type CallOnPage,
  canAnswerPage,
  type OpenedCall,
  openedCall,
  pageMethod,
} from '#engine/desk/cases/opened-call.ts'
import {
  acceptProof,
  countWrong,
  obstacleTo,
  restsOn,
  type HeldStep,
  tooOftenAsked,
} from '#engine/desk/cases/proof-steps.ts'
import type { BegunProof } from '#engine/desk/cases/proofs.ts'
import { newQuestion, openedQuestion } from '#engine/desk/question.ts'
import type { OpenMemberSession } from '#engine/desk/sessions.ts'
import { retryStale } from '#engine/retry.ts'
import { opaque } from '#engine/secrets.ts'
import { topicOfCase } from '#engine/wake-up-topics.ts'
import { methodNamed, refusal, type World } from '#engine/world.ts'
import type { Offer } from '#methods/identify.ts'
import { callerProofWrite, findCallStanding, freeCallCode } from '#store/desk/proofs.ts'
import { commitAuthenticators, listAuthenticators } from '#store/devices/authenticators.ts'
import { findSubscriber } from '#store/subscribers/subscribers.ts'

/**
 * The caller proves on a page of ours who they are (L3): the agent reads a code out, the client
 * types it at `/call` and confirms with a passkey what the page says of the call.
 *
 *   code and passkey ──▶ who asks, why, what for ──the passkey once more──▶ right
 *                                    └──the client is not calling──▶ denied
 *
 * The first passkey only says whose page it is: a stranger who has the code, or guesses it, sees
 * nothing of a call and ends none (A1, A28). What the second one signs is made of all that is
 * shown.
 */

/** The agent reads out the code that the client types on the page. */
export async function askOnPage(
  world: World,
  open: OpenMemberSession,
  { caseId, of }: { readonly caseId: CaseId; readonly of: DeedClass },
): Promise<BegunProof | Refusal> {
  const own = await findOwnCase(world, open, caseId)
  if (!own.ok) return own
  const { subscriberId } = own.found.value
  const tooOften = await tooOftenAsked(world, subscriberId)
  if (tooOften) return tooOften
  return await retryStale<BegunProof | Refusal>('desk.conflict', async () => {
    // It may have been closed, or denied, meanwhile.
    const still = await findOwnCase(world, open, caseId)
    if (!still.ok) return still
    const { value } = still.found
    const now = world.now()
    const [calls, held] = await Promise.all([
      findCallStanding(world.db, subscriberId),
      listAuthenticators(world.db, subscriberId),
    ])
    const obstacle = obstacleTo(calls.value, of, now)
    if (obstacle) return obstacle
    const method = pageMethod(world)
    if (!method || !held.some(({ value: one }) => canAnswerPage(world, one, now)))
      return refusal('desk.cannot-ask')
    const number = newNumber(world)
    const proof: CallerProof = {
      id: newId('vrf', now, world.random),
      caseId,
      subscriberId,
      memberId: open.member.id,
      authenticatorId: null,
      method: method.name,
      number,
      of,
      level: LEVEL_OF.page,
      begunAt: now,
      expiresAt: after(now, PAGE_CODE_LIFETIME),
      expected: null,
      state: 'open',
      onPage: { role: open.member.role, sessionId: open.session.id, wrongAnswers: 0 },
    }
    const code = opaque(world.keys, number)
    await freeCallCode(world.db, code, now)
    const about = { of, level: proof.level, method: method.name, authenticatorId: null }
    const written = await commitAuthenticators(world.db, {
      now,
      besides: [
        ...restsOn(world, open, { value, now }),
        callerProofWrite(world.db, { value: proof, version: null }, code),
      ],
      changed: [],
      events: [
        { kind: 'desk.proof-begun', ...eventOf(value, open), caseNumber: value.number, ...about },
      ],
    })
    if (!written) return 'stale'
    return { ok: true, id: proof.id, number, until: proof.expiresAt }
  })
}

/** Six digits that begin with 9, as every number of the desk. */
function newNumber({ random }: Pick<World, 'random'>): string {
  const drawn = new DataView(Uint8Array.from(random(4)).buffer).getUint32(0)
  return String(900_000 + (drawn % 100_000))
}

/** What the client is told of a call before they confirm it. */
export interface CallQuestion {
  readonly ok: true
  readonly userName: string
  readonly agent: string
  readonly caseNumber: string
  readonly reason: CaseReason
  readonly opens: DeedClass
  readonly until: Instant
  readonly asked: Pick<Offer, 'script' | 'field'> & { readonly sealed: string }
}

/** The call that this browser has opened, as it is now. */
export async function viewCall(world: World, opened: OpenedCall): Promise<CallQuestion | Refusal> {
  const found = await openedCall(world, opened)
  if (!found) return OVER
  const shown = await shownOf(world, found)
  if (!shown) return OVER
  const question = newQuestion(world, aboutOf(shown, opened))
  const { script, field } = askedOf(world, found, question.random)
  const until = found.proof.value.expiresAt
  return { ok: true, ...shown, until, asked: { script, field, sealed: question.sealed } }
}

/** Whatever has ended meanwhile is no call any more; why is not the business of the page. */
const OVER = refusal('call.over')

async function shownOf(world: World, { value, open, proof }: CallOnPage) {
  const subscriber = await findSubscriber(world.db, value.subscriberId)
  if (!subscriber) return null
  return {
    userName: subscriber.value.userName,
    agent: firstName(open.member.name),
    caseNumber: value.number,
    reason: value.reason,
    opens: proof.value.of,
  }
}

/** All that an answer stands for: what was shown, in this browser, of this call. */
const aboutOf = (
  shown: NonNullable<Awaited<ReturnType<typeof shownOf>>>,
  { token, holder }: OpenedCall,
): string => `call ${canonicalJson({ ...shown, token, holder })}`

function askedOf(
  world: World,
  { held, proof }: CallOnPage,
  random: (length: number) => Uint8Array,
): Offer {
  const { identify } = methodNamed(world, proof.value.method)
  if (!identify) throw new Error('a page was asked for a method that names no holder')
  const { issuer } = world.settings
  return identify.ask([held.value.state], { now: world.now(), random, issuer })
}

interface Confirming extends OpenedCall {
  readonly sealed: string
  /** What the page sent as the answer of the passkey. */
  readonly typed: string
}

/** The passkey has signed what was shown: one warrant, on whichever node. */
export async function confirmCall(
  world: World,
  confirming: Confirming,
): Promise<{ readonly ok: true } | Refusal> {
  const done = await retryStale<{ readonly ok: true; readonly caseId: CaseId } | Refusal>(
    OVER.problem,
    async () => await confirm(world, confirming),
  )
  if (done.ok) world.wakeUps.publish(topicOfCase(done.caseId))
  return done.ok ? { ok: true } : done
}

async function confirm(
  world: World,
  { sealed, typed, ...opened }: Confirming,
): Promise<{ readonly ok: true; readonly caseId: CaseId } | Refusal | 'stale'> {
  const found = await openedCall(world, opened)
  const shown = found && (await shownOf(world, found))
  if (!found || !shown) return OVER
  const question = openedQuestion(world, sealed, aboutOf(shown, opened))
  if (!question) return refusal('call.not-confirmed')
  const now = world.now()
  const { expected, field } = askedOf(world, found, question.random)
  const { held, proof, apart } = found
  const judging = { authenticatorId: held.value.id, browser: null, expected, now }
  const method = methodNamed(world, proof.value.method)
  const answer = { [field.name]: typed }
  const verdict = await method.verify(held.value.state, { ...judging, answer })
  const step: HeldStep = { ...found, verdict, now }
  if (verdict.outcome === 'accepted') {
    const done = await acceptProof(world, step)
    if (done === 'stale') return done
    return done.ok ? { ok: true, caseId: found.value.id } : done
  }
  if (verdict.outcome !== 'rejected') return refusal('login.malformed-answer')
  const counted = await countWrong(world, { ...step, apart })
  if (counted === 'stale') return counted
  world.wakeUps.publish(topicOfCase(found.value.id))
  if (counted.isLocked) return refusal('login.authenticator-locked')
  return counted.isLast ? OVER : refusal(verdict.explained ?? 'call.not-confirmed')
}

/** The client is not on the telephone with us: the same as on the phone and in the portal. */
export async function denyOpenedCall(
  world: World,
  opened: OpenedCall,
): Promise<{ readonly ok: true } | Refusal> {
  return await retryStale<{ readonly ok: true } | Refusal>(OVER.problem, async () => {
    // A no is never too late: it is true of the call, whatever became of the request.
    const found = await askedHere(world, opened)
    if (!found) return OVER
    const denied = await denyCallFromDevice(world, found.proof)
    if (denied.ok) return denied
    return denied.problem === 'desk.conflict' ? 'stale' : OVER
  })
}

/** Of which case the page of this browser is; `null` where it is over. */
export const caseOpenedBy = async (world: World, opened: OpenedCall): Promise<CaseId | null> =>
  (await openedCall(world, opened))?.value.id ?? null
