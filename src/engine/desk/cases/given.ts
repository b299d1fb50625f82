import type { Case } from '#core/desk/case.ts'
import type { Authenticator } from '#core/devices/authenticator.ts'
import type { AuthenticatorId, OrderId } from '#core/ids.ts'
import type { Session } from '#core/sessions/session.ts'
import type { Instant } from '#core/time/time.ts'
import { isResting, standInsAmong } from '#engine/temporary-access/stand-ins.ts'
import type { World } from '#engine/world.ts'
import { listEventsOfKinds, type WrittenEvent } from '#store/audit/audit.ts'
import type { Versioned } from '#store/queries/versioned.ts'

/** What a call gave its caller, as far as it may count still. */
export interface Given {
  /** `null` for none, for one before the last, and for one whose device is back. */
  readonly passcode: GivenPasscode | null
  /** What was ordered to take the place of a device; `null` for nothing. */
  readonly orderId: OrderId | null
  /** Whether the last code for a password was read out in this call. */
  readonly hasLastCode: boolean
  /** Whether the password of now was chosen with such a code, or with the password that was. */
  readonly hasPassword: boolean
}

interface GivenPasscode {
  readonly id: AuthenticatorId
  readonly at: Instant
  /** Whether the caller said that what rests for it was lost or stolen. */
  readonly isLost: boolean
}

const NOTHING: Given = { passcode: null, orderId: null, hasLastCode: false, hasPassword: false }

const LOST: readonly string[] = ['lost', 'stolen']

/** The log says what was given under which case: no other record does. */
export async function givenIn(
  { db }: Pick<World, 'db'>,
  { id, subscriberId, openedAt: since }: Pick<Case, 'id' | 'subscriberId' | 'openedAt'>,
): Promise<Given> {
  const written = await listEventsOfKinds(db, subscriberId, TELLING)
  const all = written.filter(({ at }) => at >= since)
  return all.reduce<Given>((given, one) => next(given, one, id), NOTHING)
}

const TELLING = [
  ...(['authenticator.issued', 'authenticator.bound', 'authenticator.reactivated'] as const),
  ...(['password.reset-started', 'password.changed', 'order.placed'] as const),
] as const

function next(given: Given, { at, event }: WrittenEvent, id: Case['id']): Given {
  const isOurs = event.caseId === id
  switch (event.kind) {
    case 'authenticator.issued': {
      const passcode = { id: event.authenticatorId, at, isLost: LOST.includes(event.reason) }
      return { ...given, passcode: isOurs ? passcode : null }
    }
    case 'authenticator.bound':
      return without(given, event.replaced)
    case 'authenticator.reactivated':
      return without(given, event.ended)
    case 'order.placed':
      return isOurs ? { ...given, orderId: event.orderId } : given
    case 'password.reset-started':
      return { ...given, hasLastCode: isOurs }
    case 'password.changed':
      // To change it again takes the one before: it is still that of the caller.
      return event.by === 'reset' ? { ...given, hasPassword: given.hasLastCode } : given
    default:
      return given
  }
}

const without = (given: Given, ended: readonly AuthenticatorId[]): Given =>
  given.passcode && ended.includes(given.passcode.id) ? { ...given, passcode: null } : given

type Held = readonly Versioned<Authenticator>[]

/** What becomes of the devices of a client who did not make the call. */
export interface Undone {
  /** The passcode, and what was printed with it. */
  readonly ending: Held
  /** What has rested since, and works again. */
  readonly returning: Held
  /** Whether the session that says so was opened with what ends. */
  readonly endsSession: boolean
}

/**
 * The devices rested on the word of a caller who was not their holder, so they work again. Only
 * where the session itself rests on the passcode, its word is no better, and what the caller called
 * lost stays as it is.
 */
export function undoneOf(
  world: Pick<World, 'methods'>,
  held: Held,
  { passcode, proofs }: Pick<Given, 'passcode'> & Pick<Session, 'proofs'>,
): Undone {
  if (!passcode) return { ending: [], returning: [], endsSession: false }
  const ending = standInsAmong(world, held).filter(({ value }) => value.createdAt >= passcode.at)
  const ids = ending.map(({ value }) => value.id)
  const endsSession = proofs.some(({ authenticatorId }) =>
    ids.some((one) => one === authenticatorId),
  )
  const resting = held.filter(({ value }) => isResting(value) && value.restsSince === passcode.at)
  const returning = endsSession && passcode.isLost ? [] : resting
  return { ending, returning, endsSession }
}
