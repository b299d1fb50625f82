import type { Mail } from '#core/documents/kept-mail.ts'
import { MAILED_A_DAY_MAX, mailboxFor } from '#core/documents/mail.ts'
import type { MailFacts } from '#core/documents/mail-rules.ts'
import { readSubject } from '#core/documents/mail-subject.ts'
import type { SubscriberId } from '#core/ids.ts'
import { type Account, userNameKey } from '#core/subscribers/account.ts'
import { accountsToProve, freeSlot } from '#engine/documents/submissions.ts'
import type { World } from '#engine/world.ts'
import { findAccountByNumber, listAccounts } from '#store/accounts/accounts.ts'
import { listContacts } from '#store/contact/addresses.ts'
import { wasFiled } from '#store/documents/mails.ts'
import { findStamp } from '#store/security-stamp.ts'
import { listSubscribersNamed } from '#store/subscribers/subscribers.ts'

/** Whom a mail is about, where it is about one client and one account. */
export interface Target {
  readonly subscriberId: SubscriberId
  /** The security stamp that was read before the rest. */
  readonly stamp: number
  readonly account: Account
  /** One of so many of that client's day; `null` when all are taken. */
  readonly slot: string | null
}

export interface Weighed {
  readonly facts: MailFacts
  readonly target: Target | null
}

/**
 * What the rules go by.
 *
 * @param filedAs the name under which this mail would be filed; `null` to leave out whether it was.
 */
export async function factsOfMail(
  world: World,
  mail: Mail,
  filedAs: string | null,
): Promise<Weighed> {
  const { mailIntake } = world.settings
  const subject = readSubject(mail.read?.subject ?? '', mailIntake.accountNumber)
  const isAgain = filedAs !== null && (await wasFiled(world.db, filedAs))
  const { clients, accounts, target, isForeign } = await whomOf(world, mail, subject)
  const { sender, isAutomatic, mailbox, read } = mail
  const belongsTo = target && mailboxFor(mailIntake, target.account.residence)
  const hasRoom = target === null || target.slot !== null
  const facts = { sender, isAutomatic, mailbox, read, subject, isAgain, clients, accounts }
  return { facts: { ...facts, isForeign, belongsTo, hasRoom }, target }
}

interface Whom extends Pick<MailFacts, 'clients' | 'accounts'> {
  readonly target: Target | null
  readonly isForeign: boolean
}

/** A number says which account; a user name says whose, and that has to leave one. */
async function whomOf(
  world: World,
  mail: Mail,
  { numbers, names }: MailFacts['subject'],
): Promise<Whom> {
  const [number] = numbers
  const found = number === undefined ? null : await findAccountByNumber(world.db, number)
  const keys = number === undefined ? names.flatMap((name) => userNameKey(name) ?? []) : []
  const ids = found ? [found.value.subscriberId] : await listSubscribersNamed(world.db, keys)
  const [subscriberId, ...others] = new Set(ids)
  if (subscriberId === undefined || others.length > 0)
    return { ...NO_TARGET, clients: ids.length, accounts: 0 }
  const stamp = await findStamp(world.db, subscriberId)
  const all = accountsToProve(await listAccounts(world.db, subscriberId))
  const fit = all.filter((one) => (found ? one.number === number : one.environment === 'live'))
  const [account, ...more] = isOneApplied(fit) ? fit.filter(isApplied) : fit
  if (!account || more.length > 0) return { ...NO_TARGET, clients: 1, accounts: fit.length }
  const now = world.now()
  const from = await senderOf(world, mail, subscriberId)
  // Strangers who name this account use up what is not sent from an address of the client.
  const prefix = from === 'own' ? 'o' : 'm'
  const slot = await freeSlot(world, { subscriberId, now, prefix, most: MAILED_A_DAY_MAX })
  const target = { subscriberId, stamp, account, slot }
  return { clients: 1, accounts: 1, target, isForeign: from === 'foreign' }
}

const NO_TARGET = { target: null, isForeign: false } as const

const isApplied = ({ status }: Account): boolean => status === 'applied'

/** The one that waits for its proofs is meant. */
const isOneApplied = (accounts: readonly Account[]): boolean =>
  accounts.filter(isApplied).length === 1

/** What the envelope names: a proven address of the client, another one, or none is proven. */
type SenderKind = 'own' | 'foreign' | 'unproven'

export async function senderOf(
  world: World,
  { sender }: Mail,
  subscriberId: SubscriberId,
): Promise<SenderKind> {
  const contacts = await listContacts(world.db, subscriberId)
  const proven = contacts.filter(
    ({ kind, verifiedAt, replacedAt }) =>
      kind === 'email' && verifiedAt !== null && replacedAt === null,
  )
  if (proven.length === 0) return 'unproven'
  return proven.some(({ value }) => value.toLowerCase() === sender.toLowerCase())
    ? 'own'
    : 'foreign'
}
