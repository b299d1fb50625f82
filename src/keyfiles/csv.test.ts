import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { all, bytesOf, SECRET, SUITE } from '#keyfiles/container.fixture.ts'
import { readCsv } from '#keyfiles/csv.ts'
import type { Item } from '#keyfiles/key-file.ts'

const HEX = SECRET.toString('hex')
const HEAD = 'serial,suite,secret_hex,counter,pin'
const LINE = `card-1,${SUITE},${HEX},7,0042`

const read = async (text: string, size?: number): Promise<Item[]> =>
  await all(readCsv(bytesOf(text, size)))

const outcomes = async (text: string): Promise<string[]> =>
  (await read(text)).map((item) => {
    if ('unreadable' in item) return `file: ${item.unreadable}`
    return `${item.line} ${'key' in item ? item.key.serial : item.refused}`
  })

suite('A table of keys', () => {
  test('its columns stand in any order, in hexadecimal or base32, with commas or semicolons', async () => {
    const base32 = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA===='
    const unpadded = base32.slice(0, -4).toLowerCase()
    const files = [
      `${HEAD}\n${LINE}\n`,
      `\uFEFF${HEAD}\r\n${LINE}\r\n`,
      `PIN;Counter;Secret_Hex;Suite;Serial\n0042;7;${HEX.toUpperCase()};${SUITE};CARD-1`,
      `serial,suite,secret_base32,counter,pin\n"card-1","${SUITE}",${base32},7,0042\n\n`,
      `serial,suite,secret_base32,counter,pin\n card-1 , ${SUITE} ,${unpadded}, 7 ,0042`,
    ]
    for (const file of files) {
      for (const size of [1, 5, 4096]) {
        const [item, ...more] = await read(file, size)
        assert.deepEqual(more, [])
        assert.ok(item && 'key' in item, JSON.stringify(item))
        const { secret, ...key } = item.key
        assert.deepEqual(Buffer.from(secret), SECRET)
        assert.deepEqual(key, {
          serial: 'CARD-1',
          suite: SUITE,
          counter: 7,
          pin: '0042',
          algorithm: 'urn:ietf:params:xml:ns:keyprov:pskc:ocra',
          startsAt: null,
          expiresAt: null,
          usages: [],
          pinMode: null,
        })
      }
    }
  })

  test('counter and PIN may be left out', async () => {
    const [item] = await read(`serial,suite,secret_hex\nA,${SUITE},${HEX}`)
    assert.ok(item && 'key' in item)
    assert.equal(item.key.counter, 0)
    assert.equal(item.key.pin, null)
  })

  test('each line that is refused says why, and the others are read', async () => {
    const cases: readonly (readonly [string, string])[] = [
      [`,${SUITE},${HEX},0,`, 'no-serial'],
      [`B,${SUITE},,0,`, 'no-secret'],
      [`B,${SUITE},${HEX}f,0,`, 'malformed'],
      [`B,${SUITE},${HEX.slice(2)}zz,0,`, 'malformed'],
      [`B,${SUITE},${HEX},-1,`, 'counter'],
      [`B,${SUITE},${HEX},1e3,`, 'counter'],
      [`B,${SUITE},${HEX},${'9'.repeat(15)},`, 'B'],
      [`B,${SUITE},${HEX},${'9'.repeat(16)},`, 'counter'],
      [`B,${SUITE},${HEX},0`, 'malformed'],
      [`B,${SUITE},${HEX},0,,`, 'malformed'],
      [`"B,${SUITE},${HEX},0,`, 'malformed'],
      [`"B"x,${SUITE},${HEX},0,`, 'malformed'],
    ]
    for (const [line, outcome] of cases) {
      const text = [HEAD, `A,${SUITE},${HEX},0,`, line, `C,${SUITE},${HEX},0,`].join('\n')
      assert.deepEqual(await outcomes(text), ['2 A', `3 ${outcome}`, '4 C'], line)
    }
  })

  test('base32 with a letter too many, too few or misread is no secret', async () => {
    for (const secret of ['G', 'GEZ', 'GEZDGNB1', 'GEZDGNBZ0', 'GF']) {
      const text = `serial,suite,secret_base32\nA,${SUITE},${secret}`
      assert.deepEqual(await outcomes(text), ['2 malformed'], secret)
    }
  })

  test('a head that leaves something open is refused', async () => {
    const heads = [
      'serial,suite,secret',
      'serial,secret_hex',
      'suite,secret_hex',
      'serial,suite',
      'serial,suite,secret_hex,secret_base32',
      'serial,suite,secret_hex,owner',
      'serial,serial,suite,secret_hex',
    ]
    for (const head of heads) {
      assert.deepEqual(await outcomes(`${head}\nA,B,C`), ['file: header'], head)
    }
    assert.deepEqual(await outcomes(''), ['file: empty'])
    assert.deepEqual(await outcomes(HEAD), ['file: empty'])
    assert.deepEqual(await outcomes(`${HEAD}\n${'x'.repeat(3000)}`), ['file: too-large'])
  })

  test('no text makes it throw, and none takes long', async () => {
    const lines = fc.array(fc.string({ unit: 'binary' })).map((all) => [HEAD, ...all].join('\n'))
    await fc.assert(
      fc.asyncProperty(lines, async (text) => {
        await read(text)
      }),
      { numRuns: 300 },
    )
  })
})
