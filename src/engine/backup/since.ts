import type { AuditEvent } from '#core/audit/audit.ts'
import { deniedHold } from '#core/desk/case.ts'
import type { Lifecycle } from '#core/devices/authenticator.ts'
import type {
  AccountId,
  AuthenticatorId,
  BrowserId,
  ContactId,
  HoldId,
  LoginId,
  MemberId,
  SubscriberId,
} from '#core/ids.ts'
import type { Hold } from '#core/sessions/rights.ts'
import type { Instant } from '#core/time/time.ts'

/** What events say of an authenticator. */
export interface ToldOfAuthenticator {
  /** What it has become; `null` where it stayed what it was. */
  lifecycle: Exclude<Lifecycle, 'active'> | null
  readonly used: number[]
  /** Right answers of which nothing says what they used up. */
  uses: number
  /** Calls of the desk that have asked it. */
  calls: number
  /** Wrong answers since the last right one; `null` where there was no right one. */
  refusedSince: number | null
  refused: number
  /** It has another PIN, which stands in no event. */
  isChanged: boolean
}

/** What a database has to learn again of the time behind its backup (A25). */
export interface Since {
  readonly authenticators: Map<AuthenticatorId, ToldOfAuthenticator>
  readonly unbound: { readonly subscriberId: SubscriberId; readonly of: AuthenticatorId }[]
  readonly browsers: { readonly blocked: BrowserId[]; readonly forgotten: BrowserId[] }
  /** Clients all of whose browsers were forgotten. */
  readonly forgetful: SubscriberId[]
  readonly holds: Map<HoldId, Held>
  readonly endedHolds: HoldId[]
  /** Until when the desk is told nothing by callers for these clients. */
  readonly stoppedCalls: Map<SubscriberId, Instant>
  readonly replacedContacts: { readonly id: ContactId; readonly at: Instant }[]
  readonly closed: { readonly id: AccountId; readonly status: string }[]
  readonly optedIn: AccountId[]
  readonly unshared: SubscriberId[]
  readonly members: { readonly suspended: MemberId[]; readonly passkeys: AuthenticatorId[] }
  /** What others have to say again: orders, accounts, residences, names. */
  besides: number
  /** Keys that were exchanged, and are what they were before. */
  keys: number
}

interface Held {
  readonly subscriberId: SubscriberId
  readonly hold: Omit<Hold, 'since'>
  readonly at: Instant
}

export const nothingSince = (): Since => ({
  authenticators: new Map(),
  unbound: [],
  browsers: { blocked: [], forgotten: [] },
  forgetful: [],
  holds: new Map(),
  endedHolds: [],
  stoppedCalls: new Map(),
  replacedContacts: [],
  closed: [],
  optedIn: [],
  unshared: [],
  members: { suspended: [], passkeys: [] },
  besides: 0,
  keys: 0,
})

/**
 * Adds what one event says, in the order of the log.
 *
 * @param asked whom each login has asked last; it is kept here.
 */
export function learn(
  since: Since,
  { event, at }: { readonly event: AuditEvent; readonly at: Instant },
  asked: Map<LoginId, AuthenticatorId>,
): void {
  const of = (id: AuthenticatorId): ToldOfAuthenticator => toldOf(since, id)
  if (event.kind === 'login.challenged' && event.loginId)
    asked.set(event.loginId, event.authenticatorId)
  if ('authenticatorId' in event && event.authenticatorId) of(event.authenticatorId)
  if ('replaced' in event && Array.isArray(event.replaced))
    for (const id of event.replaced as readonly AuthenticatorId[]) of(id).lifecycle = 'revoked'
  learnAnswers(of, event, asked)
  learnEndings(since, event, of)
  learnOfClient(since, event, at)
  learnOfStaff(since, event)
  if (event.kind === 'key.activated') since.keys += 1
}

function toldOf({ authenticators }: Since, id: AuthenticatorId): ToldOfAuthenticator {
  const found = authenticators.get(id)
  if (found) return found
  const told: ToldOfAuthenticator = {
    lifecycle: null,
    used: [],
    uses: 0,
    calls: 0,
    refusedSince: null,
    refused: 0,
    isChanged: false,
  }
  authenticators.set(id, told)
  return told
}

type Of = (id: AuthenticatorId) => ToldOfAuthenticator

/** What was accepted and what was refused. */
function learnAnswers(
  of: Of,
  event: AuditEvent,
  asked: ReadonlyMap<LoginId, AuthenticatorId>,
): void {
  const { loginId } = event
  switch (event.kind) {
    case 'login.answer-accepted':
      return accepted(of(event.authenticatorId), event.used)
    case 'login.completed': {
      const id = loginId && asked.get(loginId)
      return id ? accepted(of(id), event.used) : undefined
    }
    case 'desk.proof-accepted':
      return event.authenticatorId ? accepted(of(event.authenticatorId), undefined) : undefined
    case 'order.activated':
      return event.by === 'holder' ? accepted(of(event.authenticatorId), undefined) : undefined
    case 'desk.proof-begun':
      if (event.authenticatorId) of(event.authenticatorId).calls += 1
      return
    case 'login.answer-refused':
    case 'authenticator.change-refused':
    case 'order.proof-refused':
      return refused(of(event.authenticatorId), event.disabled)
    case 'login.identity-refused':
    case 'desk.proof-refused':
    case 'desk.call-not-found':
      return event.authenticatorId && event.disabled
        ? refused(of(event.authenticatorId), true)
        : undefined
    default:
  }
}

function accepted(told: ToldOfAuthenticator, used: readonly number[] | undefined): void {
  if (used) told.used.push(...used)
  else told.uses += 1
  told.refusedSince = 0
}

function refused(told: ToldOfAuthenticator, isDisabled: boolean): void {
  told.refused += 1
  if (told.refusedSince !== null) told.refusedSince += 1
  if (isDisabled) told.lifecycle = 'disabled'
}

/** What ended, rests, or is another one. */
function learnEndings(since: Since, event: AuditEvent, of: Of): void {
  switch (event.kind) {
    case 'authenticator.revoked':
    case 'authenticator.stopped':
    case 'token.returning':
    case 'token.returned':
    case 'token.written-off':
      of(event.authenticatorId).lifecycle = 'revoked'
      return
    case 'authenticator.suspended':
      of(event.authenticatorId).lifecycle = 'suspended'
      return
    case 'authenticator.copied':
      of(event.authenticatorId).lifecycle = 'disabled'
      return
    case 'authenticator.reactivated':
      of(event.authenticatorId).lifecycle = null
      for (const id of event.ended) of(id).lifecycle = 'revoked'
      return
    case 'authenticator.changed':
      of(event.authenticatorId).isChanged = true
      return
    case 'authenticator.unbound':
      if (event.subscriberId)
        since.unbound.push({ subscriberId: event.subscriberId, of: event.authenticatorId })
      return
    default:
  }
}

function learnOfClient(since: Since, event: AuditEvent, at: Instant): void {
  const { subscriberId } = event
  switch (event.kind) {
    case 'browser.blocked':
      since.browsers.blocked.push(event.browserId)
      return
    case 'browser.forgotten':
      if (event.browserId) since.browsers.forgotten.push(event.browserId)
      else if (subscriberId) since.forgetful.push(subscriberId)
      return
    case 'hold.started': {
      const { holdId, hold: kind, forbids, until } = event
      if (subscriberId)
        since.holds.set(holdId, { subscriberId, hold: { kind, forbids, until }, at })
      return
    }
    case 'desk.calls-stopped':
      if (subscriberId) stopCalls(since, subscriberId, event.until)
      return
    // It says itself which hold it has begun.
    case 'desk.call-denied': {
      if (!subscriberId) return
      const { holdId, until } = event
      stopCalls(since, subscriberId, until)
      since.holds.set(holdId, { subscriberId, hold: deniedHold(until), at })
      return
    }
    case 'hold.ended':
      since.holds.delete(event.holdId)
      since.endedHolds.push(event.holdId)
      return
    case 'contact.set':
      if (event.replaced) since.replacedContacts.push({ id: event.replaced, at })
      return
    case 'account.closed':
      since.closed.push({ id: event.accountId, status: event.status })
      return
    case 'account.opted-in':
      since.optedIn.push(event.accountId)
      return
    case 'subscriber.primary-set':
      if (event.primary === null && subscriberId) since.unshared.push(subscriberId)
      else since.besides += 1
      return
    default:
      if (SAID_BY_OTHERS.test(event.kind)) since.besides += 1
  }
}

/** The longer one counts. */
function stopCalls({ stoppedCalls }: Since, id: SubscriberId, until: Instant): void {
  const before = stoppedCalls.get(id)
  if (before === undefined || before < until) stoppedCalls.set(id, until)
}

const SAID_BY_OTHERS = /^(account|order|subscriber|deposit|statement|submission|token|texts)\./

function learnOfStaff({ members }: Since, event: AuditEvent): void {
  switch (event.kind) {
    case 'desk.member-suspended':
      members.suspended.push(event.memberId)
      return
    // They were here before with another role, or with passkeys that have ended.
    case 'desk.member-role-set':
      members.suspended.push(event.memberId)
      return
    case 'desk.member-invited':
      if (event.again) members.suspended.push(event.memberId)
      return
    case 'desk.passkey-removed':
    case 'desk.passkey-copied':
      members.passkeys.push(event.passkeyId)
      return
    default:
  }
}
