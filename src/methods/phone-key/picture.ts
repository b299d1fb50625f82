import { createHash } from 'node:crypto'
import { canonicalJson, type Json } from '#core/json.ts'
import { transactionQuestion } from '#oath/ocra.ts'

/**
 * A task for a phone without a connection: `TaskPicture` of the wire contract, with a context that
 * is whatever was to be shown.
 */
export type Picture = {
  readonly authenticator: string
  readonly transaction: string
  readonly number: string
  readonly expiresAt: number
  readonly context: Json
}

/** The question that the phone answers: all that it showed, to the last letter (S87, S88). */
export const questionOf = (picture: Picture): string =>
  transactionQuestion(createHash('sha256').update(canonicalJson(picture)).digest())
