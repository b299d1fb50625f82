import { type AuditEvent, noticeOf } from '#core/audit/audit.ts'
import type { Contact } from '#core/contact/address.ts'
import { newId, type OutboxId, type SubscriberId } from '#core/ids.ts'
import { isGathered, type Letter, letterDueAt } from '#core/notices/letter.ts'
import type { Effect, Login } from '#core/login/state.ts'
import { type NoticeKind, URGENT, WHERE_ASKED } from '#core/events/hearing.ts'
import { centsOf } from '#core/task-details.ts'
import type { Task } from '#core/tasks/task.ts'
import { legible } from '#core/text/line.ts'
import { withoutLinks } from '#core/text/link.ts'
import { lastReachOf, reachOf } from '#core/notices/reach.ts'
import { before, hours, type Instant, seconds } from '#core/time/time.ts'
import { alarmOf } from '#engine/desk/canaries.ts'
import { helpLineOf, technicalLineOf } from '#engine/help-line.ts'
import { alertWrites } from '#engine/notices/alerts.ts'
import { reportedValues } from '#engine/notices/report-words.ts'
import { rulesOf } from '#engine/notices/every-login.ts'
import { addressesNow, channelTo } from '#engine/notices/reach.ts'
import { TOPIC_OF_OUTBOX } from '#engine/wake-up-topics.ts'
import type { World } from '#engine/world.ts'
import { findEvent, type WrittenEvent } from '#store/audit/audit.ts'
import { isCanary } from '#store/desk/canaries.ts'
import { findAuthenticator } from '#store/devices/authenticators.ts'
import { findLogin, listLatestLogins, listLoginsById } from '#store/login/logins.ts'
import {
  findNotice,
  listNotices,
  listUntold,
  type Notice,
  noticeMissed,
  noticeTaken,
  raiseMark,
  tell,
  tellFurther,
  type Told,
  type ToldNotice,
} from '#store/notices/notices.ts'
import { letterTimes } from '#store/notices/held.ts'
import { findTradeChoice } from '#store/notices/trade-choices.ts'
import { endDelivery } from '#store/delivery/outbox.ts'
import { listSessionsById } from '#store/sessions/sessions.ts'
import { findSubscriber } from '#store/subscribers/subscribers.ts'
import { findTask } from '#store/tasks/tasks.ts'

/**
 * Tells clients what was written down about them: to every address of theirs, those that were
 * replaced lately among them, and by another way than the one that was used (R131, S68).
 *
 * The log is read after the fact, so no use case can forget it and none has to wait. A notice and
 * what is sent are one commit, so it is sent once, however many nodes read, and however long the
 * carrier is down.
 */
export async function noticeDue(world: World): Promise<void> {
  const untold = await listUntold(world.db, READ_AT_ONCE)
  for (const written of untold) await noticeFor(world, written)
  // A commit that is under way may still write a number that is lower than one that can be read by
  // now.
  const settled = before(world.now(), SETTLES_AFTER)
  const last = untold.filter(({ at }) => at < settled).at(-1)
  if (last) await raiseMark(world.db, last.seq)
}

/** What was written so far is no news, because there was no client yet. */
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

async function noticeFor(world: World, written: WrittenEvent): Promise<void> {
  await alarmOf(world, written)
  const { seq, at, event } = written
  const kind = noticeOf(event)
  const { subscriberId } = event
  if (kind === null || subscriberId === null) return
  // Counted from the event and not from now: the end of the log is read twice, and must be judged
  // alike.
  const lately = before(at, APART)
  if (SELDOM.includes(kind) && (await hasHeard(world, { subscriberId, kind, since: lately })))
    return
  if (kind === 'not-answered' && (await hasComeIn(world, subscriberId, event))) return
  if (WHERE_ASKED.includes(kind) && (await rulesOf(world, subscriberId)).notices !== 'always')
    return
  for (let tried = 0; tried < TRIES; tried += 1) {
    const told = await toldOf(world, { seq, subscriberId, kind, at }, event)
    const notice = { seq, subscriberId, kind, at: world.now() }
    const alerts = await alertWrites(world, notice, event)
    if (await tell(world.db, notice, { ...told, alerts })) {
      if (told.effects.length + alerts.length > 0) world.wakeUps.publish(TOPIC_OF_OUTBOX)
      return
    }
    // Another node has told it, or what the client wants to be told was written meanwhile: that
    // keeps no notice back.
    if (await findNotice(world.db, seq)) return
  }
}

/**
 * What a stranger can bring about again and again: with a stolen password that asks and asks, with
 * a stolen cookie that has one browser forgotten after the other, with STOP and START in the name
 * of a number, or with mails that name an account. It sends one mail or letter an hour, and not
 * thirty.
 */
const SELDOM: readonly NoticeKind[] = [
  ...(['not-answered', 'browser-forgotten', 'texts-stopped', 'submission-mailed'] as const),
]
const APART = hours(1)

async function hasHeard(
  world: World,
  heard: Pick<Notice, 'subscriberId' | 'kind'> & { readonly since: Instant },
): Promise<boolean> {
  const notices = await listNotices(world.db, heard.subscriberId, LOOKED_AT)
  return notices.some(({ kind, at }) => kind === heard.kind && at > heard.since)
}

/**
 * Whether the browser of a login that was not confirmed has come in meanwhile: then it is no news.
 */
async function hasComeIn(
  world: World,
  subscriberId: SubscriberId,
  { loginId }: AuditEvent,
): Promise<boolean> {
  const logins = await listLatestLogins(world.db, subscriberId)
  const login = logins.find(({ value }) => value.id === loginId)?.value
  return logins.some(({ value }) => value.state === 'completed' && value.holder === login?.holder)
}

const LOOKED_AT = 20

/** What was sent for a notice has ended: it arrived, or it did not and never will. */
export interface EndedMessage {
  readonly id: OutboxId
  readonly notice: NonNullable<Effect['notice']>
  readonly fate: 'taken' | 'failed' | 'given-up'
}

/**
 * Keeps what became of a message. When the last one of a notice has ended and none has arrived at
 * an address that counts now, everything that is left is told, in the same commit: a number that
 * answers STOP between the notice and the text leaves no client uninformed.
 */
export async function noticeEnded(
  world: World,
  { id, notice: { seq, isCurrent }, fate }: EndedMessage,
): Promise<void> {
  for (let tried = 0; tried < TRIES; tried += 1) {
    const ended = { id, now: world.now(), isGivenUp: fate === 'given-up' }
    if (fate === 'taken' && isCurrent) return void (await noticeTaken(world.db, seq, ended))
    if (await noticeMissed(world.db, seq, ended)) return
    const notice = await findNotice(world.db, seq)
    const written = notice && (await findEvent(world.db, seq))
    // Forgotten after ninety days: no client can be told any more.
    if (!notice || !written)
      return void (await endDelivery(world.db, { id, now: world.now(), isGivenUp: false }))
    const told = await toldOf(world, { ...notice, at: written.at }, written.event)
    if (await tellFurther(world.db, notice, { told, ended })) {
      if (told.effects.length > 0) world.wakeUps.publish(TOPIC_OF_OUTBOX)
      return
    }
    // Another message of it ended at the same moment, or this one has: then the next try finds
    // nothing to do.
  }
}

const TRIES = 3

async function toldOf(
  world: World,
  notice: Notice & Partial<Pick<ToldNotice, 'contactIds'>>,
  event: AuditEvent,
): Promise<Told> {
  const task = 'taskId' in event ? ((await findTask(world.db, event.taskId))?.value ?? null) : null
  const loginId = event.loginId ?? (task && 'loginId' in task ? task.loginId : null)
  const [subscriber, login, rules] = await Promise.all([
    findSubscriber(world.db, notice.subscriberId),
    loginId ? findLogin(world.db, loginId) : null,
    rulesOf(world, notice.subscriberId),
  ])
  if (!subscriber) return { effects: [], letters: [], contactIds: [] }
  // Their addresses are of no one, or of strangers.
  if (await isCanary(world.db, notice.subscriberId))
    return { effects: [], letters: [], contactIds: [] }
  const { language } = subscriber.value
  const opened = rules.notices === 'always' ? await loginsWithin(world, event) : []
  const isStrict = rules.notices === 'always'
  const used = [login?.value ?? null, ...opened].flatMap((one) => usedFor(world, one, isStrict))
  const isOfTrades = notice.kind === 'trades'
  const all = await addressesNow(world, notice.subscriberId, used)
  // What a client trades is told to no address that they have given up.
  const addresses = isOfTrades ? all.filter(({ contact }) => contact.replacedAt === null) : all
  const prefers = isOfTrades
    ? (await findTradeChoice(world.db, notice.subscriberId)).value.channel
    : null
  const { told, posted: letters } = notice.contactIds
    ? lastReachOf(addresses.filter(({ contact }) => !notice.contactIds?.includes(contact.id)))
    : reachOf(addresses, { isUrgent: URGENT.includes(notice.kind), prefers })
  const posted = isOfTrades && rules.notices !== 'always' ? [] : letters
  const telling = { notice, event, task, login: login?.value ?? null, language }
  const said = await wordsOf(world, telling)
  return await heldBack(world, notice, {
    effects: told.flatMap((contact) => messageTo(contact, said, notice) ?? []),
    letters: posted.map(({ value }) => letterTo(world, notice, { ...said, address: value })),
    contactIds: [...told, ...posted].map(({ id }) => id),
  })
}

/** What happens often makes at most one letter a day: the others wait, and go with the next. */
async function heldBack(
  { db, now }: World,
  { subscriberId, kind }: Notice,
  told: Told,
): Promise<Told> {
  if (told.letters.length === 0 || !isGathered(kind)) return told
  const { lastAt, nextAt } = await letterTimes(db, { subscriberId, kind })
  const dueAt = nextAt ?? letterDueAt(lastAt, now())
  return nextAt === null && dueAt <= now() ? told : { ...told, letters: [], dueAt }
}

interface Said extends Pick<Letter, 'language' | 'subject' | 'paragraphs'> {
  readonly mail: string
  readonly short: string
}

async function wordsOf(world: World, telling: Telling): Promise<Said> {
  const { language } = telling
  const { kind } = telling.notice
  const values = await valuesOf(world, telling)
  const text = (key: string) => world.words.text(language, `notice.${key}`, values)
  const [sentence, advice] = [text(`${kind}.text`), text('not-you')]
  return {
    language,
    subject: text(`${kind}.subject`),
    short: text(`${kind}.short`),
    mail: `${sentence}\n\n${advice}\n\n${text('end')}`,
    paragraphs: [sentence, advice, text('by-post')],
  }
}

/** Not in the alphabet of text messages: one of them would make each letter cost two. */
const HARD_SPACES = /[\u00a0\u202f]/g

function messageTo(
  contact: Contact,
  { subject, mail, short, language }: Said,
  { seq, kind }: Notice,
): Effect | null {
  const channel = channelTo(contact)
  if (channel === null) return null
  const payload =
    channel === 'email'
      ? { subject, text: mail }
      : { text: short.replaceAll(HARD_SPACES, ' '), language, name: `notice.${kind}` }
  const { value: address, replacedAt } = contact
  const notice = { seq, isCurrent: replacedAt === null }
  return { kind: 'deliver', channel, to: null, address, payload, notice }
}

/** As it is printed, whenever that is. */
export function letterTo(
  { words, settings, random, now }: World,
  { seq, subscriberId }: Pick<Notice, 'seq' | 'subscriberId'>,
  said: Pick<Letter, 'language' | 'subject' | 'paragraphs' | 'address'>,
): Letter {
  const writtenAt = now()
  const { language, subject, paragraphs, address } = said
  return {
    id: newId('ltr', writtenAt, random),
    subscriberId,
    language,
    address,
    subject,
    paragraphs,
    sender: settings.name,
    date: words.date(language, writtenAt),
    reference: referenceOf(seq),
    writtenAt,
    postedAt: null,
  }
}

const referenceOf = (seq: number): string => `N-${seq}`

/** The logins of the sessions in which it was done. */
async function loginsWithin({ db }: World, event: AuditEvent): Promise<readonly Login[]> {
  const { within } = event
  const ids = [...(within ? [within] : []), ...('sessions' in event ? event.sessions : [])]
  if (ids.length === 0) return []
  const sessions = await listSessionsById(db, ids)
  return await listLoginsById(
    db,
    sessions.map(({ loginId }) => loginId),
  )
}

/**
 * The channels that a login went through: the holder of one of them knows of it already. The mail
 * beside a text counts where the rules want another way than any that was used.
 */
function usedFor(world: World, login: Login | null, isStrict: boolean): readonly string[] {
  if (!login) return []
  const asked = login.state === 'challenged' ? [login.challenge.method] : []
  const methods = [...login.proofs.map(({ method }) => method), ...asked]
  const own = methods.flatMap((name) => world.methods.get(name)?.channels ?? [])
  return isStrict ? [...own, ...login.proofs.flatMap(({ carried = [] }) => carried)] : own
}

interface Telling {
  readonly notice: Notice
  readonly event: AuditEvent
  /** What was to be done, with the login that confirmed it. */
  readonly task: Task | null
  readonly login: Login | null
  readonly language: 'en' | 'fr'
}

/** What stands in the place holders of `notice.*`. */
export async function valuesOf(
  world: World,
  { notice, event, task, login, language }: Telling,
): Promise<Readonly<Record<string, string>>> {
  const { words, settings } = world
  const id = 'authenticatorId' in event ? event.authenticatorId : null
  const held = id && (await findAuthenticator(world.db, id))
  // A device that is not bound, or never was, still has a method to name.
  const method = held?.value.method ?? ('method' in event ? event.method : undefined)
  const named = method ? words.text(language, `method.${method}.name`) : ''
  const when = (at: Instant) => words.moment(language, at)
  const facts = {
    when: when(notice.at),
    device: held?.value.label || named,
    until: 'until' in event ? when(event.until) : '',
    day: 'until' in event ? words.date(language, event.until) : '',
    why:
      event.kind === 'submission.asked-again' || event.kind === 'submission.rejected'
        ? words.text(language, `submissions.reason.${event.reason}`)
        : '',
    case: 'caseNumber' in event ? event.caseNumber : '',
    act: 'act' in event ? words.text(language, `desk.act.${event.act}`) : '',
    contact: contactIn(event, (kind) => words.text(language, `notice.contact.${kind}`)),
    browser: login?.origin.browser ?? '',
    place: login?.origin.place ?? '',
    begun: login ? when(login.startedAt) : '',
    reference: referenceOf(notice.seq),
    data: event.kind in DATA ? words.text(language, `notice.data.${DATA[event.kind]}`) : '',
    ...factsOf(world, { task, login, language }),
    ...('usd' in event && { amount: words.amount(language, event.usd * 100) }),
    ...(event.kind === 'trade-notices.set' && {
      choice: words.text(language, `notice.trade-choice.${event.every}`),
    }),
    ...(await reportedValues(world, event, language)),
  }
  return {
    ...Object.fromEntries(Object.entries(facts).map(([name, one]) => [name, withoutLinks(one)])),
    brand: settings.name,
    help: await helpLineOf(world, notice.subscriberId),
    technical: await technicalLineOf(world, notice.subscriberId),
  }
}

/** Which of their addresses it is about. */
function contactIn(event: AuditEvent, words: (kind: string) => string): string {
  if (event.kind === 'desk.unmasked') return words(event.field)
  return 'contact' in event ? words(event.contact) : ''
}

/** Which datum of the client an event is about. */
const DATA: Readonly<Partial<Record<AuditEvent['kind'], string>>> = {
  'subscriber.name-set': 'name',
  'account.relocated': 'residence',
}

/** What was approved, as it was shown and signed; shortened for a text message. */
function factsOf(
  { words, platforms }: World,
  { task, login, language }: Pick<Telling, 'task' | 'login' | 'language'>,
): Readonly<Record<string, string>> {
  const { deed } = task ?? {}
  const { platform = '' } = task ?? login ?? {}
  const { payee = '', payee_account: account = '', key = '', address = '' } = deed?.facts ?? {}
  return {
    amount: deed ? words.amount(language, centsOf(deed)) : '',
    payee,
    account,
    key,
    address,
    shortPayee: legible(payee, SHORT_LENGTH),
    shortKey: legible(key, SHORT_LENGTH),
    platform: platforms.get(platform)?.name[language] ?? platform,
  }
}

/** Of a fact in a text message, in code points. */
const SHORT_LENGTH = 40
