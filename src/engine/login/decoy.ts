import { createHmac } from 'node:crypto'
import { userNameKey } from '#core/subscribers/account.ts'
import { type Authenticator, FRESH } from '#core/devices/authenticator.ts'
import type { AuthenticatorId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import type { Challenged, Login } from '#core/login/state.ts'
import { after, type Instant, instant, millis, minutes, seconds } from '#core/time/time.ts'
import { isReachable, methodNamed, type World } from '#engine/world.ts'
import type { Holding } from '#store/devices/authenticators.ts'
import { derivedKey } from '#store/database/keys.ts'
import { nameThrottle } from '#store/login/throttles.ts'

/**
 * The second step that a wrong password is led on to: it looks like any other, asks no device, and
 * never completes (A1, product rule `login.decoy`).
 */

/** Wrong passwords in the whole installation after which unknown browsers get decoys. */
const BREAKER = { name: 'password-breaker', count: 500, per: minutes(10) } as const

/**
 * Counts one more wrong password of an unknown browser, and says whether it gets a decoy.
 */
export async function isLedAstray(world: World): Promise<boolean> {
  const { decoy } = world.settings
  const taken = await world.limits.take(BREAKER, 'house')
  return decoy === 'always' || (decoy === 'under-attack' && !taken.ok)
}

/** Whether an unknown browser gets a decoy for a wrong password now; counts nothing. */
export async function areStrangersLedOn(world: World): Promise<boolean> {
  const { decoy } = world.settings
  if (decoy !== 'under-attack') return decoy === 'always'
  const now = world.now()
  const taken = await world.limits.take(BREAKER, 'house')
  if (taken.ok) await world.limits.giveBack(BREAKER, 'house', now)
  return !taken.ok
}

/** As much of something that is held as decides how it is shown. */
export type Imagined = Pick<
  Holding,
  'id' | 'method' | 'label' | 'createdAt' | 'usedAt' | 'lifecycle' | 'expiresAt' | 'pendingUntil'
>

/**
 * What a client of this name could hold: one kind, seldom two, and always the same for the same
 * name. Half of them have the first of the registry, as most clients do.
 */
export function imaginedHoldings(
  world: World,
  { userName }: Pick<Login, 'userName'>,
): readonly Imagined[] {
  const kinds = [...world.methods.values()].filter(
    (method) =>
      method.secondFactor &&
      !method.standsIn &&
      !method.vouched &&
      method.successor === undefined &&
      isReachable(world, method),
  )
  const [half = 0, one = 0, quarter = 0, other = 0] = chanceOf(world, 'kinds', userName)(4)
  const first = kinds[half < 128 ? 0 : one % kinds.length]
  const second = quarter < 64 ? kinds[other % kinds.length] : undefined
  return [...new Set([first, second])].flatMap((method) =>
    method
      ? {
          id: 'aut_' as AuthenticatorId,
          method: method.name,
          label: '',
          createdAt: instant(0),
          usedAt: null,
          lifecycle: 'active' as const,
          expiresAt: null,
          pendingUntil: null,
        }
      : [],
  )
}

/** Random bytes that are always the same for the same name, on every node and after every start. */
function chanceOf(
  { keys, db }: World,
  purpose: string,
  userName: string,
): (length: number) => Uint8Array<ArrayBuffer> {
  const name = nameThrottle(db, userNameKey(userName) ?? '')
  let block = 0
  return (length) => {
    const blocks: Buffer[] = []
    for (let made = 0; made < length; made += 32) {
      block += 1
      const hash = createHmac('sha256', derivedKey(keys, 'decoy'))
      blocks.push(hash.update(`${purpose} ${name} ${block}`).digest())
    }
    return new Uint8Array(Buffer.concat(blocks).subarray(0, length))
  }
}

/** How long a device, or a carrier, seems to take before it reports. */
const TAKEN = { from: millis(300), to: seconds(1) } as const
const ARRIVED = { from: seconds(1), to: seconds(6) } as const

export interface Report {
  readonly kind: 'sent' | 'delivered' | 'received'
  readonly at: Instant
}

/** What a device, or a carrier, would report of a challenge that in truth is never sent. */
export function seemingReports(
  { keys, methods }: World,
  { id, challenge }: Challenged,
  isCarried: boolean,
): readonly Report[] {
  const key = derivedKey(keys, 'decoy')
  const hash = createHmac('sha256', key).update(`report ${id} ${challenge.openedAt}`).digest()
  const within = ({ from, to }: typeof TAKEN | typeof ARRIVED, offset: number) =>
    after(challenge.openedAt, millis(from + (hash.readUInt16BE(offset) % (to - from))))
  const arrived = within(ARRIVED, 0)
  if (isCarried) {
    return [
      { kind: 'sent', at: within(TAKEN, 2) },
      { kind: 'delivered', at: arrived },
    ]
  }
  return methods.get(challenge.method)?.device ? [{ kind: 'received', at: arrived }] : []
}

/** Names whose decoys are remembered at once; the oldest are forgotten first. */
const REMEMBERED_MAX = 10_000

/**
 * What the decoy of a name was asked lately: a real phone can be asked only so often, so a decoy
 * that could be asked for ever would give itself away. It is not valid, so a restart may forget
 * it.
 */
const remembered = new WeakMap<World['limits'], Map<string, Json>>()

/** An authenticator that no client holds, as it was left by the last challenge to this name. */
export function decoyAuthenticator(
  world: World,
  { id, method, userName }: Pick<Imagined, 'id' | 'method'> & Pick<Login, 'userName'>,
  now: Instant,
): Authenticator {
  const state = statesOf(world).get(keyOf(world, method, userName))
  return {
    ...FRESH,
    id,
    method,
    label: '',
    createdAt: now,
    state: state ?? methodNamed(world, method).decoy(chanceOf(world, method, userName)),
  }
}

/** Stores the decoy as the challenge has left it. */
export function rememberDecoy(
  world: World,
  { method, state }: Authenticator,
  { userName }: Pick<Login, 'userName'>,
): void {
  const states = statesOf(world)
  const key = keyOf(world, method, userName)
  states.delete(key)
  states.set(key, state)
  const [oldest] = states.keys()
  if (states.size > REMEMBERED_MAX && oldest !== undefined) states.delete(oldest)
}

function statesOf({ limits }: World): Map<string, Json> {
  const states = remembered.get(limits) ?? new Map<string, Json>()
  remembered.set(limits, states)
  return states
}

const keyOf = (world: World, method: string, userName: string): string =>
  `${method} ${nameThrottle(world.db, userNameKey(userName) ?? '')}`
