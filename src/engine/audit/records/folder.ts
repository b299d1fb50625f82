import type { WrittenEvent } from '#store/audit/audit.ts'

/**
 * What a folder of records holds, for an examiner who has only the folder and the public key of the
 * log.
 *
 * @see 17 CFR 240.17a-4(f)(2)(i)(A): every change, who made it and when, and what authenticates it
 */
export interface Manifest {
  readonly rule: Rule
  /** The name of the log, as its checkpoint has it. */
  readonly log: string
  /** When it was written: ISO 8601, UTC. */
  readonly written: string
  /** All events of the log, from the first one on. */
  readonly events: number
  /** Of the tree over them, in base64. @see RFC 9162, section 2.1.1 */
  readonly root: string
  readonly files: readonly RecordFile[]
}

export interface RecordFile {
  readonly name: string
  readonly bytes: number
  /** In hexadecimal. */
  readonly sha256: string
}

/** Whose form the records have. */
export const RULES = ['17a-4'] as const
export type Rule = (typeof RULES)[number]

export const NAMES = {
  manifest: 'manifest.json',
  checkpoint: 'checkpoint.txt',
  keys: 'keys.txt',
  readMe: 'README.txt',
  /** The digests of all other files, as `sha256sum -c` reads them. */
  digests: 'SHA256SUMS',
} as const

/** A file in which an event is a line, to the byte as the log has it; counted from 1. */
export const eventsName = (part: number): string => `events-${String(part).padStart(6, '0')}.jsonl`

export const isOfEvents = (name: string): boolean => /^events-\d{6,}\.jsonl$/.test(name)

/** The same events for a person, in a table. */
export const tableName = (part: number): string => tableOf(eventsName(part))

/** The table of a file of events. */
export const tableOf = (events: string): string => events.replace(/jsonl$/, 'csv')

/** How a table of events is written. */
export interface Table {
  readonly head: string
  readonly line: (written: WrittenEvent) => string
}
