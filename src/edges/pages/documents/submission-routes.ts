import multipart from '@fastify/multipart'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { SUBMISSION_LENGTH_BYTES_MAX, SUBMITTED_PAGES_MAX } from '#core/documents/submission.ts'
import { type Problem, PROBLEMS, type Refusal } from '#core/problems.ts'
import { addressChangeOf } from '#engine/devices/address-change.ts'
import {
  accountsToProve,
  dropPages,
  obstacleToSending,
  type ReceivedPage,
  receivePage,
  send,
  submissionsOf,
  watchSubmissions,
} from '#engine/documents/submissions.ts'
import { refusal, type World } from '#engine/world.ts'
import { eventStream, lookOn } from '#edges/http/event-stream.ts'
import { FORM_FIELD, isFormOf } from '#edges/http/client/form-token.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { SEND_PAGE } from '#edges/pages/documents/document-pages.ts'
import { SEND_EVENTS, sendPage, type SendWrong } from '#edges/pages/documents/submission-pages.ts'
import { UPLOADS, type Uploads, uploadsOf } from '#edges/pages/documents/uploads.ts'
import { openSession, requireSession, seenBy } from '#edges/pages/sessions/require-session.ts'

const Asked = z.object({ sent: z.literal('1').optional().catch(undefined) })

/** What a person can put right at the form; anything else is a page of its own. */
const AT_THE_FIELD: Partial<Readonly<Record<Problem, SendWrong['field']>>> = {
  'submission.purpose': 'purpose',
  'submission.account': 'account',
  'submission.empty': 'files',
  'submission.too-large': 'files',
  'submission.too-many-pages': 'files',
}

const CLOSED = {
  'submission.off': 'off',
  'submission.too-many': 'too-many',
  'submission.no-room': 'no-room',
} as const

/**
 * Where clients send proofs. The one route that takes more than 64 KiB: its body is read part by
 * part into the sealed place for files, and never held as a whole.
 */
export const submissionRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    const begin = uploadsOf(UPLOADS)
    app.addHook('onRequest', requireSession(world))
    await app.register(multipart, { limits: LIMITS, throwFileSizeLimit: false })

    app.get(SEND_PAGE, { schema: { querystring: Asked } }, async (request, reply) =>
      showForm(world, reply, { isSent: request.query.sent === '1', wrong: null }),
    )

    app.get(
      SEND_EVENTS,
      { config: { isWaiting: true }, exposeHeadRoute: false },
      async (request, reply) => {
        const { subscriberId } = openSession(request)
        const stream = eventStream(request, reply, { key: `documents:${subscriberId}` })
        const lookNow = lookOn(stream, async () => {
          const all = await submissionsOf(world, subscriberId)
          if (all.some(({ status }) => status.state === 'received')) return
          stream.send('moved', { to: SEND_PAGE })
          stream.close()
        })
        stream.onClose(watchSubmissions(world, subscriberId, lookNow))
        lookNow()
        return reply
      },
    )

    app.post(
      SEND_PAGE,
      { config: { ownFormToken: true, slowBody: true } },
      async (request, reply) => {
        if (!request.isMultipart()) {
          return sendRefusal(reply, { ok: false, problem: 'request.media-type' })
        }
        const session = openSession(request)
        const body = await takenIn(world, request, begin)
        const { purpose, account, pages } = body
        const sent = body.refused ?? (await send(world, session, { purpose, account, pages }))
        if (sent.ok) return reply.redirect(`${SEND_PAGE}?sent=1`, 303)
        await dropPages(world, pages)
        // What was not read is not waited for.
        if (body.isCutOff) reply.header('connection', 'close')
        const field = AT_THE_FIELD[sent.problem]
        if (field === undefined) return sendRefusal(reply, sent)
        reply.code(PROBLEMS[sent.problem])
        const wrong = { field, problem: sent.problem, purpose, account }
        return await showForm(world, reply, { isSent: false, wrong })
      },
    )
  }

/** One more file than may be, so that the client hears why; the camera's field may be empty. */
const FILES_MAX = SUBMITTED_PAGES_MAX + 2
const LIMITS = {
  fields: 3,
  files: FILES_MAX,
  parts: FILES_MAX + 3,
  fieldNameSize: 20,
  fieldSize: 200,
  headerPairs: 10,
  fileSize: SUBMISSION_LENGTH_BYTES_MAX + 1,
}

async function showForm(
  world: World,
  reply: FastifyReply,
  about: { readonly isSent: boolean; readonly wrong: SendWrong | null },
): Promise<FastifyReply> {
  const session = openSession(reply.request)
  const obstacle = await obstacleToSending(world, session)
  const problem = obstacle?.problem
  const closed =
    problem !== undefined && problem in CLOSED ? CLOSED[problem as 'submission.off'] : null
  const facts = {
    ...seenBy(world, reply),
    ...about,
    closed,
    accounts: accountsToProve(session.accounts),
    submissions: await submissionsOf(world, session.subscriberId),
    change: await addressChangeOf(world, session.subscriberId),
  }
  return reply.html(sendPage(reply.page(SEND_PAGE), facts))
}

interface Received {
  readonly purpose: string
  readonly account: string
  readonly pages: readonly ReceivedPage[]
  readonly refused: Refusal | null
  /** The rest was not read. */
  readonly isCutOff: boolean
}

/** What is read of a body that is refused, so that its browser shows the answer. */
const DRAINED_BYTES_MAX = 2 * SUBMISSION_LENGTH_BYTES_MAX

/** Reads the form as it comes. A file is taken in only behind the token of the form (S84). */
/** Reads the form in a place that it gives back, whatever happens. */
async function takenIn(world: World, request: FastifyRequest, begin: Uploads): Promise<Received> {
  const session = openSession(request)
  const end = begin(session.subscriberId)
  try {
    const closed = end ? await obstacleToSending(world, session) : refusal('submission.no-room')
    return await received(world, request, closed)
  } finally {
    end?.()
  }
}

async function received(
  world: World,
  request: FastifyRequest,
  obstacle: Refusal | null,
): Promise<Received> {
  const fields = { [FORM_FIELD]: '', purpose: '', account: '' }
  const pages: ReceivedPage[] = []
  let refused = obstacle
  let lengthBytes = 0
  const answer = (isCutOff = false): Received => ({
    purpose: fields.purpose,
    account: fields.account,
    pages,
    refused: refused ?? (isOurs() ? null : refusal('request.form-expired')),
    isCutOff,
  })
  const isOurs = () => isFormOf(world, request, fields[FORM_FIELD])
  try {
    for await (const part of request.parts()) {
      if (part.type === 'field') {
        const { fieldname: name, value, valueTruncated } = part
        if (Object.hasOwn(fields, name) && typeof value === 'string' && !valueTruncated)
          fields[name as keyof typeof fields] = value
        continue
      }
      if (!isOurs()) refused ??= refusal('request.form-expired')
      if (refused) {
        for await (const chunk of part.file) lengthBytes += (chunk as Buffer).length
        if (lengthBytes > DRAINED_BYTES_MAX) return answer(true)
        continue
      }
      const left = SUBMISSION_LENGTH_BYTES_MAX - lengthBytes
      const source: AsyncIterable<Uint8Array> = part.file
      const page = await receivePage(world, { source, lengthBytesMax: left })
      if (!page || part.file.truncated) {
        if (page) await dropPages(world, [page])
        refused = refusal('submission.too-large')
        return answer(true)
      }
      lengthBytes += page.file.lengthBytes
      // An empty field of files is sent as an empty file.
      if (page.file.lengthBytes === 0) await dropPages(world, [page])
      else pages.push(page)
      if (pages.length > SUBMITTED_PAGES_MAX) refused = refusal('submission.too-many-pages')
    }
    return answer()
  } catch (error) {
    await dropPages(world, pages)
    pages.length = 0
    if (error instanceof Error && error.name === 'DatabaseAway') {
      refused = refusal('submission.no-room')
      return answer(true)
    }
    if (codeOf(error) === 'FST_FILES_LIMIT' || codeOf(error) === 'FST_PARTS_LIMIT') {
      refused = refusal('submission.too-many-pages')
      return answer(true)
    }
    throw error
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : ''
