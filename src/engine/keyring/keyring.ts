import { createSecretKey, type KeyObject } from 'node:crypto'
import type { Json } from '#core/json.ts'
import { type KeyKind, known, type ManagedKey } from '#core/keys/key.ts'
import type { Instant } from '#core/time/time.ts'
import { RootKeyFailed } from '#channels/root-keys/provider.ts'
import { firstKeys, OF_BYTES } from '#engine/keyring/first-keys.ts'
import { nameOf, type Roots, unwrapKey, wrapKey, type Wrapping } from '#engine/keyring/wrapping.ts'
import type { Keys, Purpose, Ring } from '#store/database/keys.ts'
import type { Db } from '#store/database/open.ts'
import { addFirstKeys, listKeys, type StoredKey } from '#store/keys/keys.ts'

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
  /** What this node knows of them. */
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
    const used = root.find(({ state }) => state === 'active')
    if (used) roots.file?.use(used.id)
    const isRetired = ({ kind, state }: StoredKey) => kind === 'root' && state === 'retired'
    roots.file?.forget(read.filter(isRetired).map(({ id }) => id))
    // A key that could not be unwrapped at first is new when it can.
    const now = JSON.stringify([...read.map(known), ...values.keys()])
    if (now === seen) return
    seen = now
    takeOver(keys, opened)
    turn += 1
  }

  async function ensure(kind: KeyKind, make: () => Json | Promise<Json>): Promise<void> {
    if (stored.some((key) => key.kind === kind)) return
    await addFirst({ db, roots, now }, kind, await make())
    await refresh()
  }

  await addMissing({ db, roots, now })
  await refresh()
  return {
    node: Buffer.from(db.random(NODE_BYTES)).toString('base64url'),
    roots,
    all: () => stored,
    opened,
    retired: (kind) => readOf(kind).filter(({ state }) => state === 'retired'),
    knows: () => stored.filter((key) => key.state !== 'retired' && isKnown(key)).map(known),
    turn: () => turn,
    refresh,
    ensure,
    wrap: async (key, value) => await wrapKey(roots, key, value),
    unwrap: async (key) => await unwrapKey(roots, key),
  }
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

type Adding = Omit<Opening, 'keys'>

async function addFirst({ db, roots, now }: Adding, kind: KeyKind, value: Json): Promise<void> {
  const first = { kind, id: 1, state: 'active', since: now() } as const
  await addFirstKeys(db, [{ ...first, ...(await wrapKey(roots, first, value)) }])
}

async function addMissing({ db, roots, now }: Adding): Promise<void> {
  const stored = await listKeys(db)
  const first = await firstKeys({ stored, roots, now, random: db.random })
  if (first.length > 0) await addFirstKeys(db, first)
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
