import { z } from 'zod'
import { containsOne } from '#core/devices/known-pin.ts'
import { judgedPin } from '#methods/security-card/pin.ts'
import { describeArrival, orderAgain, orderAsks } from '#methods/security-card/pin-pages.ts'
import { suiteOf } from '#methods/security-card/card.ts'
import { askedFor, openIn, proven, State } from '#methods/security-card/state.ts'
import { CardPin } from '#methods/security-card/wire.ts'
import type { Ordering } from '#methods/stock.ts'

const Typed = z.object({ pin: z.string().max(64), again: z.string().max(64) })

/**
 * Which PIN goes into it is chosen when it is ordered (R056); that it has come is shown by one
 * response.
 */
export const ordering: Ordering = {
  asks: orderAsks,
  again: orderAgain,
  choose(request, known) {
    const typed = Typed.safeParse(request)
    if (!typed.success) return { ok: false, problem: 'authenticator.pin-form', field: 'pin' }
    const judged = judgedPin(typed.data.pin, known)
    if (!judged.ok) return { ...judged, field: 'pin' }
    const again = CardPin.safeParse({ pin: typed.data.again })
    return again.data?.pin === judged.pin
      ? { ok: true, wishes: { pin: judged.pin } }
      : { ok: false, problem: 'authenticator.pin-differs', field: 'again' }
  },
  isKnown(wishes, known) {
    const chosen = CardPin.safeParse(wishes)
    return chosen.success && containsOne(chosen.data.pin, known)
  },
  wishesOf(stored) {
    const { suite, pinHash } = State.parse(stored)
    return { pinHash, pinKind: suiteOf(suite).pin ?? null }
  },
  proof: {
    begin(stored, changing) {
      const state = State.parse(stored)
      return askedFor(state, state.pinHash, changing)
    },
    describe(stored, asked) {
      const state = State.parse(stored)
      const open = openIn(state, asked)
      return open && describeArrival(suiteOf(state.suite), open)
    },
    complete: (stored, answer, asked) => proven(State.parse(stored), answer, asked),
  },
}
