import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { AgentId } from '#core/agent.ts'
import {
  BEHALF_TABLE,
  type BehalfDeed,
  isBehalfDeed,
  obstacleToBehalf,
  readBehalf,
  takesTwo,
} from '#core/desk/programs/behalf.ts'
import type { Member } from '#core/desk/member.ts'
import { ROLES } from '#core/desk/role.ts'
import type { MemberId } from '#core/ids.ts'
import { instant } from '#core/time/time.ts'

const DEEDS = Object.keys(BEHALF_TABLE).filter(isBehalfDeed)

const member = (agentId: string, more: Partial<Member> = {}): Member => ({
  id: `mem_${agentId}` as MemberId,
  agentId: agentId as AgentId,
  name: agentId,
  role: 'supervisor',
  state: 'active',
  ties: [],
  createdAt: instant(0),
  ...more,
})

const SUE = member('sue')
const SAM = member('sam')
const ALONE = { member: SUE, second: null, tied: [] } as const

suite('What a program does for a member of staff', () => {
  /** What each role may have done for it, a second time: a row that got wider is found here. */
  const OF_SUPERVISORS = [
    ...(['approveAccount', 'openAccount', 'closeAccount'] as const),
    ...(['addStatement', 'removeStatement'] as const),
  ]
  const OF_FULFILMENT = [
    ...(['letterPosted', 'orderPacked', 'orderSent', 'orderDelivered', 'orderLost'] as const),
    ...(['tokenReturned', 'tokenWrittenOff', 'tokenDestroyed', 'orderRelabelled'] as const),
  ]
  const OF_DOCUMENTS = [
    ...(['addStatement', 'removeStatement'] as const),
    ...(['getSubmissionPage', 'decideSubmission'] as const),
  ]
  const mayDo = (role: Member['role'], deed: BehalfDeed): boolean => {
    const isOf = (list: readonly BehalfDeed[]) => list.includes(deed)
    const isOfOne = isOf(OF_SUPERVISORS) || isOf(OF_FULFILMENT) || isOf(OF_DOCUMENTS)
    switch (role) {
      case 'agent':
        return !isOfOne
      case 'supervisor':
        return !isOfOne || isOf(OF_SUPERVISORS)
      case 'fulfilment':
        return isOf(OF_FULFILMENT)
      case 'documents':
        return isOf(OF_DOCUMENTS)
      case 'compliance':
        return deed === 'getSubmissionPage' || deed === 'decideSubmission'
      case 'operator':
        return false
    }
  }

  test('A13 is done in the roles that do it at the desk, and in no other', () => {
    for (const deed of DEEDS)
      for (const role of ROLES) {
        const problem = obstacleToBehalf(deed, { ...ALONE, member: member('ann', { role }) })
        assert.equal(problem, mayDo(role, deed) ? null : 'desk.not-this-role', `${role} ${deed}`)
      }
  })

  test('is done for no member who is not active', () => {
    for (const state of ['invited', 'suspended'] as const)
      for (const deed of DEEDS) {
        const problem = obstacleToBehalf(deed, { ...ALONE, member: member('ann', { state }) })
        assert.equal(problem, 'desk.not-on-behalf')
      }
    assert.equal(obstacleToBehalf('setEmail', { ...ALONE, member: null }), 'desk.not-on-behalf')
  })

  test('A13 no member acts on their own record, and on a colleague’s only a supervisor', () => {
    const amy = member('amy', { role: 'agent' })
    const on = (asked: Parameters<typeof obstacleToBehalf>[1]) =>
      obstacleToBehalf('setEmail', asked)
    assert.equal(on({ member: SUE, second: null, tied: [SUE.id] }), 'desk.not-allowed')
    assert.equal(on({ member: SUE, second: SAM, tied: [SAM.id] }), 'desk.not-allowed')
    assert.equal(on({ member: amy, second: null, tied: [SUE.id] }), 'desk.not-allowed')
    assert.equal(on({ member: amy, second: SAM, tied: [SUE.id] }), 'desk.not-allowed')
    assert.equal(on({ member: SUE, second: null, tied: [amy.id] }), null)
  })

  test('S118 the second person is another human being, a supervisor, and active', () => {
    const on = (second: Member, first = SUE) =>
      obstacleToBehalf('liftHold', { member: first, second, tied: [] })
    assert.equal(on(SAM), null)
    assert.equal(on(SUE), 'desk.second-person')
    assert.equal(on(member('amy', { role: 'agent' })), 'desk.second-person')
    assert.equal(on(member('sam', { state: 'suspended' })), 'desk.second-person')
    const ties = [{ kind: 'telephone', print: 'one number' }] as const
    assert.equal(on(member('sam', { ties }), member('sue', { ties })), 'desk.second-person')
  })

  test('A13 takes two where something is unusual, and a hold is never lifted by one', () => {
    const unusual = ['contact-changed', 'strict-rules', 'large-account'] as const
    const ofTwo = (isFirst: boolean, there: readonly (typeof unusual)[number][]) =>
      DEEDS.filter((deed) => takesTwo(deed, { there, isFirst })).toSorted()
    assert.deepEqual(ofTwo(false, []), ['liftHold'])
    const later = ['liftHold', 'setPrimaryUser', 'unsetPrimaryUser']
    const first = ['relocateAccount', 'setEmail', 'setIdentity', 'setMobile', 'setPostal']
    for (const one of unusual) {
      assert.deepEqual(ofTwo(true, [one]), later)
      assert.deepEqual(ofTwo(false, [one]), [...later, ...first].toSorted())
    }
  })

  test('R127 A31 says who, why and how verified, or is refused', () => {
    const good = {
      onBehalfOf: 'jane.doe-7',
      approvedBy: undefined,
      reason: 'client-request',
      reference: 'CRM/4711',
      verified: 'call-back',
    }
    const read = readBehalf(good)
    assert.deepEqual(read.ok && read.said, {
      agentId: 'jane.doe-7',
      second: null,
      reason: 'client-request',
      reference: 'CRM/4711',
      verified: 'call-back',
    })
    const bad = [
      [{ onBehalfOf: undefined }, 'desk.not-an-agent'],
      [{ onBehalfOf: '' }, 'desk.not-an-agent'],
      [{ onBehalfOf: 'Jane' }, 'desk.not-an-agent'],
      [{ onBehalfOf: ['jane', 'sue'] }, 'desk.not-an-agent'],
      [{ onBehalfOf: 'x'.repeat(41) }, 'desk.not-an-agent'],
      [{ approvedBy: 'Sue Example' }, 'desk.not-an-agent'],
      [{ reason: undefined }, 'desk.reason'],
      [{ reason: 'because' }, 'desk.reason'],
      [{ reference: '' }, 'request.malformed'],
      [{ reference: '<b>' }, 'request.malformed'],
      [{ reference: 'x'.repeat(41) }, 'request.malformed'],
      [{ verified: undefined }, 'desk.more-proof'],
      [{ verified: 'question' }, 'request.malformed'],
      [{ verified: 'passkey' }, 'request.malformed'],
    ] as const
    for (const [change, problem] of bad)
      assert.deepEqual(readBehalf({ ...good, ...change }), { ok: false, problem })
    assert.ok(readBehalf({ ...good, reason: 'routine', verified: undefined }).ok)
  })
})
