import assert from 'node:assert/strict'
import type { AuthenticatorId, SubscriberId } from '#core/ids.ts'
import { serialKey } from '#core/inventory/hardware-token.ts'
import { importTokens } from '#engine/inventory/key-import.ts'
import { giveToken } from '#engine/inventory/hardware-tokens.ts'
import { SAMPLE_PIN, type SampleCard, sampleCard } from '#methods/security-card/sample.ts'
import type { TestWorld } from '../server/world.ts'

const OCRA = 'urn:ietf:params:xml:ns:keyprov:pskc:ocra'

/** A key as a file delivers it. */
export function deliveredKey(serial: string, card: SampleCard) {
  const key = {
    serial: serialKey(serial) ?? '',
    algorithm: OCRA,
    suite: card.suite,
    secret: card.secret,
    counter: 0,
    pin: null,
    startsAt: null,
    expiresAt: null,
    usages: [],
    pinMode: null,
  }
  return { line: 1, key }
}

/** Puts cards into the inventory. */
export async function deliver(
  world: TestWorld,
  cards: ReadonlyMap<string, SampleCard>,
  kind?: string,
): Promise<void> {
  const items = [...cards].map(([serial, card]) => deliveredKey(serial, card))
  const imported = await importTokens(world, { items: listed(items), dryRun: false, kind })
  assert.ok(imported.ok, JSON.stringify(imported))
}

export async function* listed<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items
}

/** A card from the inventory, in the hands of a client. */
export async function cardOf(
  world: TestWorld,
  subscriberId: SubscriberId,
  letter = 'c',
  kind?: string,
): Promise<{ readonly card: SampleCard; readonly id: AuthenticatorId; readonly serial: string }> {
  const serial = `CARD-${letter}`
  const card = sampleCard(letter)
  await deliver(world, new Map([[serial, card]]), kind)
  const giving = { serial, subscriberId, wishes: { pin: SAMPLE_PIN }, by: 'test' }
  const given = await giveToken(world, giving)
  assert.ok(given.ok, JSON.stringify(given))
  return { card, id: given.authenticatorId, serial }
}
