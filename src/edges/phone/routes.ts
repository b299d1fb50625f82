import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Json } from '#core/json.ts'
import type { Login } from '#core/login/state.ts'
import {
  answerRequest,
  listRequests,
  noteReceipt,
  savePush,
  stopFromDevice,
  watchPhone,
} from '#engine/devices/phone-approval.ts'
import { type BlindCheck, checkBlindly } from '#engine/devices/pins/blind-check.ts'
import { guesserInvited, guesserPhone } from '#engine/devices/pins/guesses.ts'
import { ongoingCallOn } from '#engine/desk/ongoing-call.ts'
import {
  answerCall,
  isCallRequest,
  listCallRequests,
  noteCallReceipt,
} from '#engine/desk/cases/phone-proofs.ts'
import { answerPhonePinChange, beginPhonePinChange } from '#engine/devices/change-phone-pin.ts'
import {
  completeActivation,
  type Offered,
  offerActivation,
  openActivation,
} from '#engine/devices/enrolment.ts'
import { pinRuleOf } from '#engine/devices/pins/known-facts.ts'
import type { World } from '#engine/world.ts'
import { eventStream } from '#edges/http/event-stream.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { checkRoutes } from '#edges/phone/check-routes.ts'
import { helpRoutes } from '#edges/phone/help-routes.ts'
import { type Opened, opened, refused } from '#edges/phone/signed-request.ts'
import {
  ActivationComplete,
  ActivationOpen,
  ActivationPin,
  type ActivationOffer,
  type EarlierRequest,
  PHONE_SUITE,
  phonePinOf,
  type PhoneEvent,
  SignedRequest,
} from '#methods/phone-key/wire.ts'

/** What a phone asks. Each signed address is one `act` of `DeviceRequest`. */
export const phoneRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    await app.register(activationRoutes(world))
    await app.register(signedRoutes(world))
    await app.register(relockRoutes(world))
    await app.register(checkRoutes(world))
    await app.register(helpRoutes(world))
  }

/** A phone has no cookie here: nothing that a foreign page could ride on (A10). */
const config = { cookieless: true }

/** A phone that has no key yet; the code is the whole proof. */
const activationRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    app.post(
      '/activation/open',
      { config, schema: { body: ActivationOpen } },
      async (request, reply) => {
        const { activation } = request.body
        const found = await offerActivation(world, { activation, address: request.clientAddress })
        if (!found.ok) return sendRefusal(reply, found)
        return await offerOf(world, found)
      },
    )

    app.post(
      '/activation/pin',
      { config, schema: { body: ActivationPin } },
      async (request, reply) => {
        const { activation, points } = request.body
        const found = await openActivation(world, { activation, address: request.clientAddress })
        if (!found.ok) return sendRefusal(reply, found)
        const { subscriberId } = found.enrolment
        const guess = await guesserInvited(world, found.enrolment)
        const checked = await checkBlindly(world, { guess, holders: [subscriberId], points })
        return checked.ok ? saidOf(checked) : sendRefusal(reply, checked)
      },
    )

    app.post(
      '/activation/complete',
      { config, schema: { body: ActivationComplete } },
      async (request, reply) => {
        const { activation } = request.body
        const bound = await completeActivation(world, {
          activation,
          address: request.clientAddress,
          request: request.body,
        })
        if (!bound.ok) return sendRefusal(reply, bound)
        const { id, label, pendingUntil } = bound.authenticator
        return { authenticator: id, label, waitsUntil: pendingUntil }
      },
    )
  }

/** A phone that is activated; the signature is the whole proof. */
const signedRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    const signed = { config, schema: { body: SignedRequest } }

    app.post('/list', signed, async (request, reply) => {
      const call = await opened(world, request, 'list')
      if (!call.ok) return refused(world, reply, call)
      return { jws: await signedList(world, call) }
    })

    app.post('/stop', signed, async (request, reply) => {
      const call = await opened(world, request, 'stop')
      if (!call.ok) return refused(world, reply, call)
      const stopped = await stopFromDevice(world, call)
      return stopped.ok ? {} : sendRefusal(reply, stopped)
    })

    for (const kind of ['received', 'opened'] as const) {
      app.post(`/${kind}`, signed, async (request, reply) => {
        const call = await opened(world, request, kind)
        if (!call.ok) return refused(world, reply, call)
        const { transaction } = call.asked
        const { id } = call.authenticator
        const noted = isCallRequest(transaction)
          ? await noteCallReceipt(world, id, transaction)
          : await noteReceipt(world, id, { transaction, kind })
        return noted.ok ? {} : sendRefusal(reply, noted)
      })
    }

    app.post('/answer', signed, async (request, reply) => {
      const call = await opened(world, request, 'answer')
      if (!call.ok) return refused(world, reply, call)
      const answer = { transaction: call.asked.transaction, signed: request.body.jws }
      const answered = await answerRequest(world, call, answer)
      return answered.ok ? { outcome: answered.outcome } : refused(world, reply, answered)
    })

    app.post('/call', signed, async (request, reply) => {
      const call = await opened(world, request, 'call')
      if (!call.ok) return refused(world, reply, call)
      const answer = { transaction: call.asked.transaction, signed: request.body.jws }
      const answered = await answerCall(world, call, answer)
      return answered.ok ? { outcome: answered.outcome } : refused(world, reply, answered)
    })

    app.post('/push', signed, async (request, reply) => {
      const call = await opened(world, request, 'push')
      if (!call.ok) return refused(world, reply, call)
      const { subscription, permission, alerts = false, pushKey } = call.asked
      const push = { subscription, permission, alerts, ...(pushKey !== undefined && { pushKey }) }
      const saved = await savePush(world, call.authenticator.id, push)
      if (!saved.ok) return sendRefusal(reply, saved)
      const { phone, vapid } = world.serverKeys
      const said = { authenticator: call.authenticator.id, time: world.now() }
      return { jws: await phone.sign({ ...said, pushKey: vapid.publicKey }) }
    })

    app.post('/events', signed, async (request, reply) => {
      const call = await opened(world, request, 'events')
      if (!call.ok) return refused(world, reply, call)
      const stream = eventStream(request, reply, { key: call.authenticator.id })
      const changed: PhoneEvent = 'changed'
      stream.onClose(watchPhone(world, call, () => stream.send(changed)))
      // A phone that connects may have missed something while it was away.
      stream.send(changed)
      return reply
    })
  }

/** The question that proves the PIN before it is changed (R075). */
const relockRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    const signed = { config, schema: { body: SignedRequest } }

    app.post('/pin', signed, async (request, reply) => {
      const call = await opened(world, request, 'pin')
      if (!call.ok) return refused(world, reply, call)
      const { authenticator, subscriberIds, asked } = call
      const [first, ...others] = subscriberIds
      if (!first) return sendRefusal(reply, { ok: false, problem: 'phone.revoked' })
      const holders = [first, ...others] as const
      const { points } = asked
      const guess = guesserPhone(world, { value: authenticator }, first)
      const checked = await checkBlindly(world, { guess, holders, points })
      if (!checked.ok) return sendRefusal(reply, checked)
      const said = { authenticator: authenticator.id, ...saidOf(checked) }
      return { jws: await world.serverKeys.phone.sign(said) }
    })

    app.post('/question', signed, async (request, reply) => {
      const call = await opened(world, request, 'question')
      if (!call.ok) return refused(world, reply, call)
      const drawn = await beginPhonePinChange(world, call.authenticator.id)
      if (!drawn.ok) return sendRefusal(reply, drawn)
      const { number, until: expiresAt } = drawn
      const question = { authenticator: call.authenticator.id, number, expiresAt }
      return { jws: await world.serverKeys.phone.sign(question) }
    })

    app.post('/proof', signed, async (request, reply) => {
      const call = await opened(world, request, 'proof')
      if (!call.ok) return refused(world, reply, call)
      const { response } = call.asked
      const proven = await answerPhonePinChange(world, call.authenticator.id, { response })
      return proven.ok ? {} : sendRefusal(reply, proven)
    })
  }

const saidOf = ({ points, refused: held }: BlindCheck) => ({
  points: [...points],
  refused: [...held],
})

async function offerOf(
  world: World,
  { enrolment, userName, replaces }: Pick<Offered, 'enrolment' | 'userName' | 'replaces'>,
): Promise<ActivationOffer> {
  const { phone: key, vapid } = world.serverKeys
  const { phone } = await pinRuleOf(world, enrolment.subscriberId)
  return {
    enrolment: enrolment.id,
    userName,
    name: world.settings.name,
    replaces,
    suite: PHONE_SUITE,
    serverKey: key.publicKey as ActivationOffer['serverKey'],
    pushKey: vapid.publicKey,
    pin: phonePinOf(phone),
    time: world.now(),
  }
}

/** The list under the server's signature: a phone shows nothing that another party has written. */
async function signedList(
  world: World,
  call: Pick<Opened<'list'>, 'authenticator' | 'subscriberIds'>,
): Promise<string> {
  const [{ earlier, requests, ...list }, ongoing, calls] = await Promise.all([
    listRequests(world, call),
    ongoingCallOn(world, call),
    listCallRequests(world, call),
  ])
  const { id, label } = call.authenticator
  return await world.serverKeys.phone.sign({
    ...list,
    requests: [...calls, ...requests],
    authenticator: id,
    label,
    time: world.now(),
    ...(ongoing !== undefined && { call: ongoing && { ...ongoing } }),
    earlier: earlier.flatMap((login) => earlierOf(world, login)) as unknown as Json,
  })
}

function earlierOf(world: World, login: Login): readonly EarlierRequest[] {
  const platform = world.platforms.get(login.platform)?.name ?? {
    en: login.platform,
    fr: login.platform,
  }
  const asked = { platform, ...(login.task && { doing: login.task.deed.kind }) }
  switch (login.state) {
    case 'completed':
      return [{ ...asked, outcome: 'approved', at: login.completedAt }]
    case 'refused':
      return [{ ...asked, outcome: 'denied', at: login.refusedAt }]
    case 'expired':
      // Its browser went on with another login; nothing was missed.
      if (login.replacedBy) return []
      return [{ ...asked, outcome: 'unanswered', at: login.expiresAt }]
    case 'started':
    case 'choosing':
    case 'challenged':
      return login.expiresAt < world.now()
        ? [{ ...asked, outcome: 'unanswered', at: login.expiresAt }]
        : []
  }
}
