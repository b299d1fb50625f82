import { type Adapter, type AdapterFactory, type AdapterPayload, errors } from 'oidc-provider'
import type { Json } from '#core/json.ts'
import { seconds } from '#core/time.ts'
import { epochSeconds } from '#edges/oidc/demand.ts'
import { type Shelf, shelfOf } from '#engine/relying-parties.ts'
import type { World } from '#engine/world.ts'

/** Everything that the provider keeps, in our store: no node holds anything. */
export const adapterOn =
  (world: World): AdapterFactory =>
  (model) =>
    adapterOf(shelfOf(world, model), model)

function adapterOf(shelf: Shelf, model: string): Adapter {
  return {
    async upsert(id, payload, expiresIn) {
      const { grantId, uid, userCode } = payload
      await shelf.put(id, plain(payload), {
        expiresIn: expiresIn === undefined ? null : seconds(expiresIn),
        ...(grantId !== undefined && { grantId }),
        ...(uid !== undefined && { uid }),
        ...(userCode !== undefined && { userCode }),
      })
    },
    find: async (id) => payloadOf(await shelf.find(id)),
    findByUid: async (uid) => payloadOf(await shelf.findByUid(uid)),
    findByUserCode: async (userCode) => payloadOf(await shelf.findByUserCode(userCode)),
    async consume(id) {
      // The provider has looked before, but only the write knows which of two was first (A7).
      if (!(await shelf.consume(id))) throw usedBefore(model)
    },
    destroy: (id) => shelf.destroy(id),
    revokeByGrantId: (grantId) => shelf.revoke(grantId),
  }
}

/**
 * Models of the provider whose second use is told to the browser, not to the relying party's
 * server.
 */
const USED_BY_BROWSER = 'PushedAuthorizationRequest'

function usedBefore(model: string): errors.OIDCProviderError {
  return model === USED_BY_BROWSER
    ? new errors.InvalidRequestUri('request_uri was already used')
    : new errors.InvalidGrant(`${model} was already used`)
}

/** The provider's payloads hold members that are `undefined`; JSON does not. */
const plain = (payload: AdapterPayload): Json => JSON.parse(JSON.stringify(payload)) as Json

function payloadOf(found: Awaited<ReturnType<Shelf['find']>>): AdapterPayload | undefined {
  if (!found) return undefined
  const payload = found.payload as AdapterPayload
  return found.consumedAt === null
    ? payload
    : { ...payload, consumed: epochSeconds(found.consumedAt) }
}
