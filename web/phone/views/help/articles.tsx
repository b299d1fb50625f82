import MiniSearch from 'minisearch'
import { useEffect, useMemo, useState } from 'preact/hooks'
import type { KeptHelp } from '#core/help/kept.ts'
import {
  type Answer,
  type Entry,
  entriesOf,
  indexOptions,
  searchIn,
  WORDS_MAX,
} from '#core/help/search.ts'
import { usePhone } from '../../context.ts'
import { announce, Call, Field, fieldOf, Heading, Notice } from '../../layout/page.tsx'
import { keptHelp, tellSearched } from '../../server/kept-help.ts'
import { phraseOf } from '../../words/phrase.ts'
import { language, t } from '../../words/words.ts'
import { Article, articleAddress } from './article.tsx'

const AGAIN_MS = 5_000

/** What was looked for last: it is there again when a client comes back from an article. */
let asked = ''

/** The help of the server, on the phone: searched and read without a connection too. */
export function Articles({ guide, part }: { readonly guide: string; readonly part: string }) {
  const spoken = language()
  const help = useHelp(spoken)
  if (help === undefined) return null
  if (help === null) return <Unloaded />
  const article = help.shelves
    .flatMap(({ articles }) => articles)
    .find((one) => one.guide === guide)
  return article ? <Article article={article} part={part} /> : <Search help={help} />
}

/** `undefined` while it is asked for. Where there is none, it is asked for again. */
function useHelp(spoken: ReturnType<typeof language>): KeptHelp | null | undefined {
  const [help, setHelp] = useState<KeptHelp | null>()
  useEffect(() => {
    let isLeft = false
    let again: ReturnType<typeof setTimeout>
    const load = async () => {
      clearTimeout(again)
      const loaded = await keptHelp(spoken)
      if (isLeft) return
      setHelp((before) => loaded ?? before ?? null)
      // What says that it is connected is often so a moment later.
      if (!loaded) again = setTimeout(now, AGAIN_MS)
    }
    const now = () => void load()
    setHelp(undefined)
    now()
    window.addEventListener('online', now)
    return () => {
      isLeft = true
      clearTimeout(again)
      window.removeEventListener('online', now)
    }
  }, [spoken])
  return help
}

function Unloaded() {
  const { help } = usePhone().installation
  return (
    <>
      <Heading>{t('help.articles')}</Heading>
      <Notice kind="warn">
        <p>{t('help.unloaded')}</p>
      </Notice>
      <p>
        <Call sentence={help} help={help} />
      </p>
    </>
  )
}

function Search({ help }: { readonly help: KeptHelp }) {
  const [words, setWords] = useState(asked)
  const spoken = language()
  const say = (name: string, values = {}) =>
    phraseOf({ phrases: help.phrases, language: spoken }, name, values)
  const index = useMemo(() => indexOf(help, spoken), [help, spoken])
  const answer = useMemo(
    () => (words.trim() === '' ? null : searchIn(index, words)),
    [index, words],
  )
  const settle = () => {
    if (!answer) return
    announce(say(answer.finding, { count: answer.found.length }))
    tellSearched(spoken, answer.finding)
  }
  return (
    <>
      <Heading>{t('help.articles')}</Heading>
      <form role="search" onSubmit={(event) => event.preventDefault()}>
        <Field id="q" label={say('label')} hint={say('hint')} error={null}>
          <input
            {...fieldOf('q', { hint: true, error: null })}
            type="search"
            maxLength={WORDS_MAX}
            value={words}
            onInput={({ currentTarget: { value } }) => setWords((asked = value))}
            onChange={settle}
          />
        </Field>
      </form>
      {answer ? <Found answer={answer} say={say} /> : <Shelves help={help} />}
    </>
  )
}

function indexOf(help: KeptHelp, spoken: ReturnType<typeof language>): MiniSearch<Entry> {
  const index = new MiniSearch<Entry>(indexOptions(spoken))
  for (const { articles } of help.shelves)
    for (const one of articles) index.addAll(entriesOf(one.guide, one, one.said))
  return index
}

function Found(props: {
  readonly answer: Answer
  readonly say: (name: string, values?: { readonly count: number }) => string
}) {
  const { answer, say } = props
  return (
    <section class="stack">
      <h2>{say(answer.finding, { count: answer.found.length })}</h2>
      <ul class="stack" role="list">
        {answer.found.map(({ guide, title, section }) => (
          <li key={guide}>
            <a href={articleAddress(guide, section?.anchor)}>{title}</a>
            {section && (
              <>
                <br />
                <span class="quiet small">{section.heading}</span>
              </>
            )}
          </li>
        ))}
      </ul>
      <p class="quiet">
        {say('else')} <a href="/help/questions/start">{say('ask')}</a>
      </p>
    </section>
  )
}

const Shelves = ({ help }: { readonly help: KeptHelp }) => (
  <>
    {help.shelves.map(({ title, articles }) => (
      <section key={title} class="stack">
        <h2>{title}</h2>
        <ul class="stack" role="list">
          {articles.map((one) => (
            <li key={one.guide}>
              <a href={articleAddress(one.guide)}>{one.title}</a>
            </li>
          ))}
        </ul>
      </section>
    ))}
  </>
)
