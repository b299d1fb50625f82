import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { flawOf, type PinRule } from '../pin.ts'
import { t } from '../words.ts'
import { PinEntry } from './pin.tsx'

/** A PIN, twice. Its flaws are told at the first time, before it is typed again. */
export function ChoosePin(props: {
  readonly rule: PinRule
  readonly userName: string
  /** Whose key it is for, where no page before has said so. */
  readonly about?: ComponentChildren
  readonly onPin: (pin: string) => void
  readonly onCancel: () => void
}) {
  const { rule, userName, about, onPin, onCancel } = props
  const [pin, setPin] = useState<string | null>(null)
  const [error, setError] = useState<string | null>(null)
  const first = (typed: string) => {
    const flaw = flawOf(typed, { rule, userName })
    setError(flaw && t(`flaw.${flaw}`))
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
      onPin={again ? second : first}
      onCancel={onCancel}
    />
  )
}
