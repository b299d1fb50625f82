import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  addressIn,
  endSiteOf,
  isWithin,
  namedNetwork,
  networkOf,
  overlapping,
} from '#engine/network.ts'

suite('A29 a network address', () => {
  const spellings = [
    ['203.0.113.9', ['203.0.113.9', '::ffff:203.0.113.9', '::FFFF:cb00:7109']],
    ['203.0.113.9', ['0:0:0:0:0:ffff:203.0.113.9', '0000:0000:0000:0000:0000:ffff:cb00:7109']],
    ['2001:db8::1', ['2001:db8::1', '2001:DB8:0:0:0:0:0:1', '2001:0db8::0001', '2001:db8:0::1']],
    ['2001:db8::1:0:0:1', ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1']],
    ['fe80::1', ['fe80::1', 'fe80::1%eth0', 'FE80:0::1%2']],
  ] as const

  for (const [address, written] of spellings) {
    for (const spelling of written) {
      test(`${spelling} is ${address}`, () => assert.equal(addressIn(spelling), address))
    }
  }

  const none = [
    '',
    ' ',
    'unknown',
    '_hidden',
    'localhost',
    '<script>',
    'x'.repeat(10_000),
    '203.0.113',
    '203.0.113.256',
    '0313.0.113.9',
    '0xcb.0.113.9',
    '3405803785',
    '203.0.113.9/32',
    '203.0.113.9:443',
    '[2001:db8::1]',
    '2001:db8::1::2',
    '2001:db8:::1',
    '12345::1',
    ':',
    '::g',
  ]
  for (const text of none) {
    test(`is none in ${JSON.stringify(text.slice(0, 40))}`, () =>
      assert.equal(addressIn(text), null))
  }
})

suite('A29 the network of an address', () => {
  const rows = [
    ['203.0.113.0/24', ['203.0.113.0', '203.0.113.255', '::ffff:203.0.113.7']],
    ['203.0.112.0/24', ['203.0.112.255']],
    ['2001:db8::/48', ['2001:db8::1', '2001:db8:0:0:0:0:0:1', '2001:DB8:0:ffff:1:2:3:4']],
    ['2001:db8:1::/48', ['2001:db8:1::', '2001:0db8:0001:ffff:ffff:ffff:ffff:ffff']],
    ['::/48', ['::1']],
  ] as const

  for (const [network, addresses] of rows) {
    for (const address of addresses) {
      test(`of ${address} is ${network}`, () => assert.equal(networkOf(address), network))
    }
  }

  test('of what is no address is that text alone', () => assert.equal(networkOf('?'), '?'))
})

suite('A23 the line of an address', () => {
  test('is the address itself in IPv4', () => {
    assert.equal(endSiteOf('203.0.113.9'), endSiteOf('::ffff:203.0.113.9'))
    assert.notEqual(endSiteOf('203.0.113.9'), endSiteOf('203.0.113.10'))
  })

  test('is a /64 in IPv6', () => {
    assert.equal(endSiteOf('2001:db8:0:1::1'), endSiteOf('2001:db8:0:1:ffff::2'))
    assert.notEqual(endSiteOf('2001:db8:0:1::1'), endSiteOf('2001:db8:0:2::1'))
  })
})

suite('R130 a network that a client names', () => {
  const networks = [
    ['203.0.113.7', ['203.0.113.7', ' 203.0.113.7 ', '203.0.113.7/32', '::ffff:203.0.113.7']],
    ['203.0.113.0/24', ['203.0.113.0/24', '203.0.113.7/24', '::ffff:203.0.113.7/120']],
    ['203.0.0.0/16', ['203.0.113.7/16', '::FFFF:203.0.0.0/112']],
    ['2001:db8::7', ['2001:db8::7', '2001:DB8:0:0:0:0:0:7', '2001:db8::7/128']],
    ['2001:db8::/48', ['2001:db8::/48', '2001:db8::7/48']],
    ['2001:db8::/32', ['2001:db8:ffff::/32']],
  ] as const
  for (const [network, written] of networks) {
    for (const spelling of written) {
      test(`${spelling} is ${network}`, () =>
        assert.deepEqual(namedNetwork(spelling), { ok: true, network }))
    }
  }

  const refused = [
    ['too-wide', ['0.0.0.0/0', '203.0.0.0/15', '::/0', '2001:db8::/31']],
    ['too-wide', ['::ffff:0:0/96', '::ffff:203.0.0.0/111', '::ffff:203.0.0.0/95']],
    ['malformed', ['', ' ', 'home', '203.0.113', '203.0.113.256', '203.0.113.0/33', '/24']],
    ['malformed', ['203.0.113.0/', '203.0.113.0/024', '203.0.113.0/-1', '203.0.113.0/24/24']],
    ['malformed', ['203.0.113.0-203.0.113.9', '203.0.113.7, 203.0.113.8', '0313.0.113.9']],
    ['malformed', ['2001:db8::/129', 'fe80::1%eth0', '[2001:db8::1]', '203.0.113.7:443']],
    ['malformed', ['<script>', '203.0.113.7\n203.0.113.8', '1'.repeat(2_000)]],
  ] as const
  for (const [why, all] of refused) {
    for (const written of all) {
      test(`${JSON.stringify(written.slice(0, 40))} is ${why}`, () =>
        assert.deepEqual(namedNetwork(written), { ok: false, problem: `network.${why}` }))
    }
  }

  test('overlaps with one that holds it, and with one that it holds, of its own kind alone', () => {
    const listed = ['198.51.100.7', '203.0.113.0/24', '2001:db8::/48']
    assert.equal(overlapping(listed, '203.0.113.128/25'), '203.0.113.0/24')
    assert.equal(overlapping(listed, '203.0.0.0/16'), '203.0.113.0/24')
    assert.equal(overlapping(listed, '198.51.100.0/24'), '198.51.100.7')
    assert.equal(overlapping(listed, '2001:db8:0:1::/64'), '2001:db8::/48')
    assert.equal(overlapping(listed, '203.0.112.0/24'), null)
    assert.equal(overlapping(listed, '2001:db8:1::/48'), null)
  })

  test('holds its first and its last address, and none beside them', () => {
    const networks = ['203.0.113.0/25', '198.51.100.7', '2001:db8::/48']
    const inside = ['203.0.113.0', '203.0.113.127', '198.51.100.7', '2001:db8:0:ffff::1']
    const outside = ['203.0.112.255', '203.0.113.128', '198.51.100.8', '2001:db8:1::']
    for (const address of [...inside, '::ffff:203.0.113.9']) assert.ok(isWithin(networks, address))
    for (const address of [...outside, '', 'unknown', undefined]) {
      assert.equal(isWithin(networks, address), false, address)
    }
    assert.equal(isWithin([], '203.0.113.7'), false)
  })
})
