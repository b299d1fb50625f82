import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { suite, test } from 'node:test'
import { hash, parseOptions, verify } from '@node-rs/argon2'
import fc from 'fast-check'
import { loadArgon2, nodeArgon2, parsePhc, phcString } from './argon2.ts'
import { ARGON2ID, createHasher, type HasherOptions, QUEUE_MAX } from './hasher.ts'

const pepper = Buffer.alloc(32, 'pepper')
const cost = { memoryCost: 64, timeCost: 1 }

/** Different bytes each time, and the same ones in every run. */
function sequence(): (length: number) => Uint8Array {
  let drawn = 0
  return (length) => {
    drawn += 1
    return createHash('sha512').update(`bytes ${drawn}`).digest().subarray(0, length)
  }
}

const hasherWith = (options: Partial<HasherOptions> = {}) =>
  createHasher({ pepper, random: sequence(), cost, ...options })

suite('A password hash', () => {
  test('S17 is Argon2id with 19 MiB and two passes, salted with 16 bytes', async () => {
    const hasher = await createHasher({ pepper, random: sequence() })
    assert.deepEqual(
      { ...parseOptions(await hasher.hash('a long enough password')) },
      {
        algorithm: 2,
        version: 1,
        memoryCost: 19_456,
        timeCost: 2,
        parallelism: 1,
        outputLen: 32,
        saltLen: 16,
      },
    )
    assert.ok(ARGON2ID.memoryCost * ARGON2ID.timeCost >= 2 * 19 * 1024)
  })

  test('opens for its password and for no other', async () => {
    const { hash: hashed, verify: opens } = await hasherWith()
    const stored = await hashed('correct horse')
    assert.equal(await opens(stored, 'correct horse'), true)
    for (const other of ['correct horsf', 'Correct horse', 'correct horse ', 'correct', '']) {
      assert.equal(await opens(stored, other), false, other)
    }
  })

  test('S17 does not open with another pepper', async () => {
    const stored = await (await hasherWith()).hash('correct horse')
    for (const other of [Buffer.alloc(32, 'salt'), Buffer.alloc(31, 'pepper'), Buffer.alloc(32)]) {
      const stranger = await hasherWith({ pepper: other })
      assert.equal(await stranger.verify(stored, 'correct horse'), false)
    }
    assert.equal(await verify(stored, 'correct horse'), false)
    assert.equal(await verify(stored, 'correct horse', { secret: pepper }), true)
  })

  test('is another one each time, so that equal passwords do not show', async () => {
    const hasher = await hasherWith()
    assert.notEqual(await hasher.hash('correct horse'), await hasher.hash('correct horse'))
  })

  test('S14 takes two ways to type one character for one, and changes nothing else', async () => {
    const hasher = await hasherWith()
    const same = [
      ['pass\u00e9 compos\u00e9', 'passe\u0301 compose\u0301'],
      ['\u1e9b\u0323', '\u017f\u0323\u0307'],
      ['\uac00\uac01', '\u1100\u1161\u1100\u1161\u11a8'],
      ['no break', 'no\u00a0break'],
    ] as const
    for (const [one, other] of same) {
      assert.equal(await hasher.verify(await hasher.hash(one), other), true, one)
    }
    const different = [
      ['\uff21nna', 'Anna'],
      ['\ufb01ne', 'fine'],
      ['stra\u00dfe', 'strasse'],
      [' edge', 'edge'],
    ] as const
    for (const [one, other] of different) {
      assert.equal(await hasher.verify(await hasher.hash(one), other), false, one)
    }
  })

  test('S14 reaches to the last character of the longest password', async () => {
    const hasher = await hasherWith()
    const longest = `${'x'.repeat(1023)}y`
    assert.equal(await hasher.verify(await hasher.hash(longest), longest), true)
    assert.equal(await hasher.verify(await hasher.hash(longest), 'x'.repeat(1024)), false)
  })

  test('of a decoy costs what any other costs, and nothing opens it', async () => {
    const hasher = await hasherWith()
    const { salt: _, output, ...costs } = parsePhc(hasher.nobody) ?? assert.fail()
    const stored = parsePhc(await hasher.hash('correct horse')) ?? assert.fail()
    const { memoryCost, timeCost, parallelism, pepper } = stored
    assert.deepEqual(costs, { memoryCost, timeCost, parallelism, pepper })
    assert.equal(output.length, stored.output.length)
    for (const guess of ['', 'nobody', hasher.nobody]) {
      assert.equal(await hasher.verify(hasher.nobody, guess), false)
    }
  })

  test('is none when the text was not written by us', async () => {
    const hasher = await hasherWith()
    const stored = await hasher.hash('correct horse')
    const texts = [
      '',
      'correct horse',
      stored.slice(1),
      stored.slice(0, -1),
      `${stored}=`,
      `${stored}\n`,
      stored.replace('argon2id', 'argon2i'),
      stored.replace('v=19', 'v=16'),
      stored.replace('m=64', 'm=064'),
      stored.replace('p=1', 'p=1,keyid=Zm9v'),
      stored.replace('m=64', 'm=999999999'),
      '$2b$12$C6UzMDM.H6dfI/f/IKcEeO7ZKQ9Q3mJ5rF3rXv1d1b2fT1u1u1u1u',
    ]
    for (const text of texts) assert.equal(await hasher.verify(text, 'correct horse'), false, text)
  })

  test('fails aloud when what was stored asks for the impossible', async () => {
    const hasher = await hasherWith()
    const impossible = (await hasher.hash('correct horse')).replace('m=64', 'm=1')
    await assert.rejects(hasher.verify(impossible, 'correct horse'))
  })
})

suite('Argon2id', () => {
  const bytes = (minLength: number, maxLength = minLength) =>
    fc.uint8Array({ minLength, maxLength })
  const input = fc
    .record({
      message: bytes(0, 200),
      salt: bytes(8, 64),
      secret: bytes(1, 64),
      timeCost: fc.integer({ min: 1, max: 4 }),
      parallelism: fc.integer({ min: 1, max: 4 }),
      outputLen: fc.integer({ min: 16, max: 64 }),
      blocks: fc.integer({ min: 8, max: 64 }),
    })
    .map(({ blocks, ...rest }) => ({ ...rest, memoryCost: blocks * rest.parallelism }))

  test('is the same from both of its makers, for 60 random sets of parameters', async () => {
    const native = await loadArgon2()
    assert.equal(native.name, 'native')
    await fc.assert(
      fc.asyncProperty(input, async (parameters) => {
        const derived = await native.derive(parameters)
        assert.deepEqual(Buffer.from(derived), Buffer.from(await nodeArgon2.derive(parameters)))
        assert.equal(derived.length, parameters.outputLen)
      }),
      { numRuns: 60 },
    )
  })

  test('is stored as the text that other programs store', async () => {
    await fc.assert(
      fc.asyncProperty(input, async ({ message, ...parameters }) => {
        const text = await hash(message, parameters)
        const output = await nodeArgon2.derive({ message, ...parameters })
        assert.equal(phcString({ ...parameters, output, pepper: 1 }), text)
        const { outputLen: _, secret: __, ...made } = parameters
        const { memoryCost, timeCost, parallelism, salt } = made
        const parsed = parsePhc(text) ?? assert.fail(text)
        assert.deepEqual(
          { ...parsed, salt: Buffer.from(parsed.salt) },
          {
            memoryCost,
            timeCost,
            parallelism,
            salt: Buffer.from(salt),
            output: Buffer.from(output),
            pepper: 1,
          },
        )
      }),
      { numRuns: 20 },
    )
  })

  test('of Node opens what the native one closed, and the other way round', async () => {
    const native = await hasherWith()
    const node = await hasherWith({ argon2: nodeArgon2 })
    assert.deepEqual([native.by, node.by], ['native', 'node'])
    const closedByNative = await native.hash('correct horse')
    const closedByNode = await node.hash('correct horse')
    assert.equal(await node.verify(closedByNative, 'correct horse'), true)
    assert.equal(await node.verify(closedByNative, 'correct house'), false)
    assert.equal(await native.verify(closedByNode, 'correct horse'), true)
    assert.equal(await native.verify(closedByNode, 'correct house'), false)
  })

  test('is that of Node where the native package has no binary that runs', async () => {
    const stored = await (await hasherWith()).hash('correct horse')
    const withoutBinary = `
      import { registerHooks } from 'node:module'
      registerHooks({
        resolve(specifier, context, next) {
          if (specifier === '@node-rs/argon2') throw new Error('Cannot find native binding')
          return next(specifier, context)
        },
      })`
    const opens = `
      import { createHasher } from '#methods/password/hasher.ts'
      const hasher = await createHasher({
        pepper: Buffer.alloc(32, 'pepper'),
        random: (length) => Buffer.alloc(length),
        cost: { memoryCost: 64, timeCost: 1 },
      })
      console.log(hasher.by, await hasher.verify(process.env.STORED, 'correct horse'))`
    const said = execFileSync(
      process.execPath,
      [
        '--import',
        `data:text/javascript,${encodeURIComponent(withoutBinary)}`,
        '--input-type=module',
        '-e',
        opens,
      ],
      { encoding: 'utf8', env: { ...process.env, STORED: stored } },
    )
    assert.equal(said, 'node true\n')
  })
})

suite('The queue before the hash', () => {
  test('admits as many as it holds, and none beyond that', async () => {
    const { admit } = await hasherWith({ queueMax: 3 })
    assert.deepEqual(
      [1, 2, 3, 4, 5].map(() => admit() !== null),
      [true, true, true, false, false],
    )
  })

  test('has a place again as soon as one is given back', async () => {
    const { admit } = await hasherWith({ queueMax: 2 })
    const [release] = [admit(), admit()]
    assert.equal(admit(), null)
    release?.()
    assert.notEqual(admit(), null)
    assert.equal(admit(), null)
  })

  test('takes a place that is given back twice for one', async () => {
    const { admit } = await hasherWith({ queueMax: 2 })
    const [release] = [admit(), admit()]
    release?.()
    release?.()
    assert.notEqual(admit(), null)
    assert.equal(admit(), null)
  })

  test('holds 400 where nothing else is set', async () => {
    const { admit } = await hasherWith()
    const admitted = Array.from({ length: QUEUE_MAX + 1 }, () => admit() !== null)
    assert.equal(admitted.filter(Boolean).length, 400)
  })
})
