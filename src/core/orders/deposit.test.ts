import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { array, assert as holds, constantFrom, property } from 'fast-check'
import type { AccountId, OrderId, SubscriberId } from '../ids.ts'
import { after, days, type Instant, instant } from '../time/time.ts'
import { charged, type Deposit, due, held, isHeld, kept, settled } from './deposit.ts'
import { entriesOf, type EntryReason, type LedgerEntry, reservedBy } from './ledger.ts'

const START = instant(Date.UTC(2026, 10, 20, 12))
const USD = 20
const ACCOUNT = { id: 'acc_1' as AccountId, number: 'U1' }
const ABOUT = { id: 'ord_1' as OrderId, subscriberId: 'sub_1' as SubscriberId, method: 'card' }

/** All that can happen to a device with a deposit, as often and in whatever order it does. */
const STEPS = {
  withdrawn: [settled, 'withdrawn'],
  returned: [settled, 'returned'],
  lost: [charged, 'lost'],
  'battery empty': [settled, 'battery'],
  broken: [charged, 'broken'],
  unused: [(deposit, now) => due(deposit, after(now, days(30))), 'lost'],
  found: [kept, 'lost'],
  overdue: [
    (deposit, now) =>
      deposit.dueAt !== null && deposit.dueAt <= now ? charged(deposit, now) : deposit,
    'not-returned',
  ],
} as const satisfies Readonly<
  Record<string, readonly [(deposit: Deposit, now: Instant) => Deposit, EntryReason]>
>

type StepName = keyof typeof STEPS

/** The books after a history, a step every ten days. */
function bookOf(history: readonly StepName[]) {
  let deposit = held(ACCOUNT, USD)
  const book: LedgerEntry[] = [
    ...entriesOf(null, { ...ABOUT, deposit }, { why: 'ordered', now: START }),
  ]
  const reserved = [sumOf(book)]
  for (const [index, name] of history.entries()) {
    const [step, why] = STEPS[name]
    const now = after(START, days(10 * (index + 1)))
    const next = step(deposit, now)
    book.push(...entriesOf({ deposit }, { ...ABOUT, deposit: next }, { why, now }))
    reserved.push(sumOf(book))
    deposit = next
  }
  return { deposit, book, reserved }
}

const sumOf = (book: readonly LedgerEntry[]): number =>
  book.reduce((sum, entry) => sum + reservedBy(entry), 0)

const totalOf = (book: readonly LedgerEntry[], kind: LedgerEntry['kind']): number =>
  book.filter((entry) => entry.kind === kind).reduce((sum, { usd }) => sum + usd, 0)

const kindsOf = (...history: readonly StepName[]) => bookOf(history).book.map(({ kind }) => kind)

suite('What is kept back for a device', () => {
  test('R117 is released, charged or held still, never below nothing and never twice, whatever happens', () => {
    const names = Object.keys(STEPS) as StepName[]
    holds(
      property(array(constantFrom(...names), { maxLength: 12 }), (history) => {
        const { deposit, book, reserved } = bookOf(history)
        const still = isHeld(deposit) ? USD : 0
        assert.equal(totalOf(book, 'reserve'), USD)
        assert.equal(totalOf(book, 'release') + totalOf(book, 'charge') + still, USD)
        assert.equal(reserved.at(-1), still)
        assert.ok(reserved.every((usd) => usd === 0 || usd === USD))
        assert.ok(totalOf(book, 'refund') <= totalOf(book, 'charge'))
        const ids = book.map(({ id }) => id)
        assert.equal(new Set(ids).size, ids.length)
      }),
      { numRuns: 500 },
    )
  })

  test('R117 R118 is free when it comes back, charged when it is lost, and owed back when it is found', () => {
    assert.deepEqual(kindsOf('returned', 'returned'), ['reserve', 'release'])
    assert.deepEqual(kindsOf('withdrawn', 'lost'), ['reserve', 'release'])
    assert.deepEqual(kindsOf('lost', 'lost', 'overdue'), ['reserve', 'charge'])
    assert.deepEqual(kindsOf('lost', 'returned', 'returned'), ['reserve', 'charge', 'refund'])
    assert.deepEqual(kindsOf('lost', 'battery empty', 'returned'), ['reserve', 'charge', 'refund'])
    const refunded = settled(charged(held(ACCOUNT, USD), START), START)
    assert.equal(settled(refunded, after(START, days(1))), refunded)
    // A device in use is charged for on no day.
    assert.deepEqual(kindsOf('overdue', 'overdue', 'overdue', 'overdue'), ['reserve'])
  })

  test('is charged on the day that was said first, and not before', () => {
    const early = bookOf(['unused', 'overdue', 'overdue'])
    assert.deepEqual(
      early.book.map(({ kind }) => kind),
      ['reserve'],
    )
    const again = bookOf(['unused', 'unused', 'unused', 'overdue'])
    assert.deepEqual(again.book.at(-1), {
      ...again.book[0],
      id: 'ord_1.charge',
      kind: 'charge',
      why: 'not-returned',
      at: after(START, days(40)),
    })
    assert.deepEqual(kindsOf('unused', 'returned', 'overdue'), ['reserve', 'release'])
    // Called lost and found again, it is in use; the day counts anew when it is used no more.
    const inUse = ['unused', 'found', 'overdue', 'overdue', 'overdue'] as const
    assert.deepEqual(kindsOf(...inUse), ['reserve'])
    const unusedAgain = [...inUse, 'unused', 'overdue', 'overdue', 'overdue'] as const
    assert.deepEqual(kindsOf(...unusedAgain), ['reserve', 'charge'])
  })

  test('has no entry where nothing is kept back, or the books of the broker alone know of it', () => {
    const free = held(ACCOUNT, 0)
    const before = { ...held(ACCOUNT, USD), accountId: null }
    for (const deposit of [free, before]) {
      const facts = { why: 'returned', now: START } as const
      assert.deepEqual(entriesOf(null, { ...ABOUT, deposit }, facts), [])
      const back = settled(deposit, START)
      assert.equal(back.releasedAt, START)
      assert.deepEqual(entriesOf({ deposit }, { ...ABOUT, deposit: back }, facts), [])
      assert.equal(charged(deposit, START), deposit)
      assert.equal(due(deposit, START), deposit)
    }
  })
})
