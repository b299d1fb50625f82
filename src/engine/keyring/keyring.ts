import { createSecretKey, type KeyObject } from 'node:crypto'
import type { Json } from '#core/json.ts'
import { type KeyKind, known, type ManagedKey } from '#core/keys/key.ts'
import type { Instant } from '#core/time/time.ts'
import { RootKeyFailed } from '#channels/root-keys/provider.ts'
import { firstKeys, OF_BYTES } from '#engine/keyring/first-keys.ts'
import {
  nameOf,
  type Roots,
  tryOut,
  unwrapKey,
  wrapKey,
  type Wrapping,
  wrapsWith,
} from '#engine/keyring/wrapping.ts'
import type { Keys, Purpose, Ring } from '#store/database/keys.ts'
import type { Db } from '#store/database/open.ts'
import { addFirstKeys, listKeys, type StoredKey } from '#store/keys/keys.ts'
import { hasServerKeys, opensServerKeys } from '#store/server/server-keys.ts'

/**
 * The keys of the installation, as this process has them. They stand in the database, each wrapped
 * by the root key, so all nodes have the same; a node reads them at its start and every ten
 * seconds. No login waits for that: what it needs is in memory.
 */
export interface Keyring {
  /** Names this process among those that use the keys. */
  readonly node: string
  readonly roots: Roots
  /** As they were read last. */
  all(): readonly StoredKey[]
  /** What was unwrapped of them, the newest first. */
  opened(kind: KeyKind): readonly OpenedKey[]
  /** What is left of those that are retired: public halves. */
  retired(kind: KeyKind): readonly OpenedKey[]
  /** Whether this node can use it. */
  isKnown(key: StoredKey): boolean
  /** What this node knows of them, and what it wraps new ones with. */
  knows(): readonly string[]
  /** Moves when this node has read something new. */
  turn(): number
  /** Reads the keys anew. @throws RootKeyFailed when one in use cannot be unwrapped. */
  refresh(): Promise<void>
  /** Makes the first key of a kind where there is none yet. */
  ensure(kind: KeyKind, make: () => Json | Promise<Json>): Promise<void>
  /** Wraps a value, and opens it again before it counts. */
  wrap(key: Pick<ManagedKey, 'kind' | 'id'>, value: Json): Promise<Wrapping>
  unwrap(key: StoredKey): Promise<Json>
}

export interface OpenedKey extends ManagedKey {
  readonly value: Json
}

/** Keys that change while the server runs. */
export interface LiveKeys extends Keys {
  current: number
  root: ReadonlyMap<number, KeyObject>
  readonly rings: Map<Purpose, Ring>
}

/** Keys that are not read yet: a database is opened with them, and `openKeyring` fills them. */
export const unreadKeys = (): LiveKeys => ({ current: 1, root: new Map(), rings: new Map() })

const NODE_BYTES = 16

interface Opening {
  /** Opened with `keys`. */
  readonly db: Db
  readonly keys: LiveKeys
  readonly roots: Roots
  readonly now: () => Instant
}

/** Reads the keys; at the first start it makes them. @throws RootKeyFailed */
export async function openKeyring({ db, keys, roots, now }: Opening): Promise<Keyring> {
  let stored: readonly StoredKey[] = []
  let turn = 0
  let seen = ''
  const values = new Map<string, Json>()
  const isKnown = (key: StoredKey) =>
    key.kind === 'root' ? isRootKnown(roots, key) : values.has(nameOf(key))
  const live = () => stored.filter(({ state }) => state !== 'retired')
  const readOf = (kind: KeyKind): readonly OpenedKey[] =>
    stored.flatMap((key) => {
      const value = key.kind === kind ? values.get(nameOf(key)) : null
      return value ? [{ kind, id: key.id, state: key.state, since: key.since, value }] : []
    })
  const opened = (kind: KeyKind) => readOf(kind).filter(({ state }) => state !== 'retired')

  let reading: Promise<void> = Promise.resolve()
  /** One after the other: what was read first must not be taken for the newest. */
  function refresh(): Promise<void> {
    const next = reading.catch(() => {}).then(readNow)
    reading = next
    return next
  }

  async function readNow(): Promise<void> {
    const read = await listKeys(db)
    forgetRetired(values, stored, read)
    const live = read.filter(({ kind, wrapped }) => kind !== 'root' && wrapped !== null)
    const root = read.filter(({ kind, state }) => kind === 'root' && state !== 'retired')
    if (root.some((key) => !isRootKnown(roots, key))) roots.file?.reload()
    await unwrapNew(roots, live, values)
    stored = read
    followRoots(roots, read)
    // A key that could not be unwrapped at first is new when it can.
    const now = JSON.stringify([...read.map(known), ...values.keys()])
    if (now === seen) return
    seen = now
    takeOver(keys, opened)
    turn += 1
  }

  async function ensure(kind: KeyKind, make: () => Json | Promise<Json>): Promise<void> {
    if (stored.some((key) => key.kind === kind)) return
    const first = { kind, id: 1, state: 'active', since: now() } as const
    await addFirstKeys(db, [{ ...first, ...(await wrap(first, await make())) }])
    await refresh()
  }

  const wrap: Keyring['wrap'] = async (key, value) => {
    mustKnowRoot(roots, stored)
    return await wrapKey(roots, key, value)
  }

  await addMissing({ db, keys, roots, now })
  await refresh()
  await mustWork(roots, stored)
  return {
    node: Buffer.from(db.random(NODE_BYTES)).toString('base64url'),
    roots,
    all: () => stored,
    opened,
    isKnown,
    retired: (kind) => readOf(kind).filter(({ state }) => state === 'retired'),
    knows: () => [...live().filter(isKnown).map(known), wrapsWith(roots.active)],
    turn: () => turn,
    refresh,
    ensure,
    wrap,
    unwrap: async (key) => await unwrapKey(roots, key),
  }
}

/** The file wraps with the key that all nodes use, and forgets those that are retired. */
function followRoots(roots: Roots, read: readonly StoredKey[]): void {
  const ofRoot = read.filter(({ kind }) => kind === 'root')
  const used = ofRoot.find(({ state }) => state === 'active')
  if (used && isRootKnown(roots, used)) roots.file?.use(used.id)
  roots.file?.forget(ofRoot.filter(({ state }) => state === 'retired').map(({ id }) => id))
}

/** With a root key that other nodes do not know, they could not unwrap it. */
function mustKnowRoot(roots: Roots, stored: readonly StoredKey[]): void {
  const root = stored.find(({ kind, state }) => kind === 'root' && state === 'active')
  if (roots.active.name === 'file' && root && !isRootKnown(roots, root))
    throw new RootKeyFailed(
      `the key file has not the root key ${root.id} that the database knows. ` +
        'Put back the one of then, or take this one: countersign keys wrap.',
    )
}

/** What has unwrapped something has shown that it works; anything else is tried out. */
async function mustWork(roots: Roots, stored: readonly StoredKey[]): Promise<void> {
  const by = `${roots.active.name}:`
  if (!stored.some(({ wrappedWith }) => `${wrappedWith}:`.startsWith(by))) await tryOut(roots)
}

async function unwrapNew(
  roots: Roots,
  live: readonly StoredKey[],
  values: Map<string, Json>,
): Promise<void> {
  for (const key of live.filter((one) => !values.has(nameOf(one)))) {
    try {
      values.set(nameOf(key), await unwrapKey(roots, key))
    } catch (error) {
      // One that is not used yet can wait; this node does not say that it knows it.
      if (key.state !== 'next') throw error
    }
  }
}

async function addMissing({ db, keys, roots, now }: Opening): Promise<void> {
  const stored = await listKeys(db)
  const isEarlier = stored.length === 0 && (await hasServerKeys(db))
  if (isEarlier) await mustOpen(db, { keys, roots })
  const first = await firstKeys({ stored, roots, isEarlier, now, random: db.random })
  if (first.length > 0) await addFirstKeys(db, first)
}

/**
 * An earlier version has sealed with the key file itself. The first keys are written once: those of
 * another file would be taken for the right ones for ever.
 */
async function mustOpen(db: Db, { keys, roots }: Pick<Opening, 'keys' | 'roots'>): Promise<void> {
  if (!roots.file)
    throw new RootKeyFailed(
      'this database was written with a key file, and none is at keys.file. Put it back, start ' +
        'once with it, and exchange it afterwards: countersign keys wrap.',
    )
  Object.assign(keys, roots.file.keys())
  if (!(await opensServerKeys(db)))
    throw new RootKeyFailed(
      'the key file does not belong to this database. Put back the one that it was written with.',
    )
}

/** Rings are exchanged whole: what is under way goes on with the one that it has. */
function takeOver(keys: LiveKeys, opened: Keyring['opened']): void {
  for (const kind of OF_BYTES) {
    const ring = ringOf(opened(kind))
    if (!ring) continue
    if (kind !== 'lookup') keys.rings.set(kind, ring)
    else Object.assign(keys, ring)
  }
}

/** What was whole when it was read is a public half now, or nothing. */
function forgetRetired(
  values: Map<string, Json>,
  before: readonly StoredKey[],
  read: readonly StoredKey[],
): void {
  const states = new Map(before.map((key) => [nameOf(key), key.state]))
  for (const key of read)
    if (key.state === 'retired' && states.get(nameOf(key)) !== 'retired') values.delete(nameOf(key))
}

function isRootKnown({ file }: Roots, { id, wrapped }: StoredKey): boolean {
  const fingerprint = file?.fingerprint(id)
  return fingerprint !== undefined && fingerprint !== null && wrapped !== null
    ? Buffer.from(fingerprint).equals(wrapped)
    : false
}

function ringOf(keys: readonly OpenedKey[]): Ring | null {
  const active = keys.find(({ state }) => state === 'active')
  if (!active) return null
  const root = new Map(
    keys.map(({ id, value }) => [id, createSecretKey(textOf(value), 'base64url')] as const),
  )
  return { current: active.id, root }
}

const textOf = (value: Json): string => {
  if (typeof value === 'string') return value
  throw new RootKeyFailed('a key of the database is no text.')
}
