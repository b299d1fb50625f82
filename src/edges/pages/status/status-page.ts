import { EVERYWHERE } from '#core/status/lateness.ts'
import { disturbances, SHOWN_DAYS, type Subject, SUBJECTS } from '#core/status/subjects.ts'
import type { Status } from '#engine/status/status.ts'
import { html, type Html, NOTHING } from '#edges/pages/frame/html.ts'
import { besideAdvice, layout, stayingSafe, telephone } from '#edges/pages/frame/layout.ts'
import { headline, notice } from '#edges/pages/frame/parts.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'
import { latePlaces, lateWords, placeName } from '#edges/pages/status/status-words.ts'

/**
 * What works and what is late, now and in the last days. It says no more than a client notices by
 * themselves: no version, no number of clients, no carrier, and no country that was never late.
 */
export function statusPage(context: PageContext, status: Status): Html {
  const { texts: t } = context
  const places = latePlaces(status.late)
  const lead = t.text(places.size === 0 ? 'status.lead.works' : 'status.lead.late')
  const told = status.notice ? notice('warn', status.notice.words[t.language]) : NOTHING
  const stale = status.isFresh ? NOTHING : notice('plain', t.text('status.stale'))
  const parts = SUBJECTS.filter(status.isWatched).map((subject) =>
    part(context, { subject, status, late: places.get(subject) }),
  )
  const main = html`${headline(t.text('status.title'), lead)}
${told}${stale}
<div class="stack loose">${parts}</div>
${since(context, status)}
<div class="row"><a href="/connectivity">${t.text('connectivity.title')}</a></div>`
  return page(context, main)
}

/** Where the database does not answer: that is what there is to tell. */
export function noStatusPage(context: PageContext): Html {
  const { text } = context.texts
  const words = html`${text('status.unread')} ${telephone(context.site)}`
  return page(context, headline(text('status.title'), words))
}

const page = (context: PageContext, main: Html): Html =>
  layout(context, {
    title: context.texts.text('status.title'),
    surface: 'narrow',
    styles: ['confirm'],
    main: besideAdvice(main, stayingSafe(context)),
  })

interface Part {
  readonly subject: Subject
  readonly status: Status
  readonly late: readonly string[] | undefined
}

/** One subject: how it is now, and on which of the last days it was not so. */
function part(context: PageContext, { subject, status, late }: Part): Html {
  const { texts: t, formats, site } = context
  const now = site.now()
  const words =
    late === undefined
      ? t.text('status.works')
      : html`<strong>${lateWords(t, subject, late)}</strong>
${sinceWords(context, subject, status)}`
  const past = disturbances(
    status.hours.filter((hour) => hour.subject === subject),
    (at) => formats.date(at),
  )
  const lines = past.map(({ place, day, minutes }) => {
    const which = place === EVERYWHERE ? 'whole' : 'place'
    const values = { day: formats.day(day, now), place: placeIn(context, place) }
    const lasted = t.text('status.minutes', { count: minutes })
    return html`<li>${t.text(`status.past.${which}`, { ...values, lasted })}</li>
`
  })
  const history = lines.length === 0 ? NOTHING : html`<ul class="stack">${lines}</ul>`
  return html`<section class="section stack" id="${subject}">
<h2>${t.text(`status.subject.${subject}`)}</h2><p>${words}</p>${history}</section>
`
}

const placeIn = ({ texts }: PageContext, place: string): string =>
  place === EVERYWHERE ? '' : placeName(texts, place)

/** When the first of what is late became so. */
function sinceWords(
  { texts: { text }, formats, site }: PageContext,
  subject: Subject,
  { late }: Status,
): string {
  const first = late
    .filter((one) => one.subject === subject)
    .toSorted((one, other) => one.since - other.since)[0]
  return first ? text('status.since', { when: formats.past(first.since, site.now()) }) : ''
}

/** A page that is new has seen fewer days than it shows. */
function since(
  { texts: { text }, formats, site }: PageContext,
  { since: begun }: Pick<Status, 'since'>,
): Html {
  const DAY_MS = 86_400_000
  if (begun === null) return html`<p class="quiet small">${text('status.history.none')}</p>`
  const isNew = site.now() - begun < SHOWN_DAYS * DAY_MS
  const words = isNew
    ? text('status.history.since', { day: formats.date(begun) })
    : text('status.history.days', { days: SHOWN_DAYS })
  return html`<p class="quiet small">${words}</p>`
}
