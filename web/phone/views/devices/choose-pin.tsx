import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { flawOf, type PinRule } from '../../key/pin.ts'
import type { SendPoints } from '../../key/pin-check.ts'
import { t } from '../../words/words.ts'
import { PinEntry } from './pin.tsx'

/** A PIN, twice. Its flaws are told at the first time, before it is typed again. */
export function ChoosePin(props: {
  readonly rule: PinRule
  readonly userName: string
  /** Whose key it is for, where no page before has said so. */
  readonly about?: ComponentChildren
  /** Asks the server, blindly. */
  readonly send: SendPoints
  readonly onPin: (pin: string) => void
  readonly onCancel: () => void
}) {
  const { rule, userName, about, send, onPin, onCancel } = props
  const [pin, setPin] = useState<string | null>(null)
  const [error, setError] = useState<string | null>(null)
  const [working, setWorking] = useState(false)
  const first = async (typed: string) => {
    setWorking(true)
    const flaw = flawOf(typed, { rule, userName }) ?? (await knownFlaw(typed, send))
    setWorking(false)
    setError(flaw && t(`flaw.${flaw}`, { length: rule.lengthMin }))
    setPin(flaw ? null : typed)
  }
  const second = (typed: string) => {
    if (typed === pin) return onPin(typed)
    setError(t('setup.unlike'))
    return setPin(null)
  }
  const again = pin !== null
  return (
    <PinEntry
      // Each time begins empty, and so does the time after a flaw.
      key={again ? 'again' : (error ?? 'first')}
      title={again ? t('setup.repeatPin') : t('setup.choosePin')}
      lead={again ? t('setup.repeatPinText') : t('setup.choosePinText')}
      about={again ? null : about}
      rule={rule}
      error={again ? null : error}
      working={working}
      onPin={again ? second : (typed) => void first(typed)}
      onCancel={onCancel}
    />
  )
}

/** A PIN that could not be checked is not chosen. */
async function knownFlaw(pin: string, send: SendPoints): Promise<'known' | 'unchecked' | null> {
  const checker = await import('../../key/pin-check.ts').catch(() => null)
  const found = checker === null ? 'offline' : await checker.checkPin(pin, send)
  return found === null || found === 'known' ? found : 'unchecked'
}
