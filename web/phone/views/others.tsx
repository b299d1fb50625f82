import { useEffect, useState } from 'preact/hooks'
import { type Binding, clockOf } from '../bindings.ts'
import { serverTime } from '../clock.ts'
import { go, usePhone } from '../context.ts'
import { announce, Named, Notice } from '../page.tsx'
import { listRequests } from '../server.ts'
import { t } from '../words.ts'

/**
 * Requests for the other user names of this phone (R072, R043). The stream and the screen belong to
 * one of them; the others are asked whenever the app is opened or comes to the front.
 */
export function Others() {
  const { bindings, binding, inbox, reload } = usePhone()
  const [waiting, setWaiting] = useState<readonly Binding[]>([])
  const others = bindings.filter((one) => one !== binding && !one.revoked)
  const names = others.map(({ authenticator }) => authenticator).join()
  useEffect(() => {
    let left = false
    const ask = async () => {
      const asked = await Promise.all(others.map(isAsked))
      if (!left) setWaiting(others.filter((_, index) => asked[index]))
    }
    const awake = () => {
      if (document.visibilityState === 'visible') void ask()
    }
    void ask()
    document.addEventListener('visibilitychange', awake)
    return () => {
      left = true
      document.removeEventListener('visibilitychange', awake)
    }
  }, [names, inbox.list])
  useEffect(() => {
    for (const { userName } of waiting) announce(t('others.waits', { userName }))
  }, [waiting.length])
  const open = async ({ authenticator }: Binding) => {
    await reload(authenticator)
    go('#requests')
  }
  return (
    <>
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

async function isAsked(binding: Binding): Promise<boolean> {
  const heard = await listRequests(binding)
  if (!heard.ok) return false
  const now_ms = serverTime(await clockOf(binding.authenticator), Date.now())
  return heard.value.requests.some(({ expiresAt }) => expiresAt > now_ms)
}
