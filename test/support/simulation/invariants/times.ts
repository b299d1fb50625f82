import { minutes, seconds } from '#core/time/time.ts'
import { Broken } from '../trace.ts'
import type { Commit, Event } from './commit.ts'

/**
 * I7: what has expired is never accepted. What counts is the latest time that a node knew of, which
 * is not what its clock may say now.
 */
const LIFE: Readonly<Record<string, number>> = {
  'sms-code': minutes(5),
  'phone-key': minutes(3),
}
const LOGIN_LIFE = minutes(10)
/** Small steps back are corrections of a clock. */
const SLACK = seconds(6)

const ACCEPTED: readonly string[] = ['login.completed', 'login.answer-accepted']

export function timesKept(): (commit: Commit) => void {
  const begun = new Map<string, number>()
  const asked = new Map<string, { readonly at: number; readonly method: string }>()

  function accepted(loginId: string, since: number): void {
    const question = asked.get(loginId)
    const life = LIFE[question?.method ?? '']
    if (question && life !== undefined && since > question.at + life + SLACK)
      throw new Broken('I7', `${question.method} of ${loginId}, ${since - question.at} ms old`)
    const start = begun.get(loginId)
    if (start !== undefined && since > start + LOGIN_LIFE + SLACK)
      throw new Broken('I7', `${loginId}, ${since - start} ms old`)
  }

  function noted({ kind, loginId, at, said }: Event, since: number | null): void {
    if (loginId === null) return
    if (kind === 'login.started') begun.set(loginId, at)
    if (kind === 'login.challenged') {
      const method = said.method ?? ''
      asked.set(loginId, { at, method })
    }
    if (ACCEPTED.includes(kind) && since !== null) accepted(loginId, since)
  }
  return ({ events, since }) => {
    for (const event of events) noted(event, since)
  }
}
