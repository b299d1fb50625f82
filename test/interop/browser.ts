import { request as ask } from 'node:http'
import { text } from 'node:stream/consumers'

/**
 * A browser as far as these scripts need one: cookies by host, several tabs, and redirections
 * followed.
 */
export interface Browser {
  get(address: string): Promise<Page>
  post(address: string, fields: Readonly<Record<string, string>>): Promise<Page>
}

export interface Page {
  readonly address: string
  readonly status: number
  readonly headers: Headers
  readonly body: string
}

interface Cookie {
  readonly name: string
  readonly value: string
  readonly host: string
  readonly path: string
}

const REDIRECTIONS_MAX = 20

export function openBrowser(): Browser {
  const jar = new Map<string, Cookie>()
  const cookiesFor = ({ hostname, pathname }: URL) =>
    [...jar.values()]
      .filter(({ host, path }) => host === hostname && pathname.startsWith(path))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ')

  async function open(url: URL, form: URLSearchParams | null, count = 0): Promise<Page> {
    if (count > REDIRECTIONS_MAX) throw new Error(`it goes round in circles: ${url.href}`)
    const cookie = cookiesFor(url)
    const { status, headers, body } = await answered(url, { ...(cookie && { cookie }) }, form)
    for (const line of headers.getSetCookie()) keep(jar, url, line)
    const refresh = /http-equiv="refresh" content="0;url=([^"]+)"/.exec(body)?.[1]
    const target = headers.get('location') ?? refresh?.replaceAll('&amp;', '&')
    if (target) return await open(new URL(target, url), null, count + 1)
    return { address: url.href, status, headers, body }
  }
  return {
    get: (address) => open(new URL(address), null),
    post: (address, fields) => open(new URL(address), new URLSearchParams(fields)),
  }
}

/**
 * What a browser says of itself when a client follows a link; `fetch` would say that a script asks.
 */
const NAVIGATION = {
  accept: 'text/html,application/xhtml+xml',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
}

async function answered(
  url: URL,
  cookies: Readonly<Record<string, string>>,
  form: URLSearchParams | null,
): Promise<Pick<Page, 'status' | 'headers' | 'body'>> {
  const sent = form && { origin: url.origin, 'content-type': 'application/x-www-form-urlencoded' }
  return await new Promise((resolve, reject) => {
    const method = form ? 'POST' : 'GET'
    const asked = ask(
      url,
      { method, headers: { ...NAVIGATION, ...cookies, ...sent } },
      (answer) => {
        const headers = new Headers()
        for (const [name, values] of Object.entries(answer.headersDistinct)) {
          for (const value of values ?? []) headers.append(name, value)
        }
        const status = answer.statusCode ?? 0
        text(answer).then((body) => resolve({ status, headers, body }), reject)
      },
    )
    asked.on('error', reject).end(form?.toString())
  })
}

function keep(jar: Map<string, Cookie>, { hostname: host }: URL, line: string): void {
  const [pair = '', ...attributes] = line.split(';').map((part) => part.trim())
  const [name = '', value = ''] = pair.split(/=(.*)/s)
  const path = attributes.find((one) => /^path=/i.test(one))?.slice('path='.length) || '/'
  const key = [host, path, name].join(' ')
  const isGone = attributes.some((one) => /^(max-age=0|expires=thu, 01.jan.1970.*)$/i.test(one))
  if (isGone || value === '') jar.delete(key)
  else jar.set(key, { name, value, host, path })
}
