import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { domainToASCII } from 'node:url'
import fc from 'fast-check'
import { SPACES, spelt, UNSEEN } from '../../../test/support/pasted.ts'
import { isMailAddress, readMailAddress } from './mail-address.ts'

const read = (typed: string) => readMailAddress(typed, domainToASCII)
const addressOf = (typed: string): string => {
  const found = read(typed)
  return found.ok ? found.address : found.problem
}

const SECOND_READING = /[\s<>()[\]:;,\\"\p{C}]/u

suite('An address of mail', () => {
  test('is what mail servers take, and kept in one form', () => {
    const rows = [
      ['r&d@example.com', 'r&d@example.com'],
      ['tom/jerry@example.com', 'tom/jerry@example.com'],
      ['a=b@example.com', 'a=b@example.com'],
      ["!#$%&'*+-/=?^_`{|}~@example.com", "!#$%&'*+-/=?^_`{|}~@example.com"],
      ["o'neill+login@mail.example.co.uk", "o'neill+login@mail.example.co.uk"],
      ['Anna.Example@EXAMPLE.Com', 'Anna.Example@example.com'],
      ['anna@münchen.example', 'anna@xn--mnchen-3ya.example'],
      ['anna@MÜNCHEN.example', 'anna@xn--mnchen-3ya.example'],
      ['anna@mu\u0308nchen.example', 'anna@xn--mnchen-3ya.example'],
      ['anna@XN--MNCHEN-3YA.example', 'anna@xn--mnchen-3ya.example'],
      ['anna@пример.рф', 'anna@xn--e1afmkfd.xn--p1ai'],
      ['anna@xn--e1afmkfd.xn--p1ai', 'anna@xn--e1afmkfd.xn--p1ai'],
      ['anna@例え。テスト', 'anna@xn--r8jz45g.xn--zckzah'],
      ['anna@4you.example', 'anna@4you.example'],
      ['зоя@example.com', 'зоя@example.com'],
      ['jose\u0301@example.com', 'jos\u00e9@example.com'],
    ] as const
    for (const [typed, address] of rows) {
      assert.equal(addressOf(typed), address, typed)
      assert.equal(addressOf(address), address, 'it is its own form')
      assert.ok(isMailAddress(address), address)
    }
  })

  test('is read without what was copied with it', () => {
    for (const mark of [...UNSEEN, ...SPACES]) {
      if (mark === '\u0085') continue
      assert.equal(addressOf(`${mark}anna@example.com${mark}`), 'anna@example.com', spelt(mark))
    }
    for (const mark of UNSEEN)
      assert.equal(addressOf(`an${mark}na@exam${mark}ple.com`), 'anna@example.com')
  })

  test('is one, and can be read as nothing else', () => {
    const none = [
      '',
      '@',
      'anna',
      'anna@',
      '@example.com',
      'anna@localhost',
      'a b@example.com',
      'a@b@c.com',
      'anna@example.com, eve@example.com',
      'anna@example.com;eve@example.com',
      'g:a@example.com;',
      'anna@example.com\r\nRCPT TO:<eve@example.com>',
      'anna@example.com\nBcc: eve@example.com',
      '<anna@example.com>',
      'Anna <anna@example.com>',
      'anna(x)@example.com',
      'anna@example.com>SIZE=1',
      'a\\b@example.com',
      'a"b@example.com',
      'a[b@example.com',
      '.anna@example.com',
      'anna.@example.com',
      'an..na@example.com',
      'anna@.example.com',
      'anna@example..com',
      'anna@example.com.',
      'anna@-a.example',
      'anna@a-.example',
      'anna@exa_mple.com',
      'anna@[192.0.2.1]',
      'anna@192.0.2.1',
      'anna@0x7f.1',
      'anna@example.com:25',
      'anna@example.com/x',
      'anna@%65xample.com',
      'anna@a%2ecom',
      'anna@exam\u0000ple.com',
      'an\u0000na@example.com',
      'an\u2028na@example.com',
      '\ud800@example.com',
    ]
    for (const typed of none) {
      assert.equal(addressOf(typed), 'email.malformed', spelt(typed))
      assert.equal(isMailAddress(typed), false, spelt(typed))
    }
    for (const typed of ['"anna eve"@example.com', '"a@b"@example.com', ' "anna"@example.com'])
      assert.equal(addressOf(typed), 'email.quoted', typed)
  })

  test('is as long as a mail server takes, in octets', () => {
    const domain = `${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(57)}.com`
    assert.equal(`${'a'.repeat(64)}@${domain}`.length, 254)
    for (const name of ['a'.repeat(64), 'é'.repeat(32)])
      assert.equal(addressOf(`${name}@${domain}`), `${name}@${domain}`)
    for (const typed of [
      `${'a'.repeat(65)}@example.com`,
      `${'é'.repeat(33)}@example.com`,
      `${'a'.repeat(64)}@x${domain}`,
      `a@${'b'.repeat(64)}.com`,
      `a@${'b.'.repeat(130)}com`,
    ]) {
      assert.equal(addressOf(typed), 'email.malformed', typed)
    }
  })

  test('whatever is typed, there is an answer, and what is taken has one reading', () => {
    const mixed = (characters: string) =>
      fc.string({ unit: fc.constantFrom(...characters), maxLength: 12 })
    const near = fc
      .tuple(mixed('annaé"<>()[]:;,@.\\ %\r\n-'), mixed('exampleü..:/%@ -1'))
      .map(([name, domain]) => `${name}@${domain}.com`)
    fc.assert(
      fc.property(fc.oneof(near, fc.string({ unit: 'binary' })), (typed) => {
        const found = read(typed)
        if (!found.ok) return
        const { address } = found
        assert.deepEqual(read(address), found)
        assert.equal(address.split('@').length, 2)
        assert.doesNotMatch(address, SECOND_READING)
      }),
      { numRuns: 200 },
    )
  })
})
