import { changedBlocks, filledWords } from '#core/help/article.ts'
import { KEPT_FORM, type KeptArticle, type KeptHelp } from '#core/help/kept.ts'
import { type Guide, SHELVES } from '#edges/pages/help/guides.ts'
import { articleOn, pictureAddress } from '#edges/pages/help/help-articles.ts'
import { filledIn } from '#edges/pages/help/reading/fill-ins.ts'
import { saidBefore } from '#edges/pages/help/search/search.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'
import type { Texts } from '#edges/texts/texts.ts'

/** What the phone says in its search is what the page says. */
const PHRASES = [
  ...(['label', 'hint', 'all_one', 'all_other', 'some_one', 'some_other', 'none'] as const),
  ...(['else', 'ask'] as const),
]

/** The help as a phone keeps it, with the figures of this installation. */
export function keptHelp(context: PageContext): KeptHelp {
  const { text } = context.texts
  const shelves = Object.entries(SHELVES).map(([shelf, guides]) => ({
    title: text(`login.help.shelf.${shelf}`),
    articles: guides.map((guide) => keptArticle(context, guide)),
  }))
  const phrases = PHRASES.map(
    (name) => [name, unfilled(context.texts, `login.help.search.${name}`)] as const,
  )
  return { form: KEPT_FORM, shelves, phrases: Object.fromEntries<string>(phrases) }
}

/** With its place holders, which the phone fills in. */
const unfilled = ({ segments }: Texts, key: string): string =>
  segments(key)
    .map((segment, at) => (at % 2 === 1 ? `{{${segment}}}` : segment))
    .join('')

function keptArticle(context: PageContext, guide: Guide): KeptArticle {
  const { language } = context.texts
  const { title, blocks } = articleOn(guide, language)
  const filled = changedBlocks(blocks, {
    words: (words) => filledWords(words, (name) => filledIn(context, name)),
    picture: pictureAddress,
  })
  return { guide, title, said: saidBefore(guide, language), blocks: filled }
}
