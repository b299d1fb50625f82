import { Broken } from '../trace.ts'
import type { Commit, Looking } from './commit.ts'

/**
 * I6: no state is reached by an edge that is not defined, and every step is made from the state
 * before it: versions rise by one.
 */
const LOGIN: Readonly<Record<string, readonly string[]>> = {
  new: ['started', 'completed'],
  started: ['choosing', 'challenged', 'completed', 'refused', 'expired'],
  choosing: ['choosing', 'challenged', 'completed', 'refused', 'expired'],
  challenged: ['challenged', 'choosing', 'completed', 'refused', 'expired'],
  completed: ['completed', 'expired'],
  refused: [],
  expired: [],
}
const AUTHENTICATOR: Readonly<Record<string, readonly string[]>> = {
  new: ['active'],
  active: ['active', 'suspended', 'disabled', 'revoked'],
  suspended: ['suspended', 'active', 'revoked'],
  disabled: ['disabled', 'revoked'],
  revoked: [],
}
const ENROLMENT: Readonly<Record<string, readonly string[]>> = {
  new: ['open'],
  open: ['open', 'used', 'cancelled', 'dead'],
  used: [],
  cancelled: [],
  dead: [],
}

const TABLES = {
  login: { edges: LOGIN, sql: 'select id, version, state from login' },
  authenticator: {
    edges: AUTHENTICATOR,
    sql: 'select id, version, lifecycle as state from authenticator',
  },
  enrolment: { edges: ENROLMENT, sql: 'select id, version, state from enrolment' },
} as const

interface Row {
  readonly id: string
  readonly version: number
  readonly state: string
}

export function edgesHeld({ storage }: Looking): (commit: Commit) => void {
  const known = new Map<string, Row>()
  let isFirst = true
  return ({ tables }) => {
    for (const [table, { edges, sql }] of Object.entries(TABLES)) {
      if (!isFirst && !tables.has(table)) continue
      for (const row of storage.rows(sql) as readonly Row[]) {
        const was = known.get(row.id)
        known.set(row.id, row)
        if (isFirst || (was?.version === row.version && was.state === row.state)) continue
        const from = was?.state ?? 'new'
        const isFinal = edges[from]?.length === 0
        if (isFinal && was?.state === row.state && table !== 'login') continue
        const way = `${row.id} from ${from} (${was?.version ?? 0}) to ${row.state} (${row.version})`
        if (!edges[from]?.includes(row.state)) throw new Broken('I6', way)
        if (row.version !== (was?.version ?? 0) + 1) throw new Broken('I6', way)
      }
    }
    isFirst = false
  }
}
