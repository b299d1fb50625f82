import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { ContactKind } from '#core/contact/address.ts'
import { type Problem, PROBLEMS, type Refusal } from '#core/problems.ts'
import { addressChangeOf } from '#engine/devices/address-change.ts'
import { obstacleToAddress, provableAddress, wantedAddress } from '#engine/devices/address-proof.ts'
import { addressTask } from '#engine/tasks/device-details.ts'
import { startOnPage } from '#engine/devices/enrolment-on-page.ts'
import { taskDigest } from '#engine/tasks/tasks.ts'
import { securityOf } from '#engine/devices/overview.ts'
import type { World } from '#engine/world.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { CONTACT_GUIDE } from '#edges/pages/help/help-articles.ts'
import { askingPage } from '#edges/pages/devices/binding-pages.ts'
import { openSession, requireSession, seenBy } from '#edges/pages/sessions/require-session.ts'
import { requireTask, takeTasks } from '#edges/pages/tasks/task-guard.ts'
import { contactPage } from '#edges/pages/contact/contact-page.ts'
import { DoneQuery, SECURITY_PAGES } from '#edges/pages/frame/security-pages.ts'

const KINDS = ['mobile', 'email'] as const satisfies readonly ContactKind[]
type Kind = (typeof KINDS)[number]

const Address = z.object({ kind: z.enum(KINDS) })
/** Longer ones are judged too, so that the client reads what is wrong. */
const Typed = z.strictObject({ answer: z.string().max(2_000) })

/** What a person can put right at the field; anything else is a page of its own. */
const AT_THE_FIELD: readonly Problem[] = [
  ...([
    'contact.same',
    'email.malformed',
    'email.quoted',
    'email.too-soon',
    'email.too-many',
  ] as const),
  ...(['telephone.malformed', 'telephone.not-mobile', 'telephone.premium'] as const),
  ...(['telephone.country', 'telephone.too-soon', 'telephone.too-many'] as const),
  ...(['contact.off', 'telephone.off', 'telephone.paused', 'enrolment.too-many'] as const),
  'telephone.stopped',
]

/**
 * The number and the mail address of a client. The new one is typed, then it is confirmed that
 * another one is wanted (R023, S75), and then the code that was sent there is typed (R081): until
 * that moment nothing has changed, and the holder of the one before hears of it afterwards (R131).
 */
export const contactRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    app.addHook('onRequest', requireSession(world))
    takeTasks(app)
    const about = '/portal/security/contact/:kind'

    const shown = { schema: { querystring: DoneQuery } }
    app.get(SECURITY_PAGES.contact, shown, async (request, reply) => {
      const security = await securityOf(world, openSession(request))
      const { done = null } = request.query
      const change = await addressChangeOf(world, openSession(request).subscriberId)
      const facts = { ...seenBy(world, reply), security, change, done }
      return reply.html(contactPage(reply.page(SECURITY_PAGES.contact), facts))
    })

    app.get(about, { schema: { params: Address } }, async (request, reply) => {
      const { kind } = request.params
      const found = provableAddress(world, kind)
      const problem = found && (await obstacleToAddress(world, openSession(request), found))
      if (problem && !AT_THE_FIELD.includes(problem)) {
        return sendRefusal(reply, { ok: false, problem })
      }
      return await sendForm(world, reply, {
        kind,
        refusal: problem && { ok: false, problem },
        typed: null,
      })
    })

    app.post(about, { schema: { params: Address, body: Typed } }, async (request, reply) => {
      const { kind } = request.params
      const { answer: typed } = request.body
      const session = openSession(request)
      const wanted = await wantedAddress(world, session, { kind, typed })
      if (!wanted.ok) return await sendForm(world, reply, { kind, refusal: wanted, typed })
      const deed = addressTask(kind, wanted.written)
      if (!(await requireTask(world, reply, deed))) return reply
      const confirmed = taskDigest(world, deed)
      const { name: method, request: asked } = wanted
      const started = await startOnPage(world, session, {
        method,
        request: asked,
        confirmed,
        address: kind,
      })
      if (!started.ok) return await sendForm(world, reply, { kind, refusal: started, typed })
      return reply.redirect(`/portal/security/enrolments/${started.enrolment.id}`, 303)
    })
  }

interface Sending {
  readonly kind: Kind
  readonly refusal: Refusal | null
  /** `null` for what is on record, where it was never proven. */
  readonly typed: string | null
}

async function sendForm(
  world: World,
  reply: FastifyReply,
  { kind, refusal, typed }: Sending,
): Promise<FastifyReply> {
  if (refusal && !AT_THE_FIELD.includes(refusal.problem)) return sendRefusal(reply, refusal)
  const found = provableAddress(world, kind)
  if (!found) return sendRefusal(reply, { ok: false, problem: 'request.not-found' })
  const { contacts } = await securityOf(world, openSession(reply.request))
  const current = contacts.find((one) => one.kind === kind)
  const onRecord = current && current.verifiedAt === null ? current.value : ''
  if (refusal) reply.code(PROBLEMS[refusal.problem])
  const { field } = found.enrol.asks
  const to = `/portal/security/contact/${kind}`
  const page = reply.page(to)
  const words = { title: `contact.${kind}.title`, lead: `contact.${kind}.lead` }
  return reply.html(
    askingPage(page, {
      ...seenBy(world, reply),
      isFirst: false,
      to,
      carries: {},
      refusal,
      typed: typed ?? onRecord,
      guide: CONTACT_GUIDE,
      form: { ...words, field },
    }),
  )
}
