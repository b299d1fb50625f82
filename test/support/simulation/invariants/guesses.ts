import { Broken } from '../trace.ts'
import type { Commit, Looking } from './commit.ts'

/** I3: every guess that was judged is counted, where it is judged and as often. */
const GUESSES: readonly string[] = ['wrong-code', 'wrong-response', 'wrong-pin']
/** No authenticator is asked again after so many in a row. */
const HARD_CAP = 10

interface Row {
  readonly id: string
  readonly failures: number
  readonly lifecycle: string
}

export function guessesCounted({ storage }: Looking): {
  readonly committed: (commit: Commit) => void
  /** A claimant is told that an answer was wrong. */
  readonly told: (loginId: string) => void
} {
  const known = new Map<string, Row>()
  const toldOf = new Map<string, number>()
  const rows = () =>
    storage.rows('select id, failures, lifecycle from authenticator') as readonly Row[]
  for (const row of rows()) known.set(row.id, row)
  return {
    committed({ events, tables }) {
      const refused = events.filter(
        ({ kind, said }) =>
          kind === 'login.answer-refused' && GUESSES.includes(said.reason ?? '') && said.method,
      )
      if (refused.length === 0 && !tables.has('authenticator')) return
      const now = new Map(rows().map((row) => [row.id, row]))
      for (const { said } of refused) {
        const id = said.authenticatorId ?? ''
        const was = known.get(id)
        const is = now.get(id)
        if (!was || !is || was.lifecycle !== 'active') continue
        if (is.failures !== was.failures + 1)
          throw new Broken('I3', `${id} has ${is.failures} failures after ${was.failures}`)
        if (is.failures >= HARD_CAP && is.lifecycle === 'active')
          throw new Broken('I3', `${id} is asked after ${is.failures} failures`)
      }
      known.clear()
      for (const [id, row] of now) known.set(id, row)
    },
    told(loginId) {
      const count = (toldOf.get(loginId) ?? 0) + 1
      toldOf.set(loginId, count)
      const [row] = storage.rows(
        `select count(*) as count from audit_event
          where login_id = ? and kind = 'login.answer-refused'`,
        loginId,
      ) as readonly { readonly count: number }[]
      if ((row?.count ?? 0) < count)
        throw new Broken('I3', `${count} guesses in ${loginId}, ${row?.count} counted`)
    },
  }
}
