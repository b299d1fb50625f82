import { setImmediate as turn } from 'node:timers/promises'

/** Lets pieces through: in each turn of the event loop one, of whatever mail. */
export type Turns = <Piece>(pieces: AsyncIterable<Piece>) => AsyncGenerator<Piece>

/**
 * Looking at 64 KB of empty lines takes seven milliseconds. A hundred mails that come at once would
 * take all of them in one turn, and every login of this process would wait for that.
 */
export function turnsOf(): Turns {
  let last: Promise<unknown> = Promise.resolve()
  return async function* inTurns(pieces) {
    for await (const piece of pieces) {
      last = last.then(async () => await turn())
      await last
      yield piece
    }
  }
}
