import { createCipheriv, createHash, createHmac, pbkdf2Sync } from 'node:crypto'

/** A container as a manufacturer writes it, and with whatever is to be wrong about it. */
export interface WrittenKey {
  readonly serial?: string
  readonly suite?: string
  readonly algorithm?: string
  readonly secret?: Uint8Array
  readonly counter?: number | 'encrypted'
  /** In the clear, in a container that is encrypted. */
  readonly plain?: boolean
  /** Instead of the right one; `null` for none. */
  readonly mac?: string | null
  /** Further elements of `DeviceInfo` and of `Key`. */
  readonly device?: string
  readonly policy?: string
}

export interface WrittenContainer {
  readonly keys: readonly WrittenKey[]
  /** How it is encrypted; in the clear without. */
  readonly key?: Uint8Array
  readonly password?: string
  readonly iterations?: number
  readonly prf?: string
  readonly mac?: keyof typeof MACS
  readonly ownMacKey?: boolean
  /** How everything in it is encrypted. */
  readonly cipher?: keyof typeof CIPHERS
  /** Before the root. */
  readonly before?: string
  readonly head?: string
}

export const SUITE = 'OCRA-1:HOTP-SHA256-8:C-QN06-PSHA256'
export const SECRET = Buffer.from('12345678901234567890123456789012')
export const KEY = Buffer.from('0123456789abcdef0123456789abcdef')

const MACS = {
  sha1: 'http://www.w3.org/2000/09/xmldsig#hmac-sha1',
  sha256: 'http://www.w3.org/2001/04/xmldsig-more#hmac-sha256',
  sha384: 'http://www.w3.org/2001/04/xmldsig-more#hmac-sha384',
  sha512: 'http://www.w3.org/2001/04/xmldsig-more#hmac-sha512',
} as const

const SALT = Buffer.from('salt of the tests')
const MAC_KEY = Buffer.from('a key for nothing but the MACs..')
const ITERATIONS = 1000

export function container(written: WrittenContainer): string {
  return [...pieces(written)].join('')
}

/** Piece by piece, for a container that is large. */
export function* pieces(written: WrittenContainer): Generator<string> {
  const { keys, password, mac = 'sha256', before = '', ownMacKey = true } = written
  const { cipher = 'cbc' } = written
  const key = password === undefined ? written.key : derived(password, written)
  yield `<?xml version="1.0" encoding="UTF-8"?>${before}
<KeyContainer Version="1.0" xmlns="urn:ietf:params:xml:ns:keyprov:pskc"
  xmlns:ds="http://www.w3.org/2000/09/xmldsig#" xmlns:xenc="http://www.w3.org/2001/04/xmlenc#"
  xmlns:xenc11="http://www.w3.org/2009/xmlenc11#"
  xmlns:pkcs5="http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#">`
  if (written.head !== undefined) yield written.head
  else if (key) {
    const wrapping = password === undefined ? '<ds:KeyName>K</ds:KeyName>' : derivedKey(written)
    const sealed = ownMacKey ? `<MACKey>${CIPHERS[cipher](key, MAC_KEY).xml}</MACKey>` : ''
    yield `<EncryptionKey>${wrapping}</EncryptionKey>
    <MACMethod Algorithm="${MACS[mac]}">${sealed}</MACMethod>`
  }
  const macKey = ownMacKey ? MAC_KEY : key
  for (const one of keys) yield keyPackage(one, key && macKey ? { key, mac, macKey, cipher } : null)
  yield '</KeyContainer>'
}

interface Encrypting {
  readonly key: Uint8Array
  readonly mac: keyof typeof MACS
  readonly macKey: Uint8Array
  readonly cipher: keyof typeof CIPHERS
}

function keyPackage(written: WrittenKey, encrypting: Encrypting | null): string {
  const { serial = 'CARD-1', suite = SUITE, secret = SECRET, counter, device = '' } = written
  const { algorithm = 'urn:ietf:params:xml:ns:keyprov:pskc:ocra', policy = '' } = written
  const using = written.plain ? null : encrypting
  const number = serial && `<SerialNo>${serial}</SerialNo>`
  const about = `<Manufacturer>Example</Manufacturer>${number}${device}`
  const parameters = suite && `<Suite>${suite}</Suite>`
  const hidden = value(written, Buffer.from(secret), using)
  const data = `<Secret>${hidden}</Secret>${counterOf(counter, encrypting)}`
  return `
<KeyPackage><DeviceInfo>${about}</DeviceInfo>
<Key Id="${serial}" Algorithm="${algorithm}">\
<AlgorithmParameters>${parameters}</AlgorithmParameters>
<Data>${data}</Data>${policy}</Key></KeyPackage>`
}

function value(written: WrittenKey, bytes: Uint8Array, using: Encrypting | null): string {
  if (!using) return `<PlainValue>${Buffer.from(bytes).toString('base64')}</PlainValue>`
  const { cipher, xml } = CIPHERS[using.cipher](using.key, bytes)
  const right = createHmac(using.mac, using.macKey).update(cipher).digest('base64')
  const mac = written.mac === undefined ? right : written.mac
  const check = mac === null ? '' : `<ValueMAC>${mac}</ValueMAC>`
  return `<EncryptedValue>${xml}</EncryptedValue>${check}`
}

function counterOf(counter: WrittenKey['counter'], using: Encrypting | null): string {
  if (counter === undefined) return ''
  if (counter !== 'encrypted') return `<Counter><PlainValue>${counter}</PlainValue></Counter>`
  const eight = Buffer.from('0000000000000102', 'hex')
  return `<Counter>${value({}, eight, using)}</Counter>`
}

const XENC = 'http://www.w3.org/2001/04/xmlenc#'

const CIPHERS = {
  cbc: encryptedCbc,
  wrap(key: Uint8Array, bytes: Uint8Array) {
    const bits = key.length * 8
    const iv = Buffer.from('a6a6a6a6a6a6a6a6', 'hex')
    const wrapping = createCipheriv(`id-aes${bits}-wrap`, key, iv)
    const all = Buffer.concat([wrapping.update(bytes), wrapping.final()])
    return written(`${XENC}kw-aes${bits}`, all)
  },
  padded(key: Uint8Array, bytes: Uint8Array) {
    const bits = key.length * 8
    const wrapping = createCipheriv(`id-aes${bits}-wrap-pad`, key, Buffer.from('a65959a6', 'hex'))
    const all = Buffer.concat([wrapping.update(bytes), wrapping.final()])
    return written(`http://www.w3.org/2009/xmlenc11#kw-aes-${bits}-pad`, all)
  },
}

/** The initialization vector is made of what is encrypted: the tests are the same every time. */
function encryptedCbc(key: Uint8Array, bytes: Uint8Array) {
  const iv = createHash('sha256').update(bytes).digest().subarray(0, 16)
  const bits = key.length * 8
  const cipher = createCipheriv(`aes-${bits}-cbc`, key, iv)
  const all = Buffer.concat([iv, cipher.update(bytes), cipher.final()])
  return written(`${XENC}aes${bits}-cbc`, all)
}

function written(algorithm: string, cipher: Buffer) {
  const base64 = cipher.toString('base64')
  const xml = `<xenc:EncryptionMethod Algorithm="${algorithm}"/>
<xenc:CipherData><xenc:CipherValue>${base64}</xenc:CipherValue></xenc:CipherData>`
  return { cipher, xml }
}

function derived(password: string, { iterations = ITERATIONS, prf = MACS.sha1 }: WrittenContainer) {
  const hash = Object.entries(MACS).find(([, uri]) => uri === prf)?.[0] ?? 'sha1'
  return pbkdf2Sync(password, SALT, iterations > 10_000_000 ? 1 : iterations, 32, hash)
}

function derivedKey({ iterations = ITERATIONS, prf = MACS.sha1 }: WrittenContainer): string {
  return `<xenc11:DerivedKey><xenc11:KeyDerivationMethod
  Algorithm="http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#pbkdf2">
  <pkcs5:PBKDF2-params>
  <pkcs5:Salt><pkcs5:Specified>${SALT.toString('base64')}</pkcs5:Specified></pkcs5:Salt>
  <pkcs5:IterationCount>${iterations}</pkcs5:IterationCount><pkcs5:KeyLength>32</pkcs5:KeyLength>
  <pkcs5:PRF Algorithm="${prf}"/></pkcs5:PBKDF2-params>
  </xenc11:KeyDerivationMethod></xenc11:DerivedKey>`
}

/** A text as a file is read: in pieces of so many bytes. */
export async function* bytesOf(text: string, size = 64 * 1024): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}
