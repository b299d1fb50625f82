import { instant } from '#core/time/time.ts'
import { responseOf } from '../server/client.ts'
import { type Connection, headerIn, openConnection, type Reply, type Request } from './http.ts'
import { PASSWORD, userNameOf } from '../server/population.ts'
import type { Server } from '../server/server-process.ts'

/** A browser: cookies, and the headers that browsers send. */
export interface Browser {
  get(path: string): Promise<Reply>
  post(path: string, fields: Readonly<Record<string, string>>): Promise<Reply>
  /** Closed and opened again: what was to be kept for longer is still there. */
  restart(): void
  /** How many requests it has sent so far. */
  sent(): number
}

interface Cookie {
  readonly name: string
  readonly value: string
  readonly path: string
  readonly isLasting: boolean
}

const USER_AGENT = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'

/**
 * Browsers come through a proxy, which shares its connections among them.
 *
 * @param session of one who is logged in already
 */
export function openBrowser(
  { port, issuer }: Pick<Server, 'port' | 'issuer'>,
  address: string,
  session?: { readonly name: string; readonly token: string },
): Browser {
  const jar = new Map<string, Cookie>()
  if (session) {
    const { name, token: value } = session
    jar.set(`${name} /`, { name, value, path: '/', isLasting: false })
  }
  const common = [
    `host: ${new URL(issuer).host}`,
    `user-agent: ${USER_AGENT}`,
    'accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
    'accept-language: en-US,en;q=0.5',
    'accept-encoding: gzip, deflate, br, zstd',
    'sec-fetch-site: same-origin',
    'sec-fetch-mode: navigate',
    'sec-fetch-dest: document',
    `x-forwarded-for: ${address}`,
    '',
  ].join('\r\n')
  const posting = `origin: ${issuer}\r\ncontent-type: application/x-www-form-urlencoded\r\n`
  let count = 0
  const headers = (to: string, more: string) => {
    const cookies = [...jar.values()]
      .filter(({ path }) => to.startsWith(path))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ')
    return `${common}${cookies && `cookie: ${cookies}\r\n`}${more}`
  }
  const asked = async (request: Request): Promise<Reply> => {
    count += 1
    const reply = await throughProxy(port, request)
    keepCookies(jar, reply.head)
    return reply
  }
  return {
    get: (path) => asked({ method: 'GET', path, headers: headers(path, '') }),
    post: (path, fields) => {
      const body = new URLSearchParams(fields).toString()
      return asked({ method: 'POST', path, headers: headers(path, posting), body })
    },
    restart() {
      for (const [key, { isLasting }] of jar) if (!isLasting) jar.delete(key)
    },
    sent: () => count,
  }
}

/** Idle connections to each server. */
const idle = new Map<number, Connection[]>()

/** One request over a connection that the proxy keeps. */
export async function throughProxy(port: number, request: Request): Promise<Reply> {
  const pool = idle.get(port) ?? []
  idle.set(port, pool)
  const connection = pool.pop() ?? openConnection(port)
  const reply = await connection.ask(request)
  pool.push(connection)
  return reply
}

/** Before a server is stopped: it would wait for connections that are kept open. */
export function hangUp(port: number): void {
  for (const connection of idle.get(port) ?? []) connection.close()
  idle.delete(port)
}

function keepCookies(jar: Map<string, Cookie>, head: string): void {
  for (const [line, name = '', value = ''] of head.matchAll(
    /^set-cookie: ([^=\r]+)=([^;\r]*).*/gim,
  )) {
    const path = /; path=([^;\r]+)/i.exec(line)?.[1] ?? '/'
    const key = `${name} ${path}`
    if (value === '') jar.delete(key)
    else jar.set(key, { name, value, path, isLasting: /; max-age=/i.test(line) })
  }
}

/**
 * A whole login, with every request that a browser makes for a page: the form, the password, the
 * challenge that it leads to, the response, and the portal.
 *
 * @returns `shed` when the server is too busy to begin it.
 */
export async function logIn(browser: Browser, index: number): Promise<'in' | 'shed'> {
  const started = await sendPassword(browser, await browser.get('/login'), index)
  if (started.status === 429 || started.status === 503) return 'shed'
  const answered = await answerOn(browser, leads(started), index)
  const page = await browser.get(leads(answered))
  if (page.status !== 200) throw new Error(`client ${index} did not land: ${told(page)}`)
  return 'in'
}

/** Fills the form in, and sends it. */
export const sendPassword = async (browser: Browser, form: Reply, index: number): Promise<Reply> =>
  await browser.post('/login', {
    form: fieldIn(form, 'form'),
    continue: fieldIn(form, 'continue'),
    userName: userNameOf(index),
    password: PASSWORD,
    environment: 'live',
  })

/**
 * Something that a session alone may not do, with every request of its pages: another password is
 * asked for, the one there is typed again, the challenge is answered, and the page where it would
 * be chosen is reached.
 */
export async function confirmTask(browser: Browser, index: number): Promise<void> {
  const page = await browser.get(ANOTHER_PASSWORD)
  const form = fieldIn(page, 'form')
  const task = leads(await browser.post(`${ANOTHER_PASSWORD}/begin`, { form }))
  const asked = await browser.get(task)
  const userName = userNameOf(index)
  const typed = { form: fieldIn(asked, 'form'), userName, password: PASSWORD }
  const path = leads(await browser.post(task, typed))
  const chosen = await landed(browser, await answerOn(browser, path, index))
  if (!chosen.body.includes('new-password')) throw new Error(`not confirmed: ${told(chosen)}`)
}

/** The page at the end of a chain of redirections. */
async function landed(browser: Browser, reply: Reply): Promise<Reply> {
  let last = reply
  while (last.status === 303) last = await browser.get(leads(last))
  return last
}

const ANOTHER_PASSWORD = '/portal/security/password'

/** Opens the page of a challenge, and types the response to its number. */
export async function answerOn(browser: Browser, path: string, index: number): Promise<Reply> {
  const page = await browser.get(path)
  return await browser.post(`${path}/answer`, {
    form: fieldIn(page, 'form'),
    view: fieldIn(page, 'view'),
    answer: responseOf(index, numberOn(page), instant(Date.now())),
  })
}

/** The value of a hidden field. */
export function fieldIn({ body, ...reply }: Reply, name: string): string {
  const mark = `name="${name}" value="`
  const start = body.indexOf(mark)
  if (start === -1) throw new Error(`no field ${name}: ${told({ body, ...reply })}`)
  const from = start + mark.length
  return body.toString('utf8', from, body.indexOf('"', from))
}

/** The challenge as it is read out: digit by digit. */
function numberOn(page: Reply): string {
  const digits = /<p class="number"><span class="hidden">([\d ]+)</.exec(
    page.body.toString('latin1'),
  )
  if (!digits?.[1]) throw new Error(`no number: ${told(page)}`)
  return digits[1].replaceAll(' ', '')
}

/** Where a reply leads by itself: by a redirection, or by a page that goes on at once. */
export function leadsOn({ status, head, body }: Reply): string | null {
  if (status === 303) return headerIn(head, 'location')
  const refresh = /http-equiv="refresh" content="0;url=([^"]+)"/.exec(body.toString('latin1'))
  return refresh?.[1]?.replaceAll('&amp;', '&') ?? null
}

function leads(reply: Reply): string {
  const to = headerIn(reply.head, 'location')
  if (reply.status !== 303 || to === null) throw new Error(`leads nowhere: ${told(reply)}`)
  return to
}

export const told = ({ head, body }: Reply): string => `${head}\n${body.toString().slice(0, 2_000)}`
