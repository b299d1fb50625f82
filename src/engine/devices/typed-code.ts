import { userNameKey } from '#core/subscribers/account.ts'
import { type Enrolment, obstacle, opened } from '#core/devices/enrolment.ts'
import { readBase32 } from '#core/text/typed.ts'
import { newId, type SessionId, type SubscriberId } from '#core/ids.ts'
import type { Refusal } from '#core/problems.ts'
import {
  ACTIVATION_CODES,
  type Budget,
  NO_FAILURES,
  OWN_CODES,
  reserved,
  type Throttle,
} from '#core/login/throttle.ts'
import type { Instant } from '#core/time/time.ts'
import { retryStale } from '#engine/retry.ts'
import { ACTIVATIONS, takeAttempt, refundAttempt } from '#engine/rate-limits.ts'
import { endSiteOf } from '#engine/network.ts'
import { keyedHash, newSecret } from '#engine/secrets.ts'
import { refusal, type World } from '#engine/world.ts'
import { findOpenEnrolment } from '#store/devices/enrolments.ts'
import { findLogin } from '#store/login/logins.ts'
import { findSessionById } from '#store/sessions/sessions.ts'
import {
  commitGuess,
  findThrottle,
  invitationThrottle,
  nameThrottle,
} from '#store/login/throttles.ts'
import { OF_NOBODY, type Versioned } from '#store/queries/versioned.ts'

/**
 * An activation code that is typed with a user name, on a phone that is not bound yet.
 *
 * Strangers' guesses are counted by address, by network, by network and name, and by name. They
 * slow strangers and nothing else: the invitation is not written, so they can neither end it nor be
 * in the way of the client who binds by it. A claimant at the end site that the invitation was
 * asked from has tries of their own.
 *
 * @see docs/threats.md, A4 and A28; security S10
 */
export async function findByTyped(
  world: World,
  { userName, code }: { readonly userName: string; readonly code: string },
  address: string,
): Promise<Versioned<Enrolment> | Refusal> {
  const source = { address, nameKey: userNameKey(userName) ?? '' }
  const at = world.now()
  const open = await findOpenEnrolment(world.db, source.nameKey)
  const awaited = open && obstacle(open.value, at) === null ? open : null
  // No response tells whether a client awaits a phone: the same is written for an unknown name.
  const invitation = awaited ?? { value: ofNobody(world, at), version: OF_NOBODY }
  const guess = { invitation, isAwaited: awaited !== null, code }
  if (awaited && (await isFromTheSameSite(world, awaited.value, address))) {
    const key = invitationThrottle(awaited.value.id)
    const own = await judged(world, { ...guess, key, budget: OWN_CODES })
    if (own !== 'slowed') return own
  }
  const slowed = await takeAttempt(world, source, ACTIVATIONS)
  if (slowed) return slowed
  const key = nameThrottle(world.db, source.nameKey, 'activation')
  const found = await judged(world, { ...guess, key, budget: ACTIVATION_CODES })
  if (found === 'slowed') throw new Error('a budget without an end has ended')
  if (!('problem' in found)) await refundAttempt(world, { ...source, at }, ACTIVATIONS)
  return found
}

interface Guess {
  readonly invitation: Versioned<Enrolment>
  readonly isAwaited: boolean
  readonly code: string
  readonly key: string
  readonly budget: Budget
}

/** How often a guess is taken again when others guess at the same name just now. */
const TRIES = 5

/**
 * Judges a code and writes the count in one commit under the version that was read, and tells
 * nothing of what was not written: of fifty guesses at once no more are heard than the count allows
 * (A4).
 *
 * @returns `slowed` where the budget has none left for good.
 */
const judged = async (
  world: World,
  guess: Guess,
): Promise<Versioned<Enrolment> | Refusal | 'slowed'> =>
  await retryStale<Versioned<Enrolment> | Refusal | 'slowed'>(
    'enrolment.too-many-codes',
    async () => {
      const now = world.now()
      const { invitation, isAwaited, key, budget } = guess
      const counted = await findThrottle(world.db, key)
      const reservation = reserved(counted?.value ?? NO_FAILURES, budget, now)
      if (!reservation.ok) {
        const { problem } = reservation
        return problem === 'login.wait'
          ? refusal('enrolment.too-many-codes', reservation.until)
          : 'slowed'
      }
      const isRight = isCodeOf(world, guess)
      const value: Throttle = isRight ? NO_FAILURES : reservation.throttle
      const { subscriberId, id: enrolmentId } = invitation.value
      const about = { subscriberId: isAwaited ? subscriberId : null, enrolmentId }
      const done = await commitGuess(world.db, {
        now,
        throttle: { key, value, version: counted?.version ?? null },
        events: isRight ? [] : [{ kind: 'enrolment.code-refused', ...about }],
      })
      if (!done) return 'stale'
      return isRight ? invitation : refusal('enrolment.wrong-code')
    },
    TRIES,
  )

/** Both are keyed hashes: comparing them tells nothing of the code. */
function isCodeOf(world: World, { invitation: { value }, code }: Guess): boolean {
  const typed = `${value.subscriberId} ${readBase32(code)}`
  return keyedHash(world.keys, 'enrolment', typed) === value.codeHash
}

/**
 * Whether a phone is at the end site that the session which invited it was opened from: at home,
 * mostly.
 */
async function isFromTheSameSite(
  world: World,
  { sessionId }: Enrolment,
  address: string,
): Promise<boolean> {
  const session = await findSessionById(world.db, sessionId)
  const login = session && (await findLogin(world.db, session.loginId))
  return login !== null && endSiteOf(login.value.origin.address) === endSiteOf(address)
}

/** An invitation whose code was never shown. */
function ofNobody(world: World, now: Instant): Enrolment {
  const unsaid = newSecret(world.random)
  return opened(
    {
      id: newId('enr', now, world.random),
      subscriberId: 'sub_' as SubscriberId,
      method: '',
      sessionId: 'ses_' as SessionId,
      codeHash: unsaid,
      tokenHash: unsaid,
      drawn: null,
      waits: false,
      stamp: 0,
      confirmed: null,
      confirmedIn: null,
    },
    now,
  )
}
