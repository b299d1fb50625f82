import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Contact, ContactKind } from '../contact/address.ts'
import { type AddressNow, lastReachOf, reachOf, type Way } from './reach.ts'
import type { ContactId, SubscriberId } from '../ids.ts'
import { instant } from '../time/time.ts'

const NOON = instant(Date.UTC(2026, 10, 20, 12))

/** `email`, `email?` for one that was replaced, `mobile!` for one that was used. */
function addressOf(written: string): AddressNow {
  const [name = '', way] = written.split(':')
  const kind = name.replace(/[?!]$/, '') as ContactKind
  const contact: Contact = {
    id: name as ContactId,
    subscriberId: 'sub_anna' as SubscriberId,
    kind,
    value: name,
    since: NOON,
    verifiedAt: null,
    replacedAt: name.endsWith('?') ? NOON : null,
  }
  const usual = kind === 'postal' ? 'none' : 'open'
  return { contact, way: (way ?? usual) as Way, isUsed: name.endsWith('!') }
}

const namesOf = (all: readonly Contact[]) => all.map(({ value }) => value).join(' ')

suite('Whom a notice reaches', () => {
  // Addresses; the recipients of an urgent notice, of another notice, and of a letter.
  const rows = [
    ['email mobile postal', 'email mobile', 'email', ''],
    ['mobile postal', 'mobile', 'mobile', ''],
    ['postal', '', '', 'postal'],
    ['postal postal?', '', '', 'postal postal?'],
    ['', '', '', ''],
    // No carrier.
    ['email:none mobile postal', 'mobile', 'mobile', ''],
    ['email:none mobile:none postal', '', '', 'postal'],
    // STOP: its sender can be forged.
    ['mobile:stopped postal', '', '', 'postal'],
    ['email mobile:stopped postal', 'email', 'email', ''],
    ['mobile mobile?:stopped postal', 'mobile', 'mobile', 'postal'],
    ['mobile:stopped mobile? postal', 'mobile?', 'mobile?', 'postal'],
    ['mobile:stopped mobile?', 'mobile?', 'mobile?', ''],
    // What was replaced may belong to another person.
    ['email email? postal', 'email email?', 'email email?', ''],
    ['email? postal', 'email?', 'email?', 'postal'],
    ['email? mobile postal', 'email? mobile', 'email? mobile', ''],
    // What was used.
    ['mobile! postal', 'mobile!', 'mobile!', 'postal'],
    ['mobile! email postal', 'mobile! email', 'email', ''],
    ['mobile! mobile? postal', 'mobile! mobile?', 'mobile! mobile?', 'postal'],
    ['mobile! email mobile?', 'mobile! email mobile?', 'email', ''],
    ['mobile! email? postal', 'mobile! email?', 'mobile! email?', 'postal'],
    ['mobile!', 'mobile!', 'mobile!', ''],
    ['mobile!:stopped postal', '', '', 'postal'],
  ] as const
  for (const [written, urgent, other, posted] of rows) {
    test(`is ${urgent || 'no address'}, of ${written || 'no address'}, and a letter goes to ${posted || 'no client'}`, () => {
      const addresses = written === '' ? [] : written.split(' ').map(addressOf)
      const [soon, later] = [true, false].map((isUrgent) => reachOf(addresses, { isUrgent }))
      assert.ok(soon && later)
      assert.equal(namesOf(soon.told), urgent)
      assert.equal(namesOf(later.told), other)
      for (const reach of [soon, later]) assert.equal(namesOf(reach.posted), posted)
    })
  }

  test('is every client who is left, where nothing has arrived', () => {
    const addresses = ['email', 'mobile!', 'mobile?:stopped', 'postal', 'postal?'].map(addressOf)
    const { told, posted } = lastReachOf(addresses)
    assert.deepEqual([namesOf(told), namesOf(posted)], ['email mobile!', 'postal postal?'])
  })
})
