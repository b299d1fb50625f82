import { createECDH, createHash, createPrivateKey, sign } from 'node:crypto'
import { isoCBOR } from '@simplewebauthn/server/helpers'
import type { Json } from '#core/json.ts'
import { instant } from '#core/time/time.ts'
import { passkey } from '#methods/passkey/method.ts'
import type { Sample } from '#methods/sample.ts'

/** An authenticator in software that does what it is told, also what no real one would do. */
export interface SoftKey {
  readonly credentialId: string
  /** What only the authenticator may ever see. */
  readonly secret: string
  /** Makes a passkey for a site that asks with these options; what the browser would send. */
  register(options: Json, use: Use): string
  /** Answers a challenge; what the browser would send. */
  assert(options: Json, use: Use): string
}

/** How it is used; without anything, as it is meant to be. */
export interface Use {
  /** The page that asks. */
  readonly origin: string
  /**
   * The domain that the browser has let the page ask for, where that is not what the options say.
   */
  readonly rpId?: string
  readonly challenge?: string
  readonly type?: string
  readonly crossOrigin?: boolean
  readonly counter?: number
  readonly flags?: number
  readonly id?: string
  readonly userHandle?: string | null
  readonly attachment?: string
  readonly transports?: readonly string[]
  readonly aaguid?: string
  /** What it says of its maker, asked or unasked. */
  readonly attestation?: { readonly fmt: unknown; readonly attStmt: unknown }
  /** Whether the browser says that it can be found without a user name. */
  readonly rk?: boolean
}

/** @see WebAuthn level 3, "Authenticator Data", section 6.1 */
export const FLAGS = { present: 0x01, verified: 0x04, eligible: 0x08, backedUp: 0x10 } as const
const SYNCED = FLAGS.present | FLAGS.verified | FLAGS.eligible | FLAGS.backedUp
const HAS_KEY = 0x40

interface Options {
  readonly publicKey: {
    readonly challenge: string
    readonly rpId?: string
    readonly rp?: { readonly id: string }
    readonly user?: { readonly id: string }
  }
}

/** One whose key is made of a letter, so that it is obviously a sample. */
export function softKey(letter: string): SoftKey {
  const scalar = Buffer.alloc(32, letter)
  const ecdh = createECDH('prime256v1')
  ecdh.setPrivateKey(scalar)
  const point = ecdh.getPublicKey()
  const [x, y] = [point.subarray(1, 33), point.subarray(33)]
  const coordinates = { x: x.toString('base64url'), y: y.toString('base64url') }
  const d = scalar.toString('base64url')
  const privateKey = createPrivateKey({
    key: { kty: 'EC', crv: 'P-256', ...coordinates, d },
    format: 'jwk',
  })
  const credentialId = Buffer.alloc(16, letter)
  const publicKey = isoCBOR.encode(coseKey(x, y))
  let userHandle: string | null = null
  const own = credentialId.toString('base64url')

  return {
    credentialId: own,
    secret: d,

    register(options, use) {
      const { publicKey: asked } = options as unknown as Options
      userHandle = asked.user?.id ?? null
      const flags = (use.flags ?? SYNCED) | HAS_KEY
      const head = headOf(use.rpId ?? asked.rp?.id ?? '', { flags, counter: use.counter ?? 0 })
      const aaguid = Buffer.from((use.aaguid ?? NOBODYS).replaceAll('-', ''), 'hex')
      const length = Buffer.from([0, credentialId.length])
      const authData = Buffer.concat([head, aaguid, length, credentialId, publicKey])
      const attestation = new Map<string, unknown>([
        ['fmt', use.attestation ? use.attestation.fmt : 'none'],
        ['attStmt', use.attestation ? use.attestation.attStmt : new Map()],
        ['authData', new Uint8Array(authData)],
      ])
      const attestationObject = isoCBOR.encode(attestation as Parameters<typeof isoCBOR.encode>[0])
      return JSON.stringify({
        ...about(own, use),
        ...(use.rk !== undefined && { clientExtensionResults: { credProps: { rk: use.rk } } }),
        response: {
          clientDataJSON: clientData('webauthn.create', asked.challenge, use).toString('base64url'),
          attestationObject: Buffer.from(attestationObject).toString('base64url'),
          transports: use.transports ?? ['internal'],
        },
      })
    },

    assert(options, use) {
      const { publicKey: asked } = options as unknown as Options
      const { flags = SYNCED, counter = 0 } = use
      const authData = headOf(use.rpId ?? asked.rpId ?? '', { flags, counter })
      const said = clientData('webauthn.get', asked.challenge, use)
      const signed = Buffer.concat([authData, createHash('sha256').update(said).digest()])
      return JSON.stringify({
        ...about(own, use),
        response: {
          clientDataJSON: said.toString('base64url'),
          authenticatorData: authData.toString('base64url'),
          signature: sign('sha256', signed, privateKey).toString('base64url'),
          userHandle: use.userHandle === undefined ? userHandle : use.userHandle,
        },
      })
    },
  }
}

const NOBODYS = '00000000-0000-0000-0000-000000000000'

const about = (own: string, { id = own, attachment = 'platform' }: Use) => ({
  id,
  rawId: id,
  type: 'public-key',
  authenticatorAttachment: attachment,
  clientExtensionResults: {},
})

function headOf(
  rpId: string,
  { flags, counter }: { readonly flags: number; readonly counter: number },
) {
  const head = Buffer.alloc(37)
  createHash('sha256').update(rpId).digest().copy(head)
  head.writeUInt8(flags, 32)
  head.writeUInt32BE(counter, 33)
  return head
}

const clientData = (type: string, challenge: string, use: Use): Buffer =>
  Buffer.from(
    JSON.stringify({
      type: use.type ?? type,
      challenge: use.challenge ?? challenge,
      origin: use.origin,
      crossOrigin: use.crossOrigin ?? false,
    }),
  )

/** ES256 over P-256. @see RFC 9053, section 7.1.1 */
const coseKey = (x: Uint8Array, y: Uint8Array) =>
  new Map<number, number | Uint8Array>([
    ...([
      [1, 2],
      [3, -7],
      [-1, 1],
    ] as const),
    ...([
      [-2, new Uint8Array(x)],
      [-3, new Uint8Array(y)],
    ] as const),
  ])

const ISSUER = 'https://login.example.com'

/** Binds a software key as the portal would, and says what is stored of it. */
export async function boundState(
  key: SoftKey,
  {
    issuer = ISSUER,
    subscriberId = 'sub_sample',
    ...use
  }: Partial<Use> & {
    readonly issuer?: string
    readonly subscriberId?: string
  } = {},
): Promise<Json> {
  const { enrol } = passkey()
  const subscriber = { id: subscriberId, userName: 'anna', language: 'en' } as const
  const begun = enrol?.begin(null, {
    now: instant(0),
    random: (length) => Buffer.alloc(length, 'r'),
    issuer,
    brand: 'Example',
    subscriber,
    held: [],
    way: null,
    before: null,
    network: 'a network',
    channels: [],
  })
  if (!begun?.ok) throw new Error('the sample passkey cannot be drawn')
  const answer = key.register(begun.prompt, { origin: issuer, ...use })
  const { expected } = begun
  const completing = { expected, now: instant(0), random: (length: number) => Buffer.alloc(length) }
  const bound = await enrol?.complete(answer, { ...completing, issuer, language: 'en' })
  if (!bound || 'wrong' in bound || !bound.ok) throw new Error('the sample passkey cannot be bound')
  return bound.state
}

const key = softKey('p')

export const sample: Sample = {
  state: await boundState(key),
  async holder(prompt) {
    return { assertion: key.assert(prompt, { origin: ISSUER }) }
  },
  secrets: [key.secret],
}
