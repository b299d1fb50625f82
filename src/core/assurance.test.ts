import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  type Acr,
  acrValue,
  atLeast,
  type Proof,
  referencesOf,
  STRENGTHS,
  strengthOf,
} from './assurance.ts'

const proof = (acr: Acr, ...amr: string[]): Proof => ({ method: `method ${acr}`, acr, amr })

suite('The strength of a proof', () => {
  test('has an order, from a password to a security card', () => {
    assert.deepEqual(STRENGTHS, ['1', '2t', '2s', '2c', '3', '3c', '4'])
    for (const [index, acr] of STRENGTHS.entries()) {
      const enough: readonly Acr[] = STRENGTHS.filter((needed) => atLeast(acr, needed))
      assert.deepEqual(enough, STRENGTHS.slice(0, index + 1))
    }
  })

  test('is that of the strongest, in whatever order they were given', () => {
    assert.equal(strengthOf([proof('1')]), '1')
    assert.equal(strengthOf([proof('1'), proof('3')]), '3')
    assert.equal(strengthOf([proof('3'), proof('1')]), '3')
    assert.equal(strengthOf([proof('2c'), proof('2t'), proof('2s')]), '2c')
    assert.equal(strengthOf([proof('4'), proof('3')]), '4')
  })

  test('is not what comes of nothing', () => {
    assert.throws(() => strengthOf([]), /nothing was proven/)
  })

  test('has a public name', () => {
    assert.equal(acrValue('2t'), 'urn:countersign:acr:2t')
  })
})

suite('The references of a login', () => {
  test('name each way once, and more than one factor when there was more than one', () => {
    assert.deepEqual(referencesOf([proof('1', 'pwd')]), ['pwd'])
    assert.deepEqual(referencesOf([proof('1', 'pwd'), proof('3', 'pop', 'user')]), [
      'pwd',
      'pop',
      'user',
      'mfa',
    ])
    // Two secrets that are only known are one factor (C5).
    assert.deepEqual(referencesOf([proof('1', 'pwd'), proof('2t', 'pwd')]), ['pwd'])
    assert.deepEqual(referencesOf([]), [])
  })

  test('count two of one kind once', () => {
    assert.deepEqual(referencesOf([proof('4', 'pop'), proof('4', 'pop')]), ['pop'])
  })
})
