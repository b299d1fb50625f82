import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

/**
 * A server that speaks Vault's transit engine, as far as it is asked: keys by version, behind a
 * token.
 *
 * @see Vault, "Transit secrets engine (API)": encrypt, decrypt, rotate, trim
 */
export async function transit(t: Pick<TestContext, 'after'>) {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-vault-'))
  const keys = new Map([[1, randomBytes(32)]])
  let answer: { readonly status: number; readonly text: string } | null = null
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const [, name] = /^\/v1\/transit\/(encrypt|decrypt)\/root$/.exec(request.url ?? '') ?? []
      const isLetIn = request.headers['x-vault-token'] === 's.token' && request.method === 'POST'
      const body = Buffer.concat(parts).toString('utf8')
      const told = answer ?? (isLetIn && name ? acted(keys, name, body) : DENIED)
      response.writeHead(told.status, { 'content-type': 'application/json' }).end(told.text)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const tokenFile = join(folder, 'token')
  writeFileSync(tokenFile, 's.token\n')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    options: { url, mount: 'transit', key: 'root', tokenFile, fetch, patience_ms: 5_000 },
    tokenFile,
    rotate: () => void keys.set(keys.size + 1, randomBytes(32)),
    /** Nothing that an older key has made opens any more. */
    trim: () => {
      for (const version of [...keys.keys()].slice(0, -1)) keys.set(version, randomBytes(32))
    },
    /** What it answers from now on, whatever it is asked. */
    answerWith: (told: { readonly status: number; readonly text: string } | null) => {
      answer = told
    },
  }
}

const DENIED = { status: 403, text: '{"errors":["permission denied"]}' }

function acted(keys: ReadonlyMap<number, Buffer>, name: string, body: string) {
  const said = JSON.parse(body) as { plaintext?: string; ciphertext?: string }
  try {
    const data = name === 'encrypt' ? encrypted(keys, said) : decrypted(keys, said)
    return { status: 200, text: JSON.stringify({ data }) }
  } catch {
    return { status: 400, text: '{"errors":["cipher: message authentication failed"]}' }
  }
}

function encrypted(keys: ReadonlyMap<number, Buffer>, { plaintext = '' }: { plaintext?: string }) {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', keys.get(keys.size) ?? '', nonce)
  const text = Buffer.concat([cipher.update(plaintext, 'base64'), cipher.final()])
  const all = Buffer.concat([nonce, text, cipher.getAuthTag()]).toString('base64')
  return { ciphertext: `vault:v${keys.size}:${all}` }
}

function decrypted(
  keys: ReadonlyMap<number, Buffer>,
  { ciphertext = '' }: { ciphertext?: string },
) {
  const [, version = '', all = ''] = ciphertext.split(':')
  const bytes = Buffer.from(all, 'base64')
  const key = keys.get(Number(version.slice(1))) ?? ''
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12))
  decipher.setAuthTag(bytes.subarray(-16))
  const text = Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()])
  return { plaintext: text.toString('base64') }
}
