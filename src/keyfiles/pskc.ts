import { type Instant, instant } from '#core/time/time.ts'
import { type DeliveredKey, serialKey } from '#core/inventory/hardware-token.ts'
import {
  decoded,
  type Item,
  KEYS_MAX,
  type Opening,
  Refused,
  Unreadable,
} from '#keyfiles/key-file.ts'
import {
  type Encryption,
  encryptionOf,
  type Head,
  PSKC,
  valueOf,
} from '#keyfiles/pskc-encryption.ts'
import {
  base64Of,
  childOf,
  childrenOf,
  type Element,
  elementReader,
  type Root,
} from '#keyfiles/xml.ts'

/**
 * Reads a Portable Symmetric Key Container, key by key, without ever holding more than one of them.
 *
 * The MACs hold the values and nothing else: an attacker who can change the file can give a key to
 * another serial number, and only a signature over the whole could show that. Signatures are not
 * verified here.
 *
 * @see RFC 6030, "Portable Symmetric Key Container (PSKC)"
 */
export async function* readPskc(
  bytes: AsyncIterable<Uint8Array>,
  opening: Opening | null = null,
): AsyncGenerator<Item> {
  const reader = elementReader()
  let state: State = { head: { encryptionKey: null, macMethod: null }, encryption: null, keys: 0 }
  try {
    for await (const piece of decoded(bytes)) {
      const elements = reader.read(piece)
      mustBeContainer(reader.root())
      for (const element of elements) {
        state = await moved(state, element, opening)
        const { encryption } = state
        if (isKeyPackage(element)) yield itemOf(element, encryption)
      }
    }
    reader.end()
    if (state.keys === 0) throw new Unreadable('empty')
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    yield { line: reader.line(), unreadable: error.reason }
  }
}

/** How far a container has been read. */
interface State {
  readonly head: Head
  /** Known from the first key on; `null` for a container in the clear. */
  readonly encryption: Encryption | null
  readonly keys: number
}

function mustBeContainer(root: Root | null): void {
  if (!root) return
  if (root.namespace !== PSKC || root.name !== 'KeyContainer') throw new Unreadable('structure')
  if (root.attributes.get('Version') !== '1.0') throw new Unreadable('version')
}

const isKeyPackage = ({ namespace, name }: Element): boolean =>
  namespace === PSKC && name === 'KeyPackage'

/** What is known when a child of the container has been read. @throws Unreadable */
async function moved(state: State, element: Element, opening: Opening | null): Promise<State> {
  if (isKeyPackage(element)) {
    const keys = state.keys + 1
    if (keys > KEYS_MAX) throw new Unreadable('too-many-keys')
    const encryption = state.keys === 0 ? await encryptionOf(state.head, opening) : state.encryption
    return { ...state, encryption, keys }
  }
  const member = element.namespace === PSKC ? HEAD.get(element.name) : undefined
  if (!member) return state
  // A file with a second head, or one after the first key, can be read in two ways.
  if (state.keys > 0 || state.head[member]) throw new Unreadable('structure')
  return { ...state, head: { ...state.head, [member]: element } }
}

const HEAD: ReadonlyMap<string, keyof Head> = new Map([
  ['EncryptionKey', 'encryptionKey'],
  ['MACMethod', 'macMethod'],
])

function itemOf(element: Element, encryption: Encryption | null): Item {
  const { line } = element
  const serial = serialOf(element)
  try {
    return { line, key: keyOf(element, { serial, encryption }) }
  } catch (error) {
    if (error instanceof Refused) return { line, serial, refused: error.reason }
    throw error
  }
}

function serialOf(element: Element): string | null {
  const device = childOf(element, PSKC, 'DeviceInfo')
  return serialKey((device && childOf(device, PSKC, 'SerialNo')?.text) ?? '')
}

function keyOf(
  element: Element,
  {
    serial,
    encryption,
  }: { readonly serial: string | null; readonly encryption: Encryption | null },
): DeliveredKey {
  if (serial === null) throw new Refused('no-serial')
  const key = childOf(element, PSKC, 'Key')
  if (!key) throw new Refused('no-secret')
  const data = childOf(key, PSKC, 'Data')
  const parameters = childOf(key, PSKC, 'AlgorithmParameters')
  const policy = policyOf(childOf(key, PSKC, 'Policy'))
  const device = childOf(element, PSKC, 'DeviceInfo')
  return {
    serial,
    ...algorithmOf(
      key.attributes.get('Algorithm') ?? '',
      (parameters && childOf(parameters, PSKC, 'Suite')?.text) ?? null,
    ),
    secret: secretOf(data, encryption),
    counter: counterOf(data, encryption),
    pin: null,
    startsAt: latest(dateOf(device, 'StartDate'), policy.startsAt),
    expiresAt: earliest(dateOf(device, 'ExpiryDate'), policy.expiresAt),
    usages: policy.usages,
    pinMode: policy.pinMode,
  }
}

/**
 * The name as IANA has registered it, from the spellings that can mean nothing else: in capitals,
 * after a number sign as in the drafts before RFC 6030, or bare, as people write it. Drafts also
 * put the suite into the name. What is none of these stays as it was written, and no method takes
 * it.
 *
 * @see RFC 6030, section 10 and the registry "PSKC Algorithm Profiles";
 *   draft-hoyer-keyprov-pskc-algorithm-profiles-01, section 3
 */
function algorithmOf(
  written: string,
  suite: string | null,
): Pick<DeliveredKey, 'algorithm' | 'suite'> {
  const { name, named } = ALGORITHM.exec(written.trim())?.groups ?? {}
  if (name === undefined && named === undefined) return { algorithm: written, suite }
  if (named === undefined) return { algorithm: `${PSKC}:${name?.toLowerCase()}`, suite }
  // Two suites for one key: it is not known which of them the card computes.
  if (suite !== null && suite.trim() !== named) return { algorithm: written, suite }
  return { algorithm: `${PSKC}:ocra`, suite: named }
}

const STANDARD = '(?:urn:ietf:params:xml:ns:keyprov:pskc[:#])?'
const ALGORITHM = new RegExp(
  `^${STANDARD}(?:(?<name>hotp|totp|ocra|pin)|(?<named>OCRA-1:.+))$`,
  'i',
)

/** In a container that has a key, a secret in the clear was put there by an attacker. */
function secretOf(data: Element | null, encryption: Encryption | null): Uint8Array {
  const value = valueOf(data && childOf(data, PSKC, 'Secret'), encryption)
  if (!value) throw new Refused('no-secret')
  if ('bytes' in value) return value.bytes
  if (encryption) throw new Refused('not-encrypted')
  const secret = base64Of(value.plain)
  if (!secret) throw new Refused('malformed')
  return secret
}

/** An encrypted number is four or eight bytes, high-order byte first. @see RFC 6030, section 4.2 */
function counterOf(data: Element | null, encryption: Encryption | null): number {
  const value = valueOf(data && childOf(data, PSKC, 'Counter'), encryption)
  if (!value) return 0
  const counter = 'plain' in value ? numberOf(value.plain) : numberOfBytes(value.bytes)
  if (!Number.isSafeInteger(counter)) throw new Refused('counter')
  return counter
}

function numberOf(text: string): number {
  return /^[0-9]{1,16}$/.test(text) ? Number(text) : Number.NaN
}

function numberOfBytes(bytes: Uint8Array): number {
  if (bytes.length !== 4 && bytes.length !== 8) return Number.NaN
  return Number(`0x${Buffer.from(bytes).toString('hex')}`)
}

type Policy = Pick<DeliveredKey, 'startsAt' | 'expiresAt' | 'usages' | 'pinMode'>

/** Of a policy that is not understood as a whole, nothing may be used. @see RFC 6030, section 5 */
const POLICIES = ['StartDate', 'ExpiryDate', 'PINPolicy', 'KeyUsage']

function policyOf(policy: Element | null): Policy {
  if (!policy) return { startsAt: null, expiresAt: null, usages: [], pinMode: null }
  const isKnown = policy.children.every(
    ({ namespace, name }) => namespace === PSKC && POLICIES.includes(name),
  )
  if (!isKnown) throw new Refused('policy')
  return {
    startsAt: dateOf(policy, 'StartDate'),
    expiresAt: dateOf(policy, 'ExpiryDate'),
    usages: childrenOf(policy, PSKC, 'KeyUsage').map(({ text }) => text),
    pinMode: childOf(policy, PSKC, 'PINPolicy')?.attributes.get('PINUsageMode') ?? null,
  }
}

const DAY = '[0-9]{4}-[0-9]{2}-[0-9]{2}'
const TIME = '[0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.][0-9]{1,9})?'
const DATE = new RegExp(`^${DAY}T${TIME}(?:Z|[+-][0-9]{2}:[0-9]{2})$`)

/**
 * A date says its time zone: RFC 6030 wants it so, and half a day decides whether a card still
 * counts.
 */
function dateOf(parent: Element | null, name: string): Instant | null {
  const text = parent && childOf(parent, PSKC, name)?.text
  if (text === null || text === undefined) return null
  const time = DATE.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(time)) throw new Refused('date')
  return instant(time)
}

const latest = (one: Instant | null, other: Instant | null): Instant | null =>
  one === null || (other !== null && other > one) ? other : one

const earliest = (one: Instant | null, other: Instant | null): Instant | null =>
  one === null || (other !== null && other < one) ? other : one
