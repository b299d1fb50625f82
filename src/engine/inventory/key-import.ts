import { newId, type TokenImportId } from '#core/ids.ts'
import type { Instant } from '#core/time/time.ts'
import type { DeliveredKey, KeyRefusal, StockedToken } from '#core/inventory/hardware-token.ts'
import type { World } from '#engine/world.ts'
import {
  addTokens,
  beginImport,
  discardImport,
  finishImport,
  knownSerials,
  listUnfinishedImports,
  TOKENS_PER_COMMIT,
} from '#store/inventory/hardware-tokens.ts'

/**
 * What a reader of a file hands on: a key, one that it had to refuse, or, as the last, that it gave
 * up.
 */
export type ReadKey<FileRefusal extends string> =
  | { readonly line: number; readonly key: DeliveredKey }
  | { readonly line: number; readonly serial: string | null; readonly refused: KeyRefusal }
  | { readonly line: number; readonly unreadable: FileRefusal }

export interface ImportReport {
  readonly read: number
  readonly imported: number
  readonly refused: number
  readonly reasons: Readonly<Partial<Record<KeyRefusal, number>>>
  /** The first of them. */
  readonly refusals: readonly RefusedKey[]
}

export interface RefusedKey {
  readonly line: number
  readonly serial: string | null
  readonly reason: KeyRefusal
}

/** Refusals that a report names one by one; the rest it counts. */
export const REFUSALS_NAMED_MAX = 1_000

export type Imported<FileRefusal extends string> =
  | ({ readonly ok: true } & ImportReport)
  /** Nothing of the file was imported. */
  | {
      readonly ok: false
      readonly reason: FileRefusal | 'nothing-usable' | 'taken-over'
      readonly line: number
      readonly report: ImportReport
    }

export interface Importing<FileRefusal extends string> {
  readonly items: AsyncIterable<ReadKey<FileRefusal>>
  /** Judges everything and writes nothing. */
  readonly dryRun: boolean
  /** The kind of the past that the file is of; without, one that is given out today. */
  readonly kind?: string | undefined
  /** Hears, now and then, how many keys were read. */
  readonly progress?: ((read: number) => void) | undefined
}

/**
 * Takes the keys of a file into the inventory: those that can be used, with a reason for each of
 * the others. Nothing counts before the last of them is written, so that a file is imported as a
 * whole or not at all. An import that was left open by a process that died is thrown away first.
 */
export async function importTokens<FileRefusal extends string>(
  world: World,
  { items, dryRun, progress, kind }: Importing<FileRefusal>,
): Promise<Imported<FileRefusal>> {
  const now = world.now()
  const inventory = dryRun ? null : await begun(world, now)
  const batch = judging(world, { now, kind })
  try {
    const end = await taken(world, { items, progress, inventory, batch })
    if (!end.ok) return await undone(world, inventory, { ...end, report: batch.report() })
    return { ok: true, ...batch.report() }
  } catch (error) {
    if (inventory) await discardImport(world.db, inventory)
    throw error
  }
}

type End<FileRefusal extends string> =
  | { readonly ok: true }
  | Pick<Extract<Imported<FileRefusal>, { ok: false }>, 'ok' | 'reason' | 'line'>

/** Reads, judges and writes, piece by piece, to the end of the file. */
async function taken<FileRefusal extends string>(
  world: World,
  {
    items,
    progress,
    inventory,
    batch,
  }: Omit<Importing<FileRefusal>, 'dryRun'> & {
    readonly inventory: TokenImportId | null
    readonly batch: Judging
  },
): Promise<End<FileRefusal>> {
  let line = 0
  for await (const item of items) {
    line = item.line
    if ('unreadable' in item) return { ok: false, reason: item.unreadable, line }
    batch.take(item)
    if (batch.waiting() < TOKENS_PER_COMMIT) continue
    if (!(await written(world, inventory, batch))) return { ok: false, reason: 'taken-over', line }
    progress?.(batch.report().read)
  }
  if (!(await written(world, inventory, batch))) return { ok: false, reason: 'taken-over', line }
  const report = batch.report()
  if (report.imported === 0) return { ok: false, reason: 'nothing-usable', line }
  if (inventory && !(await finished(world, inventory, report)))
    return { ok: false, reason: 'taken-over', line }
  return { ok: true }
}

async function begun(world: World, now: Instant): Promise<TokenImportId> {
  for (let attempt = 0; attempt < BEGINNINGS; attempt += 1) {
    const left = await listUnfinishedImports(world.db)
    for (const one of left) await discardImport(world.db, one)
    const id = newId('imp', now, world.random)
    if (await beginImport(world.db, { id, now })) return id
  }
  throw new Error('other imports begin faster than this one can')
}

const BEGINNINGS = 3

type Judging = ReturnType<typeof judging>

/** Judges keys, keeps those that wait to be written, and counts. */
function judging(
  world: World,
  { now, kind }: { readonly now: Instant; readonly kind: string | undefined },
) {
  const seen = new Set<string>()
  const reasons = new Map<KeyRefusal, number>()
  const refusals: RefusedKey[] = []
  let waiting: (StockedToken & { readonly line: number })[] = []
  let read = 0
  let imported = 0

  const refuse = (refusal: RefusedKey): void => {
    reasons.set(refusal.reason, (reasons.get(refusal.reason) ?? 0) + 1)
    if (refusals.length < REFUSALS_NAMED_MAX) refusals.push(refusal)
  }
  return {
    waiting: () => waiting.length,
    take(item: Exclude<ReadKey<never>, { readonly unreadable: never }>): void {
      read += 1
      const { line } = item
      if ('refused' in item) return refuse({ line, serial: item.serial, reason: item.refused })
      const { serial } = item.key
      const adopted = seen.has(serial)
        ? ({ reason: 'duplicate' } as const)
        : adoptedBy(world, item.key, { now, kind })
      if ('reason' in adopted) return refuse({ line, serial, reason: adopted.reason })
      seen.add(serial)
      waiting.push({ line, serial, authenticatorId: null, ...adopted })
    },
    /** Hands out what waits, without what the inventory has already. */
    async next(): Promise<readonly StockedToken[]> {
      const batch = waiting
      waiting = []
      const serials = batch.map(({ serial }) => serial)
      const known = await knownSerials(world.db, serials)
      for (const { line, serial } of batch.filter((one) => known.has(one.serial))) {
        refuse({ line, serial, reason: 'known' })
      }
      const fresh = batch.filter(({ serial }) => !known.has(serial))
      imported += fresh.length
      return fresh
    },
    report(): ImportReport {
      const refused = [...reasons.values()].reduce((sum, count) => sum + count, 0)
      return { read, imported, refused, reasons: Object.fromEntries(reasons), refusals }
    },
  }
}

/** Kinds of the past, whose keys are imported as theirs. */
export const pastKinds = ({ methods }: Pick<World, 'methods'>): readonly string[] =>
  [...methods.values()].flatMap(({ name, successor }) => (successor === undefined ? [] : [name]))

/** The method that can use a key, and what it keeps of it. */
function adoptedBy(
  { methods }: World,
  key: DeliveredKey,
  { now, kind }: { readonly now: Instant; readonly kind: string | undefined },
): Pick<StockedToken, 'method' | 'state'> | { readonly reason: KeyRefusal } {
  if (key.startsAt !== null && now < key.startsAt) return { reason: 'not-yet-valid' }
  if (key.expiresAt !== null && now >= key.expiresAt) return { reason: 'expired' }
  for (const { name, stock, successor } of methods.values()) {
    if (kind === undefined ? successor !== undefined : name !== kind) continue
    const adopted = stock?.adopt(key)
    if (adopted?.ok) return { method: name, state: adopted.kept }
    if (adopted && adopted.reason !== 'algorithm') return { reason: adopted.reason }
  }
  return { reason: 'algorithm' }
}

/** @returns `false` when another import has taken the place of this one. */
async function written(
  world: World,
  inventory: TokenImportId | null,
  batch: Judging,
): Promise<boolean> {
  const tokens = await batch.next()
  return !inventory || tokens.length === 0 || (await addTokens(world.db, inventory, tokens))
}

async function finished(world: World, id: TokenImportId, report: ImportReport): Promise<boolean> {
  const { imported, refused } = report
  const event = {
    kind: 'token.imported',
    subscriberId: null,
    importId: id,
    imported,
    refused,
  } as const
  return await finishImport(world.db, { id, keys: imported, now: world.now(), events: [event] })
}

async function undone<FileRefusal extends string>(
  world: World,
  inventory: TokenImportId | null,
  end: Omit<Extract<Imported<FileRefusal>, { ok: false }>, 'ok'>,
): Promise<Imported<FileRefusal>> {
  if (inventory) await discardImport(world.db, inventory)
  const { reason, line, report } = end
  return { ok: false, reason, line, report: { ...report, imported: 0 } }
}
