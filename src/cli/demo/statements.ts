import { DEMO_CLIENTS } from '#cli/demo/clients.ts'
import { samplePdf } from '#cli/demo/sample-pdf.ts'
import type { Language } from '#core/subscribers/account.ts'
import { formatsOf } from '#edges/texts/formats.ts'
import { texts } from '#edges/texts/texts.ts'
import { addStatement, type NewStatement } from '#engine/documents/statements.ts'
import { findSubscriberByName } from '#engine/subscribers/subscribers.ts'
import type { World } from '#engine/world.ts'

/** Puts the statements of last year before the clients who have a year of them. */
export async function layOutStatements(world: World, timeZone: string): Promise<void> {
  const year = new Date(world.now()).getUTCFullYear() - 1
  for (const { userName, language, accounts, hasStatements } of DEMO_CLIENTS) {
    const [account] = accounts
    if (!hasStatements || !account) continue
    const subscriberId = await findSubscriberByName(world, userName)
    if (!subscriberId) continue
    for (const sample of sampleYear({ year, language, timeZone, account: account.number })) {
      const added = await addStatement(world, { subscriberId, by: 'operator', ...sample })
      if (!added.ok) throw new Error(`${userName} can not have ${sample.name}: ${added.problem}`)
    }
  }
}

interface Sample {
  readonly year: number
  readonly language: Language
  readonly timeZone: string
  readonly account: string
}

type SampleStatement = Pick<NewStatement, 'kind' | 'name' | 'day' | 'bytes'>

const MONTHS = 12
/** In cents: what the made-up account began the year with, and what a month brings. */
const OPENED_WITH = 1_000_000
const A_MONTH = 12_550

/** An activity statement for each month, and a tax statement for the year. */
function sampleYear(sample: Sample): readonly SampleStatement[] {
  const activity = Array.from({ length: MONTHS }, (_, month) => activityOf(sample, month))
  return [...activity, taxOf(sample)]
}

function activityOf({ year, language, timeZone, account }: Sample, month: number): SampleStatement {
  const { text } = texts(language)
  const { calendarDay, amount } = formatsOf(language, timeZone)
  const first = dayOf(year, month, 1)
  const day = dayOf(year, month + 1, 0)
  const name = text('demo.statement.activity', { month: monthOf(language, first) })
  const before = OPENED_WITH + month * A_MONTH
  const lines = [
    text('demo.statement.account', { account }),
    text('demo.statement.period', { from: calendarDay(first), to: calendarDay(day) }),
    text('demo.statement.before', { amount: amount(before) }),
    text('demo.statement.income', { amount: amount(A_MONTH) }),
    text('demo.statement.after', { amount: amount(before + A_MONTH) }),
    text('demo.statement.sample'),
  ]
  return { kind: 'activity', name, day, bytes: samplePdf({ title: name, lines }) }
}

function taxOf({ year, language, timeZone, account }: Sample): SampleStatement {
  const { text } = texts(language)
  const { amount } = formatsOf(language, timeZone)
  const name = text('demo.statement.tax', { year })
  const lines = [
    text('demo.statement.account', { account }),
    text('demo.statement.income', { amount: amount(MONTHS * A_MONTH) }),
    text('demo.statement.sample'),
  ]
  const bytes = samplePdf({ title: name, lines })
  return { kind: 'tax', name, day: dayOf(year, MONTHS, 0), bytes }
}

/** A day of the calendar; the zeroth of a month is the last of the one before. */
const dayOf = (year: number, month: number, day: number): string =>
  new Date(Date.UTC(year, month, day)).toISOString().slice(0, 10)

const monthOf = (language: Language, day: string): string =>
  new Intl.DateTimeFormat(language, { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(
    Date.parse(day),
  )
