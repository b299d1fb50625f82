import { type Acr, atLeast, stronger } from '#core/assurance.ts'
import { answers, type Authenticator } from '#core/devices/authenticator.ts'
import type { Instant } from '#core/time/time.ts'

/** What a method says of itself that counts here. */
interface Kind {
  readonly acr: Acr
  readonly secondFactor: boolean
  readonly vouched?: boolean
}

/**
 * What has to confirm that another password is chosen: the strongest that the client holds. A code
 * of the desk takes the place of the password, so a text beside it would let in an agent who has
 * the number; a client with a phone, card or passkey confirms with one of those (S18, A13).
 *
 * What was blocked or disabled counts as long as it is not removed: it is no way to need less. A
 * client on temporary access has told the desk what is lost, and needs what is left.
 */
export function neededToReset(
  kinds: ReadonlyMap<string, Kind>,
  held: readonly Pick<
    Authenticator,
    'method' | 'lifecycle' | 'pendingUntil' | 'restsSince' | 'expiresAt'
  >[],
  now: Instant,
): Acr {
  const seconds = held
    // One that waits to take the place of another proves nothing yet (S73).
    .filter(({ lifecycle, pendingUntil }) => lifecycle !== 'revoked' && pendingUntil === null)
    .flatMap((one) => {
      const kind = kinds.get(one.method)
      return kind?.secondFactor ? [{ ...one, kind }] : []
    })
  const able = seconds.filter((one) => answers(one, now))
  const stopped = seconds.filter(
    ({ lifecycle, restsSince }) => lifecycle !== 'active' && restsSince === null,
  )
  const isVouched = able.some(({ kind }) => kind.vouched)
  const counting = isVouched ? able : [...able, ...stopped]
  const strongest = counting.map(({ kind }) => kind.acr).reduce<Acr>(stronger, '1')
  // Above the restricted ones each is enough.
  return atLeast(strongest, '3') ? '3' : strongest
}
