/** What both sides of a signature count with, apart from `wire.ts`: the phone needs no schemas. */

/** More than a phone signs between two answers of the server, however bad its connection. */
export const SIGNED_BEFORE_MAX = 200

/**
 * Suite of a response that is made over a task the phone has shown: the question is the SHA-256 of
 * all of it. The suite is the first input of every response, so that none of these answers a
 * number, and none that answers a number confirms a task that was shown (A8).
 *
 * @see RFC 6287, sections 6 and 7.3.1, "Plain Signature"
 */
export const TASK_SUITE = 'OCRA-1:HOTP-SHA256-8:QH64-T30S'

/**
 * Suites of a call that the phone checks first, without a connection. The desk answers the number
 * of the phone under a key of its own, and then the client answers that of the desk. Each response
 * is over both numbers, the other party's first, and no response of another kind is one of these.
 *
 * @see RFC 6287, section 7.2, "Mutual Challenge-Response"
 */
export const DESK_SUITE = 'OCRA-1:HOTP-SHA256-8:QA06'
export const CALLER_SUITE = 'OCRA-1:HOTP-SHA256-8:QA06-T30S'

/** `typ` of what the server signs into a picture; what it answers to a request has none. */
export const PICTURE_TYPE = 'task-picture'

/** What follows the address of the app in a picture of a task: `#task=<payload>.<signature>`. */
export const PICTURE_MARK = '#task='
