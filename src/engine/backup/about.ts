import type { BackupId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import { BackupUnreadable } from '#store/backup/sealed-stream.ts'
import { MIGRATIONS } from '#store/database/migrate.ts'

/** What a backup says of itself. */
export interface About {
  readonly id: BackupId
  readonly madeAt: number
  readonly database: 'sqlite' | 'postgres'
  /** The migrations that have made its tables. */
  readonly migrations: readonly string[]
}

export const aboutNow = (of: Omit<About, 'migrations'>): Json => ({
  ...of,
  migrations: Object.keys(MIGRATIONS),
})

/** It was made by a newer version, whose tables this one does not know. */
export class BackupNewer extends Error {
  override readonly name = 'BackupNewer'
}

/** @throws BackupNewer */
export function aboutIn(json: Json): About {
  // It was sealed with our key, by `aboutNow` of this version or another.
  const about = json as unknown as About
  if (!Array.isArray(about.migrations)) throw new BackupUnreadable('changed')
  const names: readonly string[] = about.migrations
  const unknown = names.find((name) => !Object.hasOwn(MIGRATIONS, name))
  if (unknown !== undefined) throw new BackupNewer(unknown)
  return about
}
