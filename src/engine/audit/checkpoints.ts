import { isSame } from '#core/audit/merkle.ts'
import { after, type Millis, millis, minutes } from '#core/time/time.ts'
import {
  ED25519,
  noteOf,
  type Signer,
  signatureIn,
  signatureOf,
  type VerifierKey,
  verifierKey,
} from '#engine/audit/note.ts'
import { rootAt } from '#engine/audit/tree.ts'
import { checkpointIn, isOfLog, originOf, textOf, type TreeHead } from '#engine/audit/tree-head.ts'
import type { World } from '#engine/world.ts'
import {
  type Checkpoint,
  CHECKPOINTS_MAX,
  createCheckpoint,
  listCheckpoints,
  listCosignatures,
  listLatestCheckpoints,
} from '#store/audit/checkpoints.ts'
import { findTimeAfter, findTree, findLeafUpTo, type Tree } from '#store/audit/tree.ts'

/** A checkpoint is due after so long, or after so many events, whichever comes first. */
export const CHECKPOINT_EVERY: Millis = minutes(1)
export const CHECKPOINT_EVENTS = 1_000

/** What a log needs of the world. */
export interface LogWorld extends Pick<World, 'db' | 'serverKeys'> {
  readonly settings: Pick<World['settings'], 'issuer'>
}

/** What signs the checkpoints of this installation. */
export function logSigner({ settings, serverKeys }: Omit<LogWorld, 'db'>): Signer {
  const { publicKey, sign, rewinds } = serverKeys.audit
  const name = originOf(settings.issuer, rewinds)
  return { verifier: verifierKey(name, ED25519, publicKey), sign }
}

/** While a key is exchanged the one before signs beside it: a reader knows one of them. */
function logSigners({ settings, serverKeys }: Omit<LogWorld, 'db'>) {
  const name = originOf(settings.issuer, serverKeys.audit.rewinds)
  return [serverKeys.audit, ...serverKeys.auditBefore].map(
    ({ publicKey, sign }): Signer => ({ verifier: verifierKey(name, ED25519, publicKey), sign }),
  )
}

/** All keys of this log, the one that signs first: the next one, and those that have signed. */
export function logVerifiers(world: Omit<LogWorld, 'db'>): readonly VerifierKey[] {
  const name = originOf(world.settings.issuer, world.serverKeys.audit.rewinds)
  const beside = world.serverKeys.auditBeside.map((key) => verifierKey(name, ED25519, key))
  return [...logSigners(world).map(({ verifier }) => verifier), ...beside]
}

/** A checkpoint that counts, and what it says. */
export interface Signed extends Checkpoint {
  readonly head: TreeHead
}

type Signing = LogWorld

/** Rows can be added by others: one counts that this log has signed, and over its own size. */
function signedOf(world: Signing, checkpoint: Checkpoint): Signed | null {
  const note = checkpointIn(checkpoint.note)
  if (note?.head.size !== checkpoint.size) return null
  const keys = logSigners(world).map(({ verifier }) => verifier)
  return isOfLog(note, keys) ? { ...checkpoint, head: note.head } : null
}

/** The latest checkpoint that counts, over at most the events that the tree holds. */
export async function findLatestSigned(world: Signing): Promise<Signed | null> {
  let { size: upTo } = await findTree(world.db)
  for (let limit = 1; ; limit = CHECKPOINTS_MAX) {
    const page = await listLatestCheckpoints(world.db, { upTo, limit })
    for (const checkpoint of page) {
      const signed = signedOf(world, checkpoint)
      if (signed) return signed
    }
    if (page.length < limit) return null
    upTo = (page.at(-1)?.size ?? 0) - 1
  }
}

/**
 * Signs the tree when that is due. It keeps in mind what was signed last: where the tree no longer
 * holds that, nothing is signed any more.
 */
export function checkpointer(world: World): () => Promise<void> {
  let last: TreeHead | null = null
  return async () => {
    const found = await lookAt(world, last)
    const { tree, latest } = found
    last = isDue(world, tree, latest) ? await signTree(world, tree, found.last) : found.last
  }
}

function isDue({ now }: Pick<World, 'now'>, { size }: Tree, latest: Checkpoint | null): boolean {
  if (size === 0 || size === latest?.size) return false
  if (latest === null || size - latest.size >= CHECKPOINT_EVENTS) return true
  return now() >= after(latest.at, CHECKPOINT_EVERY)
}

interface Found {
  readonly tree: Tree
  readonly latest: Signed | null
  readonly last: TreeHead | null
}

/** @throws AuditLogRolledBack when more was signed than the tree holds. */
async function lookAt(world: Signing, seen: TreeHead | null): Promise<Found> {
  const latest = await findLatestSigned(world)
  // Another node may have signed more since.
  const last = latest && latest.size > (seen?.size ?? 0) ? latest.head : seen
  const { size } = await findTree(world.db)
  const behind = await listCheckpoints(world.db, { after: size, upTo: Number.MAX_SAFE_INTEGER })
  const ahead = behind.flatMap((checkpoint) => signedOf(world, checkpoint) ?? []).at(-1)
  // Read after what was signed: another node lets it grow, and then signs.
  const tree = await findTree(world.db)
  const signed = Math.max(last?.size ?? 0, ahead?.size ?? 0)
  if (signed > tree.size) throw new AuditLogRolledBack(sizes(signed, tree))
  return { tree, latest, last }
}

/** For how long the oldest event has waited that no checkpoint holds yet; 0 where none waits. */
export async function unsignedFor(world: Signing & Pick<World, 'now'>): Promise<Millis> {
  const { db, now } = world
  const latest = await findLatestSigned(world)
  // By the tree that was signed, and numbers that were drawn: the one in the row says nothing.
  const drawn = (await db.lastDrawn()) ?? Number.MAX_SAFE_INTEGER
  const leaf = latest && (await findLeafUpTo(db, drawn, latest))
  const oldest = await findTimeAfter(db, leaf?.seq ?? 0)
  return millis(oldest === null ? 0 : Math.max(0, now() - oldest))
}

/** Signs what the tree holds now, whether or not it is due; @returns the latest checkpoint. */
export async function checkpointNow(world: World): Promise<Checkpoint | null> {
  const { tree, latest, last } = await lookAt(world, null)
  if (tree.size === 0 || tree.size === latest?.size) return latest
  await signTree(world, tree, last)
  return await findLatestSigned(world)
}

/** A checkpoint with what witnesses have signed under it. */
export async function withCosignatures(
  { db }: Pick<World, 'db'>,
  { size, note }: Checkpoint,
): Promise<string> {
  const lines = await listCosignatures(db, size)
  const signatures = lines.filter((line) => signatureIn(line) !== null)
  return note + signatures.map((line) => `${line}\n`).join('')
}

/**
 * A log signs nothing that does not hold what it has signed before.
 *
 * @see C2SP, "tlog-checkpoint", "Signatures"
 */
async function signTree(world: World, tree: Tree, last: TreeHead | null): Promise<TreeHead> {
  const { db } = world
  if (last && !isSame(await rootAt(db, last.size), last.root))
    throw new AuditLogForked(sizes(last.size, tree))
  const signer = logSigner(world)
  const head = { origin: signer.verifier.name, size: tree.size, root: await rootAt(db, tree.size) }
  const text = textOf(head)
  const signatures = logSigners(world).map((one) => signatureOf(one, text))
  const note = noteOf({ text, signatures })
  const { size, seq } = tree
  if (await createCheckpoint(db, { size, seq, at: world.now(), note })) return head
  // Another node was faster; or the row is not one of this log, and is in the way.
  const [there] = await listCheckpoints(db, { after: size - 1, upTo: size })
  if (!there || !signedOf(world, there)) throw new AuditCheckpointBlocked(`at ${size} events`)
  return head
}

const sizes = (signed: number, tree: Tree): string => `signed at ${signed}, now ${tree.size}`

/** A row that this log did not sign stands where the next checkpoint belongs. */
export class AuditCheckpointBlocked extends Error {
  override readonly name = 'AuditCheckpointBlocked'
}

/** The log holds fewer events than were signed: the database was rolled back. */
export class AuditLogRolledBack extends Error {
  override readonly name = 'AuditLogRolledBack'
}

/** The log holds other events than were signed. */
export class AuditLogForked extends Error {
  override readonly name = 'AuditLogForked'
}
