import type { NoticeKind } from '#core/events/hearing.ts'
import type { HowOften } from '#core/notices/trade-choice.ts'
import type { Instant } from '#core/time/time.ts'

/**
 * What a phone is told of beside the requests that it answers (R018): the same news that goes out
 * by mail, without a name, an amount or a place, since a locked phone shows it to every onlooker.
 */
export const ALERTS = [
  ...(['device', 'browser', 'contact', 'password', 'money', 'settings', 'desk'] as const),
  'order',
] as const
export type Alert = (typeof ALERTS)[number]

/**
 * Which of them a notice is; `null` for what the phone has shown already, such as a request that
 * was denied there, and for what its client hears of in a way of their own choice.
 */
const ALERT_OF: Readonly<Record<NoticeKind, Alert | null>> = {
  'device-bound': 'device',
  'device-back': 'device',
  'device-waiting': 'device',
  'device-stopped': 'device',
  'device-changed': 'device',
  'device-suspended': 'device',
  'device-ended': 'device',
  'device-locked': 'device',
  'device-copied': 'device',
  'device-copy-suspected': 'device',
  'new-browser': 'browser',
  'logged-in': null,
  'data-changed': null,
  'browser-forgotten': null,
  'not-confirmed': null,
  'not-answered': null,
  denied: null,
  'contact-changed': 'contact',
  'password-changed': 'password',
  'password-reset': 'password',
  'opted-out': 'settings',
  'opted-in': 'settings',
  'network-added': 'settings',
  'network-removed': 'settings',
  'leave-given': 'settings',
  'rules-changed': 'settings',
  // An attacker who orders a card would turn off news of orders first.
  'order-placed': 'device',
  'order-withdrawn': 'order',
  'order-sent': 'order',
  'order-relabelled': 'order',
  'order-delivered': 'order',
  'order-lost': 'order',
  'order-active': 'device',
  'sharing-offered': 'device',
  'device-shared': 'device',
  'device-returning': 'order',
  'device-returned': 'order',
  'deposit-held': 'order',
  'deposit-due': 'order',
  'deposit-released': 'order',
  'deposit-charged': 'order',
  'deposit-charged-lost': 'order',
  'deposit-charged-broken': 'order',
  'deposit-refunded': 'order',
  'desk-unmasked': 'order',
  'texts-stopped': 'contact',
  'withdrawal-approved': 'money',
  'payee-approved': 'money',
  'api-key-approved': 'money',
  'address-approved': 'contact',
  trades: null,
  // A stranger can send one: no phone rings for it.
  'submission-mailed': null,
  'submission-accepted': null,
  'submission-asked-again': null,
  'submission-rejected': null,
  'transfer-executed': 'money',
  'trade-notices-set': 'settings',
  'desk-proven': 'desk',
  'desk-called-back': 'desk',
  'desk-acted': 'desk',
  'desk-stopped': 'desk',
  'desk-denied': 'desk',
}

export const alertOf = (kind: NoticeKind): Alert | null => ALERT_OF[kind]

/** News of orders only: an attacker in a stolen session would turn off the others first. */
export const isChosen = (alert: Alert): boolean => alert === 'order'

/** What a client has chosen for alerts that can be chosen. */
export interface AlertChoice {
  readonly every: HowOften
  /** When they were last alerted. */
  readonly toldAt: Instant | null
  /** When they are alerted of what has happened since. */
  readonly dueAt: Instant | null
}

export const USUAL_ALERTS: AlertChoice = { every: 'day', toldAt: null, dueAt: null }
