import { useEffect, useState } from 'preact/hooks'
import { readCode } from '#core/text/typed.ts'
import type { CallContext, PhoneContext, PhoneRequest } from '#methods/phone-key/wire.ts'
import { useCamera } from '../../context.ts'
import { Left } from '../left.tsx'
import { Field, fieldOf, focusSoon, Heading } from '../../layout/page.tsx'
import { factsIn, moneyIn, type Task } from '../../words/task.ts'
import { clockTime, minutesAndSeconds } from '../../words/times.ts'
import { language, type Name, t } from '../../words/words.ts'
import { isCall, questionOf } from './requests.tsx'

/** What is wrong with the number, as a key of `request` in `locales/`. */
type Flaw = 'noNumber' | 'wrongNumber'

/** The same where the number is read out, as a key of `call`. */
const HEARD = { noNumber: 'call.noNumber', wrongNumber: 'call.wrongNumber' } as const

/** A page that appears under a finger must not take its tap for an answer. */
const DEAF_MS = 400

interface Asked {
  readonly request: PhoneRequest
  readonly scanned: string | null
  readonly strange: boolean
  /** The number, where it is not to be carried over, or was right already. */
  readonly known: string | null
  /** The number that was sent is not that of the page. */
  readonly wrongNumber: boolean
  readonly now_ms: number
  readonly offset_ms: number
  readonly onScan: () => void
  readonly onApprove: (number: string) => void
  readonly onDeny: (decision: 'deny' | 'not-me') => void
}

/** Who asks to come in, from where, with what; and the three answers. */
export function Question(props: Asked) {
  const { request, now_ms, offset_ms, onDeny } = props
  const { context } = request
  const deaf = useDeaf()
  return (
    <>
      <div class="stack">
        <Heading>{questionOf(request)}</Heading>
        {isCall(context) && <p>{t('call.lead')}</p>}
      </div>
      {isCall(context) ? (
        <CallFacts context={context} now_ms={now_ms + offset_ms} />
      ) : (
        <Facts context={context} now_ms={now_ms + offset_ms} />
      )}
      <Answers {...props} deaf={deaf} ends_ms={request.expiresAt - offset_ms} />
      <div class="section stack push">
        <button
          type="button"
          class="button danger"
          disabled={deaf}
          onClick={() => onDeny('not-me')}
        >
          {t(isCall(context) ? 'call.deny' : 'request.notMe')}
        </button>
        <p class="quiet small">{t(isCall(context) ? 'call.denyText' : 'request.notMeText')}</p>
        {!isCall(context) && (
          <p class="small">
            <a href="#code">{t('outcome.code')}</a>
          </p>
        )}
      </div>
    </>
  )
}

/** Number, Approve, Deny. Enter in the field is Approve only when a whole number stands in it. */
function Answers(props: Asked & { readonly deaf: boolean; readonly ends_ms: number }) {
  const { known, deaf, onApprove, onDeny } = props
  // A picture whose number was wrong is not offered again.
  const [typed, setTyped] = useState(props.wrongNumber ? '' : (props.scanned ?? ''))
  const [flaw, setFlaw] = useState<Flaw | null>(props.wrongNumber ? 'wrongNumber' : null)
  const camera = useCamera()
  const strange = props.strange && typed === '' ? 'otherLogin' : null
  const { context } = props.request
  const said = flaw ?? strange
  const error = flaw !== null && isCall(context) ? t(HEARD[flaw]) : said && t(`request.${said}`)
  const label = isCall(context) ? t('call.number', { agent: context.agent }) : t('request.number')
  useEffect(() => {
    if (props.wrongNumber) focusSoon('number')
  }, [])
  const approve = (event: Event) => {
    event.preventDefault()
    if (deaf) return undefined
    const number = known ?? readCode(typed)
    if (/^[0-9]{6}$/.test(number)) return onApprove(number)
    setFlaw('noNumber')
    return focusSoon('number')
  }
  return (
    <form class="stack loose" noValidate onSubmit={approve}>
      {known === null && camera && !isCall(context) && (
        <button type="button" class="button plain" disabled={deaf} onClick={props.onScan}>
          {t('request.scan')}
        </button>
      )}
      {known === null && (
        <Field id="number" label={label} error={error}>
          <input
            {...fieldOf('number', { error })}
            class="code"
            inputmode="numeric"
            value={typed}
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
        </Field>
      )}
      {isCall(context) ? (
        <button type="submit" class="button" disabled={deaf}>
          {t('call.confirm')}
        </button>
      ) : (
        <div class="half">
          <button type="submit" class="button" disabled={deaf}>
            {t('request.approve')}
          </button>
          <button type="button" class="button plain" disabled={deaf} onClick={() => onDeny('deny')}>
            {t('request.deny')}
          </button>
        </div>
      )}
      <Left ends_ms={props.ends_ms} now_ms={props.now_ms} />
    </form>
  )
}

/** All that is signed, fact by fact. `now_ms` is by the server's clock. */
export function Facts(props: { readonly context: PhoneContext; readonly now_ms: number }) {
  const { context, now_ms } = props
  const { account, environment, place, browser, newBrowser, askedAt } = context
  const facts = [
    ...(context.task ? factsOf(context.task) : []),
    ...(context.task ? [[t('request.platform'), context.platform[language()]] as const] : []),
    [t('request.account'), t(`request.${environment}`, { account })],
    [t('request.place'), place],
    [t('request.browser'), browser],
    [t('request.asked'), agoOf(askedAt, now_ms)],
  ] as const
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            {value}
            {name === t('request.browser') && newBrowser && (
              <>
                {' '}
                <span class="tag warn">{t('request.new')}</span>
              </>
            )}
          </dd>
        </div>
      ))}
    </dl>
  )
}

/** Who of us asks, why, and what it opens: all of it is signed. */
function CallFacts(props: { readonly context: CallContext; readonly now_ms: number }) {
  const { agent, brand, userName, caseNumber, reason, opens, askedAt } = props.context
  const facts = [
    [t('call.fact.agent'), t('call.fact.from', { agent, brand })],
    [t('call.fact.reason'), wordsOf('reason', reason)],
    [t('call.fact.opens'), wordsOf('opens', opens)],
    [t('call.fact.userName'), userName],
    [t('call.fact.case'), caseNumber],
    [t('request.asked'), agoOf(askedAt, props.now_ms)],
  ] as const
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

const OPENS = {
  stop: 'call.opens.stop',
  access: 'call.opens.access',
  device: 'call.opens.device',
  password: 'call.opens.password',
} as const satisfies Readonly<Record<string, Name>>

const REASONS = {
  'lost-device': 'call.reason.lost-device',
  'stolen-device': 'call.reason.stolen-device',
  'cannot-log-in': 'call.reason.cannot-log-in',
  'forgotten-password': 'call.reason.forgotten-password',
  'forgotten-user-name': 'call.reason.forgotten-user-name',
  suspicious: 'call.reason.suspicious',
  question: 'call.reason.question',
} as const satisfies Readonly<Record<string, Name>>

/** What is newer than this app is shown as it came: it is signed. */
function wordsOf(of: 'reason' | 'opens', name: string): string {
  const table: Readonly<Record<string, Name>> = of === 'opens' ? OPENS : REASONS
  const words = Object.hasOwn(table, name) ? table[name] : undefined
  return words === undefined ? name : t(words)
}

function agoOf(at_ms: number, now_ms: number): string {
  const { minutes, seconds } = minutesAndSeconds(now_ms - at_ms)
  const time = clockTime(at_ms, language())
  return minutes > 0 ? t('ago.minutes', { time, minutes }) : t('ago.seconds', { time, seconds })
}

/** What is done comes first: the money, then to whom; all of it is signed. */
function factsOf(task: Task): readonly (readonly [string, string])[] {
  const money = moneyIn(task, language())
  const rows = factsIn(task).map(
    ({ words, name, value }) => [words ? t(words) : name, value] as const,
  )
  return money === '' ? rows : [[t('request.amount'), money], ...rows]
}

function useDeaf(): boolean {
  const [deaf, setDeaf] = useState(true)
  useEffect(() => {
    const timer = setTimeout(() => setDeaf(false), DEAF_MS)
    return () => clearTimeout(timer)
  }, [])
  return deaf
}
