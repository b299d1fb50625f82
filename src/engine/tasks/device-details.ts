import type { TaskDetails } from '#core/task-details.ts'
import type { Authenticator } from '#core/devices/authenticator.ts'
import type { AuthenticatorId } from '#core/ids.ts'
import type { Instant } from '#core/time/time.ts'
import type { OpenSession } from '#engine/sessions/rights.ts'
import { calledIn, namedDevice } from '#engine/inventory/named-device.ts'
import type { World } from '#engine/world.ts'
import { type Holding, listHoldings } from '#store/devices/authenticators.ts'

/**
 * Tasks about a device that a client holds, or an address, that are told from every other one
 * (S87).
 */

type Speaking = Pick<OpenSession, 'subscriber'>

/** Of a long address the beginning is shown, and all of it is confirmed. */
export const addressTask = (kind: 'mobile' | 'email', address: string): TaskDetails =>
  kind === 'mobile'
    ? { kind: 'telephone', facts: { telephone: address }, about: { telephone: address } }
    : { kind: 'email', facts: { email: address }, about: { email: address } }

/** `null` where the client holds no such device. */
export async function deviceTask(
  world: World,
  session: OpenSession,
  { kind, id }: { readonly kind: 'remove' | 'bring_back'; readonly id: AuthenticatorId },
): Promise<TaskDetails | null> {
  const held = await listHoldings(world.db, session.subscriberId)
  const device = held.find((one) => one.id === id)
  if (!device) return null
  const { language } = session.subscriber
  const { method: name, createdAt } = device
  const when = momentIn(world, session, createdAt)
  const mark = markAmong(world, session, { held, device })
  const method = world.words.text(language, `method.${name}.name`)
  const added = mark === null ? when : world.words.text(language, 'task.added', { when, mark })
  return {
    kind,
    facts: { device: await deviceName(world, session, device), method, added },
    about: { device: id, method: name, added: `${createdAt}` },
  }
}

/** With the number that is printed on it: its name is the word of any session. */
async function deviceName(
  world: Pick<World, 'db' | 'words'>,
  { subscriber: { language } }: Speaking,
  device: Pick<Authenticator, 'id' | 'label' | 'method'>,
): Promise<string> {
  const named = await namedDevice(world, device)
  return calledIn((key, values) => world.words.text(language, key, values), named)
}

/** `20 November 2026, 12:00`: what is confirmed now may be read tomorrow. */
export function momentIn(
  { words }: Pick<World, 'words'>,
  { subscriber: { language } }: Speaking,
  at: Instant,
): string {
  const [day, time] = [words.date(language, at), words.time(language, at)]
  return words.text(language, 'common.moment', { day, time })
}

/**
 * The end of the id of a device, where another one that is held is of its kind and was added in the
 * same minute: names tell nothing apart, since any session gives them. `null` where nothing is
 * needed.
 */
export function markAmong(
  world: Pick<World, 'words'>,
  session: Speaking,
  { held, device }: { readonly held: readonly Holding[]; readonly device: Holding },
): string | null {
  const when = momentIn(world, session, device.createdAt)
  const others = held.filter(({ id, lifecycle }) => id !== device.id && lifecycle !== 'revoked')
  const isAlike = ({ method, createdAt }: Holding) =>
    method === device.method && momentIn(world, session, createdAt) === when
  return others.some(isAlike) ? device.id.slice(-MARK_LENGTH) : null
}

/** Letters that were drawn at random: one in a million is drawn twice. */
const MARK_LENGTH = 4
