import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { JOINING, joiner } from '#channels/sms-smpp/joiner.ts'
import { IDS_MAX, messageIds } from '#channels/sms-smpp/message-ids.ts'

suite('what is remembered of a message centre has limits', () => {
  const begun = (t: TestContext, senders: number) => {
    let lost = 0
    const joining = joiner({ waitMs: 60_000, onLost: () => (lost += 1) })
    t.after(() => joining.close())
    const part = (sender: number, number: number) =>
      joining.add({ from: `${sender}`, reference: '8 1', total: 2, number, words: `${number}` })
    for (let sender = 0; sender < senders; sender += 1) assert.equal(part(sender, 1), null)
    return { lost: () => lost, part }
  }

  test('as many texts wait for parts as may, and the oldest makes room for one more', (t) => {
    const full = begun(t, JOINING.texts)
    assert.equal(full.lost(), 0)
    assert.equal(full.part(0, 2)?.text, '12')
    const over = begun(t, JOINING.texts + 1)
    assert.equal(over.lost(), 1)
    assert.equal(over.part(0, 2), null)
    assert.equal(over.part(JOINING.texts, 2)?.text, '12')
  })

  test('what was told makes room without a word', (t) => {
    const full = begun(t, JOINING.texts)
    full.part(0, 2)?.told()
    full.part(JOINING.texts, 1)
    assert.equal(full.lost(), 0)
  })

  test('the oldest id is forgotten for one too many', () => {
    const ids = messageIds('same')
    for (let number = 0; number < IDS_MAX; number += 1) ids.given(`f${number}`)
    const decimal = [BigInt('0xf0').toString()]
    assert.equal(ids.meant(decimal), 'f0')
    ids.given('one more')
    assert.equal(ids.meant(decimal), decimal[0])
  })
})
