import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import type { PhoneList, PhoneRequest } from '#methods/phone-key/wire.ts'
import { type Binding, clockOf, markRevoked } from './bindings.ts'
import { serverTime } from './clock.ts'
import { ask, listRequests, type Trouble } from './server.ts'
import { isStopped } from './outcomes.ts'
import { listen } from './stream.ts'

/** What the phone knows of the server's requests. */
export interface Inbox {
  /**
   * `null` until the server was heard for the first time; an old list stays when the server is not.
   */
  readonly list: PhoneList | null
  readonly trouble: Trouble | null
  readonly looking: boolean
  /** Server minus phone. */
  readonly offset_ms: number
}

const UNKNOWN: Inbox = { list: null, trouble: null, looking: false, offset_ms: 0 }

/**
 * A login that asks anew, after a wrong answer, keeps its transaction; the request is another one.
 */
export const identityOf = ({ transaction, expiresAt }: PhoneRequest): string =>
  `${transaction} ${expiresAt}`

/** Requests of a list that are still open by the server's clock. */
export function openRequests(
  { list, offset_ms }: Inbox,
  phone_ms: number,
): readonly PhoneRequest[] {
  return list?.requests.filter(({ expiresAt }) => expiresAt > phone_ms + offset_ms) ?? []
}

/**
 * Keeps the list of requests true: looks at every opening and whenever the app comes to the front
 * (R043), and listens in between (R042). Tells the server once about each request that has arrived.
 */
export function useInbox(
  binding: Binding | null,
  on: {
    readonly arrived: (requests: readonly PhoneRequest[]) => void
    readonly revoked: () => void
  },
): readonly [Inbox, Look] {
  const [inbox, setInbox] = useState<Inbox>(UNKNOWN)
  const latest = useRef(UNKNOWN)
  const heard = useRef(on)
  heard.current = on
  const received = useRef(new Set<string>())
  const running = useRef<Run | null>(null)

  const change = (changed: Partial<Inbox>) => {
    latest.current = { ...latest.current, ...changed }
    setInbox(latest.current)
  }
  const look = useCallback<Look>(async () => {
    if (!binding || binding.revoked) return latest.current
    // A caller that asks while an answer is on its way gets the next one.
    if (running.current?.binding === binding) {
      running.current.again = true
      return running.current.ended
    }
    const run: Run = { binding, again: false, ended: Promise.resolve(latest.current) }
    running.current = run
    run.ended = lookAs(run)
    return run.ended
  }, [binding])

  async function lookAs(run: Run): Promise<Inbox> {
    change({ looking: true })
    const answer = await listRequests(run.binding)
    const { offset_ms } = await clockOf(run.binding.authenticator)
    if (running.current !== run) return latest.current
    if (run.again) {
      run.again = false
      return lookAs(run)
    }
    running.current = null
    if (answer.ok) {
      change({ list: answer.value, trouble: null, looking: false, offset_ms })
      void acknowledge(run.binding, answer.value.requests)
      const isKnown = answer.value.desk === 'on'
      if (!isKnown || !run.binding.deskKey) void shareDeskKey(run.binding, isKnown)
    } else {
      change({ trouble: answer.problem, looking: false, offset_ms })
      if (isStopped(answer.problem)) {
        await markRevoked(run.binding.authenticator)
        heard.current.revoked()
      }
    }
    return latest.current
  }

  async function acknowledge(to: Binding, requests: readonly PhoneRequest[]): Promise<void> {
    const fresh = requests.filter((request) => !received.current.has(identityOf(request)))
    for (const request of fresh) received.current.add(identityOf(request))
    if (fresh.length > 0) heard.current.arrived(fresh)
    for (const { transaction } of fresh) await ask(to, { act: 'received', transaction })
  }

  useEffect(() => {
    change(UNKNOWN)
    if (!binding || binding.revoked) return undefined
    const stop = wakeOn(binding, look)
    return () => {
      running.current = null
      stop()
    }
  }, [binding, look])

  return [inbox, look]
}

/**
 * Asks the server for open requests, and resolves with what is known once an answer that was asked
 * for now is in.
 */
export type Look = () => Promise<Inbox>

interface Run {
  readonly binding: Binding
  again: boolean
  ended: Promise<Inbox>
}

/**
 * Looks now, when the stream says that something has changed, and when the phone or its network
 * wakes up.
 */
function wakeOn(binding: Binding, look: Look): () => void {
  void look()
  // Whatever the stream says, the list knows more: it has changed, this phone was revoked, or the
  // connection is gone, and then the list says so.
  const stream = listen(binding, () => void look())
  const awake = () => {
    if (document.visibilityState !== 'visible') return
    stream.nudge()
    void look()
  }
  document.addEventListener('visibilitychange', awake)
  // What is known of a call is known no more.
  const lost = () => void look()
  window.addEventListener('online', awake)
  window.addEventListener('offline', lost)
  return () => {
    stream.close()
    document.removeEventListener('visibilitychange', awake)
    window.removeEventListener('online', awake)
    window.removeEventListener('offline', lost)
  }
}

/** So that the desk can prove itself when there is no connection; loaded when it is needed. */
async function shareDeskKey(binding: Binding, isKnown: boolean): Promise<void> {
  const desk = await import('../key/desk.ts').catch(() => null)
  await desk?.shareDeskKey(binding, isKnown)
}

/** The time by the server's clock, as far as this phone knows it. */
export async function serverNow(binding: Binding): Promise<number> {
  return serverTime(await clockOf(binding.authenticator), Date.now())
}
