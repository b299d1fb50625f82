import {
  type Api,
  type Claim,
  type Login,
  type Receipt,
  Refused,
  type Session,
  type Started,
} from './api.ts'

/** What the client reads and types; a test puts itself in their place. */
export interface Terminal {
  say(line: string): void
  /** @returns `null` when `signal` ends the wait before something was typed. */
  ask(question: string, signal?: AbortSignal): Promise<string | null>
  askSecretly(question: string): Promise<string>
}

export interface LoginOptions {
  readonly platform: string
  readonly environment: Claim['environment']
  readonly language: Claim['language']
}

/**
 * Logs in: user name and password, then either the phone approves, or what is asked for is typed.
 * Whichever comes first ends the other.
 *
 * @throws Refused when the login is over without a session.
 */
export async function logIn(api: Api, terminal: Terminal, options: LoginOptions): Promise<Session> {
  const userName = (await terminal.ask('User name: ')) ?? ''
  const password = await terminal.askSecretly('Password: ')
  const started = await api.startLogin({ userName, password, ...options })
  const done = new AbortController()
  const attempt = { started, signal: done.signal }
  try {
    const ways = [typedResponse(api, terminal, attempt), approvedElsewhere(api, terminal, attempt)]
    return await api.session(await Promise.race(ways))
  } finally {
    done.abort()
  }
}

interface Attempt {
  readonly started: Started
  readonly signal: AbortSignal
}

/** What the device shows or the client was told, as often as the server wants to hear it. */
async function typedResponse(
  api: Api,
  terminal: Terminal,
  { started, signal }: Attempt,
): Promise<string> {
  for (let { login } = started; ; login = await api.openChallenge(started)) {
    // With several devices nothing has been asked yet: the one that was used last is asked.
    if (login.state === 'choosing') continue
    describe(terminal, login)
    const field = login.views.flatMap((view) => view.field ?? [])[0]
    if (!field) return await never()
    const typed = await terminal.ask(`${field.label}: `, signal)
    if (typed === null) return await never()
    try {
      const session = await api.answer(started, { [field.name]: typed })
      if (session) return session.token
    } catch (error) {
      if (!(error instanceof Refused && ASK_AGAIN.has(error.code))) throw error
      terminal.say(error.message)
    }
  }
}

const ASK_AGAIN = new Set(['login.wrong-answer', 'login.malformed-answer', 'login.too-late'])

/**
 * Nothing was typed because the other way was first, or there is nothing to type: that one decides.
 */
const never = (): Promise<never> => new Promise(() => {})

/** The phone approves, and the session is there to be taken. */
async function approvedElsewhere(
  api: Api,
  terminal: Terminal,
  { started, signal }: Attempt,
): Promise<string> {
  let told = 0
  for await (const login of api.watch(started, signal)) {
    for (const { kind } of login.receipts.slice(told)) terminal.say(RECEIPTS[kind])
    told = login.receipts.length
    if (login.state === 'completed') return (await api.claimSession(started)).token
    if (login.refusal) throw new Refused({ ...login.refusal, code: 'refused' })
  }
  throw new Error('the login is over')
}

const RECEIPTS: Readonly<Record<Receipt, string>> = {
  received: 'Your phone has the request.',
  opened: 'It is open on your phone.',
  sent: 'It was sent.',
  delivered: 'It has arrived.',
  failed: 'It did not arrive.',
}

function describe({ say }: Terminal, { views }: Login): void {
  const [view] = views
  if (!view) return
  say('')
  say(view.title)
  say(view.lead)
  const digits = views.flatMap(({ number }) => number?.digits ?? [])[0]
  if (digits) say(`\n    ${digits.slice(0, 3)} ${digits.slice(3)}\n`)
  for (const [index, { text }] of views.flatMap(({ steps }) => steps).entries())
    say(`${index + 1}. ${text.replaceAll('**', '')}`)
}
