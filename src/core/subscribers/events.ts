import type { Actor } from '#core/events/event.ts'
import type { Hearings } from '#core/events/hearing.ts'
import type { AccountId, AuthenticatorId, ReasonId, SubscriberId } from '#core/ids.ts'
import type { Account } from '#core/subscribers/account.ts'
import type { IdentityFacts } from '#core/subscribers/identity.ts'
import type { Instant } from '#core/time/time.ts'

/** Whose rules an account is under, and who of us has said so for which reason. */
interface PlacedAccount {
  /** The place whose rules apply from now on. */
  readonly jurisdiction: string
  readonly residence: string | null
  /** Whether the back office has set it, and not the residence. */
  readonly isOverride: boolean
  /** The words of the back office, which are kept beside the log, and their digest. */
  readonly reason?: { readonly id: ReasonId; readonly digest: string }
}

/** The audit events of clients and their accounts. */
export type SubscribersEvent =
  | { readonly kind: 'subscriber.created'; readonly by: Actor }
  | { readonly kind: 'subscriber.name-set'; readonly by: Actor }
  | {
      /** Which of them, and never what they are. */
      readonly kind: 'subscriber.identity-set'
      readonly facts: readonly (keyof IdentityFacts)[]
      readonly by: Actor
    }
  | { readonly kind: 'subscriber.language-set'; readonly language: string; readonly by: Actor }
  | { readonly kind: 'subscriber.unlocked'; readonly failures: number }
  | { readonly kind: 'subscriber.seamless-set'; readonly seamless: boolean }
  | {
      readonly kind: 'subscriber.asked-first-set'
      readonly authenticatorId: AuthenticatorId
      readonly method: string
    }
  | {
      /** They use the account of another client from now on, or of none. */
      readonly kind: 'subscriber.primary-set'
      readonly primary: SubscriberId | null
      readonly by: Actor
    }
  | {
      /** The primary user lets them change how they log in until then. */
      readonly kind: 'subscriber.leave-given'
      readonly until: Instant
      readonly primary: SubscriberId
    }
  | { readonly kind: 'subscriber.leave-taken'; readonly primary: SubscriberId }
  | {
      readonly kind: 'account.approved' | 'account.opened' | 'account.closed'
      readonly accountId: AccountId
      readonly status: Account['status']
      readonly tradesFrom: Instant | null
      readonly by: Actor
    }
  /** Older events do not say where it belongs. */
  | ({
      readonly kind: 'account.created'
      readonly accountId: AccountId
      readonly status: Account['status']
      readonly tradesFrom: Instant | null
      readonly by: Actor
    } & Partial<PlacedAccount>)
  | ({
      readonly kind: 'account.relocated'
      readonly accountId: AccountId
      /** The one whose rules did; older events do not say it. */
      readonly before?: string
      readonly by: Actor
    } & PlacedAccount)
  | {
      /** Other rules apply to this user of the accounts from now on, for whatever reason. */
      readonly kind: 'account.rules-changed'
      readonly by: Actor
    }
  | {
      readonly kind: 'account.valued'
      readonly accountId: AccountId
      readonly by: Actor
      /** It was a large one, and is none any more. */
      readonly fell?: true
    }
  | {
      readonly kind: 'account.opted-out' | 'account.opted-in'
      readonly accountId: AccountId
      readonly by: Actor
    }
  | {
      /** Which one stands in the account alone: the log is kept, and an address leads to a home. */
      readonly kind: 'account.network-added' | 'account.network-removed'
      readonly accountId: AccountId
      readonly by: Actor
    }

/** Who is told of each event. An event without an entry here does not compile. */
export const SUBSCRIBERS_EVENTS: Hearings<SubscribersEvent> = {
  'subscriber.created': {
    activity: 'joined',
    notice: null,
    desk: true,
    counted: true,
  },
  'subscriber.name-set': {
    activity: 'name-set',
    // Elsewhere the client has told the back office of it, and is answered there.
    notice: 'data-changed',
    desk: true,
    counted: true,
  },
  'subscriber.identity-set': {
    activity: 'identity-set',
    notice: 'data-changed',
    desk: true,
    counted: true,
  },
  'subscriber.language-set': {
    activity: 'language-set',
    notice: null,
    desk: true,
    counted: false,
  },
  'subscriber.unlocked': {
    activity: 'name-unlocked',
    notice: null,
    desk: true,
    counted: true,
  },
  'subscriber.seamless-set': {
    activity: ({ seamless }) => (seamless ? 'seamless-on' : 'seamless-off'),
    notice: null,
    desk: true,
    counted: false,
  },
  'subscriber.asked-first-set': {
    activity: 'asked-first',
    notice: null,
    desk: true,
    counted: false,
  },
  'subscriber.primary-set': {
    activity: 'primary-set',
    notice: null,
    desk: true,
    counted: true,
  },
  'subscriber.leave-given': {
    activity: 'leave-given',
    notice: 'leave-given',
    desk: true,
    counted: true,
  },
  'subscriber.leave-taken': {
    activity: 'leave-taken',
    notice: null,
    desk: true,
    counted: true,
  },
  'account.created': {
    activity: ({ status }) => (status === 'open' ? 'account-opened' : 'account-created'),
    // The back office writes its own letters about these.
    notice: null,
    desk: true,
    counted: true,
  },
  'account.approved': {
    activity: 'account-approved',
    notice: null,
    desk: true,
    counted: true,
  },
  'account.opened': {
    activity: 'account-opened',
    notice: null,
    desk: true,
    counted: true,
  },
  'account.closed': {
    activity: 'account-closed',
    notice: null,
    desk: true,
    counted: true,
  },
  'account.relocated': {
    activity: ({ jurisdiction, before }) =>
      jurisdiction === before ? 'residence-recorded' : 'account-relocated',
    // Every user of the account is told apart, where the rules are other ones.
    notice: 'data-changed',
    desk: true,
    counted: true,
  },
  'account.rules-changed': {
    activity: 'rules-changed',
    notice: 'rules-changed',
    desk: true,
    counted: true,
  },
  'account.valued': {
    // It changes with every price, and has a statement of its own.
    activity: null,
    notice: null,
    desk: false,
    counted: false,
  },
  'account.opted-out': {
    activity: 'opted-out',
    notice: 'opted-out',
    desk: true,
    counted: true,
  },
  'account.opted-in': {
    activity: 'opted-in',
    notice: 'opted-in',
    desk: true,
    counted: true,
  },
  'account.network-added': {
    activity: 'network-added',
    notice: 'network-added',
    desk: true,
    counted: true,
  },
  'account.network-removed': {
    activity: 'network-removed',
    notice: 'network-removed',
    desk: true,
    counted: true,
  },
}
