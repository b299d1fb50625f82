import { answers } from '#core/devices/authenticator.ts'
import type { AuthenticatorId } from '#core/ids.ts'
import { deliveryOf, type DeliveryNews } from '#engine/delivery/receipts.ts'
import type { OpenSession } from '#engine/sessions/rights.ts'
import { methodNamed, type World } from '#engine/world.ts'
import { countryOf } from '#methods/telephone-number.ts'
import { listContacts } from '#store/contact/addresses.ts'
import { findLastAbout } from '#store/delivery/carrier-messages.ts'
import { listHoldings } from '#store/devices/authenticators.ts'

/** Why a code does not reach a client: what the carrier has said of the last one (R088). */
export interface TextStanding {
  /** How far it came, the latest last; empty where none was sent lately. */
  readonly last: readonly DeliveryNews[]
  /** Where the number is from (ISO 3166-1): whom to ask there. */
  readonly country: string | null
  /** Whether a phone confirms already, over a channel that no carrier stops. */
  readonly hasPhone: boolean
}

/** Of a device that codes are sent to, for its own client; `null` of any other. */
export async function textStandingOf(
  world: World,
  { subscriberId }: Pick<OpenSession, 'subscriberId'>,
  id: AuthenticatorId,
): Promise<TextStanding | null> {
  const [held, contacts, about] = await Promise.all([
    listHoldings(world.db, subscriberId),
    listContacts(world.db, subscriberId),
    findLastAbout(world.db, subscriberId),
  ])
  const device = held.find((one) => one.id === id)
  if (!device || !methodNamed(world, device.method).restricted) return null
  const number = contacts.find(({ kind, replacedAt }) => kind === 'mobile' && replacedAt === null)
  return {
    last: about ? await deliveryOf(world, about) : [],
    country: number ? countryOf(number.value) : null,
    hasPhone: held.some(
      (one) => answers(one, world.now()) && methodNamed(world, one.method).device !== undefined,
    ),
  }
}
