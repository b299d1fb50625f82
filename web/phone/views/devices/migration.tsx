import { useState } from 'preact/hooks'
import type { PhoneList } from '#methods/phone-key/wire.ts'
import type { Binding } from '../../server/bindings.ts'
import { usePhone } from '../../context.ts'
import { HoldLeft } from '../left.tsx'
import { announce, Call, Notice } from '../../layout/page.tsx'
import { ask } from '../../server/server.ts'
import { longDay, shortTime } from '../../words/times.ts'
import { language, t } from '../../words/words.ts'

/**
 * One phone takes the place of another: this one hears of it and can stop it, or waits itself
 * (R062).
 */
export function Migration({ list }: { readonly list: PhoneList }) {
  const { binding, installation, look } = usePhone()
  const [state, setState] = useState<'asking' | 'stopping' | 'stopped' | 'failed'>('asking')
  const { successor, waitsUntil } = list
  const when = (at_ms: number) => ({
    day: longDay(at_ms, language()),
    time: shortTime(at_ms, language()),
  })
  const stop = async (by: Binding) => {
    setState('stopping')
    const heard = await ask(by, { act: 'stop' })
    const said = heard.ok ? 'stopped' : 'failed'
    setState(said)
    announce(t(`migration.${said}`))
    await look()
  }
  if (state === 'stopped') {
    return (
      <Notice kind="warn">
        <p>
          <strong>{t('migration.stopped')}</strong>
        </p>
        <p>
          <Call
            sentence={t('migration.stoppedText', { help: installation.help })}
            help={installation.help}
          />
        </p>
      </Notice>
    )
  }
  if (waitsUntil !== null) {
    return (
      <Notice kind="warn">
        <p>{t('migration.waits', when(waitsUntil))}</p>
        <HoldLeft until={waitsUntil} />
      </Notice>
    )
  }
  if (!successor || !binding) return null
  return (
    <Notice kind="bad" isAlert={false}>
      <div class="stack" role="alert">
        <p>
          <strong>{t('migration.title')}</strong>
        </p>
        <p>{t('migration.text', { label: successor.label, ...when(successor.until) })}</p>
      </div>
      <HoldLeft until={successor.until} />
      {state === 'failed' && <p role="alert">{t('migration.failed')}</p>}
      <p>
        <button
          type="button"
          class="button danger"
          disabled={state === 'stopping'}
          onClick={() => void stop(binding)}
        >
          {t('migration.stop')}
        </button>
      </p>
    </Notice>
  )
}
