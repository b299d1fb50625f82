import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  CHANGES,
  classOf,
  countedSignals,
  decided,
  type Deed,
  DEEDS,
  isFree,
  isLevelAtLeast,
  LEVELS,
  type Risk,
  RISKS,
  riskOfDeed,
  risksOf,
  type Signal,
  SIGNALS,
  takesProof,
} from '#core/desk/deeds.ts'
import { CALLED_FROM, whyNotCalled } from '#core/desk/call-back.ts'
import { maskedContact, maskedName, maskedNumber } from '#core/desk/masking.ts'
import { ROLES } from '#core/desk/role.ts'
import { isSecondOpen, SECOND_LIFETIME } from '#core/desk/second-person.ts'
import { unmaskedLeft } from '#core/desk/unmasking.ts'
import {
  doneFree,
  areProofsFailing,
  failedLately,
  isOtherChange,
  isStopped,
  NO_CALLS,
  notFreeUntil,
  proofFailed,
  proofGiven,
} from '#core/desk/verification.ts'
import { obstacleIn, WARRANT_LIFETIME, warrantGiven } from '#core/desk/warrant.ts'
import type { CaseId, ContactId, MemberId, SubscriberId, WarrantId } from '#core/ids.ts'
import {
  after,
  before,
  days,
  hours,
  type Instant,
  instant,
  minutes,
  seconds,
} from '#core/time/time.ts'

const NOON = instant(Date.UTC(2026, 10, 20, 12))

suite('What the desk may do', () => {
  /** What it takes, a second time: a row of the table that got weaker is found here. */
  const FREE: readonly Deed[] = ['end-sessions', 'freeze']

  test('A13 A28 nothing but what ends by itself is done without a proof', () => {
    for (const deed of DEEDS.filter((one) => one !== 'unmask')) {
      assert.equal(isFree(deed), FREE.includes(deed), deed)
      assert.equal(takesProof(deed), !FREE.includes(deed), deed)
      for (const risk of RISKS) {
        const { may } = decided({ deed, role: 'agent', level: 'none', risk })
        assert.equal(may === 'alone', FREE.includes(deed), deed)
      }
    }
  })

  test('A13 a field is shown to one agent without a proof, and to one who looks often with a second person', () => {
    assert.ok(!isFree('unmask') && !takesProof('unmask'))
    for (const level of LEVELS) {
      const may = risksOf('unmask').map(
        (risk) => decided({ deed: 'unmask', role: 'agent', level, risk }).may,
      )
      assert.deepEqual(may, ['alone', 'second-person'], level)
    }
    assert.deepEqual(countedSignals('unmask', SIGNALS), ['unmasked-often'])
  })

  test('A13 an agent looks at five fields in 24 hours alone, to the second', () => {
    const at = (count: number) => Array.from({ length: count }, () => ({ at: NOON }))
    assert.equal(unmaskedLeft([], NOON), 5)
    assert.equal(unmaskedLeft(at(4), NOON), 1)
    assert.equal(unmaskedLeft(at(5), before(after(NOON, days(1)), seconds(1))), 0)
    assert.equal(unmaskedLeft(at(5), after(NOON, days(1))), 5)
  })

  test('S70 A28 one proof of any kind stops a device, whatever is unusual, and none does not', () => {
    for (const deed of ['block-device', 'end-passcode'] as const) {
      for (const risk of RISKS) {
        const may = LEVELS.map((level) => decided({ deed, role: 'agent', level, risk }).may)
        assert.deepEqual(may, ['not-proven', 'alone', 'alone', 'alone'], deed)
      }
    }
  })

  test('A28 what takes no proof is done once in a day for each deed, to the second', () => {
    const once = doneFree(NO_CALLS, 'freeze', NOON)
    assert.equal(notFreeUntil(NO_CALLS, 'freeze', NOON), null)
    assert.equal(notFreeUntil(once, 'end-sessions', NOON), null)
    const over = after(NOON, hours(24))
    assert.equal(notFreeUntil(once, 'freeze', before(over, seconds(1))), over)
    assert.equal(notFreeUntil(once, 'freeze', over), null)
  })

  test('A13 what lets a person in takes a live proof, and two people where the risk is raised', () => {
    for (const deed of ['issue-passcode', 'release-passcode', 'reset-password'] as const) {
      const may = (level: (typeof LEVELS)[number], risk: (typeof RISKS)[number]) =>
        decided({ deed, role: 'agent', level, risk }).may
      assert.deepEqual(
        LEVELS.map((level) => may(level, 'ordinary')),
        ['not-proven', 'second-person', 'alone', 'alone'],
      )
      assert.deepEqual(
        LEVELS.map((level) => may(level, 'raised')),
        ['not-proven', 'not-proven', 'second-person', 'second-person'],
      )
      const again = deed === 'issue-passcode' ? 'second-person' : 'alone'
      assert.deepEqual(
        LEVELS.map((level) => may(level, 'repeated')),
        ['not-proven', 'second-person', again, again],
      )
    }
  })

  test('R098 R100 a second passcode takes two people and no more proof, unless anything else is unusual', () => {
    const risk = (...there: readonly Signal[]) => riskOfDeed('issue-passcode', there)
    assert.deepEqual([risk(), risk('issued-lately')], ['ordinary', 'repeated'])
    assert.equal(risk('unmasked-often'), 'ordinary', 'which is of the agent')
    for (const signal of countedSignals('issue-passcode', SIGNALS)) {
      if (signal !== 'issued-lately') assert.equal(risk('issued-lately', signal), 'raised', signal)
    }
    assert.deepEqual(
      DEEDS.filter((deed) => risksOf(deed).includes('repeated')),
      ['issue-passcode'],
    )
  })

  test('A13 role, deed, level and risk: each combination is decided as it is written here', () => {
    // For no proof, L1, L2 and L3: not proven, two people, or one. Each deed for each of its risks.
    const stop = { ordinary: '-111', raised: '-111' }
    const free = { ordinary: '1111', raised: '1111' }
    const access = { ordinary: '-111', raised: '--11' }
    const entry = { ordinary: '-211', raised: '--22' }
    const expected: Readonly<Record<Deed, Partial<Record<Risk, string>>>> = {
      'block-device': stop,
      'end-sessions': free,
      'end-passcode': stop,
      freeze: free,
      'unlock-name': access,
      'tell-user-name': access,
      'issue-passcode': { ...entry, repeated: '-222' },
      'release-passcode': entry,
      'replace-device': entry,
      'reset-password': entry,
      unmask: { ordinary: '1111', raised: '2222' },
    }
    const sign = { alone: '1', 'second-person': '2', 'not-proven': '-', 'not-this-role': 'x' }
    const forNone = LEVELS.map(() => sign['not-this-role']).join('')
    for (const deed of DEEDS) {
      assert.deepEqual(risksOf(deed).toSorted(), Object.keys(expected[deed]).toSorted(), deed)
      for (const risk of risksOf(deed)) {
        for (const role of ROLES) {
          const signs = LEVELS.map((level) => sign[decided({ deed, role, level, risk }).may])
          const isDesk = role === 'agent' || role === 'supervisor'
          const asked = isDesk ? expected[deed][risk] : forNone
          assert.equal(signs.join(''), asked, `${deed} ${risk} ${role}`)
        }
      }
    }
  })

  test('more proof and less risk never open less', () => {
    const rank = { 'not-this-role': 0, 'not-proven': 0, 'second-person': 1, alone: 2 } as const
    for (const deed of DEEDS) {
      for (const role of ROLES) {
        const opens = (level: (typeof LEVELS)[number], risk: (typeof RISKS)[number]) =>
          rank[decided({ deed, role, level, risk }).may]
        for (const risk of RISKS) {
          const all = LEVELS.map((level) => opens(level, risk))
          assert.deepEqual(all, all.toSorted(), `${deed} ${role} ${risk}`)
        }
        for (const level of LEVELS) {
          assert.ok(opens(level, 'raised') <= opens(level, 'repeated'))
          assert.ok(opens(level, 'repeated') <= opens(level, 'ordinary'))
        }
      }
    }
  })

  test('only agents and supervisors act on a client', () => {
    for (const role of ROLES) {
      const does = DEEDS.some(
        (deed) => decided({ deed, role, level: 'L3', risk: 'ordinary' }).may !== 'not-this-role',
      )
      assert.equal(does, role === 'agent' || role === 'supervisor', role)
    }
  })

  test('no signal makes a stop riskier, and every signal of the client counts for a passcode', () => {
    const stops = DEEDS.filter((deed) => classOf(deed) === 'stop')
    for (const deed of stops) assert.deepEqual(countedSignals(deed, SIGNALS), [])
    const ofClient = SIGNALS.filter((one) => one !== 'unmasked-often')
    assert.deepEqual(countedSignals('issue-passcode', SIGNALS).toSorted(), ofClient.toSorted())
  })

  test('levels are ordered', () => {
    assert.ok(isLevelAtLeast('L2', 'L1') && !isLevelAtLeast('L1', 'L2'))
    assert.ok(isLevelAtLeast('none', 'none') && !isLevelAtLeast('none', 'L1'))
  })
})

suite('The calls of a client', () => {
  test('R126 three failed proofs in 24 hours stop the telephone for 24 hours', () => {
    const first = proofFailed(NO_CALLS, NOON)
    const second = proofFailed(first, after(NOON, hours(12)))
    assert.equal(second.stoppedUntil, null)
    const inTime = before(after(NOON, days(1)), seconds(1))
    const third = proofFailed(second, inTime)
    assert.equal(third.stoppedUntil, after(inTime, days(1)))
    assert.ok(isStopped(third, before(after(inTime, days(1)), seconds(1))))
    assert.ok(!isStopped(third, after(inTime, days(1))))
    const late = proofFailed(second, after(NOON, days(1)))
    assert.equal(late.stoppedUntil, null, 'the first is a day old')
    assert.equal(failedLately(late, after(NOON, days(1))), 2)
  })

  test('A28 one failed proof in a day is not unusual, and the second is', () => {
    const first = proofFailed(NO_CALLS, NOON)
    assert.ok(!areProofsFailing(first, NOON))
    const second = proofFailed(first, NOON)
    assert.ok(areProofsFailing(second, NOON))
    assert.ok(areProofsFailing(second, before(after(NOON, days(1)), seconds(1))))
    assert.ok(!areProofsFailing(second, after(NOON, days(1))))
  })

  test('A13 a class of change excludes the other for a day, whichever came first', () => {
    for (const [of, other] of [
      ['device', 'password'],
      ['password', 'device'],
    ] as const) {
      const given = proofGiven(NO_CALLS, of, NOON)
      assert.ok(isOtherChange(given, other, NOON))
      assert.ok(isOtherChange(given, other, before(after(NOON, days(1)), seconds(1))))
      assert.ok(!isOtherChange(given, other, after(NOON, days(1))))
      assert.ok(!isOtherChange(given, of, NOON))
      assert.ok(!isOtherChange(given, 'access', NOON))
    }
    assert.deepEqual(proofGiven(NO_CALLS, 'access', NOON), NO_CALLS)
    assert.deepEqual(CHANGES, ['device', 'password'])
  })
})

test('an agent reads why a client is called back nowhere', () => {
  const number = (
    since: Instant,
    verifiedAt: Instant | null,
    replacedAt: Instant | null = null,
  ) => {
    const id = 'con_1' as ContactId
    const subscriberId = 'sub_1' as SubscriberId
    const value = '+12025550142'
    return { id, subscriberId, kind: 'mobile', value, since, verifiedAt, replacedAt } as const
  }
  const settled = before(NOON, CALLED_FROM)
  assert.equal(whyNotCalled([], NOON), 'no-number')
  assert.equal(whyNotCalled([number(settled, settled, NOON)], NOON), 'no-number', 'replaced')
  assert.equal(whyNotCalled([number(settled, null)], NOON), 'unproven')
  assert.equal(whyNotCalled([number(settled, after(settled, seconds(1)))], NOON), 'recent')
  assert.equal(whyNotCalled([number(settled, settled)], NOON), 'unreachable', 'by no carrier')
})

suite('A warrant', () => {
  const use = {
    subscriberId: 'sub_1' as SubscriberId,
    memberId: 'mem_1' as MemberId,
    caseId: 'cas_1' as CaseId,
  }
  const warrant = warrantGiven(
    { ...use, id: 'war_1' as WarrantId, of: 'device', level: 'L2', verified: 'response' },
    NOON,
  )
  const deed = 'issue-passcode' as const

  test('opens a deed of its class, for ten minutes', () => {
    assert.equal(WARRANT_LIFETIME, minutes(10))
    assert.equal(obstacleIn(warrant, { ...use, deed }, NOON), null)
    const over = after(NOON, minutes(10))
    assert.equal(obstacleIn(warrant, { ...use, deed }, before(over, seconds(1))), null)
    assert.equal(obstacleIn(warrant, { ...use, deed }, over), 'desk.warrant-expired')
  })

  test('opens nothing of another client, agent, case or class, and nothing twice', () => {
    const others = [
      { ...use, deed, subscriberId: 'sub_2' as SubscriberId },
      { ...use, deed, memberId: 'mem_2' as MemberId },
      { ...use, deed, caseId: 'cas_2' as CaseId },
      ...DEEDS.filter((one) => classOf(one) !== 'device').map((one) => ({ ...use, deed: one })),
    ]
    for (const other of others) assert.equal(obstacleIn(warrant, other, NOON), 'desk.no-warrant')
    const used = { ...warrant, usedAt: NOON, usedFor: deed }
    assert.equal(obstacleIn(used, { ...use, deed }, NOON), 'desk.warrant-used')
  })
})

test('A13 what is masked tells neither the whole nor its length', () => {
  assert.equal(maskedName('anna'), 'a•••')
  assert.equal(maskedName(''), '•••')
  assert.equal(maskedNumber('U0000001'), '•••001')
  assert.equal(maskedNumber('123'), '•••')
  assert.equal(maskedContact('email', 'anna@example.com'), 'a•••@e•••')
  assert.equal(maskedContact('mobile', '+41791234567'), '•••67')
  for (const address of ['Anna Example\n1 Street\nSwitzerland', '1 Street, 8000 Zurich']) {
    assert.equal(maskedContact('postal', address), '•••')
  }
})

test('A13 a request of thirty minutes is thirty minutes long while the clocks are changed', () => {
  for (const change of ['2026-11-01T06:00:00Z', '2026-03-08T07:00:00Z', '2026-03-29T01:00:00Z']) {
    const askedAt = before(instant(Date.parse(change)), minutes(15))
    const request = { state: 'open', expiresAt: after(askedAt, SECOND_LIFETIME) } as const
    assert.ok(isSecondOpen(request, after(askedAt, minutes(30 - 1))), change)
    assert.ok(!isSecondOpen(request, after(askedAt, minutes(30))), change)
  }
})
