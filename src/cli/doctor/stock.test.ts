import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { sampleCard } from '#methods/security-card/sample.ts'
import { deliver } from '../../../test/support/clients/card.ts'
import { testWorld } from '../../../test/support/server/world.ts'
import { stockOf } from './installation.ts'

suite('The stock, by the doctor', () => {
  test('R012 is wrong where fewer are free than is set, and not asked where none was taken in', async (t) => {
    const world = await testWorld(t)
    const found = async (lowStock: number) => await stockOf(world.db, { orders: { lowStock } })
    assert.equal(await found(10), null)
    const cards = ['c', 'd'].map((one) => [`CARD-${one}`, sampleCard(one)] as const)
    await deliver(world, new Map(cards))
    assert.equal((await found(2))?.isWell, true)
    const low = await found(3)
    assert.equal(low?.isWell, false)
    assert.match(low.sentence, /Fewer than 3 are free: security-card/)
  })

  test('of a kind that is sent no more is not asked for', async (t) => {
    const world = await testWorld(t)
    await deliver(world, new Map([['CARD-O', sampleCard('o')]]), 'older-card')
    assert.equal(await stockOf(world.db, world.settings), null)
  })
})
