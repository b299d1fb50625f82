import { useEffect, useState } from 'preact/hooks'
import type { DeedClass } from '#core/desk/deeds.ts'
import { readCode } from '#core/text/typed.ts'
import type { Questions } from '#oath/ocra.ts'
import type { WebKey } from '#oath/webcrypto.ts'
import { go, useBinding, useOccupied, usePhone } from '../../context.ts'
import { callerSuite, isDesk, newQuestion, opensIn, respondToDesk } from '../../key/desk.ts'
import { responseEnds_ms } from '../../key/respond.ts'
import type { Bytes } from '../../key/vault.ts'
import { Call, Field, fieldOf, focusSoon, Heading, Notice } from '../../layout/page.tsx'
import { listBindings } from '../../server/bindings.ts'
import { serverNow } from '../../server/inbox.ts'
import { halves, spaced } from '../../words/digits.ts'
import { t } from '../../words/words.ts'
import { Unlock } from '../devices/unlock.tsx'
import { Left, useNow } from '../left.tsx'
import { Over, Response } from './response.tsx'

/** From when on our number is no longer answered: an agent finds a case in less. */
const LIFETIME_MS = 5 * 60_000

/** A digit may be misheard once. What does not fit twice is not our desk. */
const TRIES = 2

interface Proven {
  readonly questions: Questions
  readonly opens: DeedClass
}

type Step =
  | { readonly at: 'asking'; readonly question: string; readonly ends_ms: number }
  | { readonly at: 'over' | 'strange' | 'none' }
  | ({ readonly at: 'ours' | 'unlocking' | 'expired' } & Proven)
  | ({ readonly at: 'shown'; readonly response: string; readonly ends_ms: number } & Proven)

const asked = (): Step => ({
  at: 'asking',
  question: newQuestion(),
  ends_ms: Date.now() + LIFETIME_MS,
})

/**
 * Whether it is our desk on the telephone, without a connection. The PIN is asked for only after
 * the agent has proven it (A13). What was asked is kept nowhere, and each number counts once.
 *
 *   asking ──right──▶ ours ──▶ unlocking ──PIN, finger or face──▶ shown
 *     ├──wrong twice──▶ strange
 *     └──five minutes──▶ over
 */
export function Agent() {
  const { authenticator } = useBinding()
  // It may have been made since the app was opened.
  const [deskKey, setDeskKey] = useState<WebKey | null | undefined>(undefined)
  useEffect(() => {
    void (async () => {
      const all = await listBindings()
      setDeskKey(all.find((one) => one.authenticator === authenticator)?.deskKey ?? null)
    })()
  }, [authenticator])
  if (deskKey === undefined) return null
  return deskKey ? <Checking deskKey={deskKey} /> : <None />
}

function Checking({ deskKey }: { readonly deskKey: WebKey }) {
  const binding = useBinding()
  const { inbox } = usePhone()
  const [step, setStep] = useState(asked)
  useOccupied(true)
  const again = () => setStep(asked())
  switch (step.at) {
    case 'asking':
      return <Asking key={step.question} {...step} deskKey={deskKey} onStep={setStep} />
    case 'over':
      return <Ended title={t('agent.over')} text={t('agent.overText')} onAgain={again} />
    case 'strange':
      return <Strange onAgain={again} />
    case 'none':
      return <None />
    case 'ours':
      return <Ours {...step} onConfirm={() => setStep({ ...step, at: 'unlocking' })} />
    case 'unlocking': {
      const make = async (ocraKey: Bytes) => {
        const at_ms = await serverNow(binding)
        const response = await respondToDesk(ocraKey, step.questions, at_ms)
        const ends_ms = responseEnds_ms(callerSuite, at_ms) - inbox.offset_ms
        setStep({ ...step, at: 'shown', response, ends_ms })
      }
      return (
        <Unlock
          binding={binding}
          lead={t('agent.unlock')}
          onKey={make}
          onCancel={() => setStep({ ...step, at: 'ours' })}
        />
      )
    }
    case 'shown': {
      const { opens, questions } = step
      const challenge = halves(questions.server).join('\u00a0')
      return (
        <Response
          {...step}
          says={t('agent.says', { opens: t(`call.opens.${opens}`) })}
          from={t('agent.from', { challenge })}
          onOver={() => setStep({ at: 'expired', opens, questions })}
          onDone={leave}
        />
      )
    }
    case 'expired':
      return <Over onAnother={() => setStep({ ...step, at: 'unlocking' })} onDone={leave} />
  }
}

const leave = () => go('#code')

/** Our number, and what the agent reads back: the proof, and the number of the desk. */
function Asking(props: {
  readonly question: string
  readonly ends_ms: number
  readonly deskKey: WebKey
  readonly onStep: (step: Step) => void
}) {
  const { question, ends_ms, deskKey, onStep } = props
  const [typed, setTyped] = useState({ proof: '', number: '' })
  const [error, setError] = useState<{ at: 'proof' | 'number'; says: string } | null>(null)
  const [tries, setTries] = useState(0)
  const now_ms = useNow()
  const isOver = now_ms >= ends_ms
  useEffect(() => {
    if (isOver) onStep({ at: 'over' })
  }, [isOver])
  const fail = (at: 'proof' | 'number', says: string) => {
    setError({ at, says })
    focusSoon(at)
  }
  const submit = async (event: Event) => {
    event.preventDefault()
    const [proof, number] = [readCode(typed.proof), readCode(typed.number)]
    if (!/^[0-9]{8}$/.test(proof)) return fail('proof', t('agent.wrongProof'))
    if (!/^9[0-9]{5}$/.test(number)) return fail('number', t('agent.wrongNumber'))
    const questions = { client: question, server: number }
    if (await isDesk(deskKey, { questions, proof })) {
      const opens = opensIn(number)
      return onStep(opens ? { at: 'ours', questions, opens } : { at: 'none' })
    }
    if (tries + 1 >= TRIES) return onStep({ at: 'strange' })
    setTries(tries + 1)
    return fail('proof', t('agent.misheard'))
  }
  const errorAt = (at: 'proof' | 'number') => (error?.at === at ? error.says : null)
  const [first, second] = halves(question)
  return (
    <>
      <div class="stack">
        <Heading>{t('agent.title')}</Heading>
        <p class="quiet">{t('agent.lead')}</p>
      </div>
      <div>
        <p>{t('agent.read')}</p>
        <p class="number">
          <span class="hidden">{spaced(question)}</span>
          <span aria-hidden="true">{first}</span>
          <span aria-hidden="true">{second}</span>
        </p>
        <p class="quiet">{t('agent.readHint')}</p>
        <Left ends_ms={ends_ms} now_ms={now_ms} />
      </div>
      <form class="stack loose" noValidate onSubmit={(event) => void submit(event)}>
        <Field id="proof" label={t('agent.proof')} error={errorAt('proof')}>
          <input
            {...fieldOf('proof', { error: errorAt('proof') })}
            class="code long"
            inputmode="numeric"
            value={typed.proof}
            onInput={({ currentTarget: { value } }) => setTyped({ ...typed, proof: value })}
          />
        </Field>
        <Field
          id="number"
          label={t('agent.number')}
          hint={t('agent.numberHint')}
          error={errorAt('number')}
        >
          <input
            {...fieldOf('number', { hint: true, error: errorAt('number') })}
            class="code"
            inputmode="numeric"
            value={typed.number}
            onInput={({ currentTarget: { value } }) => setTyped({ ...typed, number: value })}
          />
        </Field>
        <div class="half">
          <button type="button" class="button plain" onClick={leave}>
            {t('agent.stop')}
          </button>
          <button type="submit" class="button">
            {t('agent.check')}
          </button>
        </div>
      </form>
    </>
  )
}

/** It is the desk: what it asks for is shown before anything is confirmed. */
function Ours(props: Proven & { readonly onConfirm: () => void }) {
  return (
    <>
      <Heading>{t('agent.ours')}</Heading>
      <Notice kind="ok">
        <p>{t('agent.oursText')}</p>
      </Notice>
      <dl class="facts">
        <div>
          <dt>{t('agent.opens')}</dt>
          <dd>{t(`call.opens.${props.opens}`)}</dd>
        </div>
      </dl>
      <div class="half push">
        <button type="button" class="button plain" onClick={leave}>
          {t('agent.stop')}
        </button>
        <button type="button" class="button" onClick={props.onConfirm}>
          {t('agent.confirm')}
        </button>
      </div>
    </>
  )
}

function Strange({ onAgain }: { readonly onAgain: () => void }) {
  const { help } = usePhone().installation
  return (
    <>
      <Heading>{t('agent.strange')}</Heading>
      <Notice kind="bad">
        <p>
          <Call sentence={t('agent.strangeText', { help })} help={help} />
        </p>
      </Notice>
      <Buttons onAgain={onAgain} />
    </>
  )
}

function Ended(props: {
  readonly title: string
  readonly text: string
  readonly onAgain: () => void
}) {
  return (
    <>
      <div class="stack">
        <Heading>{props.title}</Heading>
        <p>{props.text}</p>
      </div>
      <Buttons onAgain={props.onAgain} />
    </>
  )
}

function Buttons({ onAgain }: { readonly onAgain: () => void }) {
  return (
    <div class="half">
      <button type="button" class="button plain" onClick={leave}>
        {t('agent.stop')}
      </button>
      <button type="button" class="button" onClick={onAgain}>
        {t('agent.again')}
      </button>
    </div>
  )
}

/** The server has no key of this phone yet. */
function None() {
  const { help } = usePhone().installation
  return (
    <>
      <Heading>{t('agent.none')}</Heading>
      <Notice>
        <p>
          <Call sentence={t('agent.noneText', { help })} help={help} />
        </p>
      </Notice>
    </>
  )
}
