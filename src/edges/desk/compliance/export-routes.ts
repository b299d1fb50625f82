import { Readable } from 'node:stream'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { readsAudit } from '#core/desk/role.ts'
import { PROBLEMS, type Problem } from '#core/problems.ts'
import { exportAudit, exportOf, exportsLeft } from '#engine/desk/compliance/export.ts'
import { askTouch, type GivenTouch } from '#engine/desk/touch.ts'
import type { World } from '#engine/world.ts'
import type { Exchange } from '#edges/desk/cases/case-reply.ts'
import { daysOf } from '#edges/desk/compliance/days.ts'
import { exportPage } from '#edges/desk/compliance/export-page.ts'
import { type Format, FORMATS, WRITINGS } from '#edges/desk/compliance/formats.ts'
import { lookOf, Named, queryOf } from '#edges/desk/compliance/named.ts'
import { memberOf, seenByMember } from '#edges/desk/frame/session.ts'
import { TOUCH_FIELDS, touchIn } from '#edges/desk/frame/touch-form.ts'
import { sendRefusal } from '#edges/http/problems.ts'

const Exported = z.object({ format: z.enum(FORMATS) })
const Touched = Named.extend(TOUCH_FIELDS).strict()

/** What compliance asked leaves as a file: a touch of the passkey, and so many a day. */
export const exportRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    const config = { roles: readsAudit }

    app.get(
      '/audit/export/:format',
      { config, schema: { params: Exported, querystring: Named } },
      async (request, reply) => {
        const asked = { ...request.params, named: request.query, problem: null }
        return await sendExportForm(world, { request, reply }, asked)
      },
    )

    app.post(
      '/audit/export/:format',
      { config, schema: { params: Exported, body: Touched } },
      async (request, reply) => {
        const { answer, sealed, ...named } = request.body
        const { format } = request.params
        const touch = touchIn({ answer, sealed })
        return await sendExport(world, { request, reply }, { format, named, touch })
      },
    )
  }

interface Exporting {
  readonly format: Format
  readonly named: z.infer<typeof Named>
}

/** What is to be exported, how many are left today, and the touch that does it. */
async function sendExportForm(
  world: World,
  { request, reply }: Exchange,
  { format, named, problem }: Exporting & { readonly problem: Problem | null },
) {
  const open = memberOf(request)
  const look = lookOf(world, named)
  const { left, until } = await exportsLeft(world, open)
  if (until !== null) return sendRefusal(reply, { ok: false, problem: TOO_MANY, until })
  if (problem) reply.code(PROBLEMS[problem])
  const facts = {
    ...seenByMember(world, reply),
    look,
    format,
    left,
    query: queryOf(look),
    touch: await askTouch(world, open, exportOf(look, format)),
    problem,
  }
  return reply.html(exportPage(reply.page('/audit'), facts))
}

const TOO_MANY = 'audit.too-many-exports'

/** All of it, as it is read. */
async function sendExport(
  world: World,
  exchange: Exchange,
  { format, named, touch }: Exporting & { readonly touch: GivenTouch },
) {
  const { request, reply } = exchange
  const look = lookOf(world, named)
  const done = await exportAudit(world, memberOf(request), { look, format, touch })
  if (!done.ok && done.problem === 'desk.not-touched')
    return await sendExportForm(world, exchange, { format, named, problem: done.problem })
  if (!done.ok) return sendRefusal(reply, done)
  const { type, head, line } = WRITINGS[format]
  const { from, until } = daysOf(look)
  const written = async function* () {
    if (head !== '') yield head
    for await (const batch of done.batches) yield batch.map(line).join('')
  }
  return reply
    .type(type)
    .header('content-disposition', `attachment; filename="audit-${from}-${until}.${format}"`)
    .send(Readable.from(written()))
}
