import { useEffect, useState } from 'preact/hooks'
import { setting } from '../../server/bindings.ts'
import { usePhone } from '../../context.ts'
import { Iconed } from '../../layout/icons.tsx'
import { daysAgo, shortDay, shortTime } from '../../words/times.ts'
import { language, t } from '../../words/words.ts'

/**
 * One line at home: whether notifications arrive, when the last one did, and whether there is a
 * connection.
 */
export function PushLine() {
  const { push, inbox } = usePhone()
  const [pushedAt_ms, setPushedAt] = useState<number>()
  useEffect(() => void setting('pushedAt_ms').then(setPushedAt), [inbox.list])
  if (inbox.trouble === 'offline') return <Iconed name="info">{t('code.noConnection')}</Iconed>
  if (push === null) return null
  const reaches = push === 'on' && inbox.list?.push !== 'off'
  if (reaches) {
    const said =
      pushedAt_ms === undefined ? t('push.on') : t('push.onLast', { when: whenOf(pushedAt_ms) })
    return <Iconed name="check">{said}</Iconed>
  }
  return (
    <Iconed name="info">
      {t(push === 'on' ? 'push.unreached' : `push.${push}`)}{' '}
      <a href={push === 'on' ? '#check' : '#notifications'}>{t('push.how')}</a>
    </Iconed>
  )
}

function whenOf(at_ms: number): string {
  const days = daysAgo(at_ms, Date.now())
  const time = shortTime(at_ms, language())
  if (days === 0) return t('push.today', { time })
  return days === 1
    ? t('push.yesterday', { time })
    : t('push.day', { day: shortDay(at_ms, language()) })
}
