import { readFileSync } from 'node:fs'
import { orderRules, Orders } from '#config/broker.ts'
import { pinRules, Pins } from '#config/limits/pins.ts'
import { withdrawalLimits, Withdrawals } from '#config/limits/withdrawals.ts'
import { allBlocks, plain } from '#core/help/article.ts'
import { LANGUAGES } from '#core/subscribers/account.ts'
import type { Figure } from '#core/figure.ts'
import { type Guide, GUIDES } from '#edges/pages/help/guides.ts'
import { readArticle } from '#edges/pages/help/reading/read-article.ts'
import { figureOf, type FigureName, isFigureName } from '#engine/figures.ts'
import { SEEDS } from './seeds.ts'

/** `docs/help.md`: each article of the seeds beside ours, with its steps, figures and tests. */
export function articlesPage(): string {
  const rows = SEEDS.map(({ names, about, guide, steps, rows: required }) => [
    names.join(', '),
    about,
    links(guide),
    steps.length === 0 ? '–' : steps.join(' + '),
    stepsOf(guide).join(' + ') || '–',
    figuresIn(guide).join('; ') || '–',
    required.map((row) => `R${String(row).padStart(3, '0')}`).join(' '),
  ])
  const named = new Set(SEEDS.map(({ guide }) => guide))
  const ours = GUIDES.filter((guide) => !named.has(guide)).map((guide) => [
    links(guide),
    stepsOf(guide).join(' + ') || '–',
    figuresIn(guide).join('; ') || '–',
  ])
  return `# The help, beside the articles that it comes from

The mission began with two bundles of articles, A1 to A7 and B1 to B10, and with the topics that
these refer to by a number. Each has a counterpart here, in our own words, in English and French.
\`node scripts/help.ts\` writes this page from \`scripts/help/seeds.ts\`, the articles and the
defaults of the settings; \`src/edges/pages/help/seeds.test.ts\` holds it.

* *Steps* counts numbered lists, and headings with a number. Where ours are fewer, the product asks
  for less: one page in place of three, or the phone that goes on by itself.
* *Figures* come from the rules and settings, here with their defaults; a broker who changes one
  sees the articles changed (\`src/edges/pages/help/articles.test.ts\`).
* *Held by* are rows of the mission. \`npm run coverage:mission\` prints the tests of each.

${table(['article', 'what it is about', 'ours', 'its steps', 'ours', 'figures', 'held by'], rows)}

## Articles that no seed has

${table(['ours', 'steps', 'figures'], ours)}
`
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n')
}

const links = (guide: Guide): string =>
  LANGUAGES.map((language) => `[${guide} ${language}](../help/${language}/${guide}.md)`).join(', ')

const sourceOf = (guide: Guide): string => readFileSync(`help/en/${guide}.md`, 'utf8')

/** How many steps each list has; headings that are numbered are one list, and come first. */
export function stepsOf(guide: Guide): readonly number[] {
  const blocks = allBlocks(readArticle(sourceOf(guide)).blocks)
  const numbered = blocks.filter(
    (one) => one.kind === 'heading' && /^\d+\. /.test(plain(one.words)),
  ).length
  const lists = blocks.flatMap((one) => (one.kind === 'steps' ? [one.items.length] : []))
  return numbered > 0 ? [numbered, ...lists] : lists
}

const SETTINGS = {
  orders: orderRules(Orders.parse({})),
  pins: pinRules(Pins.parse({})),
  withdrawals: withdrawalLimits(Withdrawals.parse({})),
}

function figuresIn(guide: Guide): readonly string[] {
  const names = [...sourceOf(guide).matchAll(/\{\{([^}]+)\}\}/g)].map(([, name = '']) => name)
  return [...new Set(names)].filter(isFigureName).map(told)
}

const told = (name: FigureName): string => `${name}: ${inWords(figureOf(SETTINGS, name))}`

const MEBIBYTE = 1_024 * 1_024

function inWords(figure: Figure): string {
  if ('usd' in figure) return figure.usd === null ? 'no limit' : `USD ${grouped(figure.usd)}`
  if ('bytes' in figure) return `${figure.bytes / MEBIBYTE} MiB`
  if ('byCountry' in figure) {
    const { days, elsewhere } = figure.byCountry
    const known = Object.entries(days).map(([country, count]) => `${country} ${count}`)
    return [...known, `elsewhere ${elsewhere} days`].join(', ')
  }
  if (!('unit' in figure)) return String(figure.count)
  return `${figure.count} ${figure.unit}${figure.count === 1 ? '' : 's'}`
}

const grouped = (amount: number): string => amount.toLocaleString('en')
