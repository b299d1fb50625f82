import type { AuditEvent } from '#core/audit/audit.ts'
import type { ManagedKey } from '#core/keys/key.ts'
import type { Keyring } from '#engine/keyring/keyring.ts'
import { wrapsWith } from '#engine/keyring/wrapping.ts'
import { nodesNotSaying } from '#engine/keys/nodes.ts'
import { type By, isReason, type Refused } from '#engine/keys/refusal.ts'
import type { World } from '#engine/world.ts'
import {
  activateKey,
  addNextKey,
  type Rewrapped,
  rewrapKeys,
  type StoredKey,
} from '#store/keys/keys.ts'

/**
 * The keys of the installation, wrapped anew: by a newer root key, or by something else that keeps
 * it. The keys stay, so no row of a client is touched.
 */

/** Keys that an older root key of the file has wrapped get the one that all nodes know. */
export async function wrapLagging(world: World): Promise<void> {
  const { keyring, db } = world
  const root = activeRoot(keyring)
  if (!root || keyring.roots.active.name !== 'file') return
  const lagging = keyring
    .all()
    .filter(({ kind, wrapped, wrappedWith }) =>
      kind !== 'root' && wrapped !== null ? isOlder(wrappedWith, root) : false,
    )
  if (lagging.length === 0) return
  const rewrapped = await rewrappedOf(keyring, lagging)
  if (await rewrapKeys(db, rewrapped, { events: [], now: world.now() })) await keyring.refresh()
}

const activeRoot = (keyring: Keyring): StoredKey | undefined =>
  keyring.all().find(({ kind, state }) => kind === 'root' && state === 'active')

/** What something else has wrapped stays until an operator says so: see `wrapAll`. */
const isOlder = (by: string | null, { id }: ManagedKey): boolean =>
  (by ?? '').startsWith('file:') && by !== `file:${id}`

export interface Wrapped {
  readonly ok: true
  readonly count: number
  readonly provider: string
  /** The other nodes need a copy of the key file. */
  readonly isFileNew: boolean
}

/**
 * Has what keeps the root key now wrap all keys, in one commit: with its newest key, and instead of
 * what kept it before. Each was opened again before it counts. All nodes have to be able to unwrap
 * them first.
 */
export async function wrapAll(world: World, { by, why }: By): Promise<Wrapped | Refused> {
  const { keyring, db } = world
  if (!isReason(why)) return { ok: false, why: 'no-reason' }
  await keyring.refresh()
  const { active } = keyring.roots
  const { name: provider } = active
  const { length: nodes } = await nodesNotSaying(world, wrapsWith(active))
  if (nodes > 0) return { ok: false, why: 'nodes', nodes }
  const taken = provider === 'file' ? await takeFile(world, { by, why }) : false
  if (typeof taken !== 'boolean') return taken
  const rewrapped = await rewrappedOf(keyring, keyring.all())
  const event: AuditEvent = {
    kind: 'keys.wrapped',
    subscriberId: null,
    actor: `operator:${by}`,
    count: rewrapped.length,
    provider,
    why,
    agent: by,
  }
  const done = await rewrapKeys(db, rewrapped, { events: [event], now: world.now() })
  if (!done) return { ok: false, why: 'moved' }
  await keyring.refresh()
  return { ok: true, count: rewrapped.length, provider, isFileNew: taken }
}

/**
 * A key file that the database does not know gives it a root key of a number of its own: the one
 * that was there before may have had the same number. Into the file first: what ends between two of
 * these steps leaves a key that is not used, and the same command goes on.
 *
 * @returns whether there is a new one.
 */
async function takeFile(world: World, { by, why }: By): Promise<boolean | Refused> {
  const { keyring, db } = world
  const { file } = keyring.roots
  const roots = keyring.all().filter(({ kind }) => kind === 'root')
  const used = activeRoot(keyring)
  if (!file || (used && keyring.isKnown(used))) return false
  const next = roots.find(({ state }) => state === 'next')
  // One that this file does not have is given up first: `keys retire root`.
  if (next && !keyring.isKnown(next)) return { ok: false, why: 'under-way', id: next.id }
  const begun = next
  const now = world.now()
  const id = begun?.id ?? Math.max(0, ...roots.map((key) => key.id), ...file.versions()) + 1
  const about = { subscriberId: null, key: 'root', id } as const
  if (!begun) {
    file.add(id)
    const wrapped = file.fingerprint(id)
    const made = { kind: 'key.made', actor: `operator:${by}`, why, agent: by, ...about } as const
    const key = {
      kind: 'root',
      id,
      state: 'next',
      since: now,
      wrapped,
      wrappedWith: 'file',
    } as const
    if (!(await addNextKey(db, key, { events: [made], now }))) return { ok: false, why: 'moved' }
  }
  const before = roots.filter(({ state }) => state === 'active').map((key) => key.id)
  const activated = { kind: 'key.activated', actor: 'system', ...about } as const
  await activateKey(db, { kind: 'root', id, before, events: [activated], now })
  await keyring.refresh()
  return true
}

async function rewrappedOf(
  keyring: Keyring,
  keys: readonly StoredKey[],
): Promise<readonly Rewrapped[]> {
  const rewrapped: Rewrapped[] = []
  for (const from of keys) {
    if (from.kind === 'root' || !from.wrapped) continue
    const { wrapped, wrappedWith } = await keyring.wrap(from, await keyring.unwrap(from))
    if (wrapped && wrappedWith !== null) rewrapped.push({ from, wrapped, wrappedWith })
  }
  return rewrapped
}
