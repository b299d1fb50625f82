import { createReadStream } from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import { text as readAll } from 'node:stream/consumers'
import { z } from 'zod'
import { userNameKey } from '#core/subscribers/account.ts'
import type { SubscriberId } from '#core/ids.ts'
import type { KeyRefusal } from '#core/inventory/hardware-token.ts'
import { Complaint, EXIT, inWorld, type Tools } from '#cli/command.ts'
import type { Settings } from '#config/settings.ts'
import {
  type Imported,
  importTokens,
  type ImportReport,
  pastKinds,
} from '#engine/inventory/key-import.ts'
import { giveToken, type Recorded } from '#engine/inventory/hardware-tokens.ts'
import { findSubscriberByName } from '#engine/subscribers/subscribers.ts'
import type { World } from '#engine/world.ts'
import { readCsv } from '#keyfiles/csv.ts'
import type { FileRefusal, Opening } from '#keyfiles/key-file.ts'
import { readPskc } from '#keyfiles/pskc.ts'

export interface ImportOptions {
  readonly keyFrom?: string
  readonly passwordFrom?: string
  readonly kind?: string
  readonly dryRun?: boolean
  readonly json?: boolean
}

/**
 * `countersign hardware-token import`: the keys of a file go into the inventory, as a whole or not
 * at all.
 */
export async function importTokenFile(
  tools: Pick<Tools, 'openWorld'>,
  settings: Settings,
  { path, options }: { readonly path: string; readonly options: ImportOptions },
): Promise<void> {
  const opening = await openingFrom(options)
  const read = await readerOf(path, opening)
  await inWorld({ tools, settings }, async (world) => {
    const { dryRun = false, json = false, kind } = options
    const kinds = pastKinds(world)
    if (kind !== undefined && !kinds.includes(kind))
      throw new Complaint(`A kind is one of ${kinds.join(', ')}.`, EXIT.usage)
    const progress = process.stderr.isTTY ? showProgress : undefined
    const imported = await importTokens(world, { items: read(), dryRun, progress, kind })
    if (process.stderr.isTTY) process.stderr.write('\r')
    report(imported, { dryRun, json })
  })
}

function showProgress(read: number): void {
  process.stderr.write(`\r${read} keys read`)
}

/** A key never stands on a command line, where every user of the machine can read it. */
async function openingFrom({ keyFrom, passwordFrom }: ImportOptions): Promise<Opening | null> {
  if (keyFrom !== undefined && passwordFrom !== undefined)
    throw new Complaint('A file is opened by a key or by a password, not by both.', EXIT.usage)
  if (passwordFrom !== undefined) {
    const password = await secretFrom(passwordFrom)
    if (password === '') throw new Complaint('The password is empty.', EXIT.usage)
    return { password }
  }
  if (keyFrom === undefined) return null
  const hex = (await secretFrom(keyFrom)).replaceAll(/\s/g, '')
  if (!/^(?:[0-9A-Fa-f]{32}|[0-9A-Fa-f]{48}|[0-9A-Fa-f]{64})$/.test(hex))
    throw new Complaint('The key has 32, 48 or 64 hexadecimal digits.', EXIT.usage)
  return { preShared: Buffer.from(hex, 'hex') }
}

/** One line, from a file or from standard input. */
async function secretFrom(source: string): Promise<string> {
  const text = source === '-' ? await readAll(process.stdin) : await readFile(source, 'utf8')
  return text.replace(/\r?\n$/, '')
}

/** PSKC begins with a bracket; whatever does not is a table. */
async function readerOf(path: string, opening: Opening | null) {
  const bytes = () => createReadStream(path, { highWaterMark: 64 * 1024 })
  const isXml = /^[\uFEFF\s]*</.test(await headOf(path))
  if (!isXml && opening)
    throw new Complaint('A table of keys is not encrypted: it needs no key.', EXIT.usage)
  return () => (isXml ? readPskc(bytes(), opening) : readCsv(bytes()))
}

async function headOf(path: string): Promise<string> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(256))
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await file.close()
  }
}

function report(
  imported: Imported<FileRefusal>,
  { dryRun, json }: { readonly dryRun: boolean; readonly json: boolean },
): void {
  const facts = imported.ok ? imported : imported.report
  if (json) console.log(JSON.stringify({ dryRun, ...imported }))
  else if (facts.refused > 0) console.log(refusalsIn(facts))
  if (!imported.ok) {
    const words = REFUSED_FILE[imported.reason]
    throw new Complaint(`Line ${imported.line}: ${words} Nothing was imported.`)
  }
  const { imported: count, refused } = facts
  const where = dryRun ? 'can be imported; nothing was written' : 'are in the inventory'
  if (refused > 0) throw new Complaint(`${count} keys ${where}, ${refused} were refused.`)
  if (!json) console.log(`${count} keys ${where}.`)
}

function refusalsIn({ refusals, refused }: ImportReport): string {
  const lines = refusals.map(
    ({ line, serial, reason }) => `line ${line}, ${serial ?? 'no serial'}: ${REFUSED_KEY[reason]}`,
  )
  const more = refused - refusals.length
  return [...lines, ...(more > 0 ? [`and ${more} more`] : [])].join('\n')
}

/** Why nothing of a file was taken, as a sentence for the operator. */
const REFUSED_FILE: Readonly<
  Record<Extract<Imported<FileRefusal>, { ok: false }>['reason'], string>
> = {
  malformed: 'the file is not well-formed there.',
  'not-utf-8': 'the file is not in UTF-8.',
  doctype: 'the file has a document type, which none of ours may have.',
  'too-large': 'something in the file is larger than any key.',
  'too-many-keys': 'the file has more keys than one import takes; divide it.',
  structure: 'the parts of the container do not stand as RFC 6030 has them.',
  version: 'the container is not of version 1.0.',
  empty: 'there is no key in the file.',
  'needs-key': 'the file is encrypted with a key that was agreed on: --key-from.',
  'needs-password': 'the file is encrypted with a password: --password-from.',
  'unexpected-key': 'the file is not encrypted, and you have given a key or a password.',
  'wrong-key': 'the key or the password does not open the file.',
  'key-transport': 'the file is encrypted in a way that is not known here.',
  'key-derivation': 'the key is derived in a way that is not known here.',
  cipher: 'the file is encrypted with a cipher that is not known here.',
  'triple-des':
    'the file is encrypted with 3DES, which is no longer secure: ask the manufacturer for AES.',
  'no-mac': 'the file is encrypted and nothing vouches for it: it has no MAC.',
  'mac-algorithm': 'the MACs are made in a way that is not known here.',
  header: 'the head is not as the guide describes it.',
  'nothing-usable': 'none of the keys can be used.',
  'taken-over': 'another import has begun meanwhile.',
}

const REFUSED_KEY: Readonly<Record<KeyRefusal, string>> = {
  malformed: 'it can not be read',
  'no-serial': 'it has no serial number, or one that can not be typed',
  'no-secret': 'it has no secret',
  counter: 'its counter is no number, or too high',
  date: 'a date of it can not be read, or has no time zone',
  policy: 'it comes with a policy that is not known here',
  'not-encrypted': 'it stands in the clear in an encrypted file',
  'no-key': 'it is encrypted, and the file names no key',
  cipher: 'it is encrypted with a cipher that is not known here',
  'triple-des':
    'it is encrypted with 3DES, which is no longer secure: ask the manufacturer for AES',
  'no-mac': 'nothing vouches for it: it has no MAC',
  'wrong-mac': 'its MAC is wrong: it was changed, or the key is another',
  algorithm: 'no method here computes what it is for',
  suite: 'its OCRA suite is not one of ours',
  'weak-secret': 'its secret is shorter than 128 bits',
  'long-secret': 'its secret is longer than 128 bytes',
  pin: 'its PIN has other than 4 digits',
  'pin-mode': 'its PIN is used in a way that is not known here',
  usage: 'it may not be used for challenge and response',
  'not-yet-valid': 'it is not valid yet',
  expired: 'it has expired',
  duplicate: 'its serial number stands in the file before',
  known: 'its serial number is in the inventory already',
}

export interface GiveOptions {
  readonly serial: string
  readonly userName: string
  readonly recorded?: string
}

/**
 * `countersign hardware-token give`: a token of the inventory becomes a subscriber's; the PIN comes
 * by standard input.
 */
export async function giveTokenTo(
  tools: Pick<Tools, 'openWorld'>,
  settings: Settings,
  { serial, userName, recorded: path }: GiveOptions,
): Promise<void> {
  const people = path === undefined ? [] : await peopleIn(path)
  const pin = process.stdin.isTTY ? '' : (await readAll(process.stdin)).replace(/\r?\n$/, '')
  await inWorld({ tools, settings }, async (world) => {
    const subscriberId = await subscriberNamed(world, userName)
    const recorded = new Map<SubscriberId, Recorded>()
    for (const { userName: name, ...facts } of people) {
      recorded.set(await subscriberNamed(world, name), facts)
    }
    const wishes = pin === '' ? {} : { pin }
    const given = await giveToken(world, { serial, subscriberId, wishes, by: 'operator', recorded })
    if (!given.ok)
      throw new Complaint(NOT_GIVEN.get(given.problem) ?? `It was not given: ${given.problem}.`)
    console.log(JSON.stringify({ authenticator: given.authenticatorId, shared: given.shared }))
  })
}

async function subscriberNamed(world: World, userName: string): Promise<SubscriberId> {
  const found = userNameKey(userName) === null ? null : await findSubscriberByName(world, userName)
  if (!found) throw new Complaint(`No client has the user name ${userName}.`)
  return found
}

const NOT_GIVEN: ReadonlyMap<string, string> = new Map([
  ['token.not-found', 'No token with this serial number is in the inventory.'],
  ['token.given', 'It serves this client already, or was given to another client at this moment.'],
  ['token.revoked', 'It was stopped, or has expired, and can not be given again.'],
  ['token.temporary-device', 'One of the clients uses a temporary device; it has to end first.'],
  [
    'token.different-people',
    'It is another client’s, and the records do not say that they may share it.',
  ],
  ['token.weaker-device', 'One of the clients holds a stronger device: that is the one to share.'],
  ['authenticator.pin-form', 'It needs a PIN of 4 digits, on standard input.'],
  ['authenticator.pin-guessable', 'That PIN is one of the first that a thief would try.'],
  ['authenticator.pin-known', 'That PIN stands in what is on record of the client.'],
])

/** What the back office says of those who want to share a device (R120). */
const People = z
  .array(
    z.strictObject({
      userName: z.string().max(200),
      entity: z.string().min(1).max(200).nullable().default(null),
      identity: z
        .strictObject({
          birthDate: z.iso.date(),
          citizenship: z.string().regex(/^[A-Z]{2}$/),
          residence: z.string().regex(/^[A-Z]{2}$/),
          documentType: z.string().min(1).max(50),
          documentNumber: z.string().min(1).max(50),
        })
        .nullable()
        .default(null),
    }),
  )
  .max(20)

async function peopleIn(path: string): Promise<z.infer<typeof People>> {
  const text = await readFile(path, 'utf8')
  const people = People.safeParse(parsed(text))
  if (people.success) return people.data
  throw new Complaint(`${path}: ${z.prettifyError(people.error)}`, EXIT.usage)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
