import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import type { Browser } from 'playwright-core'
import type { Channel } from '#channels/channel.ts'
import type { Session } from '#core/sessions/session.ts'
import type { SubscriberId } from '#core/ids.ts'
import { days, minutes } from '#core/time/time.ts'
import { answerLogin } from '#engine/login/answer.ts'
import { openChallenge } from '#engine/login/challenge.ts'
import { setContact } from '#engine/contact/addresses.ts'
import { startEnrolment } from '#engine/devices/enrolment.ts'
import { type Held, viewLogin } from '#engine/login/view.ts'
import { noticeDue } from '#engine/notices/notices.ts'
import { deliverDue } from '#engine/delivery/outbox.ts'
import { changePassword, PASSWORD_TASK } from '#engine/password/change.ts'
import { findOpenSession } from '#engine/sessions/sessions.ts'
import { succeedDue } from '#engine/devices/migration.ts'
import { startTask } from '#engine/tasks/tasks.ts'
import { codeIn, SAMPLE_NUMBER, sample } from '#methods/sms-code/sample.ts'
import { freePorts } from '../support/server/ports.ts'
import { openSite, type Site } from '../support/server/site.ts'
import type { TestPhone } from '../support/clients/phone.ts'
import { begin, numberOn } from '../support/clients/engine-story.ts'
import { opened } from '../support/clients/task.ts'
import {
  browser as client,
  type TestWorld,
  type TestWorldOptions,
} from '../support/server/world.ts'
import type { Person } from './acts.ts'
import { openBrowser } from './support.ts'

/**
 * The product in the process of the test, with a real browser before it: so the test moves the
 * clock, holds the post, and sees what is written.
 */
export interface House {
  readonly browser: Browser
  readonly issuer: string
  readonly world: TestWorld
  readonly nodes: readonly Site[]
  /** What was sent, to whom. */
  readonly posts: Post[]
  /** While it is down, no carrier takes anything. */
  readonly carriers: { isDown: boolean }
  /** What happens by itself: migrations, notices, the post. */
  tend(): Promise<void>
  /**
   * At its next commit the first node dies, before it is written or before it is reported, and
   * starts again.
   */
  dies(when: 'before' | 'after'): void
}

export interface Post {
  readonly channel: string
  readonly to: unknown
  readonly words: string
}

export async function house(
  t: TestContext,
  { nodes: count = 1, ...options }: TestWorldOptions & { readonly nodes?: number } = {},
): Promise<House> {
  const browser = await openBrowser(t)
  const [port = 0] = await freePorts(1)
  const issuer = `http://localhost:${port}`
  const posts: Post[] = []
  const carriers = { isDown: false }
  const nodes: Site[] = []
  for (let index = 0; index < count; index += 1) {
    const beside = nodes[0] && { beside: nodes[0].world }
    const node = await openSite(t, { ...options, ...beside, issuer })
    for (const name of ['email', 'sms'])
      node.world.channels.set(name, carrier(name, posts, carriers))
    nodes.push(node)
  }
  const [first] = nodes
  if (!first) throw new Error('a house has a node')
  const { world } = first
  const cut = await balance(t, port, nodes)
  const tend = async () => {
    await succeedDue(world)
    await noticeDue(world)
    await deliverDue(world)
  }
  return { browser, issuer, world, nodes, posts, carriers, tend, dies: mortal(world, cut) }
}

const carrier = (name: string, posts: Post[], state: House['carriers']): Channel => ({
  name,
  retries: [minutes(1), minutes(5)],
  deliver: async ({ address, payload }) => {
    if (state.isDown) return { outcome: 'later', reason: 'down' }
    posts.push({ channel: name, to: address, words: JSON.stringify(payload) })
    return { outcome: 'sent' }
  },
})

/**
 * Nothing that a process has in memory is told any more once it is dead: its connections are gone.
 */
function mortal(world: TestWorld, cut: () => void): House['dies'] {
  let next: 'before' | 'after' | null = null
  const dying =
    <A, R>(commit: (writes: A) => Promise<R>) =>
    async (writes: A): Promise<R> => {
      const when = next
      next = null
      if (when === null) return await commit(writes)
      if (when === 'after') await commit(writes)
      cut()
      throw new Error(`it dies ${when} a commit`)
    }
  const { db } = world
  // The doors hold this world, so it is changed and not copied.
  const commits = { commit: dying(db.commit), commitCounted: dying(db.commitCounted) }
  Object.assign(world, { db: { ...db, ...commits } })
  return (when) => {
    next = when
  }
}

/** Each connection goes to the next node, as behind a balancer. @returns what cuts them all. */
async function balance(t: TestContext, port: number, nodes: readonly Site[]): Promise<() => void> {
  let turn = 0
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    const node = nodes[turn++ % nodes.length]
    const inside = connect(node?.port ?? 0, '127.0.0.1')
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    socket.pipe(inside).pipe(socket)
    for (const [one, other] of [
      [socket, inside],
      [inside, socket],
    ] as const)
      one.on('error', () => other.destroy()).on('close', () => other.destroy())
  })
  t.after(() => server.close())
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return () => {
    for (const socket of open) socket.destroy()
  }
}

/** A client whose number was proven long ago, and whose mail address is known. */
export async function textedPerson(
  { world }: Pick<House, 'world'>,
  { userName, password }: Person,
): Promise<SubscriberId> {
  const holds = [{ method: 'sms-code', state: sample.state }]
  const id = await world.add({ userName, password, holds })
  const known = { subscriberId: id, by: 'operator' } as const
  await setContact(world, { ...known, kind: 'email', value: `${userName}@example.com` })
  await setContact(world, { ...known, kind: 'mobile', value: SAMPLE_NUMBER })
  // An address of yesterday would be a reason to wait longer.
  world.advance(days(31))
  return id
}

/** The code of the text that has just come. */
export async function textedCode({ posts, tend }: House): Promise<string> {
  await tend()
  const codes = posts.flatMap(({ channel, words }) =>
    channel === 'sms' ? codeIn(JSON.parse(words)) || [] : [],
  )
  return codes.at(-1) ?? ''
}

/** Confirms a login with one kind of what is held. */
async function confirmed(
  { world }: House,
  held: Held,
  { method, way, answer }: { method: string; way: string | null; answer(): Promise<object> },
): Promise<Session | null> {
  const view = await viewLogin(world, held)
  const choice = view.ok ? view.choices.find((one) => one.method === method) : undefined
  if (!view.ok || !choice) throw new Error(`the login asks for no ${method}`)
  // Where there is only one, it is asked already.
  if (view.choices.length > 1)
    await openChallenge(world, { ...held, authenticatorId: choice.id, way })
  const answered = await answerLogin(world, { ...held, answer: await answer() })
  if (!answered.ok) throw new Error(answered.problem)
  return answered.token === null ? null : await findOpenSession(world, answered.token)
}

/** A session that password and text have opened, as the pages would. */
export async function sessionByText(set: House, { userName, password }: Person): Promise<Session> {
  const { world } = set
  // A number gets a text every two minutes.
  world.advance(minutes(3))
  const one = client()
  const started = await begin(world, one, { userName, password, platform: 'portal' })
  if (!started.ok) throw new Error(started.problem)
  const held = { id: started.login.id, holder: one.holder }
  const session = await confirmed(set, held, {
    method: 'sms-code',
    way: null,
    answer: async () => ({ code: await textedCode(set) }),
  })
  return session ?? Promise.reject(new Error('password and text open nothing'))
}

/** The codes that invite a phone, from a session that password and text have opened. */
export async function invitedByText(
  set: House,
  person: Person,
): Promise<{ readonly code: string; readonly token: string }> {
  const invited = await startEnrolment(set.world, await sessionByText(set, person), {
    method: 'phone-key',
  })
  if (!invited.ok) throw new Error(invited.problem)
  return invited
}

/** Another password, confirmed with the one before and a phone. */
export async function changedPassword(
  set: House,
  { userName, password: before }: Person,
  { phone, password }: { readonly phone: TestPhone; readonly password: string },
): Promise<void> {
  const { world } = set
  const one = client()
  const pressed = async (held: Held) =>
    await confirmed(set, held, {
      method: 'phone-key',
      way: 'response',
      answer: async () => ({
        response: await phone.respond(await numberOn(world, held.id, one), world.now()),
      }),
    })
  const started = await begin(world, one, { userName, password: before, platform: 'portal' })
  if (!started.ok) throw new Error(started.problem)
  const session = await pressed({ id: started.login.id, holder: one.holder })
  if (!session) throw new Error('password and phone open nothing')
  const id = await opened(world, session, PASSWORD_TASK)
  const asked = await startTask(world, session, { id, password: before, client: one })
  if (!asked.ok) throw new Error(asked.problem)
  await pressed({ id: asked.login.id, holder: one.holder })
  const changed = await changePassword(world, session, { task: id, password })
  if (!changed.ok) throw new Error(changed.problem)
}
