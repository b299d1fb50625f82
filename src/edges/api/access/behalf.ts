import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { AGENT_LENGTH_MAX } from '#core/agent.ts'
import { BEHALF_REASONS, type ProgramActor, SAID_VERIFICATIONS } from '#core/events/event.ts'
import {
  type BehalfDeed,
  type BehalfSaid,
  CONTACT_DEEDS,
  isBehalfDeed,
  readBehalf,
} from '#core/desk/programs/behalf.ts'
import type { Refusal } from '#core/problems.ts'
import { actorOf } from '#edges/api/access/bearer.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { type OnBehalf, onBehalf } from '#engine/desk/programs/behalf.ts'
import { tiesOf } from '#engine/desk/ties.ts'
import { refusal, type World } from '#engine/world.ts'

/** For whom of the staff a program does something: headers, on every deed of the back office. */

const agent = z.string().max(AGENT_LENGTH_MAX)
const Headers = z.looseObject({
  'on-behalf-of': agent.describe(
    'The id of the member of staff who does it, as in the directory of the broker: an active ' +
      'member of the desk, in a role that does this, with nothing in common with the client',
  ),
  'approved-by': agent
    .optional()
    .describe('The id of a supervisor, where it takes a second person: see `desk.second-person`'),
  reason: z.enum(BEHALF_REASONS).describe('Why it is done'),
  reference: z.string().max(40).optional().describe('The number of your case or ticket'),
  verified: z
    .enum(SAID_VERIFICATIONS)
    .optional()
    .describe('How the client has shown who they are; needed with `client-request`'),
})

/** A deed, in the world that is held to the member. */
interface Doing extends OnBehalf {
  readonly by: ProgramActor
}

declare module 'fastify' {
  interface FastifyRequest {
    /** What a deed of the back office rests on; `null` where nothing is done. */
    behalf: Doing | null
  }
}

/** Asks for the member of staff on every route that does something; no such route is without. */
export function requireBehalf(world: World, app: FastifyInstance): void {
  app.decorateRequest('behalf', null)
  app.addHook('onRoute', (route) => {
    const deed = deedNamed(route.schema)
    if (deed) route.schema = { ...route.schema, headers: Headers }
    else if (route.method !== 'GET' && route.method !== 'HEAD')
      throw new Error(`${route.url} does something, and no table says for whom`)
  })
  app.addHook('preValidation', async (request, reply) => {
    if (!deedNamed(request.routeOptions.schema)) return undefined
    const read = readHeaders(request)
    return read.ok ? undefined : sendRefusal(reply, read)
  })
  app.addHook('preHandler', async (request, reply) => {
    const deed = deedNamed(request.routeOptions.schema)
    const read = readHeaders(request)
    if (!deed || !read.ok) return undefined
    const done = await admitted(world, request, { deed, said: read.said })
    if (!done.ok) return sendRefusal(reply, done)
    request.behalf = { ...done, by: actorOf(request) }
    return undefined
  })
}

const deedNamed = (schema: unknown): BehalfDeed | null => {
  const { operationId = '' } = (schema ?? {}) as { readonly operationId?: string }
  return isBehalfDeed(operationId) ? operationId : null
}

const readHeaders = ({ headers }: FastifyRequest) =>
  readBehalf({
    onBehalfOf: headers['on-behalf-of'],
    approvedBy: headers['approved-by'],
    reason: headers['reason'],
    reference: headers['reference'],
    verified: headers['verified'],
  })

async function admitted(
  world: World,
  request: FastifyRequest,
  { deed, said }: { readonly deed: BehalfDeed; readonly said: BehalfSaid },
): Promise<OnBehalf | Refusal> {
  const params = request.params as Readonly<Record<string, string>>
  const { userName: named, value } = (request.body ?? {}) as Readonly<Record<string, unknown>>
  const isNew = deed === 'createSubscriber'
  const other = typeof named === 'string' && !isNew ? { other: named } : {}
  const done = await onBehalf(world, actorOf(request), {
    deed,
    said,
    about: { ...params, ...other },
  })
  if (!done.ok) return done
  // What would become theirs by it may not be that of the member: an address, a number or a name.
  const kind = isNew ? 'user-name' : CONTACT_DEEDS[deed]
  const given = isNew ? named : value
  const ties = kind && typeof given === 'string' ? await tiesOf(world, kind, given) : []
  const isOwn = ties.some(({ memberId }) => done.acting.includes(memberId))
  return isOwn || (ties.length > 0 && done.member.role !== 'supervisor')
    ? refusal('desk.not-allowed')
    : done
}

/** Who does it, and where: the world of the server does nothing for a program. */
export function doingOf({ behalf }: FastifyRequest): Doing {
  if (behalf === null) throw new Error('a deed of the back office without a member of staff')
  return behalf
}

/** Says no to a deed: where a second person was missing, that is why nothing was written. */
export const refuseDeed = (reply: FastifyReply, refused: Refusal): FastifyReply => {
  const { missing } = doingOf(reply.request)
  const isMissing = missing !== null && refused.problem.endsWith('.conflict')
  return sendRefusal(reply, isMissing ? { ok: false, problem: missing } : refused)
}
