import {
  diagnoseLost,
  eventsFinding,
  type Findings,
  type Lost,
  PATHS,
  TEXT_SENT,
} from '../../../src/core/connectivity/diagnosis.ts'

/** The way from this browser to the server, as far as any page may test it. */

/** A way on which nothing came by then is closed. */
export const PATIENCE_MS = 8_000
/**
 * A network that asks for its terms first may say so.
 *
 * @see RFC 6585, section 6
 */
const TERMS_ASKED = 511

/** Whether a text comes as it was sent: something in between may answer in our place. */
export async function textArrives(): Promise<Findings['text']> {
  try {
    const answer = await asks(PATHS.text)
    // Our own proxy answers so when the server restarts: that says nothing of the client's network.
    if (answer.status >= 500 && answer.status !== TERMS_ASKED) return 'unknown'
    return answer.ok && (await answer.text()) === TEXT_SENT ? 'works' : 'changed'
  } catch {
    return 'blocked'
  }
}

export async function asks(path: string): Promise<Response> {
  return await fetch(path, {
    cache: 'no-store',
    // A network that asks for its terms first leads elsewhere: that is no answer of ours.
    redirect: 'manual',
    signal: AbortSignal.timeout(PATIENCE_MS),
  })
}

export async function eventsArrive(): Promise<Findings['events']> {
  const arrivals: number[] = []
  try {
    const answer = await asks(PATHS.events)
    // We have tested too often, or are too many: that says nothing of the way.
    if (!answer.ok || !answer.body) return 'unknown'
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
    let received = ''
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      received += read.value
      // An event may come in two pieces.
      const count = received.split('event: test').length - 1
      while (arrivals.length < count) arrivals.push(performance.now())
    }
    return eventsFinding(arrivals)
  } catch {
    return eventsFinding(arrivals)
  }
}

/** What stands in the way of a page that hears nothing; `null` where nothing is found. */
export async function findLost(): Promise<Lost | null> {
  const text = await textArrives()
  return diagnoseLost(text, text === 'works' ? await eventsArrive() : 'unknown')
}
