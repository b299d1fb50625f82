import { z } from 'zod'
import { ENVIRONMENTS, LANGUAGES } from '#core/subscribers/account.ts'
import { FAILURE_REASONS } from '#core/delivery/delivery.ts'
import { lineOf } from '#core/text/line.ts'
import { SECRET } from '#edges/api/access/schemas.ts'

/**
 * The messages of the JSON API. Validation, types and the OpenAPI document are derived from them.
 */

const moment = z.iso.datetime().describe('RFC 3339, UTC')
const environment = z.enum(ENVIRONMENTS).describe('Live money, or the simulated account')
const authenticator = z.string().max(40).describe('Id of an authenticator')

export const LoginId = z.strictObject({ id: z.string().max(40).describe('Id of the login') })

export const StartLogin = z
  .strictObject({
    userName: z.string().min(1).max(256),
    password: z.string().min(1).max(1_024),
    environment,
    platform: z.string().min(1).max(64).describe('Client id of the platform, or `portal`'),
    language: z.enum(LANGUAGES).default('en').describe('Of the texts in every view'),
    recognition: z
      .string()
      .regex(SECRET)
      .optional()
      .describe('What this program was given after an earlier login of the same user name'),
  })
  .meta({ id: 'StartLogin' })
export type StartLogin = z.infer<typeof StartLogin>

export const OpenChallenge = z
  .strictObject({
    authenticator,
    way: z
      .string()
      .max(20)
      .optional()
      .describe('One of `ways` or the name of a view; without, the method’s own first'),
  })
  .meta({ id: 'OpenChallenge' })

export const AnswerLogin = z
  .strictObject({
    answer: z
      .record(z.string().max(40), z.string().max(1_024))
      .describe('The member is named by `field.name` of the view, such as `response`'),
  })
  .meta({ id: 'AnswerLogin' })

const PromptView = z
  .object({
    name: z.string(),
    title: z.string(),
    lead: z.string(),
    warning: z.string().nullable().describe('What to do soon'),
    number: z
      .object({
        digits: z.string(),
        hint: z.string().nullable(),
        scan: z.url().nullable().describe('As a QR code it carries the number to the phone'),
      })
      .nullable(),
    steps: z.array(z.object({ text: z.string(), number: z.boolean() })),
    waitsUntil: moment.nullable().describe('Until when the device may answer by itself'),
    field: z
      .object({
        name: z.string(),
        label: z.string(),
        hint: z.string(),
        button: z.string(),
        kind: z.enum(['digits', 'symbols', 'telephone', 'email', 'scripted']),
        length: z.int(),
      })
      .nullable(),
    other: z.object({ view: z.string(), text: z.string() }).nullable(),
    ways: z
      .array(z.object({ way: z.string(), text: z.string(), from: moment }))
      .describe('Other ways to be asked, each a new challenge, and from when on'),
    aside: z.array(z.object({ title: z.string().nullable(), text: z.string() })),
  })
  .meta({ id: 'PromptView' })

export const Login = z
  .object({
    id: z.string(),
    state: z.enum(['started', 'choosing', 'challenged', 'completed', 'refused', 'expired']),
    expiresAt: moment,
    triesLeft: z.int().nonnegative(),
    choices: z.array(
      z.object({
        authenticator,
        method: z.string(),
        label: z.string().nullable().describe('`null` for a program that is not recognised'),
        usedAt: moment.nullable(),
        locked: z.boolean(),
      }),
    ),
    challenge: z.object({ authenticator, method: z.string(), expiresAt: moment }).nullable(),
    views: z.array(PromptView).describe('How the open challenge can be answered, the first first'),
    receipts: z
      .array(
        z.object({
          kind: z
            .enum(['received', 'opened', 'sent', 'delivered', 'failed', 'beside-failed'])
            .describe('`beside-failed`: the mail that carries the same code as a text or call'),
          at: moment,
          reason: z.enum(FAILURE_REASONS).nullable().describe('Why it failed'),
        }),
      )
      .describe('What the device, or the carrier of a text or call, has reported'),
    refusal: z.object({ code: z.string(), title: z.string() }).nullable(),
  })
  .meta({ id: 'Login' })
export type Login = z.infer<typeof Login>

export const StartedLogin = z
  .object({
    login: Login,
    secret: z
      .string()
      .regex(SECRET)
      .describe('Goes with every later request about this login, as `Authorization: Bearer`'),
  })
  .meta({ id: 'StartedLogin' })

const NewSession = z
  .object({
    token: z.string().regex(SECRET).describe('Opens `/api/session`, as `Authorization: Bearer`'),
    recognition: z
      .string()
      .regex(SECRET)
      .nullable()
      .describe('To be kept for the next login; `null` when this program is recognised already'),
  })
  .meta({ id: 'NewSession' })
export type NewSession = z.infer<typeof NewSession>

export const AnsweredLogin = z
  .object({ login: Login, session: NewSession.nullable() })
  .meta({ id: 'AnsweredLogin' })

export const ClaimedLogin = z
  .object({ login: Login, session: NewSession })
  .meta({ id: 'ClaimedLogin' })

const dollars = z.int().nullable().describe('In US dollars; `null` means without limit')

export const Session = z
  .object({
    id: z.string(),
    userName: z.string(),
    account: z.string().nullable(),
    environment,
    platform: z.string(),
    acr: z.string(),
    amr: z.array(z.string()),
    openedAt: moment,
    expiresAt: moment.describe('When it ends if no request comes'),
    rights: z.object({
      trading: z.boolean(),
      tradePenny: z.boolean().describe('`trade.penny`: stocks of Pink Sheet and OTCBB'),
      tradeNetwork: z
        .array(z.string())
        .nullable()
        .describe('`trade.network`: trading is open from these networks alone; `null` for all'),
      withdrawalPerDayUsd: dollars,
      withdrawalPer5DaysUsd: dollars,
      reservedUsd: z
        .int()
        .describe(
          'Kept back in the account for devices, in US dollars: what is left there after a ' +
            'withdrawal must not be less',
        ),
      portal: z.enum(['full', 'statements', 'card-printing', 'first-binding', 'closed']),
      bind: z.boolean().describe('Whether a new authenticator may be bound'),
      decidedBy: z
        .array(z.string())
        .describe('The row of docs/rights.md that decided, and what narrowed it'),
    }),
  })
  .meta({ id: 'Session' })
export type Session = z.infer<typeof Session>

const digits = z
  .string()
  .regex(/^(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,8})?$/)
  .describe('Decimal digits with a point, such as `12.50`')
const currency = z
  .string()
  .regex(/^[A-Z]{3}$/)
  .describe('ISO 4217')
const words = (most: number, what: string) =>
  z
    .string()
    .refine((line) => lineOf(line, most) !== null, 'one line of words')
    .overwrite((line) => lineOf(line, most) ?? line)
    .describe(`${what}, in one line of up to ${most} characters`)

const eventFacts = {
  id: z
    .string()
    .regex(/^[\w.:-]{1,64}$/)
    .describe('Yours, one for each thing that happened'),
  account: z
    .string()
    .regex(/^[A-Z0-9][A-Z0-9-]{0,31}$/)
    .describe('Such as `U0000001`'),
  at: z.iso.datetime().describe('When it happened: RFC 3339, UTC'),
  session: z
    .string()
    .max(40)
    .optional()
    .describe('The `sid` of the ID token, where it was asked for in a session'),
}

export const PlatformEvent = z
  .discriminatedUnion('kind', [
    z.strictObject({
      ...eventFacts,
      kind: z.literal('trade').describe('An order that was executed'),
      side: z.enum(['buy', 'sell']),
      quantity: digits,
      instrument: words(40, 'What was traded'),
      price: digits,
      currency,
    }),
    z.strictObject({
      ...eventFacts,
      kind: z.literal('transfer').describe('To a person who is not the client'),
      amount: digits,
      currency,
      payee: words(140, 'Who got it'),
      payeeAccount: words(140, 'And where'),
    }),
  ])
  .meta({ id: 'PlatformEvent' })

export const TakenEvent = z
  .object({
    id: z.string(),
    reportedAt: z.iso.datetime(),
    isNew: z.boolean().describe('`false` where it was reported before'),
  })
  .meta({ id: 'TakenEvent' })

export const GatewayTicket = z
  .object({ ticket: z.string(), expiresAt: z.iso.datetime() })
  .meta({ id: 'GatewayTicket' })
