import type { ContactKind } from '#core/contact/address.ts'
import type { CaseReason } from '#core/desk/case.ts'
import type { Deed, DeedClass, Level } from '#core/desk/deeds.ts'
import type { TieKind } from '#core/desk/member.ts'
import type { Pressure } from '#core/desk/verification.ts'
import type { EventActor } from '#core/events/event.ts'
import type { Hearings, NoticeKind } from '#core/events/hearing.ts'
import type { AuthenticatorId, CallBackId, ContactId, HoldId, MemberId } from '#core/ids.ts'
import type { Problem } from '#core/problems.ts'
import type { Instant } from '#core/time/time.ts'

/** How a client is searched for: by exactly what it is, never by a part of it. */
export const SEARCHES = ['user-name', 'account', 'case', 'serial'] as const
export type Search = (typeof SEARCHES)[number]

/** What a member who reads a deed again may find wrong. The log holds this word and no story. */
export const DOUBTS = ['proof', 'purpose', 'pressure', 'other'] as const
export type Doubt = (typeof DOUBTS)[number]

/** The audit events of cases. Who did it is the actor of the event, and the case stands beside. */
export type CaseEvent =
  | {
      readonly kind: 'desk.searched'
      readonly by: Search
      readonly reason: CaseReason
      /** As the agent heard it. */
      readonly found: boolean
      /**
       * What the client has in common with a member of staff, for which the agent heard that there
       * is none; then the event names the client. `null` for nothing.
       */
      readonly tied: { readonly of: TieKind | 'device'; readonly memberId: MemberId } | null
    }
  /** One agent looks for more clients than can have called. */
  | { readonly kind: 'desk.searched-too-often' }
  | {
      readonly kind: 'desk.case-opened'
      readonly caseNumber: string
      readonly reason: CaseReason
    }
  | {
      /** It is the case of a client who does not exist: no caller can have been one. */
      readonly kind: 'desk.canary-opened'
      readonly caseNumber: string
      readonly reason: CaseReason
    }
  | {
      /** The agent has asked for the result of a connection test by its code. */
      readonly kind: 'desk.connectivity-read'
      readonly caseNumber: string
      readonly found: boolean
    }
  /** The agent has looked at the logins of the client, and at what was sent and ordered. */
  | { readonly kind: 'desk.record-read'; readonly caseNumber: string }
  | {
      /** The client is to be called back: it waits for an agent, waits again, or is done. */
      readonly kind:
        | ('desk.call-back-asked' | 'desk.call-back-taken')
        | ('desk.call-back-returned' | 'desk.call-back-done')
      readonly caseNumber: string
      readonly callBackId: CallBackId
    }
  | { readonly kind: 'desk.case-closed'; readonly caseNumber: string }
  | { readonly kind: 'desk.noted'; readonly caseNumber: string }
  | {
      readonly kind: 'desk.proof-begun'
      readonly caseNumber: string
      readonly of: DeedClass
      /** What it is worth when it is right. */
      readonly level?: Level
      readonly method: string
      /** `null` where any passkey of the client answers, or a number is called. */
      readonly authenticatorId: AuthenticatorId | null
      /** Which number is called, where one is. */
      readonly contactId?: ContactId
      /** The phone of the caller has asked us first, and we have answered. */
      readonly mutual?: true
    }
  | {
      /** The number that the phone sent is that of the agent; its holder has yet to confirm. */
      readonly kind: 'desk.number-matched'
      readonly caseNumber: string
      readonly of: DeedClass
      readonly method: string
      readonly authenticatorId: AuthenticatorId
    }
  | {
      /** The client has typed the code of the agent, and shown a passkey; both fit. */
      readonly kind: 'desk.call-opened'
      readonly caseNumber: string
      readonly of: DeedClass
      readonly method: string
      readonly authenticatorId: AuthenticatorId
    }
  | {
      /** A code and a passkey that open no call. The passkey names its client, if there is one. */
      readonly kind: 'desk.call-not-found'
      readonly method: string
      readonly authenticatorId: AuthenticatorId | null
      readonly reason: string
      /** There is a copy of the passkey: it works no more. */
      readonly disabled?: true
    }
  | {
      /** A number, PIN or passkey was wrong; it may be answered again. */
      readonly kind: 'desk.answer-wrong'
      readonly caseNumber: string
      readonly of: DeedClass
      readonly method: string
      readonly authenticatorId: AuthenticatorId | null
      readonly reason: string
    }
  | {
      readonly kind: 'desk.proof-accepted'
      readonly caseNumber: string
      readonly of: DeedClass
      readonly level: Level
      readonly method: string
      /** `null` for a number that was called back. */
      readonly authenticatorId: AuthenticatorId | null
    }
  | {
      readonly kind: 'desk.proof-refused'
      readonly caseNumber: string
      readonly of: DeedClass
      readonly method: string
      readonly authenticatorId: AuthenticatorId | null
      readonly reason: string
      /** It was one wrong PIN too many: the phone confirms nothing any more. */
      readonly disabled?: true
    }
  | {
      /** So many proofs failed that none by telephone opens anything for a while (R126). */
      readonly kind: 'desk.calls-stopped'
      readonly caseNumber: string
      readonly until: Instant
    }
  | {
      readonly kind: 'desk.acted'
      readonly caseNumber: string
      readonly act: Deed
      /** The second person, where it took two. */
      readonly second?: EventActor
    }
  | {
      /** The caller wanted a step skipped, and was given the answer that there is. */
      readonly kind: 'desk.pressed'
      readonly caseNumber: string
      readonly pressure: Pressure
    }
  | {
      /** One field that was hidden was shown to the agent. */
      readonly kind: 'desk.unmasked'
      readonly caseNumber: string
      readonly field: ContactKind
      /** Why the client had called, as the agent said when the case was opened. */
      readonly reason: CaseReason
      /** The second person, where it took two. */
      readonly second?: EventActor
    }
  | {
      readonly kind: 'desk.second-asked'
      readonly caseNumber: string
      readonly act: Deed
      /** Who was drawn. */
      readonly second: EventActor
    }
  | {
      readonly kind: 'desk.second-agreed' | 'desk.second-refused'
      readonly caseNumber: string
      readonly act: Deed
      /** Who asked. */
      readonly asker: EventActor
    }
  | {
      /** A member has before them what another did, to read it again. */
      readonly kind: 'desk.reread-begun'
      readonly caseNumber: string
      readonly act: Deed
    }
  | {
      readonly kind: 'desk.reread'
      readonly caseNumber: string
      readonly act: Deed
      /** Who did it. */
      readonly doer: EventActor
    }
  | {
      /** Another member, who read again what was done, doubts it. */
      readonly kind: 'desk.deed-doubted'
      readonly caseNumber: string
      readonly act: Deed
      readonly doer: EventActor
      readonly doubt: Doubt
    }
  | {
      /** An agent asked for a deed that nothing opened. */
      readonly kind: 'desk.act-refused'
      readonly caseNumber: string
      readonly act: Deed
      readonly reason: Problem
    }
  | {
      /** The client says that they did not call. */
      readonly kind: 'desk.call-denied'
      readonly caseNumber: string
      readonly holdId: HoldId
      readonly until: Instant
    }

/** A deed whose own event tells the client already is not told twice. */
const ACTED: Readonly<Record<Deed, NoticeKind | null>> = {
  'block-device': null,
  'end-passcode': null,
  'issue-passcode': null,
  'release-passcode': null,
  'replace-device': null,
  'reset-password': null,
  'end-sessions': 'desk-acted',
  freeze: 'desk-acted',
  'unlock-name': 'desk-acted',
  'tell-user-name': 'desk-acted',
  unmask: null,
}

/** A step of a proof: what came of it is told. */
const STEP = { activity: null, notice: null, desk: true, counted: true } as const

/** Who is told of each event. An event without an entry here does not compile. */
export const CASE_EVENTS: Hearings<CaseEvent> = {
  'desk.searched': {
    // Of itself it shows nothing: a case does.
    activity: null,
    notice: null,
    desk: false,
    counted: true,
  },
  'desk.searched-too-often': {
    activity: null,
    notice: null,
    desk: false,
    counted: true,
  },
  'desk.case-opened': {
    activity: 'desk-looked',
    notice: null,
    desk: true,
    counted: true,
  },
  'desk.canary-opened': {
    activity: null,
    notice: null,
    desk: false,
    counted: true,
  },
  'desk.record-read': {
    activity: 'desk-read-record',
    notice: null,
    desk: true,
    counted: true,
  },
  'desk.call-back-asked': {
    // A stranger may have asked for it: the client knows that one of us will ring.
    activity: 'desk-will-call',
    notice: null,
    desk: true,
    counted: true,
  },
  // The case that is opened with it says so.
  'desk.call-back-taken': STEP,
  'desk.call-back-returned': STEP,
  'desk.call-back-done': STEP,
  'desk.case-closed': {
    activity: null,
    notice: null,
    desk: true,
    counted: false,
  },
  'desk.connectivity-read': {
    activity: null,
    notice: null,
    desk: true,
    counted: true,
  },
  'desk.noted': {
    activity: null,
    notice: null,
    desk: true,
    counted: false,
  },
  'desk.proof-begun': { ...STEP, activity: 'desk-asked' },
  'desk.number-matched': STEP,
  'desk.call-opened': STEP,
  'desk.call-not-found': {
    activity: ({ disabled }) => (disabled ? 'device-copied' : null),
    notice: ({ disabled }) => (disabled ? 'device-copied' : null),
    desk: false,
    counted: true,
  },
  'desk.answer-wrong': STEP,
  'desk.proof-accepted': {
    activity: ({ verified }) => (verified === 'call-back' ? 'desk-called-back' : 'desk-proven'),
    notice: ({ verified }) => (verified === 'call-back' ? 'desk-called-back' : 'desk-proven'),
    desk: true,
    counted: true,
  },
  'desk.proof-refused': {
    activity: ({ disabled }) => (disabled ? 'device-locked' : 'desk-not-proven'),
    // One that was mistyped is no news; the last of three is (R126).
    notice: ({ disabled }) => (disabled ? 'device-locked' : null),
    desk: true,
    counted: true,
  },
  'desk.calls-stopped': {
    activity: 'desk-stopped',
    notice: 'desk-stopped',
    desk: true,
    counted: true,
  },
  'desk.acted': {
    activity: 'desk-acted',
    notice: ({ act }) => ACTED[act],
    desk: true,
    counted: true,
  },
  'desk.pressed': {
    // What an agent has heard of a caller is no act of the client’s.
    activity: null,
    notice: null,
    desk: true,
    counted: true,
  },
  'desk.unmasked': {
    activity: 'desk-unmasked',
    // Where a client is reached is worth money to a thief: they need not look to hear of it.
    notice: 'desk-unmasked',
    desk: true,
    counted: true,
  },
  'desk.second-asked': {
    // What came of it is told.
    activity: null,
    notice: null,
    desk: true,
    counted: true,
  },
  'desk.second-agreed': {
    activity: null,
    notice: null,
    desk: true,
    counted: true,
  },
  'desk.second-refused': {
    activity: null,
    notice: null,
    desk: true,
    counted: true,
  },
  'desk.reread-begun': {
    activity: 'desk-reread',
    notice: null,
    desk: true,
    counted: true,
  },
  'desk.reread': {
    // That it was read stands there already.
    activity: null,
    notice: null,
    desk: true,
    counted: true,
  },
  'desk.deed-doubted': {
    // What is in it is found by compliance, who speaks with the client.
    activity: null,
    notice: null,
    desk: true,
    counted: true,
  },
  'desk.act-refused': {
    activity: null,
    notice: null,
    desk: true,
    counted: true,
  },
  'desk.call-denied': {
    activity: 'desk-denied',
    notice: 'desk-denied',
    desk: true,
    counted: true,
  },
}
