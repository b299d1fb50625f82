import { useState } from 'preact/hooks'
import type { TaskPicture } from '#methods/phone-key/wire.ts'
import { useBare, useOccupied, usePhone } from '../../context.ts'
import { useNow } from '../left.tsx'
import { Heading } from '../../layout/page.tsx'
import { t } from '../../words/words.ts'
import { Make } from './make.tsx'
import { OutcomePage } from './outcome.tsx'
import { Facts } from './question.tsx'
import { questionOf } from './requests.tsx'

/**
 * A task from a picture, with no connection: what is to be done, and the digits that confirm it.
 *
 *   shown ──Make the code──▶ PIN, finger or face ──▶ response
 */
export function Task(props: { readonly task: TaskPicture; readonly onDone: () => void }) {
  const { task, onDone } = props
  const { inbox } = usePhone()
  const now_ms = useNow() + inbox.offset_ms
  const [isMaking, setMaking] = useState(false)
  useOccupied(true)
  useBare()
  if (isMaking) return <Make subject={task} onDone={onDone} />
  if (now_ms >= task.expiresAt) return <OutcomePage outcome="ended" />
  return (
    <>
      <div class="stack">
        <Heading>{questionOf(task)}</Heading>
        <p class="quiet">{t('code.fromPicture')}</p>
      </div>
      <Facts context={task.context} now_ms={now_ms} />
      <div class="stack push">
        <button type="button" class="button" onClick={() => setMaking(true)}>
          {t('code.make')}
        </button>
        <button type="button" class="button plain" onClick={onDone}>
          {t('pin.cancel')}
        </button>
      </div>
    </>
  )
}
