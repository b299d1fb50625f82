import assert from 'node:assert/strict'
import { test } from 'node:test'
import { softKey } from '#methods/passkey/sample.ts'
import { caller } from '../../../support/desk/calls.ts'
import { handsetOf, settledNumber } from '../../../support/desk/call-back.ts'
import { comesIn, openDesk } from '../../../support/desk/door.ts'

test('R127 the queue says who waits, and a case that was taken from it what to do', async (t) => {
  const door = await openDesk(t)
  handsetOf(door.world)
  await settledNumber(door.world, await caller(door.world, 'anna'))
  const browser = await comesIn(door, { agentId: 'jane', role: 'agent', key: softKey('j') })
  await browser.open('/cases')
  const own = await browser.submit('/cases', { by: 'user-name', typed: 'anna', reason: 'question' })
  assert.doesNotMatch(own.words, /This is a callback/)
  assert.match(own.words, /in L1 our voice calls the client back/)
  await browser.submit(/call-backs$/)
  const queue = await browser.open('/call-backs')
  assert.match(
    queue.words,
    /User name: a••• Mobile number: •••\d\d .* Waits since today, \d\d:\d\d/,
  )
  const taken = await browser.submit(/take$/)
  assert.match(taken.words, /This is a callback: the client is not on the line/)
  assert.doesNotMatch(taken.words, /Put into the queue/)
  await browser.open('/call-backs')
  const back = await browser.submit(/returned$/)
  assert.match(back.words, /Put back\. Another agent can take it/)
  assert.doesNotMatch((await browser.open(taken.address)).words, /This is a callback/)
  await browser.open('/call-backs')
  await browser.submit(/take$/)
  await browser.open('/call-backs')
  const done = await browser.submit(/done$/)
  assert.match(done.words, /Done\. The client is no longer in the queue\..*No client waits/)
  assert.doesNotMatch((await browser.open('/call-backs?done=x')).words, /no longer/)
})

test('an agent who reads another language than the client reads what to say in both', async (t) => {
  const door = await openDesk(t)
  await caller(door.world, 'anna')
  const browser = await comesIn(door, { agentId: 'jane', role: 'agent', key: softKey('j') })
  await browser.open('/cases')
  const same = await browser.submit('/cases', {
    by: 'user-name',
    typed: 'anna',
    reason: 'question',
  })
  assert.doesNotMatch(same.words, /The client’s language/)
  const other = await browser.open(`${same.address}?language=fr`)
  assert.match(other.words, /Langue du client\s: Anglais/)
  assert.match(other.words, /please show me that it is you.*montrez-moi que c’est bien vous/)
  assert.match(other.words, /Aucun appareil|Demander au téléphone/)
})
