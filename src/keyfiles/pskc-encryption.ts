import { createDecipheriv, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { type Opening, Refused, Unreadable } from '#keyfiles/key-file.ts'
import { base64Of, childOf, type Element } from '#keyfiles/xml.ts'

/**
 * The encryption of a container: which key opens it, which key its MACs are made with, and how one
 * value is opened.
 *
 *   pre-shared key, or password -> PBKDF2 -> encryption key
 *   encryption key opens the MAC key; the MAC of a value is verified, and only then is the value opened
 *
 * CBC without that order is a padding oracle and lets an attacker change a secret that he cannot
 * read. A key wrap vouches for what it opens by itself; a MAC that comes with it is verified all
 * the same.
 *
 * @see RFC 6030, section 6, "Key Protection Methods"
 */
export interface Encryption {
  readonly key: Uint8Array
  /** `null` where the container names no method; then only key wraps can be opened. */
  readonly mac: { readonly algorithm: string; readonly key: Uint8Array } | null
}

export const PSKC = 'urn:ietf:params:xml:ns:keyprov:pskc'
const DS = 'http://www.w3.org/2000/09/xmldsig#'
const XENC = 'http://www.w3.org/2001/04/xmlenc#'
const XENC11 = 'http://www.w3.org/2009/xmlenc11#'
const PKCS5 = 'http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#'
const MORE = 'http://www.w3.org/2001/04/xmldsig-more#'

interface Cipher {
  /** Its name in Node. */
  readonly node: string
  readonly keyBytes: number
  /** The initial value of a key wrap; `null` for CBC, whose own stands before each value. */
  readonly wrap: Uint8Array | null
}

/** @see RFC 3394, section 2.2.3.1 */
const WRAP = Buffer.from('a6a6a6a6a6a6a6a6', 'hex')
/** Of the wrap for keys of any length, such as those of 20 bytes. @see RFC 5649, section 3 */
const WRAP_PADDED = Buffer.from('a65959a6', 'hex')

const CIPHERS: ReadonlyMap<string, Cipher> = new Map(
  [128, 192, 256].flatMap((bits): readonly (readonly [string, Cipher])[] => {
    const keyBytes = bits / 8
    return [
      [`${XENC}aes${bits}-cbc`, { node: `aes-${bits}-cbc`, keyBytes, wrap: null }],
      [`${XENC}kw-aes${bits}`, { node: `id-aes${bits}-wrap`, keyBytes, wrap: WRAP }],
      [
        `${XENC11}kw-aes-${bits}-pad`,
        { node: `id-aes${bits}-wrap-pad`, keyBytes, wrap: WRAP_PADDED },
      ],
    ]
  }),
)

/** Known, and not opened. @see NIST SP 800-131A revision 2, section 2: disallowed since 2024 */
const TRIPLE_DES: ReadonlySet<string> = new Set([`${XENC}tripledes-cbc`, `${XENC}kw-tripledes`])

/** The cipher of this name, or why there is none. */
function cipherOf(algorithm: string): Cipher | 'cipher' | 'triple-des' {
  return CIPHERS.get(algorithm) ?? (TRIPLE_DES.has(algorithm) ? 'triple-des' : 'cipher')
}

const MACS: ReadonlyMap<string, string> = new Map([
  [`${DS}hmac-sha1`, 'sha1'],
  [`${MORE}hmac-sha256`, 'sha256'],
  [`${MORE}hmac-sha384`, 'sha384'],
  [`${MORE}hmac-sha512`, 'sha512'],
])

const BLOCK_BYTES = 16
/** A file may not keep a processor busy for longer than some seconds. */
const ITERATIONS_MAX = 5_000_000
const SALT_BYTES_MAX = 1024
const MAC_KEY_BYTES_MAX = 1024

const derive = promisify(pbkdf2)

/**
 * What opens the values of a container, from its head and what the operator gave.
 *
 * @returns `null` for a container in the clear.
 * @throws Unreadable
 */
export async function encryptionOf(
  { encryptionKey, macMethod }: Head,
  opening: Opening | null,
): Promise<Encryption | null> {
  if (!encryptionKey) {
    if (opening) throw new Unreadable('unexpected-key')
    return null
  }
  const key = await keyOf(encryptionKey, opening)
  // Writers that wrap keys leave out the method, or only its name.
  const algorithm = macMethod?.attributes.get('Algorithm')
  if (!macMethod || algorithm === undefined) {
    mustBeKnown(macMethod)
    return { key, mac: null }
  }
  if (!MACS.has(algorithm)) throw new Unreadable('mac-algorithm')
  return { key, mac: { algorithm, key: macKeyOf(macMethod, key) } }
}

/** What stands before the first key. */
export interface Head {
  readonly encryptionKey: Element | null
  readonly macMethod: Element | null
}

async function keyOf(element: Element, opening: Opening | null): Promise<Uint8Array> {
  const derived = childOf(element, XENC11, 'DerivedKey')
  if (!derived) {
    if (!childOf(element, DS, 'KeyName')) throw new Unreadable('key-transport')
    if (!opening || !('preShared' in opening)) throw new Unreadable('needs-key')
    return opening.preShared
  }
  if (!opening || !('password' in opening)) throw new Unreadable('needs-password')
  return await derivedFrom(derived, opening.password)
}

/** @see RFC 8018, section 5.2, "PBKDF2"; RFC 6030, section 6.2 */
async function derivedFrom(derived: Element, password: string): Promise<Uint8Array> {
  const method = childOf(derived, XENC11, 'KeyDerivationMethod')
  const algorithm = method?.attributes.get('Algorithm')
  const isPbkdf2 = algorithm === `${PKCS5}pbkdf2` || algorithm === `${XENC11}pbkdf2`
  const parameters = method?.children.find(({ name }) => name === 'PBKDF2-params')
  if (!isPbkdf2 || !parameters) throw new Unreadable('key-derivation')
  // Writers do not agree on the namespace of these, and the RFC's own figure gives them none.
  const found = (from: Element | undefined, name: string) =>
    from?.children.find((one) => one.name === name)
  const salt = base64Of(found(found(parameters, 'Salt'), 'Specified')?.text ?? '')
  const iterations = wholeNumber(found(parameters, 'IterationCount')?.text)
  const keyBytes = wholeNumber(found(parameters, 'KeyLength')?.text)
  const prf = MACS.get(found(parameters, 'PRF')?.attributes.get('Algorithm') ?? `${DS}hmac-sha1`)
  const isFit =
    salt !== null &&
    salt.length <= SALT_BYTES_MAX &&
    iterations >= 1 &&
    iterations <= ITERATIONS_MAX &&
    [...CIPHERS.values()].some((cipher) => cipher.keyBytes === keyBytes) &&
    prf !== undefined
  if (!isFit) throw new Unreadable('key-derivation')
  return await derive(password.normalize('NFC'), salt, iterations, keyBytes, prf)
}

/** A file that is all in a cipher we do not open says so at its head, and not once for each key. */
function mustBeKnown(macMethod: Element | null): void {
  const encrypted = macMethod && childOf(macMethod, PSKC, 'MACKey')
  const cipher = encrypted && cipherOf(partsOf(encrypted)?.algorithm ?? '')
  if (typeof cipher === 'string') throw new Unreadable(cipher)
}

/** Where no key of its own is named, the MAC is made with the key of the encryption. */
function macKeyOf(macMethod: Element, key: Uint8Array): Uint8Array {
  if (childOf(macMethod, PSKC, 'MACKeyReference')) throw new Unreadable('key-transport')
  const encrypted = childOf(macMethod, PSKC, 'MACKey')
  if (!encrypted) return key
  const parts = partsOf(encrypted)
  if (!parts) throw new Unreadable('header')
  const cipher = cipherOf(parts.algorithm)
  if (typeof cipher === 'string') throw new Unreadable(cipher)
  if (cipher.keyBytes !== key.length) throw new Unreadable('wrong-key')
  const macKey = opened(cipher, { key, value: parts.value })
  if (!macKey || macKey.length === 0 || macKey.length > MAC_KEY_BYTES_MAX) {
    throw new Unreadable('wrong-key')
  }
  return macKey
}

/**
 * The value of `Secret`, `Counter` and their like, in the clear or opened.
 *
 * @returns `null` where there is none; otherwise its bytes, or its text where it stands in the
 *   clear.
 * @throws Refused
 */
export function valueOf(
  element: Element | null,
  encryption: Encryption | null,
): { readonly plain: string } | { readonly bytes: Uint8Array } | null {
  if (!element) return null
  const plain = childOf(element, PSKC, 'PlainValue')
  const encrypted = childOf(element, PSKC, 'EncryptedValue')
  if ((plain === null) === (encrypted === null)) throw new Refused('malformed')
  if (plain) return { plain: plain.text }
  if (!encryption) throw new Refused('no-key')
  const parts = encrypted && partsOf(encrypted)
  if (!parts) throw new Refused('malformed')
  const cipher = cipherOf(parts.algorithm)
  if (typeof cipher === 'string') throw new Refused(cipher)
  if (cipher.keyBytes !== encryption.key.length) throw new Refused('cipher')
  const valueMac = childOf(element, PSKC, 'ValueMAC')
  // The MAC of a wrapped key may be left out; one that is there is right.
  if (cipher.wrap === null || valueMac) mustBeAuthentic(encryption, parts.value, valueMac)
  const bytes = opened(cipher, { key: encryption.key, value: parts.value })
  if (!bytes) throw new Refused(cipher.wrap === null ? 'malformed' : 'wrong-mac')
  return { bytes }
}

/**
 * The MAC is over what is encrypted, its initialization vector included. @see RFC 6030, section
 * 6.1.1
 */
function mustBeAuthentic(
  { mac: method }: Encryption,
  value: Uint8Array,
  written: Element | null,
): void {
  if (!method) throw new Unreadable('no-mac')
  const mac = base64Of(written?.text ?? '')
  if (!mac) throw new Refused('no-mac')
  const right = createHmac(MACS.get(method.algorithm) ?? '', method.key)
    .update(value)
    .digest()
  if (right.length !== mac.length || !timingSafeEqual(right, mac)) throw new Refused('wrong-mac')
}

function partsOf(
  encrypted: Element,
): { readonly algorithm: string; readonly value: Uint8Array } | null {
  const algorithm = childOf(encrypted, XENC, 'EncryptionMethod')?.attributes.get('Algorithm')
  const text = childOf(encrypted, XENC, 'CipherData')
  const value = base64Of((text && childOf(text, XENC, 'CipherValue')?.text) ?? '')
  return algorithm !== undefined && value ? { algorithm, value } : null
}

interface Closed {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

/** @returns `null` when it cannot be opened. */
const opened = ({ node, wrap }: Cipher, closed: Closed): Uint8Array | null =>
  wrap === null ? openedCbc(node, closed) : unwrapped({ node, wrap }, closed)

/** @see RFC 3394, section 2.2.3, "Key Data Integrity" */
function unwrapped(
  { node, wrap }: { readonly node: string; readonly wrap: Uint8Array },
  { key, value }: Closed,
): Uint8Array | null {
  const decipher = createDecipheriv(node, key, wrap)
  try {
    return Buffer.concat([decipher.update(value), decipher.final()])
  } catch {
    // Of another length, changed, or wrapped with another key.
    return null
  }
}

/**
 * Opens an initialization vector and what follows it. The padding is that of XML Encryption: the
 * last byte says how long it is, the others may be anything.
 *
 * @returns `null` when that cannot be.
 * @see XML Encryption Syntax and Processing, section 5.2, "Block Encryption Algorithms"
 */
function openedCbc(cipher: string, { key, value }: Closed): Uint8Array | null {
  if (value.length < 2 * BLOCK_BYTES || value.length % BLOCK_BYTES !== 0) return null
  const decipher = createDecipheriv(cipher, key, value.subarray(0, BLOCK_BYTES))
  decipher.setAutoPadding(false)
  const padded = Buffer.concat([decipher.update(value.subarray(BLOCK_BYTES)), decipher.final()])
  const padding = padded.at(-1) ?? 0
  if (padding < 1 || padding > BLOCK_BYTES) return null
  return padded.subarray(0, padded.length - padding)
}

function wholeNumber(text = ''): number {
  return /^[0-9]{1,9}$/.test(text) ? Number(text) : Number.NaN
}
