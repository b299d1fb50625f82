import { z } from 'zod'

/** What keeps the root key: a file, a program of the operator, or Vault. */

/** https, or http on this machine alone: a token and keys cross it. */
function isSafe(text: string): boolean {
  const url = URL.parse(text)
  if (url === null || url.origin !== text) return false
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLocal)
}

const name = (fallback: string, of: string) =>
  z
    .string()
    .max(200)
    .regex(/^[A-Za-z0-9_-]+(\/[A-Za-z0-9_-]+)*$/, 'must be a name as Vault has it')
    .default(fallback)
    .describe(of)

export const Keys = z
  .strictObject({
    file: z
      .string()
      .min(1)
      .max(500)
      .default('var/keys.json')
      .describe('The root keys, outside the database; made at the first start'),
    provider: z
      .enum(['file', 'exec', 'vault'])
      .default('file')
      .describe('What keeps the root key: keys.file, the program of keys.exec, or keys.vault'),
    exec: z
      .array(
        z
          .string()
          .max(1_000)
          .regex(/^[^\0]*$/, 'must be what a program can be given'),
      )
      .max(20)
      .default([])
      .describe('A program that wraps and unwraps keys, and its arguments; no shell reads them'),
    vault: z
      .strictObject({
        url: z
          .string()
          .max(1_000)
          .nullable()
          .default(null)
          .refine(
            (url) => url === null || isSafe(url),
            'must be https, or http on localhost, without a path',
          )
          .describe('Where Vault or OpenBao answers, such as https://vault.example.com:8200'),
        mount: name('transit', 'Where its transit engine is mounted'),
        key: name('countersign', 'The name of its key'),
        tokenFile: z
          .string()
          .min(1)
          .max(500)
          .nullable()
          .default(null)
          .describe('A file with the token for it; it is read anew for each call'),
      })
      .prefault({}),
  })
  .refine(({ provider, exec }) => provider !== 'exec' || exec.length > 0, {
    path: ['exec'],
    message: 'must name the program that keeps the root key',
  })
  .refine(
    ({ provider, vault: { url, tokenFile } }) =>
      (provider !== 'vault' && url === null) || (url !== null && tokenFile !== null),
    { path: ['vault'], message: 'must have both url and tokenFile' },
  )
  .prefault({})
