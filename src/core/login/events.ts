import type { AuditSubject } from '#core/events/event.ts'
import type { Hearings, Line } from '#core/events/hearing.ts'
import type { AuthenticatorId, BrowserId, LoginId } from '#core/ids.ts'
import type { Problem } from '#core/problems.ts'

/** The audit events of logins and of the browsers that clients log in with. */
export type LoginEvent =
  | { readonly kind: 'login.started'; readonly platform: string; readonly recognised: boolean }
  | {
      readonly kind: 'login.password-refused'
      readonly reason: PasswordRefusal
      /** What was told after a right password. */
      readonly problem?: Problem
    }
  | { readonly kind: 'login.password-accepted'; readonly decoy: boolean }
  | {
      /**
       * A passkey that names its holder did not log a client in; `reason` is its method's, or ours.
       */
      readonly kind: 'login.identity-refused'
      readonly method: string
      readonly authenticatorId: AuthenticatorId | null
      readonly reason: string
      readonly disabled: boolean
    }
  | {
      readonly kind: 'login.challenged'
      readonly method: string
      readonly authenticatorId: AuthenticatorId
    }
  | {
      /** Right, and not enough by itself for what the platform needs. */
      readonly kind: 'login.answer-accepted'
      readonly method: string
      readonly authenticatorId: AuthenticatorId
      readonly used?: readonly number[]
    }
  | {
      readonly kind: 'login.answer-refused'
      readonly method: string
      readonly authenticatorId: AuthenticatorId
      readonly reason: string
      readonly disabled: boolean
      /** It was one too many for the login as well. */
      readonly over: boolean
      /** What was told, where that is not that the answer is wrong. */
      readonly problem?: Problem
    }
  | {
      /** Carried over to the device, which asks for its PIN next. */
      readonly kind: 'login.number-matched'
      readonly method: string
      readonly authenticatorId: AuthenticatorId
    }
  | { readonly kind: 'login.denied'; readonly method: string; readonly notMe: boolean }
  | {
      readonly kind: 'login.completed'
      readonly acr: string
      readonly methods: readonly string[]
      /**
       * What the last answer has used up, such as the counter of a card: after a restore it does
       * not count again (A25).
       */
      readonly used?: readonly number[]
    }
  | {
      readonly kind: 'login.expired'
      /** Some step was right, and the login was left unfinished. */
      readonly proven: boolean
      readonly recognised: boolean
    }
  | {
      /**
       * The same browser asks the same client for another login, so this request is over on the
       * device.
       */
      readonly kind: 'login.request-withdrawn'
      readonly method: string
      readonly authenticatorId: AuthenticatorId
      readonly by: LoginId
    }
  | {
      /** The same client has completed another login in the same browser. */
      readonly kind: 'login.replaced'
      readonly by: LoginId
    }
  | {
      /** A client has logged in with two factors in a browser that was new to us. */
      readonly kind: 'browser.recognised'
      readonly browserId: BrowserId
    }
  | {
      /** This one, or all of them. */
      readonly kind: 'browser.forgotten'
      readonly browserId?: BrowserId
    }
  | {
      /** The person at it is not the client whose user name it filled in. */
      readonly kind: 'browser.unnamed'
      readonly browserId: BrowserId
    }
  | { readonly kind: 'browser.blocked'; readonly browserId: BrowserId }

/** As it is written, with whose login it is. */
export type WrittenLoginEvent = AuditSubject & LoginEvent

export type PasswordRefusal =
  | 'unknown-name'
  | 'wrong'
  | 'environment'
  | 'no-authenticator'
  | 'locked'
  | 'rights'
  | 'weak'

const PASSWORD_LINES = {
  // It belongs to no client, so no client reads it.
  'unknown-name': null,
  wrong: 'password-wrong',
  environment: 'password-elsewhere',
  'no-authenticator': 'nothing-to-confirm',
  locked: 'all-locked',
  rights: 'not-opened',
  weak: 'nothing-to-confirm',
} as const satisfies Readonly<Record<string, Line | null>>

/** Who is told of each event. An event without an entry here does not compile. */
export const LOGIN_EVENTS: Hearings<LoginEvent> = {
  'login.started': {
    // The event of its end is enough.
    activity: null,
    notice: null,
    desk: true,
    counted: true,
  },
  'login.password-refused': {
    activity: ({ reason }) => PASSWORD_LINES[reason],
    notice: null,
    desk: true,
    counted: true,
  },
  'login.password-accepted': {
    activity: ({ decoy }) => (decoy ? 'password-wrong' : 'password-right'),
    notice: null,
    desk: true,
    counted: true,
  },
  'login.identity-refused': {
    activity: ({ disabled }) => (disabled ? 'device-locked' : 'identity-refused'),
    notice: ({ disabled }) => (disabled ? 'device-locked' : null),
    desk: true,
    counted: true,
  },
  'login.challenged': {
    activity: 'asked',
    notice: null,
    desk: false,
    counted: true,
  },
  'login.answer-accepted': {
    activity: 'answer-right',
    notice: null,
    desk: true,
    counted: true,
  },
  'login.answer-refused': {
    activity: ({ disabled, over }) =>
      disabled ? 'device-locked' : over ? 'login-over' : 'answer-wrong',
    notice: ({ disabled, over }) => (disabled ? 'device-locked' : over ? 'not-confirmed' : null),
    desk: true,
    counted: true,
  },
  'login.number-matched': {
    // What comes of it says so.
    activity: null,
    notice: null,
    desk: true,
    counted: true,
  },
  'login.denied': {
    activity: ({ notMe }) => (notMe ? 'denied-not-me' : 'denied'),
    notice: 'denied',
    desk: true,
    counted: true,
  },
  'login.completed': {
    activity: 'logged-in',
    notice: null,
    desk: true,
    counted: true,
  },
  'login.expired': {
    activity: 'login-unfinished',
    // A client in a known browser who left the login unfinished is told nothing; a stranger with
    // the password is what counts.
    notice: ({ proven, recognised }) => (proven && !recognised ? 'not-answered' : null),
    desk: true,
    counted: true,
  },
  'login.request-withdrawn': {
    // The login that is asked for instead says so.
    activity: null,
    // Their client goes on in the same browser.
    notice: null,
    desk: false,
    counted: true,
  },
  'login.replaced': {
    activity: null,
    notice: null,
    desk: false,
    counted: true,
  },
  'browser.recognised': {
    activity: 'browser-new',
    notice: 'new-browser',
    desk: true,
    counted: true,
  },
  'browser.forgotten': {
    activity: ({ browserId }) => (browserId ? 'browser-forgotten' : 'browsers-forgotten'),
    // From then on an attacker who knows the user name can keep the client out of it by guessing
    // (A28).
    notice: 'browser-forgotten',
    desk: true,
    counted: true,
  },
  'browser.unnamed': {
    // Nothing of the client has changed.
    activity: null,
    notice: null,
    desk: true,
    counted: false,
  },
  'browser.blocked': {
    activity: 'browser-blocked',
    notice: null,
    desk: true,
    counted: true,
  },
}
