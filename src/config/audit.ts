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
          .record(z.string().regex(/^[\w-]{1,60}$/), z.string().max(1_000))
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
            .refine(isSafe, 'must be https, or http on localhost')
            .describe('Where it takes checkpoints, without add-checkpoint'),
          key: z
            .string()
            .max(500)
            .regex(/^[^\s+]+\+[0-9a-f]{8}\+B[A-Za-z0-9+/]{43}$/, 'must be the key of a witness')
            .describe('Its public key, as it prints it'),
        }),
      )
      .max(10)
      .default([])
      .describe('Witnesses that confirm checkpoints of the audit log (C2SP)'),
  })
  .prefault({})
