import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Proof } from '../assurance.ts'
import type { LoginId, SessionId, SubscriberId, TaskId } from '../ids.ts'
import type { Completed } from '../login/state.ts'
import type { TaskDetails } from '../task-details.ts'
import { after, days, type Instant, instant, millis, minutes } from '../time/time.ts'
import { canBeConfirmedByLogin, CONFIRMS_FOR, usedByLogin } from './by-login.ts'

const NOON = instant(Date.UTC(2026, 10, 20, 12))
const PASSWORD: Proof = { method: 'password', acr: '1', amr: ['pwd'] }
const TEXT: Proof = { method: 'sms-code', acr: '2s', amr: ['sms'] }
const fading = (opens: 'everything' | 'card-printing'): Proof => ({
  method: 'temporary-passcode',
  acr: '2t',
  amr: ['pwd'],
  phases: [{ until: after(NOON, days(2)), opens }],
})
const PHONE: TaskDetails = {
  kind: 'bind',
  facts: { device: 'Phone' },
  about: { device: 'phone-key' },
}
const CARD: TaskDetails = {
  kind: 'print',
  facts: { device: 'Code card' },
  about: { device: 'code-card' },
}
const BACK: TaskDetails = { kind: 'bring_back', facts: { device: 'Phone' } }
const PASSKEY: TaskDetails = { ...PHONE, about: { device: 'passkey' } }

const login: Completed = {
  id: 'log_1' as LoginId,
  subscriberId: 'sub_anna' as SubscriberId,
  userName: 'anna',
  decoy: false,
  environment: 'live',
  platform: 'portal',
  needs: '2t',
  holder: 'holder',
  origin: { address: '', place: '', browser: '', browserId: null, language: 'en' },
  task: null,
  binds: 'phone-key',
  proofs: [PASSWORD, TEXT],
  wrongAnswers: 0,
  startedAt: NOON,
  expiresAt: after(NOON, minutes(10)),
  state: 'completed',
  completedAt: NOON,
  claimedAt: NOON,
  claimedIn: 4,
}

interface Case {
  readonly by?: Completed
  readonly deed?: TaskDetails
  readonly isResting?: boolean
  readonly of?: Partial<Completed>
  readonly subscriberId?: string
  readonly now?: Instant
  readonly stamp?: number
  readonly holders?: readonly string[]
}

const judged = ({ deed = PHONE, by = login, of = {}, subscriberId = 'sub_anna', ...at }: Case) =>
  usedByLogin(
    {
      id: 'tsk_1' as TaskId,
      subscriberId: subscriberId as SubscriberId,
      sessionId: 'ses_1' as SessionId,
      stamp: 4,
      platform: 'portal',
      environment: 'live',
      deed,
      next: { to: '/', fields: null, back: '/' },
    },
    { ...by, ...of },
    {
      now: NOON,
      stamp: 4,
      holders: ['of another', by.holder],
      telling: ['sms-code'],
      vouched: ['temporary-passcode'],
      standIns: ['temporary-passcode', 'code-card'],
      isResting: false,
      usedFor: 'login log_1',
      ...at,
    },
  )

const END = after(NOON, CONFIRMS_FOR)

suite('What a login confirms beside letting in', () => {
  const { binds: _, ...plain } = login
  const { claimedIn: __, ...unkept } = login
  const app = { ...login, proofs: [PASSWORD, { ...TEXT, method: 'totp' }] }
  const asked = { ...login, proofs: [PASSWORD, fading('everything')] }
  const passcode = { ...plain, proofs: [PASSWORD, fading('everything')] }
  const printed = { ...plain, proofs: [PASSWORD, { ...TEXT, method: 'code-card' }] }
  const rows: readonly (readonly [string, Case, boolean])[] = [
    ['the device that it was begun for', {}, true],
    ['the same in its last millisecond', { now: instant(END - 1) }, true],
    ['nothing ten minutes later', { now: END }, false],
    ['no other device', { deed: PASSKEY }, false],
    ['no device, where it was begun for none', { by: plain }, false],
    ['no device, by an answer that may be to another question', { by: app }, false],
    ['the device that it was begun for, with a passcode of the desk', { by: asked }, true],
    ['no card', { deed: CARD }, false],
    ['nothing in another browser', { holders: ['of another'] }, false],
    ['nothing of another client', { subscriberId: 'sub_ben' }, false],
    ['nothing once the client is in another state', { stamp: 5 }, false],
    ['nothing where its state was not kept', { by: unkept }, false],
    ['nothing before it has opened its session', { of: { claimedAt: null } }, false],
    ['nothing by the password alone', { of: { proofs: [PASSWORD] } }, false],
    ['a card, with a passcode of the desk', { deed: CARD, by: passcode }, true],
    ['no card, with a card that is printed already', { deed: CARD, by: printed }, false],
    ['a device that is back', { deed: BACK, by: printed, isResting: true }, true],
    ['no device that was lost', { deed: BACK, by: printed }, false],
    ['no device that is back, by a text', { deed: BACK, isResting: true }, false],
    [
      'a card, also when the passcode prints and nothing else',
      { deed: CARD, of: { proofs: [PASSWORD, fading('card-printing')] } },
      true,
    ],
    [
      'no device with a passcode that prints and nothing else',
      { of: { proofs: [PASSWORD, fading('card-printing')] } },
      false,
    ],
    [
      'nothing once the passcode is over',
      { deed: CARD, now: after(NOON, minutes(9)), of: { proofs: [PASSWORD, over()] } },
      false,
    ],
  ]
  for (const [what, one, expected] of rows) {
    test(`R097 R104 A9 ${what}`, () => {
      assert.equal(judged(one)?.state ?? null, expected ? 'used' : null)
    })
  }

  test('is used up as it is confirmed, and says what confirmed it', () => {
    const task = judged({ now: after(NOON, minutes(1)) })
    assert.ok(task)
    assert.deepEqual(
      [task.loginId, task.acr, task.methods, task.approvedAt, task.usedFor],
      ['log_1', '2s', ['password', 'sms-code'], NOON, 'login log_1'],
    )
  })

  test('is no money, no address and no password', () => {
    for (const kind of [
      'withdrawal',
      'payee',
      'password',
      'telephone',
      'remove',
      'order',
    ] as const) {
      assert.equal(canBeConfirmedByLogin({ kind, facts: {} }), false, kind)
    }
  })
})

function over(): Proof {
  return {
    ...fading('everything'),
    phases: [{ until: after(NOON, millis(1)), opens: 'everything' }],
  }
}
