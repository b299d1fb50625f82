/** Ten thousand requests for texts within an hour, to numbers that pay the attacker. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Channel } from '#channels/channel.ts'
import type { Json } from '#core/json.ts'
import { hours, millis, minutes } from '#core/time/time.ts'
import { deliverDue } from '#engine/delivery/outbox.ts'
import { sample } from '#methods/sms-code/sample.ts'
import { DATABASES } from '../support/databases/databases.ts'
import { begin, PASSWORD } from '../support/clients/engine-story.ts'
import { methodTools } from '../support/tools.ts'
import { browser, type TestWorld, testWorld } from '../support/server/world.ts'

const REQUESTS = 10_000
const NUMBERS = 100
const PER_BLOCK = methodTools(null as never).telephone.limits.perBlockHour

for (const database of DATABASES) {
  test(`A23 ${REQUESTS} requests over ${NUMBERS} numbers of one block, on ${database}`, async (t) => {
    const world = await testWorld(t, { database })
    const taken: string[] = []
    const sms: Channel = {
      name: 'sms',
      retries: [],
      deliver: async ({ id }) => {
        taken.push(id)
        return { outcome: 'sent', messages: [id] }
      },
    }
    world.channels.set('sms', sms)
    for (let index = 0; index < NUMBERS; index += 1)
      await holder(world, `pumped-${index}`, `+1202555${1_000 + index}`)
    const startedAt = world.now()
    let inTheFirstMinute = 0
    for (let request = 0; request < REQUESTS; request += 1) {
      // The attacker has the passwords, and a network of machines.
      await ask(world, `pumped-${request % NUMBERS}`, request)
      world.advance(millis(hours(1) / REQUESTS))
      if (request % 50 > 0) continue
      await deliverDue(world)
      if (world.now() - startedAt <= minutes(1)) inTheFirstMinute = taken.length
    }
    await deliverDue(world)
    t.diagnostic(`${taken.length} texts for ${REQUESTS} requests, all in the first minute`)
    assert.equal(taken.length, PER_BLOCK)
    assert.equal(inTheFirstMinute, PER_BLOCK, 'it went on after a minute')
    await holder(world, 'beatrice', '+41790000042')
    await ask(world, 'beatrice', REQUESTS)
    await deliverDue(world)
    assert.equal(taken.length, PER_BLOCK + 1, 'another client waits for a text')
  })
}

async function holder(world: TestWorld, userName: string, number: string): Promise<void> {
  const state = { ...(sample.state as object), number } as Json
  await world.add({ userName, password: PASSWORD, holds: [{ method: 'sms-code', state }] })
}

async function ask(world: TestWorld, userName: string, request: number): Promise<void> {
  const address = `2001:db8:${request.toString(16)}::1`
  const started = await begin(world, browser({ address }), { userName })
  assert.ok(started.ok, `${userName}: ${'problem' in started && started.problem}`)
}
