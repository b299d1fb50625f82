import { instant } from '#core/time/time.ts'
import type { Clock } from '#engine/operation/clock.ts'
import type { World } from '#engine/world.ts'
import type { Method } from '#methods/method.ts'
import type { Write } from '#store/database/connection.ts'
import type { Storage } from './storage.ts'
import type { Invariant } from './trace.ts'

/** A bug that is planted in what the engine works with, to see that it is found. */
export interface Bug {
  readonly breaks: Invariant
  readonly what: string
  /** What the storage writes instead. */
  readonly bent?: (writes: readonly Write[]) => readonly Write[]
  readonly clock?: (machine: () => number) => Clock
  readonly world?: (world: World) => World
  /** What is done to the storage, now and then. */
  readonly tampers?: (storage: Storage) => void
  /** It says that it has written before it has. */
  readonly isEarly?: true
}

const isOf = ({ sql }: Write, what: 'update' | 'insert into', table: string): boolean =>
  sql.startsWith(`${what} "${table}"`)

const tells = (writes: readonly Write[], kind: string): boolean =>
  writes.some(({ event }) => event === kind)

/** One for each invariant: a check that finds none of them says nothing. */
export const BUGS: readonly Bug[] = [
  {
    breaks: 'I1',
    what: 'a store that does not look how many rows it has changed',
    bent: (writes) => writes.map((write) => ({ ...write, rows: null })),
  },
  {
    breaks: 'I2',
    what: 'a store that says that it has written before it has',
    isEarly: true,
  },
  {
    breaks: 'I3',
    what: 'a wrong answer that leaves the count as it was',
    bent: (writes) =>
      tells(writes, 'login.answer-refused')
        ? writes.filter((write) => !isOf(write, 'update', 'authenticator'))
        : writes,
  },
  {
    breaks: 'I4',
    what: 'a new phone that leaves the one before it as it was',
    bent: (writes) =>
      tells(writes, 'authenticator.bound')
        ? writes.filter((write) => !isOf(write, 'update', 'authenticator'))
        : writes,
  },
  {
    breaks: 'I5',
    what: 'a text that counts as much as a phone',
    world: (world) => withMethod(world, 'sms-code', (method) => ({ ...method, acr: '3' })),
  },
  {
    breaks: 'I6',
    what: 'a store that writes over whatever version there is',
    bent: (writes) =>
      writes.map((write) => ({
        ...write,
        sql: write.sql.replace('and "version" = ?', 'and ? is not null'),
      })),
  },
  {
    breaks: 'I7',
    what: 'a clock that runs back with its machine',
    clock: (machine) => ({
      now: () => instant(machine()),
      learn: () => undefined,
      get mark() {
        return instant(machine())
      },
    }),
  },
  {
    breaks: 'I8',
    what: 'a notice that is not sent by mail',
    bent: (writes) =>
      writes.some((write) => isOf(write, 'insert into', 'notice'))
        ? writes.filter(
            (write) =>
              !(isOf(write, 'insert into', 'outbox') && write.parameters.includes('email')),
          )
        : writes,
  },
  {
    breaks: 'I9',
    what: 'an insider who changes a row of the log',
    tampers: (storage) =>
      storage.tamper(`drop trigger if exists audit_event_no_update;
        update audit_event set at_ms = at_ms + 1
          where seq = (select seq from audit_event order by seq desc limit 1 offset 5)`),
  },
  {
    breaks: 'I10',
    what: 'a session that remembers the code it was opened with',
    world: (world) =>
      withMethod(world, 'sms-code', (method) => ({
        ...method,
        async verify(state, judging) {
          const verdict = await method.verify(state, judging)
          const { code = '' } = judging.answer as { readonly code?: string }
          return verdict.outcome === 'accepted' ? { ...verdict, amr: ['otp', code] } : verdict
        },
      })),
  },
]

const withMethod = (world: World, name: string, change: (method: Method) => Method): World => ({
  ...world,
  methods: new Map(
    [...world.methods].map(([one, method]) => [one, one === name ? change(method) : method]),
  ),
})
