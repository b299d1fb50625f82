import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { suite, test } from 'node:test'
import { completeActivation, openActivation, startEnrolment } from '#engine/devices/enrolment.ts'
import { testPhone } from '../../support/clients/phone.ts'
import {
  begun,
  firstSession,
  numberOn,
  PASSWORD,
  typed,
} from '../../support/clients/engine-story.ts'
import { browser, ISSUER, testWorld } from '../../support/server/world.ts'

suite('what lies on the disk', () => {
  test('A21 S43 S114 no secret of a whole login can be read in the files of the database', async (t) => {
    const world = await testWorld(t)
    await world.add({ userName: 'anna', password: PASSWORD })
    const session = await firstSession(world, 'anna')
    const invited = await startEnrolment(world, session, { method: 'phone-key' })
    assert.ok(invited.ok)
    const phone = await testPhone(ISSUER)
    const activation = { token: invited.token }
    const address = '198.51.100.9'
    assert.ok((await openActivation(world, { activation, address })).ok)
    const offer = { enrolment: invited.enrolment.id, now: world.now() }
    const request = await phone.activation(activation, offer)
    const bound = await completeActivation(world, {
      activation,
      address,
      request: request,
    })
    assert.ok(bound.ok)
    const client = browser()
    const login = await begun(world, client, 'anna')
    const number = await numberOn(world, login.id, client)
    const response = await phone.respond(number, world.now())
    const answered = await typed(world, login, { client, response })
    assert.ok(answered.ok && answered.token && answered.browserCookie)

    const secrets = {
      password: PASSWORD,
      'the short code': invited.code,
      'the long code': invited.token,
      'the OCRA key': request.ocraKey,
      'the OCRA key in bytes': Buffer.from(request.ocraKey, 'base64url').toString('latin1'),
      'the session': answered.token,
      'the recognition cookie': answered.browserCookie,
      'the holder of the login': client.holder,
      'the response': response,
    }
    const disk = filesBeside(world.url.replace('sqlite:', ''))
    // The file is the one that was written to: what need not be secret is there.
    assert.ok(disk.includes(login.id))
    for (const [what, secret] of Object.entries(secrets)) {
      assert.ok(!disk.includes(secret), `${what} lies on the disk`)
    }
  })
})

/** The database, its log and its index, as one text of bytes. */
function filesBeside(path: string): string {
  const folder = dirname(path)
  return readdirSync(folder)
    .map((name) => readFileSync(join(folder, name)).toString('latin1'))
    .join('')
}
