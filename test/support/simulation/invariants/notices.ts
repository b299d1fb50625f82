import type { Letter } from '../nodes.ts'
import type { Person } from '../acts/people.ts'
import { Broken } from '../trace.ts'
import type { Event } from './commit.ts'

/**
 * I8: every change of a factor or an address is told by mail to every address, also to those that
 * were replaced: no run lasts for the month in which they are told.
 */
export const TELLING: readonly string[] = [
  ...(['authenticator.bound', 'authenticator.waiting', 'authenticator.stopped'] as const),
  'contact.set',
]

export function noticesSent(
  people: readonly Person[],
  events: readonly Event[],
  letters: readonly Letter[],
): number {
  let told = 0
  const mails = letters.filter(({ channel }) => channel === 'email')
  for (const { seq, kind, subscriberId } of events) {
    const person = people.find((one) => one.subscriberId === subscriberId)
    if (!person || !TELLING.includes(kind)) continue
    const about = mails.filter(({ payload }) =>
      JSON.stringify(payload).includes(`Reference N-${seq}.`),
    )
    for (const { value, seq: since } of person.emails) {
      // One that came with the event, or after it, may be told as well.
      if (since >= seq) continue
      const there = about.filter(({ address }) => JSON.stringify(address).includes(value))
      if (there.length === 0) throw new Broken('I8', `${kind} ${seq} was not told to ${value}`)
      if (new Set(there.map(({ id }) => id)).size > 1)
        throw new Broken('I8', `${kind} ${seq} was told to ${value} twice`)
      told += 1
    }
  }
  return told
}
