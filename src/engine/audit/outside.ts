import { notesIn, type VerifierKey } from '#engine/audit/note.ts'
import { checkpointIn, type HeadNote, isOfLog } from '#engine/audit/tree-head.ts'

/** What was kept outside, as a file has it. */
export interface Outside {
  readonly checkpoints: readonly HeadNote[]
  /** Parts between them that are no checkpoint, counted from 1. */
  readonly unreadable: readonly number[]
  /** Lines of a syslog server with a note that is no checkpoint of this log. */
  readonly skipped: number
}

/**
 * Reads notes that were appended to a file one after the other, or the lines of a syslog server.
 * Only the log writes into its file, so what cannot be read there is a finding; to a syslog server
 * others write, too, and what they write is left out.
 */
export function outsideIn(text: string, keys: readonly VerifierKey[]): Outside {
  const lines = text.split('\n').flatMap((line) => noteInLine(line) ?? [])
  return lines.length > 0 ? fromLines(lines, keys) : fromNotes(notesIn(text))
}

function fromLines(lines: readonly string[], keys: readonly VerifierKey[]): Outside {
  const checkpoints = lines.flatMap((line) => {
    const note = checkpointIn(line)
    return note && (keys.some(({ name }) => name === note.head.origin) || isOfLog(note, keys))
      ? [note]
      : []
  })
  return { checkpoints, unreadable: [], skipped: lines.length - checkpoints.length }
}

function fromNotes(notes: readonly string[]): Outside {
  const read = notes.map(checkpointIn)
  return {
    checkpoints: read.filter((note) => note !== null),
    unreadable: read.flatMap((note, index) => (note === null ? [index + 1] : [])),
    skipped: 0,
  }
}

/** The note in a line of a syslog server; empty where its JSON is broken. */
export function noteInLine(line: string): string | null {
  const [found] = /\{"note":"(?:[^"\\]|\\.)*"\}/.exec(line) ?? []
  if (found === undefined) return null
  try {
    return (JSON.parse(found) as { readonly note: string }).note
  } catch {
    return ''
  }
}
