import type { AuditEvent } from '#core/audit.ts'
import { type Contact, REPLACED_CONTACT_KEPT } from '#core/contact.ts'
import { newId, type SubscriberId } from '#core/ids.ts'
import type { Letter } from '#core/letter.ts'
import type { Effect, Login } from '#core/login.ts'
import { noticeOf, URGENT } from '#core/notice.ts'
import { before, hours, type Instant, seconds } from '#core/time.ts'
import { TOPIC_OF_OUTBOX } from '#engine/topics.ts'
import type { World } from '#engine/world.ts'
import type { WrittenEvent } from '#store/audit.ts'
import { findAuthenticator } from '#store/authenticators.ts'
import { listContacts } from '#store/contacts.ts'
import { findLogin, listLatestLogins } from '#store/logins.ts'
import { listNotices, listUntold, type Notice, raiseMark, tell } from '#store/notices.ts'
import { findSubscriber } from '#store/subscribers.ts'

/**
 * Tells clients what was written down about them: to every address of theirs, those that were replaced
 * lately among them, and by another way than the one that was used (R131, S68).
 *
 * The log is read after the fact, so no use case can forget it and none has to wait. A notice and what is
 * sent are one commit, so it is sent once, however many nodes read, and however long the carrier is down.
 */
export async function noticeDue(world: World): Promise<void> {
  const untold = await listUntold(world.db, READ_AT_ONCE)
  for (const written of untold) await noticeFor(world, written)
  // A commit that is under way may still write a number that is lower than one that can be read by now.
  const settled = before(world.now(), SETTLES_AFTER)
  const last = untold.filter(({ at }) => at < settled).at(-1)
  if (last) await raiseMark(world.db, last.seq)
}

/** What was written down so far is nobody's news, because nobody has been a client yet. */
export async function passOver(world: World): Promise<void> {
  for (;;) {
    const last = (await listUntold(world.db, READ_AT_ONCE)).at(-1)
    if (!last) return
    await raiseMark(world.db, last.seq)
  }
}

const READ_AT_ONCE = 500
/** Longer than any commit may take. */
const SETTLES_AFTER = seconds(60)

async function noticeFor(world: World, { seq, at, event }: WrittenEvent): Promise<void> {
  const kind = noticeOf(event)
  const { subscriberId } = event
  if (kind === null || subscriberId === null) return
  if (kind === 'not-answered' && (await isNoNews(world, subscriberId, event))) return
  const told = await toldOf(world, { seq, subscriberId, kind, at }, event)
  const isNew = await tell(world.db, { seq, subscriberId, kind, at: world.now() }, told)
  if (isNew && told.effects.length > 0) world.wakeUps.publish(TOPIC_OF_OUTBOX)
}

/** Whoever goes on asking with a stolen password sends one mail an hour, and not thirty. */
const NOT_ANSWERED_APART = hours(1)

/**
 * Whether an owner would learn nothing from hearing that a login was not confirmed: the same browser has come
 * in meanwhile, or they have just heard it.
 */
async function isNoNews(
  world: World,
  subscriberId: SubscriberId,
  { loginId }: AuditEvent,
): Promise<boolean> {
  const since = before(world.now(), NOT_ANSWERED_APART)
  const [notices, logins] = await Promise.all([
    listNotices(world.db, subscriberId, LOOKED_AT),
    listLatestLogins(world.db, subscriberId),
  ])
  if (notices.some(({ kind, at }) => kind === 'not-answered' && at > since)) return true
  const login = logins.find(({ value }) => value.id === loginId)?.value
  return logins.some(({ value }) => value.state === 'completed' && value.holder === login?.holder)
}

const LOOKED_AT = 20

interface Told {
  readonly effects: readonly Effect[]
  readonly letters: readonly Letter[]
}

async function toldOf(world: World, notice: Notice, event: AuditEvent): Promise<Told> {
  const [subscriber, contacts, login] = await Promise.all([
    findSubscriber(world.db, notice.subscriberId),
    addressesOf(world, notice.subscriberId),
    event.loginId ? findLogin(world.db, event.loginId) : null,
  ])
  if (!subscriber) return { effects: [], letters: [] }
  const { language } = subscriber.value
  const used = usedFor(world, login?.value ?? null)
  const carried = contacts.filter((contact) => isCarried(world, contact))
  const others = carried.filter(({ kind }) => !used.includes(CHANNELS[kind]))
  // The one that was used is better than none at all; a letter goes besides.
  const reached = others.length > 0 ? others : carried
  const posted = others.length > 0 ? [] : contacts.filter(({ kind }) => kind === 'postal')
  const isUrgent = URGENT.includes(notice.kind) || reached.every(({ kind }) => kind !== 'email')
  const told = reached.filter(({ kind }) => kind === 'email' || isUrgent)
  const values = await valuesOf(world, { notice, event, login: login?.value ?? null, language })
  const { text } = world.words
  const subject = text(language, `notice.${notice.kind}.subject`, values)
  const sentence = text(language, `notice.${notice.kind}.text`, values)
  const advice = text(language, 'notice.not-you', values)
  const effects = told.map(({ kind, value }) => ({
    ...{ kind: 'deliver' as const, channel: CHANNELS[kind], to: null, address: value },
    payload:
      kind === 'email'
        ? { subject, text: `${sentence}\n\n${advice}\n\n${text(language, 'notice.end', values)}` }
        : {
            text: text(language, `notice.${notice.kind}.short`, values),
            ...{ language, name: `notice.${notice.kind}` },
          },
  }))
  const words = {
    language,
    subject,
    paragraphs: [sentence, advice, text(language, 'notice.by-post')],
  }
  const letters = posted.map(({ value }) => letterTo(world, notice, { ...words, address: value }))
  return { effects, letters }
}

/** As it is printed, whenever that is. */
function letterTo(
  { words, settings, random, now }: World,
  { seq, subscriberId }: Notice,
  said: Pick<Letter, 'language' | 'subject' | 'paragraphs' | 'address'>,
): Letter {
  const writtenAt = now()
  return {
    ...{ id: newId('ltr', writtenAt, random), subscriberId, ...said, sender: settings.name },
    ...{ date: words.date(said.language, writtenAt), reference: referenceOf(seq) },
    ...{ writtenAt, postedAt: null },
  }
}

const referenceOf = (seq: number): string => `N-${seq}`

/** An address that a carrier is there for. */
type Reachable = Contact & { readonly kind: keyof typeof CHANNELS }

const CHANNELS = { email: 'email', mobile: 'sms' } as const

const isCarried = ({ channels }: World, contact: Contact): contact is Reachable =>
  Object.hasOwn(CHANNELS, contact.kind) && channels.has(CHANNELS[contact.kind as Reachable['kind']])

/** Every address, those that were replaced lately among them. */
async function addressesOf(world: World, subscriberId: SubscriberId): Promise<readonly Contact[]> {
  const since = before(world.now(), REPLACED_CONTACT_KEPT)
  const all = await listContacts(world.db, subscriberId)
  return all.filter(({ replacedAt }) => replacedAt === null || replacedAt > since)
}

/** The channels that a login went through: whoever holds one of them knows of it already. */
function usedFor(world: World, login: Login | null): readonly string[] {
  if (!login) return []
  const asked = login.state === 'challenged' ? [login.challenge.method] : []
  const methods = [...login.proofs.map(({ method }) => method), ...asked]
  return methods.flatMap((name) => world.methods.get(name)?.channels ?? [])
}

interface Telling {
  readonly notice: Notice
  readonly event: AuditEvent
  readonly login: Login | null
  readonly language: 'en' | 'fr'
}

/** What stands in the place holders of `notice.*`. */
async function valuesOf(
  world: World,
  { notice, event, login, language }: Telling,
): Promise<Readonly<Record<string, string>>> {
  const { words, settings } = world
  const id = 'authenticatorId' in event ? event.authenticatorId : null
  const held = id && (await findAuthenticator(world.db, id))
  // What is not bound yet, or never was, has a kind all the same.
  const method = held?.value.method ?? ('method' in event ? event.method : undefined)
  const named = method ? words.text(language, `method.${method}.name`) : ''
  const when = (at: Instant) => words.moment(language, at)
  return {
    ...{ brand: settings.name, help: settings.helpLine, when: when(notice.at) },
    device: held?.value.label || named,
    until: 'until' in event ? when(event.until) : '',
    day: 'until' in event ? words.date(language, event.until) : '',
    contact: 'contact' in event ? words.text(language, `notice.contact.${event.contact}`) : '',
    ...{ browser: login?.origin.browser ?? '', place: login?.origin.place ?? '' },
    begun: login ? when(login.startedAt) : '',
    reference: referenceOf(notice.seq),
  }
}
