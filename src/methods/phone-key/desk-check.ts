import { createHmac, createSecretKey } from 'node:crypto'
import { z } from 'zod'
import type { DeskCheckBy } from '#methods/on-call.ts'
import { deskSuite } from '#methods/phone-key/suite.ts'
import { typedCode } from '#methods/typed.ts'
import { HASHES } from '#oath/hash.ts'
import { ocraValue, type Questions, type Suite, serverMessage } from '#oath/ocra.ts'

/** What of the state of a phone the desk proves itself with. */
export interface WithDeskKey {
  /** 32 bytes that the phone has made; `null` for an app of before. */
  readonly deskKey: string | null
}

const KEY_BYTES = 32

export const DeskKey = z.base64url().length(Math.ceil((KEY_BYTES * 4) / 3))

/** Six digits as an agent has heard them. */
const Question = typedCode(/^[0-9]{6}$/)

/** How a phone without a connection checks that it is our desk which asks. */
export const deskCheck = <State extends WithDeskKey>(): DeskCheckBy<State> => ({
  knows: ({ deskKey }) => deskKey !== null,
  learned(state, key) {
    const read = DeskKey.safeParse(key)
    return read.success ? { ...state, deskKey: read.data } : null
  },
  read: (typed) => Question.safeParse(typed).data ?? null,
})

/**
 * What the desk says to a phone that has asked it first: RS of the RFC. No PIN is in it, and its
 * key is under none: every caller hears it, in whose name they may call.
 *
 * @param suite that of the phone key, unless a test compares with published values.
 * @see RFC 6287, section 7.2, "Mutual Challenge-Response"
 */
export function deskProof(key: string, questions: Questions, suite: Suite = deskSuite): string {
  const secret = createSecretKey(key, 'base64url')
  const mac = createHmac(HASHES[suite.hash].node, secret)
  return ocraValue(suite, mac.update(serverMessage(suite, questions)).digest())
}
