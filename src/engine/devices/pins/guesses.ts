import type { Problem, Refusal } from '#core/problems.ts'
import { hours } from '#core/time/time.ts'
import { refusal, type World } from '#engine/world.ts'
import type { Taken } from '#store/server/rate-limits.ts'

/**
 * Whether a PIN is known of a client says something of what is on record of them: an attacker with
 * their session, their invitation or their phone would find out the birth date by choosing PIN
 * after PIN. Each of these can be had anew, so those of one client are counted together as well.
 */
const PER_ASKER = { name: 'pin-check', count: 10, per: hours(24) } as const
const PER_CLIENT = { name: 'pin-check-client', count: 30, per: hours(24) } as const

export interface Guess {
  /** The session, the invitation or the phone. */
  readonly asker: string
  readonly holder: string
}

const countedIn = ({ asker, holder }: Guess) =>
  [[PER_ASKER, asker] as const, [PER_CLIENT, holder] as const] as const

/** One guess of both; none, where one of them has none left. */
export async function takeGuess({ limits, now }: World, guess: Guess): Promise<Taken> {
  const at = now()
  const [own, all] = countedIn(guess)
  const first = await limits.take(...own)
  if (!first.ok) return first
  const second = await limits.take(...all)
  if (!second.ok) await limits.giveBack(...own, at)
  return second
}

/** What is refused for these is refused whatever is known of the client. */
const TELL_NOTHING: readonly Problem[] = ['authenticator.pin-form', 'authenticator.pin-guessable']

/** Judges a PIN that was typed on a page. */
export async function guessed<Chosen extends { readonly ok: true } | Refusal>(
  world: World,
  guess: Guess,
  choose: () => Chosen,
): Promise<Chosen | Refusal> {
  const at = world.now()
  const taken = await takeGuess(world, guess)
  if (!taken.ok) return refusal('authenticator.pin-tries', taken.until)
  const chosen = choose()
  if (!chosen.ok && TELL_NOTHING.includes(chosen.problem))
    for (const [rule, key] of countedIn(guess)) await world.limits.giveBack(rule, key, at)
  return chosen
}
