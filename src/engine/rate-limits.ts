import { userNameKey } from '#core/subscribers/account.ts'
import type { AuthenticatorId, SessionId } from '#core/ids.ts'
import type { Login } from '#core/login/state.ts'
import type { Refusal } from '#core/problems.ts'
import { days, hours, type Instant, minutes } from '#core/time/time.ts'
import { networkOf } from '#engine/network.ts'
import { opaque } from '#engine/secrets.ts'
import { refusal, type World } from '#engine/world.ts'
import type { RateRule } from '#store/server/rate-limits.ts'

/** How much one network address and its network may try, under all names together. */
export interface Guesses {
  readonly perAddress: RateRule
  readonly perSubnet: RateRule
  /**
   * Of one network at one name: what has to last for the owner of a code is not used up from one
   * place.
   */
  readonly perSubnetAtName?: RateRule
}

/** @see security limits 2.2 `password` */
const PASSWORDS: Guesses = {
  perAddress: { name: 'password-address', count: 30, per: minutes(10) },
  perSubnet: { name: 'password-subnet', count: 120, per: minutes(10) },
}

/**
 * Logins in a browser that its subscriber has used before, or within a session. They have a budget
 * of their own in the database, so strangers at the same address, who use up what is above, do not
 * shut this door (S10, A28).
 */
const OWNERS: Guesses = {
  perAddress: { name: 'owner-address', count: 300, per: minutes(10) },
  perSubnet: { name: 'owner-subnet', count: 1_200, per: minutes(10) },
}

/** Counted apart from passwords: an attacker who guesses those does not close this door (A28). */
export const IDENTITIES: Guesses = {
  perAddress: { name: 'identify-address', count: 30, per: minutes(10) },
  perSubnet: { name: 'identify-subnet', count: 120, per: minutes(10) },
}

/**
 * Passkeys of staff at the desk. Signatures are not guessed: this keeps an attacker from using up
 * our capacity.
 */
export const STAFF: Guesses = {
  perAddress: { name: 'staff-address', count: 60, per: minutes(10) },
  perSubnet: { name: 'staff-subnet', count: 240, per: minutes(10) },
}

/**
 * Addresses that let no new member in. 256 bits are not guessed, and any page of the web can make a
 * browser open such addresses: what they use up is needed by no login, and by no good invitation.
 */
export const INVITATIONS: Guesses = {
  perAddress: { name: 'invitation-address', count: 60, per: minutes(10) },
  perSubnet: { name: 'invitation-subnet', count: 240, per: minutes(10) },
}

/**
 * Codes of calls, each with a passkey. A code alone opens nothing: this keeps an attacker from
 * guessing whether one is asked at all.
 */
export const CALL_CODES: Guesses = {
  perAddress: { name: 'call-code', count: 10, per: minutes(10) },
  perSubnet: { name: 'call-code-subnet', count: 60, per: minutes(10) },
}

/** Tests of the connection: each costs us an open answer of two seconds, and opens nothing. */
export const CONNECTIVITY: Guesses = {
  perAddress: { name: 'connectivity', count: 60, per: minutes(10) },
  perSubnet: { name: 'connectivity-subnet', count: 600, per: minutes(10) },
}

/**
 * Answers to "Did this help?". They are counted and nothing else: what a stranger sends beyond this
 * changes no count.
 */
export const HELPED: Guesses = {
  perAddress: { name: 'helped', count: 6, per: hours(1) },
  perSubnet: { name: 'helped-subnet', count: 60, per: hours(1) },
}

/** Searches of the help on a phone, which count them by themselves; beyond this none is counted. */
export const SEARCHED: Guesses = {
  perAddress: { name: 'searched', count: 60, per: hours(1) },
  perSubnet: { name: 'searched-subnet', count: 600, per: hours(1) },
}

/** Results that are shared: each is kept for a week. */
export const CONNECTIVITY_SHARES: Guesses = {
  perAddress: { name: 'connectivity-share', count: 10, per: hours(1) },
  perSubnet: { name: 'connectivity-share-subnet', count: 60, per: hours(1) },
}

/** Codes of results. One in 20 million is in use at the most. */
export const CONNECTIVITY_CODES: Guesses = {
  perAddress: { name: 'connectivity-code', count: 30, per: minutes(10) },
  perSubnet: { name: 'connectivity-code-subnet', count: 120, per: minutes(10) },
}

/** Codes that the desk has read out (S10, A28). */
const RESETS: Guesses = {
  perAddress: { name: 'reset-address', count: 30, per: minutes(10) },
  perSubnet: { name: 'reset-subnet', count: 120, per: minutes(10) },
  perSubnetAtName: { name: 'reset-subnet-name', count: 10, per: hours(1) },
}

/** Activation codes that are typed (S67, A4). */
export const ACTIVATIONS: Guesses = {
  perAddress: { name: 'enrolment-code', count: 20, per: minutes(10) },
  perSubnet: { name: 'enrolment-subnet', count: 60, per: minutes(10) },
  perSubnetAtName: { name: 'enrolment-subnet-name', count: 10, per: minutes(10) },
}

/**
 * Codes of pictures that were never shown. 130 bits are not guessed: this only keeps an attacker
 * from using up our capacity.
 */
export const PICTURES: Guesses = {
  perAddress: { name: 'enrolment-token', count: 60, per: minutes(10) },
  perSubnet: { name: 'enrolment-token-subnet', count: 600, per: minutes(10) },
}

/**
 * Answers of one session that prove a change of an authenticator or that it has arrived. Wrong ones
 * count towards the cap of the authenticator too: an attacker with only a cookie must not use that
 * up (S1, A28).
 */
const PROOFS = { name: 'session-proofs', count: 3, per: days(1) } as const

/**
 * How often one session ends others. Whatever its owner has half begun ends each time, so a stolen
 * cookie would keep them out for as long as it lasts (A28). A day is longer than any session: an
 * hour would begin anew.
 */
const ENDS = { name: 'session-ends', count: 5, per: days(1) } as const

/**
 * How often the stop of a device that several hold ends what the others have: one holder who stops
 * it and brings it back again and again does not keep the others out (A28).
 */
const STOPS = { name: 'shared-stops', count: 5, per: days(1) } as const

/**
 * Never given back: an attacker who has a name and a password may not keep us hashing with them.
 */
const ARRIVALS = { name: 'login-arrivals', count: 1_200, per: minutes(10) } as const

/** Where a guess comes from, and whose name it says. */
export interface Source {
  readonly address: string
  /** As `userNameKey` makes it. */
  readonly nameKey: string
}

/**
 * Takes one attempt of an address, and one of its network; none, where one of them has none left.
 */
export async function takeAttempt(
  world: World,
  source: Source,
  guesses: Guesses,
): Promise<Refusal | null> {
  const arrived = await world.limits.take(ARRIVALS, source.address)
  if (!arrived.ok) return refusal('request.too-many', arrived.until)
  return await takeGuess(world, source, guesses)
}

/** The same without what all logins of the address have together. */
export async function takeGuess(
  world: World,
  source: Source,
  guesses: Guesses,
): Promise<Refusal | null> {
  const { limits } = world
  const now = world.now()
  const taken: Counted[] = []
  for (const counted of countedIn(world, source, guesses)) {
    const one = await limits.take(counted.rule, counted.key)
    if (!one.ok) {
      // It was not tried: this address is not to wait because its neighbours have to.
      for (const { rule, key } of taken) await limits.giveBack(rule, key, now)
      return refusal('request.too-many', one.until)
    }
    taken.push(counted)
  }
  return null
}

interface Counted {
  readonly rule: RateRule
  readonly key: string
}

/** What one guess takes, the nearest first. */
function countedIn(
  world: World,
  { address, nameKey }: Source,
  { perAddress, perSubnet, perSubnetAtName }: Guesses,
): readonly Counted[] {
  const network = networkOf(address)
  return [
    { rule: perAddress, key: address },
    ...(perSubnetAtName
      ? [{ rule: perSubnetAtName, key: `${network} ${opaque(world.keys, nameKey)}` }]
      : []),
    { rule: perSubnet, key: network },
  ]
}

/** What a login at this stage takes from. */
export const guessesOf = ({
  isKnown,
  resets,
}: {
  /** By its browser, or because it happens within a session. */
  readonly isKnown: boolean
  readonly resets: boolean
}): Guesses => (isKnown ? OWNERS : resets ? RESETS : PASSWORDS)

/**
 * A login that is complete was no guess: what it took is given back, so that every client of an
 * office or a mobile network can log in through its one address. Not earlier: what is given back
 * for a right password alone would tell a right one from a wrong one. Only when it is written: a
 * login that was lost on the way has cost a try.
 */
export async function refundLoginAttempt(
  world: World,
  { origin: { address, browserId }, task, resets, userName, startedAt }: Login,
): Promise<void> {
  const isKnown = browserId !== null || task !== null
  const source = { address, nameKey: userNameKey(userName) ?? '' }
  await refundAttempt(
    world,
    { ...source, at: startedAt },
    guessesOf({ isKnown, resets: resets ?? false }),
  )
}

/** Whether a stop of this device ends, once more today, what its other holders have. */
export const mayEndOthers = async ({ limits }: World, id: AuthenticatorId): Promise<boolean> =>
  (await limits.take(STOPS, id)).ok

/** Takes one of the times that a session may end others; says until when there is none. */
export async function tooManyEnded({ limits }: World, session: SessionId): Promise<Refusal | null> {
  const taken = await limits.take(ENDS, session)
  return taken.ok ? null : refusal('session.too-many-ended', taken.until)
}

/**
 * Judges an answer with which a session proves something of an authenticator, unless too many of
 * the session were wrong, or one more would disable the authenticator: that is for logins to do,
 * which know a password. Only a wrong one costs a try.
 */
export async function judgedWithin<Verdict extends { readonly outcome: string }>(
  { limits, now }: World,
  { session, triesLeft }: { readonly session: SessionId; readonly triesLeft: number },
  judge: () => Verdict,
): Promise<Verdict | Refusal> {
  if (triesLeft <= 1) return refusal('authenticator.tries-used')
  const at = now()
  const taken = await limits.take(PROOFS, session)
  if (!taken.ok) return refusal('authenticator.tries-used')
  const verdict = judge()
  if (verdict.outcome !== 'rejected') await limits.giveBack(PROOFS, session, at)
  return verdict
}

/** Gives back what was taken at `at`. */
export async function refundAttempt(
  world: World,
  { at, ...source }: Source & { readonly at: Instant },
  guesses: Guesses,
): Promise<void> {
  for (const { rule, key } of countedIn(world, source, guesses)) {
    await world.limits.giveBack(rule, key, at)
  }
}
