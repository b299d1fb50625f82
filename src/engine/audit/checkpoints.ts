import { isSame } from '#core/audit/merkle.ts'
import { after, type Millis, millis, minutes } from '#core/time/time.ts'
import { ED25519, noteOf, type Signer, signatureOf, verifierKey } from '#engine/audit/note.ts'
import { rootAt } from '#engine/audit/tree.ts'
import { checkpointIn, originOf, textOf, type TreeHead } from '#engine/audit/tree-head.ts'
import type { World } from '#engine/world.ts'
import {
  type Checkpoint,
  createCheckpoint,
  findLatestCheckpoint,
  listCosignatures,
} from '#store/audit/checkpoints.ts'
import { findTimeAfter, findTree, type Tree } from '#store/audit/tree.ts'

/** A checkpoint is due after so long, or after so many events, whichever comes first. */
export const CHECKPOINT_EVERY: Millis = minutes(1)
export const CHECKPOINT_EVENTS = 1_000

/** What signs the checkpoints of this installation. */
export function logSigner({
  settings,
  serverKeys,
}: Pick<World, 'settings' | 'serverKeys'>): Signer {
  const { publicKey, sign } = serverKeys.audit
  return { verifier: verifierKey(originOf(settings.issuer), ED25519, publicKey), sign }
}

/**
 * Signs the tree when that is due. It keeps in mind what was signed last: where the tree no longer
 * holds that, nothing is signed any more.
 */
export function checkpointer(world: World): () => Promise<void> {
  let last: TreeHead | null = null
  return async () => {
    const [tree, latest] = await Promise.all([findTree(world.db), findLatestCheckpoint(world.db)])
    last ??= latest && (checkpointIn(latest.note)?.head ?? null)
    if (!isDue(world, tree, latest)) return
    last = await signTree(world, tree, last)
  }
}

function isDue({ now }: Pick<World, 'now'>, { size }: Tree, latest: Checkpoint | null): boolean {
  if (size === 0 || size === latest?.size) return false
  if (latest === null || size - latest.size >= CHECKPOINT_EVENTS) return true
  return now() >= after(latest.at, CHECKPOINT_EVERY)
}

/** For how long the oldest event has waited that no checkpoint holds yet; 0 where none waits. */
export async function unsignedFor({ db, now }: Pick<World, 'db' | 'now'>): Promise<Millis> {
  const latest = await findLatestCheckpoint(db)
  const oldest = await findTimeAfter(db, latest?.seq ?? 0)
  return millis(oldest === null ? 0 : Math.max(0, now() - oldest))
}

/** Signs what the tree holds now, whether or not it is due; @returns the latest checkpoint. */
export async function checkpointNow(world: World): Promise<Checkpoint | null> {
  const [tree, latest] = await Promise.all([findTree(world.db), findLatestCheckpoint(world.db)])
  if (tree.size === 0 || tree.size === latest?.size) return latest
  await signTree(world, tree, latest && (checkpointIn(latest.note)?.head ?? null))
  return await findLatestCheckpoint(world.db)
}

/** A checkpoint with what witnesses have signed under it. */
export async function withCosignatures(
  { db }: Pick<World, 'db'>,
  { size, note }: Checkpoint,
): Promise<string> {
  const lines = await listCosignatures(db, size)
  return note + lines.map((line) => `${line}\n`).join('')
}

/**
 * A log signs nothing that does not hold what it has signed before.
 *
 * @see C2SP, "tlog-checkpoint", "Signatures"
 */
async function signTree(world: World, tree: Tree, last: TreeHead | null): Promise<TreeHead> {
  const { db } = world
  if (last && last.size > tree.size) throw new AuditLogRolledBack(sizes(last, tree))
  if (last && !isSame(await rootAt(db, last.size), last.root))
    throw new AuditLogForked(sizes(last, tree))
  const signer = logSigner(world)
  const head = { origin: signer.verifier.name, size: tree.size, root: await rootAt(db, tree.size) }
  const text = textOf(head)
  const note = noteOf({ text, signatures: [signatureOf(signer, text)] })
  await createCheckpoint(db, { size: tree.size, seq: tree.seq, at: world.now(), note })
  return head
}

const sizes = (last: TreeHead, tree: Tree): string => `signed at ${last.size}, now ${tree.size}`

/** The log holds fewer events than were signed: the database was set back. */
export class AuditLogRolledBack extends Error {
  override readonly name = 'AuditLogRolledBack'
}

/** The log holds other events than were signed. */
export class AuditLogForked extends Error {
  override readonly name = 'AuditLogForked'
}
