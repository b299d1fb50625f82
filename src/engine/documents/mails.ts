import { domainToASCII } from 'node:url'
import { readMailAddress } from '#core/contact/mail-address.ts'
import type { Mail } from '#core/documents/kept-mail.ts'
import {
  answeredAs,
  isOfServer,
  MAIL_LIMITS,
  type MailboxName,
  mailboxOf,
  MAILS_A_DAY_MAX,
} from '#core/documents/mail.ts'
import { type RuleShown, rulesShown } from '#core/documents/mail-rules.ts'
import { isId, type MailId, newId } from '#core/ids.ts'
import type { Instant } from '#core/time/time.ts'
import { factsOfMail } from '#engine/documents/mail-facts.ts'
import { dayOf, isIntakeOn } from '#engine/documents/submissions.ts'
import { keyedHash } from '#engine/secrets.ts'
import type { World } from '#engine/world.ts'
import { DatabaseAway } from '#store/database/connection.ts'
import {
  removeFile,
  type SealedFile,
  settleFiles,
  unsettleFiles,
  writeFile,
} from '#store/documents/files.ts'
import {
  addMail,
  findMail,
  findMailCalled,
  listMailsIn,
  listOutlivedMails,
  shredMail,
  takenMailSlots,
} from '#store/documents/mails.ts'

/**
 * Mails with documents (R013): they are kept as they come, and opened later (`mail-openings.ts`).
 */

/** What keeping needs; tests run it without all else. */
export type MailWorld = Pick<World, 'db' | 'files' | 'sandbox' | 'keys' | 'now' | 'random'> & {
  readonly settings: Pick<World['settings'], 'mailIntake'>
}

/** Why a mail is not taken, in the words of the door that it comes to. */
export type NotTaken = 'off' | 'no-room' | 'too-many' | 'too-long'

/**
 * Strangers who fill the disk with mails, which lie there for ninety days, leave as much to clients
 * who send through the portal as is left to logins.
 */
const LEFT_TO_CLIENTS = 2

/** What stands in the way of a mail of this sender, before anything of it is read. */
export async function obstacleToMail(world: MailWorld, sender: string): Promise<NotTaken | null> {
  if (!(await isIntakeOn(world))) return 'off'
  if (!(await world.files.hasRoom(LEFT_TO_CLIENTS))) return 'no-room'
  return (await freeMailSlot(world, sender, world.now())) === null ? 'too-many' : null
}

export interface ArrivingMail {
  readonly sender: string
  readonly mailbox: MailboxName
  /** As it comes, without what the protocol adds. */
  readonly source: AsyncIterable<Uint8Array>
  /** Whether its header, which has been read when all of it has come, is that of a program. */
  readonly isAutomatic: () => boolean
}

export type TakenMail = { readonly ok: true; readonly id: MailId } | { ok: false; why: NotTaken }

/**
 * Keeps a mail sealed as it comes. When this returns an id, the mail is on disk and is not lost.
 *
 * @throws what its source throws, and the database; then nothing is kept.
 */
export async function keepMail(world: MailWorld, arriving: ArrivingMail): Promise<TakenMail> {
  const { mailbox } = arriving
  const receivedAt = world.now()
  const file = await sealedMail(world, arriving, receivedAt)
  if (typeof file === 'string') return { ok: false, why: file }
  const original = file.id
  const sender = senderOf(arriving.sender)
  const isOurs = mailboxOf(world.settings.mailIntake, sender) !== null
  const mail: Mail = {
    id: newId('mai', receivedAt, world.random),
    receivedAt,
    sender,
    mailbox,
    original,
    lengthBytes: file.lengthBytes,
    isAutomatic: arriving.isAutomatic() || isOurs || isOfServer(sender),
    read: null,
    status: { state: 'received' },
  }
  const { id, lengthBytes } = mail
  const event = {
    kind: 'mail.received',
    subscriberId: null,
    mailId: id,
    mailbox,
    lengthBytes,
  } as const
  try {
    // Of several that come at once each takes another.
    for (let tried = 0; tried < MAILS_A_DAY_MAX; tried += 1) {
      const slot = await freeMailSlot(world, sender, receivedAt)
      if (slot === null) break
      const senderHash = senderHashOf(world, sender)
      if (await addMail(world.db, { mail, senderHash, slot, file, events: [event] })) {
        await settleFiles(world.files, [original], receivedAt).catch(() => {})
        return { ok: true, id }
      }
    }
  } catch (error) {
    // Whether it was written is not known: without a key the sweeping finds it, with one it stays.
    throw new Error('the mail was not kept', { cause: error })
  }
  await removeFile(world.files, original)
  return { ok: false, why: 'too-many' }
}

/** @returns why not: it is too long, or there is no room. */
async function sealedMail(
  { files, random }: MailWorld,
  { source }: ArrivingMail,
  now: Instant,
): Promise<SealedFile | NotTaken> {
  const id = newId('fil', now, random)
  try {
    const { lengthBytes: lengthBytesMax } = MAIL_LIMITS
    return (await writeFile(files, { id, now, source, lengthBytesMax })) ?? 'too-long'
  } catch (error) {
    if (error instanceof DatabaseAway) return 'no-room'
    throw error
  }
}

/**
 * In the form in which addresses are kept. What is none is shown to staff alone, in a terminal:
 * nothing in it steers one, or turns the line around.
 */
function senderOf(address: string): string {
  const read = readMailAddress(address, domainToASCII)
  return read.ok ? read.address : address.replaceAll(/[\p{C}\p{Z}]/gu, '\uFFFD')
}

export const senderHashOf = ({ keys }: Pick<World, 'keys'>, sender: string): string =>
  keyedHash(keys, 'mail/sender', answeredAs(sender))

export const messageHashOf = ({ keys }: Pick<World, 'keys'>, messageId: string): string =>
  keyedHash(keys, 'mail/message', messageId)

async function freeMailSlot(world: MailWorld, sender: string, now: Instant) {
  const day = keyedHash(world.keys, 'mail/day', `${senderOf(sender).toLowerCase()} ${dayOf(now)}`)
  const slots = Array.from({ length: MAILS_A_DAY_MAX }, (_, index) => `${day}/${index + 1}`)
  const taken = await takenMailSlots(world.db, slots)
  return slots.find((slot) => !taken.has(slot)) ?? null
}

/** Mails that became no documents and wait for a person, the oldest first. */
export const waitingMails = async (world: World): Promise<readonly Mail[]> =>
  await listMailsIn(world.db, 'waiting')

export interface Explained {
  readonly mail: Mail
  /** What the rules would say of it now; none for one that was not opened yet. */
  readonly rules: readonly RuleShown[]
}

/**
 * Why a mail became documents or not, rule by rule, as it would be judged now. Nothing is changed.
 *
 * @param name our id of it, or the name that its sender's program gave it (`Message-ID`).
 * @returns `null` for a mail that is not here.
 */
export async function whyMail(world: World, name: string): Promise<Explained | null> {
  const called = name.startsWith('<') ? name : `<${name}>`
  const held = isId('mai', name)
    ? await findMail(world.db, name)
    : await findMailCalled(world.db, messageHashOf(world, called))
  if (!held) return null
  const { value: mail } = held
  if (mail.status.state === 'received') return { mail, rules: [] }
  const { facts } = await factsOfMail(world, mail, null)
  return { mail, rules: rulesShown(facts) }
}

/** Deletes for good what has been kept as long as it may be. */
export async function shredOutlivedMails(world: World): Promise<void> {
  const now = world.now()
  for (const held of await listOutlivedMails(world.db, now)) {
    const { id, original } = held.value
    await unsettleFiles(world.files, [original])
    const events = [{ kind: 'mail.shredded', subscriberId: null, mailId: id } as const]
    if (await shredMail(world.db, held, { events, now })) await removeFile(world.files, original)
  }
}
