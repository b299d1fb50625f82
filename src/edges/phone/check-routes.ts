import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Json } from '#core/json.ts'
import {
  keepExamination,
  noteTested,
  sendTest,
  serverSideOf,
} from '#engine/delivery/phone-check.ts'
import { learnDeskKey } from '#engine/desk/desk-key.ts'
import type { World } from '#engine/world.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { type Opened, opened, refused } from '#edges/phone/signed-request.ts'
import { SignedRequest } from '#methods/phone-key/wire.ts'

/**
 * Why notifications do not arrive: what the server knows, a test, and what the phone has found. And
 * the key with which it checks who calls.
 */
export const checkRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    const signed = { config: { cookieless: true }, schema: { body: SignedRequest } }

    app.post('/desk', signed, async (request, reply) => {
      const call = await opened(world, request, 'desk')
      if (!call.ok) return refused(world, reply, call)
      const learned = await learnDeskKey(world, call.authenticator.id, call.asked.key)
      return learned.ok ? {} : sendRefusal(reply, learned)
    })

    app.post('/check', signed, async (request, reply) => {
      const call = await opened(world, request, 'check')
      if (!call.ok) return refused(world, reply, call)
      return { jws: await serverSide(world, call) }
    })

    app.post('/test', signed, async (request, reply) => {
      const call = await opened(world, request, 'test')
      if (!call.ok) return refused(world, reply, call)
      const sent = await sendTest(world, holdersOf(call))
      return sent.ok ? { jws: await serverSide(world, call) } : sendRefusal(reply, sent)
    })

    app.post('/tested', signed, async (request, reply) => {
      const call = await opened(world, request, 'tested')
      if (!call.ok) return refused(world, reply, call)
      const { test, stage } = call.asked
      const noted = await noteTested(world, call.authenticator.id, { test, stage })
      return noted.ok ? {} : sendRefusal(reply, noted)
    })

    app.post('/examined', signed, async (request, reply) => {
      const call = await opened(world, request, 'examined')
      if (!call.ok) return refused(world, reply, call)
      const { findings, system, isInstalled } = call.asked
      const found = { findings: [...new Set(findings)], system, isInstalled }
      const kept = await keepExamination(world, holdersOf(call), found)
      return kept.ok ? {} : sendRefusal(reply, kept)
    })
  }

type Called = Pick<Opened<'check' | 'test' | 'examined'>, 'authenticator' | 'subscriberIds'>

const holdersOf = ({ authenticator: { id }, subscriberIds }: Called) => ({ id, subscriberIds })

async function serverSide(world: World, call: Called): Promise<string> {
  const known = await serverSideOf(world, holdersOf(call))
  const said = { ...known, test: known.test && { ...known.test } }
  const about = { authenticator: call.authenticator.id, time: world.now() }
  return await world.serverKeys.phone.sign({ ...said, ...about } satisfies Json)
}
