import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { TaskDetails } from '../task-details.ts'
import type { LoginId, SessionId, SubscriberId, TaskId } from '../ids.ts'
import type { Completed, Login } from '../login/state.ts'
import {
  APPROVAL_LIFETIME,
  type ApprovedTask,
  approved,
  cancelled,
  obstacleOf,
  opened,
  type Task,
  TASK_LIFETIME,
  used,
} from './task.ts'
import { after, type Instant, instant, millis } from '../time/time.ts'

const NOON = instant(Date.UTC(2026, 10, 20, 12))
/** At this moment, in the state of the client in which the task was opened. */
const at = (now: Instant) => ({ now, stamp: 4 })
const DEED: TaskDetails = { kind: 'address', facts: { address: '1 Sample Street' } }
const OTHER: TaskDetails = { kind: 'address', facts: { address: '2 Sample Street' } }
const SESSION = 'ses_1' as SessionId

const task = opened(
  {
    id: 'tsk_1' as TaskId,
    subscriberId: 'sub_anna' as SubscriberId,
    sessionId: SESSION,
    stamp: 4,
    platform: 'trade',
    environment: 'live',
    deed: DEED,
    next: { to: '/', fields: null, back: '/' },
  },
  NOON,
)

const confirming = (deed: TaskDetails, changes: Partial<Completed> = {}): Login => ({
  id: 'log_1' as LoginId,
  subscriberId: task.subscriberId,
  userName: 'anna',
  decoy: false,
  environment: 'live',
  platform: 'trade',
  needs: '2s',
  holder: 'holder',
  origin: { address: '', place: '', browser: '', browserId: null, language: 'en' },
  task: { id: task.id, deed, expiresAt: task.expiresAt },
  proofs: [
    { method: 'password', acr: '1', amr: ['pwd'] },
    { method: 'phone-key', acr: '3', amr: ['pop'] },
  ],
  wrongAnswers: 0,
  startedAt: NOON,
  expiresAt: task.expiresAt,
  state: 'completed',
  completedAt: NOON,
  claimedAt: null,
  ...changes,
})

function approvedTask(): ApprovedTask {
  const done = approved(task, confirming(DEED), at(NOON))
  assert.ok('state' in done)
  return done
}

const outcomeOf = (step: Task | { readonly stays: string }): string =>
  'stays' in step ? step.stays : step.state

suite('A task', () => {
  test('S87 is opened in the form that is shown, also for a device named before names had one', () => {
    const deed: TaskDetails = {
      kind: 'remove',
      facts: { device: 'My \u00a0 \u3164phone\u0301\u0301\u0301' },
    }
    const { state: _state, openedAt: _openedAt, expiresAt: _expiresAt, ...errand } = task
    const shown = opened({ ...errand, deed }, NOON)
    assert.deepEqual(shown.deed.facts, { device: 'My \ufffdphon\u00e9\u0301\ufffd' })
    const done = approved(shown, confirming(shown.deed), at(NOON))
    assert.ok('state' in done)
    // The portal builds the task once more from what is stored.
    const use = { deed, sessionId: SESSION, usedFor: 'portal', ...at(NOON) }
    assert.equal(outcomeOf(used(done, use)), 'used')
    const other = { ...deed, facts: { device: 'My phone' } }
    assert.equal(outcomeOf(used(done, { ...use, deed: other })), 'task.changed')
  })

  test('that is given up loses nothing of what was asked for, whatever comes to it later', () => {
    const later = { ...task, comesLater: 7 }
    const { state: _, ...errand } = later
    const done = approved(later, confirming(DEED), at(NOON))
    assert.ok('state' in done)
    for (const one of [later, done]) {
      const { expiresAt } = one
      assert.deepEqual(cancelled(one, at(NOON)), { ...errand, expiresAt, state: 'cancelled' })
    }
  })

  test('S73 R095 A14 is approved by nothing that waits, and by what fades only where a card is printed', () => {
    const bind: TaskDetails = { kind: 'bind', facts: { device: 'Phone' } }
    const print: TaskDetails = { kind: 'print', facts: { device: 'Code card' } }
    const faded = (opens: 'reading' | 'card-printing') => {
      const phases = [{ until: after(NOON, millis(1)), opens }]
      return [{ method: 'phone-key', acr: '3' as const, amr: ['pop'], phases }]
    }
    const rows = [
      [DEED, 'reading', 'task.too-weak'],
      [DEED, 'card-printing', 'task.too-weak'],
      [bind, 'reading', 'task.too-weak'],
      [bind, 'card-printing', 'task.too-weak'],
      [print, 'reading', 'task.too-weak'],
      [print, 'card-printing', 'approved'],
    ] as const
    for (const [deed, opens, outcome] of rows) {
      const login = confirming(deed, { proofs: faded(opens) })
      assert.equal(outcomeOf(approved({ ...task, deed }, login, at(NOON))), outcome)
      const late = after(NOON, millis(1))
      assert.equal(outcomeOf(approved({ ...task, deed }, login, at(late))), 'task.too-weak')
    }
  })

  test('S87 is approved by a completed login that was begun for this very task', () => {
    const { proofs, ...rest } = confirming(DEED)
    const rows = [
      [confirming(DEED), 'approved'],
      [confirming(OTHER), 'task.changed'],
      [confirming(DEED, { task: null }), 'task.not-found'],
      [
        confirming(DEED, { task: { id: 'tsk_2' as TaskId, deed: DEED, expiresAt: NOON } }),
        'task.not-found',
      ],
      [confirming(DEED, { subscriberId: 'sub_bob' as SubscriberId }), 'task.not-found'],
      [{ ...rest, proofs, state: 'choosing' } as Login, 'task.not-approved'],
    ] as const
    for (const [login, outcome] of rows) {
      assert.equal(outcomeOf(approved(task, login, at(NOON))), outcome)
    }
    assert.equal(outcomeOf(approved(approvedTask(), confirming(DEED), at(NOON))), 'task.conflict')
    assert.deepEqual(approvedTask().methods, ['password', 'phone-key'])
    assert.equal(approvedTask().acr, '3')
  })

  test('A8 is used once, for what was approved, by the session that asked, in time', () => {
    const use = { deed: DEED, sessionId: SESSION, usedFor: 'grant', ...at(NOON) }
    const done = approvedTask()
    const end = after(NOON, APPROVAL_LIFETIME)
    const rows = [
      [done, use, 'used'],
      [task, use, 'task.not-approved'],
      [done, { ...use, deed: OTHER }, 'task.changed'],
      [done, { ...use, sessionId: 'ses_2' as SessionId }, 'task.not-found'],
      [done, { ...use, now: after(end, millis(-1)) }, 'used'],
      [done, { ...use, now: end }, 'task.expired'],
      [done, { ...use, stamp: 5 }, 'task.cancelled'],
    ] as const
    for (const [from, asked, outcome] of rows) assert.equal(outcomeOf(used(from, asked)), outcome)
    const once = used(done, use)
    assert.ok('state' in once)
    assert.equal(outcomeOf(used(once, use)), 'task.already-used')
  })

  test('that is given up or over is approved by nothing', () => {
    const gone = cancelled(task, at(NOON))
    assert.ok('state' in gone)
    assert.equal(outcomeOf(approved(gone, confirming(DEED), at(NOON))), 'task.cancelled')
    const end = after(NOON, TASK_LIFETIME)
    const early = approved(task, confirming(DEED), at(after(end, millis(-1))))
    assert.equal(outcomeOf(early), 'approved')
    assert.equal(outcomeOf(approved(task, confirming(DEED), at(end))), 'task.expired')
    assert.equal(outcomeOf(cancelled(task, at(end))), 'task.expired')
    assert.equal(outcomeOf(cancelled(gone, at(NOON))), 'task.cancelled')
  })

  test('S85 is over when its client is in another state than it was opened in', () => {
    const later = { now: NOON, stamp: 5 }
    assert.equal(outcomeOf(approved(task, confirming(DEED), later)), 'task.cancelled')
    assert.equal(obstacleOf(approvedTask(), later), 'task.cancelled')
    assert.equal(obstacleOf(approvedTask(), at(NOON)), null)
  })
})
