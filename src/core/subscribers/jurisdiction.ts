import { type Millis, minutes } from '#core/time/time.ts'

/** Whose rules hold for an account. The back office names them beside its residence (R132). */
export type Jurisdiction = 'default' | 'hk' | 'in' | 'eu'

export const JURISDICTIONS = [
  'default',
  'hk',
  'in',
  'eu',
] as const satisfies readonly Jurisdiction[]

/** What a place asks beyond what this server does anyway, and where that is written. */
export interface Profile {
  /** Whether a client may trade without a second factor (R128, R129, R130). */
  readonly optOut: boolean
  /**
   * Whether a password and a temporary passcode are two factors (C5); if not, they bind a second
   * one, and no more.
   */
  readonly passcodeTrades: boolean
  /**
   * Whether every approval on a phone carries the number of the page; if not, the installation
   * decides.
   */
  readonly transfer: 'always' | 'as-set'
  /** Whether a new phone may be set up with a text message alone. */
  readonly migrationByText: boolean
  /** Longest time without use after which a session ends, where that is less than everywhere. */
  readonly idle: Millis | null
  /**
   * Most wrong answers in a row that an authenticator survives, where that is less than its own.
   */
  readonly failuresMax: number | null
  /** What asks for it, as the client may look it up. */
  readonly citation: string | null
}

export const PROFILES: Readonly<Record<Jurisdiction, Profile>> = {
  default: {
    optOut: true,
    passcodeTrades: true,
    transfer: 'as-set',
    migrationByText: true,
    idle: null,
    failuresMax: null,
    citation: null,
  },
  hk: {
    optOut: false,
    passcodeTrades: false,
    transfer: 'always',
    migrationByText: false,
    idle: null,
    failuresMax: null,
    citation:
      'SFC, Guidelines for Reducing and Mitigating Hacking Risks Associated with Internet ' +
      'Trading, 27 October 2017, paragraph 1.1, and FAQ, question 2',
  },
  in: {
    optOut: false,
    passcodeTrades: false,
    transfer: 'as-set',
    migrationByText: true,
    idle: null,
    failuresMax: null,
    citation:
      'NSE, circular of 25 March 2014, regulation 3b, ' +
      'and circular of 14 June 2022 on two-factor authentication',
  },
  eu: {
    optOut: true,
    passcodeTrades: true,
    transfer: 'always',
    migrationByText: true,
    idle: minutes(5),
    failuresMax: 5,
    citation: 'Commission Delegated Regulation (EU) 2018/389, article 4(3)(b) and (d)',
  },
}
