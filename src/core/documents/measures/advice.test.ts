import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Advice } from '#core/documents/legibility.ts'
import { adviceOn, FLAWS, flawsShown, legibilityIn } from '#core/documents/measures/advice.ts'
import type { Grey } from '#core/documents/measures/grey.ts'
import { measured } from '#core/documents/measures/measure.ts'
import { cardPhoto, type Taken } from '../../../../test/support/documents/papers.ts'

const SHADOW = { angle: 0.4, x: 600, y: 450, offset: 0, softness: 25 }
const GLARE = { x: 560, y: 430, radius: 190 }

const BAD: readonly (readonly [Advice, Taken])[] = [
  ['dark', { exposure: 0.12 }],
  ['cut-off', { beside: [260, 0] }],
  ['cut-off', { beside: [0, -320] }],
  ['cut-off', { scale: 1.6 }],
  ['too-far', { scale: 0.3 }],
  ['blank', { isBlank: true }],
  ['glare', { glare: { ...GLARE, strength: 1.4 } }],
  ['shadow', { shadow: { ...SHADOW, left: 0.3 } }],
  ['blurred', { blur: 4.5 }],
  ['blurred', { motion: { length: 20, angle: 0.3 } }],
  ['skewed', { turn: 33, scale: 0.8 }],
]

const GOOD: readonly (readonly [string, Taken])[] = [
  ['a dark table', {}],
  ['a wooden table', { table: { white: 0.42, grain: 0.3 } }],
  ['a white table', { table: { white: 0.93, grain: 0.02 } }],
  ['upright', { turn: 90, scale: 0.85 }],
  ['a little aslant', { turn: -9, scale: 0.85 }],
  ['a dim room', { exposure: 0.5, noise: 4 }],
  ['a soft shadow', { shadow: { ...SHADOW, softness: 200, left: 0.8 } }],
  ['a reflection that is faint', { glare: { ...GLARE, strength: 0.06 } }],
  ['a hand that is almost still', { blur: 0.7 }],
]

test('R144 of each flaw that a photograph can have, the one thing to do better is named', async () => {
  for (const [advice, taken] of BAD) {
    const found = legibilityIn(await cardPhoto(taken))
    assert.equal(found.advice, advice, JSON.stringify([taken, found.measures]))
  }
})

test('R144 a photograph that can be read is not complained of', async () => {
  for (const [name, taken] of GOOD) {
    const found = legibilityIn(await cardPhoto(taken))
    assert.equal(found.advice, null, JSON.stringify([name, found.measures]))
  }
})

test('a dim photograph is as sharp as a bright one', async () => {
  const sharpness = async (exposure: number) =>
    measured(await cardPhoto({ exposure, noise: 0 })).sharpness
  const [dim, bright] = [await sharpness(0.35), await sharpness(0.95)]
  assert.ok(dim > bright * 0.6 && dim < bright * 1.6, `${dim} ${bright}`)
})

test('a picture of any size is measured, and none is too small for an answer', () => {
  const plain = (width: number, height: number): Grey => ({
    width,
    height,
    pixels: new Uint8Array(width * height).fill(200),
  })
  for (const [width, height] of [
    [1, 1],
    [1, 4_000],
    [4_000, 1],
    [31, 33],
    [60, 40],
  ] as const) {
    const { measures, advice } = legibilityIn(plain(width, height))
    assert.ok(Object.values(measures).every((value) => Number.isFinite(value) && value >= 0))
    assert.ok(advice === 'too-far' || advice === 'blank', advice ?? 'none')
  }
})

test('each bound is held from both sides, and the first flaw is the one that is named', () => {
  const good = {
    sharpness: 1,
    white: 255,
    evenness: 1,
    glare: 0,
    cutSides: 0,
    pages: 1,
    dpi: 300,
    skew: 0,
    written: 1,
  }
  for (const { advice, measure, bound, isWrong } of FLAWS) {
    assert.equal(adviceOn({ ...good, [measure]: bound }), null, advice)
    const beyond = isWrong === 'below' ? bound - 0.001 : bound + 0.001
    const measures = { ...good, [measure]: beyond }
    assert.equal(adviceOn(measures), advice)
    const held = flawsShown(measures).filter(({ holds }) => holds)
    assert.deepEqual(held, [{ advice, measure, bound, isWrong, value: beyond, holds: true }])
  }
  const all = { ...good, white: 0, pages: 2, skew: 45 }
  assert.equal(adviceOn(all), 'dark')
})
