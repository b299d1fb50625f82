import { exampleOf } from '#core/documents/mail.ts'
import type { Language } from '#core/subscribers/account.ts'
import type { DaysByCountry } from '#core/orders/order.ts'
import { isDefault, RULE_NAMES, type Rules } from '#core/subscribers/jurisdiction.ts'
import { minutes } from '#core/time/time.ts'
import type { Figure } from '#core/figure.ts'
import { type FigureName, isFigureName } from '#engine/figures.ts'
import type { Words } from '#core/help/article.ts'
import { technicalNumber, telephoneWords } from '#edges/pages/frame/layout.ts'
import type { PageContext, Site } from '#edges/pages/frame/site.ts'

/**
 * What stands in an article between double braces: a figure of the rules and settings, or something
 * that only the installation knows. A broker who changes fourteen days sees the help change.
 */

const PLACES = {
  'places-without-texts': ({ migrationByText }: Rules) => !migrationByText,
  'places-without-opt-out': ({ optOut }: Rules) => !optOut,
} as const satisfies Readonly<Record<string, (rules: Rules) => boolean>>
type PlacesName = keyof typeof PLACES

/** Sentences that differ with the settings, not only in a figure. */
const SENTENCES = {
  'documents-by-mail': byMail,
  'platform-ports': platformPorts,
  'rules-of-places': rulesOfPlaces,
} as const
const isSentence = (name: string): name is keyof typeof SENTENCES => Object.hasOwn(SENTENCES, name)

const NUMBERS = {
  telephone: ({ settings }: Site) => telephoneWords(settings.helpLine),
  'technical-telephone': (site: Site) => telephoneWords(technicalNumber(site)),
} as const

const isNumber = (name: string): name is keyof typeof NUMBERS => Object.hasOwn(NUMBERS, name)

export type FillIn = FigureName | PlacesName | keyof typeof NUMBERS | keyof typeof SENTENCES

export const isFillIn = (name: string): name is FillIn =>
  isSentence(name) || isNumber(name) || isPlaces(name) || isFigureName(name)

const isPlaces = (name: string): name is PlacesName => Object.hasOwn(PLACES, name)

export function filledIn(context: PageContext, name: string): Words {
  if (isSentence(name)) return SENTENCES[name](context)
  if (isNumber(name)) return NUMBERS[name](context.site)
  if (isFigureName(name)) return [figureIn(context, context.site.figure(name))]
  // Articles and questions name nothing else: it is looked at when they are read.
  if (!isPlaces(name)) throw new Error(`nothing is called {{${name}}}`)
  return [placesIn(context, PLACES[name])]
}

/** Where documents are mailed to, and what the subject says (R141, R142). */
function byMail({ texts: { text }, site: { mailIntake } }: PageContext): Words {
  if (!mailIntake.isOpen) return [text('submissions.by-mail.off')]
  const { european, other } = mailIntake.mailboxes
  const number = exampleOf(mailIntake)
  const addresses = { european: european.address, other: other.address }
  return [text('submissions.by-mail.on', { ...addresses, number })]
}

/** What a network has to let through beside the pages, where a platform asks for it (R158). */
function platformPorts({ texts: { text, language }, site: { settings } }: PageContext): Words {
  const ports = settings.gateway.ports.map(String)
  if (ports.length === 0) return [text('login.help.ports.off')]
  return [text('login.help.ports.on', { ports: new Intl.ListFormat(language).format(ports) })]
}

/** What each place asks for, a line each: those of the operator too (R132). */
function rulesOfPlaces({ texts: { text, language }, site: { jurisdictions } }: PageContext): Words {
  const inUse = new Set(jurisdictions.countries.values())
  const places = [...jurisdictions.profiles.values()].filter(({ id }) => inUse.has(id))
  const lines = places.flatMap(({ name, rules }) => {
    const asked = RULE_NAMES.filter((one) => !isDefault(one, rules)).map((one) =>
      text(`rules.asks.${one}`, {
        minutes: lasting(language, Math.round((rules.idle ?? 0) / minutes(1)), 'minute'),
        years: lasting(language, rules.documentsKept ?? 0, 'year'),
        number: String(one === 'failuresMax' ? rules.failuresMax : rules.phonePinLength),
      }),
    )
    return asked.length === 0 ? [] : [{ name: name[language], asked }]
  })
  if (lines.length === 0) return ['–']
  return lines.flatMap(({ name, asked }, at): Words => {
    const place = text('rules.place', { place: name })
    const line: Words = [{ kind: 'strong', words: [place] }, ` ${asked.join(' ')}`]
    return at === 0 ? line : [{ kind: 'break' }, ...line]
  })
}

/** Where such rules apply, as words; a dash for nowhere. */
function placesIn(
  { texts: { language }, site: { jurisdictions } }: PageContext,
  isMeant: (rules: Rules) => boolean,
): string {
  const inUse = new Set(jurisdictions.countries.values())
  const places = [...jurisdictions.profiles.values()].filter(
    ({ id, rules }) => inUse.has(id) && isMeant(rules),
  )
  const names = places.map(({ name }) => name[language])
  return names.length === 0 ? '–' : new Intl.ListFormat(language).format(names)
}

/** A figure in the words of a language, such as `2 days`, `USD 20` or `no limit`. */
function figureIn(context: PageContext, figure: Figure): string {
  const { texts: t, formats } = context
  if ('byCountry' in figure) return daysByCountry(context, figure.byCountry)
  if ('usd' in figure) {
    return figure.usd === null ? t.text('login.help.no-limit') : formats.money(figure.usd)
  }
  if ('bytes' in figure)
    return t.text('common.size.mb', { size: Math.floor(figure.bytes / MEBIBYTE) })
  return 'unit' in figure ? lasting(t.language, figure.count, figure.unit) : String(figure.count)
}

const MEBIBYTE = 1_024 * 1_024

const lasting = (language: Language, count: number, unit: string): string =>
  new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(count)

/** `United States: 2 days, elsewhere: 14 days` */
function daysByCountry({ texts: t }: PageContext, { days, elsewhere }: DaysByCountry): string {
  const names = new Intl.DisplayNames(t.language, { type: 'region' })
  const said = (place: string, count: number) =>
    t.text('login.help.days-to', { place, days: lasting(t.language, count, 'day') })
  const known = Object.entries(days).map(([country, count]) =>
    said(names.of(country) ?? country, count),
  )
  return [...known, said(t.text('login.help.elsewhere'), elsewhere)].join(', ')
}
