import { useState } from 'preact/hooks'
import { useBinding, useOccupied, usePhone } from '../context.ts'
import { purposeOf } from '../digits.ts'
import { serverNow } from '../inbox.ts'
import { respond, responseEnds_ms, suiteOf } from '../respond.ts'
import type { Bytes } from '../vault.ts'
import { t } from '../words.ts'
import { Over, Response } from './response.tsx'
import { Unlock } from './unlock.tsx'

type Step =
  | { readonly at: 'unlocking' }
  | { readonly at: 'shown'; readonly response: string; readonly ends_ms: number }
  | { readonly at: 'over' }

const LEAD = {
  login: 'unlock.codeLogin',
  task: 'unlock.codeTask',
  desk: 'unlock.codeDesk',
} as const

/**
 * From a challenge to its response (R050 to R054).
 *
 *   unlocking ──PIN, finger or face──▶ shown ──its time is over──▶ over ──Make another──▶ unlocking
 */
export function Make(props: { readonly challenge: string; readonly onDone: () => void }) {
  const { challenge, onDone } = props
  const binding = useBinding()
  const { inbox } = usePhone()
  const [step, setStep] = useState<Step>({ at: 'unlocking' })
  useOccupied(true)

  const make = async (ocraKey: Bytes) => {
    const suite = suiteOf(binding.suite)
    const at_ms = await serverNow(binding)
    const response = await respond(ocraKey, challenge, { suite, at_ms })
    setStep({ at: 'shown', response, ends_ms: responseEnds_ms(suite, at_ms) - inbox.offset_ms })
  }
  switch (step.at) {
    case 'unlocking':
      return (
        <Unlock
          binding={binding}
          lead={t(LEAD[purposeOf(challenge)])}
          onKey={make}
          onCancel={onDone}
        />
      )
    case 'shown':
      return (
        <Response
          {...step}
          challenge={challenge}
          onOver={() => setStep({ at: 'over' })}
          onDone={onDone}
        />
      )
    case 'over':
      return <Over onAnother={() => setStep({ at: 'unlocking' })} onDone={onDone} />
  }
}
