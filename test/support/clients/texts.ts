import assert from 'node:assert/strict'
import { FRESH } from '#core/devices/authenticator.ts'
import { newId, type SubscriberId } from '#core/ids.ts'
import { codeIn, sample } from '#methods/sms-code/sample.ts'
import { bindingWrites } from '#store/devices/authenticators.ts'
import type { TestWorld } from '../server/world.ts'

/** What has arrived by text, the latest last. */
export interface Inbox {
  readonly texts: readonly string[]
  /** What stands in each of them to be typed. */
  readonly codes: readonly string[]
  /** The code of the latest; empty where nothing has come. */
  latest(): string
}

/** Texts are sent from now on, and all of them arrive as soon as what is due is delivered. */
export function textsOf(world: Pick<TestWorld, 'channels'>): Inbox {
  const texts: string[] = []
  const codes: string[] = []
  world.channels.set('sms', {
    name: 'sms',
    retries: [],
    deliver: async ({ payload }) => {
      texts.push((payload as { readonly text: string }).text)
      codes.push(codeIn(payload))
      return { outcome: 'sent' }
    },
  })
  return { texts, codes, latest: () => codes.at(-1) ?? '' }
}

/** The client has a number for texts besides, whose texts are in this inbox. */
export async function withNumber(world: TestWorld, subscriberId: SubscriberId): Promise<Inbox> {
  const now = world.now()
  const id = newId('aut', now, world.random)
  const { state } = sample
  const number = { ...FRESH, id, method: 'sms-code', label: '', createdAt: now, state }
  assert.ok(await world.db.commit([...bindingWrites(world.db, number, [subscriberId])]))
  return textsOf(world)
}
