import { createHash, randomBytes } from 'node:crypto'
import { PLATFORM } from '../server/platform.ts'
import type { Server } from '../server/server-process.ts'
import { answerOn, type Browser, leadsOn, sendPassword, throughProxy, told } from './browser.ts'
import { headerIn, type Reply } from './http.ts'

/**
 * A whole login at a trading platform, from its button to the tokens: every request that its client
 * and its server send to the login server.
 *
 * @returns how many those were.
 */
export async function logInAtPlatform(
  server: Server,
  browser: Browser,
  index: number,
): Promise<number> {
  const sentBefore = browser.sent()
  const [state, nonce, verifier] = [secret(), secret(), secret()]
  const query = new URLSearchParams({
    client_id: PLATFORM.id,
    redirect_uri: CALLBACK,
    response_type: 'code',
    scope: 'openid profile',
    state,
    nonce,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  })
  const form = await reached(server, browser, `/oidc/auth?${query.toString()}`)
  if (form.reply === null) throw new Error(`client ${index} was not asked`)
  const started = await sendPassword(browser, form.reply, index)
  const path = leadsOn(started)
  if (path === null) throw new Error(`client ${index} leads nowhere: ${told(started)}`)
  const answered = await answerOn(browser, path, index)
  const { address } = await reached(server, browser, leadsOn(answered) ?? path)
  const back = new URL(address)
  if (!address.startsWith(CALLBACK) || back.searchParams.get('state') !== state) {
    throw new Error(`client ${index} did not come back: ${address}`)
  }
  await exchange(server, { code: back.searchParams.get('code') ?? '', verifier })
  return browser.sent() - sentBefore + 1
}

const [CALLBACK] = PLATFORM.redirectUris
const secret = (): string => randomBytes(32).toString('base64url')

/** Where a browser comes to: a page that asks for something, or another house. */
async function reached(
  { issuer }: Server,
  browser: Browser,
  from: string,
): Promise<{ readonly address: string; readonly reply: Reply | null }> {
  let address = new URL(from, issuer)
  while (address.origin === issuer) {
    const reply = await browser.get(address.pathname + address.search)
    const next = leadsOn(reply)
    if (next === null) return { address: address.href, reply }
    address = new URL(next, issuer)
  }
  return { address: address.href, reply: null }
}

/** The platform's server redeems the code. @see RFC 6749, section 4.1.3 */
async function exchange(
  { port }: Server,
  { code, verifier }: { readonly code: string; readonly verifier: string },
): Promise<void> {
  const reply = await throughProxy(port, {
    method: 'POST',
    path: '/oidc/token',
    headers: `host: 127.0.0.1:${port}\r\n${OF_THE_PLATFORM}`,
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      redirect_uri: CALLBACK,
      code_verifier: verifier,
    }).toString(),
  })
  const isGiven = reply.status === 200 && headerIn(reply.head, 'content-type')?.includes('json')
  const tokens = isGiven ? (JSON.parse(reply.body.toString()) as { id_token?: unknown }) : {}
  if (typeof tokens.id_token !== 'string') throw new Error(`no tokens: ${told(reply)}`)
}

const CREDENTIALS = Buffer.from(`${PLATFORM.id}:${PLATFORM.secret}`).toString('base64')
const OF_THE_PLATFORM =
  `authorization: Basic ${CREDENTIALS}\r\n` +
  'content-type: application/x-www-form-urlencoded\r\naccept: application/json\r\n'
