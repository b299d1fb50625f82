import type { AgentId } from '#core/agent.ts'
import type { Hearings } from '#core/events/hearing.ts'
import type { KeyKind } from '#core/keys/key.ts'

/** The audit events of the keys of the installation. */
export type KeysEvent =
  | {
      /** A new key was made; it is not used yet. */
      readonly kind: 'key.made'
      readonly key: KeyKind
      readonly id: number
      readonly why: string
      readonly agent: AgentId
    }
  | {
      /** All nodes know it, and what is new is made with it. */
      readonly kind: 'key.activated'
      readonly key: KeyKind
      readonly id: number
    }
  | {
      /** The same keys, wrapped anew by what keeps the root key now. */
      readonly kind: 'keys.wrapped'
      readonly count: number
      readonly provider: string
      readonly why: string
      readonly agent: AgentId
    }
  | {
      /** No row needed it, and it is deleted. */
      readonly kind: 'key.retired'
      readonly key: KeyKind
      readonly id: number
      readonly why: string
      readonly agent: AgentId
    }

const OF_OPERATORS = { activity: null, notice: null, desk: false, counted: true } as const

/** Who is told of each event. An event without an entry here does not compile. */
export const KEYS_EVENTS: Hearings<KeysEvent> = {
  'key.made': OF_OPERATORS,
  'key.activated': OF_OPERATORS,
  'keys.wrapped': OF_OPERATORS,
  'key.retired': OF_OPERATORS,
}
