import type { Actor } from '#core/events/event.ts'
import type { Hearings, Line } from '#core/events/hearing.ts'
import type { AuthenticatorId, HoldId, SessionId } from '#core/ids.ts'
import type { Forbidden } from '#core/sessions/rights.ts'
import type { Instant } from '#core/time/time.ts'

/** The audit events of sessions and of holds. */
export type SessionsEvent =
  | { readonly kind: 'session.opened'; readonly sessionId: SessionId }
  | {
      /**
       * It was opened in a browser that is known, and the place of its client wants each login to
       * be told (R131).
       */
      readonly kind: 'session.announced'
      readonly sessionId: SessionId
    }
  | {
      /** What was set up in a session has opened the one that takes its place. */
      readonly kind: 'session.lifted'
      readonly sessionId: SessionId
      readonly authenticatorId: AuthenticatorId
      readonly method: string
    }
  | { readonly kind: 'session.ended'; readonly sessionId: SessionId; readonly by: SessionEnd }
  | {
      readonly kind: 'hold.started'
      readonly holdId: HoldId
      readonly hold: string
      readonly forbids: readonly Forbidden[]
      readonly until: Instant
      readonly by: Actor
    }
  | { readonly kind: 'hold.ended'; readonly holdId: HoldId; readonly by: Actor }

export type SessionEnd = 'holder' | 'log-out' | 'desk' | 'not-me' | 'account'

const ENDINGS = {
  holder: 'session-ended',
  'log-out': 'logged-out',
  desk: 'session-ended-by-us',
  'not-me': 'session-ended-not-me',
  account: 'session-ended-rules',
} as const satisfies Readonly<Record<string, Line>>

/** Who is told of each event. An event without an entry here does not compile. */
export const SESSIONS_EVENTS: Hearings<SessionsEvent> = {
  'session.opened': {
    // The login that opened it says so.
    activity: null,
    notice: null,
    desk: true,
    counted: true,
  },
  'session.announced': {
    activity: null,
    notice: 'logged-in',
    desk: false,
    counted: false,
  },
  'session.lifted': {
    activity: 'session-lifted',
    // That the device was set up is told, and that the browser is known from now on.
    notice: null,
    desk: true,
    counted: true,
  },
  'session.ended': {
    activity: ({ by }) => ENDINGS[by],
    notice: null,
    desk: true,
    counted: true,
  },
  'hold.started': {
    activity: 'hold-started',
    notice: null,
    desk: true,
    counted: true,
  },
  'hold.ended': {
    activity: 'hold-ended',
    notice: null,
    desk: true,
    counted: true,
  },
}
