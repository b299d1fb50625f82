import type { AuditEvent } from '#core/audit/audit.ts'
import { maskedContact, maskedNumber } from '#core/desk/masking.ts'
import type { Case } from '#core/desk/case.ts'
import type { Submission } from '#core/documents/submission.ts'
import type { CaseId, LoginId, SubscriberId } from '#core/ids.ts'
import {
  type ExplainedLogin,
  explainedLogin,
  type TimedLoginEvent,
} from '#core/login/explanation.ts'
import type { Login } from '#core/login/state.ts'
import { reserved, STRANGERS } from '#core/login/throttle.ts'
import type { Order } from '#core/orders/order.ts'
import type { Problem, Refusal } from '#core/problems.ts'
import { userNameKey } from '#core/subscribers/account.ts'
import type { Instant } from '#core/time/time.ts'
import { eventOf, findOwnCase } from '#engine/desk/cases/cases.ts'
import { type OpenMemberSession, standingOf } from '#engine/desk/sessions.ts'
import { refusal, type World } from '#engine/world.ts'
import { listEventsOfKinds } from '#store/audit/audit.ts'
import { listMessagesOfLogins, type MessageOfLogin } from '#store/delivery/carrier-messages.ts'
import { caseStays, commitDesk } from '#store/desk/cases.ts'
import { memberStandingWrites } from '#store/desk/members.ts'
import { listWarrants } from '#store/desk/warrants.ts'
import { listHoldings } from '#store/devices/authenticators.ts'
import { listSubmissions } from '#store/documents/submissions.ts'
import { findClaimant } from '#store/login/claimant.ts'
import { listLoginsById } from '#store/login/logins.ts'
import { listSentNotices, type SentNotice } from '#store/notices/notices.ts'
import { listOrders } from '#store/orders/orders.ts'
import { findSubscriber } from '#store/subscribers/subscribers.ts'

/** What is on record of a client in a call: logins with their reasons, and what was sent. */
export interface RecordView {
  readonly ok: true
  readonly case: Case
  readonly isProven: boolean
  /** Why no password of this name is tried now; `null` where it is. */
  readonly name: { readonly problem: Problem; readonly until: Instant | null } | null
  /** Newest first. */
  readonly logins: readonly SeenLogin[]
  readonly notices: readonly SentNotice[]
  readonly orders: readonly SeenOrder[]
  readonly documents: readonly SeenDocument[]
}

export interface SeenLogin extends ExplainedLogin {
  readonly platform: string | null
  /** What was asked is called, and from where the login came; `null` until the caller is proven. */
  readonly device: string | null
  readonly from: { readonly browser: string; readonly place: string } | null
  /** None until then: what goes astray after a wrong password sends none. */
  readonly messages: readonly MessageOfLogin[]
}

export interface SeenOrder {
  readonly order: Pick<Order, 'method' | 'orderedAt' | 'state'>
  /** Masked until the caller is proven. */
  readonly address: string
  readonly tracking: string | null
}

/** One that is suspicious is being checked: an agent knows no more than its client. */
export interface SeenDocument extends Pick<Submission, 'id' | 'purpose' | 'receivedAt'> {
  readonly account: string
  readonly state: Exclude<Submission['status']['state'], 'suspicious'>
}

const LOGINS_SHOWN = 12
const NOTICES_SHOWN = 20
const DOCUMENTS_SHOWN = 10

const LOGIN_KINDS = [
  ...(['login.started', 'login.password-refused', 'login.password-accepted'] as const),
  ...(['login.identity-refused', 'login.challenged', 'login.answer-accepted'] as const),
  ...(['login.answer-refused', 'login.number-matched', 'login.denied'] as const),
  ...(['login.completed', 'login.expired', 'login.request-withdrawn', 'login.replaced'] as const),
] as const satisfies readonly AuditEvent['kind'][]

/** Shows it to the agent of the case; that it was looked at is written down first. */
export async function viewRecord(
  world: World,
  open: OpenMemberSession,
  id: CaseId,
): Promise<RecordView | Refusal> {
  const own = await findOwnCase(world, open, id)
  if (!own.ok) return own
  const { value } = own.found
  const { subscriberId } = value
  const now = world.now()
  const event = { ...eventOf(value, open), caseNumber: value.number } as const
  const isWritten = await commitDesk(world.db, {
    now,
    writes: [
      ...memberStandingWrites(world.db, standingOf(open)),
      caseStays(world.db, { id, memberId: open.member.id, now }),
    ],
    events: [{ kind: 'desk.record-read', ...event }],
  })
  if (!isWritten) return refusal('desk.conflict')
  const warrants = await listWarrants(world.db, id)
  const isProven = warrants.some(({ level }) => level !== 'none')
  const [name, logins, notices, orders, documents] = await Promise.all([
    nameStandingOf(world, subscriberId),
    loginsOf(world, subscriberId, isProven),
    listSentNotices(world.db, subscriberId, NOTICES_SHOWN),
    listOrders(world.db, subscriberId),
    listSubmissions(world.db, subscriberId),
  ])
  return {
    ok: true,
    case: value,
    isProven,
    name,
    logins,
    notices,
    orders: orders.map(({ value }) => {
      const { address, method, orderedAt, state } = value
      const order = { method, orderedAt, state }
      const tracking = 'shipment' in value ? (value.shipment?.tracking ?? null) : null
      return isProven
        ? { order, address, tracking }
        : {
            order,
            address: maskedContact('postal', address),
            tracking: tracking && maskedNumber(tracking),
          }
    }),
    documents: documents.slice(0, DOCUMENTS_SHOWN).map((one) => {
      const { state } = one.status
      return {
        id: one.id,
        purpose: one.purpose,
        receivedAt: one.receivedAt,
        account: isProven ? one.account : maskedNumber(one.account),
        state: state === 'suspicious' ? 'checking' : state,
      }
    }),
  }
}

/** Whether strangers have used up the guesses at this name. */
async function nameStandingOf(
  world: World,
  subscriberId: SubscriberId,
): Promise<RecordView['name']> {
  const subscriber = await findSubscriber(world.db, subscriberId)
  const { throttle } = await findClaimant(world.db, {
    nameKey: userNameKey(subscriber?.value.userName ?? '') ?? '',
    browserHash: new Uint8Array(32),
    method: world.firstFactor.name,
  })
  const next = throttle && reserved(throttle.value, STRANGERS, world.now())
  if (!next || next.ok) return null
  return { problem: next.problem, until: 'until' in next ? next.until : null }
}

async function loginsOf(
  world: World,
  subscriberId: SubscriberId,
  isProven: boolean,
): Promise<readonly SeenLogin[]> {
  const found = await listEventsOfKinds(world.db, subscriberId, LOGIN_KINDS)
  const timed = found.flatMap(({ at, event }) =>
    isOfLogin(event) && event.loginId ? [{ at, event, loginId: event.loginId }] : [],
  )
  // One whose beginning is not among what was read would be explained by half of it.
  const groups = [...Map.groupBy(timed, ({ loginId }) => loginId)]
    .filter(([, events]) => found.length < READ_MAX || events[0]?.event.kind === 'login.started')
    .slice(-LOGINS_SHOWN)
  const ids = groups.map(([id]) => id)
  const [logins, held, messages] = await Promise.all([
    listLoginsById(world.db, ids),
    listHoldings(world.db, subscriberId),
    listMessagesOfLogins(world.db, ids),
  ])
  const rows = new Map<LoginId, Login>(logins.map((one) => [one.id, one]))
  const labels = new Map(held.map(({ id, label }) => [id, label]))
  const now = world.now()
  return groups.toReversed().flatMap(([loginId, [first, ...more]]) => {
    if (!first) return []
    const row = rows.get(loginId)
    // What it confirms is told by the task.
    if (row?.task) return []
    const isOpen = row !== undefined && isWaiting(row, now)
    const seen = explainedLogin(loginId, [first, ...more], { isOpen, isProven })
    const origin = isProven ? row?.origin : undefined
    const label = seen.asked && labels.get(seen.asked.authenticatorId)
    return [
      {
        ...seen,
        platform: row?.platform ?? null,
        device: isProven ? (label ?? null) : null,
        from: origin ? { browser: origin.browser, place: origin.place } : null,
        messages: isProven ? messages.filter((one) => one.loginId === loginId) : [],
      },
    ]
  })
}

/** As many events as one read has. */
const READ_MAX = 1000

const isWaiting = (login: Login, now: Instant): boolean =>
  now < login.expiresAt && (login.state === 'choosing' || login.state === 'challenged')

const isOfLogin = (event: AuditEvent): event is AuditEvent & TimedLoginEvent['event'] =>
  LOGIN_KINDS.some((kind) => kind === event.kind)
