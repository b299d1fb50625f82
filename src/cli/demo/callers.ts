import type { FastifyInstance } from 'fastify'
import { DEMO_CLIENTS, type Part } from '#cli/demo/clients.ts'
import { newId } from '#core/ids.ts'
import { before, days } from '#core/time/time.ts'
import { setCookie } from '#edges/http/client/cookies.ts'
import { provenContact } from '#engine/contact/addresses.ts'
import { secretHash } from '#engine/secrets.ts'
import { findSubscriberByName } from '#engine/subscribers/subscribers.ts'
import type { World } from '#engine/world.ts'
import { changeContact } from '#store/contact/addresses.ts'
import { browserWrite } from '#store/login/browsers.ts'

/** Clients who are about to call the desk. */
const CALLERS = DEMO_CLIENTS.filter(({ calls }) => calls)

/** What the computer of each of them keeps: the same from start to start. */
export type SecretOf = (name: string) => string

const nameOf = ({ userName }: Pick<Part, 'userName'>): string => `browser-${userName}`

/** When they were here last. */
const LAST_SEEN = days(2)

/**
 * Numbers that they proved when they joined, and the computers that they have used since.
 *
 * @param world as it was when they joined
 */
export async function settleCallers(world: World, secretOf: SecretOf, today: World): Promise<void> {
  for (const part of CALLERS) {
    const { userName, telephone: value } = part
    const subscriberId = await findSubscriberByName(world, userName)
    if (!subscriberId) throw new Error(`${userName} is not in the demo`)
    const now = world.now()
    const proven = await provenContact(world, { subscriberId, kind: 'mobile', value })
    if (!proven) throw new Error(`${userName} has proven the number before`)
    const { change, event } = proven
    if (!(await changeContact(world.db, { change, events: [event], now })))
      throw new Error(`${userName} has not proven the number`)
    const browser = {
      id: newId('brw', now, world.random),
      subscriberId,
      label: 'Firefox, Linux',
      createdAt: now,
      seenAt: before(today.now(), LAST_SEEN),
      blockedAt: null,
      namedAt: now,
    }
    const cookieHash = secretHash(secretOf(nameOf(part)))
    const known = browserWrite(world.db, { value: browser, version: null, cookieHash })
    if (!(await world.db.commit([known]))) throw new Error(`${userName} has no computer`)
  }
}

/**
 * Makes this browser the computer of one of them: in the demo, where there is nothing to take, and
 * nowhere else.
 */
export const demoBrowsers =
  (secretOf: SecretOf) =>
  async (app: FastifyInstance): Promise<void> => {
    for (const part of CALLERS) {
      app.get(`/demo/browser/${part.userName}`, async (_request, reply) => {
        setCookie(reply, 'browser', secretOf(nameOf(part)))
        return reply.redirect('/trade', 303)
      })
    }
  }
