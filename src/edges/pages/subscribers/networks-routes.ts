import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { PROBLEMS } from '#core/problems.ts'
import { decidesForAccount } from '#core/subscribers/primary-user.ts'
import {
  type AddedNetwork,
  addNetwork,
  isLastNetwork,
  networksOf,
  removeNetwork,
  wantedNetwork,
} from '#engine/subscribers/opting-out.ts'
import type { World } from '#engine/world.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { sendOptOut } from '#edges/pages/subscribers/opt-out-routes.ts'
import { NETWORKS } from '#edges/pages/subscribers/networks-section.ts'
import { openSession, requireSession } from '#edges/pages/sessions/require-session.ts'
import { requireTask, takeTasks } from '#edges/pages/tasks/task-guard.ts'
import { doneAt } from '#edges/pages/frame/security-pages.ts'

/** Longer ones are judged too, so that the client reads what is wrong. */
const Network = z.strictObject({ network: z.string().max(2_000) })

const UNKNOWN = { ok: false, problem: 'network.not-found' } as const
const ONLY = { ok: false, problem: 'subscriber.primary-user-only' } as const

/** The networks that a client who has opted out trades from (R130). */
export const networksRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    app.addHook('onRequest', requireSession(world))
    takeTasks(app)
    const named = { schema: { body: Network } }

    app.post(NETWORKS, named, async (request, reply) => {
      const session = openSession(request)
      if (!decidesForAccount(session.subscriber)) return sendRefusal(reply, ONLY)
      const { network: typed } = request.body
      // What cannot be added is not confirmed first.
      const wanted = wantedNetwork(session.accounts, typed)
      if (!wanted.ok) return await sendForm(world, reply, { typed, wanted })
      const { network } = wanted
      const deed = { kind: 'network_add', facts: { network } } as const
      if (!(await requireTask(world, reply, deed))) return reply
      const added = await addNetwork(world, session, network)
      if (!added.ok) return sendRefusal(reply, added)
      return reply.redirect(doneAt('network-added'), 303)
    })

    app.post(`${NETWORKS}/remove`, named, async (request, reply) => {
      const session = openSession(request)
      if (!decidesForAccount(session.subscriber)) return sendRefusal(reply, ONLY)
      const { network } = request.body
      // What is not on the list is not confirmed first: the words would be those of a stranger.
      if (!networksOf(session.accounts).includes(network)) return sendRefusal(reply, UNKNOWN)
      // The last one opens trading from everywhere.
      const isLast = isLastNetwork(session.accounts, network)
      const kind = isLast ? 'network_lift' : 'network_remove'
      if (!(await requireTask(world, reply, { kind, facts: { network } }))) return reply
      const removed = await removeNetwork(world, session, { network, isLifting: isLast })
      if (!removed.ok) return sendRefusal(reply, removed)
      return reply.redirect(doneAt(isLast ? 'network-lifted' : 'network-removed'), 303)
    })
  }

/** The page once more, with what is wrong beside the field. */
async function sendForm(
  world: World,
  reply: FastifyReply,
  { typed, wanted }: { readonly typed: string; readonly wanted: AddedNetwork },
): Promise<FastifyReply> {
  if (wanted.ok || wanted.problem === 'account.not-opted-out') {
    return sendRefusal(reply, { ok: false, problem: 'account.not-opted-out' })
  }
  const { problem, other } = wanted
  const { text } = reply.page().texts
  const error =
    other === undefined
      ? text(`problem.${problem}`)
      : text('portal.opt-out.networks.overlaps', { network: other })
  reply.code(PROBLEMS[problem])
  return await sendOptOut(world, reply, { value: typed, error })
}
