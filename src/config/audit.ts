import { createHash } from 'node:crypto'
import { z } from 'zod'

/** Where what is signed of the audit log is kept outside, and who confirms it. */

/** https, or http on this machine alone: headers may hold a secret. */
const address = (what: string) =>
  z
    .string()
    .max(1_000)
    .nullable()
    .default(null)
    .refine((url) => url === null || isSafe(url), 'must be https, or http on localhost')
    .describe(what)

function isSafe(text: string): boolean {
  const url = URL.parse(text)
  if (url === null || url.username !== '' || url.password !== '') return false
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLocal)
}

/** `add-checkpoint` is added to its path: what follows a path would swallow it. */
function isBase(text: string): boolean {
  return isSafe(text) && !/[?#]/.test(text)
}

/** Ed25519, of a witness. @see C2SP, "tlog-cosignature" */
const COSIGNATURE = 4

/** A key names itself: its id is the beginning of a hash over its name and itself. */
function isKeyOfWitness(text: string): boolean {
  const [, name = '', id = '', encoded = ''] =
    /^([^\s+\p{Cc}]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})$/u.exec(text) ?? []
  const key = Buffer.from(encoded, 'base64')
  const hash = createHash('sha256').update(`${name}\n`).update(key).digest('hex')
  return key[0] === COSIGNATURE && hash.startsWith(id)
}

const nameOf = (key: string): string => key.slice(0, key.indexOf('+'))

/** What is kept of a witness is kept by its name. */
const areNamedApart = (witnesses: readonly { readonly key: string }[]): boolean =>
  new Set(witnesses.map(({ key }) => nameOf(key))).size === witnesses.length

export const Audit = z
  .strictObject({
    file: z
      .string()
      .min(1)
      .max(500)
      .nullable()
      .default(null)
      .describe('A file that checkpoints of the audit log are appended to'),
    syslog: z
      .strictObject({
        host: z
          .string()
          .regex(/^[A-Za-z0-9.:_-]{1,253}$/, 'must be a host or an address')
          .nullable()
          .default(null)
          .describe('The syslog server that checkpoints are sent to (RFC 5424)'),
        port: z.int().min(1).max(65_535).default(514).describe('Its port'),
        transport: z.enum(['tcp', 'udp']).default('tcp').describe('How it is reached'),
      })
      .prefault({}),
    http: z
      .strictObject({
        url: address('The address that checkpoints are posted to'),
        headers: z
          .record(
            z.string().regex(/^[\w-]{1,60}$/),
            z
              .string()
              .max(1_000)
              .regex(/^[ -~]*$/, 'must be printable ASCII'),
          )
          .default({})
          .describe('Headers of that request; they may hold a secret'),
      })
      .prefault({}),
    witnesses: z
      .array(
        z.strictObject({
          url: z
            .string()
            .max(1_000)
            .refine(isBase, 'must be https, or http on localhost, without ? and #')
            .describe('Where it takes checkpoints, without add-checkpoint'),
          key: z
            .string()
            .max(500)
            .refine(isKeyOfWitness, 'must be the key of a witness, as it prints it')
            .describe('Its public key, as it prints it'),
        }),
      )
      .max(10)
      .refine(areNamedApart, 'must have names of their own')
      .default([])
      .describe('Witnesses that confirm checkpoints of the audit log (C2SP)'),
  })
  .prefault({})
