import { AsyncLocalStorage } from 'node:async_hooks'
import {
  type Adapter,
  type AdapterFactory,
  type AdapterPayload,
  errors,
  type Provider,
} from 'oidc-provider'
import type { Json } from '#core/json.ts'
import { before, hours, type Millis, millis, seconds } from '#core/time/time.ts'
import { epochSeconds } from '#edges/oidc/request/requested-strength.ts'
import { type Shelf, shelfOf } from '#engine/sessions/relying-parties.ts'
import type { World } from '#engine/world.ts'

/**
 * Everything that the provider keeps, in our store: no node holds anything.
 *
 * The provider looks first and writes afterwards, so two requests at once have both looked before
 * one of them writes. What counts once is therefore decided by the write, and the write that comes
 * second throws, because the provider takes silence for success (A7):
 *
 *   model                            decided when the provider  second
 *   ReplayDetection                  stores it                  the proof is a replay
 *   AuthorizationCode, RefreshToken  consumes it                invalid_grant; what the first gave is gone
 *   PushedAuthorizationRequest       consumes it                invalid_request_uri
 *   Interaction                      destroys it                the request is over
 *   DeviceCode,                      stores the decision        invalid_request
 *     BackchannelAuthenticationRequest  and consumes it         invalid_grant
 *   Session                          never: it is kept nowhere
 *   all others                       store it: under one id there is one, and it stays as it is
 */
export const adapterOn =
  (world: World): AdapterFactory =>
  (model) => {
    const rules = RULES.get(model) ?? ONCE
    return rules.isKept ? adapterOf(world, model, rules) : KEEPS_NOTHING
  }

/**
 * A request that waits and was read for the answer that is given now, with what it is answered by:
 * the provider would have it written and read again in between.
 */
export const readAlready = new AsyncLocalStorage<{
  readonly id: string
  readonly payload: AdapterPayload
}>()

interface Rules {
  /** `false` for what lives no longer than one request. */
  readonly isKept: boolean
  readonly written: 'once' | 'until-consumed'
  /** The step in the life of one that a payload stands for, if it is one that is taken once. */
  stepIn(payload: AdapterPayload): string | undefined
  /** How long after its end it is still there to be consumed. */
  readonly consumableFor: Millis
  /** What destroys it uses it, and only one does. */
  readonly isUsedByDestroying: boolean
  /** What is thrown for a write that comes too late. */
  readonly late: (model: string) => Error
  /** What is thrown for a second use. */
  readonly used: (model: string) => Error
}

const ONCE: Rules = {
  isKept: true,
  written: 'once',
  stepIn: () => undefined,
  consumableFor: millis(0),
  isUsedByDestroying: false,
  late: (model) => new TakenKey(`${model}: its key is taken`),
  used: (model) => new errors.InvalidGrant(`${model} was already used`),
}

/** It is decided by a person, taken up by a device, and used by that device: each of them once. */
const DECIDED_ONCE: Rules = {
  ...ONCE,
  written: 'until-consumed',
  stepIn: ({ error, grantId, inFlight }) => {
    if (error !== undefined || grantId !== undefined) return 'decision'
    return inFlight === true ? 'flight' : undefined
  },
  late: (model) => new errors.InvalidRequest(`${model} was already decided`),
}

/**
 * A request may be pushed, opened in two tabs and logged in for slowly: still only one of them is
 * answered.
 */
const PUSHED_CONSUMABLE_FOR = hours(1)

const RULES: ReadonlyMap<string, Rules> = new Map<string, Rules>([
  [
    'PushedAuthorizationRequest',
    {
      ...ONCE,
      consumableFor: PUSHED_CONSUMABLE_FOR,
      used: () => new errors.InvalidRequestUri('request_uri was already used'),
    },
  ],
  [
    'Interaction',
    {
      ...ONCE,
      written: 'until-consumed',
      isUsedByDestroying: true,
      late: requestIsOver,
      used: requestIsOver,
    },
  ],
  ['DeviceCode', DECIDED_ONCE],
  ['BackchannelAuthenticationRequest', DECIDED_ONCE],
  ['Session', { ...ONCE, isKept: false }],
])

function requestIsOver(): Error {
  return new errors.SessionNotFound('the authorization request was already answered')
}

/** In seconds since 1970. */
const LONG_AGO = 1

/** Something stands under this key already. */
class TakenKey extends Error {
  override readonly name = 'TakenKey'
}

function adapterOf(world: World, model: string, rules: Rules): Adapter {
  const shelf = shelfOf(world, model)
  const { written, stepIn, consumableFor, isUsedByDestroying, late, used } = rules
  const payloadOf = (found: Awaited<ReturnType<Shelf['find']>>) => {
    if (!found || (isUsedByDestroying && found.consumedAt !== null)) return undefined
    const { payload, consumedAt, expiresAt } = found
    const isOver = expiresAt !== null && world.now() >= before(expiresAt, consumableFor)
    return {
      ...(payload as AdapterPayload),
      ...(consumedAt !== null && { consumed: epochSeconds(consumedAt) }),
      // Over by our clock, whatever that of the provider says.
      ...(isOver && { exp: LONG_AGO }),
    }
  }
  return {
    async upsert(id, payload, expiresIn) {
      const { grantId, uid, userCode } = payload
      // It holds members that are `undefined`, too; sealed as JSON they are not there.
      const isWritten = await shelf.put(id, payload as Json, {
        expiresIn: expiresIn === undefined ? null : millis(seconds(expiresIn) + consumableFor),
        written,
        step: stepIn(payload),
        ...(grantId !== undefined && { grantId }),
        ...(uid !== undefined && { uid }),
        ...(userCode !== undefined && { userCode }),
      })
      if (!isWritten) throw late(model)
    },
    async find(id) {
      const read = model === 'Interaction' ? readAlready.getStore() : undefined
      return read?.id === id ? read.payload : payloadOf(await shelf.find(id))
    },
    findByUid: async (uid) => payloadOf(await shelf.findByUid(uid)),
    findByUserCode: async (userCode) => payloadOf(await shelf.findByUserCode(userCode)),
    async consume(id) {
      if (!(await shelf.consume(id))) throw used(model)
    },
    async destroy(id) {
      if (!isUsedByDestroying) return await shelf.destroy(id)
      if (!(await shelf.take(id))) throw used(model)
    },
    revokeByGrantId: (grantId) => shelf.revoke(grantId),
  }
}

const KEEPS_NOTHING: Adapter = {
  upsert: async () => {},
  find: async () => undefined,
  findByUid: async () => undefined,
  findByUserCode: async () => undefined,
  consume: async () => {},
  destroy: async () => {},
  revokeByGrantId: async () => {},
}

/** How far from now the provider lets a proof be dated, in seconds: ahead as well as behind. */
const PROOF_DATED_WITHIN_S = 5 * 60

/**
 * A proof that comes twice is told apart by the write. The provider would forget it after as long
 * as one that is dated now is good for; one that is dated ahead is good for longer.
 *
 * @see RFC 9449, "DPoP Proof Replay", section 11.1
 */
export function refuseReplays({ ReplayDetection }: Provider): void {
  const unique = ReplayDetection.unique.bind(ReplayDetection)
  ReplayDetection.unique = async (issuer, jti, expiresAtSeconds) => {
    try {
      return await unique(issuer, jti, expiresAtSeconds + PROOF_DATED_WITHIN_S)
    } catch (error) {
      if (error instanceof TakenKey) return false
      throw error
    }
  }
}
