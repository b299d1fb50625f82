import fc from 'fast-check'
import { SEARCHES } from '#core/desk/case-events.ts'
import { CLASSES, DEEDS } from '#core/desk/deeds.ts'
import { EMERGENCY_DEEDS } from '#core/desk/programs/emergency.ts'
import { SAID_VERIFICATIONS } from '#core/events/event.ts'
import { FOR_PROGRAMS, SECONDS } from './programs.ts'
import { IN_QUEUE } from './queue.ts'
import { ON_PAGE } from './pages.ts'

/** What an enemy at the desk can do, and in which order. */

/** A look changes nothing, and opens nothing. */
export const CHANGING = DEEDS.filter((deed) => deed !== 'unmask')

const act = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(...SEARCHES).map((by) => ({ kind: 'open', by }) as const),
  },
  { weight: 6, arbitrary: fc.constantFrom(...CLASSES).map((of) => ({ kind: 'ask', of }) as const) },
  // In any order a call seldom comes to its end: these do.
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('call' as const),
      of: fc.constantFrom('device', 'device', 'password', 'access', 'stop'),
    }),
  },
  { weight: 6, arbitrary: fc.nat(7).map((which) => ({ kind: 'use', which }) as const) },
  {
    weight: 8,
    arbitrary: fc
      .constantFrom('client', 'client', 'client', 'guess', 'replay')
      .map((from) => ({ kind: 'answer', from }) as const),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('deed' as const),
      deed: fc.constantFrom(...CHANGING),
      warrant: fc.constantFrom('fitting', 'fitting', 'fitting', 'any', 'none', 'made-up'),
    }),
  },
  {
    weight: 8,
    arbitrary: fc
      .constantFrom('response', 'passcode', 'passcode', 'reset', 'text', 'signed')
      .map((using) => ({ kind: 'break-in', using }) as const),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('phone' as const),
      of: fc.constantFrom(...CLASSES),
      // What the client does who sees it: one on the line does as they are told.
      answer: fc.constantFrom('yes', 'yes', 'wrong', 'nothing'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('call-back' as const),
      of: fc.constantFrom(...CLASSES),
      tells: fc.constantFrom('heard', 'heard', 'guess', 'early'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('page' as const),
      of: fc.constantFrom(...CLASSES),
      does: fc.constantFrom(...ON_PAGE),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.constantFrom(...IN_QUEUE).map((does) => ({ kind: 'queue', does }) as const),
  },
  { weight: 2, arbitrary: fc.constant({ kind: 'record' } as const) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('program' as const),
      deed: fc.constantFrom(...FOR_PROGRAMS),
      second: fc.constantFrom(...SECONDS),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('command' as const),
      deed: fc.constantFrom(...EMERGENCY_DEEDS),
      verified: fc.constantFrom(...SAID_VERIFICATIONS),
      second: fc.constantFrom(...SECONDS),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: 'find-card' } as const) },
  { weight: 2, arbitrary: fc.constant({ kind: 'unmask' } as const) },
  { weight: 1, arbitrary: fc.nat(2).map((which) => ({ kind: 'press', which }) as const) },
  { weight: 2, arbitrary: fc.constant({ kind: 'relay' } as const) },
  { weight: 2, arbitrary: fc.constant({ kind: 'look' } as const) },
  { weight: 1, arbitrary: fc.constant({ kind: 'close' } as const) },
  { weight: 1, arbitrary: fc.constant({ kind: 'client-logs-in' } as const) },
  {
    weight: 4,
    arbitrary: fc
      .constantFrom(1, 3, 9, 10, 61, 61, 119, 1_439, 1_441)
      .map((count) => ({ kind: 'wait', count }) as const),
  },
)
export type Act = typeof act extends fc.Arbitrary<infer A> ? A : never

export const histories = fc.record({
  acts: fc.array(act, { minLength: 40, maxLength: 40 }),
  /** A stranger deceives the agent; or the agent is corrupt, and the client calls now and then. */
  caller: fc.constantFrom('client', 'client', 'stranger'),
  /** A supervisor may be corrupt as well, and would agree to what they ask for themselves. */
  role: fc.constantFrom('agent', 'agent', 'supervisor'),
})
export type History = typeof histories extends fc.Arbitrary<infer H> ? H : never
