import fc from 'fast-check'
import { days, hours, type Millis, minutes } from '#core/time/time.ts'

/** What can happen to a client and her phones, in random order. */

export type By = 'text' | 'phone'
/** Which of the phones that there are, counted round. */
export type Which = number
export type NodeIndex = 0 | 1

export type Happening =
  | { readonly kind: 'log-in'; readonly by: By; readonly which: Which; readonly node: NodeIndex }
  | { readonly kind: 'new-phone'; readonly by: By; readonly which: Which; readonly node: NodeIndex }
  | { readonly kind: 'stop'; readonly by: By; readonly which: Which; readonly node: NodeIndex }
  | { readonly kind: 'hold'; readonly for: Millis }
  | { readonly kind: 'wait'; readonly for: Millis }
  | { readonly kind: 'jobs'; readonly node: NodeIndex }
  /** The jobs of both nodes, while a phone says no. */
  | { readonly kind: 'rush'; readonly which: Which }
  | { readonly kind: 'crash'; readonly when: 'before' | 'after'; readonly node: NodeIndex }

const node = fc.constantFrom<NodeIndex>(0, 1)
const by = fc.constantFrom<By>('text', 'text', 'phone')
const which = fc.nat(4)
const act = (kind: 'log-in' | 'new-phone' | 'stop') =>
  fc.record({ kind: fc.constant(kind), by, which, node })
const LONG = [hours(11), hours(12), hours(13), hours(25), hours(73), days(31)] as const

export const histories: fc.Arbitrary<readonly Happening[]> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: act('log-in') },
    { weight: 5, arbitrary: act('new-phone') },
    { weight: 3, arbitrary: act('stop') },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('hold'), for: fc.constantFrom(...LONG) }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('wait'),
        for: fc.constantFrom(minutes(1), minutes(31), ...LONG),
      }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('jobs'), node }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('rush'), which }) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('crash'),
        when: fc.constantFrom('before', 'after'),
        node,
      }),
    },
  ),
  { minLength: 4, maxLength: 18, size: 'max' },
) as fc.Arbitrary<readonly Happening[]>
