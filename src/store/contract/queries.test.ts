import assert from 'node:assert/strict'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { after, before, suite, test } from 'node:test'
import type { CompiledQuery, Kysely, KyselyPlugin } from 'kysely'
import { opened } from '#core/devices/enrolment.ts'
import { newId, type OutboxId, type SubscriberId } from '#core/ids.ts'
import { after as later, minutes } from '#core/time/time.ts'
import { ENDING_NAMES } from '#core/sessions/under-way.ts'
import { commitAccounts, findAccountByNumber, listAccounts } from '#store/accounts/accounts.ts'
import { NOTHING_PAID } from '#core/tasks/withdrawal-limits.ts'
import { opened as openedTask } from '#core/tasks/task.ts'
import { findEvent, listLoginEvents, listSubscriberEvents } from '#store/audit/audit.ts'
import {
  createCheckpoint,
  createCosignature,
  findLastCosigned,
  listCheckpoints,
  listCosignatures,
  listLatestCheckpoints,
} from '#store/audit/checkpoints.ts'
import {
  appendLeaves,
  findLastSeq,
  findTimeAfter,
  findTree,
  listBehind,
  listLeaves,
  listLogged,
  listNodes,
} from '#store/audit/tree.ts'
import {
  commitAuthenticators,
  findAuthenticator,
  listAuthenticators,
  listHoldings,
} from '#store/devices/authenticators.ts'
import { forgetBrowsers, listBrowsers } from '#store/login/browsers.ts'
import { listMessages, recordReceiptOf } from '#store/delivery/carrier-messages.ts'
import type { Write } from '#store/database/connection.ts'
import { changeContact, listContacts, listHoldersOf } from '#store/contact/addresses.ts'
import type { Db } from '#store/database/open.ts'
import { findFile } from '#store/documents/files.ts'
import {
  countAnswered,
  findDueMail,
  findMail,
  findMailCalled,
  listMailsIn,
  listOutlivedMails,
  takenMailSlots,
  wasAnswered,
  wasFiled,
} from '#store/documents/mails.ts'
import {
  findDueSubmission,
  findSubmission,
  listOutlived,
  listSubmissions,
  listSubmissionsIn,
  takenSlots,
} from '#store/documents/submissions.ts'
import { endHold } from '#store/holds.ts'
import { listReturnable } from '#store/inventory/hardware-tokens.ts'
import {
  countWaitingLetters,
  findLetter,
  listWaitingLetters,
  markPosted,
} from '#store/notices/letters.ts'
import {
  commitEnrolment,
  findEnrolment,
  findEnrolmentByToken,
  findEnrolmentThatBound,
  findOpenEnrolment,
} from '#store/devices/enrolments.ts'
import { findFacts, findHeldSession } from '#store/subscribers/session-facts.ts'
import {
  commitLogin,
  findLogin,
  listAnswered,
  listLoginsById,
  listOpenChallenges,
  listReceipts,
  listWaiting,
} from '#store/login/logins.ts'
import { migrate } from '#store/database/migrate.ts'
import {
  consumeOidc,
  destroyOidc,
  findOidc,
  findOidcByUid,
  findOidcByUserCode,
  listGrants,
  revokeGrant,
} from '#store/sessions/oidc-payloads.ts'
import {
  findNotice,
  listNotices,
  noticeMissed,
  noticeTaken,
  tell,
  tellFurther,
} from '#store/notices/notices.ts'
import { giveUp, markSent, postpone, takeDue } from '#store/delivery/outbox.ts'
import { findPush, noteDeviceRequest } from '#store/devices/phone-channels.ts'
import { purge } from '#store/server/purge.ts'
import {
  findSessionById,
  listSessions,
  listSessionsById,
  touchSession,
} from '#store/sessions/sessions.ts'
import {
  beginning,
  begun,
  type Folder,
  folder,
  newcomer,
  NOW,
  open,
  random,
} from '#store/contract/store.contract.ts'
import {
  findSubscriber,
  listSubscribersNamed,
  updateSubscriber,
} from '#store/subscribers/subscribers.ts'
import { findClaimant } from '#store/login/claimant.ts'
import {
  commitTask,
  findOutflow,
  findTask,
  findTaskUsedFor,
  listTasksById,
} from '#store/tasks/tasks.ts'
import { commitStaff } from '#store/desk/commit.ts'
import { findInvitation } from '#store/desk/invitations.ts'
import { listMemberPasskeys } from '#store/desk/member-passkeys.ts'
import { touchMemberSession } from '#store/desk/member-sessions.ts'
import { findMember, findMemberCalled } from '#store/desk/members.ts'
import { findHeldMemberSession } from '#store/desk/session-facts.ts'
import { member, passkey, staffSession } from '#store/desk/staff.fixture.ts'
import { findThrottle } from '#store/login/throttles.ts'

suite('at a million subscribers', () => {
  let place: Folder
  let db: Db
  const asked = new Map<string, readonly unknown[]>()
  before(async () => {
    place = folder()
    const opened = await open(place.url)
    await migrate(opened)
    db = watched(opened, asked)
  })
  after(async () => {
    await db.close()
    place.remove()
  })

  test('every statement finds its rows by an index, and none looks through a table', async () => {
    await everyStatement(db)
    assert.ok(asked.size >= 50, `only ${asked.size} statements were seen`)
    const plans = new DatabaseSync(place.path, { readOnly: true })
    for (const [sql, parameters] of asked) {
      const steps = plans
        .prepare(`explain query plan ${sql}`)
        .all(...(parameters as readonly SQLInputValue[]))
        .map((step) => String(step['detail']))
      // The one row that a claimant is joined to, so that there is an answer for every name.
      const scans = steps.filter(
        (step) => step.startsWith('SCAN') && !/CONSTANT ROW|always/.test(step),
      )
      assert.deepEqual(scans, [], sql)
    }
    plans.close()
  })
})

/** The same database; what is asked of it is written down. */
function watched(db: Db, asked: Map<string, readonly unknown[]>): Db {
  const reading = db.read as unknown as Kysely<unknown>
  const listening: KyselyPlugin = {
    transformQuery({ node, queryId }) {
      const { sql, parameters }: CompiledQuery = reading.getExecutor().compileQuery(node, queryId)
      asked.set(sql, parameters)
      return node
    },
    transformResult: ({ result }) => Promise.resolve(result),
  }
  const note = (writes: readonly Write[]): void => {
    for (const { sql, parameters } of writes) asked.set(sql, parameters)
  }
  return {
    ...db,
    read: db.read.withPlugin(listening),
    ask(query) {
      asked.set(query.sql, query.parameters)
      return db.ask(query)
    },
    commit(writes) {
      note(writes)
      return db.commit(writes)
    },
    commitCounted(writes) {
      note(writes)
      return db.commitCounted(writes)
    },
  }
}

/** Calls everything that this room offers, with and without what is optional. */
async function everyStatement(db: Db): Promise<void> {
  await submissionStatements(db)
  const person = await newcomer(db)
  await subscribersOf(db, person)
  await loginsOf(db, person)
  await sessionsOf(db, person)
  await staffOf(db)
  await othersOf(db, person)
  await tasksOf(db, person)
  await logOf(db)
}

async function logOf(db: Db): Promise<void> {
  const tree = await findTree(db)
  const hash = new Uint8Array(32)
  const nodes = [{ level: 8, index: 0, hash }]
  const seq = await findLastSeq(db)
  assert.ok(await appendLeaves(db, tree, { leaves: [{ seq, hash }], nodes }))
  await listLogged(db, { after: 0, upTo: seq, limit: 10 })
  await findTimeAfter(db, 0)
  await listLeaves(db, 0, 1)
  await listBehind(db, 1)
  await listNodes(db, 8, { start: 0, end: 1 })
  await createCheckpoint(db, { size: 1, seq, at: NOW, note: '' })
  await listLatestCheckpoints(db, { upTo: 1, limit: 1 })
  await listCheckpoints(db, { after: 0, upTo: 1 })
  await createCosignature(db, { size: 1, witness: 'a', line: '' })
  await listCosignatures(db, 1)
  await findLastCosigned(db, { witness: 'a', upTo: 1 })
}

type Person = Awaited<ReturnType<typeof newcomer>>

async function subscribersOf(db: Db, { subscriber, phone }: Person): Promise<void> {
  await findClaimant(db, { nameKey: 'a', browserHash: random(32), method: 'password' })
  await findSubscriber(db, subscriber.id)
  await accountsOf(db, subscriber.id)
  await updateSubscriber(db, {
    now: NOW,
    subscriber: { value: subscriber, version: 1 },
    events: [],
  })
  await findAuthenticator(db, phone.id)
  await listAuthenticators(db, subscriber.id)
  await listHoldings(db, subscriber.id)
  await commitAuthenticators(db, { now: NOW, changed: [{ value: phone, version: 1 }], events: [] })
  await listBrowsers(db, subscriber.id)
  const forgetting = { now: NOW, subscriberId: subscriber.id, events: [] }
  await forgetBrowsers(db, { ...forgetting, ids: [newId('brw', NOW, random)] })
  await findThrottle(db, 'name:a')
}

async function tasksOf(db: Db, { subscriber, account }: Person): Promise<void> {
  const accountId = account.id
  const sessionId = newId('ses', NOW, random)
  const next = { to: '/', fields: null, back: '/' }
  const task = openedTask(
    {
      id: newId('tsk', NOW, random),
      subscriberId: subscriber.id,
      sessionId,
      next,
      stamp: 0,
      platform: 'portal',
      environment: 'live',
      deed: { kind: 'password', facts: {} },
    },
    NOW,
  )
  for (const version of [null, 1]) {
    const outflow = { value: NOTHING_PAID, version, accountId, reservedUsd: 0 }
    await commitTask(db, { now: NOW, task: { value: task, version }, outflow, events: [] })
  }
  await findTask(db, task.id)
  await findTaskUsedFor(db, 'a grant')
  await listTasksById(db, [task.id])
  await findOutflow(db, accountId)
}

const FACTS_ASKED = { firstFactor: 'password', resetFactor: 'reset-code', now: NOW } as const

async function accountsOf(db: Db, subscriberId: SubscriberId): Promise<void> {
  const [account] = await listAccounts(db, subscriberId)
  assert.ok(account)
  await findAccountByNumber(db, account.number)
  await findFacts(db, { ...FACTS_ASKED, subscriberId })
  const written = { now: NOW, events: [] }
  const changed = [{ value: account, version: 1 }]
  await commitAccounts(db, {
    ...written,
    changed,
    revoked: [],
    ended: [{ by: 'account-closed', subscriberId, sessions: [newId('ses', NOW, random)] }],
  })
  await commitAccounts(db, {
    ...written,
    added: { ...account, id: newId('acc', NOW, random), number: 'another' },
    changed: [],
    unchanged: [{ value: account, version: 2 }],
    revoked: [],
    ended: [],
  })
  const hold = { kind: 'test', forbids: [], until: later(NOW, minutes(1)) }
  const id = newId('hld', NOW, random)
  await commitAuthenticators(db, { ...written, changed: [], hold: { id, subscriberId, hold } })
  await endHold(db, { ...written, id, subscriberId })
  await listContacts(db, subscriberId)
  await listWaitingLetters(db, { after: null, limit: 10 })
  await countWaitingLetters(db)
  const letterId = newId('ltr', NOW, random)
  await findLetter(db, letterId)
  const posted = { kind: 'letter.posted', subscriberId, letterId, by: 'operator' } as const
  await markPosted(db, { id: letterId, now: NOW, event: posted })
  const since = { since: NOW, verifiedAt: null, replacedAt: null }
  const contact = {
    id: newId('con', NOW, random),
    subscriberId,
    kind: 'email',
    value: 'a',
    ...since,
  } as const
  const by = { now: NOW, events: [] }
  await changeContact(db, { ...by, change: { contact, replaced: null } })
  const next = { ...contact, id: newId('con', NOW, random) }
  await changeContact(db, { ...by, change: { contact: next, replaced: contact.id } })
  await changeContact(db, { ...by, change: { verified: next.id, at: NOW } })
  await listHoldersOf(db, { addressHash: 'hash', since: NOW })
  await noticesOf(db, subscriberId)
}

async function noticesOf(db: Db, subscriberId: SubscriberId): Promise<void> {
  await findEvent(db, 1)
  await findNotice(db, 1)
  await listNotices(db, subscriberId, 20)
  const told = { effects: [], letters: [], contactIds: [], alerts: [] }
  const notice = { seq: 1, subscriberId, kind: 'denied', at: NOW } as const
  await tell(db, notice, told)
  const ended = { id: 'out_one' as OutboxId, now: NOW, isGivenUp: false }
  await noticeTaken(db, 1, ended)
  await noticeMissed(db, 1, { ...ended, isGivenUp: true })
  await tellFurther(db, { ...notice, contactIds: [] }, { told, ended })
}

async function loginsOf(db: Db, { subscriber, phone }: Person): Promise<void> {
  const { id } = await begun(db, subscriber.id)
  await findLogin(db, id)
  await listWaiting(db, { from: NOW, until: NOW, limit: 10 })
  await listOpenChallenges(db, phone.id, NOW)
  await listAnswered(db, phone.id, 10)
  await listLoginsById(db, [id])
  await listSessionsById(db, [])
  await listReceipts(db, id, NOW)
  await listLoginEvents(db, id)
  await listSubscriberEvents(db, subscriber.id, { limit: 10 })
  await listSubscriberEvents(db, subscriber.id, { before: 9, limit: 10, except: ['a'] })
  const effects = [{ kind: 'deliver', channel: 'push', to: phone.id, payload: 1 }] as const
  const throttle = { key: 'name:a', value: { failures: 1, lastFailedAt: NOW } }
  const commit = { now: NOW, effects, events: [], throttles: [{ ...throttle, version: null }] }
  await commitLogin(db, { ...commit, login: { value: beginning(subscriber.id), version: null } })
  const again = { ...commit, login: { value: beginning(subscriber.id), version: 1 } }
  await commitLogin(db, { ...again, throttles: [{ ...throttle, version: 1 }] })
  const forgotten = { failures: 0, lastFailedAt: null }
  await commitLogin(db, { ...again, throttles: [{ ...throttle, value: forgotten, version: 1 }] })
}

async function sessionsOf(db: Db, { subscriber }: Person): Promise<void> {
  const id = newId('ses', NOW, random)
  await findHeldSession(db, { ...FACTS_ASKED, tokenHash: random(32) })
  await findHeldSession(db, { ...FACTS_ASKED, id })
  await findSessionById(db, id)
  await listSessions(db, subscriber.id, NOW)
  await touchSession(db, id, NOW)
  for (const by of ENDING_NAMES) {
    const ended = { by, subscriberId: subscriber.id, sessions: [id], within: id, stamp: 0 }
    await commitAuthenticators(db, { now: NOW, changed: [], ended, events: [] })
  }
  await listGrants(db, id)
}

/** Lists of all staff are left out: they are as long as they are. */
async function staffOf(db: Db): Promise<void> {
  const one = member('olga')
  const { id: memberId, role } = one
  const key = passkey(memberId)
  const session = staffSession(memberId, key.id)
  await findMember(db, memberId)
  await findMemberCalled(db, one.agentId)
  await findInvitation(db, 'hash')
  await listMemberPasskeys(db, memberId)
  await findHeldMemberSession(db, random(32))
  await touchMemberSession(db, session.id, NOW)
  const commit = { now: NOW, events: [] }
  await commitStaff(db, { ...commit, member: { value: one, version: null } })
  const invited = { tokenHash: 'hash', memberId, expiresAt: NOW }
  await commitStaff(db, { ...commit, invited, passkey: { value: key, version: null } })
  await commitStaff(db, { ...commit, opened: { value: session, tokenHash: random(32) } })
  const standing = { memberId, role, sessionId: session.id }
  const answered = { challenge: 'one', passkey: { value: key, version: 1 } }
  await commitStaff(db, { ...commit, standing, answered, challenge: 'two', invitation: 'hash' })
  const again = { value: one, version: 1 }
  await commitStaff(db, { ...commit, member: again, ended: { session: session.id } })
  await commitStaff(db, { ...commit, ended: { passkeyId: key.id, memberId, asking: session.id } })
  await commitStaff(db, { ...commit, ended: { memberId, withPasskeys: true } })
}

async function othersOf(db: Db, { subscriber, phone }: Person): Promise<void> {
  await listReturnable(db, subscriber.id)
  const enrolmentId = newId('enr', NOW, random)
  await findEnrolment(db, enrolmentId)
  await findEnrolmentByToken(db, 'hash')
  await findOpenEnrolment(db, 'a')
  await findEnrolmentThatBound(db, phone.id)
  const asking = { id: enrolmentId, subscriberId: subscriber.id, method: 'phone-key' }
  const codes = {
    codeHash: 'a',
    tokenHash: 'b',
    sessionId: newId('ses', NOW, random),
    drawn: null,
    waits: false,
    stamp: 0,
    confirmed: null,
    confirmedIn: null,
  }
  const value = opened({ ...asking, ...codes }, NOW)
  await commitEnrolment(db, { now: NOW, enrolment: { value, version: null }, events: [] })
  await commitEnrolment(db, { now: NOW, enrolment: { value, version: 1 }, events: [] })
  await takeDue(db, { now: NOW, limit: 0, lease: minutes(1), without: ['sms'] })
  const about = { loginId: newId('log', NOW, random), openedAt: NOW }
  const message = { channel: 'sms', message: 'm1', at: NOW }
  await recordReceiptOf(db, { ...message, state: 'delivered' })
  await listMessages(db, about)
  const [taken] = await takeDue(db, { now: NOW, limit: 10, lease: minutes(1) })
  assert.ok(taken)
  await postpone(db, { id: taken.id, dueAt: NOW, attempts: 1 })
  await giveUp(db, taken.id, { now: NOW })
  await markSent(db, [taken.id])
  await noteDeviceRequest(db, phone.id, { time: 1, before: [] })
  await noteDeviceRequest(db, phone.id, { time: 3, before: [2] })
  await findPush(db, phone.id)
  const key = { model: 'AccessToken', id: 'a' }
  await findOidc(db, key, NOW)
  await findOidcByUid(db, { ...key, uid: 'a' }, NOW)
  await findOidcByUserCode(db, { ...key, userCode: 'a' }, NOW)
  await consumeOidc(db, key, NOW)
  await destroyOidc(db, key)
  await revokeGrant(db, 'a')
  await purge(db, NOW)
}

async function submissionStatements(db: Db): Promise<void> {
  const subscriberId = newId('sub', NOW, random)
  await listSubmissions(db, subscriberId)
  await listSubmissionsIn(db, 'checking')
  await findSubmission(db, newId('sbm', NOW, random))
  await findDueSubmission(db, NOW)
  await listOutlived(db, NOW)
  await takenSlots(db, { subscriberId, day: '2026-11-02' })
  await findFile(db, newId('fil', NOW, random))
  await listMailsIn(db, 'waiting')
  await findMail(db, newId('mai', NOW, random))
  await findMailCalled(db, 'hash')
  await findDueMail(db, NOW)
  await takenMailSlots(db, ['one', 'two'])
  await wasAnswered(db, { senderHash: 'hash', since: NOW })
  await countAnswered(db, NOW)
  await wasFiled(db, 'name')
  await listOutlivedMails(db, NOW)
  await listSubscribersNamed(db, ['anna'])
}
