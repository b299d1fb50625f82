import { useState } from 'preact/hooks'
import { go, useBinding, useOccupied, usePhone } from '../../context.ts'
import { changePin, type NewPinFlaw, newPinFlaw } from '../../devices/new-pin.ts'
import { Heading, Notice } from '../../layout/page.tsx'
import { sendPoints } from '../../server/server.ts'
import { t } from '../../words/words.ts'
import { ChoosePin } from './choose-pin.tsx'
import { OutcomePage } from '../requests/outcome.tsx'
import { Unlock } from './unlock.tsx'

type Step =
  | { readonly at: 'start'; readonly flaw: NewPinFlaw | null }
  | { readonly at: 'choose' }
  | { readonly at: 'confirm'; readonly pin: string; readonly wrong: number }
  | { readonly at: 'locked' }
  | { readonly at: 'done' }

/**
 * Changes the PIN (R075). The one that counts is asked last: the key is unwrapped for a moment
 * only, and a client who mistypes it does not choose again.
 *
 *   start ──▶ choose, twice ──▶ confirm ──▶ done
 *     ▲                           │ └──wrong──▶ confirm; the fifth time locked
 *     └────no connection──────────┘
 */
export function NewPin() {
  const binding = useBinding()
  const { look, reload } = usePhone()
  const [step, setStep] = useState<Step>({ at: 'start', flaw: null })
  useOccupied(step.at === 'choose' || step.at === 'confirm')

  const begin = async () => {
    // A client without a connection is told before they choose.
    const { trouble } = await look()
    setStep(trouble ? { at: 'start', flaw: newPinFlaw(trouble) } : { at: 'choose' })
  }
  const finish = async (ocraKey: Parameters<typeof changePin>[1], { pin, wrong }: Confirming) => {
    const trouble = await changePin(binding, ocraKey, pin)
    if (trouble === null) {
      await reload()
      setStep({ at: 'done' })
      return
    }
    const flaw = newPinFlaw(trouble)
    if (flaw === 'locked') {
      setStep({ at: 'locked' })
      // From here on the whole app says that this phone was stopped.
      await look()
      return
    }
    setStep(flaw === 'wrong' ? { at: 'confirm', pin, wrong: wrong + 1 } : { at: 'start', flaw })
  }

  switch (step.at) {
    case 'start':
      return <Start flaw={step.flaw} onGo={() => void begin()} />
    case 'choose':
      return (
        <ChoosePin
          rule={binding.pin}
          userName={binding.userName}
          send={(points) => sendPoints(binding, points)}
          onPin={(pin) => setStep({ at: 'confirm', pin, wrong: 0 })}
          onCancel={() => setStep({ at: 'start', flaw: null })}
        />
      )
    case 'confirm':
      return (
        <Unlock
          key={step.wrong}
          binding={binding}
          title={t('newPin.current')}
          lead={t('newPin.currentText')}
          error={step.wrong > 0 ? t('newPin.wrong') : null}
          onKey={(ocraKey) => finish(ocraKey, step)}
          onCancel={() => setStep({ at: 'start', flaw: null })}
        />
      )
    case 'locked':
      return <OutcomePage outcome="locked" />
    case 'done':
      return (
        <>
          <div class="stack">
            <Heading>{t('newPin.done')}</Heading>
            <p class="lead">{t('newPin.doneText')}</p>
          </div>
          <button type="button" class="button push" onClick={() => go('')}>
            {t('outcome.done')}
          </button>
        </>
      )
  }
}

type Confirming = Extract<Step, { at: 'confirm' }>

function Start({ flaw, onGo }: { readonly flaw: NewPinFlaw | null; readonly onGo: () => void }) {
  const { lock } = useBinding()
  if (lock.kind === 'prf') {
    return (
      <div class="stack">
        <Heading>{t('newPin.title')}</Heading>
        <p class="lead">{t('newPin.noPin')}</p>
      </div>
    )
  }
  return (
    <>
      <div class="stack">
        <Heading>{t('newPin.title')}</Heading>
        {flaw && (
          <Notice kind="bad">
            <p>{t(`newPin.${flaw}`)}</p>
          </Notice>
        )}
        <p class="lead">{t('newPin.lead')}</p>
        <p>{t('newPin.guide')}</p>
        <p>
          <a href="#pin">{t('pin.forgot')}</a>
        </p>
      </div>
      <button type="button" class="button push" onClick={onGo}>
        {t('setup.goOn')}
      </button>
    </>
  )
}
