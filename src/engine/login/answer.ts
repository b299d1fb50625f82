import type { Proof } from '#core/assurance.ts'
import type { AuditEvent } from '#core/audit/audit.ts'
import type { Authenticator } from '#core/devices/authenticator.ts'
import { answers, failed, succeeded } from '#core/devices/authenticator.ts'
import type { AuthenticatorId, LoginId, SubscriberId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import { claimed, judged, type Judgement } from '#core/login/login.ts'
import { type Challenged, type Login } from '#core/login/state.ts'
import type { Refusal } from '#core/problems.ts'
import type { Instant } from '#core/time/time.ts'
import { textsEndedBy } from '#engine/contact/texts-after-phone.ts'
import { type Counting, countingFor } from '#engine/counting.ts'
import { retryStale } from '#engine/retry.ts'
import {
  blockedOrigin,
  type Claim,
  recognisedBrowser,
  stampFor,
  withSession,
} from '#engine/login/recognised-browser.ts'
import { shownId } from '#engine/login/choices.ts'
import { decoyAuthenticator } from '#engine/login/decoy.ts'
import { devicesEndedBy } from '#engine/endings.ts'
import { tellsLogins } from '#engine/notices/every-login.ts'
import { refundLoginAttempt } from '#engine/rate-limits.ts'
import { findHeld, type Held } from '#engine/login/view.ts'
import { confirmedBy } from '#engine/login/task-approval.ts'
import { newSecret } from '#engine/secrets.ts'
import { topicOfClient, topicOfLogin, topicOfPhone } from '#engine/wake-up-topics.ts'
import { methodNamed, refusal, type World } from '#engine/world.ts'
import type { Judging, Method, Verdict } from '#methods/method.ts'
import {
  type BoundAuthenticator,
  findAuthenticator,
  listAuthenticators,
} from '#store/devices/authenticators.ts'
import { commitLogin, findLogin } from '#store/login/logins.ts'
import type { SignedAt } from '#store/devices/phone-channels.ts'
import type { Versioned } from '#store/queries/versioned.ts'

export type AnsweredLogin =
  | {
      readonly ok: true
      readonly login: Login
      /** The session, when the login is complete and its own browser answered. */
      readonly token: string | null
      readonly browserCookie: string | null
    }
  | (Refusal & {
      /** As it was written; nothing was where it is left out. */
      readonly login?: Login
      /** Who was asked, by the id that the login shows it under. */
      readonly asked?: AuthenticatorId
    })

/** What was typed into the field of a view of the challenge. */
export interface Typed {
  readonly view: string
  readonly text: string
}

/** An answer that the claimant types. The session is opened in the same commit. */
export async function answerLogin(
  world: World,
  { id, holder, ...given }: Held & ({ readonly answer: unknown } | { readonly typed: Typed }),
): Promise<AnsweredLogin> {
  const claim = { token: newSecret(world.random), cookie: newSecret(world.random) }
  return await retryStale('login.conflict', async () => {
    const found = await findHeld(world, { id, holder })
    if (!found) return refusal('login.not-found')
    const said = 'typed' in given ? answerIn(world, found.value, given.typed) : given
    if (!said) return refusal('login.not-challenged')
    return await judge(world, found, { ...said, claim })
  })
}

/** The answer that a field stands for; `null` when the login shows no such field now. */
function answerIn(
  world: World,
  login: Login,
  { view, text }: Typed,
): { readonly answer: Json } | null {
  if (login.state !== 'challenged') return null
  const { challenge } = login
  const method = methodNamed(world, challenge.method)
  const views = method.describe(challenge.prompt, { ...challenge, label: null })
  const field = views.find(({ name }) => name === view)?.field
  return field ? { answer: { [field.name]: text } } : null
}

/**
 * An answer that comes from the authenticator itself. It completes the login; the session waits for
 * the browser that began it (`claimLogin`).
 */
export async function answerFromDevice(
  world: World,
  {
    id,
    from,
    answer,
  }: { readonly id: LoginId; readonly from: AuthenticatorId; readonly answer: unknown },
): Promise<AnsweredLogin> {
  return await retryStale('login.conflict', async () => {
    const found = await findAsked(world, { id, from })
    return found
      ? await judge(world, found, { answer, claim: null })
      : refusal('phone.request-not-found')
  })
}

/**
 * The same for a request that is still to be noted, in one commit with the answer.
 *
 * @returns `null` when nothing was written: the request is noted by itself then, and its answer
 *   judged anew.
 */
export async function answerAndNote(
  world: World,
  {
    id,
    device,
    answer,
    request,
  }: {
    readonly id: LoginId
    readonly device: BoundAuthenticator
    readonly answer: unknown
    readonly request: SignedAt
  },
): Promise<AnsweredLogin | null> {
  const found = await findAsked(world, { id, from: device.value.id })
  if (!found) return null
  const answered = await judge(world, found, { answer, claim: null, asked: { device, request } })
  const isWritten = answered !== 'stale' && (answered.ok || answered.login !== undefined)
  return isWritten ? answered : null
}

/** The login, while it waits for an answer of this authenticator. */
async function findAsked(
  world: World,
  { id, from }: { readonly id: LoginId; readonly from: AuthenticatorId },
): Promise<Versioned<Login> | null> {
  const found = await findLogin(world.db, id)
  const isAsked =
    found?.value.state === 'challenged' &&
    found.value.challenge.authenticatorId === from &&
    found.value.challenge.withdrawnAt === undefined
  return isAsked ? found : null
}

/**
 * The browser that began a login takes its session, once, while what proved it still answers: a
 * device that was stopped since it approved opens nothing more (A9, S85).
 */
export async function claimLogin(world: World, held: Held): Promise<AnsweredLogin> {
  return await retryStale<AnsweredLogin>('login.conflict', async () => {
    const found = await findHeld(world, held)
    if (!found) return refusal('login.not-found')
    const now = world.now()
    const moved = claimed(found.value, now)
    if ('stays' in moved) return refusal(moved.stays)
    const proving = await provingOf(world, moved.login, now)
    if (!proving) return refusal('login.expired')
    const claim = { token: newSecret(world.random), cookie: newSecret(world.random) }
    const step = { login: moved.login, effects: [], event: null } as const
    const browser = recognisedBrowser(world, moved.login, { cookie: claim.cookie, now })
    const { version } = found
    const [claimedIn, isTold] = await Promise.all([
      stampFor(world, moved.login),
      tellsLogins(world, moved.login),
    ])
    const opening = { version, now, claim, browser, claimedIn, isTold }
    const { commit, cookie } = withSession(world, step, opening)
    // Written as they are: an act that ends one of them at this moment comes before us, or ends
    // this session.
    if (!(await commitLogin(world.db, { ...commit, authenticators: proving }))) return 'stale'
    return { ok: true, login: moved.login, token: claim.token, browserCookie: cookie }
  })
}

/**
 * The authenticators that a login was confirmed with; `null` when one of them answers nothing any
 * more.
 */
async function provingOf(
  world: World,
  { subscriberId, proofs }: Login,
  now: Instant,
): Promise<readonly Versioned<Authenticator>[] | null> {
  const ids = proofs.flatMap(({ authenticatorId }) => authenticatorId ?? [])
  if (subscriberId === null || ids.length === 0) return []
  const held = await listAuthenticators(world.db, subscriberId)
  const proving = held.filter(({ value }) => ids.includes(value.id) && answers(value, now))
  return proving.length === ids.length ? proving : null
}

interface Answering {
  readonly answer: unknown
  readonly claim: Claim | null
  /** The device that answers, as it was read, and its request, which is not noted yet. */
  readonly asked?: { readonly device: BoundAuthenticator; readonly request: SignedAt }
}

/** Read, judge, decide, write: the whole of one answer, whichever door it came in through. */
async function judge(
  world: World,
  found: Versioned<Login>,
  { answer, claim, asked }: Answering,
): Promise<AnsweredLogin | 'stale'> {
  const now = world.now()
  const { value: login, version } = found
  if (login.state !== 'challenged')
    return refusal(login.state === 'expired' ? 'login.expired' : 'login.not-challenged')
  const method = methodNamed(world, login.challenge.method)
  const held = await heldAuthenticator(world, login, { now, found: asked?.device })
  const browser = claim && recognisedBrowser(world, login, { cookie: claim.cookie, now })
  const browserId = login.origin.browserId ?? browser?.value.id ?? null
  const isProgram = login.origin.isProgram ?? false
  const judging = { method, answer, now, browser: claim && browserId, isProgram }
  const verdict = await verdictOn(held, login, judging)
  if (verdict.outcome === 'malformed') return refusal('login.malformed-answer')
  if (verdict.outcome === 'late') return refusal('login.too-late')

  const counting =
    verdict.outcome === 'rejected'
      ? await countingFor(world, holdersOf(held, login), method)
      : UNCOUNTED
  const authenticator = judgedAuthenticator(held.value, verdict, { ...counting, now })
  const moved = judged(login, judgementOf(verdict, authenticator, method), now)
  if ('stays' in moved) return refusal(moved.stays)

  const answering = held.version === null ? [] : [{ value: authenticator, version: held.version }]
  const blocked = moved.problem === 'login.not-me' ? await blockedOrigin(world, login, now) : null
  const thief = blocked && isThief(login) ? login : null
  const devices = thief && (await devicesStoppedFor(world, thief, authenticator.id))
  const confirmed = await confirmedBy(world, moved.login, now)
  if (confirmed && 'problem' in confirmed) return confirmed
  const claimedIn = claim ? await stampFor(world, moved.login) : null
  const isTold = claim !== null && (await tellsLogins(world, moved.login))
  const opening = { version, now, claim, browser, claimedIn, isTold }
  const { commit, cookie, token } = withSession(world, moved, opening)
  const told = [blocked?.event, confirmed?.event, suspicionOf(login, held.value, verdict)].filter(
    (event) => event !== undefined,
  )
  const locked = moved.event ? toldToOthers(moved.event, login, held) : []
  const isRight = verdict.outcome === 'accepted' && !moved.problem
  const texts = isRight ? await textsEndedBy(world, authenticator, login) : null
  const further = [...told, ...locked, ...(devices?.events ?? []), ...(texts?.events ?? [])]
  const authenticators = [...answering, ...(devices?.changed ?? []), ...(texts?.changed ?? [])]
  const done = await commitLogin(world.db, {
    ...commit,
    authenticators,
    events: [...commit.events, ...further],
    ...(confirmed && { task: confirmed.task }),
    ...(asked && { request: { ...asked.request, authenticatorId: asked.device.value.id } }),
    ...(blocked && { browser: blocked.browser }),
    ...(thief && {
      ended: {
        by: 'not-me',
        subscriberId: thief.subscriberId,
        ...(devices && { stamp: devices.stamp }),
        besides: login.id,
      },
    }),
  })
  if (!done) return 'stale'
  if (moved.login.state === 'completed') await refundLoginAttempt(world, login)
  wakeUp(world, login, thief)
  if (moved.problem) {
    const shown = shownId(world, login, login.challenge.authenticatorId)
    return { ok: false, problem: moved.problem, login: moved.login, asked: shown }
  }
  return { ok: true, login: moved.login, token, browserCookie: cookie }
}

/** The devices that end when a client says on a phone that a task was not theirs. */
const devicesStoppedFor = async (
  world: World,
  { subscriberId }: WithSubscriber,
  asked: AuthenticatorId,
) =>
  await devicesEndedBy(world, {
    by: 'not-me',
    subscriberId,
    actor: 'device',
    besides: [asked],
  })

/** Every page and device that waits for this answer. */
function wakeUp({ wakeUps }: World, login: Challenged, thief: WithSubscriber | null): void {
  wakeUps.publish(topicOfLogin(login.id))
  wakeUps.publish(topicOfPhone(login.challenge.authenticatorId))
  if (thief) wakeUps.publish(topicOfClient(thief.subscriberId))
}

type WithSubscriber = Login & { readonly subscriberId: SubscriberId }

/**
 * The other clients who hold it hear that it is locked, and nothing of the login: that is not
 * theirs (R120).
 */
function toldToOthers(
  event: AuditEvent,
  { subscriberId: own }: Challenged,
  { subscriberIds }: HeldAuthenticator,
): readonly AuditEvent[] {
  if (event.kind !== 'login.answer-refused' || !event.disabled) return []
  const { loginId: _, ...fact } = event
  const others = subscriberIds.filter((id) => id !== own)
  return others.map((subscriberId) => ({ ...fact, subscriberId, over: false }))
}

/**
 * A task that its holder knows nothing of was asked for by an attacker who is in already, with a
 * session that is not theirs.
 */
const isThief = (login: Login): login is WithSubscriber =>
  login.task !== null && login.subscriberId !== null

/** The authenticator that was asked; a decoy's exists only for as long as its answer is refused. */
async function heldAuthenticator(
  world: World,
  { challenge, decoy, userName, subscriberId }: Challenged,
  { now, found: device }: { readonly now: Instant; readonly found: BoundAuthenticator | undefined },
): Promise<HeldAuthenticator> {
  const { authenticatorId: id, method } = challenge
  if (decoy) {
    const value = decoyAuthenticator(world, { id, method, userName }, now)
    return { value, version: null, isBound: false, subscriberIds: [] }
  }
  const found = device ?? (await findAuthenticator(world.db, id))
  if (!found) throw new Error('a challenge to an authenticator that does not exist')
  const isBound = found.subscriberIds.some((one) => one === subscriberId)
  return { ...found, isBound }
}

interface HeldAuthenticator extends Pick<BoundAuthenticator, 'value' | 'subscriberIds'> {
  readonly version: number | null
  /**
   * Whether it serves the client who logs in; of a shared one that may have ended since the
   * challenge.
   */
  readonly isBound: boolean
}

async function verdictOn(
  { value: held, isBound }: HeldAuthenticator,
  { challenge, decoy }: Challenged,
  {
    method,
    ...judging
  }: { readonly method: Method } & Pick<Judging, 'answer' | 'now' | 'browser' | 'isProgram'>,
): Promise<Verdict> {
  const { expected } = challenge
  const verdict = await method.verify(held.state, {
    authenticatorId: held.id,
    expected,
    ...judging,
  })
  // Suspended, disabled, revoked or expired since the challenge was opened: no answer of it is
  // right any more.
  const valid = answers(held, judging.now) && isBound && !decoy
  const isRight = ['accepted', 'matched'].includes(verdict.outcome) || 'explained' in verdict
  if (valid || !isRight) return verdict
  const reason = decoy ? 'decoy' : whyNot(held, isBound)
  // It was right, and its time is over: the client who has typed it may know that (R161).
  const { expired: explained } = reason === 'expired' ? method : {}
  return { outcome: 'rejected', reason, ...(explained && { explained }) }
}

function whyNot({ lifecycle }: Authenticator, isBound: boolean): string {
  if (lifecycle !== 'active') return lifecycle
  return isBound ? 'expired' : 'unbound'
}

/** A decoy has no holder; the accounts of the name are read all the same, for the time it takes. */
const holdersOf = (
  { subscriberIds }: HeldAuthenticator,
  { subscriberId }: Challenged,
): readonly SubscriberId[] =>
  subscriberIds.length > 0 || subscriberId === null ? subscriberIds : [subscriberId]

/** What was right is not counted. */
const UNCOUNTED: Counting = { hardCap: 0, countsAll: false }

type Judged = Exclude<Verdict, { outcome: 'malformed' | 'late' }>

export function judgedAuthenticator(
  held: Authenticator,
  verdict: Judged,
  {
    hardCap,
    now,
    countsAll = false,
  }: Partial<Counting> & Pick<Counting, 'hardCap'> & { readonly now: Instant },
): Authenticator {
  switch (verdict.outcome) {
    case 'accepted': {
      const used = succeeded(held, verdict.state, now)
      return verdict.spent ? { ...used, lifecycle: 'revoked' } : used
    }
    case 'matched':
    case 'denied':
      return { ...held, state: verdict.state }
    case 'rejected': {
      const judged = { ...held, state: verdict.state ?? held.state }
      const isApart = verdict.apart ? !countsAll : verdict.explained !== undefined
      const counted = verdict.guess === false || isApart ? judged : failed(judged, hardCap)
      return verdict.disable ? { ...counted, lifecycle: 'disabled' } : counted
    }
  }
}

/** The audit event of a right answer that may have come from a copy. */
export const suspicionOf = (
  { subscriberId, id: loginId }: Pick<Login, 'subscriberId' | 'id'>,
  { id: authenticatorId, method }: Pick<Authenticator, 'id' | 'method'>,
  verdict: Verdict,
): AuditEvent | undefined =>
  verdict.outcome === 'accepted' && verdict.copySuspected
    ? { kind: 'authenticator.copy-suspected', subscriberId, loginId, authenticatorId, method }
    : undefined

/** What a right answer proves. */
export function proofOf(
  { name: method, acr, ...plain }: Method,
  { id: authenticatorId, pendingUntil }: Authenticator,
  { amr = plain.amr, carried, ...verdict }: Extract<Verdict, { outcome: 'accepted' }>,
): Proof & { readonly authenticatorId: AuthenticatorId } {
  // A phone that waits to take the place of another opens statements only, whatever it proves.
  const waiting = pendingUntil && [{ until: pendingUntil, opens: 'reading' as const }]
  const phases = waiting ?? verdict.phases
  return {
    method,
    authenticatorId,
    acr,
    amr,
    ...(phases && { phases }),
    ...(carried && { carried }),
  }
}

function judgementOf(verdict: Judged, authenticator: Authenticator, method: Method): Judgement {
  switch (verdict.outcome) {
    case 'accepted': {
      const { used } = verdict
      const proof = proofOf(method, authenticator, verdict)
      return { outcome: 'accepted', proof, ...(used && { used }) }
    }
    case 'matched':
      return { outcome: 'matched' }
    case 'denied':
      return { outcome: 'denied', notMe: verdict.notMe }
    case 'rejected': {
      const disabled = authenticator.lifecycle !== 'active'
      const { reason, open = false, explained } = verdict
      return { outcome: 'rejected', reason, disabled, open, ...(explained && { explained }) }
    }
  }
}
