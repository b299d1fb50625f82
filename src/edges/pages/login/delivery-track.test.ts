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

const BOTH = { ...DELIVERY, beside: { failed: 'call.code', left: 'call.again' } }

const shown = (receipts: Receipts, language: 'en' | 'fr' = 'en', delivery = DELIVERY) =>
  deliveryProgress({ texts: texts(language) }, { login: LOGIN, delivery, receipts })

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

  test('R129 where the same went by mail, the client is told which of the two is left', () => {
    const text = (key: string) => texts('en').text(key)
    const lost = { kind: 'failed', at: LATER, reason: 'unreachable' } as const
    const unmailed = { kind: 'beside-failed', at: LATER, reason: 'undelivered' } as const
    const arrived = { kind: 'delivered', at: LATER } as const
    const goodbye = text('call.goodbye')
    const rows = [
      [[lost], `${goodbye} ${text('call.again')}`, ['done', 'failed', 'current']],
      [[unmailed], `${text('call.code')} ${text('call.code')}`, ['done', 'failed', 'current']],
      [
        [arrived, unmailed],
        `${text('call.again')} ${text('call.code')}`,
        ['done', 'failed', 'done'],
      ],
      [
        [lost, unmailed],
        `${goodbye} ${text('login.delivery.unreachable')} ${text('call.code')}`,
        ['done', 'failed', 'failed', 'current'],
      ],
    ] as const
    for (const [receipts, status, states] of rows) {
      const told = shown(receipts, 'en', BOTH)
      assert.equal(told.status, status)
      assert.deepEqual(
        told.steps.map(({ state }) => state),
        states,
      )
    }
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
