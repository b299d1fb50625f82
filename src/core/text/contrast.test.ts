import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { contrastOf } from '#core/text/contrast.ts'
import { pictureKind } from '#core/text/picture.ts'

suite('The contrast of two colours', () => {
  // Values that WCAG's own examples and other programs give.
  for (const [one, other, ratio] of [
    ['#000000', '#ffffff', 21],
    ['#ffffff', '#000000', 21],
    ['#0a5c4a', '#0a5c4a', 1],
    ['#777777', '#ffffff', 4.48],
    ['#767676', '#ffffff', 4.54],
    ['#ff0000', '#ffffff', 4.0],
    ['#0000ff', '#ffffff', 8.59],
    ['#0a5c4a', '#ffffff', 7.95],
  ] as const) {
    test(`${one} on ${other} is ${ratio}`, () => {
      assert.ok(Math.abs(contrastOf(one, other) - ratio) < 0.01, `${contrastOf(one, other)}`)
    })
  }
})

suite('A picture', () => {
  test('is known by how its file begins, and nothing else is one', () => {
    const known = [
      ['<svg xmlns="http://www.w3.org/2000/svg"/>', 'svg'],
      ['\n<?xml version="1.0"?><svg/>', 'svg'],
      ['\u00ef\u00bb\u00bf<svg/>', 'svg'],
      ['\u0089PNG\r\n', 'png'],
      ['RIFF1234WEBPVP8 ', 'webp'],
      ['GIF89a', null],
      ['<html><svg/></html>', null],
      ['RIFF1234WAVE', null],
      ['', null],
    ] as const
    for (const [start, kind] of known)
      assert.equal(pictureKind(Buffer.from(start, 'latin1')), kind, start)
  })
})
