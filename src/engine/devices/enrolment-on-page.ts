import type { Lifecycle } from '#core/devices/authenticator.ts'
import {
  codeRefused,
  type DrawnEnrolment,
  type Enrolment,
  obstacle,
  opened,
  stepOf,
  WRONG_CODES_MAX,
} from '#core/devices/enrolment.ts'
import type { ContactKind } from '#core/contact/address.ts'
import { type EnrolmentId, newId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import type { Refusal } from '#core/problems.ts'
import type { Session } from '#core/sessions/session.ts'
import type { Instant } from '#core/time/time.ts'
import { effectOf, take } from '#engine/delivery/effects.ts'
import { isWayIn, type Provable, provable, provableAddress } from '#engine/devices/address-proof.ts'
import {
  bindAuthenticator,
  confirmAddress,
  findBegun,
  PER_SUBSCRIBER,
} from '#engine/devices/enrolment.ts'
import { obstacleToBinding } from '#engine/devices/may-bind.ts'
import { endSiteOf } from '#engine/network.ts'
import { keyedHash, newSecret, opaque } from '#engine/secrets.ts'
import { currentContact } from '#engine/contact/addresses.ts'
import { areTextsStopped, obstacleToTexting } from '#engine/contact/text-opt-out.ts'
import { TOPIC_OF_OUTBOX } from '#engine/wake-up-topics.ts'
import { isReachable, refusal, type World } from '#engine/world.ts'
import type {
  AddressProof,
  Bound,
  Enrol,
  EnrolDrawn,
  EnrolView,
  ProvenAddress,
} from '#methods/enrol.ts'
import { listAuthenticators } from '#store/devices/authenticators.ts'
import { commitEnrolment } from '#store/devices/enrolments.ts'
import { findLogin } from '#store/login/logins.ts'
import { findStamp } from '#store/security-stamp.ts'
import { findSubscriber } from '#store/subscribers/subscribers.ts'
import type { Versioned } from '#store/queries/versioned.ts'

/**
 * Binding an authenticator on the pages of the portal, from what the page shows to what is typed
 * there.
 */

export interface EnrolmentOnPage {
  readonly ok: true
  readonly enrolment: Enrolment
  readonly views: readonly [EnrolView, ...EnrolView[]]
}

interface Starting {
  readonly method: string
  readonly request: unknown
  /** A digest of what was confirmed for it; `null` where nothing had to be. */
  readonly confirmed?: string | null
  /** The browser in which it was confirmed, as its logins bear it. */
  readonly confirmedIn?: string | null
  /** The kind of address that it is about, where it is about that alone. */
  readonly address?: ContactKind
}

/** Draws what the pages will show. `request` is what the method asked for first, if it did. */
export async function startOnPage(
  world: World,
  session: Session,
  { method, request, confirmed = null, confirmedIn = null, address }: Starting,
): Promise<{ readonly ok: true; readonly enrolment: Enrolment } | Refusal> {
  const wanted = address ? provableAddress(world, address) : provable(world, method)
  if (!wanted || !isReachable(world, wanted)) return refusal('enrolment.not-allowed')
  const stamp = await findStamp(world.db, session.subscriberId)
  const obstacle = await obstacleToBinding(world, session, wanted)
  if (obstacle) return refusal(obstacle)
  const taken = await world.limits.take(PER_SUBSCRIBER, session.subscriberId)
  if (!taken.ok) return refusal('enrolment.too-many', taken.until)
  const known = address ? null : await knownIn(world, session, { wanted, request })
  if (known) return await boundAtOnce(world, session, { wanted, known, stamp, confirmed })
  const now = world.now()
  const drawing = { session, method, request, way: null, before: null }
  const drawn = await drawnBy(world, wanted.enrol, drawing)
  if (!drawn.ok) return refusal(drawn.problem, drawn.until)
  const id = newId('enr', now, world.random)
  const { subscriberId } = session
  const enrolment = opened(
    {
      id,
      subscriberId,
      method,
      sessionId: session.id,
      ...unsaidCodes(world),
      drawn: shownOf(drawn, now),
      waits: false,
      stamp,
      confirmed,
      confirmedIn,
      ...(address && { address }),
    },
    now,
    drawn.validFor,
  )
  const done = await send(world, session, { drawn, value: enrolment, version: null })
  return done ? { ok: true, enrolment } : refusal('enrolment.conflict')
}

/** An address that this client has proven, and that nothing is sent to again. */
export async function knownAddress(
  world: World,
  { subscriberId }: Session,
  method: string,
): Promise<string | null> {
  const { verifies: kind, enrol } = world.methods.get(method) ?? {}
  if (!kind || !enrol?.known) return null
  const current = await currentContact(world, { subscriberId, kind })
  if (!current || current.verifiedAt === null) return null
  // Nothing is offered that would not be sent afterwards.
  return kind === 'mobile' && (await areTextsStopped(world, subscriberId)) ? null : current.value
}

interface Asked {
  readonly wanted: Provable
  readonly request: unknown
}

/** What binds the address that was asked for, where it is the one that is proven already. */
async function knownIn(
  world: World,
  session: Session,
  { wanted: { name, enrol }, request }: Asked,
): Promise<Extract<Bound, { ok: true }> | null> {
  const read = enrol.read?.(request)
  if (!read?.ok || !('known' in enrol) || !enrol.known) return null
  if ((await knownAddress(world, session, name)) !== read.address) return null
  const [{ language }, held] = await Promise.all([
    subscriberOf(world, session),
    heldOf(world, session, name),
  ])
  const bound = enrol.known(read.address, { held, language })
  return bound.ok ? bound : null
}

interface AtOnce {
  readonly wanted: Provable
  readonly known: Extract<Bound, { ok: true }>
  readonly stamp: number
  readonly confirmed: string | null
}

/** Invites and binds: there is nothing to show, and nothing to answer. */
async function boundAtOnce(
  world: World,
  session: Session,
  { wanted, known, stamp, confirmed }: AtOnce,
): Promise<{ readonly ok: true; readonly enrolment: Enrolment } | Refusal> {
  const now = world.now()
  const id = newId('enr', now, world.random)
  const { id: sessionId, subscriberId } = session
  // It has proven nothing in this enrolment, so it lifts no session: a login proves it (S66).
  const said = { confirmed, confirmedIn: null }
  const about = { id, subscriberId, sessionId, method: wanted.name, stamp, ...said }
  const enrolment = opened({ ...about, ...unsaidCodes(world), drawn: null, waits: false }, now)
  const invited = { value: enrolment, version: null }
  const events = [stepOf(enrolment, 'started', sessionId)]
  const isInvited = await commitEnrolment(world.db, { now, enrolment: invited, events })
  if (!isInvited) return refusal('enrolment.conflict')
  const invitation = { value: enrolment, version: FIRST_VERSION }
  const bound = await bindAuthenticator(world, { invitation, bound: known, wanted })
  return bound.ok ? { ok: true, enrolment } : bound
}

/** What is written for the first time has it. */
const FIRST_VERSION = 1

/** It is found by its id: these two codes are never shown. */
function unsaidCodes(world: World): Pick<Enrolment, 'codeHash' | 'tokenHash'> {
  const unsaid = () => keyedHash(world.keys, 'enrolment', newSecret(world.random))
  return { codeHash: unsaid(), tokenHash: unsaid() }
}

interface Sending {
  readonly drawn: Drawn
  readonly value: Enrolment
  /** The version that was read; `null` for a new one. */
  readonly version: number | null
}

/** Writes an invitation with what was drawn for it, and sends what is to be sent. */
async function send(
  world: World,
  session: Session,
  { drawn, ...enrolment }: Sending,
): Promise<boolean> {
  const effects = effectsOf(drawn)
  const events = [stepOf(enrolment.value, 'started', session.id)]
  const done = await commitEnrolment(world.db, { now: world.now(), enrolment, effects, events })
  if (done && effects.length > 0) world.wakeUps.publish(TOPIC_OF_OUTBOX)
  return done
}

/**
 * Draws once more for the same invitation: a code that did not come, or one that comes another way.
 */
export async function drawAgain(
  world: World,
  session: Session,
  { id, way }: { readonly id: EnrolmentId; readonly way: string },
): Promise<{ readonly ok: true } | Refusal> {
  const found = await ownOpen(world, session, id)
  if ('problem' in found) return found
  const { value: enrolment, version, enrol, drawn: before } = found
  const drawing = { session, method: enrolment.method, request: null, way, before }
  const drawn = await drawnBy(world, enrol, drawing)
  if (!drawn.ok) return refusal(drawn.problem, drawn.until)
  const value = { ...enrolment, drawn: shownOf(drawn, world.now()) }
  return (await send(world, session, { drawn, value, version }))
    ? { ok: true }
    : refusal('enrolment.conflict')
}

/** What may be seen once has been seen; where a client who has kept it goes on. */
export type ShownBefore = Refusal & {
  readonly enrolment: Enrolment
  readonly next: EnrolView['next']
}

/**
 * The pages of an invitation, for the session that began it. A view that may be seen once is marked
 * as seen before it is handed out: of two requests at the same time, one sees it.
 */
export async function viewOnPage(
  world: World,
  session: Session,
  { id, name }: { readonly id: EnrolmentId; readonly name: string | null },
): Promise<(EnrolmentOnPage & { readonly view: EnrolView }) | Refusal | ShownBefore> {
  const found = await ownOpen(world, session, id)
  if ('problem' in found) return found
  const { value: enrolment, version, enrol, drawn } = found
  const { drawnAt: openedAt, prompt } = drawn
  const views = enrol.describe(prompt, { openedAt, expiresAt: enrolment.expiresAt })
  const view = views.find((one) => one.name === name) ?? views[0]
  if (!view.once) return { ok: true, enrolment, views, view }
  const shownBefore = { ...refusal('enrolment.seen'), enrolment, next: view.next }
  if (drawn.seen.includes(view.name)) return shownBefore
  // From here on only the holder has what it shows.
  const left = 'forget' in enrol && enrol.forget ? enrol.forget(prompt) : prompt
  const seen = { ...drawn, prompt: left, seen: [...drawn.seen, view.name] }
  const written = { value: { ...enrolment, drawn: seen }, version }
  const { subscriberId } = session
  const event = { kind: 'enrolment.shown', subscriberId, enrolmentId: id } as const
  const now = world.now()
  const done = await commitEnrolment(world.db, { now, enrolment: written, events: [event] })
  return done ? { ok: true, enrolment, views, view } : shownBefore
}

export type AnsweredEnrolment = { readonly ok: true } | (Refusal & { readonly triesLeft?: number })

/**
 * The proof that the holder has it. A wrong one is counted; the fifth makes the invitation
 * worthless.
 */
export async function answerOnPage(
  world: World,
  session: Session,
  { id, answer }: { readonly id: EnrolmentId; readonly answer: unknown },
): Promise<AnsweredEnrolment> {
  const found = await ownOpen(world, session, id)
  if ('problem' in found) return found
  const { value: enrolment, version, enrol, drawn } = found
  const now = world.now()
  const subscriber = await subscriberOf(world, session)
  const completed = await enrol.complete(answer, {
    expected: drawn.expected,
    now,
    random: world.random,
    issuer: world.settings.issuer,
    language: subscriber.language,
  })
  if ('wrong' in completed) {
    const event = stepOf(enrolment, 'code-refused', session.id)
    const refused = codeRefused(enrolment)
    const written = { value: refused, version }
    const done = await commitEnrolment(world.db, { now, enrolment: written, events: [event] })
    if (!done) return refusal('enrolment.conflict')
    if (refused.state === 'dead') return refusal('enrolment.too-many-wrong-codes')
    const triesLeft = WRONG_CODES_MAX - refused.wrongCodes
    return { ...refusal('enrolment.wrong-answer'), triesLeft }
  }
  if (!completed.ok) return refusal(completed.problem)
  return await settled(world, { value: enrolment, version }, completed)
}

/** An authenticator is bound, an address is confirmed, or both. */
async function settled(
  world: World,
  invitation: Versioned<Enrolment>,
  completed: ProvenAddress | Extract<Bound, { ok: true }>,
): Promise<AnsweredEnrolment> {
  const { address: kind, method } = invitation.value
  const wanted = kind ? provableAddress(world, kind) : provable(world, method)
  if (!wanted) return refusal('enrolment.not-allowed')
  const binds = 'state' in completed && (!kind || (await isWayIn(world, invitation.value)))
  if (binds) return await bindAuthenticator(world, { invitation, bound: completed, wanted })
  const { address } = completed
  if (!kind || address === undefined) throw new Error('nothing was proven')
  return await confirmAddress(world, invitation, { kind, address, wanted })
}

type Own = Versioned<Enrolment> & {
  readonly enrol: Enrol | AddressProof
  readonly drawn: DrawnEnrolment
}

/** The invitation of another session does not exist; one that is over says so. */
async function ownOpen(world: World, session: Session, id: EnrolmentId): Promise<Own | Refusal> {
  const found = await findBegun(world, session, id)
  if (!found) return refusal('request.not-found')
  const enrol = provable(world, found.value.method)?.enrol
  const { drawn } = found.value
  if (!enrol || !drawn) return refusal('request.not-found')
  const problem = obstacle(found.value, world.now())
  return problem ? refusal(problem) : { ...found, enrol, drawn }
}

interface Drawing {
  readonly session: Session
  readonly method: string
  readonly request: unknown
  readonly way: string | null
  readonly before: DrawnEnrolment | null
}

const STILL_HELD: readonly Lifecycle[] = ['active', 'suspended']

async function drawnBy(
  world: World,
  enrol: Enrol | AddressProof,
  { session, method, request, way, before }: Drawing,
): Promise<EnrolDrawn> {
  const [subscriber, held, login] = await Promise.all([
    subscriberOf(world, session),
    heldOf(world, session, method),
    findLogin(world.db, session.loginId),
  ])
  const { issuer, name: brand } = world.settings
  const drawn = enrol.begin(request, {
    now: world.now(),
    random: world.random,
    issuer,
    brand,
    subscriber,
    held,
    way,
    network: opaque(world.keys, login ? endSiteOf(login.value.origin.address) : session.id),
    channels: [...world.channels.keys()],
    before: before && { expected: before.expected, drawnAt: before.drawnAt },
  })
  if (!drawn.ok) return drawn
  const stopped = await obstacleToTexting(world, drawn.deliver)
  if (stopped) return { ok: false, problem: stopped }
  const refused = await take(world, drawn.takes ?? [])
  if (!refused) return drawn
  const { problem, until } = refused
  return until === undefined
    ? { ok: false, problem }
    : { ok: false, problem, until: until as Instant }
}

async function heldOf(world: World, { subscriberId }: Session, method: string) {
  const all = await listAuthenticators(world.db, subscriberId)
  return (
    all
      // What is disabled can be bound again, so it does not prevent a new one.
      .filter(({ value }) => value.method === method && STILL_HELD.includes(value.lifecycle))
      .map(({ value: { id, state } }) => ({ id, state }))
  )
}

async function subscriberOf(world: World, { subscriberId }: Session) {
  const found = await findSubscriber(world.db, subscriberId)
  if (!found) throw new Error('a session without a subscriber')
  const { id, userName, language } = found.value
  return { id, userName, language }
}

const shownOf = (
  { prompt, expected }: { readonly prompt: Json; readonly expected: Json },
  now: Instant,
): DrawnEnrolment => ({ prompt, expected, drawnAt: now, seen: [] })

type Drawn = Extract<EnrolDrawn, { ok: true }>

const effectsOf = ({ deliver }: Drawn) => deliver.map((one) => effectOf(one, { to: null }))
