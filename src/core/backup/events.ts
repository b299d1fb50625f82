import type { Hearings } from '#core/events/hearing.ts'
import type { BackupId } from '#core/ids.ts'

/** Why a database was restored. */
export const FENCE_REASONS = ['disk-lost', 'failover', 'mistake', 'moved', 'drill'] as const
export type FenceReason = (typeof FENCE_REASONS)[number]

/** The audit events of backups. */
export type BackupEvent =
  | {
      /** The whole database was copied, sealed. */
      readonly kind: 'backup.made'
      /** That of the file. */
      readonly backupId: BackupId
    }
  | {
      /** What may have been used or ended since the backup counts no more (A25). */
      readonly kind: 'backup.fenced'
      /** `null` where the database was restored by other means. */
      readonly backupId: BackupId | null
      readonly reason: FenceReason
      /** Events that were written down after the backup, and stand in the log again. */
      readonly taken: number
      /** The log goes on under another name: what was signed of it beyond this size is lost. */
      readonly rewound?: Rewound
    }

export type Rewound = {
  /** The name that it had. */
  readonly origin: string
  readonly size: number
  /** Events that were signed and are lost. */
  readonly lost: number
}

/** No client has a part in them. */
const OF_OPERATION = { activity: null, notice: null, desk: false, counted: true } as const

/** Who is told of each event. An event without an entry here does not compile. */
export const BACKUP_EVENTS: Hearings<BackupEvent> = {
  'backup.made': OF_OPERATION,
  'backup.fenced': OF_OPERATION,
}
