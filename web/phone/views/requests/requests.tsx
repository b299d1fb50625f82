import { useState } from 'preact/hooks'
import type {
  CallContext,
  EarlierRequest,
  PhoneContext,
  PhoneRequest,
} from '#methods/phone-key/wire.ts'
import { usePhone } from '../../context.ts'
import { Icon } from '../../layout/icons.tsx'
import { openRequests } from '../../server/inbox.ts'
import { useNow } from '../left.tsx'
import { announce, Heading } from '../../layout/page.tsx'
import type { Trouble } from '../../server/server.ts'
import { clockTime, daysAgo, shortDay, shortTime } from '../../words/times.ts'
import { moneyIn, nameOf, titleOf } from '../../words/task.ts'
import { language, t } from '../../words/words.ts'

/**
 * What waits for an answer, whether or not a notification came (R043), and what was answered
 * before.
 */
export function Requests() {
  const { inbox, look, binding } = usePhone()
  const now_ms = useNow()
  const open = openRequests(inbox, now_ms)
  const [looked, setLooked] = useState('')
  const lookAgain = async () => {
    const found = await look()
    const nothing = !found.trouble && openRequests(found, Date.now()).length === 0
    const said = nothing ? t('requests.looked', { time: clockTime(Date.now(), language()) }) : ''
    setLooked(said)
    announce(said)
  }
  const again = (
    <>
      <p>
        <button type="button" class="link" onClick={() => void lookAgain()}>
          {t('requests.look')}
        </button>
      </p>
      {looked && !inbox.trouble && open.length === 0 && <p class="quiet small">{looked}</p>}
    </>
  )
  return (
    <>
      <Heading>{t('requests.title')}</Heading>
      {inbox.trouble ? (
        <Trouble trouble={inbox.trouble} name={binding?.name ?? ''} again={again} />
      ) : open.length > 0 ? (
        <>
          <Open requests={open} />
          {again}
        </>
      ) : inbox.list ? (
        <div class="empty stack">
          <h2>{t('requests.nothing')}</h2>
          <p class="quiet">{t('requests.nothingText')}</p>
          {again}
        </div>
      ) : (
        <p class="quiet">{t('requests.looking')}</p>
      )}
      {inbox.list && inbox.list.earlier.length > 0 && (
        <Earlier earlier={inbox.list.earlier} now_ms={now_ms + inbox.offset_ms} />
      )}
    </>
  )
}

/** The sentence that asks for a yes, by what it is for. */
export function questionOf({ context }: Pick<PhoneRequest, 'context'>): string {
  if (isCall(context)) return t('request.desk')
  const { task } = context
  const title = task && titleOf(task)
  if (task && title) return t(title, { amount: moneyIn(task, language()) })
  return t(`request.${context.purpose}`, { platform: context.platform[language()] })
}

/** Whether an agent of the desk asks, who is on the telephone. */
export const isCall = (context: PhoneContext | CallContext): context is CallContext =>
  context.purpose === 'desk'

const hintOf = ({ context }: PhoneRequest): string =>
  isCall(context)
    ? t('call.asks', { agent: context.agent })
    : t('requests.hint', { place: context.place, browser: context.browser })

function Open({ requests }: { readonly requests: readonly PhoneRequest[] }) {
  return (
    <ul class="picker" role="list">
      {requests.map((request) => (
        <li key={request.transaction}>
          <a href={`#request=${request.transaction}`}>
            <Icon name="phone" />
            <span>
              <strong>{questionOf(request)}</strong>
              <br />
              <span class="quiet small">{hintOf(request)}</span>
            </span>
            <Icon name="next" />
          </a>
        </li>
      ))}
    </ul>
  )
}

const TITLES = { offline: 'requests.offline', forged: 'requests.forged' } as const
const TEXTS = { offline: 'requests.offlineText', forged: 'requests.forgedText' } as const

function Trouble(props: {
  readonly trouble: Trouble
  readonly name: string
  readonly again: preact.JSX.Element
}) {
  const { trouble, name, again } = props
  const known = trouble === 'offline' || trouble === 'forged' ? trouble : null
  return (
    <div class="empty stack">
      <h2>{known ? t(TITLES[known], { name }) : t('requests.trouble')}</h2>
      <p class="quiet">{known ? t(TEXTS[known], { name }) : t('requests.troubleText')}</p>
      <p>
        <a href="#code">{t('requests.makeCode')}</a>
      </p>
      {again}
    </div>
  )
}

function Earlier(props: { readonly earlier: readonly EarlierRequest[]; readonly now_ms: number }) {
  return (
    <section class="stack">
      <h2>{t('requests.earlier')}</h2>
      <ol class="track" role="list">
        {props.earlier.map(({ platform, doing, outcome, at }) => (
          <li key={at} class={outcome === 'approved' ? 'done' : undefined}>
            <span>
              {t(`requests.${outcome}`, { platform: doneIn(doing) ?? platform[language()] })}
            </span>
            <time dateTime={new Date(at).toISOString()}>{dayOf(at, props.now_ms)}</time>
          </li>
        ))}
      </ol>
    </section>
  )
}

/** What the task was; nothing for a login, and for a kind that is newer than this app. */
function doneIn(doing: string | undefined): string | null {
  const name = doing === undefined ? null : nameOf(doing)
  return name && t(name)
}

function dayOf(at_ms: number, now_ms: number): string {
  const days = daysAgo(at_ms, now_ms)
  if (days === 0) return shortTime(at_ms, language())
  return days === 1 ? t('requests.yesterday') : shortDay(at_ms, language())
}
