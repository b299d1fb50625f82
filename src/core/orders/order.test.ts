import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { type Authenticator, FRESH } from '../devices/authenticator.ts'
import type { Calendar } from '../time/calendar.ts'
import { held as kept } from './deposit.ts'
import type { AccountId, AuthenticatorId, OrderId, SubscriberId } from '../ids.ts'
import {
  activated,
  delivered,
  estimateOf,
  isOwedAnother,
  lateness,
  lost,
  type Order,
  type OrderRules,
  packed,
  parcelOf,
  type PlacedOrder,
  returned,
  sent,
  withdrawn,
} from './order.ts'
import { shipmentOf } from './shipment.ts'
import { after, days, hours, instant } from '../time/time.ts'

const RULES: OrderRules = {
  equityUsd: 1_000_000,
  fees: { card: 20 },
  returnDays: 30,
  warrantyDays: 730,
  delivery: { days: { US: 2, CA: 5 }, elsewhere: 14 },
  activation: { days: { US: 14 }, elsewhere: 21 },
  lateDays: 5,
  lowStock: 10,
}
const CALENDAR: Calendar = {
  timeZone: 'America/New_York',
  cutOff: hours(17),
  weekend: [6, 7],
  holidays: new Set(['2026-11-26']),
}
const FRIDAY = instant(Date.UTC(2026, 10, 20, 12))

const placed: PlacedOrder = {
  id: 'ord_1' as OrderId,
  subscriberId: 'sub_1' as SubscriberId,
  method: 'card',
  address: 'Here',
  country: 'US',
  state: 'ordered',
  wishes: { pin: '2580' },
  orderedAt: FRIDAY,
  mustBeProven: false,
  deposit: kept({ id: 'acc_1' as AccountId, number: 'U1' }, 20),
}
const held: Authenticator = {
  ...FRESH,
  id: 'aut_1' as AuthenticatorId,
  method: 'card',
  label: 'C',
  state: {},
  createdAt: FRIDAY,
}

/** The order in each of its states, as the steps make it. */
function inEveryState(): Readonly<Record<Order['state'], Order>> {
  const parcel = parcelOf(placed, { serial: 'C', now: FRIDAY, rules: RULES })
  const gone = withdrawn(placed, FRIDAY)
  const left = sent(placed, { parcel, held })
  assert.ok(!('stays' in gone) && !('stays' in left))
  const here = activated(left, FRIDAY)
  assert.ok(!('stays' in here))
  const back = returned(here, FRIDAY)
  const inside = packed(placed, { held, address: placed.address, now: FRIDAY })
  const there = delivered(left, { by: 'carrier', now: FRIDAY })
  const never = lost(left, FRIDAY)
  assert.ok(!('stays' in back) && !('stays' in inside) && !('stays' in there))
  assert.ok(!('stays' in never))
  const later = { delivered: there, active: here, lost: never, returned: back }
  return { ordered: placed, packed: inside, withdrawn: gone, sent: left, ...later }
}

suite('An order', () => {
  test('loses nothing on its way, whatever comes to it later, and keeps nothing of the state before', () => {
    const later = { ...placed, comesLater: 7 }
    const { state: _, wishes: __, ...ordering } = later
    const parcel = parcelOf(placed, { serial: 'C', now: FRIDAY, rules: RULES })
    const left = sent(later, { parcel, held })
    assert.deepEqual(left, { ...ordering, ...parcel, state: 'sent', held })
    assert.ok(!('stays' in left))
    const named = { authenticatorId: held.id }
    const here = activated(left, FRIDAY)
    const active = { ...ordering, ...parcel, ...named, state: 'active', activatedAt: FRIDAY }
    assert.deepEqual(here, active)
    assert.ok(!('stays' in here))
    const free = { ...ordering, deposit: { ...placed.deposit, releasedAt: FRIDAY } }
    const gone = { ...free, state: 'withdrawn', withdrawnAt: FRIDAY }
    assert.deepEqual(withdrawn(later, FRIDAY), gone)
    const back = { ...free, ...parcel, ...named, state: 'returned', returnedAt: FRIDAY }
    assert.deepEqual([returned(left, FRIDAY), returned(here, FRIDAY)], [back, back])
    const inside = packed(later, { held, address: later.address, now: FRIDAY })
    assert.ok(!('stays' in inside))
    assert.deepEqual(sent(inside, { parcel, held }), left)
    assert.deepEqual(withdrawn(inside, FRIDAY), gone)
    const there = delivered(left, { by: 'holder', now: FRIDAY })
    assert.ok(!('stays' in there))
    assert.deepEqual(activated(there, FRIDAY), active)
    const never = { ...free, ...parcel, ...named, state: 'lost', lostAt: FRIDAY }
    assert.deepEqual([lost(left, FRIDAY), lost(there, FRIDAY)], [never, never])
    assert.deepEqual(
      [there, never as Order].map((one) => returned(one, FRIDAY)),
      [back, back],
    )
  })

  test('goes only the ways that there are', () => {
    const orders = inEveryState()
    const steps: Readonly<Record<string, (order: Order) => object>> = {
      withdrawn: (order) => withdrawn(order, FRIDAY),
      sent: (order) =>
        sent(order, { held, parcel: parcelOf(order, { serial: 'D', now: FRIDAY, rules: RULES }) }),
      packed: (order) => packed(order, { held, address: order.address, now: FRIDAY }),
      delivered: (order) => delivered(order, { by: 'carrier', now: FRIDAY }),
      active: (order) => activated(order, FRIDAY),
      lost: (order) => lost(order, FRIDAY),
      returned: (order) => returned(order, FRIDAY),
    }
    const ways = Object.entries(steps).map(([to, step]) => [
      to,
      Object.entries(orders)
        .filter(([, order]) => !('stays' in step(order)))
        .map(([from]) => from),
    ])
    assert.deepEqual(Object.fromEntries(ways), {
      withdrawn: ['ordered', 'packed', 'withdrawn'],
      sent: ['ordered', 'packed'],
      packed: ['ordered', 'packed'],
      delivered: ['sent', 'delivered'],
      active: ['sent', 'delivered'],
      lost: ['sent', 'delivered', 'lost'],
      returned: ['sent', 'delivered', 'active', 'lost', 'returned'],
    })
  })

  test('R117 keeps what was chosen until it has left, and the deposit until it is over', () => {
    for (const [state, order] of Object.entries(inEveryState())) {
      assert.equal('wishes' in order, state === 'ordered', state)
      const isOver = ['withdrawn', 'lost', 'returned'].includes(state)
      assert.equal(order.deposit.releasedAt !== null, isOver, state)
      // Key and PIN stand in an authenticator from then on, and in no order.
      assert.equal('held' in order, ['packed', 'sent', 'delivered'].includes(state), state)
    }
  })

  test('R111 R112 R113 is as long on its way, and waits as long, as the table of countries says', () => {
    for (const [country, delivery, activation] of [
      ['US', 2, 14],
      ['CA', 5, 21],
      ['FR', 14, 21],
      ['constructor', 14, 21],
      [null, 14, 21],
    ] as const) {
      const parcel = parcelOf({ country }, { serial: 'C', now: FRIDAY, rules: RULES })
      assert.equal(parcel.expectedAt, after(FRIDAY, days(delivery)), `${country}`)
      assert.equal(parcel.activatesAt, after(FRIDAY, days(activation)), `${country}`)
    }
  })

  test('is late from its day on, and missing some days behind it', () => {
    const { expectedAt } = parcelOf(placed, { serial: 'C', now: FRIDAY, rules: RULES })
    const at = (past: number) =>
      lateness({ expectedAt }, { now: instant(expectedAt + past), rules: RULES })
    const ends = days(RULES.lateDays)
    assert.deepEqual([-1, 0, ends - 1, ends].map(at), ['in-time', 'late', 'late', 'missing'])
  })

  test('a label has a carrier, and a number where it has one; anything else is none', () => {
    for (const [carrier, tracking, expected] of [
      ['', '', null],
      [undefined, undefined, null],
      [' La Poste ', '', { carrier: 'La Poste', tracking: null }],
      ['FedEx', ' 7946 4479\u20113130 ', { carrier: 'FedEx', tracking: '7946 4479-3130' }],
      ['DHL', 'jd01 4600', { carrier: 'DHL', tracking: 'JD01 4600' }],
      ['', 'JD014600', undefined],
      ['<b>', 'JD014600', undefined],
      ['DHL', 'https://example.com', undefined],
      ['DHL', '-', undefined],
      ['x'.repeat(41), '1', undefined],
      ['DHL', '1'.repeat(41), undefined],
    ] as const) {
      assert.deepEqual(shipmentOf({ carrier, tracking }), expected, `${carrier} ${tracking}`)
    }
  })

  test('R116 leaves on the next business day, whatever day and hour it is ordered', () => {
    for (const [orderedAt, leaves] of [
      ['2026-11-20T12:00:00Z', '2026-11-23'],
      ['2026-11-21T12:00:00Z', '2026-11-23'],
      // Sunday evening in New York is Monday already elsewhere.
      ['2026-11-23T04:59:00Z', '2026-11-23'],
      ['2026-11-23T05:00:00Z', '2026-11-24'],
      // The Thursday is a holiday.
      ['2026-11-25T22:30:00Z', '2026-11-27'],
    ] as const) {
      const now = instant(Date.parse(orderedAt))
      const { leavesAt, arrivesAt } = estimateOf(now, 'US', { rules: RULES, calendar: CALENDAR })
      assert.equal(new Date(leavesAt).toISOString(), `${leaves}T05:00:00.000Z`, orderedAt)
      assert.equal(arrivesAt, after(leavesAt, days(2)))
    }
  })

  test('R119 one that was lost in the post is owed, whatever was cancelled since', () => {
    const owed = (...states: readonly Order['state'][]) =>
      isOwedAnother(states.map((state) => ({ state })))
    assert.deepEqual(
      [owed('lost'), owed('withdrawn', 'lost'), owed('withdrawn', 'withdrawn', 'lost', 'active')],
      [true, true, true],
    )
    assert.deepEqual(
      [owed(), owed('withdrawn'), owed('ordered', 'lost'), owed('active', 'lost')],
      [false, false, false, false],
    )
  })
})
