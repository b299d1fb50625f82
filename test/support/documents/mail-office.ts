import type { TestContext } from 'node:test'
import { mailSink } from '../../../examples/simulators/mail-sink.ts'
import { email } from '#channels/email/channel.ts'
import { millis } from '#core/time/time.ts'
import { openMailDoor } from '#edges/mail/server.ts'
import { setContact } from '#engine/contact/addresses.ts'
import { deliverDue } from '#engine/delivery/outbox.ts'
import { openDueMails } from '#engine/documents/mail-openings.ts'
import { waitingMails } from '#engine/documents/mails.ts'
import { openDue } from '#engine/documents/openings.ts'
import { submissionsOf } from '#engine/documents/submissions.ts'
import { noticeDue } from '#engine/notices/notices.ts'
import type { NewAccount } from '#engine/subscribers/subscribers.ts'
import type { DatabaseKind } from '../databases/databases.ts'
import { testWorld } from '../server/world.ts'
import { type Composed, composedMail, type Envelope, mailed } from './mailing.ts'
import { photograph } from './pictures.ts'

/** A world that takes documents by mail and answers, with a client whose mails arrive. */
const PASSWORD = 'correct horse battery'
export const ANNA: NewAccount = { number: 'U1234567', environment: 'live', status: 'applied' }

export async function mailOffice(t: TestContext, database: DatabaseKind, accounts = [ANNA]) {
  const world = await testWorld(t, { database })
  const sink = await mailSink()
  const channel = email({
    host: '127.0.0.1',
    port: sink.port,
    tls: 'none',
    login: null,
    from: 'no-reply@example.com',
    fromName: 'Example Brokerage',
  })
  world.channels.set('email', channel)
  const subscriberId = await world.add({ userName: 'anna', password: PASSWORD, accounts })
  await setContact(world, {
    subscriberId,
    kind: 'email',
    value: 'anna@example.com',
    by: 'operator',
  })
  await noticeDue(world)
  await deliverDue(world)
  const before = sink.mails.length
  const mail = { port: 0, certificateFile: null, keyFile: null }
  const door = await openMailDoor(world, { listen: '127.0.0.1', mail })
  t.after(async () => {
    await door.close()
    await channel.close?.()
    await sink.close()
  })
  const photo = await photograph()
  const signal = new AbortController().signal
  /** What every node does by itself. */
  const work = async () => {
    await openDueMails(world, signal)
    await noticeDue(world)
    await deliverDue(world)
  }
  return {
    world,
    subscriberId,
    photo,
    work,
    port: door.port ?? 0,
    openPages: async () => await openDue(world, signal),
    /** Sends a mail with one photograph, unless said otherwise, and has it judged. */
    async post(changes: Composed = {}, envelope: Envelope = {}): Promise<string> {
      // Two that come within a millisecond have no order.
      world.advance(millis(1))
      const reply = await mailed(
        door.port ?? 0,
        composedMail({ files: [photo], ...changes }),
        envelope,
      )
      await work()
      return reply
    },
    received: () => sink.mails.slice(before),
    sentTo: (address: string) => sink.mails.slice(before).filter(({ to }) => to === address),
    sent: async () => await submissionsOf(world, subscriberId),
    /** Which rule the latest mail that waits has broken. */
    async broken() {
      const status = (await waitingMails(world)).at(-1)?.status
      return status?.state === 'waiting' ? status.rule : null
    },
  }
}
