import type { Deed } from '#core/desk/deeds.ts'
import type { CaseId } from '#core/ids.ts'
import type { Problem } from '#core/problems.ts'
import type { Language } from '#core/subscribers/account.ts'
import type { Instant } from '#core/time/time.ts'
import type { AskedTouch } from '#engine/desk/touch.ts'
import { memberPage } from '#edges/desk/frame/layout.ts'
import type { SeenByMember } from '#edges/desk/frame/session.ts'
import { problemNotice, touchForm } from '#edges/desk/frame/touch-form.ts'
import { html, type Html, NOTHING } from '#edges/pages/frame/html.ts'
import { headline } from '#edges/pages/frame/parts.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'
import { texts } from '#edges/texts/texts.ts'

export interface DeedFacts extends SeenByMember {
  readonly caseId: CaseId
  readonly deed: Deed
  /** What it is done to: a device, or the state of it; `null` where there is nothing to name. */
  readonly named: string | null
  readonly touch: AskedTouch
  readonly carries: Readonly<Record<string, string>>
  readonly problem: Problem | null
}

/** A deed before it is done: a touch of the passkey does it. */
export function deedPage(context: PageContext, facts: DeedFacts): Html {
  const { text } = context.texts
  const { caseId, deed, named, touch, carries, problem, token } = facts
  const title = text(`desk.cases.deed.${deed}.name`)
  const what = named === null ? html`` : html`<p><strong>${named}</strong></p>`
  return memberPage(context, facts, {
    title,
    isWrong: problem !== null,
    place: 'cases',
    methodScript: touch.script.name,
    main: html`${problemNotice(context, problem)}
${headline(title, text(`desk.cases.deed.${deed}.does`))}${what}
${touchForm(context, { touch, action: `/cases/${caseId}/deeds/${deed}`, token, carries })}
${backToCase(context, caseId)}`,
  })
}

const backToCase = ({ texts: { text } }: PageContext, id: CaseId): Html =>
  html`<p><a href="/cases/${id}">${text('desk.cases.back')}</a></p>`

export interface SpokenFacts extends SeenByMember {
  readonly caseId: CaseId
  readonly deed: Deed
  readonly spoken: string
  readonly until: Instant | null
  /** What the client speaks. */
  readonly language: Language
}

/** What is read out, once: as it is typed, and letter by letter as it is said on the telephone. */
export function spokenPage(context: PageContext, facts: SpokenFacts): Html {
  const { texts: t, formats, site } = context
  const { text } = t
  const { caseId, deed, spoken, until, language } = facts
  const title = text(`desk.cases.spoken.${deed}`)
  const said = [...spoken].map(
    (letter) => html`<li><span class="mono">${letter}</span> ${wordFor(context, letter)}</li>`,
  )
  const lead =
    until === null
      ? text('desk.cases.spoken.name-lead')
      : text('desk.cases.spoken.lead', { until: formats.ahead(until, site.now()) })
  const says =
    deed === 'tell-user-name'
      ? html`<p lang="${language}">${texts(language).text('desk.script.step.told')}</p>`
      : NOTHING
  return memberPage(context, facts, {
    title,
    place: 'cases',
    main: html`${headline(title, lead)}
<p class="number">${spoken}</p><ol class="stack" role="list">${said}</ol>${says}
${backToCase(context, caseId)}`,
  })
}

/** A digit is said as it is; a letter by a word that begins with it, and a sign by its name. */
function wordFor({ texts: { text } }: PageContext, letter: string): string {
  const capital = letter.toUpperCase()
  if (/^[A-Z]$/.test(capital)) return text(`desk.cases.alphabet.${capital}`)
  const sign = SIGNS.get(letter)
  return sign === undefined ? '' : text(`desk.cases.sign.${sign}`)
}

/** What a user name holds besides letters and digits. */
const SIGNS: ReadonlyMap<string, string> = new Map([
  ['.', 'dot'],
  ['-', 'hyphen'],
  ['_', 'underscore'],
  ['@', 'at'],
  [' ', 'space'],
  ['+', 'plus'],
])
