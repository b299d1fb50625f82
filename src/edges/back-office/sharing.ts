import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { nobody } from '#edges/back-office/client.ts'
import { UserName } from '#edges/back-office/schemas.ts'
import { isoOf } from '#edges/back-office/view.ts'
import { backOffice as security, config, problems } from '#edges/api/access/bearer.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { sharedDevicesOf, shareRequestsOf } from '#engine/inventory/shared-devices.ts'
import { findByUserName } from '#engine/subscribers/subscribers.ts'
import type { World } from '#engine/world.ts'

const Sharing = z
  .object({
    devices: z
      .array(
        z.object({
          device: z.string().describe('What it is called'),
          method: z.string(),
          userNames: z.array(z.string()).describe('All who log in with it'),
        }),
      )
      .describe('Those that others log in with, too'),
    requests: z
      .array(
        z.object({
          id: z.string(),
          asker: z.string().describe('Who would log in with the device'),
          owner: z.string().nullable().describe('`null` where nothing can be shared'),
          state: z.enum(['asked', 'idle', 'offered', 'agreed', 'declined', 'withdrawn']),
          reason: z.string().nullable().describe('Why nothing can be shared, with `idle`'),
          askedAt: z.iso.datetime(),
          expiresAt: z.iso.datetime(),
        }),
      )
      .describe('Of this client and to this client, the latest first, up to 40'),
  })
  .meta({ id: 'Sharing' })

/** Which devices several user names log in with, and who has asked for one (R120). */
export const sharingRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    const list = {
      operationId: 'listSharing',
      summary: 'The devices that a client shares, and the requests to share one',
      description: 'An owner agrees in the portal. No request here shares a device.',
      security,
      params: UserName,
      response: { 200: Sharing, ...problems },
    }
    app.get('/subscribers/:userName/sharing', { config, schema: list }, async (request, reply) => {
      const found = await findByUserName(world, request.params.userName)
      if (!found) return sendRefusal(reply, nobody)
      const { id } = found.subscriber
      const [devices, requests] = await Promise.all([
        sharedDevicesOf(world, id),
        shareRequestsOf(world, id),
      ])
      return {
        devices: devices.map(({ label, method, userNames }) => ({
          device: label,
          method,
          userNames: [...userNames],
        })),
        requests: requests.map(({ askedAt, expiresAt, ...one }) => ({
          ...one,
          askedAt: isoOf(askedAt),
          expiresAt: isoOf(expiresAt),
        })),
      }
    })
  }
