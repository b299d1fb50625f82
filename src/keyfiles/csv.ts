import { type DeliveredKey, serialKey } from '#core/inventory/hardware-token.ts'
import { decoded, type Item, KEYS_MAX, Refused, Unreadable } from '#keyfiles/key-file.ts'

/**
 * Reads keys from a table with a head: one line a key, columns in any order, separated by commas or
 * semicolons. The head says how the secret is written, because a secret in hexadecimal can be one
 * in base32 as well.
 *
 *   serial,suite,secret_hex,counter,pin
 *   CARD-0001,OCRA-1:HOTP-SHA256-8:C-QN06-PSHA256,3132…,0,
 *
 * @see RFC 4180, "Common Format and MIME Type for CSV Files"
 */
export async function* readCsv(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Item> {
  let line = 0
  let table: Table | null = null
  try {
    for await (const text of linesOf(bytes)) {
      line += 1
      if (!table) table = tableOf(text)
      else if (text.trim() !== '') yield itemOf(table, { line, text })
      if (line > KEYS_MAX + 1) throw new Unreadable('too-many-keys')
    }
    if (!table || line === 1) throw new Unreadable('empty')
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    yield { line, unreadable: error.reason }
  }
}

const COLUMNS = ['serial', 'suite', 'secret_hex', 'secret_base32', 'counter', 'pin'] as const
type Column = (typeof COLUMNS)[number]

interface Table {
  readonly separator: string
  readonly columns: readonly Column[]
}

/** Longer than any line of keys. */
const LINE_LENGTH_MAX = 2048

/** What a table of keys says of each of them without writing it down. */
const OCRA = 'urn:ietf:params:xml:ns:keyprov:pskc:ocra'

function tableOf(head: string): Table {
  const text = head.replace(/^\uFEFF/, '')
  const separator = text.includes(';') ? ';' : ','
  const columns = (cellsOf(text, separator) ?? []).map((name) => name.trim().toLowerCase())
  const isKnown = columns.every((name): name is Column => COLUMNS.includes(name as Column))
  const secrets = columns.filter((name) => name.startsWith('secret_'))
  const hasAll = columns.includes('serial') && columns.includes('suite') && secrets.length === 1
  if (!isKnown || !hasAll || new Set(columns).size < columns.length) throw new Unreadable('header')
  return { separator, columns }
}

function itemOf(
  { separator, columns }: Table,
  { line, text }: { readonly line: number; readonly text: string },
): Item {
  const cells = cellsOf(text, separator)
  if (cells?.length !== columns.length) return { line, serial: null, refused: 'malformed' }
  const row = new Map(columns.map((column, index) => [column, cells[index]?.trim() ?? '']))
  const serial = serialKey(row.get('serial') ?? '')
  try {
    return { line, key: keyOf(row, serial) }
  } catch (error) {
    if (error instanceof Refused) return { line, serial, refused: error.reason }
    throw error
  }
}

function keyOf(row: ReadonlyMap<Column, string>, serial: string | null): DeliveredKey {
  if (serial === null) throw new Refused('no-serial')
  const hex = row.get('secret_hex')
  const secret = hex === undefined ? base32Of(row.get('secret_base32') ?? '') : hexOf(hex)
  const counter = row.get('counter') || '0'
  if (!/^[0-9]{1,15}$/.test(counter)) throw new Refused('counter')
  return {
    serial,
    algorithm: OCRA,
    suite: row.get('suite') || null,
    secret,
    counter: Number(counter),
    pin: row.get('pin') || null,
    startsAt: null,
    expiresAt: null,
    usages: [],
    pinMode: null,
  }
}

function hexOf(text: string): Uint8Array {
  if (text === '') throw new Refused('no-secret')
  if (text.length % 2 !== 0 || !/^[0-9A-Fa-f]+$/.test(text)) throw new Refused('malformed')
  return Buffer.from(text, 'hex')
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** @see RFC 4648, section 6; the padding may be left out */
function base32Of(text: string): Uint8Array {
  const letters = text.toUpperCase().replace(/=+$/, '')
  if (letters === '') throw new Refused('no-secret')
  const bytes: number[] = []
  let bits = 0
  let held = 0
  for (const letter of letters) {
    const value = BASE32.indexOf(letter)
    if (value < 0) throw new Refused('malformed')
    held = (held << 5) | value
    bits += 5
    if (bits >= 8) {
      bits -= 8
      bytes.push(held >> bits)
      held &= (1 << bits) - 1
    }
  }
  // Bits that are left over are zero, or a letter is missing or was misread.
  if (held !== 0 || bits >= 5) throw new Refused('malformed')
  return Uint8Array.from(bytes)
}

/** The cells of a line; `null` when a quotation mark stands where none may. */
function cellsOf(text: string, separator: string): readonly string[] | null {
  const cell = new RegExp(`(?:"((?:[^"]|"")*)"|([^"${separator}]*))(${separator}|$)`, 'y')
  const cells: string[] = []
  for (;;) {
    const found = cell.exec(text)
    if (!found) return null
    const [, quoted, plain = '', end] = found
    cells.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'))
    if (end === '') return cells
  }
}

/** Lines without their ends; no cell of a key holds a line break. */
async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let rest = ''
  for await (const piece of decoded(bytes)) {
    const lines = (rest + piece).split(/\r?\n/)
    rest = lines.pop() ?? ''
    for (const line of lines) yield bounded(line)
    bounded(rest)
  }
  if (rest !== '') yield rest.replace(/\r$/, '')
}

function bounded(line: string): string {
  if (line.length > LINE_LENGTH_MAX) throw new Unreadable('too-large')
  return line
}
