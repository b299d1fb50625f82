import { useState } from 'preact/hooks'
import { readCode } from '#core/text/typed.ts'
import type { TaskPicture } from '#methods/phone-key/wire.ts'
import { useCamera, useOccupied, usePhone } from '../../context.ts'
import { openRequests } from '../../server/inbox.ts'
import { later } from '../../layout/later.tsx'
import { Field, fieldOf, focusSoon, Heading, Notice } from '../../layout/page.tsx'
import { t } from '../../words/words.ts'
import { PushLine } from './push-line.tsx'

const Make = later(async () => (await import('./make.tsx')).Make)
const Task = later(async () => (await import('./task.tsx')).Task)

/**
 * Generate Response: six digits in, eight digits out, with no connection and without being logged
 * in (R004).
 */
export function Code(props: {
  readonly scanned: string | null
  /** From a picture on the page of a task; `strange` for one that is not the server's. */
  readonly task: TaskPicture | 'strange' | null
  readonly onScan: () => void
  /** Away from the picture, to a challenge that is typed. */
  readonly onLeave: () => void
}) {
  const { task } = props
  if (task && task !== 'strange') return <Task task={task} onDone={props.onLeave} />
  return <Challenge {...props} isStrange={task === 'strange'} />
}

function Challenge(props: {
  readonly scanned: string | null
  readonly isStrange: boolean
  readonly onScan: () => void
}) {
  const [typed, setTyped] = useState(props.scanned ?? '')
  const [challenge, setChallenge] = useState<string | null>(null)
  useOccupied(typed !== '')
  const leave = () => {
    setTyped('')
    setChallenge(null)
  }
  if (challenge !== null) return <Make subject={challenge} onDone={leave} />
  return (
    <Typing
      typed={typed}
      scanned={props.scanned !== null && typed === props.scanned}
      isStrange={props.isStrange}
      onTyped={setTyped}
      onScan={props.onScan}
      onChallenge={setChallenge}
    />
  )
}

function Typing(props: {
  readonly typed: string
  readonly scanned: boolean
  readonly isStrange: boolean
  readonly onTyped: (typed: string) => void
  readonly onScan: () => void
  readonly onChallenge: (challenge: string) => void
}) {
  const [error, setError] = useState<string | null>(null)
  const camera = useCamera()
  const submit = (event: Event) => {
    event.preventDefault()
    const challenge = readCode(props.typed)
    if (/^[0-9]{6}$/.test(challenge)) return props.onChallenge(challenge)
    setError(t('code.wrongLength'))
    return focusSoon('challenge')
  }
  return (
    <>
      <div class="stack">
        <Heading>{t('code.title')}</Heading>
        <p class="quiet">{props.scanned ? t('code.offlineScan') : t('code.lead')}</p>
      </div>
      {props.isStrange && <Strange />}
      <Waiting />
      <form class="stack loose" noValidate onSubmit={submit}>
        <Field id="challenge" label={t('code.label')} error={error}>
          <input
            {...fieldOf('challenge', { error })}
            class="code"
            inputmode="numeric"
            value={props.typed}
            onInput={(event) => props.onTyped(event.currentTarget.value)}
          />
        </Field>
        <div class="stack">
          <button type="submit" class="button">
            {t('code.make')}
          </button>
          {camera && (
            <button type="button" class="button plain" onClick={props.onScan}>
              {t('code.scan')}
            </button>
          )}
        </div>
      </form>
      <div class="push stack small">
        <PushLine />
      </div>
    </>
  )
}

/** A picture that was changed, or that is for another phone: nothing of it is shown. */
function Strange() {
  const { installation } = usePhone()
  return (
    <Notice>
      <p>{t('code.strange', { name: installation.name })}</p>
    </Notice>
  )
}

/** Requests that came while something else was on the screen. */
function Waiting() {
  const { inbox } = usePhone()
  const count = openRequests(inbox, Date.now()).length
  if (count === 0) return null
  return (
    <Notice>
      <p>
        {t('code.waiting', { count })} <a href="#requests">{t('code.open')}</a>
      </p>
    </Notice>
  )
}
