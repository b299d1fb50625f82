import type { AuditEvent } from '#core/audit/audit.ts'
import type { Json } from '#core/json.ts'
import {
  KEY_ID_MAX,
  type KeyKind,
  keptUntil,
  known,
  type ManagedKey,
  NODE_GONE_AFTER,
  usableFrom,
} from '#core/keys/key.ts'
import { before, type Instant } from '#core/time/time.ts'
import { isOfBytes } from '#engine/keyring/first-keys.ts'
import type { Keyring } from '#engine/keyring/keyring.ts'
import { countNeeds } from '#engine/keys/needs.ts'
import { nodesSeen, nodesWithout } from '#engine/keys/nodes.ts'
import { type By, isReason, type Refused } from '#engine/keys/refusal.ts'
import { wrapLagging } from '#engine/keys/wrap.ts'
import { ensureSigningKeys, MAKERS } from '#engine/keyring/signing-keys.ts'
import type { World } from '#engine/world.ts'
import {
  activateKey,
  addNextKey,
  type KeyNode,
  listKeys,
  noteNode,
  retireKey,
  type StoredKey,
} from '#store/keys/keys.ts'

/**
 * Exchanging a key: it is made, read by all nodes, used, and the one before is deleted when no row
 * needs it. Each step is one commit with its event; between two steps any node may end.
 */

export interface Made {
  readonly ok: true
  readonly id: number
  readonly usableFrom: Instant
}

/** Makes the next key of a kind. It is used when all nodes know it. */
export async function makeNextKey(
  world: World,
  kind: KeyKind,
  { by, why }: By,
): Promise<Made | Refused> {
  const { keyring, db } = world
  if (!isReason(why)) return { ok: false, why: 'no-reason' }
  if (kind === 'lookup') return { ok: false, why: 'fixed' }
  const { active } = keyring.roots
  if (kind === 'root' && active.name !== 'file')
    return { ok: false, why: 'elsewhere', provider: active.name }
  await keyring.refresh()
  // Where it is exchanged before the first start of a server of this version.
  if (kind === 'oidc') await ensureSigningKeys(world)
  const ofKind = keyring.all().filter((key) => key.kind === kind)
  const next = ofKind.find(({ state }) => state === 'next')
  if (next) return { ok: false, why: 'under-way', id: next.id }
  const id = Math.max(0, ...ofKind.map((key) => key.id)) + 1
  if (id > KEY_ID_MAX) return { ok: false, why: 'no-more' }
  const now = world.now()
  const key = { kind, id, state: 'next', since: now } as const
  const event: AuditEvent = {
    kind: 'key.made',
    subscriberId: null,
    actor: `operator:${by}`,
    key: kind,
    id,
    why,
    agent: by,
  }
  const told = { events: [event], now }
  const added =
    kind === 'root'
      ? await addRoot(world, key, told)
      : await addNextKey(
          db,
          { ...key, ...(await keyring.wrap(key, await newValue(world, kind))) },
          told,
        )
  if (!added) return { ok: false, why: 'under-way', id }
  await keyring.refresh()
  return { ok: true, id, usableFrom: usableFrom(key) }
}

const KEY_BYTES = 32

async function newValue({ random }: World, kind: KeyKind): Promise<Json> {
  if (isOfBytes(kind)) return Buffer.from(random(KEY_BYTES)).toString('base64url')
  const make = MAKERS[kind]
  if (!make) throw new Error(`no key of ${kind} is made`)
  return await make()
}

/**
 * Into the file first, and then into the database: of two who do it at once one has a key in its
 * file that does not count, and it is taken out again.
 */
async function addRoot(
  { keyring, db }: World,
  key: ManagedKey,
  told: { readonly events: readonly AuditEvent[]; readonly now: Instant },
): Promise<boolean> {
  const { file } = keyring.roots
  if (!file) return false
  file.reload()
  const isThere = file.versions().includes(key.id)
  if (!isThere) file.add(key.id)
  const wrapped = file.fingerprint(key.id)
  const added = await addNextKey(db, { ...key, wrapped, wrappedWith: 'file' }, told)
  if (!added && !isThere && !(await isStored(db, wrapped))) file.remove(key.id)
  return added
}

/** Two who share a file have made one key: the one that was late must not take it out. */
const isStored = async (db: World['db'], fingerprint: Uint8Array | null): Promise<boolean> =>
  (await listKeys(db)).some(({ kind, wrapped }) =>
    kind === 'root' && wrapped !== null && fingerprint !== null
      ? Buffer.from(wrapped).equals(fingerprint)
      : false,
  )

/**
 * What a node does every ten seconds: it reads the keys, says which of them it knows, and uses a
 * new one when all nodes know it.
 */
export async function keepKeys(world: World): Promise<void> {
  const { keyring, db } = world
  const said = keyring.refresh()
  // What it knows is said in any case: a node that cannot unwrap a new key must hold it up.
  await said.catch(() => {})
  const now = world.now()
  const node: KeyNode = { id: keyring.node, knows: keyring.knows(), seenAt: now }
  await noteNode(db, node, before(now, NODE_GONE_AFTER))
  await said
  await activateDue(world)
  await wrapLagging(world)
}

async function activateDue(world: World): Promise<void> {
  const { keyring, db } = world
  const now = world.now()
  for (const key of keyring.all()) {
    if (key.state !== 'next' || now < usableFrom(key)) continue
    if ((await nodesWithout(world, key)).length > 0) continue
    const event: AuditEvent = {
      kind: 'key.activated',
      subscriberId: null,
      actor: 'system',
      key: key.kind,
      id: key.id,
    }
    const used = keyring.all().filter(({ kind, state }) => kind === key.kind && state === 'active')
    const beside = { before: used.map(({ id }) => id), events: [event], now }
    if (await activateKey(db, { kind: key.kind, id: key.id, ...beside })) await keyring.refresh()
  }
}

export interface KeyStatus extends ManagedKey {
  /** How many rows need it; `null` where that is not counted in rows. */
  readonly needed: number | null
  /** Nodes that do not know it as it is. */
  readonly missing: number
  /** What has wrapped it, as `vault:v2`; `null` for a root key. */
  readonly wrappedWith: string | null
  /** From when on it may be used, or until when it is kept in any case. */
  readonly until: Instant | null
}

/** Every key that is not retired, the newest of each kind first, and how many nodes there are. */
export async function keyStatus(
  world: World,
): Promise<{ readonly nodes: number; readonly keys: readonly KeyStatus[] }> {
  const { keyring } = world
  await keyring.refresh()
  const nodes = await nodesSeen(world)
  const keys: KeyStatus[] = []
  for (const key of keyring.all()) {
    if (key.state === 'retired') continue
    const { kind, id, state, since } = key
    const until = state === 'next' ? usableFrom(key) : state === 'old' ? keptUntil(key) : null
    const missing = nodes.filter(({ knows }) => !knows.includes(known(key))).length
    const wrappedWith = kind === 'root' ? null : key.wrappedWith
    const needed = await countNeeds(world, key)
    keys.push({ kind, id, state, since, needed, missing, wrappedWith, until })
  }
  return { nodes: nodes.length, keys }
}

/** Checkpoints of the audit log are verified as long as there is the log: by the public half. */
async function leftOf(keyring: Keyring, key: StoredKey) {
  if (key.kind !== 'audit' || key.state !== 'old') return { wrapped: null, wrappedWith: null }
  const {
    kty = '',
    crv = '',
    x = '',
  } = (await keyring.unwrap(key)) as Readonly<Partial<Record<'kty' | 'crv' | 'x', string>>>
  return await keyring.wrap(key, { kty, crv, x })
}

export type Retired = { readonly ok: true } | Refused

/** What keeps a key that is no next one. */
async function keptBy(world: World, key: StoredKey, now: Instant): Promise<Refused | null> {
  if (key.state !== 'old') return { ok: false, why: 'not-old', state: key.state }
  if (now < keptUntil(key)) return { ok: false, why: 'kept', until: keptUntil(key) }
  const { length: nodes } = await nodesWithout(world, key)
  if (nodes > 0) return { ok: false, why: 'nodes', nodes }
  const rows = (await countNeeds(world, key)) ?? 0
  return rows > 0 ? { ok: false, why: 'needed', rows } : null
}

/** Deletes an old key that no row needs, or a next one: nothing was made with it. */
export async function retireOldKey(
  world: World,
  { kind, id }: Pick<ManagedKey, 'kind' | 'id'>,
  { by, why }: By,
): Promise<Retired> {
  const { keyring, db } = world
  if (!isReason(why)) return { ok: false, why: 'no-reason' }
  await keyring.refresh()
  const key = keyring.all().find((one) => one.kind === kind && one.id === id)
  if (!key) return { ok: false, why: 'unknown' }
  const { file } = keyring.roots
  if (kind === 'root') file?.reload()
  if (key.state === 'retired' && kind === 'root' && file?.versions().includes(id)) {
    // It was deleted in the database, and the node ended before it was deleted here.
    file.remove(id)
    return { ok: true }
  }
  const now = world.now()
  const refused = key.state === 'next' ? null : await keptBy(world, key, now)
  if (refused) return refused
  const event: AuditEvent = {
    kind: 'key.retired',
    subscriberId: null,
    actor: `operator:${by}`,
    key: kind,
    id,
    why,
    agent: by,
  }
  const left = { ...key, ...(await leftOf(keyring, key)) }
  if (!(await retireKey(db, left, { events: [event], now })))
    return { ok: false, why: 'not-old', state: 'retired' }
  if (kind === 'root') file?.remove(id)
  await keyring.refresh()
  return { ok: true }
}
