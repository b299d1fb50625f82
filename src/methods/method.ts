import type { z } from 'zod'
import type { Language } from '#core/subscribers/account.ts'
import type { Acr, Phase } from '#core/assurance.ts'
import type { ContactKind } from '#core/contact/address.ts'
import type { AuthenticatorId, BrowserId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import type { Instant, Millis } from '#core/time/time.ts'
import type { Problem } from '#core/problems.ts'
import type { OnPhone } from '#core/devices/loss-preview.ts'
import type { Alerting, Delivery, Mailing, Take } from '#methods/delivery.ts'
import {
  type AskedBeside,
  type AskedFirst,
  type Beside,
  type CallBack,
  type DeskCheck,
  type DeskCheckBy,
  deskChecking,
  type Issued,
  type Issuing,
} from '#methods/on-call.ts'
import type { Begun, Change, ChangeBy, Changing, Proven } from '#methods/change.ts'
import type { App, Binding, Bound, Enrol, EnrolBy } from '#methods/enrol.ts'
import type { Identify, IdentifyBy } from '#methods/identify.ts'
import type { DescribePrompt, PromptContext, PromptView } from '#methods/prompt.ts'
import { type Restored, restoring, type Used } from '#methods/restoring.ts'
import type { Stock } from '#methods/stock.ts'

/**
 * A way to authenticate, as the engine sees it: JSON in, JSON out, and no type of its own.
 *
 * A method describes itself: what it proves, how it asks, how it judges, how often it may be
 * guessed at. Nothing outside its folder knows its name; the registry lists it.
 */
export interface Method {
  readonly name: string
  /** The drawing beside its name. */
  readonly icon: Icon
  /** The strength of a login in which this was the strongest proof. */
  readonly acr: Acr
  /** @see RFC 8176, section 2 */
  readonly amr: readonly string[]
  /** Consecutive wrong answers after which the authenticator is disabled for good (S1). */
  readonly hardCap: number
  /** Whether a claimant may choose it as second factor; a password never is one. */
  readonly secondFactor: boolean
  /** Whether it stands in for a first factor that was forgotten, until another is chosen (S18). */
  readonly resets?: boolean
  /** Whether at most one active authenticator of this method may serve a subscriber (R060). */
  readonly onePerSubscriber: boolean
  /**
   * The strength of a session that may bind one, where its subscriber holds nothing weaker (S66).
   */
  readonly bindsFrom: Acr
  /** The channels that carry its questions; where there is none of them, it is not offered. */
  readonly channels?: readonly string[]
  /** The guide of the help that says how it is set up. */
  readonly guide?: string
  /** Whether it is gone when the phone of its holder is; without, it is kept apart from it. */
  readonly onPhone?: Exclude<OnPhone, 'never'>
  /** Whether others can listen to its channel: its holder is told so, and offered another (S25). */
  readonly restricted?: boolean
  /** Whether its codes can go by mail besides: some places want both ways (R129). */
  readonly byMail?: true
  /** The kind of address that binding it verifies; the portal says since when (R084). */
  readonly verifies?: ContactKind
  /** Whether a person gave it who had verified the holder: with it, they may bind anything. */
  readonly vouched?: boolean
  /** Whether what is bound is a card to print: temporary access opens that longest (R095). */
  readonly printed?: boolean
  /**
   * Whether it stands in for a permanent one that is away, and ends when one works again (R097,
   * A15).
   */
  readonly standsIn?: boolean
  /**
   * Whether the same answer is right again: then another rule must prevent that it is passed on
   * (C5).
   */
  readonly reusable?: boolean
  /**
   * Whether its answer is made for what it is asked for: the question says what that is, or no page
   * but ours can ask it. Without, an answer that is passed on may serve for something else (A6).
   */
  readonly telling?: boolean
  /**
   * Whether its holder can answer the desk by telephone. The number that the agent reads out says
   * that it is for the desk, so a response that is overheard there answers no login (A8, A13).
   */
  readonly spoken?: true
  /** Of a kind of the past: what takes its place, which is ordered and proposed instead. */
  readonly successor?: string
  /** What is said when the one that a client held has expired; without it, the general text. */
  readonly expired?: Problem
  /** Draws a challenge. `state` is written with it, so that what was drawn stays drawn. */
  challenge(state: Json, asking: Asking): Drawn
  /** Never throws for anything in `answer`: what is malformed is `rejected`. */
  verify(state: Json, judging: Judging): Promise<Verdict>
  /** What a claimant sees of a challenge. */
  readonly describe: DescribePrompt
  /** The state of an authenticator that no client holds, for decoy logins. */
  decoy(random: (length: number) => Uint8Array): Json
  /** Only for a method whose authenticator is made elsewhere and presents itself. */
  bind?(request: unknown, binding: Binding): Promise<Bound>
  /** Only for a method whose authenticator is made in an app of this installation. */
  readonly app?: App
  /** Only for a method whose authenticator shows news: the message that brings it (R018). */
  readonly alert?: Alerting
  /** Only for a method whose authenticator is bound on a page of the portal. */
  readonly enrol?: Enrol
  /** Only for a method of which the holder may change something, such as a PIN. */
  readonly change?: Change
  /** Only for a method whose authenticators are made elsewhere and delivered with their keys. */
  readonly stock?: Stock
  /** Only for a method whose authenticator names its holder. */
  readonly identify?: Identify
  /** Only for a method whose authenticator has a connection of its own to the server. */
  readonly device?: Device
  /** Only for a method whose authenticator is given out by the desk. */
  readonly issued?: Issuing
  /** Only for a method whose authenticator has codes that can be asked beside something else. */
  readonly beside?: Beside
  /** Only for a method that has numbers called: the desk calls clients back with it. */
  readonly callBack?: CallBack
  /** Only for a method whose state says what was used (A25). */
  readonly restored?: Restored<Json>
}

/** Line drawings that there are for kinds of authenticators. */
export type Icon = 'phone' | 'token' | 'key' | 'text' | 'card' | 'lock' | 'clock'

/** An authenticator with a connection to the server, which signs with a key of its own. */
export interface Device {
  /** Only where it cannot tell a right PIN from a wrong one. */
  readonly relock?: PhonePinChange
  /** Only where it can tell, without a connection, that it is our desk which asks. */
  readonly desk?: DeskCheck
  /** The payload of a signed request, or `null` when this authenticator did not sign it. */
  open(state: Json, signed: string): Promise<Json | null>
  /**
   * What the device is told of an open challenge, or `null` when it may not answer that one itself.
   */
  request(expected: Json): Json | null
  /**
   * What it is told of an open challenge where it has no connection, by a picture under the
   * signature of the server, or `null` when there is nothing to show. Without, nothing is.
   */
  picture?(expected: Json): SignedPicture | null
}

/** What the server signs for a picture; its type keeps it from being taken for anything else. */
export interface SignedPicture {
  readonly type: string
  readonly payload: Json
}

/**
 * A question that a device answers before its holder changes how it is opened: only the server can
 * tell whether the PIN was right (A16). Its answers are counted like any other.
 */
export interface PhonePinChange {
  begin(state: Json, changing: Pick<Changing, 'now' | 'random'>): PhonePinDrawn
  /** Never throws for anything in `answer`. */
  complete(state: Json, answer: unknown, now: Instant): Verdict
}

export type PhonePinDrawn =
  | {
      readonly ok: true
      readonly state: Json
      /** Never asked before; the store refuses it a second time. */
      readonly number: string
      readonly until: Instant
    }
  | { readonly ok: false; readonly problem: Problem; readonly until?: Instant }

/** What a challenge is drawn for. */
export interface Asking extends Mailing {
  readonly now: Instant
  readonly random: (length: number) => Uint8Array
  readonly authenticatorId: AuthenticatorId
  /** The login, task or call that this challenge, and no other, is for. */
  readonly transaction: string
  readonly purpose: Purpose
  /** What the holder is shown before they answer, such as platform, place and browser. */
  readonly context: Json
  /** Whether this browser has been used by this subscriber before. */
  readonly recognised: boolean
  /**
   * Whether what the page shows has to be carried over to the device before it may approve (S31).
   */
  readonly transfer: boolean
  /**
   * The way in which the claimant chose to be asked, of those that this method has; `null` is its
   * own first.
   */
  readonly way: string | null
  /**
   * Whether the holder wants to be asked on the device itself where the method can do that (R038).
   */
  readonly seamless: boolean
  /** Of the page that the claimant looks at. */
  readonly language: Language
  /** Of the holder, for what reaches them elsewhere. */
  readonly holderLanguage: Language
  /** Stands for the subscriber whose login it is: limits count by it. */
  readonly subscriber: string
  /**
   * Stands for the end site that the claimant comes from (an address, or a /64 of IPv6): limits
   * count by it.
   */
  readonly network: string
  /** The channels that there are. */
  readonly channels: readonly string[]
  /** The address of this installation. */
  readonly issuer: string
  /** What the brokerage is called. */
  readonly brand: string
  /** Where the device has asked us first: we prove ourselves with the same number that asks it. */
  readonly mutual?: AskedFirst
}

/**
 * Why the client is asked; an offline device shows it, so it is part of the challenge itself (A8).
 */
export type Purpose = 'login' | 'task' | 'desk'

export type Drawn =
  | {
      readonly ok: true
      readonly state: Json
      readonly prompt: Json
      readonly expected: Json
      readonly validFor: Millis
      /**
       * When it was asked first, where this is what was asked before and is still to be answered.
       */
      readonly askedAt?: Instant
      /**
       * A number that this authenticator was never asked before; the store refuses it a second
       * time.
       */
      readonly unique?: string
      /** What proves us to the device that has asked first. */
      readonly proof?: string
      /** Deliveries to make once the challenge is committed, by channel. */
      readonly deliver: readonly Delivery[]
      /** Taken before anything is written; where one is used up, nothing is drawn. */
      readonly takes?: readonly Take[]
    }
  | { readonly ok: false; readonly problem: Problem; readonly until?: Instant }

export interface Judging {
  readonly authenticatorId: AuthenticatorId
  /**
   * The browser, or program, that answers: known before, or known from this answer on; `null` for a
   * device.
   */
  readonly browser: BrowserId | null
  /** Whether it is a program of its own that answers, and no browser. */
  readonly isProgram?: boolean
  readonly expected: Json
  readonly answer: unknown
  readonly now: Instant
}

export type Verdict =
  | {
      readonly outcome: 'accepted'
      readonly state: Json
      /** How it was proven, where that varies. @see RFC 8176, section 2 */
      readonly amr?: readonly string[]
      /** The channels that brought the answer to its holder, where it was brought. */
      readonly carried?: readonly string[]
      /** The phases of what it opens, where that changes with time. */
      readonly phases?: readonly Phase[]
      /** It is used up. */
      readonly spent?: boolean
      readonly used?: Used
      /** There may be a copy of it. It is not stopped, and its holder is told. */
      readonly copySuspected?: true
    }
  /** `reason` goes to the audit log only. */
  | {
      readonly outcome: 'rejected'
      readonly reason: string
      readonly state?: Json
      /** The challenge may be answered again; otherwise it is answered once. */
      readonly open?: boolean
      /** The method itself has counted enough: the authenticator is disabled now. */
      readonly disable?: boolean
      /**
       * Guessing does not help an attacker here, so it does not count against the authenticator
       * (A28).
       */
      readonly guess?: false
      /**
       * It was no guess, and the claimant may hear why; the authenticator counts nothing
       * against it.
       */
      readonly explained?: Problem
      /** The method counts it apart; it counts here too where the rules of an account count all. */
      readonly apart?: true
      /** It is of this authenticator, further on than it was known to be: the next one decides. */
      readonly ahead?: true
    }
  /** No answer to this question at all; it is no guess, so it is neither counted nor written. */
  | { readonly outcome: 'malformed' }
  /** Right, but after its time; likewise. */
  | { readonly outcome: 'late' }
  /** What had to be carried over to the device is right; its holder has yet to say yes. */
  | { readonly outcome: 'matched'; readonly state: Json }
  /** The holder says no; `notMe` when they say that they did not ask. */
  | { readonly outcome: 'denied'; readonly notMe: boolean; readonly state: Json }

/** A method with the types of its own; `defineMethod` closes over them. */
export interface MethodDefinition<State, Expected, Answer>
  extends Omit<
    Method,
    | 'challenge'
    | 'verify'
    | 'decoy'
    | 'device'
    | 'describe'
    | 'enrol'
    | 'change'
    | 'identify'
    | 'issued'
    | 'beside'
    | 'restored'
  > {
  readonly state: z.ZodType<State>
  readonly expected: z.ZodType<Expected>
  readonly answer: z.ZodType<Answer>
  challenge(state: State, asking: Asking): DrawnBy<State, Expected>
  verify(
    state: State,
    judging: JudgingBy<Expected, Answer>,
  ): Promise<VerdictBy<State>> | VerdictBy<State>
  /** The views of a prompt that this method itself has made. */
  // biome-ignore lint: the prompt is this method's own JSON
  describe(prompt: never, context: PromptContext): readonly [PromptView, ...PromptView[]]
  decoy(random: (length: number) => Uint8Array): State
  readonly enrol?: EnrolBy<State>
  readonly change?: ChangeBy<State>
  readonly identify?: IdentifyBy<State>
  readonly issued?: {
    issue(
      facts: Parameters<Issuing['issue']>[0],
    ): Promise<Omit<Issued, 'state'> & { readonly state: State }>
    release(state: State, only?: readonly BrowserId[]): State
  }
  readonly restored?: Restored<State>
  readonly beside?: {
    ask(
      state: State,
      random: (length: number) => Uint8Array,
    ): (Omit<AskedBeside, 'state'> & { readonly state: State }) | null
    isRight(expected: Json, typed: string): boolean | null
  }
  readonly device?: {
    open(state: State, signed: string): Promise<Json | null>
    request(expected: Expected): Json | null
    picture?(expected: Expected): SignedPicture | null
    readonly relock?: PhonePinChangeBy<State>
    readonly desk?: DeskCheckBy<State>
  }
}

/** A `Relock` with the type of the state it asks about. */
export interface PhonePinChangeBy<State> {
  begin(
    state: State,
    changing: Pick<Changing, 'now' | 'random'>,
  ):
    | (Omit<Extract<PhonePinDrawn, { ok: true }>, 'state'> & { readonly state: State })
    | Extract<PhonePinDrawn, { ok: false }>
  complete(state: State, answer: unknown, now: Instant): VerdictBy<State>
}

export type DrawnBy<State, Expected> =
  | (Omit<Extract<Drawn, { ok: true }>, 'state' | 'expected'> & {
      readonly state: State
      readonly expected: Expected
    })
  | Extract<Drawn, { ok: false }>

export type JudgingBy<Expected, Answer> = Omit<Judging, 'expected' | 'answer'> & {
  readonly expected: Expected
  readonly answer: Answer
}

export type VerdictBy<State> =
  | (Omit<Extract<Verdict, { outcome: 'accepted' }>, 'state'> & { readonly state: State })
  | {
      readonly outcome: 'rejected'
      readonly reason: string
      readonly state?: State
      readonly open?: boolean
      readonly disable?: boolean
      readonly guess?: false
      readonly explained?: Problem
      readonly apart?: true
      readonly ahead?: true
    }
  | Extract<Verdict, { outcome: 'malformed' | 'late' }>
  | { readonly outcome: 'matched'; readonly state: State }
  | { readonly outcome: 'denied'; readonly notMe: boolean; readonly state: State }

/**
 * Turns a definition into a `Method`: what was stored is parsed and must fit, what was sent is
 * parsed and is `malformed` when it does not.
 */
export function defineMethod<State, Expected, Answer>(
  definition: MethodDefinition<State, Expected, Answer>,
): Method {
  const { state: State, expected: Expected, answer: Answer, ...rest } = definition
  const { device, enrol, change, identify, issued, beside, restored, ...facts } = rest
  const method: Method = {
    ...facts,
    ...(issued && {
      issued: {
        issue: issued.issue as Issuing['issue'],
        release: (state, only) => issued.release(State.parse(state), only) as Json,
      },
    }),
    ...(beside && {
      beside: {
        ask: (state, random) => beside.ask(State.parse(state), random) as AskedBeside | null,
        isRight: beside.isRight,
      },
    }),
    ...(restored && { restored: restoring(State, restored) }),
    ...(enrol && { enrol: enrol as Enrol }),
    ...(change && { change: changeOf(State, change) }),
    ...(identify && { identify: identifying(State, identify) }),
    describe: definition.describe as DescribePrompt,
    decoy: (random) => definition.decoy(random) as Json,
    challenge: (state, asking) => definition.challenge(State.parse(state), asking) as Drawn,
    async verify(state, { expected, answer, ...rest }) {
      const typed = Answer.safeParse(answer)
      if (!typed.success) return { outcome: 'malformed' }
      const judging = { ...rest, expected: Expected.parse(expected), answer: typed.data }
      return (await definition.verify(State.parse(state), judging)) as Verdict
    },
  }
  if (!device) return method
  return {
    ...method,
    device: {
      open: (state, signed) => device.open(State.parse(state), signed),
      request: (expected) => device.request(Expected.parse(expected)),
      picture: (expected) => device.picture?.(Expected.parse(expected)) ?? null,
      ...(device.relock && { relock: relocking(State, device.relock) }),
      ...(device.desk && { desk: deskChecking(State, device.desk) }),
    },
  }
}

function relocking<State>(State: z.ZodType<State>, by: PhonePinChangeBy<State>): PhonePinChange {
  return {
    begin: (state, changing) => by.begin(State.parse(state), changing) as PhonePinDrawn,
    complete: (state, answer, now) => by.complete(State.parse(state), answer, now) as Verdict,
  }
}

function changeOf<State>(State: z.ZodType<State>, change: ChangeBy<State>): Change {
  return {
    ...change,
    begin: (state, request, changing) =>
      change.begin(State.parse(state), request, changing) as Begun,
    describe: (state, asked) => change.describe(State.parse(state), asked),
    complete: (state, answer, asked) =>
      change.complete(State.parse(state), answer, asked) as Proven<Json>,
  }
}

function identifying<State>(State: z.ZodType<State>, by: IdentifyBy<State>): Identify {
  return {
    offer: by.offer,
    ask: (held, offering) =>
      by.ask(
        held.map((state) => State.parse(state)),
        offering,
      ),
    claims(answer) {
      const claim = by.claims(answer)
      return claim && { ...claim, isOf: (state) => claim.isOf(State.parse(state)) }
    },
  }
}
