import assert from 'node:assert/strict'
import test from 'node:test'
import { type Account, NEW_ACCOUNT } from '#core/subscribers/account.ts'
import { DEFAULT_LIMITS } from '#core/sessions/limits.ts'
import { DEFAULT_RULES } from '#core/subscribers/jurisdiction.ts'
import { acrValue, type Acr, type Platform, type Proof } from '#core/assurance.ts'
import type { SessionId } from '#core/ids.ts'
import { type Facts, rightsOf } from '#core/sessions/rights.ts'
import { SESSION_IDLE } from '#core/sessions/session.ts'
import { after, type Instant, instant, millis } from '#core/time/time.ts'
import {
  type RequestedStrength,
  requestedStrengthOf,
  obstacleTo,
  type SessionObstacle,
} from '#edges/oidc/request/requested-strength.ts'
import type { OpenSession } from '#engine/sessions/rights.ts'

const PLATFORM: Platform = {
  id: 'trade',
  name: { en: 'Trade', fr: 'Trade' },
  needs: '2s',
  purpose: 'trading',
  startUri: null,
}
const OPENED = instant(1_000_000)
const FACTS: Omit<Facts, 'proofs'> = {
  account: { ...NEW_ACCOUNT, status: 'open', environment: 'live' } as Account,
  rules: DEFAULT_RULES,
  second: 'bound',
  holds: [],
  isFromNamed: false,
  limits: DEFAULT_LIMITS,
}
const [ONE, TWO] = ['ses_1' as SessionId, 'ses_2' as SessionId]

function session(changes: { acr?: Acr } & Partial<OpenSession> = {}) {
  const { acr = '3', id = ONE, openedAt = OPENED, ...rest } = changes
  const proofs: readonly Proof[] = [
    { method: 'password', acr: '1', amr: ['pwd'] },
    { method: 'any', acr, amr: ['pop'] },
  ]
  const decision = rightsOf({ ...FACTS, proofs }, openedAt)
  const plain = { proofs, decision, openedAt, seenAt: openedAt, idle: SESSION_IDLE, ...rest }
  const whose = { subscriberId: 'sub_1', environment: 'live', endedAt: null }
  return { ...whose, ...plain, id } as unknown as OpenSession
}

test('R003: what is asked for is never less than what the platform needs', () => {
  const urn = (...levels: readonly Acr[]) => levels.map(acrValue).join(' ')
  const rows: readonly (readonly [unknown, Acr])[] = [
    [undefined, '2s'],
    ['', '2s'],
    [urn('1'), '2s'],
    [urn('2s'), '2s'],
    [urn('2c'), '2c'],
    [urn('4'), '4'],
    // Any of them will do, so the least counts.
    [urn('4', '3'), '3'],
    [urn('4', '1'), '2s'],
    ['urn:other:9', '2s'],
    [`urn:other:9 ${urn('4')}`, '4'],
    [urn('4').toUpperCase(), '2s'],
    [['4'], '2s'],
  ]
  for (const [values, needs] of rows) {
    assert.equal(requestedStrengthOf(PLATFORM, { acr_values: values }).needs, needs, String(values))
  }
})

test('S104: prompt=login, among others or alone, wants a login of its own', () => {
  const rows: readonly (readonly [object, boolean])[] = [
    [{}, false],
    [{ prompt: 'login' }, true],
    [{ prompt: 'consent login' }, true],
    [{ prompt: 'none' }, false],
    [{ prompt: 'LOGIN' }, false],
    [{ max_age: '0' }, true],
    [{ max_age: 0 }, true],
    [{ max_age: '1' }, false],
  ]
  for (const [parameters, anew] of rows) {
    assert.equal(requestedStrengthOf(PLATFORM, parameters).anew, anew, JSON.stringify(parameters))
  }
})

const DEMAND: RequestedStrength = {
  needs: '3',
  isAsked: false,
  purpose: 'trading',
  environment: null,
  anew: false,
  maxAgeSeconds: null,
  subject: null,
}
const idleEnd = after(OPENED, SESSION_IDLE)

test('a session answers when it is open, strong, of the right account and young enough', () => {
  const rows: readonly (readonly [
    OpenSession | null,
    Partial<RequestedStrength>,
    Instant,
    SessionObstacle | null,
  ])[] = [
    [null, {}, OPENED, 'none-open'],
    [session(), {}, OPENED, null],
    [session({ endedAt: OPENED }), {}, OPENED, 'none-open'],
    [session(), {}, after(idleEnd, millis(-1)), null],
    [session(), {}, idleEnd, 'none-open'],
    [session({ acr: '2c' }), {}, OPENED, 'weak'],
    [session({ acr: '4' }), {}, OPENED, null],
    [session(), { environment: 'live' }, OPENED, null],
    [session(), { environment: 'paper' }, OPENED, 'environment'],
    [session(), { subject: 'sub_1' }, OPENED, null],
    [session(), { subject: 'sub_2' }, OPENED, 'person'],
    [session(), { anew: true }, OPENED, 'old'],
    [session(), { maxAgeSeconds: 1 }, after(OPENED, millis(1_000)), null],
    [session(), { maxAgeSeconds: 1 }, after(OPENED, millis(1_001)), 'old'],
  ]
  for (const [held, changes, now, obstacle] of rows) {
    const found = obstacleTo(held, { ...DEMAND, ...changes }, { arrival: null, now })
    assert.equal(found, obstacle, JSON.stringify(changes))
  }
})

test('S104: a login made for the request answers it, and the one that was there does not', () => {
  const at = OPENED
  const anew = { ...DEMAND, anew: true, maxAgeSeconds: 0 }
  const rows: readonly (readonly [OpenSession, SessionId | null, SessionObstacle | null])[] = [
    [session({ id: TWO }), ONE, null],
    [session({ id: TWO }), null, null],
    // Of the same instant as the request, and yet the one that it found.
    [session({ id: ONE }), ONE, 'old'],
    // Another one, but older than the request: a cookie that was kept.
    [session({ id: TWO, openedAt: after(at, millis(-1)) }), ONE, 'old'],
    [session({ id: TWO, acr: '2s' }), ONE, 'weak'],
  ]
  for (const [held, found, obstacle] of rows) {
    const arrival = { at, sessionId: found }
    assert.equal(obstacleTo(held, anew, { arrival, now: after(at, millis(60_000)) }), obstacle)
  }
})
