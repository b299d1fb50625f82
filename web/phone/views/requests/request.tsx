import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Json } from '#core/json.ts'
import type { PhoneRequest } from '#methods/phone-key/wire.ts'
import { useBinding, useOccupied, usePhone } from '../../context.ts'
import { identityOf, openRequests, serverNow } from '../../server/inbox.ts'
import { useNow } from '../left.tsx'
import { Heading } from '../../layout/page.tsx'
import { outcomeOf, outcomeOfCall, type Outcome } from '../../server/outcomes.ts'
import { clearNotifications } from '../../delivery/push.ts'
import { respond, suiteOf } from '../../key/respond.ts'
import { ask, hashOf, sendAnswer } from '../../server/server.ts'
import type { Bytes } from '../../key/vault.ts'
import { signsHere } from '../../devices/integrity.ts'
import { language, t } from '../../words/words.ts'
import { Question } from './question.tsx'
import { OutcomePage } from './outcome.tsx'
import { isCall, questionOf } from './requests.tsx'
import { Unlock } from '../devices/unlock.tsx'

type Step =
  | { readonly at: 'question'; readonly wrongNumber?: boolean }
  | { readonly at: 'matching' }
  | { readonly at: 'unlocking'; readonly number: string }
  | { readonly at: 'sending' }
  | { readonly at: 'over'; readonly outcome: Outcome; readonly number: string }

/**
 * One request, from the question to what became of it.
 *
 *   question ──Approve──▶ matching ──right──▶ unlocking ──PIN, finger or face──▶ sending ──▶ over
 *      │  ▲                  └──wrong──┐
 *      │  └────────────────────────────┘
 *      └──Deny, It was not me───────────────────────────────────────────────▶ sending ──▶ over
 *
 * The number of the page is checked by the server before the key is opened, where it is carried
 * over: so its holder hears which of the two was wrong, and types a right one once.
 * What was shown when it was opened stays on the screen and is what gets signed, whatever comes in
 * later.
 */
export function Request(props: {
  readonly transaction: string
  /** From a picture of the login page. */
  readonly scanned: string | null
  /** A picture of another login was held before the camera. */
  readonly strange: boolean
  /** What to show of a phone that was stopped, unless it is this request that says why. */
  readonly stopped: JSX.Element | null
  readonly onScan: () => void
  readonly onMakeCode: (challenge: string) => void
}) {
  const { inbox, look } = usePhone()
  const now_ms = useNow()
  const [, redraw] = useState(0)
  const shown = useRef<PhoneRequest | null>(null)
  const listed = openRequests(inbox, now_ms).find(
    ({ transaction }) => transaction === props.transaction,
  )
  shown.current ??= listed ?? null

  const request = shown.current
  if (request) {
    const current = listed && identityOf(listed) === identityOf(request)
    const gone = current || inbox.looking ? null : listed ? 'changed' : 'ended'
    const showAnew = () => {
      shown.current = null
      redraw(now_ms)
    }
    return (
      <Shown
        key={identityOf(request)}
        {...props}
        request={request}
        gone={gone}
        now_ms={now_ms}
        showAnew={showAnew}
      />
    )
  }
  if (props.stopped) return props.stopped
  if (!inbox.list && !inbox.trouble) return <p class="quiet">{t('requests.looking')}</p>
  const outcome = inbox.list ? 'ended' : outcomeOf(inbox.trouble ?? 'offline', 'pin')
  return (
    <OutcomePage
      outcome={outcome}
      onAgain={() => void look()}
      onMakeCode={() => props.onMakeCode('')}
    />
  )
}

function Shown(props: {
  readonly request: PhoneRequest
  /** It is no longer on the server's list: answered elsewhere, taken back, over, or asked anew. */
  readonly gone: 'ended' | 'changed' | null
  readonly showAnew: () => void
  readonly scanned: string | null
  readonly strange: boolean
  readonly now_ms: number
  readonly onScan: () => void
  readonly onMakeCode: (challenge: string) => void
}) {
  const { request, now_ms, showAnew } = props
  const binding = useBinding()
  const { inbox, look, registration, saw } = usePhone()
  useOccupied(true)
  const [step, setStep] = useState<Step>({ at: 'question' })
  const [matched, setMatched] = useState<string | null>(null)
  useEffect(() => {
    saw(request)
    void clearNotifications(registration)
    void ask(binding, { act: 'opened', transaction: request.transaction })
  }, [])

  const troubleOf = isCall(request.context) ? outcomeOfCall : outcomeOf
  const send = async (answer: Final, number: string) => {
    setStep({ at: 'sending' })
    const heard = await sendAnswer(binding, await answerOf(request, answer))
    const outcome = heard.ok
      ? outcomeFor(answer.decision, request)
      : troubleOf(heard.problem, binding.lock.kind)
    setStep({ at: 'over', outcome, number })
    await look()
  }
  const match = async (number: string) => {
    setStep({ at: 'matching' })
    const heard = await sendAnswer(binding, await answerOf(request, { decision: 'match', number }))
    if (heard.ok) {
      setMatched(number)
      return setStep({ at: 'unlocking', number })
    }
    if (heard.problem === 'login.wrong-number')
      return setStep({ at: 'question', wrongNumber: true })
    return setStep({ at: 'over', outcome: troubleOf(heard.problem, binding.lock.kind), number })
  }
  const choose = (number: string) => {
    if (request.transfer && matched === null) void match(number)
    else setStep({ at: 'unlocking', number })
  }
  /** What was right before is not asked again. */
  const again = (outcome: Outcome, number: string) => {
    if (outcome === 'changed') return showAnew()
    if (outcome === 'wrong') return setStep({ at: 'unlocking', number })
    if (outcome === 'wrong-number') setMatched(null)
    return setStep({ at: 'question' })
  }
  const approve = async (number: string, ocraKey: Bytes) => {
    const at = { suite: suiteOf(binding.suite), at_ms: await serverNow(binding) }
    const response = await respond(ocraKey, number, at)
    // Not awaited: the key is wiped now, not when the server has answered.
    void send({ decision: 'approve', number, response }, number)
  }

  const over = now_ms + inbox.offset_ms >= request.expiresAt ? 'ended' : props.gone
  const gone = over === 'ended' && isCall(request.context) ? 'call-ended' : over
  switch (step.at) {
    case 'question':
      if (gone) return <OutcomePage outcome={gone} onAgain={showAnew} />
      return (
        <Question
          {...props}
          known={request.transfer ? matched : request.number}
          wrongNumber={step.wrongNumber ?? false}
          offset_ms={inbox.offset_ms}
          onApprove={choose}
          onDeny={(decision) => void send({ decision }, '')}
        />
      )
    case 'unlocking':
      if (gone) return <OutcomePage outcome={gone} onAgain={showAnew} />
      return (
        <Unlock
          binding={binding}
          lead={unlockingFor(request)}
          onKey={(ocraKey) => approve(step.number, ocraKey)}
          onCancel={() => setStep({ at: 'question' })}
        />
      )
    case 'matching':
      return <Heading>{t('request.matching')}</Heading>
    case 'sending':
      return <Heading>{t('request.sending')}</Heading>
    case 'over':
      return (
        <OutcomePage
          outcome={step.outcome}
          onAgain={() => again(step.outcome, step.number)}
          {...(!isCall(request.context) && { onMakeCode: () => props.onMakeCode(step.number) })}
        />
      )
  }
}

/** What the key is opened for: of a task the question itself, with the money in it. */
function unlockingFor(request: PhoneRequest): string {
  const { context } = request
  if (isCall(context)) return t('unlock.desk')
  if (context.purpose === 'task') return questionOf(request)
  return t('unlock.login', { platform: context.platform[language()] })
}

const OUTCOMES = { approve: 'approved', deny: 'denied', 'not-me': 'not-me' } as const
const OUTCOMES_OF_TASK = {
  approve: 'task-approved',
  deny: 'task-denied',
  'not-me': 'task-not-me',
} as const

const OUTCOMES_OF_CALL = {
  approve: 'call-approved',
  deny: 'call-not-me',
  'not-me': 'call-not-me',
} as const

const TABLES = { login: OUTCOMES, task: OUTCOMES_OF_TASK, desk: OUTCOMES_OF_CALL } as const

const outcomeFor = (decision: Final['decision'], { context }: PhoneRequest): Outcome =>
  TABLES[context.purpose][decision]

/** With what a request is over. */
type Final =
  | { readonly decision: 'approve'; readonly number: string; readonly response: string }
  | { readonly decision: 'deny' }
  | { readonly decision: 'not-me' }

type Decided = Final | { readonly decision: 'match'; readonly number: string }

/** The answer that is signed: what was decided, and the hash of what was on the screen. */
async function answerOf({ transaction, context }: PhoneRequest, decided: Decided) {
  // The context came as JSON, and is hashed as what it came as.
  const contextHash = await hashOf(context as unknown as Json)
  const about = { transaction, contextHash, signs: await signsHere() }
  if (!isCall(context)) return { ...about, ...decided, act: 'answer' } as const
  // To an agent there is one no: none of us is on the telephone.
  const said = decided.decision === 'deny' ? ({ decision: 'not-me' } as const) : decided
  return { ...about, ...said, act: 'call' } as const
}
