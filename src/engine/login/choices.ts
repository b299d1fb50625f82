import { createHmac } from 'node:crypto'
import { atLeast } from '#core/assurance.ts'
import { answers } from '#core/devices/authenticator.ts'
import type { AuthenticatorId, SubscriberId } from '#core/ids.ts'
import { choosable, defaultWay, isDevice, type Way } from '#core/login/default-way.ts'
import type { Login } from '#core/login/state.ts'
import type { Subscriber } from '#core/subscribers/account.ts'
import type { Rules } from '#core/subscribers/jurisdiction.ts'
import type { Instant } from '#core/time/time.ts'
import { type Imagined, imaginedHoldings } from '#engine/login/decoy.ts'
import { SYMBOLS } from '#engine/secrets.ts'
import { methodNamed, type World } from '#engine/world.ts'
import { type Holding, listHoldings } from '#store/devices/authenticators.ts'
import { derivedKey } from '#store/database/keys.ts'

/** One of the authenticators that a claimant may be asked for. */
export interface Choice {
  /** What this login calls it; see `shownId`. */
  readonly id: AuthenticatorId
  readonly method: string
  /** `null` on a browser that is not recognised: it hears kinds, never names (design 7). */
  readonly label: string | null
  /** `null` on a browser that is not recognised, as for one that was never used. */
  readonly usedAt: Instant | null
  readonly locked: boolean
  /** It proves less than this login needs, so it is not asked. */
  readonly tooWeak: boolean
  /** It has confirmed this login already, and counts once. */
  readonly used: boolean
  readonly expired: boolean
  /** When it expires; shown to a recognised browser only. */
  readonly expiresAt: Instant | null
}

/**
 * What a login can be confirmed with, last used first; where the rules want it, devices before it.
 */
export async function choicesOf(world: World, login: Login): Promise<readonly Choice[]> {
  const named = login.origin.browserId !== null
  const held = devicesFirst(world, login, await candidatesOf(world, login))
  const now = world.now()
  return held.map(({ id, method, label, usedAt, lifecycle, expiresAt, tooWeak, used }) => ({
    id: shownId(world, login, id),
    method,
    label: named ? label : null,
    usedAt: named ? usedAt : null,
    locked: lifecycle !== 'active',
    tooWeak,
    used,
    expired: expiresAt !== null && now >= expiresAt,
    expiresAt: named ? expiresAt : null,
  }))
}

function devicesFirst(
  world: World,
  { asksDevice }: Pick<Login, 'asksDevice'>,
  held: readonly Candidate[],
): readonly Candidate[] {
  if (!asksDevice) return held
  const rank = ({ method }: Candidate) => (isDevice(methodNamed(world, method)) ? 0 : 1)
  return held.toSorted((one, other) => rank(one) - rank(other))
}

/** The authenticator that was chosen by the id it was shown under, or `null`. */
export async function chosenFrom(
  world: World,
  login: Login,
  shown: AuthenticatorId,
): Promise<Candidate | null> {
  const held = await candidatesOf(world, login)
  return held.find(({ id }) => shownId(world, login, id) === shown) ?? null
}

/**
 * The id of an authenticator as this one login shows it. An authenticator's own id would be the
 * same the next time, and a decoy's would not: an attacker who compared them would know which
 * password was right (A1).
 */
export function shownId(
  { keys }: World,
  login: Pick<Login, 'id'>,
  id: AuthenticatorId,
): AuthenticatorId {
  const bytes = createHmac('sha256', derivedKey(keys, 'choice'))
    .update(`${login.id} ${id}`)
    .digest()
  const letters = Array.from(bytes.subarray(0, 26), (byte) => SYMBOLS.charAt(byte & 31))
  return `aut_${letters.join('')}` as AuthenticatorId
}

export type Candidate = Askable &
  Pick<
    Holding & Choice,
    'id' | 'method' | 'label' | 'usedAt' | 'lifecycle' | 'expiresAt' | 'tooWeak' | 'used'
  >

/** What decides whether it is asked first. */
interface Askable extends Pick<Holding, 'method' | 'createdAt' | 'usedAt' | 'pendingUntil'> {
  /** Its client has chosen that it is. */
  readonly isChosen: boolean
}

/**
 * What is asked without a question: the default way. Of a client who sets up a device it is the
 * default of those that are not of its kind: the one that it replaces is away more often than not,
 * and stays one press away.
 */
export function askedAtOnce<T extends Askable>(
  world: World,
  { binds, asksDevice }: Pick<Login, 'binds' | 'asksDevice'>,
  able: readonly T[],
): T | undefined {
  const others = able.filter(({ method }) => method !== binds)
  const ways = (others.length > 0 ? others : able).map(wayOf(world))
  return defaultWay(ways, asksDevice ? 'device' : 'as-used')?.held
}

/** What a client is asked first, and what they may choose to be asked first instead. */
export interface AskedFirst {
  readonly id: AuthenticatorId | null
  /** It is among them; none where there is no choice. */
  readonly choices: readonly Holding[]
}

export function askedFirstOf(
  world: World,
  held: readonly Holding[],
  { askedFirst, rule }: Pick<Subscriber, 'askedFirst'> & { readonly rule: Rules['askedFirst'] },
): AskedFirst {
  const able = held.filter((one) => answers(one, world.now()))
  const asked = able.map((one) => ({ ...one, isChosen: one.id === askedFirst }))
  const ways = asked.map(wayOf(world))
  const choices = choosable(ways, rule).map((way) => way.held)
  return { id: defaultWay(ways, rule)?.held.id ?? null, choices }
}

const wayOf =
  (world: World) =>
  <T extends Askable>(held: T): Way & { readonly held: T } => {
    const { method, createdAt, usedAt, pendingUntil, isChosen: chosen } = held
    const { acr, vouched = false } = methodNamed(world, method)
    return { held, acr, createdAt, usedAt, waits: pendingUntil !== null, vouched, chosen }
  }

/** The second factors of the claimed subscriber of a login. */
async function candidatesOf(world: World, login: Login): Promise<readonly Candidate[]> {
  // Nothing is left to choose once a login has ended.
  if (login.state !== 'choosing' && login.state !== 'challenged') return []
  if (login.decoy || login.subscriberId === null) return await decoyCandidates(world, login)
  return seconds(world, await listHoldings(world.db, login.subscriberId), login)
}

type Holder = Pick<Login, 'id' | 'needs' | 'proofs' | 'subscriberId' | 'userName'>

/**
 * What a decoy login can be confirmed with: the kinds that a right password would show, or those
 * that are made up for an unknown name. Their ids are made from that of the login: they belong to
 * no client.
 */
export async function decoyCandidates(
  world: World,
  login: Holder,
  askedFirst: AuthenticatorId | null = null,
): Promise<readonly Candidate[]> {
  // Read for an unknown name as well, so that it takes as long.
  const subscriberId = login.subscriberId ?? ('sub_' as SubscriberId)
  const holdings = await listHoldings(world.db, subscriberId)
  const held = seconds(world, holdings, { ...login, askedFirst })
  const shown = held.length > 0 ? held : seconds(world, imaginedHoldings(world, login), login)
  return shown.map((one, index) => ({ ...one, id: idOfNobody(login, index), label: '' }))
}

/** The last symbol of a login's id has five random bits, enough to choose among them. */
const idOfNobody = ({ id }: Pick<Login, 'id'>, index: number): AuthenticatorId =>
  `aut_${id.slice('log_'.length, -1)}${SYMBOLS.charAt(index & 31)}` as AuthenticatorId

const seconds = (
  world: World,
  held: readonly Imagined[],
  {
    needs,
    proofs,
    askedFirst = null,
  }: Pick<Login, 'needs' | 'proofs'> & { readonly askedFirst?: AuthenticatorId | null },
): readonly Candidate[] =>
  held
    .filter(({ method }) => methodNamed(world, method).secondFactor)
    .filter(({ lifecycle }) => lifecycle === 'active' || lifecycle === 'disabled')
    .map((one) => ({
      ...one,
      tooWeak: !atLeast(methodNamed(world, one.method).acr, needs),
      used: proofs.some(({ authenticatorId }) => authenticatorId === one.id),
      isChosen: one.id === askedFirst,
    }))
