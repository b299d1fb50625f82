import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { canonicalJson, type Json } from '#core/json.ts'
import { leafText, type LoggedEvent } from './leaf.ts'

const EVENT: LoggedEvent = {
  seq: 7,
  at: 1_793_000_000_000,
  kind: 'session.opened',
  subscriberId: 'sub_A',
  loginId: null,
  body: canonicalJson({ kind: 'session.opened', subscriberId: 'sub_A', note: 'é "quoted"' }),
}

suite('The leaf of an event', () => {
  test('is canonical JSON of the whole row', () => {
    const text = leafText(EVENT)
    const parsed = (json: string) => JSON.parse(json) as Json
    assert.equal(text, canonicalJson(parsed(text)))
    const { body, ...row } = EVENT
    assert.deepEqual(parsed(text), { ...row, event: parsed(body) })
  })

  test('A22 is another one when anything of the row is, white space in its body too', () => {
    const others: readonly Partial<LoggedEvent>[] = [
      { seq: 8 },
      { at: EVENT.at + 1 },
      { kind: 'session.ended' },
      { subscriberId: null },
      { loginId: 'log_A' },
      { body: EVENT.body.replace(':', ': ') },
      { body: EVENT.body.replace('sub_A', 'sub_B') },
    ]
    const texts = [{}, ...others].map((other) => leafText({ ...EVENT, ...other }))
    assert.equal(new Set(texts).size, others.length + 1)
  })
})
