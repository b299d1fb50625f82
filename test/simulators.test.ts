import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { isStoppedAt } from '#engine/contact/text-opt-out.ts'
import {
  NUMBER,
  openServerWithCarriers,
  type ServerWithCarriers,
} from './support/server/server-with-carriers.ts'

const TEXT =
  'Example Brokerage: 551908 is your login code. Tell it to nobody.\n\n@login.example.com #551908'
const CALL = { digits: '551908', language: 'en', brand: 'Example Brokerage' }

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries += 1) {
    if (tries > 500) throw new Error('it never became so')
    await wait(10)
  }
}

/** What the carriers have told of this message. */
async function stateOf({ world }: ServerWithCarriers, message = ''): Promise<string | undefined> {
  const rows = await world.db.read
    .selectFrom('carrier_message')
    .select(['message', 'state', 'reason'])
    .execute()
  const row = rows.find((one) => one.message === message)
  return row && (row.reason ?? row.state)
}

const tokenOn = (page: string): string => /name="token" value="(\w+)"/.exec(page)?.[1] ?? ''

suite('the simulators', () => {
  test('R006 without a script the page lists the texts of a handset, and the mailbox its mail', async (t) => {
    const street = await openServerWithCarriers(t)
    const { send, hands, issuer } = street
    assert.equal((await send('sms', NUMBER, { text: TEXT, language: 'en' })).outcome, 'sent')
    await send('email', 'anna@example.com', { subject: 'New phone', text: 'A <b> phone.\n\nBye.' })
    await until(() => hands.centre.texts.length === 1 && hands.mail.mails.length === 1)
    const page = await (await fetch(`${issuer}/sim`)).text()
    assert.match(page, /551908 is your login code/)
    assert.match(page, /@login\.example\.com #551908/)
    assert.match(page, /Handset, ends in 42/)
    assert.match(page, /selected>demo-anna, demo-anna-paper, \+1 202 555 0142</)
    const french = await (
      await fetch(`${issuer}/sim/mail`, { headers: { 'accept-language': 'fr' } })
    ).text()
    assert.match(french, /New phone/)
    assert.match(french, /A &lt;b&gt; phone/)
    assert.match(french, /Courriel/)
  })

  test('R091 the handset answers STOP, and gets nothing more until it answers START', async (t) => {
    const street = await openServerWithCarriers(t)
    const { issuer, hands, world } = street
    await until(() => hands.centre.isBound)
    const token = tokenOn(await (await fetch(`${issuer}/sim`)).text())
    const back = async (fields: Readonly<Record<string, string>>) => {
      const body = new URLSearchParams(fields)
      const headers = { origin: issuer, 'sec-fetch-site': 'same-origin' }
      const sent = { method: 'POST', body, headers, redirect: 'manual' } as const
      return (await fetch(`${issuer}/sim/texts/back`, sent)).status
    }
    const isStopped = async () => await isStoppedAt(world, { channel: 'sms', address: NUMBER })
    assert.equal(await back({ token, number: NUMBER, text: 'STOP' }), 303)
    assert.equal(await isStopped(), true)
    assert.equal(await back({ token: 'another', number: NUMBER, text: 'START' }), 403)
    assert.equal(await back({ token, number: NUMBER }), 403)
    assert.equal(await isStopped(), true)
    assert.equal(await back({ token, number: NUMBER, text: 'START' }), 303)
    assert.equal(await isStopped(), false)
  })

  test('R007 R089 a call says its digits to a client who presses the key, and we hear of it', async (t) => {
    const street = await openServerWithCarriers(t)
    const { send, hands } = street
    const sent = await send('voice', NUMBER, CALL)
    assert.ok(sent.outcome === 'sent')
    const [message] = sent.messages ?? []
    const call = () => hands.handset(NUMBER).call
    assert.equal(call()?.state, 'ringing')
    await hands.voice.answer(call()?.id ?? '')
    const heard = () =>
      call()
        ?.say.map(({ text }) => text)
        .join(' ') ?? ''
    const [, key = ''] = /This is Example Brokerage.* press ([1-8])\./.exec(heard()) ?? []
    assert.notEqual(key, '')
    assert.doesNotMatch(heard(), /5 5 1 9 0 8/)
    await hands.voice.press(call()?.id ?? '', key)
    assert.match(heard(), /(5 5 1 9 0 8.*){3}/)
    assert.equal(await stateOf(street, message), 'delivered')
    await hands.voice.hangUp(call()?.id ?? '')
    assert.equal(call(), null)
    assert.equal(await stateOf(street, message), 'delivered', 'that it was heard is not taken back')
  })

  test('a call that is declined is told as such, and the same call is not made twice', async (t) => {
    const street = await openServerWithCarriers(t)
    const { hands, world } = street
    const delivery = { id: 'out_same', address: NUMBER, payload: CALL }
    const channel = world.channels.get('voice')
    await channel?.deliver(delivery)
    await channel?.deliver(delivery)
    assert.equal(hands.voice.calls.length, 1)
    const { id } = hands.voice.calls[0] ?? { id: '' }
    await hands.voice.hangUp(id)
    assert.equal(await stateOf(street, id), 'unreachable')
  })

  test('only a caller who has seen the page of a handset makes it act', async (t) => {
    const { send, hands, issuer } = await openServerWithCarriers(t)
    await send('voice', NUMBER, CALL)
    const { id } = hands.voice.calls[0] ?? { id: '' }
    const press = async (fields: Readonly<Record<string, string>>, origin = issuer) =>
      await fetch(`${issuer}/sim/calls/${id}/answer`, {
        method: 'POST',
        redirect: 'manual',
        body: new URLSearchParams(fields),
        headers: { origin },
      })
    const token = tokenOn(await (await fetch(`${issuer}/sim`)).text())
    assert.equal((await press({})).status, 403)
    assert.equal((await press({ token: 'a'.repeat(token.length) })).status, 403)
    assert.equal((await press({ token }, 'https://elsewhere.example')).status, 403)
    assert.equal(hands.voice.calls[0]?.state, 'ringing')
    assert.equal((await press({ token, number: NUMBER })).status, 303)
    assert.equal(hands.voice.calls[0]?.state, 'answered')
  })

  test('what is chosen to go wrong goes wrong', async (t) => {
    const { hands, issuer, send } = await openServerWithCarriers(t)
    const token = tokenOn(await (await fetch(`${issuer}/sim`)).text())
    const set = async (fields: Readonly<Record<string, string>>) =>
      await fetch(`${issuer}/sim/faults`, {
        method: 'POST',
        redirect: 'manual',
        headers: { origin: issuer },
        body: new URLSearchParams({ token, ...fields }),
      })
    await set({ text: 'refuse', voice: 'broken', mail: 'refuse' })
    const text = await send('sms', NUMBER, { text: TEXT, language: 'en' })
    assert.deepEqual(text, { outcome: 'failed', reason: 'rejected' })
    assert.equal((await send('voice', NUMBER, CALL)).outcome, 'later')
    const mail = await send('email', 'anna@example.com', { subject: 'a', text: 'b' })
    assert.deepEqual(mail, { outcome: 'failed', reason: 'rejected' })
    await set({ text: '', voice: 'nonsense', mail: '' })
    assert.deepEqual([hands.centre.fault, hands.voice.fault, hands.mail.fault], [null, null, null])
  })

  test('a card counts up and never down, also after a restart; one that is not there does not', async (t) => {
    const { issuer } = await openServerWithCarriers(t)
    const token = tokenOn(await (await fetch(`${issuer}/sim`)).text())
    const count = async (serial: string) =>
      await fetch(`${issuer}/sim/cards/${serial}/count`, {
        method: 'POST',
        headers: { origin: issuer },
        body: new URLSearchParams({ token }),
      })
    for (const counter of [0, 1, 2])
      assert.deepEqual(await (await count('00418-7731')).json(), { counter })
    assert.equal((await count('00000-0000')).status, 404)
  })
})
