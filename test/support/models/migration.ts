import assert from 'node:assert/strict'
import type { AuditEvent } from '#core/audit/audit.ts'
import type { Authenticator } from '#core/devices/authenticator.ts'
import type { SubscriberId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import type { Session } from '#core/sessions/session.ts'
import { days, hours, type Instant, minutes } from '#core/time/time.ts'
import { startHold } from '#engine/subscribers/accounts.ts'
import { stopFromDevice } from '#engine/devices/phone-approval.ts'
import { answerLogin } from '#engine/login/answer.ts'
import { openChallenge } from '#engine/login/challenge.ts'
import { setContact } from '#engine/contact/addresses.ts'
import { completeActivation, startEnrolment } from '#engine/devices/enrolment.ts'
import { viewLogin } from '#engine/login/view.ts'
import { noticeDue } from '#engine/notices/notices.ts'
import { deliverDue } from '#engine/delivery/outbox.ts'
import type { OpenSession } from '#engine/sessions/rights.ts'
import { findOpenSession } from '#engine/sessions/sessions.ts'
import { stopSuccessor, succeedDue } from '#engine/devices/migration.ts'
import { codeIn, sample } from '#methods/sms-code/sample.ts'
import { listAuthenticators } from '#store/devices/authenticators.ts'
import { listNotices } from '#store/notices/notices.ts'
import { memoryRateLimits } from '#store/server/rate-limits.ts'
import { type TestPhone, testPhone } from '../clients/phone.ts'
import type { By, Happening, Which } from './migration-histories.ts'
import { begin, device, numberOn, PASSWORD } from '../clients/engine-story.ts'
import { browser, ISSUER, type TestWorld } from '../server/world.ts'

/**
 * Random histories of a client and her phones, on two nodes that may die at any commit. After each
 * step the database is held against what was proven, as it is written down here and nowhere in the
 * product.
 */

/** What a history had in it, so that a test can say that it was about something. */
export interface Seen {
  migrations: number
  waits: number
  stops: number
  crashes: number
  notices: number
}

/** The process ends here: what was not written is gone, and no client is told what was. */
class Crash extends Error {}

interface Node {
  readonly world: TestWorld
  /** What happens at the next commit. */
  next: 'before' | 'after' | null
}

function mortal(world: TestWorld, seen: Seen): Node {
  const dying =
    <A, R>(commit: (writes: A) => Promise<R>) =>
    async (writes: A): Promise<R> => {
      const { next } = one
      one.next = null
      if (next !== null) seen.crashes += 1
      if (next === 'before') throw new Crash()
      const done = await commit(writes)
      if (next === 'after') throw new Crash()
      return done
    }
  const { db } = world
  const commits = { commit: dying(db.commit), commitCounted: dying(db.commitCounted) }
  const one: Node = { world: { ...world, db: { ...db, ...commits } }, next: null }
  return one
}

interface Opened {
  readonly token: string
  readonly by: By
  /** Whether it was opened with a phone that waited. */
  readonly waiting: boolean
}

interface Letter {
  readonly id: string
  readonly channel: string
  readonly payload: Json
}

/** Everything that is known of a client and what happened to her. */
interface Story {
  readonly nodes: readonly [Node, Node]
  /** A node that never dies: through it one looks. */
  readonly watching: TestWorld
  readonly subscriberId: SubscriberId
  readonly userName: string
  readonly phones: TestPhone[]
  readonly letters: Letter[]
  readonly seen: Seen
  sessions: Opened[]
  /** Holds of the back office end here. */
  heldUntil: Instant
  wasStopped: boolean
  /** How far the log was read. */
  seq: number
  held: ReadonlyMap<string, Authenticator>
}

/** Lives through one history, with a new client, and looks at every step. */
export async function lived(
  worlds: readonly [TestWorld, TestWorld],
  history: readonly Happening[],
  seen: Seen,
): Promise<void> {
  const story = await begunStory(worlds, seen)
  // She has a phone, for some days.
  const binding = { kind: 'new-phone', by: 'text', which: 0, node: 0 } as const
  const wait = { kind: 'wait', for: days(3) } as const
  for (const happening of [binding, wait, ...history]) {
    const used = await happened(story, happening).catch((error: unknown) => {
      if (!(error instanceof Crash)) throw error
      return null
    })
    await look(story, used)
  }
  await settle(story)
}

let people = 0

async function begunStory(
  [one, other]: readonly [TestWorld, TestWorld],
  seen: Seen,
): Promise<Story> {
  people += 1
  const userName = `anna-${people}`
  const letters: Letter[] = []
  const carrier = (name: string) => ({
    name,
    retries: [minutes(1)],
    deliver: async ({ id, payload }: { readonly id: string; readonly payload: Json }) => {
      letters.push({ id, channel: name, payload })
      return { outcome: 'sent' as const }
    },
  })
  const channels = new Map(['email', 'sms'].map((name) => [name, carrier(name)]))
  // Counts by address and number are of one history.
  const limits = memoryRateLimits(() => one.machine.now)
  const nodes = [one, other].map((world) => mortal({ ...world, channels, limits }, seen))
  const holds = [{ method: 'sms-code', state: sample.state }]
  const subscriberId = await one.add({ userName, password: PASSWORD, holds })
  const address = { subscriberId, by: 'operator' } as const
  await setContact(one, { ...address, kind: 'email', value: `${userName}@example.com` })
  // Otherwise the addresses are new, and everything waits longer.
  one.advance(days(31))
  return {
    nodes: nodes as unknown as Story['nodes'],
    watching: one,
    subscriberId,
    userName,
    letters,
    seen,
    phones: [],
    sessions: [],
    heldUntil: one.now(),
    wasStopped: false,
    seq: 0,
    held: new Map(),
  }
}

/** @returns the session that was used for it, where one was. */
async function happened(story: Story, what: Happening): Promise<Session | null> {
  const [{ world: first }] = story.nodes
  const at = 'node' in what ? story.nodes[what.node] : story.nodes[0]
  switch (what.kind) {
    case 'wait':
      first.advance(what.for)
      return null
    case 'crash':
      at.next = what.when
      return null
    case 'hold': {
      const until = (first.now() + what.for) as Instant
      const hold = { kind: 'review', forbids: ['withdrawals'] as const, until }
      await startHold(at.world, { ...hold, subscriberId: story.subscriberId, by: 'operator' })
      story.heldUntil = Math.max(story.heldUntil, until) as Instant
      return null
    }
    case 'jobs':
      await jobs(at.world)
      return null
    case 'rush': {
      const stops = stopped(story, story.nodes[0].world, what)
      const all = [stops, succeedDue(story.nodes[1].world), succeedDue(first)]
      for (const outcome of await Promise.allSettled(all)) {
        if (outcome.status === 'rejected' && !(outcome.reason instanceof Crash))
          throw outcome.reason
      }
      return null
    }
    case 'log-in':
      await loggedIn(story, at.world, what)
      return null
    case 'new-phone':
      return await newPhone(story, at.world, what)
    case 'stop':
      return await stopped(story, at.world, what)
  }
}

async function jobs(world: TestWorld): Promise<void> {
  await succeedDue(world)
  await noticeDue(world)
  await deliverDue(world)
}

interface Choice {
  readonly by?: By
  readonly which: Which
}

const phoneOf = ({ phones }: Story, { which }: Choice): TestPhone | null =>
  phones.length === 0 ? null : (phones[which % phones.length] ?? null)

/** Password, and a text or a phone; `null` when it does not come to that. */
async function loggedIn(
  story: Story,
  world: TestWorld,
  choice: Choice,
): Promise<OpenSession | null> {
  const phone = choice.by === 'phone' ? phoneOf(story, choice) : null
  if (choice.by === 'phone' && !phone) return null
  const client = browser({ address: `2001:db8:${story.sessions.length}::1` })
  const { userName } = story
  const started = await begin(world, client, { userName, platform: 'portal' })
  if (!started.ok) return null
  const held = { id: started.login.id, holder: client.holder }
  const view = await viewLogin(world, held)
  assert.ok(view.ok)
  const method = phone ? 'phone-key' : 'sms-code'
  const waiting = phone && story.held.get(phone.self.authenticator)?.pendingUntil !== null
  for (const { id } of view.choices.filter((one) => one.method === method)) {
    let { login } = view
    // One way is asked at once; another has to be chosen.
    if (login.state !== 'challenged' || login.challenge.authenticatorId !== id) {
      const way = phone ? 'response' : null
      const opened = await openChallenge(world, { ...held, authenticatorId: id, way })
      if (!opened.ok) continue
      login = opened.login
    }
    if (login.state !== 'challenged') continue
    if (phone && login.challenge.authenticatorId !== phone.self.authenticator) continue
    const answer = phone
      ? { response: await phone.respond(await numberOn(world, held.id, client), world.now()) }
      : { code: await textOf(story, world) }
    const answered = await answerLogin(world, { ...held, answer })
    if (!answered.ok || answered.token === null) return null
    story.sessions.push({ token: answered.token, by: choice.by ?? 'text', waiting: !!waiting })
    return await findOpenSession(world, answered.token)
  }
  return null
}

/** The code of the text that has just come. */
async function textOf({ letters }: Story, world: TestWorld): Promise<string> {
  await deliverDue(world)
  const texts = letters.filter(({ channel }) => channel === 'sms')
  return codeIn(texts.at(-1)?.payload ?? {}) || '000000'
}

async function newPhone(story: Story, world: TestWorld, choice: Choice): Promise<Session | null> {
  const session = await loggedIn(story, world, choice)
  if (!session) return null
  const invited = await startEnrolment(world, session, { method: 'phone-key' })
  if (!invited.ok) return session
  const phone = await testPhone(ISSUER)
  const activation = { token: invited.token }
  const offer = { enrolment: invited.enrolment.id, now: world.now() }
  const request = (await phone.activation(activation, offer)) as unknown as Json
  // Known from here on: also a phone that never heard the answer may have been bound.
  story.phones.push(phone)
  const address = `2001:db8:${story.phones.length}::2`
  const bound = await completeActivation(world, { activation, address, request })
  if (!bound.ok) story.phones.pop()
  return session
}

/**
 * A client says that a new phone is not theirs: on a phone, or in a session that a phone has
 * opened.
 */
async function stopped(story: Story, world: TestWorld, choice: Choice): Promise<Session | null> {
  if (choice.by === 'phone') {
    const session = await loggedIn(story, world, choice)
    if (!session || story.sessions.at(-1)?.waiting) return null
    const { subscriberId } = story
    await stopSuccessor(world, { subscriberId, by: 'session', spare: session.id })
    return session
  }
  const phone = phoneOf(story, choice)
  if (!phone) return null
  const signed = await phone.sign('stop', {}, world.now())
  const heard = await device(world, signed, 'stop')
  if (heard.ok) await stopFromDevice(world, heard)
  return null
}

const isFull = ({ method, lifecycle, pendingUntil }: Authenticator): boolean =>
  method === 'phone-key' && lifecycle === 'active' && pendingUntil === null
const isWaiting = ({ lifecycle, pendingUntil }: Authenticator): boolean =>
  lifecycle === 'active' && pendingUntil !== null

/**
 * After each step: what the database says is what may be. `used` is the session that it was done
 * with.
 */
async function look(story: Story, used: Session | null): Promise<void> {
  const { watching: world } = story
  const all = await listAuthenticators(world.db, story.subscriberId)
  const before = story.held
  const held = new Map(all.map(({ value }) => [String(value.id), value]))
  story.held = held
  nameNewPhone(story, before)
  const events = await newEvents(story)
  const fullBefore = [...before.values()].filter(isFull)
  const full = [...held.values()].filter(isFull)
  assert.ok(full.length <= 1, `${full.length} active phones`)
  if (fullBefore.length === 1) assert.equal(full.length, 1, 'no active phone is left')
  if (events.some(({ kind }) => kind === 'authenticator.stopped')) {
    story.wasStopped = true
    story.seen.stops += 1
  }
  for (const [id, now] of held) lookAtChange(story, { was: before.get(id), now, events, used })
  const [old] = fullBefore
  const isReplaced = old !== undefined && held.get(old.id)?.lifecycle === 'revoked'
  const wasStoppedNow = events.some(({ kind }) => kind === 'authenticator.stopped')
  if (isReplaced) story.seen.migrations += 1
  await lookAtSessions(story, isReplaced || wasStoppedNow ? { spare: used } : null)
}

/** A phone that was bound while the server failed to answer learns its name here. */
function nameNewPhone({ held, phones }: Story, before: Story['held']): void {
  const [fresh] = [...held.values()].filter(
    ({ id, method }) => method === 'phone-key' && !before.has(id),
  )
  const nameless = phones.findIndex((phone) => phone.self.authenticator === '')
  if (nameless === -1) return
  const [phone] = phones.slice(nameless)
  if (fresh && phone) phone.self.authenticator = fresh.id
  else phones.splice(nameless, 1)
}

type WrittenEvent = AuditEvent & { readonly seq: number }

async function newEvents(story: Story): Promise<readonly WrittenEvent[]> {
  const rows = await story.watching.db.read
    .selectFrom('audit_event')
    .selectAll()
    .where('subscriber_id', '=', story.subscriberId)
    .where('seq', '>', story.seq)
    .orderBy('seq')
    .execute()
  story.seq = rows.at(-1)?.seq ?? story.seq
  return rows.map(
    ({ kind, body, seq }) =>
      ({ ...(JSON.parse(body) as object), kind, seq }) as unknown as WrittenEvent,
  )
}

const TELLING: readonly AuditEvent['kind'][] = [
  ...(['authenticator.bound', 'authenticator.waiting', 'authenticator.stopped'] as const),
]

const names = (event: AuditEvent, id: string): boolean =>
  ('authenticatorId' in event && event.authenticatorId === id) ||
  ((event.kind === 'authenticator.bound' || event.kind === 'authenticator.waiting') &&
    event.replaced.some((one) => one === id))

interface Change {
  readonly was: Authenticator | undefined
  readonly now: Authenticator
  readonly events: readonly WrittenEvent[]
  readonly used: Session | null
}

function lookAtChange(story: Story, { was, now, events, used }: Change): void {
  if (now.method !== 'phone-key') return
  const isSame = was?.lifecycle === now.lifecycle && was.pendingUntil === now.pendingUntil
  if (isSame) return
  const told = events.filter(({ kind }) => TELLING.includes(kind))
  assert.ok(
    told.some((event) => names(event, now.id)),
    `${now.id} became ${now.lifecycle} and is not told: ${told.map(({ kind }) => kind).join()}`,
  )
  if (isWaiting(now)) {
    story.seen.waits += 1
    const length = (now.pendingUntil ?? 0) - now.createdAt
    assert.ok(length === hours(12) || length === hours(72), `it waits ${length} ms`)
  }
  if (!isFull(now)) return
  const clock = story.watching.now()
  if (was) {
    assert.ok(isWaiting(was) && (was.pendingUntil ?? clock) <= clock, 'it came before its time')
    return
  }
  const others = [...story.held.values()].filter((one) => one.method === now.method)
  const isFirst = others.every((one) => one.id === now.id || one.createdAt > now.createdAt)
  // Beside another it comes at once by a phone only; whose session was lost in a crash is not
  // known.
  const byPhone = used?.proofs.some(({ method }) => method === 'phone-key') ?? true
  assert.ok(isFirst || byPhone, 'a text has bound a phone beside another at once')
}

/**
 * No session does more than was proven when it was opened, and none lives on that should have
 * ended.
 */
async function lookAtSessions(
  story: Story,
  ended: { readonly spare: Session | null } | null,
): Promise<void> {
  const { watching: world } = story
  const now = world.now()
  const open: Opened[] = []
  for (const one of story.sessions) {
    const session = await findOpenSession(world, one.token)
    if (!session) continue
    open.push(one)
    if (ended) assert.equal(session.id, ended.spare?.id, 'a session lives on')
    const { trading, withdrawalPerDayUsd: money, bind } = session.decision.rights
    const may = `${one.by}, waiting: ${one.waiting}, stopped: ${story.wasStopped}`
    if (one.waiting || story.wasStopped) {
      assert.deepEqual([trading, money, bind], [false, 0, false], may)
    }
    const most = one.by === 'text' ? 200_000 : 1_000_000
    assert.ok(money !== null && money <= (now < story.heldUntil ? 0 : most), `${may}: ${money}`)
  }
  story.sessions = open
}

/** The machines are up again: everything that was changed has been told, once. */
async function settle(story: Story): Promise<void> {
  const [{ world: one }, { world: other }] = story.nodes
  for (const node of story.nodes) node.next = null
  // The lease of the node that died while sending is over.
  one.advance(minutes(10))
  await Promise.all([noticeDue(one), noticeDue(other)])
  await Promise.all([deliverDue(one), deliverDue(other)])
  story.seq = 0
  const events = await newEvents(story)
  const notices = await listNotices(one.db, story.subscriberId, 1_000)
  for (const { seq, kind } of events.filter((event) => TELLING.includes(event.kind))) {
    const told = notices.filter((notice) => notice.seq === seq)
    assert.equal(told.length, 1, `${kind} was told ${told.length} times`)
    const mails = story.letters.filter((letter) => isAbout(letter, seq))
    // A node that died after sending sends again, under the same name.
    assert.equal(new Set(mails.map(({ id }) => id)).size, 1, `${kind}: ${mails.length} mails`)
  }
  story.seen.notices += notices.length
}

const isAbout = ({ channel, payload }: Letter, seq: number): boolean =>
  channel === 'email' && JSON.stringify(payload).includes(`Reference N-${seq}.`)
