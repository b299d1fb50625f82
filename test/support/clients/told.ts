import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { minutes, seconds } from '#core/time/time.ts'
import { setContact } from '#engine/contact/addresses.ts'
import { deliverDue } from '#engine/delivery/outbox.ts'
import { answerLogin } from '#engine/login/answer.ts'
import { noticeDue } from '#engine/notices/notices.ts'
import { gatherDue } from '#engine/notices/reports.ts'
import { findOpenSession } from '#engine/sessions/sessions.ts'
import { codeIn, SAMPLE_NUMBER, sample } from '#methods/sms-code/sample.ts'
import type { DatabaseKind } from '../databases/databases.ts'
import { browser, type TestWorld, testWorld, type TestWorldOptions } from '../server/world.ts'
import { begun, PASSWORD } from './engine-story.ts'

export interface Post {
  readonly channel: string
  readonly address: unknown
  readonly payload: { readonly text: string; readonly name?: string }
}

const MAIL = 'anna@example.com'
export const STREET = '1 Example Street\nExampletown'

/** A client whose second step is a text. */
export async function living(
  t: TestContext,
  database: DatabaseKind,
  residence: string,
  contacts: Partial<Record<'email' | 'postal', string>> = { email: MAIL },
  options: TestWorldOptions = {},
) {
  const world = await testWorld(t, { database, ...options })
  const posts: Post[] = []
  for (const name of ['email', 'sms'])
    world.channels.set(name, {
      name,
      retries: [seconds(10)],
      deliver: async ({ address, payload }) => {
        posts.push({ channel: name, address, payload: payload as unknown as Post['payload'] })
        return { outcome: 'sent' }
      },
    })
  const subscriberId = await world.add({
    userName: 'anna',
    password: PASSWORD,
    accounts: [{ number: 'U-1', environment: 'live', residence }],
    holds: [{ method: 'sms-code', state: sample.state }],
  })
  for (const [kind, value] of Object.entries({ mobile: SAMPLE_NUMBER, ...contacts }))
    await setContact(world, { subscriberId, kind: kind as 'mobile', value, by: 'operator' })
  await told(world, posts)
  return { world, posts, subscriberId }
}

/** What clients are told; codes are no notice. */
export async function told(world: TestWorld, posts: Post[]): Promise<readonly Post[]> {
  posts.length = 0
  await gatherDue(world)
  await noticeDue(world)
  await deliverDue(world)
  return posts.filter(({ channel, payload }) => channel === 'email' || payload.name !== 'login')
}

export const channels = (sent: readonly Post[]) => sent.map(({ channel }) => channel).toSorted()

/** A login with the code of a text, in this browser where one is given. */
export async function byText(
  world: TestWorld,
  posts: Post[],
  browserCookie: string | null = null,
  userName = 'anna',
) {
  world.advance(minutes(3))
  const client = browser({ browserCookie })
  const login = await begun(world, client, userName)
  await deliverDue(world)
  const code = codeIn(posts.at(-1)?.payload as never)
  const held = { id: login.id, holder: client.holder }
  const answered = await answerLogin(world, { ...held, answer: { code } })
  assert.ok(answered.ok && answered.token)
  const session = await findOpenSession(world, answered.token)
  assert.ok(session)
  return { session, browserCookie: answered.browserCookie ?? browserCookie }
}
