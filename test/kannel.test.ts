import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test, type TestContext } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { type MessageCentre, messageCentre } from '../examples/simulators/message-centre.ts'
import { freePorts } from './support/server/ports.ts'

/**
 * An independent peer: Kannel speaks SMPP to our message centre as any customer of a carrier would.
 * What the centre makes of it is what it makes of our own channel.
 */
const noKannel =
  spawnSync('bearerbox', ['--version']).error !== undefined && 'no Kannel: apt-get install kannel'

const TEXTS = [
  'Code 551908 [Example] {€ 5} ~ @login.example.com #551908',
  'Être à l’heure, reçu ✓',
  'a'.repeat(400),
]

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries += 1) {
    if (tries > 300) throw new Error('it never became so')
    await wait(50)
  }
}

/** Kannel's two programs, bound to the centre; @returns how to send, and what it was told. */
async function kannel(t: TestContext, centre: MessageCentre) {
  const [admin = 0, boxes = 0, http = 0] = await freePorts(3)
  const told: string[] = []
  const reports = createServer((request, response) => {
    told.push(request.url ?? '')
    response.end()
  }).listen(0, '127.0.0.1')
  await once(reports, 'listening')
  const { port } = reports.address() as AddressInfo
  const folder = mkdtempSync(join(tmpdir(), 'countersign-kannel-'))
  const file = join(folder, 'kannel.conf')
  writeFileSync(file, configuration(centre, { admin, boxes, http }))
  const running: ChildProcess[] = []
  const start = (name: string) => running.push(spawn(name, ['-v', '4', file], { stdio: 'ignore' }))
  t.after(async () => {
    for (const child of running.toReversed()) {
      child.kill('SIGKILL')
      if (child.exitCode === null) await once(child, 'close')
    }
    reports.close()
    rmSync(folder, { recursive: true, force: true })
  })
  start('bearerbox')
  await wait(1_000)
  start('smsbox')
  const ask = async (query: Readonly<Record<string, string>>) => {
    const sender = { username: 'tester', password: 'secret', from: 'Example', to: '+12025550142' }
    const report = { 'dlr-mask': '3', 'dlr-url': `http://127.0.0.1:${port}/?type=%d` }
    const fields = new URLSearchParams({ ...sender, ...report, charset: 'UTF-8', ...query })
    return await fetch(`http://127.0.0.1:${http}/cgi-bin/sendsms?${fields.toString()}`)
  }
  const send = async (text: string) => {
    const coding = text.includes('Ê') ? '2' : '0'
    for (let tries = 0; ; tries += 1) {
      const sent = await ask({ text, coding }).catch(() => null)
      if (sent?.ok) return
      if (tries > 100) throw new Error('Kannel does not listen')
      await wait(100)
    }
  }
  return { send, told }
}

suite('the message centre, and a peer that is not ours', { skip: noKannel }, () => {
  test('R006 Kannel binds, sends long and wide texts, and gets its receipts', async (t) => {
    const centre = await messageCentre({ travelMs: 50 })
    t.after(() => centre.close())
    const { send, told } = await kannel(t, centre)
    for (const [index, text] of TEXTS.entries()) {
      await send(text)
      await until(() => centre.texts.length === index + 1)
      assert.equal(centre.texts.at(-1)?.text, text)
    }
    await until(() => told.filter((line) => line === '/?type=1').length >= TEXTS.length)
  })
})

const configuration = (
  { port, systemId, password }: MessageCentre,
  { admin, boxes, http }: Readonly<Record<'admin' | 'boxes' | 'http', number>>,
): string => `
group = core
admin-port = ${admin}
admin-port-ssl = false
admin-password = secret
smsbox-port = ${boxes}
box-deny-ip = "*.*.*.*"
box-allow-ip = "127.0.0.1"
dlr-storage = internal

group = smsc
smsc = smpp
smsc-id = centre
host = 127.0.0.1
port = ${port}
transceiver-mode = true
smsc-username = ${systemId}
smsc-password = ${password}
system-type = ""
address-range = ""

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = ${http}
sendsms-chars = "0123456789+ "

group = sendsms-user
username = tester
password = secret
max-messages = 4
concatenation = true

group = sms-service
keyword = default
max-messages = 0
text = ""
`
