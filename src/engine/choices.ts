import { createHmac } from 'node:crypto'
import { atLeast } from '#core/assurance.ts'
import type { AuthenticatorId } from '#core/ids.ts'
import type { Login } from '#core/login.ts'
import type { Instant } from '#core/time.ts'
import { SYMBOLS } from '#engine/secrets.ts'
import { methodNamed, type World } from '#engine/world.ts'
import { type Holding, listHoldings } from '#store/authenticators.ts'
import { derivedKey } from '#store/keys.ts'

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
  /** It proves less than this login needs, so nothing is gained by asking it. */
  readonly tooWeak: boolean
  /** It has confirmed this login already, and counts once. */
  readonly used: boolean
  readonly expired: boolean
  /** From when on it answers nothing any more; told to a recognised browser only. */
  readonly expiresAt: Instant | null
}

/** What a login can be confirmed with, last used first. */
export async function choicesOf(world: World, login: Login): Promise<readonly Choice[]> {
  const named = login.origin.browserId !== null
  const held = await candidatesOf(world, login)
  const now = world.now()
  return held.map(({ id, method, label, usedAt, lifecycle, expiresAt, tooWeak, used }) => ({
    id: shownId(world, login, id),
    method,
    label: named ? label : null,
    usedAt: named ? usedAt : null,
    locked: lifecycle !== 'active',
    ...{ tooWeak, used, expired: expiresAt !== null && now >= expiresAt },
    expiresAt: named ? expiresAt : null,
  }))
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
 * The id of an authenticator as this one login shows it. An authenticator's own id would be the same the
 * next time, and a decoy's would not: whoever compared them would know which password was right (A1).
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

type Candidate = Pick<
  Holding & Choice,
  'id' | 'method' | 'label' | 'usedAt' | 'lifecycle' | 'expiresAt' | 'tooWeak' | 'used'
>

/** The second factors of whoever a login claims to be. */
async function candidatesOf(world: World, login: Login): Promise<readonly Candidate[]> {
  // Nothing is left to choose once a login has ended.
  if (login.state !== 'choosing' && login.state !== 'challenged') return []
  if (login.decoy || login.subscriberId === null) return decoyCandidates(world, login)
  const held = await listHoldings(world.db, login.subscriberId)
  return held
    .filter(({ method }) => methodNamed(world, method).secondFactor)
    .filter(({ lifecycle }) => lifecycle === 'active' || lifecycle === 'disabled')
    .map((one) => ({
      ...one,
      tooWeak: !atLeast(methodNamed(world, one.method).acr, login.needs),
      used: login.proofs.some(({ authenticatorId }) => authenticatorId === one.id),
    }))
}

/** What a decoy login can be confirmed with. Its id is made from that of the login: it belongs to nobody. */
export function decoyCandidates(world: World, login: Pick<Login, 'id'>): readonly Candidate[] {
  const method = [...world.methods.values()].find((one) => one.secondFactor)
  if (!method) return []
  const id = login.id.replace('log_', 'aut_') as AuthenticatorId
  return [
    {
      ...{ id, method: method.name, label: '', usedAt: null, lifecycle: 'active' as const },
      ...{ expiresAt: null, tooWeak: false, used: false },
    },
  ]
}
