import assert from 'node:assert/strict'
import { createHash, createHmac, createSecretKey } from 'node:crypto'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { canonicalJson } from '#core/json.ts'
import { hours, instant, minutes, seconds } from '#core/time/time.ts'
import { HASHES, type Hash, type Mac } from './hash.ts'
import { hotpMessage, truncate } from './hotp.ts'
import {
  clientMessage,
  type Inputs,
  isQuestion,
  isUnambiguous,
  ocra,
  ocraAtCounters,
  ocraMessage,
  ocraValue,
  parseSuite,
  type Suite,
  serverMessage,
  signatureMessage,
  transactionQuestion,
} from './ocra.ts'
import vectors from './ocra.vectors.json' with { type: 'json' }
import { acceptedSteps, timeStep } from './totp.ts'
import { digest, hmac, importKey, ocraWithKey } from './webcrypto.ts'

type Group = {
  readonly section?: string | undefined
  readonly suite: string
  readonly pin?: string | undefined
  readonly session?: string | undefined
  readonly timeStep?: number | undefined
  readonly values: readonly {
    readonly counter?: number | undefined
    readonly question: string
    readonly response: string
  }[]
}

type Case = { readonly suite: Suite; readonly inputs: Inputs; readonly response: string }

const bytes = (text: string) => new TextEncoder().encode(text)
const hash = (name: Hash, text: string | Uint8Array) =>
  createHash(HASHES[name].node).update(text).digest()

const suiteOf = (text: string): Suite => {
  const parsed = parseSuite(text)
  assert.ok(parsed, text)
  return parsed
}

/** The way the server does it: a KeyObject, closed over. */
const macWith = (secret: Uint8Array): Mac => {
  const key = createSecretKey(secret)
  return (name, message) => createHmac(HASHES[name].node, key).update(message).digest()
}
const keyFor = ({ hash: name }: Suite) => new Uint8Array(Buffer.from(vectors.keys[name], 'hex'))
const macFor = (parsed: Suite) => macWith(keyFor(parsed))

const casesOf = ({ suite: text, pin, session, ...group }: Group): Case[] =>
  group.values.map(({ response, counter, question }) => {
    const parsed = suiteOf(text)
    const isMutual = question.length > parsed.question.length
    const half = parsed.question.length
    const inputs: Inputs = {
      counter,
      question: isMutual ? [question.slice(0, half), question.slice(half)] : question,
      pinHash: parsed.pin && pin ? hash(parsed.pin, pin) : undefined,
      session: session === undefined ? undefined : bytes(session),
      timeStep: group.timeStep,
    }
    return { suite: parsed, inputs, response }
  })

const rfc: readonly Group[] = vectors.rfc6287
const own: readonly Group[] = vectors.own

suite('OCRA', () => {
  test('F7 gives all 70 values of RFC 6287, appendix C', () => {
    const cases = rfc.flatMap(casesOf)
    assert.equal(cases.length, 70)
    for (const { suite: parsed, inputs, response } of cases) {
      assert.equal(ocra(parsed, inputs, macFor(parsed)), response, parsed.text)
    }
  })

  test('F7 gives all 54 values of our own suites, computed elsewhere', () => {
    const cases = own.flatMap(casesOf)
    assert.equal(cases.length, 54)
    for (const { suite: parsed, inputs, response } of cases) {
      assert.equal(ocra(parsed, inputs, macFor(parsed)), response, parsed.text)
    }
  })

  test('R050 R051 S39 a 6-digit challenge gives an 8-digit response', () => {
    const parsed = suiteOf('OCRA-1:HOTP-SHA256-8:QN06-T30S')
    const inputs = { question: '123456', timeStep: 40_214_892 }
    assert.equal(ocra(parsed, inputs, macFor(parsed)), '30936973')
    assert.ok(isQuestion(parsed, '000000') && !isQuestion(parsed, '1234567'))
  })

  test('keeps the leading zeros of a response', () => {
    const parsed = suiteOf('OCRA-1:HOTP-SHA256-8:QN06-PSHA256-T1M')
    const inputs = { question: '999999', pinHash: hash('SHA256', '12ab'), timeStep: 0x132d0b6 }
    assert.equal(ocra(parsed, inputs, macFor(parsed)), '01655081')
  })

  test('C2 S45 the same challenge has another response at another counter or time step', () => {
    const question = '123456'
    for (const [text, name] of [
      ['OCRA-1:HOTP-SHA256-8:C-QN06', 'counter'],
      ['OCRA-1:HOTP-SHA256-8:QN06-T30S', 'timeStep'],
    ] as const) {
      const parsed = suiteOf(text)
      const at = (value: number) => ocra(parsed, { question, [name]: value }, macFor(parsed))
      assert.equal(new Set([0, 1, 2, 255, 256, 2 ** 32, 2 ** 53 - 1].map(at)).size, 7)
    }
  })

  test('R056 the PIN of a security card is an input of its response', () => {
    const parsed = suiteOf('OCRA-1:HOTP-SHA256-8:C-QN06-PSHA256')
    const respond = (pin: string) =>
      ocra(parsed, { counter: 7, question: '123456', pinHash: hash('SHA256', pin) }, macFor(parsed))
    assert.equal(respond('12ab'), '25815817')
    assert.notEqual(respond('12ac'), '25815817')
  })

  test('F7 agrees with a second implementation on 10,000 random computations', () => {
    fc.assert(
      fc.property(anyComputation, ({ text, key, inputs }) => {
        assert.equal(ocra(suiteOf(text), inputs, macWith(key)), referenceOcra(text, key, inputs))
      }),
      { numRuns: 10_000 },
    )
  })

  test('F7 gives at many counters what it gives at each of them', () => {
    const cases = [...rfc, ...own].flatMap(casesOf).filter(({ suite: { counter } }) => counter)
    assert.ok(cases.length > 20)
    for (const { suite: parsed, inputs, response } of cases) {
      const { counter = assert.fail(), ...others } = inputs
      const mac = macFor(parsed)
      const counters = [counter, 0, 255, 256, 2 ** 53 - 1, counter]
      const each = counters.map((one) => ocra(parsed, { ...others, counter: one }, mac))
      assert.deepEqual(ocraAtCounters(parsed, { ...others, counters }, mac), each, parsed.text)
      assert.equal(each.at(-1), response)
      assert.deepEqual(ocraAtCounters(parsed, { ...others, counters: [] }, mac), [])
    }
    const without = suiteOf('OCRA-1:HOTP-SHA1-6:QN08')
    const inputs = { question: '12345678', counters: [0] }
    assert.throws(() => ocraAtCounters(without, inputs, macFor(without)), TypeError)
  })

  test('gives the same with WebCrypto as with node:crypto', async () => {
    for (const { suite: parsed, inputs, response } of [...rfc, ...own].flatMap(casesOf)) {
      const key = await importKey(parsed.hash, keyFor(parsed))
      assert.equal(await ocraWithKey(parsed, inputs, key), response, parsed.text)
      assert.equal(key.extractable, false)
    }
    const key = await importKey('SHA1', new Uint8Array(Buffer.from(vectors.keys.SHA1, 'hex')))
    assert.equal(truncate(await hmac(key, hotpMessage(0)), 6), '755224')
    for (const name of Object.keys(HASHES) as Hash[]) {
      assert.deepEqual(await digest(name, 'pin é'), new Uint8Array(hash(name, 'pin é')))
    }
  })
})

suite('The DataInput of OCRA', () => {
  const questionBytes = (text: string, question: string) =>
    Buffer.from(ocraMessage(suiteOf(text), { question }).subarray(text.length + 1)).toString('hex')

  test('pads a number by nibbles on the right, not by bytes on the left', () => {
    for (const [question, nibbles] of [
      ['000000', ''],
      ['000001', '1'],
      ['000255', 'ff'],
      ['065535', 'ffff'],
      ['065536', '1'],
      ['123456', '1e24'],
      ['123457', '1e241'],
      ['999999', 'f423f'],
    ] as const) {
      const expected = nibbles.padEnd(256, '0')
      assert.equal(questionBytes('OCRA-1:HOTP-SHA256-8:QN06', question), expected, question)
    }
  })

  test('reads a number of up to 64 digits exactly', () => {
    for (const [question, nibbles] of [
      ['999999999999999', '38d7ea4c67fff'],
      ['9007199254740993', '20000000000001'],
      ['9'.repeat(64), '184f03e93ff9f4daa797ed6e38ed64bf6a1f00ffffffffffffffff'],
    ] as const) {
      assert.equal(questionBytes('OCRA-1:HOTP-SHA256-8:QN64', question), nibbles.padEnd(256, '0'))
    }
  })

  test('pads hexadecimal and letters on the right, and does not mind the case of hexadecimal', () => {
    const nibbles = 'abc'.padEnd(256, '0')
    assert.equal(questionBytes('OCRA-1:HOTP-SHA256-8:QH08', 'abc'), nibbles)
    assert.equal(questionBytes('OCRA-1:HOTP-SHA256-8:QH08', 'ABC'), nibbles)
    assert.equal(questionBytes('OCRA-1:HOTP-SHA256-8:QA08', 'Az9'), '417a39'.padEnd(256, '0'))
  })

  test('is the suite, a zero byte, C, Q, P, S and T, in this order', () => {
    const text = 'OCRA-1:HOTP-SHA1-6:C-QA04-PSHA1-S003-T1M'
    const message = ocraMessage(suiteOf(text), {
      counter: 0,
      question: 'QQQQ',
      pinHash: new Uint8Array(20).fill(0x50),
      session: bytes('S'),
      timeStep: 0x54,
    })
    const expected = [
      Buffer.from(text),
      Buffer.alloc(1 + 8),
      Buffer.from('QQQQ'),
      Buffer.alloc(124),
      Buffer.alloc(20, 'P'),
      Buffer.from('\0\0S'),
      Buffer.from('\0\0\0\0\0\0\0T'),
    ]
    assert.deepEqual(message, new Uint8Array(Buffer.concat(expected)))
  })

  test('counts from zero: counter 0 is eight zero bytes, not a missing counter', () => {
    const parsed = suiteOf('OCRA-1:HOTP-SHA256-8:C-QN06')
    const message = ocraMessage(parsed, { counter: 0, question: '999999' })
    assert.deepEqual([...message.subarray(28, 36)], [0, 0, 0, 0, 0, 0, 0, 0])
    assert.throws(() => ocraMessage(parsed, { question: '999999' }), TypeError)
  })

  test('leaves the suite as it was', () => {
    const parsed = suiteOf('OCRA-1:HOTP-SHA256-8:QN06')
    const first = ocraMessage(parsed, { question: '999999' })
    ocraMessage(parsed, { question: '123456' })
    assert.deepEqual(ocraMessage(parsed, { question: '999999' }), first)
    assert.deepEqual(parsed, suiteOf(parsed.text))
  })

  test('takes exactly the inputs the suite names', () => {
    const inputs = {
      counter: 1,
      pinHash: hash('SHA1', '1234'),
      session: bytes('s'),
      timeStep: 1,
    }
    const bare = suiteOf('OCRA-1:HOTP-SHA1-6:QN08')
    const full = suiteOf('OCRA-1:HOTP-SHA1-6:C-QN08-PSHA1-S064-T1M')
    ocraMessage(full, { question: '1', ...inputs })
    for (const name of Object.keys(inputs) as (keyof typeof inputs)[]) {
      assert.throws(() => ocraMessage(bare, { question: '1', [name]: inputs[name] }), TypeError)
      assert.throws(
        () => ocraMessage(full, { question: '1', ...inputs, [name]: undefined }),
        TypeError,
      )
    }
  })

  test('takes no input of another length or format', () => {
    const parsed = suiteOf('OCRA-1:HOTP-SHA1-6:C-QN08-PSHA1-S064-T1M')
    const right: Inputs = {
      counter: 0,
      question: '12345678',
      pinHash: new Uint8Array(20),
      session: new Uint8Array(64),
      timeStep: 0,
    }
    ocraMessage(parsed, right)
    for (const wrong of [
      { counter: -1 },
      { counter: 2 ** 53 },
      { question: '' },
      { question: '123456789' },
      { question: '1234567a' },
      { question: '-1' },
      { question: '1e3' },
      { question: ' 1' },
      { question: '12345678\n' },
      { question: ['12345678', '12345678'] as const },
      { pinHash: new Uint8Array(19) },
      { pinHash: new Uint8Array(32) },
      { session: new Uint8Array(65) },
      { timeStep: 0.5 },
    ]) {
      const inputs = { ...right, ...wrong }
      assert.throws(() => ocraMessage(parsed, inputs), RangeError, JSON.stringify(wrong))
    }
  })
})

suite('The value of OCRA', () => {
  test('is the whole MAC in hexadecimal where the suite truncates to 0', () => {
    const parsed = suiteOf('OCRA-1:HOTP-SHA1-0:QN08')
    const mac = new Uint8Array(20).fill(0x0a)
    assert.equal(ocraValue(parsed, mac), '0a'.repeat(20))
  })

  test('is not taken from a MAC of another hash', () => {
    const parsed = suiteOf('OCRA-1:HOTP-SHA256-8:QN08')
    assert.throws(() => ocraValue(parsed, new Uint8Array(20)), RangeError)
    assert.throws(() => ocraValue(parsed, new Uint8Array(64)), RangeError)
  })
})

suite('A suite', () => {
  test('is read component by component: PSHA1 has an S and is no session', () => {
    const { blank, ...parsed } = suiteOf('OCRA-1:HOTP-SHA1-8:QN06-PSHA1')
    assert.deepEqual(parsed, {
      text: 'OCRA-1:HOTP-SHA1-8:QN06-PSHA1',
      hash: 'SHA1',
      digits: 8,
      counter: false,
      question: { format: 'N', length: 6 },
      pin: 'SHA1',
      sessionBytes: null,
      step: null,
    })
    assert.equal(blank.length, parsed.text.length + 1 + 128 + 20)
  })

  test('may name every input at once', () => {
    const { blank, ...parsed } = suiteOf('OCRA-1:HOTP-SHA512-10:C-QA64-PSHA256-S512-T48H')
    assert.deepEqual(parsed, {
      text: 'OCRA-1:HOTP-SHA512-10:C-QA64-PSHA256-S512-T48H',
      hash: 'SHA512',
      digits: 10,
      counter: true,
      question: { format: 'A', length: 64 },
      pin: 'SHA256',
      sessionBytes: 512,
      step: hours(48),
    })
    assert.equal(blank.length, parsed.text.length + 1 + 8 + 128 + 32 + 512 + 8)
  })

  test('reaches each limit of RFC 6287 and not beyond', () => {
    for (const [good, bad] of [
      ['HOTP-SHA1-0:QN08', 'HOTP-SHA1-1:QN08'],
      ['HOTP-SHA1-4:QN08', 'HOTP-SHA1-3:QN08'],
      ['HOTP-SHA1-10:QN08', 'HOTP-SHA1-11:QN08'],
      ['HOTP-SHA1-9:QN08', 'HOTP-SHA1-09:QN08'],
      ['HOTP-SHA256-6:QN08', 'HOTP-SHA224-6:QN08'],
      ['HOTP-SHA1-6:QN04', 'HOTP-SHA1-6:QN03'],
      ['HOTP-SHA1-6:QN64', 'HOTP-SHA1-6:QN65'],
      ['HOTP-SHA1-6:QH08', 'HOTP-SHA1-6:QH8'],
      ['HOTP-SHA1-6:QA08', 'HOTP-SHA1-6:QB08'],
      ['HOTP-SHA1-6:QN08-S001', 'HOTP-SHA1-6:QN08-S000'],
      ['HOTP-SHA1-6:QN08-S512', 'HOTP-SHA1-6:QN08-S513'],
      ['HOTP-SHA1-6:QN08-S064', 'HOTP-SHA1-6:QN08-S64'],
      ['HOTP-SHA1-6:QN08-T1S', 'HOTP-SHA1-6:QN08-T0S'],
      ['HOTP-SHA1-6:QN08-T59S', 'HOTP-SHA1-6:QN08-T60S'],
      ['HOTP-SHA1-6:QN08-T59M', 'HOTP-SHA1-6:QN08-T60M'],
      ['HOTP-SHA1-6:QN08-T1M', 'HOTP-SHA1-6:QN08-T01M'],
      ['HOTP-SHA1-6:QN08-T1H', 'HOTP-SHA1-6:QN08-T0H'],
      ['HOTP-SHA1-6:QN08-T48H', 'HOTP-SHA1-6:QN08-T49H'],
    ]) {
      assert.ok(parseSuite(`OCRA-1:${good}`), good)
      assert.equal(parseSuite(`OCRA-1:${bad}`), null, bad)
    }
  })

  test('is refused when anything is missing, doubled, out of order, or in another case', () => {
    for (const text of [
      '',
      'OCRA-1',
      'OCRA-1:HOTP-SHA1-6',
      'OCRA-1:HOTP-SHA1-6:',
      'OCRA-1:HOTP-SHA1-6:C',
      'OCRA-1:HOTP-SHA1-6:C-',
      'OCRA-1:HOTP-SHA1:QN08',
      'OCRA-2:HOTP-SHA1-6:QN08',
      'OCRA-1:TOTP-SHA1-6:QN08',
      'ocra-1:hotp-sha1-6:qn08',
      'OCRA-1:HOTP-SHA1-6:Q',
      'OCRA-1:HOTP-SHA1-6:QN08-',
      'OCRA-1:HOTP-SHA1-6:QN08-P',
      'OCRA-1:HOTP-SHA1-6:QN08-S',
      'OCRA-1:HOTP-SHA1-6:QN08-T',
      'OCRA-1:HOTP-SHA1-6:QN08-C',
      'OCRA-1:HOTP-SHA1-6:QN08-QN08',
      'OCRA-1:HOTP-SHA1-6:C-C-QN08',
      'OCRA-1:HOTP-SHA1-6:QN08-T1M-PSHA1',
      'OCRA-1:HOTP-SHA1-6:QN08-S064-PSHA1',
      'OCRA-1:HOTP-SHA1-6:QN08-T1M-T1M',
      'OCRA-1:HOTP-SHA1-6:QN08:T1M',
      ' OCRA-1:HOTP-SHA1-6:QN08',
      'OCRA-1:HOTP-SHA1-6:QN08\n',
      'OCRA-1:HOTP-SHA1-6:QN08\0',
      'OCRA-1:HOTP-SHA1-6:QN０８',
    ]) {
      assert.equal(parseSuite(text), null, JSON.stringify(text))
    }
  })

  test('printed again from its parts is the same text', () => {
    fc.assert(fc.property(anySuiteText, (text) => printed(suiteOf(text)) === text))
  })

  test('is never the reason for an exception, whatever the text', () => {
    const nearly = fc
      .tuple(anySuiteText, fc.nat(50), fc.string({ maxLength: 3 }))
      .map(([text, at, edit]) => text.slice(0, at) + edit + text.slice(at + edit.length))
    fc.assert(
      fc.property(fc.oneof(nearly, fc.string(), fc.string({ unit: 'binary' })), (text) => {
        const parsed = parseSuite(text)
        return parsed === null || printed(parsed) === text
      }),
      { numRuns: 2_000 },
    )
  })

  test('S42 counts its steps by the instant it is given', () => {
    const at = instant(Date.parse('2008-03-25T12:06:00Z'))
    assert.equal(timeStep(suiteOf('OCRA-1:HOTP-SHA512-8:QN08-T1M'), at), 0x132d0b6)
    const parsed = suiteOf('OCRA-1:HOTP-SHA256-8:QN06-T30S')
    assert.deepEqual(acceptedSteps(parsed, at, 1), [40_214_892, 40_214_891, 40_214_893])
    assert.throws(() => timeStep(suiteOf('OCRA-1:HOTP-SHA256-8:QN06'), at), TypeError)
  })
})

suite('Two questions', () => {
  const client = 'CLI22220'
  const server = 'SRV11110'
  const answer = (parsed: Suite, message: Uint8Array) =>
    ocraValue(parsed, macFor(parsed)(parsed.hash, message))

  test('prove server and client to each other, RFC 6287 7.2', () => {
    const parsed = suiteOf('OCRA-1:HOTP-SHA256-8:QA08')
    assert.equal(answer(parsed, serverMessage(parsed, { client, server })), '28247970')
    assert.equal(answer(parsed, clientMessage(parsed, { client, server })), '15510767')
  })

  test('take the PIN of the client and none of the server', () => {
    const bare = suiteOf('OCRA-1:HOTP-SHA512-8:QA08')
    const withPin = suiteOf('OCRA-1:HOTP-SHA512-8:QA08-PSHA1')
    const pinHash = hash('SHA1', '1234')
    assert.equal(answer(bare, serverMessage(bare, { client, server })), '79496648')
    const message = clientMessage(withPin, { client, server }, { pinHash })
    assert.equal(answer(withPin, message), '18806276')
    assert.throws(() => serverMessage(withPin, { client, server }), TypeError)
  })

  test('are alphanumeric and of full length, so that they can not be cut apart elsewhere', () => {
    const parsed = suiteOf('OCRA-1:HOTP-SHA256-8:QA08')
    for (const wrong of ['CLI2222', 'CLI222200', 'CLI2222-', '']) {
      assert.throws(() => serverMessage(parsed, { client: wrong, server }), RangeError)
      assert.throws(() => clientMessage(parsed, { client, server: wrong }), RangeError)
    }
    for (const text of ['OCRA-1:HOTP-SHA256-8:QN08', 'OCRA-1:HOTP-SHA256-8:QH08']) {
      const questions = { client: '12345678', server: '12345678' }
      assert.throws(() => serverMessage(suiteOf(text), questions), RangeError)
    }
  })
})

suite('A signature', () => {
  test('is that of RFC 6287 7.3.1', () => {
    const parsed = suiteOf('OCRA-1:HOTP-SHA512-8:QA10-T1M')
    const message = signatureMessage(parsed, 'SIG1000000', { timeStep: 0x132d0b6 })
    assert.equal(ocraValue(parsed, macFor(parsed)(parsed.hash, message)), '77537423')
  })

  test('after the server proved itself puts the question of the server first, 7.3.2', () => {
    const parsed = suiteOf('OCRA-1:HOTP-SHA256-8:QA08')
    const questions = { client: 'CLI22220', server: 'SIG10000' }
    const expected = ocraMessage(parsed, { question: ['SIG10000', 'CLI22220'] })
    assert.deepEqual(signatureMessage(parsed, questions), expected)
  })

  test('names no session', () => {
    const parsed = suiteOf('OCRA-1:HOTP-SHA256-8:QA08-S064')
    assert.throws(() => signatureMessage(parsed, 'SIG10000'), TypeError)
  })

  test('is over the canonical transaction, whatever the order of its members', async () => {
    const parsed = suiteOf('OCRA-1:HOTP-SHA256-8:QH64-T30S')
    const transaction = { to: 'DE00 EXAMPLE', currency: 'EUR', amount: '250.00' }
    const canonical = canonicalJson({ ...transaction, account: 'U0000001' })
    const question = transactionQuestion(hash('SHA256', canonical))
    assert.equal(question, '529352276021f012b99a3a63bb2a7859e1cf32401f933317bb0f2219f76dbc60')
    assert.equal(question, transactionQuestion(await digest('SHA256', canonical)))
    assert.ok(isUnambiguous(parsed, question))
    assert.throws(() => transactionQuestion(new Uint8Array(20)), RangeError)
  })
})

suite('An unambiguous question', () => {
  const parsed = suiteOf('OCRA-1:HOTP-SHA256-8:QN06')

  test('is a number not divisible by 16: 050000 and 800000 have the same response', () => {
    const message = (question: string) => ocraMessage(parsed, { question })
    assert.deepEqual(message('050000'), message('800000'))
    assert.ok(!isUnambiguous(parsed, '050000') && !isUnambiguous(parsed, '800000'))
    assert.ok(!isUnambiguous(parsed, '000000'))
    assert.ok(isUnambiguous(parsed, '050001') && isUnambiguous(parsed, '000001'))
  })

  test('is of full length, where zeros could be taken for padding', () => {
    assert.ok(!isUnambiguous(parsed, '50001'))
    const hexadecimal = suiteOf('OCRA-1:HOTP-SHA256-8:QH08')
    assert.ok(isUnambiguous(hexadecimal, 'abcdef00') && !isUnambiguous(hexadecimal, 'abcdef'))
    assert.ok(!isUnambiguous(parsed, 'abcdef'))
  })

  test('shares its response with no other of all the million', () => {
    const at = parsed.text.length + 1
    const seen = new Uint8Array(2 ** 24)
    let count = 0
    for (let number = 0; number < 1_000_000; number += 1) {
      const question = String(number).padStart(6, '0')
      if (!isUnambiguous(parsed, question)) continue
      const bits = Buffer.from(ocraMessage(parsed, { question }).buffer).readUIntBE(at, 3)
      assert.equal(seen[bits], 0, question)
      seen[bits] = 1
      count += 1
    }
    assert.equal(count, 937_500)
  })
})

/** Prints a suite from its parts, without looking at its text. */
function printed({ hash: name, digits, counter, question, pin, sessionBytes, step }: Suite) {
  const unit = step && (step < minutes(1) ? 'S' : step < hours(1) ? 'M' : 'H')
  const length = unit && { S: seconds(1), M: minutes(1), H: hours(1) }[unit]
  const inputs = [
    counter && 'C',
    `Q${question.format}${String(question.length).padStart(2, '0')}`,
    pin && `P${pin}`,
    sessionBytes && `S${String(sessionBytes).padStart(3, '0')}`,
    step && length && `T${step / length}${unit}`,
  ]
  return `OCRA-1:HOTP-${name}-${digits}:${inputs.filter(Boolean).join('-')}`
}

const anyHash = fc.constantFrom<Hash>('SHA1', 'SHA256', 'SHA512')

const anyDataInput = fc.tuple(
  fc.constantFrom('C-', ''),
  fc
    .tuple(fc.constantFrom('A', 'N', 'H'), fc.integer({ min: 4, max: 64 }))
    .map(([format, length]) => `Q${format}${String(length).padStart(2, '0')}`),
  fc.oneof(
    fc.constant(''),
    anyHash.map((name) => `-P${name}`),
  ),
  fc.oneof(
    fc.constant(''),
    fc.integer({ min: 1, max: 512 }).map((length) => `-S${String(length).padStart(3, '0')}`),
  ),
  fc.oneof(
    fc.constant(''),
    fc
      .tuple(fc.integer({ min: 1, max: 59 }), fc.constantFrom('S', 'M'))
      .map(([count, unit]) => `-T${count}${unit}`),
    fc.integer({ min: 1, max: 48 }).map((count) => `-T${count}H`),
  ),
)

const anySuiteText = fc
  .tuple(anyHash, fc.constantFrom(0, 4, 5, 6, 7, 8, 9, 10), anyDataInput)
  .map(([name, digits, inputs]) => `OCRA-1:HOTP-${name}-${digits}:${inputs.join('')}`)

const ALPHABETS = {
  A: '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
  N: '0123456789',
  H: '0123456789ABCDEFabcdef',
}

const anyComputation = anySuiteText.chain((text) => {
  const { counter, question, pin, sessionBytes, step } = suiteOf(text)
  const ofFormat = fc.constantFrom(...ALPHABETS[question.format])
  const anyCounter = fc.oneof(fc.maxSafeNat(), fc.nat(1_000))
  const inputs: fc.Arbitrary<Inputs> = fc.record({
    counter: counter ? anyCounter : fc.constant(undefined),
    question: fc.string({ unit: ofFormat, minLength: 1, maxLength: question.length }),
    pinHash: pin ? fc.string().map((text) => hash(pin, text)) : fc.constant(undefined),
    session: sessionBytes ? fc.uint8Array({ maxLength: sessionBytes }) : fc.constant(undefined),
    timeStep: step ? anyCounter : fc.constant(undefined),
  })
  const key = fc.uint8Array({ minLength: 1, maxLength: 80 })
  return fc.record({ text: fc.constant(text), key, inputs })
})

/**
 * A second implementation, after the reference implementation of RFC 6287, appendix A: hexadecimal
 * text throughout, the suite taken apart by splitting it, arithmetic in BigInt.
 */
function referenceOcra(text: string, key: Uint8Array, inputs: Inputs): string {
  const [, cryptoFunction = '', dataInput = ''] = text.split(':')
  const [, hashName = '', digits = ''] = cryptoFunction.split('-')
  const toHex = (of: Uint8Array | string | undefined) => Buffer.from(of ?? '').toString('hex')
  const counterHex = (of: number | undefined) =>
    BigInt(of ?? 0)
      .toString(16)
      .padStart(16, '0')
  const question = String(inputs.question)
  const data = dataInput.split('-').map((component) => {
    switch (component.slice(0, 2)) {
      case 'C':
        return counterHex(inputs.counter)
      case 'QA':
        return toHex(question).padEnd(256, '0')
      case 'QN':
        return BigInt(question).toString(16).padEnd(256, '0')
      case 'QH':
        return question.padEnd(256, '0')
      case 'PS':
        return toHex(inputs.pinHash)
    }
    if (component.startsWith('T')) return counterHex(inputs.timeStep)
    return toHex(inputs.session).padStart(2 * Number(component.slice(1)), '0')
  })
  const message = Buffer.from(`${toHex(text)}00${data.join('')}`, 'hex')
  const mac = createHmac(hashName.toLowerCase(), key).update(message).digest('hex')
  if (digits === '0') return mac
  const offset = 2 * Number.parseInt(mac.slice(-1), 16)
  const bits = BigInt(`0x${mac.slice(offset, offset + 8)}`) % 2n ** 31n
  return bits.toString().padStart(10, '0').slice(-Number(digits))
}
