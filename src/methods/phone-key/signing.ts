/** What both sides of a signature count with, apart from `wire.ts`: the phone needs no schemas. */

/** More than a phone signs between two answers of the server, however bad its connection. */
export const SIGNED_BEFORE_MAX = 200
