import { type KeyObject, randomBytes, sign } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { once } from 'node:events'
import { canonicalJson } from '#core/json.ts'
import { addressOf } from '../server/client.ts'
import { written } from './http.ts'
import { phoneOf } from '../server/population.ts'
import type { Server } from '../server/server-process.ts'

/** A phone that holds its event stream open. */
export interface Phone {
  readonly index: number
  /** When it is next told to look, by the clock that all processes of a machine share; in ms. */
  next(): Promise<number>
  close(): void
}

const WITHIN_MS = 10_000

/** Connects a phone, and waits for the first event: from then on it hears everything. */
export async function connectPhone(
  server: Server,
  { index, key }: { readonly index: number; readonly key: KeyObject },
): Promise<Phone> {
  const { port } = server
  const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true })
  let heard: ((at: number) => void) | null = null
  const next = () =>
    new Promise<number>((resolve, reject) => {
      const tooLate = setTimeout(() => reject(new Error(`phone ${index} heard nothing`)), WITHIN_MS)
      heard = (at) => {
        clearTimeout(tooLate)
        heard = null
        resolve(at)
      }
    })
  const first = next()
  socket.on('data', (bytes) => {
    const at = Number(process.hrtime.bigint()) / 1e6
    if (bytes.includes('event: changed')) heard?.(at)
  })
  await once(socket, 'connect')
  const headers =
    `host: 127.0.0.1:${port}\r\ncontent-type: application/json\r\n` +
    `x-forwarded-for: ${addressOf(index)}\r\n`
  const body = JSON.stringify({ jws: signedRequest(server, { index, key, act: 'events' }) })
  socket.write(written({ method: 'POST', path: '/phone/api/events', headers, body }))
  await first
  return { index, next, close: () => socket.destroy() }
}

/** By phone: a server that has heard of a request the phone does not know takes it for a copy. */
const signedBefore = new Map<number, readonly number[]>()

/** A compact JWS under the device key. @see RFC 7515, "JSON Web Signature", section 3.1 */
function signedRequest(
  { issuer }: Server,
  { index, key, act }: { readonly index: number; readonly key: KeyObject; readonly act: string },
): string {
  const encoded = (text: string) => Buffer.from(text).toString('base64url')
  const nonce = randomBytes(16).toString('base64url')
  const time = Date.now()
  const before = signedBefore.get(index) ?? []
  signedBefore.set(index, [...before, time])
  const payload = canonicalJson({ aud: issuer, act, time, nonce, before })
  const header = JSON.stringify({ alg: 'ES256', kid: phoneOf(index) })
  const signed = `${encoded(header)}.${encoded(payload)}`
  const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' })
  return `${signed}.${signature.toString('base64url')}`
}
