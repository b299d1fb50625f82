import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { FAILURE_REASONS } from '#core/delivery/delivery.ts'
import type { Challenged } from '#core/login/state.ts'
import { instant } from '#core/time/time.ts'
import { deliveryProgress } from '#edges/pages/login/delivery-track.ts'
import { texts } from '#edges/texts/texts.ts'

const [SENT, LATER] = [instant(1_000), instant(5_000)]
const DELIVERY = { sent: 'call.code', delivered: 'call.again', failed: 'call.goodbye' }
// Only when the challenge was opened is looked at.
const LOGIN = { challenge: { openedAt: SENT } } as Challenged

type Receipts = Parameters<typeof deliveryProgress>[1]['receipts']

const shown = (receipts: Receipts, language: 'en' | 'fr' = 'en') =>
  deliveryProgress({ texts: texts(language) }, { login: LOGIN, delivery: DELIVERY, receipts })

suite('how far a text or a call has come', () => {
  const { text } = texts('en')

  test('until more is known, it was sent', () => {
    for (const receipts of [[], [{ kind: 'sent', at: LATER }]] as const) {
      const { status, steps } = shown(receipts)
      assert.equal(status, text('call.code'))
      assert.deepEqual(
        steps.map(({ state }) => state),
        ['done', 'current'],
      )
      assert.equal(steps[0]?.at, SENT)
    }
  })

  test('that it has arrived is said with the time', () => {
    const { status, steps } = shown([
      { kind: 'sent', at: SENT },
      { kind: 'delivered', at: LATER },
    ])
    assert.equal(status, text('call.again'))
    assert.deepEqual(steps[1], { text: text('call.again'), at: LATER, state: 'done' })
  })

  for (const reason of FAILURE_REASONS) {
    test(`R088 that it failed is said with what to do: ${reason}`, () => {
      for (const language of ['en', 'fr'] as const) {
        const { status, steps } = shown([{ kind: 'failed', at: LATER, reason }], language)
        const advice = texts(language).text(`login.delivery.${reason}`)
        assert.doesNotMatch(advice, /login\.delivery/, 'there are words for it')
        assert.ok(status.endsWith(advice))
        assert.deepEqual(
          steps.map(({ state }) => state),
          ['done', 'failed', 'current'],
        )
      }
    })
  }
})
