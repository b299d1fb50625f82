import { createHash, type Hash } from 'node:crypto'
import { isMailAddress } from '#core/contact/mail-address.ts'
import type { Mail } from '#core/documents/kept-mail.ts'
import { ANSWERS_APART, ANSWERS_MAX } from '#core/documents/mail.ts'
import { answerTo, brokenRule, type MailAnswer } from '#core/documents/mail-rules.ts'
import type { OpenedMail } from '#core/documents/sandbox.ts'
import type { Purpose, Submission } from '#core/documents/submission.ts'
import { newId } from '#core/ids.ts'
import { after, before, type Instant, minutes, seconds } from '#core/time/time.ts'
import { faultsIn } from '#engine/documents/page-faults.ts'
import { factsOfMail, senderOf, type Target } from '#engine/documents/mail-facts.ts'
import { scanned } from '#engine/documents/antivirus.ts'
import { mailAnswer, type PageFault } from '#engine/documents/mail-answers.ts'
import { messageHashOf, senderHashOf } from '#engine/documents/mails.ts'
import { dropPages, type ReceivedPage, receivePage } from '#engine/documents/submissions.ts'
import { keyedHash } from '#engine/secrets.ts'
import { TOPIC_OF_OUTBOX } from '#engine/wake-up-topics.ts'
import type { World } from '#engine/world.ts'
import { DatabaseAway } from '#store/database/connection.ts'
import { findFile, readFile, settleFiles } from '#store/documents/files.ts'
import {
  countAnswered,
  findDueMail,
  judgeMail,
  leaseMail,
  wasAnswered,
} from '#store/documents/mails.ts'
import type { Versioned } from '#store/queries/versioned.ts'

/** A node that stops in the middle loses its turn after this long. */
const LEASE = minutes(5)
/** Until a mail is opened once more whose process was killed. */
const AGAIN = seconds(20)
/** So that one look ends; the next comes in a second. */
const MAILS_A_LOOK = 20
/** How often a mail is judged again because what it rests on has changed meanwhile. */
const TRIES = 3

/** Opens what has arrived, one mail at a time, in the sandbox (A18), and judges it. */
export async function openDueMails(world: World, signal: AbortSignal): Promise<void> {
  for (let count = 0; count < MAILS_A_LOOK && !signal.aborted; count += 1) {
    const now = world.now()
    const held = await findDueMail(world.db, now)
    if (!held || !(await world.sandbox.isReady())) return
    if (!(await leaseMail(world.db, held, after(now, LEASE)))) continue
    const leased = { value: held.value, version: held.version + 1 }
    const opened = await openMail(world, leased.value, signal)
    if (opened) await judge(world, leased, { ...opened, signal })
    else await leaseMail(world.db, leased, after(world.now(), signal.aborted ? seconds(0) : AGAIN))
  }
}

/** A mail as the sandbox has read it, with its files sealed and belonging to nothing yet. */
export interface Opened {
  readonly read: Mail['read']
  readonly pages: readonly ReceivedPage[]
  /** Of its files, in their order. */
  readonly digest: string
}

const UNREADABLE: Opened = { read: null, pages: [], digest: '' }

/** A mail whose process was killed twice is taken for one that kills it. */
const tried = new WeakMap<World, Map<string, number>>()
const TRIED_MAX = 2

/** @returns `null` for a mail that is to be tried once more. */
export async function openMail(
  world: World,
  mail: Mail,
  signal: AbortSignal,
): Promise<Opened | null> {
  const original = await findFile(world.db, mail.original)
  if (!original) return UNREADABLE
  const looked = await scanned(world, original)
  if (!looked) return null
  if (looked.isInfected) return UNREADABLE
  const pages: ReceivedPage[] = []
  try {
    const opened = await world.sandbox.openMail(readFile(world.files, original), signal)
    if (opened?.ok === false) return UNREADABLE
    if (opened) return await taken(world, opened, pages)
  } catch (error) {
    await dropPages(world, pages)
    // A full disk says nothing about the mail.
    if (error instanceof DatabaseAway) throw error
  }
  return signal.aborted ? null : killed(world, mail)
}

function killed(world: World, { id }: Mail): Opened | null {
  const times = tried.get(world) ?? new Map<string, number>()
  tried.set(world, times)
  const count = (times.get(id) ?? 0) + 1
  if (count < TRIED_MAX) times.set(id, count)
  else times.delete(id)
  return count < TRIED_MAX ? null : UNREADABLE
}

async function taken(
  world: World,
  { subject, messageId, pages: count, lengths, bytes }: OpenedMail & { readonly ok: true },
  pages: ReceivedPage[],
): Promise<Opened> {
  const digest = createHash('sha256')
  const from = bytes[Symbol.asyncIterator]()
  let rest: Uint8Array = new Uint8Array()
  for (const length of lengths) {
    let left = length
    async function* source() {
      while (left > 0) {
        if (rest.length === 0) {
          const next = await from.next()
          if (next.done === true) throw new Error('the worker ended early')
          rest = next.value
        }
        const part = rest.subarray(0, left)
        rest = rest.subarray(part.length)
        left -= part.length
        digest.update(part)
        yield part
      }
    }
    const page = await receivePage(world, { source: source(), lengthBytesMax: length })
    if (page) pages.push(page)
  }
  // What it says after the last page would be more than it announced.
  if ((await from.next()).done !== true || rest.length > 0)
    throw new Error('the worker says more than it announced')
  return { read: { subject, messageId, pages: count }, pages, digest: named(digest, lengths) }
}

const named = (digest: Hash, lengths: readonly number[]): string =>
  `${digest.digest('base64url')} ${lengths.join(' ')}`

/** Judges a mail by its rules, and writes with one commit all that follows. */
async function judge(
  world: World,
  { value, version }: Versioned<Mail>,
  { read, pages, digest, signal }: Opened & { readonly signal: AbortSignal },
): Promise<void> {
  const mail: Mail = { ...value, read }
  const filedAs = filedAsOf(world, { read, digest })
  // Looked at once, however often it is judged.
  let faults: Promise<readonly PageFault[]> | null = null
  const faultsNow = () => (faults ??= faultsIn(world, pages, signal))
  for (let count = 0; count < TRIES; count += 1) {
    const { facts, target } = await factsOfMail(world, mail, filedAs)
    const broken = brokenRule(facts)
    const now = world.now()
    const answer = await answerOf(world, mail, { kind: answerTo(broken), now, faultsNow })
    const [purpose] = facts.subject.purposes
    const filed =
      broken === null && target && purpose
        ? await submissionOf(world, mail, { target, purpose, pages, now })
        : null
    const isAnswered = answer !== null
    const done = await judgeMail(world.db, {
      next: {
        ...mail,
        status: filed
          ? { state: 'filed', at: now, submissionId: filed.submission.id }
          : { state: broken?.otherwise ?? 'waiting', at: now, rule: broken?.rule ?? 'client' },
      },
      version,
      messageHash: read?.messageId ? messageHashOf(world, read.messageId) : null,
      filed: filed && { ...filed, as: filedAs, events: [mailedEvent(filed, isAnswered)] },
      answer,
      events: broken
        ? [
            {
              kind: `mail.${broken.otherwise}`,
              subscriberId: null,
              mailId: mail.id,
              rule: broken.rule,
              isAnswered,
            } as const,
          ]
        : [],
      now,
    })
    if (!done) continue
    if (isAnswered) world.wakeUps.publish(TOPIC_OF_OUTBOX)
    const files = pages.map(({ file }) => file.id)
    if (filed) await settleFiles(world.files, files, now)
    else await dropPages(world, pages)
    return
  }
  // Another node was always faster, or will be asked again when the lease is over.
  await dropPages(world, pages)
}

/** The name under which the same mail is filed once. */
export const filedAsOf = (
  { keys }: World,
  { read, digest }: Pick<Opened, 'read' | 'digest'>,
): string => keyedHash(keys, 'mail/filed', `${read?.messageId} ${digest}`)

export const mailedEvent = (
  { submission: { id, subscriberId, purpose, account, pages, mail } }: Filed,
  isAnswered: boolean,
) =>
  ({
    kind: 'submission.mailed',
    subscriberId,
    submissionId: id,
    mailId: mail.id,
    purpose,
    account,
    pages: pages.length,
    isFromOwnAddress: mail.isFromOwnAddress,
    isAnswered,
  }) as const

type Filed = Awaited<ReturnType<typeof submissionOf>>

interface Filing {
  readonly target: Target
  readonly purpose: Purpose
  readonly pages: readonly ReceivedPage[]
  readonly now: Instant
}

/** The documents that a mail becomes: as those of the portal, with advice for who judges them. */
export async function submissionOf(
  world: World,
  mail: Mail,
  { target: { subscriberId, stamp, account, slot }, purpose, pages, now }: Filing,
) {
  const submission: Submission & { readonly mail: NonNullable<Submission['mail']> } = {
    id: newId('sbm', now, world.random),
    subscriberId,
    purpose,
    account: account.number,
    receivedAt: now,
    status: { state: 'received' },
    pages: pages.map(({ file: { id, lengthBytes }, kind }) => ({
      original: id,
      kind,
      lengthBytes,
      opened: null,
    })),
    mail: { id: mail.id, isFromOwnAddress: (await senderOf(world, mail, subscriberId)) === 'own' },
  }
  return {
    submission,
    slot: slot ?? '',
    files: pages.map(({ file }) => file),
    standing: { subscriberId, stamp, within: null },
  }
}

/** What its sender reads; `null` for one who is not answered, or was within the hour. */
async function answerOf(
  world: World,
  mail: Mail,
  {
    kind,
    now,
    faultsNow,
  }: {
    readonly kind: MailAnswer | null
    readonly now: Instant
    readonly faultsNow: () => Promise<readonly PageFault[]>
  },
) {
  if (kind === null || !isMailAddress(mail.sender) || !world.channels.has('email')) return null
  const senderHash = senderHashOf(world, mail.sender)
  const since = before(now, ANSWERS_APART)
  if (await wasAnswered(world.db, { senderHash, since })) return null
  if ((await countAnswered(world.db, since)) >= ANSWERS_MAX) return null
  const hour = Math.floor(now / ANSWERS_APART)
  const slot = `${senderHash}/${hour}`
  // Whatever the mail names: what its photographs are like follows from the mail alone (A19).
  const faults = kind === 'received' ? await faultsNow() : []
  return { effect: mailAnswer(world, mail, { kind, faults }), slot }
}
