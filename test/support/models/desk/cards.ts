import assert from 'node:assert/strict'
import { setContact } from '#engine/contact/addresses.ts'
import { beginProof } from '#engine/desk/cases/proofs.ts'
import { answerLogin } from '#engine/login/answer.ts'
import { viewLogin } from '#engine/login/view.ts'
import { SAMPLE_PIN } from '#methods/security-card/sample.ts'
import { findAuthenticator } from '#store/devices/authenticators.ts'
import { findOpenOrder } from '#store/orders/orders.ts'
import { cardOf } from '../../clients/card.ts'
import { begin } from '../../clients/engine-story.ts'
import { ADDRESS } from '../../clients/orders.ts'
import { browser, type TestWorld } from '../../server/world.ts'
import type { Run } from './play.ts'
import { challengedBy } from './proofs.ts'

/**
 * A card that is said to be lost, and another that is ordered. The enemy finds the lost one, with
 * the PIN on it, after its client has told us.
 */

export type Card = Awaited<ReturnType<typeof cardOf>>

/** The client holds a card besides, and the broker knows where they live. */
export async function withCard(
  world: TestWorld,
  { subscriberId }: Run['client'],
  number: number,
): Promise<Card> {
  const address = { subscriberId, kind: 'postal', value: ADDRESS, by: 'operator' } as const
  assert.ok((await setContact(world, address)).ok)
  return await cardOf(world, subscriberId, `client-${number}`)
}

/** What one agent has just had replaced goes where its client lives, and answers nothing now. */
export async function isReplaced(run: Run): Promise<void> {
  const { world, client, card } = run
  assert.ok(card)
  run.seen.replacements += 1
  run.replacedIn = run.case?.id ?? null
  assert.equal((await findAuthenticator(world.db, card.id))?.value.lifecycle, 'suspended')
  const order = (await findOpenOrder(world.db, client.subscriberId))?.value
  assert.deepEqual([order?.address, order?.mustBeProven], [ADDRESS, true])
}

/** The enemy has found what its client has reported: it opens no login, and proves no caller. */
export async function findsCard(run: Run): Promise<void> {
  const { world, client, card, open } = run
  if (!card || run.replacedIn === null || run.isDenied) return
  run.seen.found += 1
  const caseId = run.case?.id
  if (caseId) {
    const asking = { caseId, authenticatorId: card.id, of: 'device' } as const
    assert.ok(!(await beginProof(world, open, asking)).ok, 'a lost card proves a caller')
  }
  const enemy = browser({ browser: 'Mallory' })
  const started = await begin(world, enemy, { userName: client.userName, platform: 'portal' })
  if (!started.ok) return
  const held = { id: started.login.id, holder: enemy.holder }
  await challengedBy(world, held, 'security-card')
  const view = await viewLogin(world, held)
  const asked = view.ok && view.login.state === 'challenged' ? view.login.challenge.prompt : null
  const { number = '123456' } = (asked ?? {}) as { readonly number?: string }
  const response = card.card.press(SAMPLE_PIN, number)
  assert.ok(!(await answerLogin(world, { ...held, answer: { response } })).ok, 'a lost card is in')
}
