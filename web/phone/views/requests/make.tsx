import { useState } from 'preact/hooks'
import type { TaskPicture } from '#methods/phone-key/wire.ts'
import { useBinding, useOccupied, usePhone } from '../../context.ts'
import { halves, purposeOf } from '../../words/digits.ts'
import { serverNow } from '../../server/inbox.ts'
import { signingOf } from '../../camera/picture.ts'
import { respond, responseEnds_ms, suiteOf } from '../../key/respond.ts'
import type { Bytes } from '../../key/vault.ts'
import { t } from '../../words/words.ts'
import { questionOf } from './requests.tsx'
import { Over, Response } from './response.tsx'
import { Unlock } from '../devices/unlock.tsx'

type Step =
  | { readonly at: 'unlocking' }
  | { readonly at: 'shown'; readonly response: string; readonly ends_ms: number }
  | { readonly at: 'over' }

const LEAD = {
  login: 'unlock.codeLogin',
  task: 'unlock.codeTask',
  desk: 'unlock.codeDesk',
} as const

/** What is answered: a number that was typed, or a task that was shown. */
export type Subject = string | TaskPicture

/**
 * From a challenge to its response (R050 to R054).
 *
 *   unlocking ──PIN, finger or face──▶ shown ──its time is over──▶ over ──Make another──▶ unlocking
 */
export function Make(props: { readonly subject: Subject; readonly onDone: () => void }) {
  const { subject, onDone } = props
  const binding = useBinding()
  const { inbox } = usePhone()
  const [step, setStep] = useState<Step>({ at: 'unlocking' })
  useOccupied(true)

  const make = async (ocraKey: Bytes) => {
    const { suite, question } =
      typeof subject === 'string'
        ? { suite: suiteOf(binding.suite), question: subject }
        : await signingOf(subject)
    const at_ms = await serverNow(binding)
    const response = await respond(ocraKey, question, { suite, at_ms })
    setStep({ at: 'shown', response, ends_ms: responseEnds_ms(suite, at_ms) - inbox.offset_ms })
  }
  switch (step.at) {
    case 'unlocking':
      return <Unlock binding={binding} lead={leadOf(subject)} onKey={make} onCancel={onDone} />
    case 'shown':
      return (
        <Response
          {...step}
          {...saysOf(subject)}
          onOver={() => setStep({ at: 'over' })}
          onDone={onDone}
        />
      )
    case 'over':
      return <Over onAnother={() => setStep({ at: 'unlocking' })} onDone={onDone} />
  }
}

const leadOf = (subject: Subject): string =>
  typeof subject === 'string' ? t(LEAD[purposeOf(subject)]) : questionOf(subject)

/** What the response is for, and what it was made from. */
function saysOf(subject: Subject): { readonly says: string; readonly from: string } {
  if (typeof subject !== 'string') {
    return { says: questionOf(subject), from: t('response.shownFrom') }
  }
  const purpose = purposeOf(subject)
  const challenge = halves(subject).join('\u00a0')
  return { says: t(`response.${purpose}`), from: t(`response.${purpose}From`, { challenge }) }
}
