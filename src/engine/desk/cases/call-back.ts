import type { AuditEvent } from '#core/audit/audit.ts'
import type { Contact } from '#core/contact/address.ts'
import {
  CALL_BACK_DIGITS,
  CALL_BACK_LIFETIME,
  CALL_BACKS,
  isCalledBack,
} from '#core/desk/call-back.ts'
import { type Case, isCaseOpen } from '#core/desk/case.ts'
import type { DeedClass } from '#core/desk/deeds.ts'
import { type CalledBack, type CallerProof, LEVEL_OF } from '#core/desk/verification.ts'
import { answers } from '#core/devices/authenticator.ts'
import { type CaseId, isId, newId, type SubscriberId, type VerificationId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import type { Refusal } from '#core/problems.ts'
import { readCode } from '#core/text/typed.ts'
import { after, type Instant } from '#core/time/time.ts'
import { effectOf, take } from '#engine/delivery/effects.ts'
import { eventOf, findOwnCase } from '#engine/desk/cases/cases.ts'
import { denyCallFromDevice } from '#engine/desk/cases/denied.ts'
import {
  acceptProof,
  type Answered,
  answeredOnCase,
  type AnsweredProof,
  askedTake,
  obstacleTo,
  refuseProof,
  restsOn,
} from '#engine/desk/cases/proof-steps.ts'
import type { OpenMemberSession } from '#engine/desk/sessions.ts'
import { retryStale } from '#engine/retry.ts'
import { keyedHash, opaque } from '#engine/secrets.ts'
import { topicOfCase, TOPIC_OF_OUTBOX } from '#engine/wake-up-topics.ts'
import { refusal, type World } from '#engine/world.ts'
import type { Method } from '#methods/method.ts'
import type { Beside, CallBack } from '#methods/on-call.ts'
import { contactStays, listContacts } from '#store/contact/addresses.ts'
import { commitDesk, findCase } from '#store/desk/cases.ts'
import { callerProofWrite, findCallerProof, findCallStanding } from '#store/desk/proofs.ts'
import { outboxWrites } from '#store/delivery/outbox.ts'
import {
  type BoundAuthenticator,
  commitAuthenticators,
  findAuthenticator,
  listAuthenticators,
} from '#store/devices/authenticators.ts'
import { findSubscriber } from '#store/subscribers/subscribers.ts'

/**
 * The caller is called back (L1): our own voice rings a number that has been theirs for a month and
 * says a code, which they tell the agent. Where they have a printed card two of its codes are told
 * with it. No text is sent: it stands on a lock screen, and does not say what it is for.
 *
 *   rings ──1──▶ the code is said ──told to the agent, with the codes of the card──▶ right
 *     │                                  └──any of it is wrong──▶ wrong
 *     └──9, the client is not talking to us──▶ denied
 *
 * Neither agent nor caller hears which part was wrong. What is asked of the card is used up when it
 * is asked, so what an agent has heard answers no login.
 */
export type BegunCallBack =
  | { readonly ok: true; readonly id: VerificationId; readonly until: Instant }
  | Refusal

interface Asking {
  readonly caseId: CaseId
  readonly of: DeedClass
}

/** Rings the client. */
export async function callBack(
  world: World,
  open: OpenMemberSession,
  { caseId, of }: Asking,
): Promise<BegunCallBack> {
  const own = await findOwnCase(world, open, caseId)
  if (!own.ok) return own
  const { subscriberId } = own.found.value
  const ready = await readyFor(world, subscriberId, of)
  if (!ready.ok) return ready
  const tooOften = await tooOftenCalled(world, open, { subscriberId, number: ready.contact.value })
  if (tooOften) return tooOften
  return await retryStale<BegunCallBack>('desk.conflict', async () => {
    // It may have been closed, or denied, meanwhile, and the number changed.
    const still = await findOwnCase(world, open, caseId)
    if (!still.ok) return still
    const again = await readyFor(world, subscriberId, of)
    if (!again.ok) return again
    if (again.contact.id !== ready.contact.id) return refusal('desk.cannot-ask')
    return await ring(world, open, { value: still.found.value, of, ready: again })
  })
}

type Ready = Extract<Awaited<ReturnType<typeof readyFor>>, { ok: true }>

/** What the client is called and asked with; why not, where that cannot be. */
async function readyFor(world: World, subscriberId: SubscriberId, of: DeedClass) {
  const now = world.now()
  const [calls, subscriber, contact, card] = await Promise.all([
    findCallStanding(world.db, subscriberId),
    findSubscriber(world.db, subscriberId),
    calledContact(world, subscriberId),
    cardOf(world, subscriberId, now),
  ])
  const obstacle = obstacleTo(calls.value, of, now)
  if (obstacle) return obstacle
  const method = callMethod(world)
  if (!method || !subscriber || !contact) return refusal('desk.cannot-ask')
  const isAsked = card !== null && answers(card.held.value, now)
  const asked = isAsked ? card.beside.ask(card.held.value.state, world.random) : null
  // A card that cannot be asked is not left out: it would prove less than the client holds.
  if (card && !asked) return refusal('desk.cannot-ask')
  const cells = card && asked ? { held: card.held, asked } : null
  return { ok: true, calls, subscriber: subscriber.value, contact, method, cells } as const
}

/** What has numbers called. */
function callMethod(
  world: Pick<World, 'methods' | 'channels'>,
): (Method & { readonly callBack: CallBack }) | null {
  const calling = (one: Method): one is Method & { readonly callBack: CallBack } =>
    one.callBack !== undefined
  return world.channels.has('voice') ? ([...world.methods.values()].find(calling) ?? null) : null
}

/** The number that the client is called back at; `null` for a client who has none. */
export async function calledContact(
  world: World,
  subscriberId: SubscriberId,
): Promise<Contact | null> {
  const method = callMethod(world)
  if (!method) return null
  const now = world.now()
  const all = await listContacts(world.db, subscriberId)
  const found = all.find((one) => isCalledBack(one, now))
  return found && method.callBack.problem(found.value) === null ? found : null
}

interface HeldCard {
  readonly held: BoundAuthenticator
  readonly beside: Beside
}

/** The card of the client, locked or not; `null` for a client without one. */
async function cardOf(
  world: World,
  subscriberId: SubscriberId,
  now: Instant,
): Promise<HeldCard | null> {
  for (const { value } of await listAuthenticators(world.db, subscriberId)) {
    const beside = world.methods.get(value.method)?.beside
    if (!beside || !isCardOf(value, now)) continue
    const held = await findAuthenticator(world.db, value.id)
    if (held) return { held, beside }
  }
  return null
}

/**
 * A card that was locked by wrong answers counts as held: it cannot be asked, so the number alone
 * would prove less than the client has. An attacker who holds the number could lock it first.
 */
const isCardOf = (card: BoundAuthenticator['value'], now: Instant): boolean =>
  card.pendingUntil === null &&
  (card.lifecycle === 'disabled' || card.lifecycle === 'active') &&
  (card.expiresAt === null || now < card.expiresAt)

/** Takes what a call costs; says until when none may be made. */
async function tooOftenCalled(
  world: World,
  { member }: OpenMemberSession,
  { subscriberId, number }: { readonly subscriberId: SubscriberId; readonly number: string },
): Promise<Refusal | null> {
  const problem = 'desk.too-many-call-backs'
  const { takes } = calling(world, { subscriber: subscriberId, number, member: member.id })
  const rung = { ...CALL_BACKS, key: subscriberId, problem } as const
  return await take(world, [askedTake(subscriberId), rung, ...takes])
}

interface Ringing {
  readonly subscriber: SubscriberId
  readonly number: string
  readonly member: string
  readonly digits?: string
  readonly denies?: string
  readonly of?: DeedClass
  readonly language?: 'en' | 'fr'
}

function calling(world: World, { member, ...ringing }: Ringing) {
  const method = callMethod(world)
  if (!method) throw new Error('a call without a voice')
  const { digits = '', denies = '', of = 'stop', language = 'en' } = ringing
  const network = opaque(world.keys, `desk ${member}`)
  const brand = world.settings.name
  return method.callBack.call({ ...ringing, digits, denies, of, language, network, brand })
}

interface Drawing {
  readonly value: Case
  readonly of: DeedClass
  readonly ready: Ready
}

async function ring(
  world: World,
  open: OpenMemberSession,
  { value, of, ready }: Drawing,
): Promise<BegunCallBack | 'stale'> {
  const { subscriber, contact, method, cells } = ready
  const now = world.now()
  const id = newId('vrf', now, world.random)
  const digits = newDigits(world)
  const authenticatorId = cells?.held.value.id ?? null
  const expected: Expected = {
    code: codeHash(world, id, digits),
    cells: cells?.asked.expected ?? null,
  }
  const proof: CallerProof = {
    id,
    caseId: value.id,
    subscriberId: subscriber.id,
    memberId: open.member.id,
    authenticatorId,
    method: method.name,
    // The agent reads nothing out: our voice does.
    number: '',
    of,
    level: LEVEL_OF['call-back'],
    begunAt: now,
    expiresAt: after(now, CALL_BACK_LIFETIME),
    expected: expected as unknown as Json,
    state: 'open',
    onCall: { contactId: contact.id, state: 'ringing', cells: cells?.asked.at ?? null },
  }
  const { deliver } = calling(world, {
    subscriber: subscriber.id,
    number: contact.value,
    member: open.member.id,
    digits,
    denies: id,
    of,
    language: subscriber.language,
  })
  const about = { of, level: proof.level, method: method.name, authenticatorId }
  const begun: AuditEvent = {
    kind: 'desk.proof-begun',
    ...eventOf(value, open),
    caseNumber: value.number,
    ...about,
    contactId: contact.id,
  }
  const written = await commitAuthenticators(world.db, {
    now,
    besides: [
      ...restsOn(world, open, { value, now }),
      stays(world, contact),
      callerProofWrite(world.db, { value: proof, version: null }),
      ...outboxWrites(world.db, [effectOf(deliver, { to: null })], { id, version: 1, now }),
    ],
    changed: cells
      ? [{ value: { ...cells.held.value, state: cells.asked.state }, version: cells.held.version }]
      : [],
    events: [begun],
  })
  if (!written) return 'stale'
  world.wakeUps.publish(TOPIC_OF_OUTBOX)
  return { ok: true, id, until: proof.expiresAt }
}

/** What an answer is compared with. No digit stands in it. */
interface Expected {
  readonly code: string
  readonly cells: Json
}

const codeHash = ({ keys }: World, id: VerificationId, digits: string): string =>
  keyedHash(keys, 'call-back', `${id} ${digits}`)

/** The first is a 9, as of every number of the desk. */
function newDigits({ random }: Pick<World, 'random'>): string {
  const drawn = new DataView(Uint8Array.from(random(8)).buffer).getBigUint64(0)
  const others = CALL_BACK_DIGITS - 1
  return `9${String(drawn % 10n ** BigInt(others)).padStart(others, '0')}`
}

const stays = ({ db }: World, { id, verifiedAt }: Contact) => {
  if (verifiedAt === null) throw new Error('a number was called that was never verified')
  return contactStays(db, id, verifiedAt)
}

/** Whether the client is still to be rung: the agent is there, and the code would count. */
export async function isCallAwaited(world: World, about: string): Promise<boolean> {
  const found = isId('vrf', about) ? await findCallerProof(world.db, about) : null
  if (!found) return false
  const { value } = found
  const now = world.now()
  const isRinging = value.state === 'open' && value.onCall?.state === 'ringing'
  if (!isRinging || now >= value.expiresAt) return false
  const one = await findCase(world.db, value.caseId)
  return one !== null && one.value.memberId === value.memberId && isCaseOpen(one.value, now)
}

/** What came of the call, as the carrier tells it: perhaps twice, or late. */
export async function noteCallBack(
  world: World,
  about: string,
  came: 'heard' | 'unanswered' | 'denied',
): Promise<void> {
  if (!isId('vrf', about)) return
  const id = about
  const done = await retryStale<{ readonly ok: true } | Refusal>('desk.conflict', async () => {
    const found = await findCallerProof(world.db, id)
    if (!found?.value.onCall) return { ok: true }
    if (came === 'denied') {
      const denied = await denyCallFromDevice(world, found)
      return denied.ok || denied.problem !== 'desk.conflict' ? { ok: true } : 'stale'
    }
    const { value, version } = found
    const { onCall } = found.value
    if (value.state !== 'open' || onCall.state !== 'ringing') return { ok: true }
    const next: CallerProof = { ...value, onCall: { ...onCall, state: came } }
    const writes = [callerProofWrite(world.db, { value: next, version })]
    const written = await commitDesk(world.db, { now: world.now(), writes, events: [] })
    if (!written) return 'stale'
    world.wakeUps.publish(topicOfCase(value.caseId))
    return { ok: true }
  })
  if (!done.ok) throw new Error('what came of a call could not be kept')
}

interface Answering {
  readonly caseId: CaseId
  readonly id: VerificationId
  /** As the agent typed what they heard. */
  readonly code: string
  readonly cells: string
}

/** What the caller has told: all of it is right, or nothing is. */
export async function answerCallBack(
  world: World,
  open: OpenMemberSession,
  answering: Answering,
): Promise<AnsweredProof> {
  return await answeredOnCase(world, open, {
    ...answering,
    judge: async (answered) => await judge(world, open, { ...answering, ...answered }),
  })
}

async function judge(
  world: World,
  open: OpenMemberSession,
  { value, proof: found, code, cells }: Answering & Answered,
): Promise<AnsweredProof | 'stale'> {
  const now = world.now()
  const { value: proof, version } = found
  const { onCall } = proof
  if (onCall?.state !== 'heard' || proof.state !== 'open' || now >= proof.expiresAt)
    return refusal('desk.proof-expired')
  const calls = await findCallStanding(world.db, value.subscriberId)
  const obstacle = obstacleTo(calls.value, proof.of, now)
  if (obstacle) return obstacle
  const there = await stillHolds(world, proof, { onCall, now })
  if (!there) return refusal('desk.proof-expired')
  const isRight = isAllRight(world, proof, { code, cells })
  if (isRight === null) return refusal('login.malformed-answer')
  const { contact, held } = there
  const besides = [stays(world, contact)]
  const step = { value, open, calls, proof: { value: proof, version }, now, besides }
  if (!isRight) {
    // The codes of the card are used up, so it counts nothing, and no stranger disables it (A28).
    const verdict = { outcome: 'rejected', reason: 'told-wrong' } as const
    return await refuseProof(world, { ...step, held: null, verdict })
  }
  const verdict = { outcome: 'accepted', state: held?.value.state ?? null } as const
  return await acceptProof(world, { ...step, held, verdict })
}

/** The number and the card that were asked, where both are still the client’s. */
async function stillHolds(
  world: World,
  { subscriberId, authenticatorId }: CallerProof,
  { onCall, now }: { readonly onCall: CalledBack; readonly now: Instant },
) {
  const contact = await calledContact(world, subscriberId)
  if (contact?.id !== onCall.contactId) return null
  if (authenticatorId === null) return { contact, held: null }
  const held = await findAuthenticator(world.db, authenticatorId)
  const isTheirs = held?.subscriberIds.includes(subscriberId) && isCardOf(held.value, now)
  // It was not locked when it was asked.
  return held && isTheirs && answers(held.value, now) ? { contact, held } : null
}

/** Both are looked at, whatever the first says; `null` where something was not typed whole. */
function isAllRight(
  world: World,
  { id, expected, authenticatorId }: CallerProof,
  typed: Pick<Answering, 'code' | 'cells'>,
): boolean | null {
  const asked = expected as unknown as Expected
  const digits = readCode(typed.code)
  if (!/^[0-9]+$/.test(digits) || digits.length !== CALL_BACK_DIGITS) return null
  const isCode = codeHash(world, id, digits) === asked.code
  if (authenticatorId === null) return isCode
  const isCells = besideOf(world).isRight(asked.cells, typed.cells)
  return isCells === null ? null : isCode && isCells
}

function besideOf(world: Pick<World, 'methods'>): Beside {
  const found = [...world.methods.values()].find(({ beside }) => beside !== undefined)
  if (!found?.beside) throw new Error('codes of a card were asked, and there is no card')
  return found.beside
}
