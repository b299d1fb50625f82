import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { turnsOf } from '#edges/mail/turns.ts'

suite('Mails that come at once', () => {
  test('A19 have one piece looked at in each turn of the event loop, and all get theirs', async () => {
    const inTurns = turnsOf()
    let looked = 0
    const ended: number[] = []
    const read = async (mail: number) => {
      async function* pieces() {
        yield* [1, 2, 3]
      }
      for await (const _ of inTurns(pieces())) looked += 1
      ended.push(mail)
    }
    const all = Promise.all(Array.from({ length: 20 }, (_, mail) => read(mail)))
    for (let turns = 0, before = 0; looked < 60; turns += 1) {
      await turn()
      assert.ok(looked - before <= 1, `${looked - before} in one turn`)
      assert.ok(turns < 200)
      before = looked
    }
    await all
    assert.equal(ended.length, 20)
  })
})
