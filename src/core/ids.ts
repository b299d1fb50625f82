import type { Instant } from '#core/time/time.ts'

/**
 * Ids are a prefix that says the kind, and 26 characters of Crockford's base 32: 50 bits of time,
 * so that an index grows at one end, then 80 random bits. They are names, never secrets: knowing
 * one opens nothing.
 */

declare const kind: unique symbol
type Id<Prefix extends string> = `${Prefix}_${string}` & { readonly [kind]: Prefix }

export type SubscriberId = Id<'sub'>
export type AccountId = Id<'acc'>
export type AuthenticatorId = Id<'aut'>
export type LoginId = Id<'log'>
export type SessionId = Id<'ses'>
export type BrowserId = Id<'brw'>
export type EnrolmentId = Id<'enr'>
export type OutboxId = Id<'out'>
export type HoldId = Id<'hld'>
export type ContactId = Id<'con'>
export type TokenImportId = Id<'imp'>
export type TaskId = Id<'tsk'>
export type LetterId = Id<'ltr'>
export type OrderId = Id<'ord'>
export type StatementId = Id<'stm'>
/** What a client sends as a proof. */
export type SubmissionId = Id<'sbm'>
/** A mail with documents. */
export type MailId = Id<'mai'>
/** That a client asks to share a device. */
export type ShareRequestId = Id<'shr'>
/** A sealed file. */
export type FileId = Id<'fil'>
/** A case of the desk. */
export type CaseId = Id<'cas'>
/** How a caller proves who they are. */
export type VerificationId = Id<'vrf'>
/** What a proof of a caller opens. */
export type WarrantId = Id<'war'>
/** What a second person is asked. */
export type SecondRequestId = Id<'sec'>
/** A deed that another member reads again. */
export type RereadingId = Id<'rrd'>
/** A client who is to be called back. */
export type CallBackId = Id<'cbk'>
/** A member of the staff of the desk. */
export type MemberId = Id<'mem'>
/** A session of a member of staff. */
export type MemberSessionId = Id<'mse'>
/** Why the back office has said where an account belongs. */
export type ReasonId = Id<'rsn'>

/** Trades that are told with one notice. */
export type GatheringId = Id<'gat'>
/** That a database was restored. */
export type RestorationId = Id<'rst'>
/** A backup. */
export type BackupId = Id<'bak'>

type Prefix =
  | ('sub' | 'acc' | 'aut' | 'log' | 'ses' | 'brw' | 'enr' | 'out')
  | ('hld' | 'con' | 'imp' | 'tsk' | 'ltr' | 'ord' | 'stm' | 'cas')
  | ('mem' | 'mse' | 'sbm' | 'mai' | 'fil' | 'gat' | 'bak' | 'rst')
  | ('vrf' | 'war' | 'sec' | 'rsn' | 'shr' | 'rrd' | 'cbk')

/** Crockford's base 32: no I, L, O or U. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** `length` random bytes. */
export type Random = (length: number) => Uint8Array

/** A new id; `random` must be cryptographically strong, so that ids cannot be enumerated. */
export function newId<P extends Prefix>(prefix: P, now: Instant, random: Random): Id<P> {
  let time = ''
  for (let rest = now as number, digit = 0; digit < 10; digit += 1) {
    time = ALPHABET.charAt(rest % 32) + time
    rest = Math.floor(rest / 32)
  }
  return `${prefix}_${time}${letters(random(16))}` as Id<P>
}

/** Sixteen letters of five bits each: 80 bits. */
function letters(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += ALPHABET.charAt(byte & 31)
  return text
}

/** True when `text` has the shape of an id of this kind; says nothing of whether it exists. */
export function isId<P extends Prefix>(prefix: P, text: string): text is Id<P> {
  return text.length === prefix.length + 27 && text.startsWith(`${prefix}_`) && SHAPE.test(text)
}

const SHAPE = /^[a-z]{3}_[0-9A-HJKMNP-TV-Z]{26}$/
