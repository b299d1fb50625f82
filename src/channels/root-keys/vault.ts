import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { RootKeyFailed, type RootKeys } from '#channels/root-keys/provider.ts'

/**
 * The transit engine of HashiCorp Vault, or of OpenBao, keeps the root key and never gives it away.
 *
 * @see Vault, "Transit secrets engine (API)": encrypt and decrypt
 */
export interface VaultOptions {
  /** Where it is: scheme, host and port. */
  readonly url: string
  /** Where the engine is mounted: `transit`. */
  readonly mount: string
  readonly key: string
  /** A file with the token; it is read for each call, because tokens are renewed. */
  readonly tokenFile: string
  readonly fetch: typeof fetch
  readonly patience_ms?: number
}

const PATIENCE_MS = 10_000
const ANSWER_BYTES_MAX = 64 * 1024
const CIPHERTEXT = /^vault:v[1-9][0-9]{0,8}:[A-Za-z0-9+/]+={0,2}$/

const Encrypted = z.object({
  data: z.object({ ciphertext: z.string().max(ANSWER_BYTES_MAX).regex(CIPHERTEXT) }),
})
const Decrypted = z.object({ data: z.object({ plaintext: z.base64().min(1) }) })

export const rootKeyVault = (options: VaultOptions): RootKeys => ({
  name: 'vault',
  // One Vault may have an address for each node.
  place: `vault:${options.mount}/${options.key}`,
  async wrap(key) {
    const plaintext = Buffer.from(key).toString('base64')
    const { data } = await ask(options, { act: 'encrypt', body: { plaintext } }, Encrypted)
    const [, version = ''] = data.ciphertext.split(':')
    return { bytes: Buffer.from(data.ciphertext), by: `vault:${version}` }
  },
  async unwrap({ bytes }) {
    const ciphertext = Buffer.from(bytes).toString('utf8')
    if (!CIPHERTEXT.test(ciphertext)) throw new RootKeyFailed('this key was not wrapped by Vault.')
    const { data } = await ask(options, { act: 'decrypt', body: { ciphertext } }, Decrypted)
    return Buffer.from(data.plaintext, 'base64')
  },
})

interface Asked {
  readonly act: 'encrypt' | 'decrypt'
  readonly body: object
}

async function ask<T>(options: VaultOptions, { act, body }: Asked, answer: z.ZodType<T>) {
  const { url, mount, key, fetch, patience_ms = PATIENCE_MS } = options
  const token = tokenIn(options)
  const address = `${url}/v1/${mount}/${act}/${encodeURIComponent(key)}`
  const { status, text } = await posted(async () => {
    const response = await fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-vault-token': token },
      body: JSON.stringify(body),
      redirect: 'error',
      signal: AbortSignal.timeout(patience_ms),
    })
    return { status: response.status, text: await textOf(response) }
  })
  // Nothing of what it answers is repeated: it may be a key.
  if (status !== 200) throw new RootKeyFailed(`Vault has answered ${status} to ${act}.`)
  try {
    return answer.parse(JSON.parse(text))
  } catch {
    throw new RootKeyFailed(`Vault has answered something else to ${act}.`)
  }
}

async function posted<T>(post: () => Promise<T>): Promise<T> {
  try {
    return await post()
  } catch (error) {
    if (error instanceof RootKeyFailed) throw error
    const { code } = ((error as Error).cause ?? error) as { readonly code?: unknown }
    const reason = typeof code === 'string' ? code : (error as Error).name
    throw new RootKeyFailed(`Vault does not answer (${reason}).`)
  }
}

async function textOf({ body }: Response): Promise<string> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of (body ?? []) as AsyncIterable<Uint8Array>) {
    length += part.length
    if (length > ANSWER_BYTES_MAX) throw new RootKeyFailed('Vault has answered too much.')
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

function tokenIn({ tokenFile }: VaultOptions): string {
  try {
    const token = readFileSync(tokenFile, 'utf8').trim()
    if (/^[\x21-\x7e]{1,4096}$/.test(token)) return token
  } catch {
    // Said below, with the name of the file.
  }
  throw new RootKeyFailed(`${tokenFile} holds no token for Vault, or cannot be read.`)
}
