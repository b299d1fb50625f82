import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { claimLogin } from '#engine/login/answer.ts'
import { startIdentified } from '#engine/login/identify.ts'
import { offerLogin } from '#engine/login/passkey-offer.ts'
import { answerOnPage, startOnPage } from '#engine/devices/enrolment-on-page.ts'
import { changePassword, PASSWORD_TASK } from '#engine/password/change.ts'
import { suspendAuthenticator } from '#engine/devices/overview.ts'
import { findOpenSession } from '#engine/sessions/sessions.ts'
import { softKey } from '#methods/passkey/sample.ts'
import { findEnrolment } from '#store/devices/enrolments.ts'
import { DATABASES } from '../../support/databases/databases.ts'
import { inPortal, wealthy } from '../../support/clients/orders.ts'
import { authenticatorOf, begin, numberOn, typed } from '../../support/clients/engine-story.ts'
import { approvedTask } from '../../support/clients/task.ts'
import { browser, ISSUER, type TestWorld, testWorld } from '../../support/server/world.ts'

interface Row {
  readonly table: 'authenticator' | 'subscriber'
  readonly id: string
}

/** A slow database: another connection holds a row until both commits have begun, in this order. */
async function whileHeld<A, B>(
  world: TestWorld,
  { table, id }: Row,
  [first, second]: readonly [() => Promise<A>, () => Promise<B>],
): Promise<readonly [A, B]> {
  const client = new pg.Client({ connectionString: world.url })
  await client.connect()
  try {
    await client.query('begin')
    await client.query(`select 1 from ${table} where id = $1 for update`, [id])
    const one = first()
    await waiting(client, 1)
    const other = second()
    await waiting(client, 2)
    await client.query('commit')
    return [await one, await other]
  } finally {
    await client.end()
  }
}

async function waiting(client: pg.Client, count: number): Promise<void> {
  for (let looked = 0; looked < 400; looked += 1) {
    const { rows } = await client.query<{ n: number }>(
      `select count(*)::int as n from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'`,
    )
    if ((rows[0]?.n ?? 0) >= count) return
    await wait(25)
  }
  assert.fail(`no ${count} commits wait`)
}

const skip = !DATABASES.includes('postgres')
const database = 'postgres'

suite('A session that is opened while an act is written that ends all others', { skip }, () => {
  test('S85 ends with a new password: the attacker answers at that moment', async (t) => {
    const world = await testWorld(t, { database })
    const beside = await testWorld(t, { database, beside: world })
    const anna = await wealthy(world)
    const own = await inPortal(world, anna)
    const task = await approvedTask(world, own, { deed: PASSWORD_TASK, phone: anna.phone })
    const client = browser()
    const started = await begin(world, client, { userName: 'anna', platform: 'portal' })
    assert.ok(started.ok)
    const { id } = started.login
    const response = await anna.phone.respond(await numberOn(world, id, client), world.now())
    const password = 'nineteen violet spoons of rain'
    const held = { table: 'authenticator', id: authenticatorOf(anna.phone) } as const
    const [came, changed] = await whileHeld(world, held, [
      async () => await typed(beside, started.login, { client, response }),
      async () => await changePassword(world, own, { task, password }),
    ])
    assert.ok(came.ok && changed.ok)
    const { holder } = client
    const taken = came.token === null ? await claimLogin(world, { id, holder }) : came
    const token = taken.ok ? taken.token : null
    assert.equal(token === null ? null : await findOpenSession(world, token), null)
  })

  test('S12 ends with a stopped phone: a passkey lets the attacker in at that moment', async (t) => {
    const world = await testWorld(t, { database })
    const beside = await testWorld(t, { database, beside: world })
    const anna = await wealthy(world)
    const own = await inPortal(world, anna)
    const key = softKey('a')
    const invited = await startOnPage(world, own, { method: 'passkey', request: null })
    assert.ok(invited.ok)
    const found = await findEnrolment(world.db, invited.enrolment.id)
    const answer = key.register(found?.value.drawn?.prompt ?? null, { origin: ISSUER })
    assert.ok((await answerOnPage(world, own, { id: invited.enrolment.id, answer })).ok)
    const client = browser()
    const offer = offerLogin(world, client.holder) ?? assert.fail('nothing is offered')
    const claim = {
      offer: offer.sealed,
      typed: key.assert(offer.script.data, { origin: ISSUER }),
      ...({ environment: 'live', platform: 'portal', client } as const),
    }
    const held = { table: 'subscriber', id: own.subscriberId } as const
    const [came, stopped] = await whileHeld(world, held, [
      async () => await startIdentified(beside, claim),
      async () => await suspendAuthenticator(world, own, { id: authenticatorOf(anna.phone) }),
    ])
    assert.ok(came.ok && stopped.ok && came.token)
    assert.equal(await findOpenSession(world, came.token), null)
  })
})
