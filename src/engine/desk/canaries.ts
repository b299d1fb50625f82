import { type AgentId } from '#core/agent.ts'
import type { AuditEvent } from '#core/audit/audit.ts'
import type { Contact } from '#core/contact/address.ts'
import { canariesAmong, canaryLike } from '#core/subscribers/canary.ts'
import { type Authenticator, FRESH } from '#core/devices/authenticator.ts'
import { newId } from '#core/ids.ts'
import type { Browser } from '#core/login/browser.ts'
import type { Refusal } from '#core/problems.ts'
import type { Account, Language, Subscriber } from '#core/subscribers/account.ts'
import { refusal, type World } from '#engine/world.ts'
import type { WrittenEvent } from '#store/audit/audit.ts'
import { contactWrites } from '#store/contact/addresses.ts'
import {
  canaryInsert,
  countClients,
  drawModel,
  isAlarmRaised,
  isCanary,
  raiseAlarm,
} from '#store/desk/canaries.ts'
import { browserWrite } from '#store/login/browsers.ts'
import { createSubscriber } from '#store/subscribers/subscribers.ts'

/**
 * Clients who do not exist (`core/subscribers/canary`). Their password is the decoy that unknown
 * names have, their phone is a key that no phone holds, and nothing is ever sent to them.
 */

export const CANARIES_MAX = 10_000

export interface Canaries {
  readonly ok: true
  readonly clients: number
  readonly canaries: number
  readonly made: number
}

/** Makes as many as are missing. It says how many, and never which. */
export async function makeCanaries(
  world: World,
  { count, by }: { readonly count: number | null; readonly by: AgentId },
): Promise<Canaries | Refusal> {
  const { clients, canaries } = await countClients(world.db)
  const missing = Math.min(count ?? canariesAmong(clients), CANARIES_MAX) - canaries
  let made = 0
  for (let tries = missing * TRIES; made < missing && tries > 0; tries -= 1) {
    const model = await drawModel(world.db)
    if (!model) return refusal('desk.no-such-client')
    if (await makeOne(world, { model, by })) made += 1
  }
  return { ok: true, clients, canaries: canaries + made, made }
}

/** How often another is drawn where a name or number is taken. */
const TRIES = 20

interface Making {
  readonly model: NonNullable<Awaited<ReturnType<typeof drawModel>>>
  readonly by: AgentId
}

async function makeOne(world: World, { model, by }: Making): Promise<boolean> {
  const { db, random } = world
  const now = world.now()
  const drawn = canaryLike(model, { now, random })
  const { createdAt, seenAt } = drawn
  // Ids begin with a time: theirs is when they would have come.
  const id = newId('sub', createdAt, random)
  const subscriber: Subscriber = {
    id,
    userName: drawn.userName,
    language: model.language as Language,
    hasChosenLanguage: false,
    seamless: true,
    askedFirst: null,
    createdAt,
    primary: null,
  }
  const own = { id: newId('acc', createdAt, random), subscriberId: id, number: drawn.number }
  const account: Account = { ...model.account, ...own, override: null }
  const contacts = drawn.contacts.flatMap(({ kind, value }) => {
    const contact: Contact = {
      id: newId('con', createdAt, random),
      subscriberId: id,
      kind,
      value,
      since: createdAt,
      verifiedAt: null,
      replacedAt: null,
    }
    return contactWrites(db, { contact, replaced: null })
  })
  const browser: Browser = {
    id: newId('brw', createdAt, random),
    subscriberId: id,
    label: BROWSER,
    createdAt,
    seenAt,
    blockedAt: null,
    namedAt: null,
  }
  const known = { value: browser, version: null, cookieHash: random(HASH_BYTES) } as const
  const event: AuditEvent = {
    kind: 'desk.canary-made',
    subscriberId: null,
    actor: `operator:${by}`,
  }
  return await createSubscriber(db, {
    now,
    subscriber,
    ...(drawn.fullName !== null && { fullName: drawn.fullName }),
    authenticators: authenticatorsOf(world, { createdAt, usedAt: seenAt }),
    accounts: [account],
    besides: [...contacts, browserWrite(db, known), canaryInsert(db, id, now)],
    // Which one it is stands in no log.
    events: [event],
  })
}

const BROWSER = 'Chrome, Windows'
const HASH_BYTES = 32

/** A password that is none, and a key that no phone holds. */
function authenticatorsOf(
  { random, methods, firstFactor }: World,
  times: Pick<Authenticator, 'createdAt' | 'usedAt'>,
): readonly Authenticator[] {
  const phone = [...methods.values()].find(({ device }) => device !== undefined)
  return [firstFactor, ...(phone ? [phone] : [])].map((method) => ({
    ...FRESH,
    ...times,
    id: newId('aut', times.createdAt, random),
    method: method.name,
    label: '',
    state: method.decoy(random),
  }))
}

/**
 * An agent has opened a case for one: that is read from the log afterwards, so the agent gets the
 * same page in the same time as for any client.
 */
export async function alarmOf(world: World, { seq, event }: WrittenEvent): Promise<void> {
  const { subscriberId, caseId, actor } = event
  if (event.kind !== 'desk.case-opened' || subscriberId === null) return
  if (!(await isCanary(world.db, subscriberId)) || (await isAlarmRaised(world.db, seq))) return
  const { caseNumber, reason } = event
  const alarm: AuditEvent = {
    kind: 'desk.canary-opened',
    subscriberId,
    ...(caseId && { caseId }),
    ...(actor && { actor }),
    caseNumber,
    reason,
  }
  await raiseAlarm(world.db, { seq, now: world.now(), event: alarm })
}
