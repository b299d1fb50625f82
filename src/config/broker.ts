import { z } from 'zod'
import type { OrderRules } from '#core/orders/order.ts'
import type { Calendar as BusinessCalendar } from '#core/time/calendar.ts'
import { millis } from '#core/time/time.ts'

/** When the broker works, and which of its programs may change clients and accounts. */

/** In the order of ISO 8601: Monday is 1. */
const WEEKDAYS = [
  ...(['monday', 'tuesday', 'wednesday', 'thursday'] as const),
  ...(['friday', 'saturday', 'sunday'] as const),
] as const

export const Calendar = z
  .strictObject({
    cutOff: z
      .string()
      .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time, such as 17:00')
      .default('17:00')
      .describe('An account that is approved later than this trades from the next business day'),
    weekend: z
      .array(z.enum(WEEKDAYS))
      .max(6)
      .default(['saturday', 'sunday'])
      .describe('Days of the week without business'),
    holidays: z
      .array(z.iso.date())
      .max(1_000)
      .default([])
      .describe('Days without business, such as 2026-12-25'),
  })
  .prefault({})

const days = z.int().min(1, 'must be a day or more').max(366, 'must be a year or less')

const daysByCountry = (known: Readonly<Record<string, number>>, elsewhere: number, what: string) =>
  z
    .strictObject({
      days: z
        .record(z.string().regex(/^[A-Z]{2}$/, 'must be two letters of ISO 3166-1'), days)
        .default(known)
        .describe(`${what}, in days by country, such as { US: 2 }`),
      elsewhere: days.default(elsewhere).describe(`${what}, in days, to all other countries`),
    })
    .prefault({})

/** The kinds of devices that cost something, and what replacing one costs (R117). */
const KIND_OF_FEE = {
  securityCard: 'security-card',
  codeCard: 'code-card',
  olderCard: 'older-card',
  goldCard: 'gold-card',
  platinumCard: 'platinum-card',
} as const

const fee = (usd: number, what: string) =>
  z
    .int()
    .min(0)
    .max(100_000)
    .default(usd)
    .describe(`What replacing ${what} costs, in US dollars: kept back while it is out`)

const Fees = z
  .strictObject({
    securityCard: fee(20, 'a security card'),
    codeCard: fee(0, 'a printed code card'),
    olderCard: fee(20, 'an older card'),
    goldCard: fee(150, 'a gold card'),
    platinumCard: fee(150, 'a platinum card'),
  })
  .prefault({})

/** Devices that clients order. */
export const Orders = z
  .strictObject({
    equityUsd: z
      .int()
      .min(0)
      .max(1_000_000_000_000)
      .default(1_000_000)
      .describe('Who has at least this much here may order a security card, in US dollars'),
    fees: Fees,
    returnDays: days
      .default(30)
      .describe('How long a client has to bring back a device that is used no more, in days'),
    warrantyDays: z
      .int()
      .min(0)
      .max(3_660)
      .default(730)
      .describe('How long a device that fails by itself is replaced for nothing, in days'),
    delivery: daysByCountry({ US: 2 }, 14, 'How long a card is in the post'),
    activation: daysByCountry({ US: 14 }, 21, 'When a card that was sent is accepted by itself'),
    lowStock: z
      .int()
      .min(0)
      .max(1_000_000)
      .default(10)
      .describe('Fewer free cards than this are told to those who send them'),
    lateDays: days
      .default(5)
      .describe('How many days behind its day a card that has not come is called missing'),
  })
  .prefault({})

/** The same as the rules read it: by the names of the methods. */
export const orderRules = ({ fees, ...rest }: z.infer<typeof Orders>): OrderRules => ({
  ...rest,
  fees: Object.fromEntries(
    Object.entries(KIND_OF_FEE).map(([name, kind]) => [kind, fees[name as keyof typeof fees]]),
  ),
})

/**
 * What a client can send: characters beyond these are refused at the door. @see RFC 6749, appendix
 * A.2
 */
export const clientSecret = z
  .string()
  .min(32, 'must have 32 characters or more')
  .max(200)
  .regex(/^[ -~]*$/, 'must be printable ASCII, without tabs')

const Program = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,40}$/)
    .describe('Its client id; none that a platform has'),
  secret: clientSecret.describe('Its client secret'),
  scopes: z
    .array(z.enum(['back-office', 'ledger']))
    .min(1)
    .max(2)
    .default(['back-office'])
    .describe('What it may do: change clients and accounts, or read the ledger of devices'),
})

export const BackOffice = z
  .array(Program)
  .max(50)
  .default([])
  .describe('Programs that may create and change clients and accounts')

interface CalendarSettings {
  readonly timeZone: string
  readonly calendar: z.infer<typeof Calendar>
}

/** The calendar as the rules read it. */
export function calendarOf({ timeZone, calendar }: CalendarSettings): BusinessCalendar {
  const [hour = 0, minute = 0] = calendar.cutOff.split(':').map(Number)
  return {
    timeZone,
    cutOff: millis((hour * 60 + minute) * 60_000),
    weekend: calendar.weekend.map((day) => WEEKDAYS.indexOf(day) + 1),
    holidays: new Set(calendar.holidays),
  }
}
