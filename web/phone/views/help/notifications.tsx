import { useState } from 'preact/hooks'
import type { Binding } from '../../server/bindings.ts'
import { go, useBinding, usePhone } from '../../context.ts'
import { announce, Heading } from '../../layout/page.tsx'
import { isAndroid, isIos, type PushState, turnOn } from '../../delivery/push.ts'
import { t } from '../../words/words.ts'

const TITLES = { denied: 'push.deniedTitle', 'home-screen': 'push.homeTitle' } as const

export function titleOf(push: PushState | null): string {
  return t(push === 'denied' || push === 'home-screen' ? TITLES[push] : 'push.title')
}

/** The place of notifications: whether they come, and what to do when they do not (R049). */
export function Notifications() {
  const binding = useBinding()
  const { push } = usePhone()
  return (
    <>
      <div class="stack">
        <Heading>{titleOf(push)}</Heading>
      </div>
      <TurnOn binding={binding} onDone={() => go('')} />
      <p>
        <a href="#check">{t('push.check')}</a>
      </p>
    </>
  )
}

/** Explains, then asks; the browser asks only once, so not before the client wants it. */
export function TurnOn({
  binding,
  onDone,
}: {
  readonly binding: Binding
  readonly onDone: () => void
}) {
  const { push, registration, refreshPush } = usePhone()
  const [failed, setFailed] = useState(false)
  const start = async () => {
    if (!registration) return
    const state = await turnOn(registration, binding)
    const unreached = state === 'off' && Notification.permission === 'granted'
    setFailed(unreached)
    if (state === 'on') announce(t('push.isOn'))
    else if (state === 'denied') announce(t('push.deniedTitle'))
    else if (unreached) announce(t('push.failed'))
    await refreshPush()
  }
  const finished = (
    <button
      type="button"
      class={push === 'off' && !failed ? 'button plain' : 'button'}
      onClick={onDone}
    >
      {push === 'off' && !failed ? t('push.notNow') : t('outcome.done')}
    </button>
  )
  switch (push) {
    case 'on':
      return <Told text={t('push.on')}>{finished}</Told>
    case 'denied':
      return (
        <Told text={t('push.deniedText')} steps={stepsOf('denied')}>
          {finished}
        </Told>
      )
    case 'home-screen':
      return (
        <Told text={t('push.home-screen')} steps={stepsOf('home')}>
          {finished}
        </Told>
      )
    case null:
      return <div class="stack push">{finished}</div>
    case 'none':
      return <Told text={t('push.noneText')}>{finished}</Told>
    case 'off':
      return (
        <Told text={failed ? t('push.failed') : t('push.text')}>
          {!failed && (
            <button type="button" class="button" onClick={() => void start()}>
              {t('push.turnOn')}
            </button>
          )}
          {finished}
        </Told>
      )
  }
}

function Told(props: {
  readonly text: string
  readonly steps?: readonly string[]
  readonly children: preact.ComponentChildren
}) {
  return (
    <>
      <p>{props.text}</p>
      {props.steps && (
        <ol class="steps" role="list">
          {props.steps.map((step) => (
            <li key={step}>{step}</li>
          ))}
        </ol>
      )}
      <div class="stack push">{props.children}</div>
    </>
  )
}

function stepsOf(what: 'denied' | 'home'): readonly string[] {
  if (what === 'home') return [t('push.home.first'), t('push.home.second'), t('push.home.third')]
  const platform = isIos() ? 'ios' : isAndroid() ? 'android' : 'desktop'
  return (['first', 'second', 'third', 'fourth'] as const).map((step) =>
    t(`push.${platform}.${step}`),
  )
}
