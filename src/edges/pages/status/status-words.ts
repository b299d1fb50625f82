import { EVERYWHERE } from '#core/status/lateness.ts'
import type { Standing } from '#core/status/subjects.ts'
import type { StatusNow } from '#engine/status/status.ts'
import { html, type Html, NOTHING } from '#edges/pages/frame/html.ts'
import { notice } from '#edges/pages/frame/parts.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'
import { countryName } from '#edges/texts/countries.ts'
import type { Texts } from '#edges/texts/texts.ts'

/** Countries that are named in one sentence; with more it says that there are several. */
const NAMED_MAX = 4

/** A country, or the phones that a vendor notifies. */
export function placeName({ text, language }: Texts, place: string): string {
  if (/^[A-Z]{2}$/.test(place)) return countryName(language, place)
  return text(`status.vendor.${place}`)
}

/** What is late, and the one thing to do; the same words on the login page and the status page. */
export function lateWords(t: Texts, subject: string, places: readonly string[]): string {
  const key = `status.late.${subject}`
  if (places.includes(EVERYWHERE)) return t.text(`${key}.whole`)
  if (places.length > NAMED_MAX) return t.text(`${key}.several`)
  const names = places.map((place) => placeName(t, place)).toSorted()
  return t.text(`${key}.places`, { places: new Intl.ListFormat(t.language).format(names) })
}

/** Of each subject that is late, where. */
export const latePlaces = (late: readonly Standing[]): ReadonlyMap<string, readonly string[]> =>
  new Map(
    [...Map.groupBy(late, ({ subject }) => subject)].map(([subject, all]) => [
      subject,
      all.map(({ place }) => place),
    ]),
  )

/** What concerns a client who logs in just now. */
const OF_LOGIN = ['login', 'push', 'sms', 'voice', 'email']

/** What a login page says above its form: nothing on an ordinary day. */
export function statusNotices({ texts: t }: PageContext, { late, notice: told }: StatusNow): Html {
  const places = latePlaces(late)
  const words = OF_LOGIN.flatMap((subject) => {
    const where = places.get(subject)
    return where ? [lateWords(t, subject, where)] : []
  })
  const all = told === null ? words : [told.words[t.language], ...words]
  if (all.length === 0) return NOTHING
  const more = html` <a href="/status">${t.text('status.title')}</a>`
  const last = all.length - 1
  const notices = all.map((one, at) => notice('warn', at < last ? one : html`${one}${more}`))
  return html`${notices}`
}
