import type { Acr } from '#core/assurance.ts'
import { WAIT, WAIT_AT_RISK } from '#core/devices/migration.ts'
import { count, type Figure, lasting } from '#core/figure.ts'
import { ENROLMENT_LIFETIME } from '#core/devices/enrolment.ts'
import {
  SUBMISSION_LENGTH_BYTES_MAX,
  SUBMISSIONS_A_DAY_MAX,
  SUBMITTED_PAGES_MAX,
} from '#core/documents/submission.ts'
import { SHARE_REQUEST_LIFETIME } from '#core/inventory/share-request.ts'
import { LOGIN_LIFETIME, WRONG_ANSWERS_MAX } from '#core/login/login.ts'
import { reserveFor, RETURN_SHOWS_WITHIN } from '#core/orders/order.ts'
import { NETWORKS_MAX } from '#core/subscribers/account.ts'
import { LEAVE } from '#core/subscribers/primary-user.ts'
import { CONFIRMS_FOR } from '#core/tasks/by-login.ts'
import { APPROVAL_LIFETIME } from '#core/tasks/task.ts'
import { days } from '#core/time/time.ts'
import { FIGURES_OF_METHODS } from '#methods/figures.ts'
import type { WorldSettings } from '#engine/world.ts'

type Told = Pick<WorldSettings, 'orders' | 'pins' | 'withdrawals'>

const perDay =
  (acr: Acr) =>
  ({ withdrawals }: Told): Figure => ({ usd: withdrawals.everywhere[acr][0] })
const in5Days =
  (acr: Acr) =>
  ({ withdrawals }: Told): Figure => ({ usd: withdrawals.everywhere[acr][1] })

/**
 * Every figure that the help tells, by the name under which an article asks for it. It is the one
 * that the rules go by: no article has a figure of its own that could become untrue.
 */
const OURS = {
  'confirmed-for': () => lasting(CONFIRMS_FOR, 'minute'),
  'login-lasts': () => lasting(LOGIN_LIFETIME, 'minute'),
  'approval-valid': () => lasting(APPROVAL_LIFETIME, 'minute'),
  'setup-valid': () => lasting(ENROLMENT_LIFETIME, 'minute'),
  'wrong-answers': () => count(WRONG_ANSWERS_MAX),
  'new-phone-waits': () => lasting(WAIT, 'hour'),
  'new-phone-waits-longer': () => lasting(WAIT_AT_RISK, 'hour'),
  'networks-most': () => count(NETWORKS_MAX),
  'pin-least': ({ pins }: Told) => count(pins.everywhere.phone.lengthMin),
  'leave-lasts': () => lasting(LEAVE, 'hour'),
  'share-valid': () => lasting(SHARE_REQUEST_LIFETIME, 'day'),
  'submission-pages': () => count(SUBMITTED_PAGES_MAX),
  'submission-size': () => ({ bytes: SUBMISSION_LENGTH_BYTES_MAX }),
  'submissions-a-day': () => count(SUBMISSIONS_A_DAY_MAX),
  'order-equity': ({ orders }: Told) => ({ usd: orders.equityUsd }),
  'order-deposit': ({ orders }: Told) => ({ usd: reserveFor(orders, 'security-card') }),
  warranty: ({ orders }: Told) => lasting(days(orders.warrantyDays), 'day'),
  'return-within': ({ orders }: Told) => lasting(days(orders.returnDays), 'day'),
  delivery: ({ orders }: Told) => ({ byCountry: orders.delivery }),
  activation: ({ orders }: Told) => ({ byCountry: orders.activation }),
  'return-least': () => count(RETURN_SHOWS_WITHIN.least),
  'return-most': () => count(RETURN_SHOWS_WITHIN.most),
  'limit-password-day': perDay('1'),
  'limit-password-5-days': in5Days('1'),
  'limit-text-day': perDay('2s'),
  'limit-text-5-days': in5Days('2s'),
  'limit-code-card-day': perDay('2c'),
  'limit-code-card-5-days': in5Days('2c'),
  'limit-phone-day': perDay('3'),
  'limit-phone-5-days': in5Days('3'),
  'limit-older-card-day': perDay('3c'),
  'limit-older-card-5-days': in5Days('3c'),
  'limit-card-day': perDay('4'),
  'limit-card-5-days': in5Days('4'),
} satisfies Readonly<Record<string, (told: Told) => Figure>>

export type FigureName = keyof typeof OURS | keyof typeof FIGURES_OF_METHODS

const isOurs = (name: string): name is keyof typeof OURS => Object.hasOwn(OURS, name)

export const isFigureName = (name: string): name is FigureName =>
  isOurs(name) || Object.hasOwn(FIGURES_OF_METHODS, name)

/** A figure as this installation has it. */
export const figureOf = (told: Told, name: FigureName): Figure =>
  isOurs(name) ? OURS[name](told) : FIGURES_OF_METHODS[name]
