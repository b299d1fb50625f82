import { useState } from 'preact/hooks'
import { readCode } from '#core/text/typed.ts'
import { useOccupied, usePhone } from '../context.ts'
import { openRequests } from '../inbox.ts'
import { later } from '../later.tsx'
import { Field, fieldOf, focusSoon, Heading, Notice } from '../page.tsx'
import { t } from '../words.ts'
import { PushLine } from './push-line.tsx'

const Make = later(async () => (await import('./make.tsx')).Make)

/**
 * Generate Response: six digits in, eight digits out, with no connection and without being logged
 * in (R004).
 */
export function Code(props: { readonly scanned: string | null; readonly onScan: () => void }) {
  const [typed, setTyped] = useState(props.scanned ?? '')
  const [challenge, setChallenge] = useState<string | null>(null)
  useOccupied(typed !== '')
  const leave = () => {
    setTyped('')
    setChallenge(null)
  }
  if (challenge !== null) return <Make challenge={challenge} onDone={leave} />
  return (
    <Typing
      typed={typed}
      scanned={props.scanned !== null && typed === props.scanned}
      onTyped={setTyped}
      onScan={props.onScan}
      onChallenge={setChallenge}
    />
  )
}

function Typing(props: {
  readonly typed: string
  readonly scanned: boolean
  readonly onTyped: (typed: string) => void
  readonly onScan: () => void
  readonly onChallenge: (challenge: string) => void
}) {
  const [error, setError] = useState<string | null>(null)
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
          <button type="button" class="button plain" onClick={props.onScan}>
            {t('code.scan')}
          </button>
        </div>
      </form>
      <div class="push stack small">
        <PushLine />
      </div>
    </>
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
