import type { Findings } from '#core/connectivity/diagnosis.ts'
import { readCode } from '#core/text/typed.ts'
import { days, type Instant } from '#core/time/time.ts'

/** What a browser says that it has found. We have seen none of it: it is shown as a claim. */
export interface Claim extends Findings {
  /** How pages came, as the browser names it, such as `h2`; `null` where it does not say. */
  readonly protocol: string | null
  /** Milliseconds until the name was resolved; `null` where that is not told. */
  readonly dnsMs: number | null
}

/** A result that a client has shared, so that the desk can read it. */
export interface SharedResult {
  readonly claim: Claim
  /** Where we saw the client come from: this is no claim. */
  readonly seenFrom: string
  readonly at: Instant
}

export const SHARED_FOR = days(7)
/** 40 bits, of which few are in use, and guesses are counted. */
export const SHARE_CODE_LENGTH = 8
/** Characters of what a browser sends. */
export const CLAIM_LENGTH_MAX = 2_048
/** Ports that a claim may speak of. */
export const CLAIMED_PORTS_MAX = 8

/** Symbols that are left out, because they are read as another one. */
const READ_AS: Readonly<Record<string, string>> = { I: '1', L: '1', O: '0' }

/** A code as it was typed or heard; `null` for what cannot be one. */
export function readShareCode(typed: string): string | null {
  const plain = readCode(typed.slice(0, TYPED_LENGTH_MAX)).toUpperCase()
  const code = plain.replaceAll(/[ILO]/g, (letter) => READ_AS[letter] ?? letter)
  return SHAPE.test(code) ? code : null
}

const SHAPE = /^[0-9A-HJKMNP-TV-Z]{8}$/
/** More than a code with all its separators. */
const TYPED_LENGTH_MAX = 40

/** As it is shown and read aloud: `AB12-CD34`. */
export const shareCodeShown = (code: string): string => `${code.slice(0, 4)}-${code.slice(4)}`
