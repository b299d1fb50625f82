import { type Delivered, DELIVERY_PATIENCE_MS } from '#channels/channel.ts'
import type { Json } from '#core/json.ts'

/** A request as the operator has written it, with `{{names}}` where values go. */
export interface RequestTemplate {
  readonly url: string
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface HttpRequest {
  readonly url: string
  readonly method: RequestTemplate['method']
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
}

export type Values = Readonly<Record<string, string>>

/**
 * Puts values in their places, each written so that it cannot be taken for anything but a value: in
 * an address, in JSON, in a form, in XML. In a header only what has no line break.
 *
 * @returns `null` when a value cannot stand where it belongs.
 */
export function filled(template: RequestTemplate, values: Values): HttpRequest | null {
  const headers = Object.entries(template.headers).map(
    ([name, value]) => [name.toLowerCase(), put(value, values, String)] as const,
  )
  if (headers.some(([, value]) => !/^[\x20-\x7e]*$/.test(value))) return null
  const type = headers.find(([name]) => name === 'content-type')?.[1] ?? ''
  const { method, url } = template
  return {
    method,
    headers: Object.fromEntries(headers),
    url: put(url, values, encodeURIComponent),
    body: method === 'GET' ? null : put(template.body, values, escapeFor(type)),
  }
}

function escapeFor(type: string): (value: string) => string {
  if (type.includes('json')) return (value) => JSON.stringify(value).slice(1, -1)
  if (type.includes('xml')) return (value) => escapeXml(value)
  if (type.includes('x-www-form-urlencoded')) return encodeURIComponent
  return String
}

/** For text and attributes alike. */
export const escapeXml = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

const put = (text: string, values: Values, escape: (value: string) => string): string =>
  text.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => escape(values[name] ?? ''))

/** Whether a template names a value; the other side can then tell a repetition by it. */
export const mentions = ({ url, headers, body }: RequestTemplate, name: string): boolean =>
  [url, body, ...Object.values(headers)].some((text) => text.includes(`{{${name}}}`))

/** What the other side answered; `null` body when it was no JSON. */
export interface HttpAnswer {
  readonly status: number
  readonly body: Json | null
}

/** No answer: `isUnsent` when the request certainly reached no server. */
export interface NoAnswer {
  readonly status: null
  readonly isUnsent: boolean
  readonly reason: string
}

/** The answer of a provider is shorter than this. */
const ANSWER_BYTES_MAX = 65_536

export interface Sending {
  readonly fetch: typeof fetch
  readonly patienceMs?: number
}

/**
 * Sends a request and reads the answer; never throws. A redirection is an answer, and is not
 * followed.
 */
export async function sendRequest(
  { url, method, headers, body }: HttpRequest,
  { fetch, patienceMs = DELIVERY_PATIENCE_MS }: Sending,
): Promise<HttpAnswer | NoAnswer> {
  try {
    const signal = AbortSignal.timeout(patienceMs)
    const init = { method, headers, body, signal, redirect: 'manual' } as const
    const response = await fetch(url, init)
    return { status: response.status, body: await jsonOf(response) }
  } catch (error) {
    const cause = error instanceof Error ? (error.cause as { readonly code?: string } | null) : null
    const reason = cause?.code ?? (error instanceof Error ? error.name : 'unknown')
    return { status: null, isUnsent: UNSENT.has(reason), reason }
  }
}

/** No server was there to take it. */
const UNSENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])

async function jsonOf({ body }: Response): Promise<Json | null> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    length += chunk.length
    if (length > ANSWER_BYTES_MAX) return null
    chunks.push(chunk)
  }
  return parsed(Buffer.concat(chunks).toString('utf8'))
}

/** JSON, or `null` when it is none. */
export function parsed(text: string): Json | null {
  try {
    return JSON.parse(text) as Json
  } catch {
    return null
  }
}

/**
 * What an answer means for a delivery, when it does not mean that it was taken.
 *
 * @param isIdempotent whether the other side knows a repetition by its id. If it does not, what may
 *   have been taken is not sent again.
 */
export function undelivered(
  answer: HttpAnswer | NoAnswer,
  isIdempotent: boolean,
): Extract<Delivered, { readonly outcome: 'failed' | 'later' }> {
  const { status } = answer
  if (status === null) {
    if (answer.isUnsent || isIdempotent) return { outcome: 'later', reason: answer.reason }
    return { outcome: 'failed', reason: 'unclear' }
  }
  // Too many, or not now: it was not taken. A redirect leads to a host that the operator did not
  // configure.
  if (status === 429 || status === 503 || (status >= 300 && status < 400) || NOT_US.has(status))
    return { outcome: 'later', reason: `status ${status}` }
  if (status >= 500 || status === 408 || status < 300)
    return isIdempotent
      ? { outcome: 'later', reason: `status ${status}` }
      : { outcome: 'failed', reason: 'unclear' }
  return { outcome: 'failed', reason: 'rejected' }
}

/**
 * Our credentials are refused, or the account is empty: after the operator has corrected that, it
 * goes on.
 */
const NOT_US = new Set([401, 402, 403, 404, 405, 407])

/** The value at a place in JSON. @see RFC 6901, "JSON Pointer" */
export function at(json: Json | null, pointer: string): Json | undefined {
  if (pointer === '') return json ?? undefined
  let here: unknown = json
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~')
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, key)) return undefined
    here = (here as Readonly<Record<string, unknown>>)[key]
  }
  return here as Json
}

/** A name that a provider gave something; numbers count too. */
export function nameAt(json: Json | null, pointer: string): string | null {
  const found = at(json, pointer)
  const name = typeof found === 'number' ? String(found) : found
  return typeof name === 'string' && name !== '' && name.length <= NAME_LENGTH_MAX ? name : null
}

const NAME_LENGTH_MAX = 200
