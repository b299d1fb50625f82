import { useState } from 'preact/hooks'
import { readBase32 } from '#core/text/typed.ts'
import type { ActivationCode } from '#methods/phone-key/wire.ts'
import { useCamera, usePhone } from '../../context.ts'
import { Call, Field, fieldOf, focusSoon, Heading, Notice } from '../../layout/page.tsx'
import { t } from '../../words/words.ts'
import { HomeScreenFirst } from './new-phone.tsx'

/** The two ways to say which activation: its picture, or user name and code. */
export function Ways(props: {
  readonly error: string | null
  /** What was typed before: a wrong code does not cost the user name as well. */
  readonly userName: string
  readonly onScan: () => void
  readonly onCode: (code: ActivationCode) => void
}) {
  const { installation } = usePhone()
  const camera = useCamera()
  return (
    <>
      <div class="stack">
        <Heading>{t('setup.title')}</Heading>
        {props.error && (
          <Notice kind="bad">
            <p>
              <Call sentence={props.error} help={installation.help} />
            </p>
          </Notice>
        )}
        <p>{t('setup.lead')}</p>
      </div>
      <HomeScreenFirst />
      {camera && (
        <button type="button" class="button" onClick={props.onScan}>
          {t('setup.scan')}
        </button>
      )}
      <TypedCode userName={props.userName} alone={!camera} onCode={props.onCode} />
      <p>
        <a href="#code">{t('setup.back')}</a>
      </p>
      <p class="quiet small">
        <Call sentence={t('setup.portal', { help: installation.help })} help={installation.help} />
      </p>
    </>
  )
}

function TypedCode(props: {
  readonly userName: string
  /** There is no camera: this is the one thing to do. */
  readonly alone: boolean
  readonly onCode: (code: ActivationCode) => void
}) {
  const [userName, setUserName] = useState(props.userName)
  const [code, setCode] = useState('')
  const [missing, setMissing] = useState<'user-name' | 'activation-code' | null>(null)
  const submit = (event: Event) => {
    event.preventDefault()
    const typed = { userName: userName.trim(), code: readBase32(code) }
    const lacks = typed.userName === '' ? 'user-name' : typed.code === '' ? 'activation-code' : null
    setMissing(lacks)
    return lacks ? focusSoon(lacks) : props.onCode(typed)
  }
  const noUserName = missing === 'user-name' ? t('setup.noUserName') : null
  const noCode = missing === 'activation-code' ? t('setup.noCode') : null
  return (
    <section class="section stack">
      <h2>{t(props.alone ? 'setup.typeOnly' : 'setup.type')}</h2>
      <form class="stack" noValidate onSubmit={submit}>
        <Field id="user-name" label={t('setup.userName')} error={noUserName}>
          <input
            {...fieldOf('user-name', { error: noUserName })}
            autocomplete="username"
            value={userName}
            onInput={(event) => setUserName(event.currentTarget.value)}
          />
        </Field>
        <Field
          id="activation-code"
          label={t('setup.code')}
          hint={t('setup.codeHint')}
          error={noCode}
        >
          <input
            {...fieldOf('activation-code', { hint: true, error: noCode })}
            class="mono"
            autocapitalize="characters"
            value={code}
            onInput={(event) => setCode(event.currentTarget.value)}
          />
        </Field>
        <button type="submit" class={props.alone ? 'button' : 'button plain'}>
          {t('setup.goOn')}
        </button>
      </form>
    </section>
  )
}
