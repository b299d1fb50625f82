import { useEffect, useState } from 'preact/hooks'
import { halves, spaced } from '../../words/digits.ts'
import { Left, useNow } from '../left.tsx'
import { announce, Heading } from '../../layout/page.tsx'
import { t } from '../../words/words.ts'

/** The eight digits, for less than a minute, with what they are for. They are kept nowhere. */
export function Response(props: {
  readonly response: string
  /** What it is for, and what it was made from. */
  readonly says: string
  readonly from: string
  readonly ends_ms: number
  /** Its time is over: the page forgets the digits. */
  readonly onOver: () => void
  readonly onDone: () => void
}) {
  const { response, says, from, ends_ms, onOver, onDone } = props
  const now_ms = useNow()
  const over = now_ms >= ends_ms
  useEffect(() => {
    if (over) onOver()
  }, [over])
  if (over) return null
  const [first, second] = halves(response)
  return (
    <>
      <div class="stack">
        <Heading>{t('response.title')}</Heading>
        <p>{says}</p>
      </div>
      <div>
        <p class="number">
          <span class="hidden">{spaced(response)}</span>
          <span aria-hidden="true">{first}</span>
          <span aria-hidden="true">{second}</span>
        </p>
        <Left ends_ms={ends_ms} now_ms={now_ms} />
      </div>
      <div class="stack">
        <p class="quiet">{from}</p>
        <div class="half">
          <Copy text={response} />
          <button type="button" class="button" onClick={onDone}>
            {t('response.done')}
          </button>
        </div>
      </div>
    </>
  )
}

/** Copies the digits without the space. */
function Copy({ text }: { readonly text: string }) {
  const [copied, setCopied] = useState(false)
  const copy = async () => {
    await navigator.clipboard.writeText(text)
    setCopied(true)
    announce(t('response.copied'))
  }
  return (
    <button type="button" class="button plain" onClick={() => void copy().catch(() => undefined)}>
      {copied ? t('response.copied') : t('response.copy')}
    </button>
  )
}

export function Over(props: { readonly onAnother: () => void; readonly onDone: () => void }) {
  return (
    <>
      <div class="stack">
        <Heading>{t('response.over')}</Heading>
        <p>{t('response.overText')}</p>
      </div>
      <div class="half">
        <button type="button" class="button plain" onClick={props.onDone}>
          {t('response.done')}
        </button>
        <button type="button" class="button" onClick={props.onAnother}>
          {t('response.another')}
        </button>
      </div>
    </>
  )
}
