import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import {
  all,
  bytesOf,
  container,
  KEY,
  SECRET,
  SUITE,
  type WrittenContainer,
  type WrittenKey,
} from '#keyfiles/container.fixture.ts'
import type { Item, Opening } from '#keyfiles/key-file.ts'
import { readPskc } from '#keyfiles/pskc.ts'

const figure = (number: number) =>
  readFileSync(new URL(`rfc6030-figure-${number}.xml`, import.meta.url), 'utf8')

/** Written by python-pskc, under the key 00 01 02 … */
const otherWriter = (name: string) =>
  readFileSync(new URL(`other-writer-${name}.xml`, import.meta.url), 'utf8')

async function read(text: string, opening: Opening | null = null, size?: number): Promise<Item[]> {
  return await all(readPskc(bytesOf(text, size), opening))
}

/** What became of each key, or of the file. */
async function outcomes(text: string, opening: Opening | null = null): Promise<string[]> {
  return (await read(text, opening)).map((item) => {
    if ('unreadable' in item) return `file: ${item.unreadable}`
    return 'key' in item ? item.key.serial : item.refused
  })
}

const encryptedWith = (key: WrittenKey, more: Partial<WrittenContainer> = {}) =>
  outcomes(container({ key: KEY, keys: [key], ...more }), { preShared: KEY })

const preShared = Buffer.from('12345678901234567890123456789012', 'hex')

suite('PSKC, RFC 6030', () => {
  test('figure 6: a pre-shared key opens the MAC key, and that vouches for the secret', async () => {
    for (const size of [1, 7, 64 * 1024]) {
      const [item, ...more] = await read(figure(6), { preShared }, size)
      assert.deepEqual(more, [])
      assert.ok(item && 'key' in item)
      assert.equal(Buffer.from(item.key.secret).toString(), '12345678901234567890')
      assert.equal(item.key.serial, '987654321')
      assert.equal(item.key.algorithm, 'urn:ietf:params:xml:ns:keyprov:pskc:hotp')
      assert.equal(item.key.counter, 0)
    }
  })

  test('figure 7: a key derived from a passphrase', async () => {
    const [item] = await read(figure(7), { password: 'qwerty' })
    assert.ok(item && 'key' in item)
    assert.equal(Buffer.from(item.key.secret).toString(), '12345678901234567890')
    assert.deepEqual(await outcomes(figure(7), { password: 'qwertz' }), ['file: wrong-key'])
  })

  test('what does not open a file is told from what does', async () => {
    assert.deepEqual(await outcomes(figure(6)), ['file: needs-key'])
    assert.deepEqual(await outcomes(figure(6), { password: 'qwerty' }), ['file: needs-key'])
    assert.deepEqual(await outcomes(figure(7), { preShared }), ['file: needs-password'])
    const [other] = await outcomes(figure(6), { preShared: Buffer.alloc(16, 1) })
    assert.ok(other === 'file: wrong-key' || other === 'wrong-mac', other)
    assert.deepEqual(await outcomes(figure(6), { preShared: Buffer.alloc(32) }), [
      'file: wrong-key',
    ])
    const plain = container({ keys: [{}] })
    assert.deepEqual(await outcomes(plain, { preShared }), ['file: unexpected-key'])
  })

  test('a value that was changed is not opened, and neither is one without its MAC', async () => {
    const changed = figure(6).replace('AAECAwQF', 'AAECAwQG')
    assert.deepEqual(await outcomes(changed, { preShared }), ['wrong-mac'])
    const other = figure(6).replace('Su+NvtQf', 'Su+NvtQg')
    assert.deepEqual(await outcomes(other, { preShared }), ['wrong-mac'])
    assert.deepEqual(await encryptedWith({ mac: null }), ['no-mac'])
    assert.deepEqual(await encryptedWith({ mac: 'AAAA' }), ['wrong-mac'])
    assert.deepEqual(await encryptedWith({ mac: 'not base64' }), ['no-mac'])
  })

  test('the MAC is looked at before the padding: what is opened wrongly can not tell anything', async () => {
    // The last block decides the padding. Whatever it says, the answer is the same.
    for (const last of ['A', 'B', 'Q', 'g', 'v']) {
      const changed = figure(6).replace('IUqGv', `IUqG${last}`)
      const [outcome] = await outcomes(changed, { preShared })
      assert.equal(outcome, last === 'v' ? '987654321' : 'wrong-mac')
    }
  })

  test('AES of every length, CBC and key wraps, every MAC, MAC key of its own or that of the encryption', async () => {
    for (const key of [KEY, KEY.subarray(0, 24), KEY.subarray(0, 16)]) {
      for (const cipher of ['cbc', 'wrap', 'padded'] as const) {
        for (const mac of ['sha1', 'sha256', 'sha384', 'sha512'] as const) {
          for (const ownMacKey of [true, false]) {
            const text = container({ key, cipher, mac, ownMacKey, keys: [{}] })
            assert.deepEqual(await outcomes(text, { preShared: key }), ['CARD-1'])
          }
        }
      }
    }
  })

  test('a wrapped key needs no MAC; what was changed, and what another key wrapped, is not opened', async () => {
    for (const cipher of ['wrap', 'padded'] as const) {
      const text = container({ key: KEY, cipher, keys: [{ mac: null }] })
      const bare = text.replace(/<MACMethod[^]*<\/MACMethod>/, '')
      for (const open of [text, bare]) {
        assert.deepEqual(await outcomes(open, { preShared: KEY }), ['CARD-1'])
      }
      const changed = bare.replace(/(?<=CipherValue>)./, (one) => (one === 'A' ? 'B' : 'A'))
      assert.deepEqual(await outcomes(changed, { preShared: KEY }), ['wrong-mac'])
      const short = bare.replace(/CipherValue>[^<]*/, 'CipherValue>AAAA')
      assert.deepEqual(await outcomes(short, { preShared: KEY }), ['wrong-mac'])
      const other = Buffer.alloc(32, 1)
      assert.deepEqual(await outcomes(bare, { preShared: other }), ['wrong-mac'])
      assert.deepEqual(await outcomes(text, { preShared: other }), ['file: wrong-key'])
      const wrong = container({ key: KEY, cipher, keys: [{ mac: 'AAAA' }] })
      assert.deepEqual(await outcomes(wrong, { preShared: KEY }), ['wrong-mac'])
      assert.deepEqual(
        await outcomes(wrong.replace(/<MACMethod[^]*<\/MACMethod>/, ''), { preShared: KEY }),
        ['file: no-mac'],
      )
    }
  })

  test('what another program wrapped opens; what it encrypted with 3DES is refused for that', async () => {
    const bytes = (count: number) => Buffer.from(Array.from({ length: count }, (_, at) => at))
    const [item] = await read(otherWriter('kw-aes256'), { preShared: bytes(32) })
    assert.ok(item && 'key' in item)
    assert.equal(Buffer.from(item.key.secret).toString(), '12345678901234567890123456789012')
    const old = otherWriter('3des')
    assert.deepEqual(await outcomes(old, { preShared: bytes(24) }), ['file: triple-des'])
    const wrapped = old.replaceAll('tripledes-cbc', 'kw-tripledes')
    assert.deepEqual(await outcomes(wrapped, { preShared: bytes(24) }), ['file: triple-des'])
    // Where only the values are under it.
    const headless = old.replace(/<pskc:MACKey>[^]*<\/pskc:MACKey>/, '')
    assert.deepEqual(await outcomes(headless, { preShared: bytes(24) }), ['triple-des'])
  })

  test('PBKDF2 with SHA-256, and an iteration count that would take all day', async () => {
    const prf = 'http://www.w3.org/2001/04/xmldsig-more#hmac-sha256'
    const text = container({ password: 'a password', prf, keys: [{}] })
    assert.deepEqual(await outcomes(text, { password: 'a password' }), ['CARD-1'])
    for (const iterations of [0, 5_000_001, 999_999_999]) {
      const slow = text.replace('Count>1000<', `Count>${iterations}<`)
      assert.deepEqual(await outcomes(slow, { password: 'a password' }), ['file: key-derivation'])
    }
    const other = container({ password: 'a', prf: 'http://example.com/md5', keys: [{}] })
    assert.deepEqual(await outcomes(other, { password: 'a' }), ['file: key-derivation'])
  })

  test('an algorithm is known by every spelling that can mean nothing else', async () => {
    const urn = 'urn:ietf:params:xml:ns:keyprov:pskc'
    const other = 'OCRA-1:HOTP-SHA512-8:C-QN08'
    const rows = [
      // As registered, as LinOTP and people write it, and as the drafts of 2008 did.
      [`${urn}:ocra`, SUITE, `${urn}:ocra`, SUITE],
      [`${urn}:OCRA`, SUITE, `${urn}:ocra`, SUITE],
      [`${urn}#ocra`, SUITE, `${urn}:ocra`, SUITE],
      [' ocra ', SUITE, `${urn}:ocra`, SUITE],
      ['HOTP', '', `${urn}:hotp`, null],
      [`${urn}#totp`, '', `${urn}:totp`, null],
      [`${urn}#${other}`, '', `${urn}:ocra`, other],
      [`${urn}#${other}`, other, `${urn}:ocra`, other],
      // Two suites, a mere resemblance, and the name of another.
      [`${urn}#${other}`, SUITE, `${urn}#${other}`, SUITE],
      [`${urn}:ocra2`, SUITE, `${urn}:ocra2`, SUITE],
      [`${urn}:`, SUITE, `${urn}:`, SUITE],
      ['http://example.com/ocra', SUITE, 'http://example.com/ocra', SUITE],
      ['', SUITE, '', SUITE],
    ] as const
    for (const [algorithm, suite, expected, with_] of rows) {
      const [item] = await read(container({ key: KEY, keys: [{ algorithm, suite }] }), {
        preShared: KEY,
      })
      assert.ok(item && 'key' in item, algorithm)
      assert.deepEqual([item.key.algorithm, item.key.suite], [expected, with_], algorithm)
    }
  })

  test('an OCRA key brings its suite, its counter, and what may be done with it', async () => {
    const policy = `<Policy><StartDate>2026-01-01T00:00:00Z</StartDate>
      <ExpiryDate>2030-01-01T01:00:00+01:00</ExpiryDate>
      <PINPolicy PINUsageMode="Algorithmic" MinLength="4"/><KeyUsage>CR</KeyUsage></Policy>`
    const text = container({ key: KEY, keys: [{ counter: 7, policy }] })
    const [item] = await read(text, { preShared: KEY })
    assert.ok(item && 'key' in item)
    const { secret, ...key } = item.key
    assert.deepEqual(Buffer.from(secret), SECRET)
    assert.deepEqual(key, {
      serial: 'CARD-1',
      algorithm: 'urn:ietf:params:xml:ns:keyprov:pskc:ocra',
      suite: SUITE,
      counter: 7,
      pin: null,
      usages: ['CR'],
      pinMode: 'Algorithmic',
      startsAt: Date.UTC(2026, 0, 1),
      expiresAt: Date.UTC(2030, 0, 1),
    })
    const [encrypted] = await read(container({ key: KEY, keys: [{ counter: 'encrypted' }] }), {
      preShared: KEY,
    })
    assert.ok(encrypted && 'key' in encrypted)
    assert.equal(encrypted.key.counter, 0x102)
  })

  test('each key that is refused says why, and the others are read', async () => {
    const cases: readonly (readonly [WrittenKey, string])[] = [
      [{ serial: '' }, 'no-serial'],
      [{ serial: 'has spaces' }, 'no-serial'],
      [{ serial: 'A'.repeat(64) }, 'A'.repeat(64)],
      [{ serial: 'A'.repeat(65) }, 'no-serial'],
      [{ plain: true }, 'not-encrypted'],
      [{ counter: -1 }, 'counter'],
      [{ counter: 1.5 }, 'counter'],
      [{ counter: Number.MAX_SAFE_INTEGER }, 'CARD-1'],
      [{ counter: 2 ** 53 }, 'counter'],
      [{ device: '<ExpiryDate>2030-01-01T00:00:00</ExpiryDate>' }, 'date'],
      [{ device: '<ExpiryDate>2030-13-01T00:00:00Z</ExpiryDate>' }, 'date'],
      [{ policy: '<Policy><NumberOfTransactions>3</NumberOfTransactions></Policy>' }, 'policy'],
      [{ policy: '<Policy><x xmlns="http://example.com/"/></Policy>' }, 'policy'],
    ]
    for (const [key, outcome] of cases) {
      const text = container({ key: KEY, keys: [{ serial: 'BEFORE' }, key, { serial: 'AFTER' }] })
      const all = await outcomes(text, { preShared: KEY })
      assert.deepEqual(all, ['BEFORE', outcome, 'AFTER'], JSON.stringify(key))
    }
    const text = container({ keys: [{}] }).replace(/<Data>[^]*<\/Data>/, '')
    assert.deepEqual(await outcomes(text), ['no-secret'])
  })

  test('an encrypted value in a container without a key, and the other way round', async () => {
    const packages = container({ key: KEY, keys: [{}] }).match(
      /<KeyPackage>[^]*<\/KeyPackage>/,
    )?.[0]
    const text = container({ keys: [] }).replace('</KeyContainer>', `${packages}</KeyContainer>`)
    assert.deepEqual(await outcomes(text), ['no-key'])
  })

  test('ciphers and MACs that it does not know are no ciphers and no MACs', async () => {
    const text = container({ key: KEY, keys: [{}] })
    const later = text.replace(/(<Secret>[^]*)aes256-cbc/, '$1aes256-gcm')
    assert.deepEqual(await outcomes(later, { preShared: KEY }), ['cipher'])
    const mac = text.replace('more#hmac-sha256', 'more#hmac-zha9')
    assert.deepEqual(await outcomes(mac, { preShared: KEY }), ['file: mac-algorithm'])
    const none = text.replace(/<MACMethod[^]*<\/MACMethod>/, '')
    assert.deepEqual(await outcomes(none, { preShared: KEY }), ['file: no-mac'])
    const rsa = text.replace('<ds:KeyName>K</ds:KeyName>', '<ds:X509Data/>')
    assert.deepEqual(await outcomes(rsa, { preShared: KEY }), ['file: key-transport'])
  })

  test('a document type is refused, whatever it declares: entities, files, a billion laughs', async () => {
    const laughs = Array.from(
      { length: 10 },
      (_, index) => `<!ENTITY l${index + 1} "${`&l${index};`.repeat(10)}">`,
    )
    const types = [
      '<!DOCTYPE KeyContainer>',
      `<!DOCTYPE x [<!ENTITY l0 "ha">${laughs.join('')}]>`,
      '<!DOCTYPE x SYSTEM "file:///etc/passwd">',
      '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://example.com/x.dtd">%p;]>',
    ]
    for (const before of types) {
      assert.deepEqual(await outcomes(container({ before, keys: [{}] })), ['file: doctype'])
    }
    const entity = container({ keys: [{ serial: '&l10;' }] })
    assert.deepEqual(await outcomes(entity), ['file: malformed'])
  })

  test('what is not well-formed, not UTF-8, or not a container is no file of keys', async () => {
    const text = container({ keys: [{}] })
    assert.deepEqual(await outcomes(''), ['file: malformed'])
    assert.deepEqual(await outcomes('serial,suite'), ['file: malformed'])
    assert.deepEqual(await outcomes('<KeyContainer/>'), ['file: structure'])
    assert.deepEqual(await outcomes(text.replace('Version="1.0"', 'Version="2.0"')), [
      'file: version',
    ])
    assert.deepEqual(await outcomes(container({ keys: [] })), ['file: empty'])
    // What was read before the end is refused with the rest: the engine throws it away.
    assert.deepEqual((await outcomes(text.slice(0, -10))).at(-1), 'file: malformed')
    assert.deepEqual((await outcomes(`${text}<more/>`)).at(-1), 'file: malformed')
    const latin = text.replace('encoding="UTF-8"', 'encoding="ISO-8859-1"')
    assert.deepEqual(await outcomes(latin), ['file: not-utf-8'])
    const broken = async function* () {
      yield Buffer.from(text.slice(0, 200))
      yield Uint8Array.of(0xff, 0xfe)
    }
    const [item] = await all(readPskc(broken()))
    assert.ok(item && 'unreadable' in item)
    assert.equal(item.unreadable, 'not-utf-8')
  })

  test('there is a limit on depth, on elements, on text and on silence', async () => {
    const inside = (content: string) =>
      outcomes(container({ keys: [{ device: `<Extensions>${content}</Extensions>` }] }))
    assert.deepEqual(await inside('<x>'.repeat(21) + '</x>'.repeat(21)), ['CARD-1'])
    assert.deepEqual(await inside('<x>'.repeat(22) + '</x>'.repeat(22)), ['file: too-large'])
    assert.deepEqual(await inside('<x/>'.repeat(495)), ['CARD-1'])
    assert.deepEqual(await inside('<x/>'.repeat(512)), ['file: too-large'])
    assert.deepEqual(await inside('a'.repeat(60_000)), ['CARD-1'])
    assert.deepEqual(await inside('a'.repeat(70_000)), ['file: too-large'])
    assert.deepEqual(await inside(`<x a="${'a'.repeat(70_000)}"/>`), ['file: too-large'])
    const comment = `<!--${'a'.repeat(400_000)}-->`
    assert.deepEqual(await inside(comment), ['file: too-large'])
    assert.deepEqual(await outcomes(container({ before: comment, keys: [{}] })), [
      'file: too-large',
    ])
  })

  test('a head after the first key, or a second one, wants to be read in two ways', async () => {
    const text = container({ key: KEY, keys: [{}] })
    const method = text.match(/<MACMethod[^]*<\/MACMethod>/)?.[0] ?? ''
    const twice = text.replace('<KeyPackage>', `${method}<KeyPackage>`)
    assert.deepEqual(await outcomes(twice, { preShared: KEY }), ['file: structure'])
    const after = text.replace('</KeyContainer>', `${method}</KeyContainer>`)
    assert.deepEqual(await outcomes(after, { preShared: KEY }), ['CARD-1', 'file: structure'])
    const secrets = text.replace(/(<Secret>[^]*<\/Secret>)/, '$1$1')
    assert.deepEqual(await outcomes(secrets, { preShared: KEY }), ['file: structure'])
  })

  test('no bytes make it throw', async () => {
    const text = container({ key: KEY, keys: [{}] })
    const spoilt = fc
      .tuple(fc.nat(text.length), fc.nat(40), fc.string({ maxLength: 12 }))
      .map(([at, length, more]) => text.slice(0, at) + more + text.slice(at + length))
    await fc.assert(
      fc.asyncProperty(fc.oneof(spoilt, fc.string()), async (one) => {
        await read(one, { preShared: KEY })
      }),
      { numRuns: 300 },
    )
  })

  const pskctool = spawnSync('pskctool', ['--version']).status === 0
  test('pskctool reads the same keys', { skip: !pskctool && 'there is no pskctool' }, async () => {
    const serials = ['CARD-1', 'CARD-2', 'CARD-3']
    const keys = serials.map((serial, index) => ({
      serial,
      counter: index,
      secret: Buffer.alloc(32, serial),
    }))
    const text = container({ keys })
    const told = spawnSync('pskctool', ['--info', '--strict'], { input: text, encoding: 'utf8' })
    const found = [...told.stdout.matchAll(/SerialNo: (\S+)[^]*?Key Secret \(base64\): (\S+)/g)]
    const ours = (await read(text)).map((item) =>
      'key' in item ? [item.key.serial, Buffer.from(item.key.secret).toString('base64')] : [],
    )
    assert.equal(found.length, keys.length, told.stdout + told.stderr)
    assert.deepEqual(
      ours,
      found.map(([, serial, secret]) => [serial, secret]),
    )
    const encrypted = container({ key: KEY, keys })
    const valid = spawnSync('pskctool', ['--validate'], { input: encrypted, encoding: 'utf8' })
    assert.equal(valid.status, 0, valid.stdout + valid.stderr)
  })
})
