import { BACKUP_EVENTS, type BackupEvent } from '#core/backup/events.ts'
import { CONTACT_EVENTS, type ContactEvent } from '#core/contact/events.ts'
import { CASE_EVENTS, type CaseEvent } from '#core/desk/case-events.ts'
import { DESK_EVENTS, type DeskEvent } from '#core/desk/events.ts'
import { PROGRAM_EVENTS, type ProgramEvent } from '#core/desk/programs/events.ts'
import { DEVICES_EVENTS, type DevicesEvent } from '#core/devices/events.ts'
import { DOCUMENTS_EVENTS, type DocumentsEvent } from '#core/documents/events.ts'
import { INVENTORY_EVENTS, type InventoryEvent } from '#core/inventory/events.ts'
import { KEYS_EVENTS, type KeysEvent } from '#core/keys/events.ts'
import { LOGIN_EVENTS, type LoginEvent } from '#core/login/events.ts'
import { NOTICES_EVENTS, type NoticesEvent } from '#core/notices/events.ts'
import { ORDERS_EVENTS, type OrdersEvent } from '#core/orders/events.ts'
import { PASSWORD_EVENTS, type PasswordEvent } from '#core/password/events.ts'
import { SESSIONS_EVENTS, type SessionsEvent } from '#core/sessions/events.ts'
import { STATUS_EVENTS, type StatusEvent } from '#core/status/events.ts'
import { SUBSCRIBERS_EVENTS, type SubscribersEvent } from '#core/subscribers/events.ts'
import { TASKS_EVENTS, type TasksEvent } from '#core/tasks/events.ts'
import type { AuditSubject } from '#core/events/event.ts'
import { type Hearings, type Line, type NoticeKind, told } from '#core/events/hearing.ts'

/** Everything that is written down, of all capabilities. */
type AuditFact =
  | BackupEvent
  | CaseEvent
  | ContactEvent
  | DeskEvent
  | DevicesEvent
  | DocumentsEvent
  | InventoryEvent
  | KeysEvent
  | LoginEvent
  | NoticesEvent
  | OrdersEvent
  | PasswordEvent
  | ProgramEvent
  | SessionsEvent
  | StatusEvent
  | SubscribersEvent
  | TasksEvent

/**
 * What is written down, in the same transaction as what it tells: no event, no decision.
 *
 * The claimant hears one thing, this log hears exactly why. It holds ids and reasons; never a name,
 * an address, an answer or a secret.
 */
export type AuditEvent = AuditSubject & AuditFact

/** Who hears of each event: the tables of all capabilities in one. */
const HEARINGS: Hearings<AuditFact> = {
  ...BACKUP_EVENTS,
  ...CASE_EVENTS,
  ...CONTACT_EVENTS,
  ...DESK_EVENTS,
  ...DEVICES_EVENTS,
  ...DOCUMENTS_EVENTS,
  ...INVENTORY_EVENTS,
  ...KEYS_EVENTS,
  ...LOGIN_EVENTS,
  ...NOTICES_EVENTS,
  ...ORDERS_EVENTS,
  ...PASSWORD_EVENTS,
  ...PROGRAM_EVENTS,
  ...SESSIONS_EVENTS,
  ...STATUS_EVENTS,
  ...SUBSCRIBERS_EVENTS,
  ...TASKS_EVENTS,
}

/** The line of the client's own activity that tells of an event; `null` for none. */
export const lineOf = (event: AuditEvent): Line | null =>
  told<Line>(HEARINGS[event.kind].activity, event)

/** What a client is told of an event; `null` for nothing. */
export const noticeOf = (event: AuditEvent): NoticeKind | null =>
  told<NoticeKind>(HEARINGS[event.kind].notice, event)

const kindsWhere = (holds: (hearing: (typeof HEARINGS)[AuditEvent['kind']]) => boolean) =>
  Object.entries(HEARINGS)
    .filter(([, hearing]) => holds(hearing))
    .map(([kind]) => kind)

/** All kinds that there are. */
export const KINDS: readonly string[] = Object.keys(HEARINGS)

export const isKind = (text: string): text is AuditEvent['kind'] => Object.hasOwn(HEARINGS, text)

/** Kinds that no line of an activity ever tells of. */
export const UNTOLD: readonly string[] = kindsWhere(({ activity }) => activity === null)

/** Kinds that an agent of the desk reads beside a client's name. */
export const OF_DESK: readonly string[] = kindsWhere(({ desk }) => desk)

/** Kinds that the operator's monitoring counts. */
export const COUNTED: readonly string[] = kindsWhere(({ counted }) => counted)
