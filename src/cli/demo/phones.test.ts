import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DEMO_CLIENTS } from '#cli/demo/clients.ts'
import { bindOldPhones } from '#cli/demo/phones.ts'
import { deliverDue } from '#engine/delivery/outbox.ts'
import { sample } from '#methods/sms-code/sample.ts'
import { textsOf } from '../../../test/support/clients/texts.ts'
import { openDoor, visitor } from '../../../test/support/server/door.ts'

/** Who have a number besides to confirm it with. */
const OLD = DEMO_CLIENTS.filter(({ oldPhone, byText }) => oldPhone !== undefined && byText)

test('R061 the demo has a client in each language whose phone is so old that another may take its place', async (t) => {
  assert.deepEqual(OLD.map(({ language }) => language).toSorted(), ['en', 'fr'])
  for (const { userName, password, accounts, oldPhone } of OLD) {
    const door = await openDoor(t)
    const { world } = door
    const inbox = textsOf(world)
    const holds = [{ method: 'sms-code', state: sample.state }]
    await world.add({ userName, password, accounts, holds })
    await bindOldPhones(
      world,
      OLD.filter((one) => one.userName === userName),
    )
    const browser = visitor(door)
    await browser.open('/portal/security/enrolments/new?method=phone-key&here=true')
    await browser.submit('/login', { userName, password, environment: 'live' })
    await deliverDue(world)
    const offer = await browser.submit(/answer$/, { answer: inbox.latest() })
    assert.match(offer.words, /the new phone waits at least 12 hours/, oldPhone)
    assert.match(offer.html, /name="method" value="phone-key"/)
  }
})
