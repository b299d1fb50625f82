import type { AgentId } from '#core/agent.ts'
import type { StatementKind } from '#core/documents/statement.ts'
import type { Actor } from '#core/events/event.ts'
import type { Hearings } from '#core/events/hearing.ts'
import type { StatementId } from '#core/ids.ts'

/** What is written down about documents. */
export type DocumentsEvent =
  | {
      /** A statement for a client: put there, or taken away for good. */
      readonly kind: 'statement.added' | 'statement.removed'
      readonly statementId: StatementId
      readonly statement: StatementKind
      /** Of the file that was put there: keyed, so that the log cannot be searched for a file. */
      readonly contentHash?: string
      readonly by: Actor
      /** Who of the desk. */
      readonly agent?: AgentId
    }
  | {
      /** Its client has taken a copy. */
      readonly kind: 'statement.downloaded'
      readonly statementId: StatementId
      readonly statement: StatementKind
    }

/** Who hears of what. An event that is not decided here does not compile. */
export const DOCUMENTS_EVENTS: Hearings<DocumentsEvent> = {
  'statement.added': {
    activity: 'statement-added',
    // It waits in the portal; nothing is to be done about it.
    notice: null,
    desk: true,
    counted: true,
  },
  'statement.removed': {
    activity: 'statement-removed',
    notice: null,
    desk: true,
    counted: true,
  },
  'statement.downloaded': {
    activity: 'statement-downloaded',
    notice: null,
    desk: true,
    counted: true,
  },
}
