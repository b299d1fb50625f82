import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import type { Channel } from '#channels/channel.ts'
import type { Challenged } from '#core/login/state.ts'
import { minutes, seconds } from '#core/time/time.ts'
import { noteReceipt } from '#engine/devices/phone-approval.ts'
import { answerLogin } from '#engine/login/answer.ts'
import { noteCarrierReceipt } from '#engine/delivery/receipts.ts'
import { openChallenge } from '#engine/login/challenge.ts'
import { type Client, type LoginView, viewLogin } from '#engine/login/view.ts'
import { deliverDue } from '#engine/delivery/outbox.ts'
import { DATABASES, type DatabaseKind } from '../../support/databases/databases.ts'
import { HOLDERS, SAMPLE_TOOLS, wrongAnswer } from '../../support/holders.ts'
import { begin, PASSWORD } from '../../support/clients/engine-story.ts'
import { browser, type TestWorld, testWorld } from '../../support/server/world.ts'
import { chanceOf } from '../../support/simulation/chance.ts'

/**
 * Where every wrong password gets a decoy: what a claimant sees of a right one and of a wrong one
 * (A1).
 */

interface House {
  readonly world: TestWorld
  /** What carriers were given. */
  readonly sent: string[]
}

async function house(t: TestContext, database: DatabaseKind): Promise<House> {
  const settings = { decoy: 'always' } as const
  // What a name is said to hold hangs on the root key: with this one it is the same each time.
  const random = chanceOf(1, 'root key').bytes
  const world = await testWorld(t, { database, settings, random, tools: SAMPLE_TOOLS })
  const sent: string[] = []
  for (const name of ['sms', 'voice']) {
    const carrier: Channel = {
      name,
      retries: [],
      deliver: async ({ id }) => {
        sent.push(id)
        return { outcome: 'sent', messages: [id] }
      },
    }
    world.channels.set(name, carrier)
  }
  return { world, sent }
}

/** All that a page, or a program, is told of a login, without what is drawn anew each time. */
function shownBy({ login, choices, views, receipts }: LoginView) {
  return {
    state: login.state,
    wrongAnswers: login.wrongAnswers,
    asked: login.state === 'challenged' && {
      method: login.challenge.method,
      lasts: login.challenge.expiresAt - login.challenge.openedAt,
      isFirst: login.challenge.authenticatorId === choices[0]?.id,
    },
    choices: choices.map(({ id: _id, ...rest }) => rest),
    views: views.map(({ name, lead, title, field, ways }) => ({
      name,
      lead: lead.key,
      title,
      field: field?.name,
      ways: ways?.map(({ way }) => way),
    })),
    receipts: receipts.map(({ kind }) => kind).toSorted(),
  }
}

/** As a device that is asked, and a carrier that delivers, report it. */
async function reported({ world, sent }: House, login: Challenged): Promise<void> {
  await deliverDue(world)
  for (const message of sent.splice(0)) {
    await noteCarrierReceipt(world, { channel: 'sms', message, failure: null })
  }
  if (login.decoy || !world.methods.get(login.challenge.method)?.device) return
  const { authenticatorId } = login.challenge
  await noteReceipt(world, authenticatorId, { transaction: login.id, kind: 'received' })
}

interface Claim {
  readonly userName: string
  readonly password: string
}

/** Walks a whole second step without a right answer; says everything that was told on the way. */
async function told(set: House, claim: Claim): Promise<readonly unknown[]> {
  const { world } = set
  const client: Client = browser({ address: `203.0.113.${claim.password.length}` })
  const started = await begin(world, client, claim)
  if (!started.ok) return [started.problem]
  const held = { id: started.login.id, holder: client.holder }
  const look = async () => {
    const view = await viewLogin(world, held)
    assert.ok(view.ok)
    return view
  }
  const first = await look()
  const said: unknown[] = [shownBy(first)]
  for (const { id, method } of first.choices) {
    const opened = await openChallenge(world, { ...held, authenticatorId: id, way: null })
    said.push('problem' in opened ? opened.problem : 'asked')
    const before = await look()
    said.push(shownBy(before))
    if (!opened.ok || opened.login.state !== 'challenged') continue
    await reported(set, opened.login)
    world.advance(seconds(6))
    said.push(shownBy(await look()))
    const holder = HOLDERS.find((one) => one.method.name === method) ?? assert.fail(method)
    const answer = await wrongAnswer(holder, opened.login, world.now())
    const answered = await answerLogin(world, { ...held, answer })
    said.push('problem' in answered ? answered.problem : 'accepted', shownBy(await look()))
  }
  assert.deepEqual(set.sent, [], 'a decoy sends nothing')
  world.advance(minutes(11))
  return said
}

for (const database of DATABASES) {
  suite(`A wrong password that gets a decoy, on ${database}`, () => {
    for (const { method, sample } of HOLDERS) {
      test(`A1 tells what a right one tells, of a client with ${method.name}`, async (t) => {
        const set = await house(t, database)
        const holds = [{ method: method.name, state: sample.state }]
        await set.world.add({ userName: 'anna', password: PASSWORD, holds })
        const wrong = await told(set, { userName: 'anna', password: 'wrong' })
        const right = await told(set, { userName: 'anna', password: PASSWORD })
        assert.deepEqual(wrong, right)
        assert.ok(right.length > 4, 'it came to an answer')
      })
    }

    test('A1 tells what a right one tells, of a client with several, one of them locked', async (t) => {
      const set = await house(t, database)
      const holds = HOLDERS.slice(0, 3).map(({ method, sample }, index) => ({
        method: method.name,
        state: sample.state,
        ...(index === 1 && { lifecycle: 'disabled' as const }),
      }))
      await set.world.add({ userName: 'anna', password: PASSWORD, holds })
      const wrong = await told(set, { userName: 'anna', password: 'wrong' })
      assert.deepEqual(wrong, await told(set, { userName: 'anna', password: PASSWORD }))
    })

    test('A1 tells what a right one tells, of a client with nothing that works', async (t) => {
      const set = await house(t, database)
      const [{ method, sample } = assert.fail()] = HOLDERS
      const holds = [{ method: method.name, state: sample.state, lifecycle: 'disabled' as const }]
      await set.world.add({ userName: 'anna', password: PASSWORD, holds })
      const wrong = await told(set, { userName: 'anna', password: 'wrong' })
      assert.deepEqual(wrong, ['login.authenticator-locked'])
      assert.deepEqual(wrong, await told(set, { userName: 'anna', password: PASSWORD }))
    })

    test('A1 unknown names get kinds of their own, the same ones on every node and day', async (t) => {
      const set = await house(t, database)
      const other = await testWorld(t, {
        database,
        tools: SAMPLE_TOOLS,
        settings: { decoy: 'always' } as const,
        beside: set.world,
      })
      for (const [name, channel] of set.world.channels) other.channels.set(name, channel)
      const kindsOf = async (world: TestWorld, userName: string) => {
        const client = browser({ address: `2001:db8:${userName.length}::${world === other}` })
        const started = await begin(world, client, { userName, password: 'wrong' })
        assert.ok(started.ok, `${userName}: ${'problem' in started && started.problem}`)
        const view = await viewLogin(world, { id: started.login.id, holder: client.holder })
        assert.ok(view.ok)
        assert.ok(view.choices.every(({ label, usedAt }) => label === null && usedAt === null))
        return view.choices.map(({ method }) => method).join(' and ')
      }
      const seen = new Map<string, number>()
      for (let count = 0; count < 60; count += 1) {
        const userName = `nobody-${'x'.repeat(count)}`
        const kinds = await kindsOf(set.world, userName)
        set.world.advance(minutes(1))
        assert.equal(await kindsOf(other, userName.toUpperCase()), kinds)
        seen.set(kinds, (seen.get(kinds) ?? 0) + 1)
      }
      assert.ok(seen.size >= 5, [...seen].join(', '))
      // No client has temporary access alone.
      assert.ok(![...seen.keys()].some((kinds) => /code-card|temporary/.test(kinds)))
      const [first = ''] = HOLDERS.map(({ method }) => method.name)
      const common = [...seen].filter(([kinds]) => kinds.startsWith(first))
      assert.ok(common.reduce((sum, [, many]) => sum + many, 0) >= 20, [...seen].join(', '))
    })

    test('A1 a made-up report comes once, after a while, and the page is told when', async (t) => {
      const { world } = await house(t, database)
      const client = browser()
      let found: LoginView | null = null
      for (let count = 0; found === null; count += 1) {
        const started = await begin(world, client, { userName: `n-${count}`, password: 'wrong' })
        if (!started.ok || started.login.state !== 'challenged') continue
        if (!world.methods.get(started.login.challenge.method)?.device) continue
        const view = await viewLogin(world, { id: started.login.id, holder: client.holder })
        found = view.ok ? view : null
      }
      const { login, newsAt } = found
      assert.ok(newsAt !== undefined && newsAt - world.now() >= 1_000)
      assert.deepEqual(found.receipts, [])
      world.setClock(newsAt)
      const after = await viewLogin(world, { id: login.id, holder: client.holder })
      assert.ok(after.ok)
      assert.deepEqual(after.receipts, [{ kind: 'received', at: newsAt }])
      assert.equal(after.newsAt, undefined)
    })
  })
}
