import { wordsHtml } from '#edges/pages/help/reading/article.ts'
import { articleOn } from '#edges/pages/help/help-articles.ts'
import type { Guide } from '#edges/pages/help/guides.ts'
import { filledIn, isFillIn } from '#edges/pages/help/reading/fill-ins.ts'
import { ANSWERS, type Helped } from '#edges/pages/help/helped.ts'
import { ACTS, type Asked, FIRST, type Outcome } from '#edges/pages/help/questions.ts'
import { html, type Html, NOTHING } from '#edges/pages/frame/html.ts'
import {
  besideAdvice,
  callButton,
  layout,
  stayingSafe,
  technicalNumber,
  telephone,
} from '#edges/pages/frame/layout.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'
import { headline, notice, pressForm } from '#edges/pages/frame/parts.ts'

interface ShownQuestion {
  readonly name: string
  readonly asked: Asked
  /** What the client has just said about an outcome. */
  readonly helped: Helped | null
  /** Goes with what they say. */
  readonly token: string
}

/** One question with its answers, or what to do: plain links, so it needs no script. */
export function questionPage(context: PageContext, shown: ShownQuestion): Html {
  const { texts: t } = context
  const { name, asked } = shown
  const isQuestion = 'answers' in asked
  const title = t.text(`login.help.ask.${name}.${isQuestion ? 'title' : 'label'}`)
  const column = isQuestion
    ? html`${headline(title, t.text('login.help.asking.choose'))}
<ul class="stack" role="list">${asked.answers.map((answer) => answerLink(context, answer))}</ul>`
    : html`${headline(title, leadOf(context, name))}
<div class="row">${actButton(context, asked)}${guideBeside(context, asked)}</div>
${helpedPart(context, shown)}`
  return layout(context, {
    title,
    surface: 'narrow',
    styles: ['confirm', 'help'],
    main: besideAdvice(html`${column}\n${onward(context, name, asked)}`, stayingSafe(context)),
  })
}

/** What to do, in words; a figure stands in them as it does in an article. */
const leadOf = (context: PageContext, name: string): Html =>
  html`${context.texts
    .segments(`login.help.ask.${name}.lead`)
    .map((part, index) =>
      index % 2 === 1 && isFillIn(part) ? wordsHtml(filledIn(context, part)) : part,
    )}`

const answerLink = ({ texts: { text } }: PageContext, answer: string): Html =>
  html`<li><a href="/help/questions/${answer}">${text(`login.help.ask.${answer}.label`)}</a></li>`

const guideWords = ({ texts: { text, language } }: PageContext, guide: Guide): string =>
  text('common.help-on', { title: articleOn(guide, language).title })

/** The one thing to do, as a button. */
function actButton(context: PageContext, { act, guide }: Outcome): Html {
  const { text } = context.texts
  if (act === 'call') return callButton(context)
  if (act === 'call_technical') return callButton(context, technicalNumber(context.site))
  if (act === 'read')
    return html`<a class="button" href="/help/${guide}">${guideWords(context, guide)}</a>`
  return html`<a class="button" href="${ACTS[act]}">${text(`login.help.act.${act}`)}</a>`
}

/** The article, where it is not the button. */
const guideBeside = (context: PageContext, { act, guide }: Outcome): Html =>
  act === 'read' ? NOTHING : html`<a href="/help/${guide}">${guideWords(context, guide)}</a>`

/** Asks whether it helped; a client who has said so is thanked, and told what is left. */
function helpedPart({ texts: { text } }: PageContext, shown: ShownQuestion): Html {
  const { name, helped, token } = shown
  if (helped) return notice(helped === 'yes' ? 'ok' : 'plain', text(`login.help.helped.${helped}`))
  const buttons = ANSWERS.map((one) =>
    pressForm({
      action: `/help/questions/${name}`,
      token,
      look: 'button plain',
      words: text(`login.help.helped.say-${one}`),
      sends: { name: 'helped', value: one },
    }),
  )
  return html`<section class="section stack"><h2>${text('login.help.helped.title')}</h2>
<div class="row">${buttons}</div></section>`
}

/** What is left when it did not help. */
function onward({ texts: { text }, site }: PageContext, name: string, asked: Asked): Html {
  const again =
    name === FIRST
      ? html`<a href="/help">${text('login.help.asking.all')}</a>`
      : html`<a href="/help/questions/${FIRST}">${text('login.help.asking.again')}</a>`
  const call = html`${text('login.help.asking.call')} ${telephone(site)}`
  const unsolved = text(`login.help.asking.${'answers' in asked ? 'none' : 'unsolved'}`)
  return html`<p class="quiet">${unsolved} ${again} ${call}</p>`
}
