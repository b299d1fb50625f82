import type { AuditEvent } from '#core/audit/audit.ts'
import type { Report, Reported } from '#core/notices/report.ts'
import type { Language } from '#core/subscribers/account.ts'
import { legible } from '#core/text/line.ts'
import type { World } from '#engine/world.ts'
import { listAccounts } from '#store/accounts/accounts.ts'
import { findReport, listGathered } from '#store/notices/reports.ts'

/** Trades that one message names; it says how many there are beside them. */
const NAMED_MAX = 20

type Values = Readonly<Record<string, string>>

/** What stands in the place holders of a notice of what platforms have reported. */
export async function reportedValues(
  world: World,
  event: AuditEvent,
  language: Language,
): Promise<Values> {
  if (event.kind === 'trades.gathered') return await tradesIn(world, event, language)
  if (event.kind !== 'transfer.executed') return {}
  const found = await findReport(world.db, { platform: event.platform, event: event.report })
  if (found?.what.kind !== 'transfer') return {}
  const { amount, currency, payee, payeeAccount } = found.what
  const numbers = await numbersOf(world, event)
  return {
    amount: moneyOf(world, language, { amount, currency }),
    payee,
    account: payeeAccount,
    shortPayee: legible(payee, SHORT_LENGTH),
    own: numbers.get(found.accountId) ?? '',
    when: world.words.moment(language, found.at),
    platform: platformOf(world, language, found),
  }
}

/** Of a fact in a text message, in code points. */
const SHORT_LENGTH = 40

async function tradesIn(
  world: World,
  event: Extract<AuditEvent, { kind: 'trades.gathered' }>,
  language: Language,
): Promise<Values> {
  const { words, db } = world
  const [{ reports, count }, numbers] = await Promise.all([
    listGathered(db, event.gathering, NAMED_MAX),
    numbersOf(world, event),
  ])
  const lines = reports.flatMap((report) => {
    const { what } = report
    if (what.kind !== 'trade') return []
    const values = {
      ...tradeOf(world, language, what),
      when: words.moment(language, report.at),
      own: numbers.get(report.accountId) ?? '',
      platform: platformOf(world, language, report),
    }
    return [words.text(language, `notice.trade.${what.side}`, values)]
  })
  const last = reports.at(-1)?.what
  const number = String(count)
  const more = count > lines.length ? [words.text(language, 'notice.trade.more', { number })] : []
  return {
    number,
    trades: [...lines, ...more].join('\n'),
    trade:
      last?.kind === 'trade'
        ? words.text(language, `notice.trade.${last.side}-short`, tradeOf(world, language, last))
        : '',
  }
}

function tradeOf(
  world: World,
  language: Language,
  { quantity, instrument, price, currency }: Extract<Reported, { kind: 'trade' }>,
): Values {
  return {
    quantity: world.words.decimal(language, quantity, 0),
    instrument,
    price: moneyOf(world, language, { amount: price, currency }),
  }
}

const moneyOf = (
  { words }: World,
  language: Language,
  { amount, currency }: { readonly amount: string; readonly currency: string },
): string => `${currency}\u00a0${words.decimal(language, amount, 2)}`

const platformOf = ({ platforms }: World, language: Language, { platform }: Report): string =>
  platforms.get(platform)?.name[language] ?? platform

/** The numbers of the accounts of a client, by their ids. */
const numbersOf = async (
  { db }: World,
  { subscriberId }: AuditEvent,
): Promise<ReadonlyMap<string, string>> =>
  new Map(
    (subscriberId === null ? [] : await listAccounts(db, subscriberId)).map(({ id, number }) => [
      id,
      number,
    ]),
  )
