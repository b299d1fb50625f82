import assert from 'node:assert/strict'
import { taskDetailsOf, type TaskDetails } from '#core/task-details.ts'
import type { TaskId } from '#core/ids.ts'
import type { Session } from '#core/sessions/session.ts'
import { claimLogin } from '#engine/login/answer.ts'
import type { Client } from '#engine/login/view.ts'
import { findOpenSession } from '#engine/sessions/sessions.ts'
import { openTask, startTask } from '#engine/tasks/tasks.ts'
import type { TestPhone } from './phone.ts'
import { begin, numberOn, PASSWORD, typed } from './engine-story.ts'
import { browser, type TestWorld } from '../server/world.ts'

/** Sensitive tasks, told with the functions that the doors call. */

export function withdrawal(
  amount: string,
  changes: { readonly [name: string]: string } = {},
): TaskDetails {
  const facts = { amount, currency: 'USD', payee: 'Client A', payee_account: 'Demo Bank 4471' }
  const read = taskDetailsOf('withdrawal', { ...facts, ...changes })
  assert.ok(read.ok, `no deed: ${amount}`)
  return read.deed
}

/** Logs in with the phone's response. */
export async function sessionBy(
  world: TestWorld,
  phone: TestPhone,
  userName: string,
): Promise<Session> {
  const client = browser()
  const started = await begin(world, client, { userName })
  assert.ok(started.ok, `no login: ${'problem' in started && started.problem}`)
  const response = await phone.respond(await numberOn(world, started.login.id, client), world.now())
  const answered = await typed(world, started.login, { client, response })
  assert.ok(answered.ok)
  const token =
    answered.token ??
    tokenOf(await claimLogin(world, { id: started.login.id, holder: client.holder }))
  const session = await findOpenSession(world, token)
  assert.ok(session)
  return session
}

const tokenOf = (claimed: Awaited<ReturnType<typeof claimLogin>>): string =>
  claimed.ok ? (claimed.token ?? '') : ''

/** Where it goes on does not matter to most tests. */
const NEXT = { to: '/portal/security', fields: null, back: '/portal/security' }

export async function opened(
  world: TestWorld,
  session: Session,
  deed: TaskDetails,
): Promise<TaskId> {
  const task = await openTask(world, session, { deed, platform: 'trade', next: NEXT })
  assert.ok(task.ok, `not opened: ${'problem' in task && task.problem}`)
  return task.task.id
}

/** Types the password; what is asked next. */
export async function begunTask(
  world: TestWorld,
  session: Session,
  {
    id,
    client,
    password = PASSWORD,
  }: { readonly id: TaskId; readonly client: Client; readonly password?: string },
) {
  const started = await startTask(world, session, { id, password, client })
  assert.ok(started.ok, `not begun: ${'problem' in started && started.problem}`)
  return started.login
}

/** Password, challenge and response: the task is approved. */
export async function approvedTask(
  world: TestWorld,
  session: Session,
  {
    deed,
    phone,
    password = PASSWORD,
  }: { readonly deed: TaskDetails; readonly phone: TestPhone; readonly password?: string },
): Promise<TaskId> {
  const client = browser()
  const id = await opened(world, session, deed)
  const login = await begunTask(world, session, { id, client, password })
  const response = await phone.respond(await numberOn(world, login.id, client), world.now())
  const answered = await typed(world, login, { client, response })
  assert.ok(answered.ok, `not approved: ${'problem' in answered && answered.problem}`)
  return id
}
