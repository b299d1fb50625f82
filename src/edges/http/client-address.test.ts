import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { clientAddressOf, trustIn } from '#edges/http/client-address.ts'

const PROXIES = ['127.0.0.1', '10.0.0.0/8', '2001:db8:ffff::/48']
const PROXY = '127.0.0.1'

const addressOf = (
  forwarded: string | undefined,
  { from = PROXY, proxies = PROXIES }: { readonly from?: string; readonly proxies?: string[] } = {},
) =>
  clientAddressOf(
    {
      headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
      socket: { remoteAddress: from },
    },
    trustIn(proxies),
  )

suite('A29 S117 the address of a client', () => {
  const rows = [
    [undefined, PROXY],
    ['203.0.113.9', '203.0.113.9'],
    [' 203.0.113.9 ', '203.0.113.9'],
    ['203.0.113.9:50001', '203.0.113.9'],
    ['203.0.113.9:0', '203.0.113.9'],
    ['203.0.113.9:65535', '203.0.113.9'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['[::ffff:203.0.113.9]:50001', '203.0.113.9'],
    ['2001:DB8:0::1', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['[2001:db8:0:0::1]:443', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    // From the right, for as long as a proxy of the operator says it.
    ['198.51.100.1, 203.0.113.9', '203.0.113.9'],
    ['198.51.100.1, 203.0.113.9, 10.1.2.3', '203.0.113.9'],
    ['198.51.100.1, 203.0.113.9:1, 10.1.2.3:2, [2001:db8:ffff::7]:3', '203.0.113.9'],
    ['198.51.100.1,203.0.113.9,::ffff:10.1.2.3', '203.0.113.9'],
    ['unknown, 203.0.113.9', '203.0.113.9'],
    // An empty element of a list is none.
    ['203.0.113.9, , 10.1.2.3,', '203.0.113.9'],
    ['10.1.2.3', '10.1.2.3'],
  ] as const

  for (const [forwarded, address] of rows) {
    test(`is ${address} where the proxy says ${forwarded}`, () =>
      assert.deepEqual(addressOf(forwarded), { address, isBad: false }))
  }

  const garbage = [
    '',
    ' ',
    ',',
    ', ,',
    'unknown',
    '_hidden',
    'client.example.com',
    'x'.repeat(8_000),
    '203.0.113.9:65536',
    '203.0.113.9:',
    '203.0.113.9:x',
    '203.0.113.9:443:443',
    '203.0.113',
    '[2001:db8::1',
    '2001:db8::1]',
    '[2001:db8::1]443',
    '[2001:db8::1]:',
    '[203.0.113.9]:443',
    '0313.0.113.9',
    '3405803785',
    '0x7f.1',
    '203.0.113.9;',
    "' or 1=1",
    '203.0.113.9 10.0.0.1',
  ]
  for (const said of garbage) {
    test(`is the proxy’s own where it says ${JSON.stringify(said.slice(0, 40))}`, () => {
      assert.deepEqual(addressOf(said), { address: PROXY, isBad: true })
    })
  }

  test('is that of the proxy which said what is no address', () => {
    const said = addressOf('203.0.113.9, garbage, 10.1.2.3')
    assert.deepEqual(said, { address: '10.1.2.3', isBad: true })
  })

  test('is that of the connection where no proxy is trusted, whatever the header says', () => {
    for (const said of ['203.0.113.9', 'garbage', '']) {
      const untrusted = addressOf(said, { proxies: [] })
      assert.deepEqual(untrusted, { address: PROXY, isBad: false })
      const stranger = addressOf(said, { from: '::ffff:198.51.100.77' })
      assert.deepEqual(stranger, { address: '198.51.100.77', isBad: false })
    }
  })

  const proxies = [
    ['loopback', ['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1'], ['128.0.0.1', '::2']],
    ['linklocal', ['169.254.1.1', 'fe80::1%eth0'], ['169.253.1.1', 'fec0::1']],
    [
      'uniquelocal',
      ['10.1.1.1', '172.31.0.1', '192.168.0.1', 'fd00::1'],
      ['172.32.0.1', 'fe00::1'],
    ],
    ['10.0.0.5', ['10.0.0.5', '::ffff:10.0.0.5'], ['10.0.0.6']],
    ['::ffff:10.0.0.5', ['10.0.0.5'], ['10.0.0.6']],
    ['::ffff:10.0.0.0/104', ['10.9.9.9'], ['11.0.0.1']],
    ['2001:db8::/32', ['2001:DB8:1::1'], ['2001:db9::1', '10.0.0.1']],
    ['fe80::1%eth0', ['fe80::1%eth0'], ['fe80::2']],
    ['0.0.0.0/0', ['203.0.113.9'], ['2001:db8::1']],
  ] as const
  for (const [network, trusted, others] of proxies) {
    test(`is believed of a proxy in ${network}, and of no other`, () => {
      const believed = (from: string) =>
        addressOf('198.51.100.1', { from, proxies: [network] }).address === '198.51.100.1'
      assert.deepEqual(
        trusted.map(believed),
        trusted.map(() => true),
      )
      assert.deepEqual(
        others.map(believed),
        others.map(() => false),
      )
    })
  }
})
