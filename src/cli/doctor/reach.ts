import { connect } from 'node:net'

/** What does not answer by then does not answer clients either. */
export const PATIENCE_MS = 5_000

export interface Target {
  readonly host: string
  readonly port: number
}

/** A host as a socket takes it: an IPv6 address stands in brackets within addresses only. */
export const bare = (host: string): string => host.replace(/^\[|\]$/g, '')

/** Whether it takes a connection. */
export const isReached = async ({ host, port }: Target): Promise<boolean> =>
  await new Promise((resolve) => {
    const socket = connect({ host: bare(host), port, timeout: PATIENCE_MS })
    const end = (isOpen: boolean) => {
      socket.destroy()
      resolve(isOpen)
    }
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
    socket.once('timeout', () => end(false))
  })

export const OK = 200

/** Much more than any text that we ask for. */
const TEXT_LENGTH_MAX = 4_096

interface Answer {
  readonly status: number
  readonly headers: Headers
  /** `null` where it does not end soon. */
  readonly text: string | null
}

/**
 * What is answered at an address, wherever it leads. Another party may answer, and never end: no
 * more is read than can be ours.
 */
export async function answerAt(address: string): Promise<Answer> {
  const signal = AbortSignal.timeout(PATIENCE_MS)
  const { status, headers, body } = await fetch(address, { redirect: 'manual', signal })
  let text = ''
  // To leave the loop is to let go of the connection.
  for await (const piece of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += piece
    if (text.length > TEXT_LENGTH_MAX) return { status, headers, text: null }
  }
  return { status, headers, text }
}

/** When each event of a stream came; `null` where there is no stream. */
export async function arrivalsOf(address: string): Promise<readonly number[] | null> {
  const arrivals: number[] = []
  const signal = AbortSignal.timeout(PATIENCE_MS)
  const answer = await fetch(address, { redirect: 'manual', signal }).catch(() => null)
  if (!answer?.ok || !answer.body) return null
  let received = ''
  try {
    for await (const piece of answer.body.pipeThrough(new TextDecoderStream())) {
      received = (received + piece).slice(-RECEIVED_MAX)
      const count = received.split('event: test').length - 1
      while (arrivals.length < count) arrivals.push(performance.now())
    }
  } catch {
    // It was cut off: what has arrived is what there is.
  }
  return arrivals
}

/** Much more than all events. */
const RECEIVED_MAX = 65_536
