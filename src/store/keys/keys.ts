import type { AuditEvent } from '#core/audit/audit.ts'
import type { KeyKind, KeyState, ManagedKey } from '#core/keys/key.ts'
import { type Instant, instant } from '#core/time/time.ts'
import { eventWrites } from '#store/audit/audit.ts'
import type { Write } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import { any, one } from '#store/queries/writes.ts'

/** A key as it stands in the database: wrapped. */
export interface StoredKey extends ManagedKey {
  /** `null` for what is kept elsewhere, and for a key that is retired. */
  readonly wrapped: Uint8Array | null
  readonly wrappedWith: string | null
}

/** All keys, the newest of each kind first. */
export async function listKeys(db: Pick<Db, 'read'>): Promise<readonly StoredKey[]> {
  const rows = await db.read
    .selectFrom('managed_key')
    .select(['kind', 'id', 'state', 'since_ms', 'wrapped', 'wrapped_with'])
    .orderBy('kind')
    .orderBy('id', 'desc')
    .limit(KEYS_MAX)
    .execute()
  return rows.map((row) => ({
    kind: row.kind as KeyKind,
    id: row.id,
    state: row.state as KeyState,
    since: instant(row.since_ms),
    wrapped: row.wrapped,
    wrappedWith: row.wrapped_with,
  }))
}

/** Seven kinds, each exchanged every month for a century. */
const KEYS_MAX = 10_000

/** First keys: of nodes that start at once, those of the one count that was first. */
export async function addFirstKeys(db: Db, keys: readonly StoredKey[]): Promise<void> {
  await db.commit(
    keys.map((key) =>
      any(
        db.write
          .insertInto('managed_key')
          .values(rowOf(key))
          .onConflict((oc) => oc.doNothing()),
      ),
    ),
  )
}

interface Told {
  readonly events: readonly AuditEvent[]
  readonly now: Instant
}

/** @returns `false` where a key of this kind is on its way already. */
export async function addNextKey(db: Db, key: StoredKey, { events, now }: Told): Promise<boolean> {
  const added = db.write.insertInto('managed_key').values(rowOf(key))
  return await db.commit([
    one(added.onConflict((oc) => oc.doNothing())),
    ...eventWrites(db, events, now),
  ])
}

export interface Activation extends Told {
  readonly kind: KeyKind
  readonly id: number
  /** Those that were used before. */
  readonly before: readonly number[]
}

export interface Rewrapped {
  readonly from: StoredKey
  readonly wrapped: Uint8Array
  readonly wrappedWith: string
}

/** The next key becomes the one that is used. @returns `false` where another node was faster. */
export async function activateKey(db: Db, activation: Activation): Promise<boolean> {
  const { kind, id, before, events, now } = activation
  const change = (at: number, from: KeyState, to: KeyState) =>
    one(
      db.write
        .updateTable('managed_key')
        .set({ state: to, since_ms: now })
        .where('kind', '=', kind)
        .where('id', '=', at)
        .where('state', '=', from),
    )
  return await db.commit([
    change(id, 'next', 'active'),
    ...before.map((at) => change(at, 'active', 'old')),
    ...eventWrites(db, events, now),
  ])
}

/** The same keys under another wrapping. @returns `false` where one of them has changed. */
export const rewrapKeys = async (
  db: Db,
  rewrapped: readonly Rewrapped[],
  { events, now }: Told,
): Promise<boolean> =>
  await db.commit([...rewrapped.map((one) => rewrap(db, one)), ...eventWrites(db, events, now)])

const rewrap = (db: Db, { from, wrapped, wrappedWith }: Rewrapped): Write =>
  one(
    db.write
      .updateTable('managed_key')
      .set({ wrapped, wrapped_with: wrappedWith })
      .where('kind', '=', from.kind)
      .where('id', '=', from.id)
      .where('wrapped', '=', from.wrapped),
  )

/**
 * A key is deleted; that there was one stays, with its public half where it has one.
 *
 * @returns `false` where it is not in this state any more.
 */
export async function retireKey(
  db: Db,
  { kind, id, state, wrapped, wrappedWith }: StoredKey,
  { events, now }: Told,
): Promise<boolean> {
  return await db.commit([
    one(
      db.write
        .updateTable('managed_key')
        .set({ state: 'retired', since_ms: now, wrapped, wrapped_with: wrappedWith })
        .where('kind', '=', kind)
        .where('id', '=', id)
        .where('state', '=', state),
    ),
    // Where an earlier version kept it: that one was the first.
    ...(state === 'old'
      ? [any(db.write.deleteFrom('server_key').where('name', 'in', FORMER[kind] ?? ['']))]
      : []),
    ...eventWrites(db, events, now),
  ])
}

const FORMER: Partial<Record<KeyKind, readonly string[]>> = {
  oidc: ['oidc', 'oidc-rs256', 'oidc-ps256'],
  vapid: ['vapid'],
  audit: ['audit'],
}

const rowOf = ({ kind, id, state, since, wrapped, wrappedWith }: StoredKey) => ({
  kind,
  id,
  state,
  since_ms: since,
  wrapped,
  wrapped_with: wrappedWith,
})

/** A process that uses the keys, and which of them it knows. */
export interface KeyNode {
  readonly id: string
  readonly knows: readonly string[]
  readonly seenAt: Instant
}

/** Writes what this node knows; nodes that were not seen since `gone` are forgotten. */
export async function noteNode(db: Db, node: KeyNode, gone: Instant): Promise<void> {
  const row = { knows: JSON.stringify(node.knows), seen_at_ms: node.seenAt }
  await db.commit([
    any(
      db.write
        .insertInto('key_node')
        .values({ id: node.id, ...row })
        .onConflict((oc) => oc.column('id').doUpdateSet(row)),
    ),
    any(db.write.deleteFrom('key_node').where('seen_at_ms', '<', gone).where('id', '!=', node.id)),
  ])
}

/** A node that ends holds up no key. */
export async function forgetNode(db: Db, id: string): Promise<void> {
  await db.commit([any(db.write.deleteFrom('key_node').where('id', '=', id))])
}

/** The nodes that were seen since then. */
export async function listNodes(db: Db, since: Instant): Promise<readonly KeyNode[]> {
  const rows = await db.read
    .selectFrom('key_node')
    .select(['id', 'knows', 'seen_at_ms'])
    .where('seen_at_ms', '>=', since)
    .orderBy('id')
    .limit(NODES_MAX)
    .execute()
  return rows.map(({ id, knows, seen_at_ms }) => ({
    id,
    knows: JSON.parse(knows) as string[],
    seenAt: instant(seen_at_ms),
  }))
}

const NODES_MAX = 1_000
