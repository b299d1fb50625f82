import type { AgentId } from '#core/agent.ts'
import type { Finding } from '#core/delivery/phone-check.ts'
import type { Hearings } from '#core/events/hearing.ts'
import type { AuthenticatorId, EnrolmentId } from '#core/ids.ts'
import type { Instant } from '#core/time/time.ts'

/** The audit events of authenticators and their set-up. */
export type DevicesEvent =
  | {
      readonly kind: 'enrolment.started'
      readonly enrolmentId: EnrolmentId
      readonly method: string
    }
  | { readonly kind: 'enrolment.shown'; readonly enrolmentId: EnrolmentId }
  | { readonly kind: 'enrolment.cancelled'; readonly enrolmentId: EnrolmentId }
  | { readonly kind: 'enrolment.code-refused'; readonly enrolmentId: EnrolmentId }
  | {
      readonly kind: 'authenticator.bound'
      readonly authenticatorId: AuthenticatorId
      readonly method: string
      readonly replaced: readonly AuthenticatorId[]
    }
  | {
      /** Bound with what can be redirected, so it waits to take the place of another (S73). */
      readonly kind: 'authenticator.waiting'
      readonly authenticatorId: AuthenticatorId
      readonly method: string
      readonly until: Instant
      readonly signals: readonly RiskSignal[]
      /** Phones that waited before it, and have ended. */
      readonly replaced: readonly AuthenticatorId[]
    }
  | {
      /** The holder of the one before it, or a strong session, has said no. */
      readonly kind: 'authenticator.stopped'
      readonly authenticatorId: AuthenticatorId
      readonly by: 'device' | 'session' | 'desk'
    }
  | { readonly kind: 'authenticator.renamed'; readonly authenticatorId: AuthenticatorId }
  | {
      /** The device has made the key with which it checks that our desk calls. */
      readonly kind: 'authenticator.desk-key'
      readonly authenticatorId: AuthenticatorId
      readonly method: string
    }
  | {
      readonly kind: 'authenticator.changed'
      readonly authenticatorId: AuthenticatorId
      readonly method: string
    }
  | {
      readonly kind: 'authenticator.change-refused'
      readonly authenticatorId: AuthenticatorId
      readonly method: string
      readonly reason: string
      readonly disabled: boolean
    }
  | {
      /** A PIN that is known of its holder, or more PINs than a day allows (R068). */
      readonly kind: 'authenticator.pin-guessed'
      readonly by: GuesserKind
      readonly outcome: 'refused' | 'used-up'
    }
  | {
      /** It serves others still. */
      readonly kind: 'authenticator.unbound'
      readonly authenticatorId: AuthenticatorId
      readonly by: 'holder' | 'desk'
    }
  | {
      readonly kind: 'authenticator.revoked' | 'authenticator.suspended'
      readonly authenticatorId: AuthenticatorId
      /**
       * The holder, the desk, or the desk because a caller said that it was lost; `phone` where a
       * phone confirms instead (R087).
       */
      readonly by: 'holder' | 'desk' | 'caller' | 'phone'
      /** The agent. */
      readonly agent?: AgentId
    }
  | {
      /** Given out by the desk, for this reason; with a second person where one was needed. */
      readonly kind: 'authenticator.issued'
      readonly authenticatorId: AuthenticatorId
      readonly method: string
      readonly agent: AgentId
      readonly approvedBy: AgentId | null
      readonly reason: string
    }
  | {
      readonly kind: 'authenticator.released'
      readonly authenticatorId: AuthenticatorId
      readonly agent: AgentId
    }
  | {
      /** It works again; what stood in for it is not valid from now on (R097). */
      readonly kind: 'authenticator.reactivated'
      readonly authenticatorId: AuthenticatorId
      readonly ended: readonly AuthenticatorId[]
    }
  | {
      /**
       * A right answer with a counter that went back: normal for a synced passkey, so it was
       * accepted.
       */
      readonly kind: 'authenticator.copy-suspected'
      readonly method: string
      readonly authenticatorId: AuthenticatorId
    }
  | {
      /** Two devices have signed with its key; neither is accepted any more (T-PWA-5). */
      readonly kind: 'authenticator.copied'
      readonly authenticatorId: AuthenticatorId
    }
  | {
      /** A test notification was asked for on it; it opens nothing and counts nowhere. */
      readonly kind: 'authenticator.tested'
      readonly authenticatorId: AuthenticatorId
    }
  | {
      /** Its holder has shown us what it found of its own notifications, under its signature. */
      readonly kind: 'authenticator.examined'
      readonly authenticatorId: AuthenticatorId
      readonly findings: readonly Finding[]
    }

/** What makes it more likely that an attacker holds the number. */
/** What a PIN is chosen on. */
export type GuesserKind = 'browser' | 'invitation' | 'phone'

export type RiskSignal = 'contact-changed' | 'password-changed' | 'answers-failed'

/** Who is told of each event. An event without an entry here does not compile. */
export const DEVICES_EVENTS: Hearings<DevicesEvent> = {
  'enrolment.started': {
    activity: 'setup-begun',
    notice: null,
    desk: true,
    counted: true,
  },
  'enrolment.shown': {
    activity: null,
    notice: null,
    desk: false,
    counted: false,
  },
  'enrolment.cancelled': {
    activity: 'setup-cancelled',
    notice: null,
    desk: true,
    counted: true,
  },
  'enrolment.code-refused': {
    activity: 'setup-code-wrong',
    notice: null,
    desk: true,
    counted: true,
  },
  'authenticator.bound': {
    activity: 'device-bound',
    notice: 'device-bound',
    desk: true,
    counted: true,
  },
  'authenticator.waiting': {
    activity: 'device-waiting',
    notice: 'device-waiting',
    desk: true,
    counted: true,
  },
  'authenticator.stopped': {
    activity: 'device-stopped',
    notice: 'device-stopped',
    desk: true,
    counted: true,
  },
  'authenticator.renamed': {
    activity: 'device-renamed',
    notice: null,
    desk: true,
    counted: false,
  },
  // The app does it by itself, as soon as it is opened.
  'authenticator.desk-key': {
    activity: null,
    notice: null,
    desk: false,
    counted: false,
  },
  'authenticator.changed': {
    activity: 'device-changed',
    notice: 'device-changed',
    desk: true,
    counted: true,
  },
  'authenticator.change-refused': {
    activity: ({ disabled }) => (disabled ? 'device-locked' : 'device-change-refused'),
    notice: ({ disabled }) => (disabled ? 'device-locked' : null),
    desk: true,
    counted: true,
  },
  'authenticator.pin-guessed': {
    activity: ({ outcome }) => (outcome === 'refused' ? 'pin-refused' : 'pin-tries'),
    notice: null,
    desk: true,
    counted: true,
  },
  'authenticator.unbound': {
    activity: ({ by }) => (by === 'holder' ? 'device-ended' : 'device-ended-by-us'),
    notice: 'device-ended',
    desk: true,
    counted: true,
  },
  'authenticator.revoked': {
    activity: ({ by }) => (by === 'holder' ? 'device-ended' : 'device-ended-by-us'),
    notice: 'device-ended',
    desk: true,
    counted: true,
  },
  'authenticator.suspended': {
    activity: ({ by }) => (by === 'desk' ? 'device-paused' : 'device-lost'),
    notice: 'device-suspended',
    desk: true,
    counted: true,
  },
  'authenticator.issued': {
    activity: 'device-issued',
    notice: 'device-bound',
    desk: true,
    counted: true,
  },
  'authenticator.released': {
    activity: 'device-released',
    notice: 'device-changed',
    desk: true,
    counted: true,
  },
  'authenticator.reactivated': {
    activity: 'device-back',
    notice: 'device-back',
    desk: true,
    counted: true,
  },
  'authenticator.copy-suspected': {
    activity: 'device-copy-suspected',
    notice: 'device-copy-suspected',
    desk: true,
    counted: true,
  },
  'authenticator.copied': {
    activity: 'device-copied',
    notice: 'device-copied',
    desk: true,
    counted: true,
  },
  'authenticator.tested': {
    activity: null,
    notice: null,
    desk: true,
    counted: true,
  },
  'authenticator.examined': {
    activity: 'device-examined',
    notice: null,
    desk: true,
    counted: true,
  },
}
