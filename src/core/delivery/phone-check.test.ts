import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  examine,
  FINDING_CODES,
  type Finding,
  findingsOf,
  NO_FACTS,
  type PhoneFacts,
  type PhoneTest,
  testReached,
} from '#core/delivery/phone-check.ts'
import { instant } from '#core/time/time.ts'

const AT = instant(1_800_000_000_000)

/** Everything is as it should be. */
const WELL: PhoneFacts = {
  connection: 'reached',
  clockAhead: 900,
  worker: 'active',
  permission: 'granted',
  wasAllowed: true,
  subscription: 'same',
  seamless: true,
  waiting: 0,
  storage: 'kept',
  isInstalled: true,
  test: null,
}

const sent = (changed: Partial<PhoneTest>, isOver = true): Partial<PhoneFacts> => ({
  test: {
    id: 'one',
    sentAt: AT,
    taken: 'taken',
    takenAt: AT,
    receivedAt: null,
    shownAt: null,
    openedAt: null,
    isOver,
    ...changed,
  },
})

/** One fault each, and what it is called; the codes that have no row here make the test fail. */
const FAULTS: readonly (readonly [Partial<PhoneFacts>, readonly Finding[]])[] = [
  [{}, []],
  [{ connection: 'offline', seamless: null, waiting: null, subscription: null }, ['offline']],
  [{ connection: 'unreached' }, ['unreached']],
  [{ clockAhead: 60_000 }, []],
  [{ clockAhead: 60_001 }, ['clock']],
  [{ clockAhead: -3_600_000 }, ['clock']],
  [{ worker: 'broken' }, ['worker-broken']],
  [{ worker: 'waiting' }, ['worker-old']],
  [{ permission: 'home-screen', subscription: 'missing' }, ['home-screen']],
  [{ permission: 'none', subscription: 'missing' }, ['unsupported']],
  [{ permission: 'denied', subscription: 'missing' }, ['denied']],
  [{ permission: 'default', subscription: 'missing' }, ['withdrawn']],
  [{ permission: 'default', wasAllowed: false }, ['not-asked']],
  [{ permission: 'default', wasAllowed: null }, ['not-asked']],
  [{ subscription: 'missing' }, ['no-service']],
  [{ subscription: 'other' }, ['not-known']],
  // The server alone knows that it has no address, and nothing of the permission.
  [{ permission: null, subscription: 'other' }, ['not-known']],
  [{ seamless: false }, ['switched-off']],
  [{ waiting: 1 }, ['requests-wait']],
  [{ storage: 'may-go' }, ['may-be-deleted']],
  [{ isInstalled: false }, ['not-installed']],
  [{ ...sent({ taken: 'gone' }), subscription: 'other' }, ['test-gone']],
  // It has another address since.
  [sent({ taken: 'gone' }), []],
  [sent({ taken: 'refused' }), ['test-refused']],
  [sent({ taken: 'later' }), ['test-later']],
  [sent({ taken: 'none' }), []],
  [sent({}, false), []],
  [sent({}), ['test-not-received']],
  [sent({ receivedAt: AT }, false), []],
  [sent({ receivedAt: AT }), ['test-not-shown']],
  [sent({ receivedAt: AT, shownAt: AT }), []],
  // What arrived after all counts more than what the push service said.
  [sent({ taken: 'later', receivedAt: AT, shownAt: AT }), []],
  // Several at once: what explains most comes first.
  [
    { seamless: false, permission: 'denied', worker: 'broken', waiting: 2 },
    ['worker-broken', 'denied', 'switched-off', 'requests-wait'],
  ],
]

test('R044 every fault of the way of a notification is named, and nothing that is well', () => {
  for (const [changed, findings] of FAULTS)
    assert.deepEqual(findingsOf({ ...WELL, ...changed }), findings, JSON.stringify(changed))
  const named = new Set(FAULTS.flatMap(([, findings]) => findings))
  assert.deepEqual(
    FINDING_CODES.filter((code) => !named.has(code)),
    [],
  )
})

test('R040 a check that cannot be made from here is not told as passed', () => {
  assert.deepEqual(examine(NO_FACTS), [])
  assert.deepEqual(examine({ ...NO_FACTS, seamless: true }), [{ check: 'switch', finding: null }])
})

test('a stage of a test is noted once, with those that it implies', () => {
  const { test: begun } = sent({}) as { readonly test: PhoneTest }
  const later = instant(AT + 5)
  const opened = testReached(testReached(begun, 'received', AT), 'opened', later)
  assert.deepEqual([opened.receivedAt, opened.shownAt, opened.openedAt], [AT, later, later])
  assert.deepEqual(testReached(opened, 'shown', instant(AT + 9)), opened)
})
