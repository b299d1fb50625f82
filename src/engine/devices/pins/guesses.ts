import type { BoundAuthenticator } from '#store/devices/authenticators.ts'
import type { Enrolment } from '#core/devices/enrolment.ts'
import type { GuesserKind } from '#core/devices/events.ts'
import type { SubscriberId } from '#core/ids.ts'
import type { Problem, Refusal } from '#core/problems.ts'
import type { Session } from '#core/sessions/session.ts'
import { before, hours, type Instant } from '#core/time/time.ts'
import { refusal, type World } from '#engine/world.ts'
import { commitAuthenticators } from '#store/devices/authenticators.ts'
import { listBrowsers } from '#store/login/browsers.ts'
import type { Taken } from '#store/server/rate-limits.ts'
import { findSessionById } from '#store/sessions/sessions.ts'

/**
 * Whether a PIN is known of a client says something of what is on record of them: an attacker with
 * their session, their invitation or their phone would find out the birth date by choosing PIN
 * after PIN. So each browser and each phone has ten guesses a day.
 *
 * Browsers can be had anew: those of one day share what they have. What a client has had for longer
 * does not take part in that, so a thief who has just come in uses up nothing of it.
 */
const PER_ASKER = { name: 'pin-check', count: 10, per: hours(24) } as const
const PER_CLIENT = { name: 'pin-check-client', count: 30, per: hours(24) } as const

/** What is older is the client's own, and counts by itself. */
const OWN_AFTER = hours(24)

export interface Guess {
  /** The browser or the phone; a session or an invitation counts with the browser it is of. */
  readonly asker: string
  readonly kind: GuesserKind
  readonly holder: SubscriberId
  /** Whether the client has had it for longer than a day. */
  readonly isOld: boolean
}

const countedIn = ({ asker, holder, isOld }: Guess) => [
  [PER_ASKER, asker] as const,
  ...(isOld ? [] : [[PER_CLIENT, holder] as const]),
]

/** Who guesses on a page. */
export async function guesserOf(
  world: World,
  { id, subscriberId, origin }: Pick<Session, 'id' | 'subscriberId' | 'origin'>,
): Promise<Guess> {
  const browsers = await listBrowsers(world.db, subscriberId)
  const known = browsers.find(({ value }) => value.id === origin.browserId)?.value
  return {
    asker: known?.id ?? id,
    kind: 'browser',
    holder: subscriberId,
    isOld: known !== undefined && isOld(world, known.createdAt),
  }
}

/** A phone that is not bound yet guesses with the browser that has invited it. */
export async function guesserInvited(
  world: World,
  { sessionId, subscriberId }: Pick<Enrolment, 'sessionId' | 'subscriberId'>,
): Promise<Guess> {
  const session = await findSessionById(world.db, sessionId)
  const invited = session?.subscriberId === subscriberId ? session : null
  const none = { asker: sessionId, holder: subscriberId, isOld: false } as const
  return { ...(invited ? await guesserOf(world, invited) : none), kind: 'invitation' }
}

export const guesserPhone = (
  world: World,
  { value: { id, createdAt } }: Pick<BoundAuthenticator, 'value'>,
  holder: SubscriberId,
): Guess => ({ asker: id, kind: 'phone', holder, isOld: isOld(world, createdAt) })

const isOld = ({ now }: World, since: Instant): boolean => since <= before(now(), OWN_AFTER)

/** One guess; none, where there is none left, which the client reads in the activity. */
export async function takeGuess(world: World, guess: Guess): Promise<Taken> {
  const at = world.now()
  const taken: ReturnType<typeof countedIn> = []
  for (const [rule, key] of countedIn(guess)) {
    const one = await world.limits.take(rule, key)
    if (one.ok) taken.push([rule, key] as (typeof taken)[number])
    else {
      for (const [own, asker] of taken) await world.limits.giveBack(own, asker, at)
      await tell(world, guess, 'used-up')
      return one
    }
  }
  return { ok: true }
}

/**
 * The first that is refused on a day, and that none are left: an event for each would push what
 * matters out of the activity.
 */
async function tell(
  world: World,
  { asker, kind: by, holder: subscriberId }: Guess,
  outcome: 'refused' | 'used-up',
): Promise<void> {
  const once = { name: `pin-check-${outcome}`, count: 1, per: hours(24) } as const
  if (!(await world.limits.take(once, asker)).ok) return
  const event = { kind: 'authenticator.pin-guessed', subscriberId, by, outcome } as const
  await commitAuthenticators(world.db, { now: world.now(), changed: [], events: [event] })
}

/** What is refused for these is refused whatever is known of the client. */
const TELL_NOTHING: readonly Problem[] = ['authenticator.pin-form', 'authenticator.pin-guessable']

/** Judges a PIN that was typed on a page. */
export async function guessed<Chosen extends { readonly ok: true } | Refusal>(
  world: World,
  session: Pick<Session, 'id' | 'subscriberId' | 'origin'>,
  choose: () => Chosen,
): Promise<Chosen | Refusal> {
  const at = world.now()
  const guess = await guesserOf(world, session)
  const taken = await takeGuess(world, guess)
  if (!taken.ok) return refusal('authenticator.pin-tries', taken.until)
  const chosen = choose()
  if (chosen.ok) return chosen
  if (TELL_NOTHING.includes(chosen.problem))
    for (const [rule, key] of countedIn(guess)) await world.limits.giveBack(rule, key, at)
  if (chosen.problem === 'authenticator.pin-known') await tell(world, guess, 'refused')
  return chosen
}
