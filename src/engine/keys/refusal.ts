import type { AgentId } from '#core/agent.ts'
import type { Instant } from '#core/time/time.ts'

/** Who does it, and why: both stand in the audit log. */
export interface By {
  readonly by: AgentId
  readonly why: string
}

export type Refused =
  /** Rows are looked up by what it has made. */
  | { readonly ok: false; readonly why: 'fixed' }
  | { readonly ok: false; readonly why: 'under-way'; readonly id: number }
  | { readonly ok: false; readonly why: 'no-more' | 'unknown' | 'no-reason' | 'moved' }
  /** What keeps the root key exchanges it itself. */
  | { readonly ok: false; readonly why: 'elsewhere'; readonly provider: string }
  | { readonly ok: false; readonly why: 'not-old'; readonly state: string }
  | { readonly ok: false; readonly why: 'kept'; readonly until: Instant }
  | { readonly ok: false; readonly why: 'needed'; readonly rows: number }
  | { readonly ok: false; readonly why: 'nodes'; readonly nodes: number }

export const WHY_LENGTH_MAX = 200

export const isReason = (why: string): boolean =>
  why.trim().length > 0 && why.length <= WHY_LENGTH_MAX && !/\p{Cc}/u.test(why)
