import type { Contact } from '#core/contact/address.ts'
import { answers } from '#core/devices/authenticator.ts'
import { FORBIDDEN, type Forbidden, type Hold } from '#core/sessions/rights.ts'
import { mayChangeSettings } from '#core/subscribers/primary-user.ts'
import type { Instant } from '#core/time/time.ts'
import { obstacleToAddress, provableAddress } from '#engine/devices/address-proof.ts'
import type { OpenSession } from '#engine/sessions/rights.ts'
import type { World } from '#engine/world.ts'
import type { Holding } from '#store/devices/authenticators.ts'

/** What a client should know of, or do something about, on the first page of the portal. */
export type Attention =
  | { readonly kind: 'device-waiting'; readonly label: string; readonly until: Instant }
  | { readonly kind: 'hold'; readonly forbids: Forbidden; readonly until: Instant }
  | { readonly kind: 'device-locked'; readonly label: string }
  | { readonly kind: 'no-device' | 'one-device' | 'email-missing' | 'email-unverified' }

interface Known {
  /** Second factors. */
  readonly authenticators: readonly Holding[]
  /** The addresses that count. */
  readonly contacts: readonly Contact[]
  readonly holds: readonly Hold[]
}

/** The most urgent first; what this session could not do about it is not asked of the client. */
export async function attentionOf(
  world: World,
  session: OpenSession,
  known: Known,
): Promise<readonly Attention[]> {
  const { decision, subscriber } = session
  // What takes a device to be confirmed is not asked of a client who has none left.
  const isAlone = !known.authenticators.some((held) => canConfirm(world, held))
  const isFree = mayChangeSettings(subscriber, world.now()) && !isAlone
  return [
    ...devicesWaiting(world, known),
    ...heldBack(known),
    ...devicesLocked(known),
    ...(isAlone ? [{ kind: 'no-device' as const }] : []),
    ...(isFree && decision.rights.bind ? oneDevice(world, known) : []),
    ...(isFree && (await mayVerifyMail(world, session)) ? mailAddress(known) : []),
  ]
}

const devicesWaiting = ({ now }: World, { authenticators }: Known): readonly Attention[] =>
  authenticators.flatMap(({ label, pendingUntil, ...held }) =>
    pendingUntil !== null && answers(held, now())
      ? [{ kind: 'device-waiting' as const, label, until: pendingUntil }]
      : [],
  )

/** Each right that is held back, until the last hold on it ends. */
const heldBack = ({ holds }: Known): readonly Attention[] =>
  FORBIDDEN.flatMap((forbids) => {
    const ends = holds.filter((one) => one.forbids.includes(forbids)).map(({ until }) => until)
    const [until] = ends.toSorted((one, other) => other - one)
    return until === undefined ? [] : [{ kind: 'hold' as const, forbids, until }]
  })

const devicesLocked = ({ authenticators }: Known): readonly Attention[] =>
  authenticators.flatMap(({ label, lifecycle }) =>
    lifecycle === 'disabled' ? [{ kind: 'device-locked' as const, label }] : [],
  )

/** Whether its client can log in with it now. */
const canConfirm = ({ now }: World, held: Holding): boolean =>
  answers(held, now()) && held.pendingUntil === null

/** What stands in for a device for a while is none. */
function oneDevice(world: World, { authenticators }: Known): readonly Attention[] {
  const lasting = authenticators.filter(
    (held) => canConfirm(world, held) && !world.methods.get(held.method)?.standsIn,
  )
  return lasting.length === 1 ? [{ kind: 'one-device' }] : []
}

async function mayVerifyMail(world: World, session: OpenSession): Promise<boolean> {
  const found = provableAddress(world, 'email')
  return found !== null && (await obstacleToAddress(world, session, found)) === null
}

function mailAddress({ contacts }: Known): readonly Attention[] {
  const mail = contacts.find(({ kind }) => kind === 'email')
  if (!mail) return [{ kind: 'email-missing' }]
  return mail.verifiedAt === null ? [{ kind: 'email-unverified' }] : []
}
