import { MRZ_LENGTH_MAX } from '#core/documents/review/mrz.ts'
import { nameIn, readsOriginals, REVIEW_TABLE } from '#core/documents/review/review.ts'
import {
  CHECKS,
  type Submission,
  SUBMISSION_REASONS,
  type SubmittedPage,
} from '#core/documents/submission.ts'
import type { Problem } from '#core/problems.ts'
import type { Verdicted } from '#engine/documents/review/decisions.ts'
import type { Seen } from '#engine/documents/review/looks.ts'
import { placeOf } from '#edges/desk/documents/place.ts'
import { memberPage } from '#edges/desk/frame/layout.ts'
import type { SeenByMember } from '#edges/desk/frame/session.ts'
import { problemNotice } from '#edges/desk/frame/touch-form.ts'
import { html, type Html, NOTHING, trusted } from '#edges/pages/frame/html.ts'
import { fact, field, formField, notice, pressForm } from '#edges/pages/frame/parts.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

/** In percent of the room that there is. */
export const ZOOMS = [100, 150, 200, 300] as const
/** In degrees, clockwise. */
export const TURNS = [0, 90, 180, 270] as const

interface Look {
  readonly page: number
  readonly zoom: number
  readonly turn: number
}

export interface ReviewFacts extends SeenByMember {
  readonly seen: Seen
  readonly look: Look
  /** What was said before, where that has to be said again. */
  readonly typed: Partial<Omit<Verdicted, 'id'>>
  readonly problem: Problem | null
}

/** One document, page by page, beside what is on record; without a script too. */
export function reviewPage(context: PageContext, facts: ReviewFacts): Html {
  const { text } = context.texts
  const { seen, look, problem } = facts
  const { purpose, pages } = seen.submission
  const page = Math.min(look.page, pages.length)
  const title = text(`desk.documents.purpose.${purpose}`)
  return memberPage(context, facts, {
    title,
    isWrong: problem !== null,
    place: placeOf(facts),
    main: html`${problemNotice(context, problem)}<h1>${title}</h1>
${unusual(context, seen)}<div class="beside stack loose">
${sheet(context, seen.submission, { ...look, page })}
<aside class="stack loose">${onRecord(context, seen)}${
      seen.isTheirs ? saidForm(context, facts) : NOTHING
    }${othersList(context, seen)}${
      readsOriginals(facts.open.member.role) ? originals(context, seen.submission) : NOTHING
    }</aside></div>`,
  })
}

/** What makes two people needed, and who was the first of them. */
function unusual({ texts: { text } }: PageContext, { first, record }: Seen): Html {
  if (first) return notice('plain', text('desk.documents.second', { name: nameIn(first.actor) }))
  if (record.signals.length === 0) return NOTHING
  const signals = record.signals.map((one) => text(`desk.documents.signal.${one}`)).join(' ')
  return notice('warn', html`${signals} ${text('desk.documents.two')}`)
}

/** The page, with what turns, enlarges and changes it: links, so that it takes no script. */
function sheet(context: PageContext, { id, pages }: Submission, look: Look): Html {
  const { text } = context.texts
  const { page, zoom, turn } = look
  const at = (to: Partial<Look>) => {
    const next = { ...look, ...to }
    return `/documents/${id}?page=${next.page}&zoom=${next.zoom}&turn=${next.turn}#sheet`
  }
  const link = (key: string, to: Partial<Look> | null, accessKey: string) =>
    to === null
      ? html`<span class="quiet">${text(`desk.documents.look.${key}`)}</span>`
      : html`<a href="${at(to)}" accesskey="${accessKey}">${text(`desk.documents.look.${key}`)}</a>`
  const index = ZOOMS.findIndex((one) => one === zoom)
  const [smaller, larger] = [ZOOMS[index - 1], ZOOMS[index + 1]]
  const shown = pages[page - 1]
  const facts = { page: String(page), count: String(pages.length) }
  const label = text('desk.documents.look.of', facts)
  const picture = shown?.opened?.ok
    ? html`<div class="sheet zoom-${zoom} turn-${turn}" role="region" tabindex="0"
aria-label="${label}"><img src="/documents/${id}/pages/${page}" alt="${label}"
width="${shown.opened.width}" height="${shown.opened.height}"></div>`
    : html`<p class="sheet">${text('desk.documents.look.unopened')}</p>`
  return html`<section class="stack" id="sheet" aria-label="${text('desk.documents.look.title')}">
<p><strong>${label}</strong></p><p class="row">
${link('before', page > 1 ? { page: page - 1 } : null, 'b')}
${link('next', page < pages.length ? { page: page + 1 } : null, 'n')}
${link('smaller', smaller === undefined ? null : { zoom: smaller }, 'm')}
${link('larger', larger === undefined ? null : { zoom: larger }, 'l')}
${link('turn', { turn: (turn + 90) % 360 }, 't')}</p>
${shown ? measured(context, shown) : NOTHING}${picture}
<p class="quiet small">${text('desk.documents.look.keys')}</p></section>`
}

/** How well it can be read, as the sandbox has measured it: advice, which decides nothing. */
function measured({ texts: { text } }: PageContext, { opened }: SubmittedPage): Html {
  if (!opened?.ok || !opened.legibility) return NOTHING
  const words = text(`desk.documents.measured.${opened.legibility.advice ?? 'good'}`)
  return html`<p class="small">${text('desk.documents.measured.title')} ${words}</p>`
}

/** What the document is compared with. */
function onRecord(context: PageContext, { submission, record }: Seen): Html {
  const {
    texts: { text },
    formats,
    site,
  } = context
  const { client, fullName, address, compared, account } = record
  const none = html`<span class="quiet">${text('desk.documents.record.none')}</span>`
  const shown = (value: string | undefined | null) =>
    value ? html`${value.split('\n').map((line) => html`${line}<br>`)}` : none
  const { mail, movesTo } = submission
  // What is compared comes first; the one on record tells where the client comes from.
  const moving =
    movesTo === undefined ? NOTHING : fact(text('desk.documents.record.moves-to'), shown(compared))
  const way =
    mail === undefined ? 'portal' : mail.isFromOwnAddress ? 'own-address' : 'other-address'
  return html`<section class="stack"><h2>${text('desk.documents.record.title')}</h2>
<dl class="facts">${fact(text('desk.documents.record.name'), fullName ?? none)}
${moving}${fact(text('desk.documents.record.address'), shown(address?.value))}
${fact(text('desk.documents.record.user-name'), client.userName)}
${fact(text('desk.documents.record.account'), submission.account)}
${fact(
  text('desk.documents.record.state'),
  account ? text(`portal.account.status.${account.status}`) : none,
)}
${fact(text('desk.documents.record.received'), formats.moment(submission.receivedAt, site.now()))}
${fact(text('desk.documents.record.came'), text(`desk.documents.record.way.${way}`))}
</dl></section>`
}

/** What may be said of it, with what has to be looked at first. */
function saidForm(context: PageContext, facts: ReviewFacts): Html {
  const { text } = context.texts
  const { seen, typed, token, open } = facts
  const { id, purpose, status } = seen.submission
  const { role } = open.member
  const verdicts = REVIEW_TABLE.filter((row) => row.in === status.state && row.by === role).map(
    ({ verdict }) => verdict,
  )
  const judges = verdicts.includes('accept')
  const choices = verdicts.map((one, index) => {
    const first = index === 0 ? trusted(' id="verdict"') : NOTHING
    return html`<label><input type="radio" name="verdict" value="${one}"${first}${
      typed.verdict === one ? trusted(' checked') : NOTHING
    }><span>${text(`desk.documents.verdict.${one}.name`)}</span></label>
`
  })
  const back = judges
    ? pressForm({
        action: `/documents/back/${id}`,
        token,
        look: 'link',
        words: text('desk.documents.put-back'),
      })
    : NOTHING
  return html`<form class="stack loose" method="post" action="/documents/${id}/verdict" novalidate>
${formField(token)}<input type="hidden" name="print" value="${seen.print}">
${judges ? checkList(context, facts) : NOTHING}
<fieldset><legend>${text('desk.documents.verdict.legend')}</legend>
<div class="stack checks">${choices}</div></fieldset>${reasonList(context, typed)}
<p><button class="button">${text('desk.documents.verdict.on')}</button></p></form>${back}
<p class="quiet small">${text(`desk.documents.about.${purpose}`)}</p>`
}

function checkList({ texts: { text } }: PageContext, { seen, typed }: ReviewFacts): Html {
  const { purpose } = seen.submission
  const boxes = CHECKS[purpose].map(
    (one) => html`<label><input type="checkbox" name="checks" value="${one}"${
      typed.checks?.includes(one) ? trusted(' checked') : NOTHING
    }><span>${text(`desk.documents.check.${one}`)}</span></label>
`,
  )
  const mrz =
    purpose === 'identity'
      ? html`<div class="field"><label for="mrz">${text('desk.documents.mrz.label')}</label>
<p class="hint" id="mrz-hint">${text('desk.documents.mrz.hint')}</p>
<textarea id="mrz" name="mrz" rows="3" maxlength="${MRZ_LENGTH_MAX}" class="mono" spellcheck="false"
autocomplete="off" autocapitalize="characters"
aria-describedby="mrz-hint">${typed.mrz ?? ''}</textarea>
</div>`
      : NOTHING
  return html`<fieldset><legend>${text('desk.documents.check.legend')}</legend>
<div class="stack checks">${boxes}</div></fieldset>${field({
    id: 'date',
    label: text(`desk.documents.date.${purpose}`),
    value: typed.date,
    attributes: 'type="date" autocomplete="off"',
  })}${mrz}`
}

function reasonList({ texts: { text } }: PageContext, typed: ReviewFacts['typed']): Html {
  const options = SUBMISSION_REASONS.map(
    (one) =>
      html`<option value="${one}"${
        typed.reason === one ? trusted(' selected') : NOTHING
      }>${text(`submissions.reason.${one}`)}</option>`,
  )
  return html`<div class="field"><label for="reason">${text('desk.documents.reason.label')}</label>
<p class="hint" id="reason-hint">${text('desk.documents.reason.hint')}</p>
<select id="reason" name="reason" aria-describedby="reason-hint">
<option value="">${text('desk.documents.reason.none')}</option>${options}</select></div>`
}

/** For compliance: saved, and opened in no browser. */
function originals({ texts: { text } }: PageContext, { id, pages }: Submission): Html {
  const items = pages.map(
    ({ kind }, index) =>
      html`<li><a href="/documents/${id}/originals/${index + 1}" download>${text(
        'desk.documents.look.original',
      )} (${index + 1}, ${kind})</a></li>`,
  )
  return html`<section class="stack"><h2>${text('desk.documents.originals')}</h2>
<p class="quiet small">${text('desk.documents.originals-hint')}</p>
<ul class="stack">${items}</ul></section>`
}

/** What this client has sent besides. */
function othersList(context: PageContext, { others }: Seen): Html {
  const {
    texts: { text },
    formats,
    site,
  } = context
  if (others.length === 0) return NOTHING
  const items = others.slice(0, OTHERS_SHOWN).map(
    ({ purpose, receivedAt, status }) =>
      html`<li>${text('desk.documents.other', {
        purpose: text(`desk.documents.purpose.${purpose}`),
        received: formats.past(receivedAt, site.now()),
        state: text(`desk.documents.state.${status.state}`),
      })}</li>`,
  )
  return html`<section class="stack"><h2>${text('desk.documents.others')}</h2>
<ul class="stack small">${items}</ul></section>`
}

const OTHERS_SHOWN = 5
