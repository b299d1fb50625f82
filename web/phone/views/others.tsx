import { useEffect, useState } from 'preact/hooks'
import type { PhoneCall } from '#methods/phone-key/wire.ts'
import { type Binding, clockOf } from '../server/bindings.ts'
import { serverTime } from '../server/clock.ts'
import { go, usePhone } from '../context.ts'
import { announce, Named, Notice } from '../layout/page.tsx'
import { listRequests } from '../server/server.ts'
import { t } from '../words/words.ts'
import { saidOf } from './call-status.tsx'

/** A call that has ended is not to stay on the screen. */
const AGAIN_MS = 15_000

/**
 * Requests and calls for the other user names of this phone (R072, R043). The stream and the screen
 * belong to one of them; the others are asked whenever the app is opened or comes to the front, and
 * now and then while it is looked at.
 */
export function Others() {
  const { bindings, binding, inbox, reload } = usePhone()
  const [heard, setHeard] = useState<readonly Heard[]>([])
  const others = bindings.filter((one) => one !== binding && !one.revoked)
  const names = others.map(({ authenticator }) => authenticator).join()
  useEffect(() => {
    let left = false
    const ask = async () => {
      const all = await Promise.all(others.map(heardOf))
      if (!left) setHeard(all)
    }
    const awake = () => {
      if (document.visibilityState === 'visible') void ask()
    }
    void ask()
    const timer = setInterval(awake, AGAIN_MS)
    document.addEventListener('visibilitychange', awake)
    return () => {
      left = true
      clearInterval(timer)
      document.removeEventListener('visibilitychange', awake)
    }
  }, [names, inbox.list])
  const waiting = heard.filter(({ isAsked }) => isAsked).map(({ binding: one }) => one)
  const calls = heard.flatMap(({ binding: { authenticator, userName }, call }) =>
    call ? [{ authenticator, said: saidOf(call, userName) }] : [],
  )
  useEffect(() => {
    for (const { userName } of waiting) announce(t('others.waits', { userName }))
  }, [waiting.length])
  const open = async ({ authenticator }: Binding) => {
    await reload(authenticator)
    go('#requests')
  }
  return (
    <>
      {calls.map(({ authenticator, said }) => (
        <Notice key={`call ${authenticator}`} kind="ok">
          <p>{said}</p>
        </Notice>
      ))}
      {waiting.map((other) => (
        <Notice key={other.authenticator} kind="warn">
          <p>
            <Named
              sentence={t('others.waits', { userName: other.userName })}
              name={other.userName}
            />{' '}
            <button type="button" class="link" onClick={() => void open(other)}>
              {t('others.open', { userName: other.userName })}
            </button>
          </p>
        </Notice>
      ))}
    </>
  )
}

interface Heard {
  readonly binding: Binding
  readonly isAsked: boolean
  /** Who of us talks to them, as far as is known. */
  readonly call: PhoneCall | null
}

async function heardOf(binding: Binding): Promise<Heard> {
  const heard = await listRequests(binding)
  if (!heard.ok) return { binding, isAsked: false, call: null }
  const now_ms = serverTime(await clockOf(binding.authenticator), Date.now())
  const { requests, call } = heard.value
  return {
    binding,
    isAsked: requests.some(({ expiresAt }) => expiresAt > now_ms),
    call: call && now_ms < call.until ? call : null,
  }
}
