import { useEffect, useRef, useState } from 'preact/hooks'
import type { ActivationCode } from '#methods/phone-key/wire.ts'
import {
  activate,
  type LockWish,
  type Made,
  openActivation,
  type Opened,
  sendActivationPoints,
} from '../../devices/activation.ts'
import { go, useOccupied, usePhone } from '../../context.ts'
import { bestKdf, warmUp } from '../../key/kdf.ts'
import { openRequests } from '../../server/inbox.ts'
import { activationFlaw } from '../../server/outcomes.ts'
import { canLockWithPrf } from '../../key/prf.ts'
import { Heading, Named } from '../../layout/page.tsx'
import type { Trouble } from '../../server/server.ts'
import { longDay, shortTime } from '../../words/times.ts'
import { language, t } from '../../words/words.ts'
import { titleOf, TurnOn } from '../help/notifications.tsx'
import { About, likelyLabel, Offer } from './offer.tsx'
import { ChoosePin } from './choose-pin.tsx'
import { Ways } from './ways.tsx'

type Step =
  | { readonly at: 'ways' }
  | { readonly at: 'opening' }
  | { readonly at: 'offer'; readonly opened: Opened }
  | {
      readonly at: 'pin'
      readonly opened: Opened
      readonly label: string
    }
  | { readonly at: 'making' }
  | { readonly at: 'done'; readonly made: Made }

/**
 * Puts a key on this phone.
 *
 *   ways ──picture or code──▶ offer ──PIN──▶ pin, twice ──▶ making ──▶ done
 *                               └──finger or face────────────▶┘
 *
 * Where the offer leaves nothing to choose it is no page of its own: the phone has a name for
 * itself, and whose key it is stands above the PIN.
 */
export function Setup(props: { readonly token: string | null; readonly onScan: () => void }) {
  const { installation, bindings, reload } = usePhone()
  const [step, setStep] = useState<Step>({ at: props.token === null ? 'ways' : 'opening' })
  const [error, setError] = useState<string | null>(null)
  const [userName, setUserName] = useState('')
  useOccupied(true)
  useEffect(() => {
    if (props.token !== null) void open({ token: props.token })
  }, [props.token])

  const sentence = (flaw: Flaw, by: 'picture' | 'code') =>
    t(`activation.${activationFlaw(flaw.problem, by)}`, {
      help: installation.help,
      ...momentOf(flaw),
    })

  const open = async (activation: ActivationCode) => {
    setStep({ at: 'opening' })
    if ('userName' in activation) setUserName(activation.userName)
    const heard = await openActivation(activation)
    setError(heard.ok ? null : sentence(heard, 'token' in activation ? 'picture' : 'code'))
    if (!heard.ok) return setStep({ at: 'ways' })
    const hasChoice = bindings.length > 0 || (await canLockWithPrf())
    return hasChoice ? setStep({ at: 'offer', opened: heard.value }) : toPin(heard.value)
  }

  const toPin = (opened: Opened, label = likelyLabel(opened.model)) => {
    warmUp(bestKdf())
    setStep({ at: 'pin', opened, label })
  }

  const make = async (opened: Opened, label: string, lock: LockWish) => {
    setStep({ at: 'making' })
    const replaces = bindings.filter(({ userName }) => userName === opened.offer.userName)
    const wishes = { label, lock, replaces, language: language(), issuer: installation.issuer }
    const made = await activate(opened, wishes)
    if (typeof made === 'string') {
      setError(made === 'cancelled' ? t('setup.prfCancelled') : t('setup.prfUnsupported'))
      return setStep({ at: 'offer', opened })
    }
    if (!made.ok) {
      setError(sentence(made, 'token' in opened.activation ? 'picture' : 'code'))
      return setStep({ at: 'ways' })
    }
    setStep({ at: 'done', made: made.value })
    return reload(made.value.binding.authenticator)
  }

  switch (step.at) {
    case 'ways':
      return (
        <Ways
          error={error}
          userName={userName}
          onScan={props.onScan}
          onCode={(code) => void open(code)}
        />
      )
    case 'opening':
      return <Heading>{t('setup.opening')}</Heading>
    case 'offer':
      return (
        <Offer
          opened={step.opened}
          error={error}
          onPin={(label) => toPin(step.opened, label)}
          onPrf={(label) => void make(step.opened, label, { kind: 'prf' })}
        />
      )
    case 'pin':
      return (
        <ChoosePin
          rule={step.opened.offer.pin}
          userName={step.opened.offer.userName}
          about={<About opened={step.opened} />}
          send={(points) => sendActivationPoints(step.opened, points)}
          onCancel={() => setStep({ at: 'offer', opened: step.opened })}
          onPin={(pin) => void make(step.opened, step.label, { kind: 'pin', pin })}
        />
      )
    case 'making':
      return (
        <div class="stack">
          <Heading>{t('setup.making')}</Heading>
          <p class="quiet">{t('setup.makingText')}</p>
        </div>
      )
    case 'done':
      return <Ready made={step.made} />
  }
}

/** It can be used: a request that comes now is what the client waits for, and opens. */
function Ready({ made }: { readonly made: Made }) {
  const { push, inbox } = usePhone()
  // What is known of before is of another key.
  const before = useRef(inbox)
  useEffect(() => {
    if (inbox !== before.current && openRequests(inbox, Date.now()).length > 0) go('#requests')
  }, [inbox])
  return (
    <>
      <div class="stack">
        <Heading>{t(made.waitsUntil === null ? 'setup.done' : 'setup.waits')}</Heading>
        <p class="lead">
          <Named sentence={doneText(made)} name={made.binding.userName} />
        </p>
      </div>
      <h2>{titleOf(push)}</h2>
      <TurnOn binding={made.binding} onDone={() => go('#requests')} />
    </>
  )
}

/** Why it was refused, and until when by the server's clock, where that was said. */
interface Flaw {
  readonly problem: Trouble
  readonly until_ms?: number
}

/** The first minute at which it is possible again. */
function momentOf({ until_ms }: Flaw): Readonly<Record<string, string>> {
  if (until_ms === undefined) return {}
  const at_ms = Math.ceil(until_ms / 60_000) * 60_000
  return { day: longDay(at_ms, language()), time: shortTime(at_ms, language()) }
}

function doneText({ binding: { userName }, waitsUntil }: Made): string {
  if (waitsUntil === null) return t('setup.doneText', { userName })
  const [day, time] = [longDay(waitsUntil, language()), shortTime(waitsUntil, language())]
  return t('setup.waitsText', { userName, day, time })
}
