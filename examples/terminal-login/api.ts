/**
 * What this client knows of the server: the JSON API, as docs/openapi.json describes it. There is
 * no package behind it; `fetch` is enough.
 */
export interface Api {
  startLogin(claim: Claim): Promise<Started>
  /** Asks the device that was used last, again. */
  openChallenge(started: Started): Promise<Login>
  /** @param answer what was typed, under the name of the field that was shown. */
  answer(started: Started, answer: Readonly<Record<string, string>>): Promise<NewSession | null>
  claimSession(started: Started): Promise<NewSession>
  session(token: string): Promise<Session>
  /** The login as it is, and again whenever it changes, until it is over. */
  watch(started: Started, signal: AbortSignal): AsyncGenerator<Login>
}

export interface Claim {
  readonly userName: string
  readonly password: string
  readonly environment: 'live' | 'paper'
  readonly platform: string
  readonly language: 'en' | 'fr'
}

export interface Started {
  readonly login: Login
  /** Goes with every later request about this login. */
  readonly secret: string
}

export interface Login {
  readonly id: string
  readonly state: 'started' | 'choosing' | 'challenged' | 'completed' | 'refused' | 'expired'
  readonly choices: readonly { readonly authenticator: string; readonly method: string }[]
  readonly views: readonly View[]
  readonly receipts: readonly { readonly kind: Receipt }[]
  readonly refusal: { readonly title: string } | null
}

/** What the phone has reported, or the carrier of a text or call. */
export type Receipt = 'received' | 'opened' | 'sent' | 'delivered' | 'failed'

export interface View {
  readonly name: string
  readonly title: string
  readonly lead: string
  readonly number: { readonly digits: string } | null
  readonly steps: readonly { readonly text: string }[]
  readonly waitsUntil: string | null
  readonly field: { readonly name: string; readonly label: string } | null
}

export interface NewSession {
  readonly token: string
}

export interface Session {
  readonly userName: string
  readonly account: string | null
  readonly environment: string
  readonly acr: string
  readonly expiresAt: string
  readonly rights: { readonly trading: boolean }
}

/** What the server says "no" to, in words for a person. @see RFC 9457 */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly code: string

  constructor({ title, code }: { readonly title: string; readonly code: string }) {
    super(title)
    this.code = code
  }
}

interface Request {
  readonly secret?: string
  readonly body?: object
  readonly method?: string
}

/** @param language in which the server says no. */
export function apiAt(server: string, language: 'en' | 'fr' = 'en'): Api {
  const ask = async <T>(path: string, { secret, body, method }: Request): Promise<T> => {
    const response = await fetch(server + path, {
      method: method ?? (body ? 'POST' : 'GET'),
      headers: {
        'accept-language': language,
        ...(body && { 'content-type': 'application/json' }),
        ...(secret !== undefined && { authorization: `Bearer ${secret}` }),
      },
      ...(body && { body: JSON.stringify(body) }),
    })
    const said = (await response.json()) as T & { readonly title: string; readonly code: string }
    if (!response.ok) throw new Refused(said)
    return said
  }
  const pathOf = ({ login }: Started) => `/api/logins/${login.id}`
  return {
    startLogin: (claim) => ask('/api/logins', { body: claim }),
    openChallenge(started) {
      const { secret, login } = started
      const [choice] = login.choices
      const body = { authenticator: choice?.authenticator ?? '' }
      return ask(`${pathOf(started)}/challenge`, { secret, body })
    },
    async answer(started, answer) {
      const { secret } = started
      const body = { answer }
      const path = `${pathOf(started)}/answer`
      return (await ask<{ session: NewSession | null }>(path, { secret, body })).session
    },
    async claimSession(started) {
      const { secret } = started
      const path = `${pathOf(started)}/session`
      return (await ask<{ session: NewSession }>(path, { secret, method: 'POST' })).session
    },
    session: (token) => ask('/api/session', { secret: token }),
    async *watch(started, signal) {
      const headers = { authorization: `Bearer ${started.secret}` }
      const response = await fetch(`${server}${pathOf(started)}/events`, { headers, signal })
      if (!response.body) return
      for await (const line of linesOf(response.body)) {
        if (line.startsWith('data: {')) yield JSON.parse(line.slice('data: '.length)) as Login
      }
    },
  }
}

/** @see WHATWG HTML, "Server-sent events": of the format only what this server sends. */
async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const bytes of body) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
}
