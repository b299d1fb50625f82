import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import type { SubscriberId } from '#core/ids.ts'
import type { Identity } from '#core/inventory/device-sharing.ts'
import type { DeliveredKey } from '#core/inventory/hardware-token.ts'
import { importTokens, type ReadKey } from '#engine/inventory/key-import.ts'
import { giveToken } from '#engine/inventory/hardware-tokens.ts'
import type { World } from '#engine/world.ts'

/** A security card that one of the cast holds from the start. The PIN is told in their story. */
export interface DemoCard {
  readonly serial: string
  readonly pin: string
}

export interface Holder {
  readonly userName: string
  readonly subscriberId: SubscriberId
  readonly card: DemoCard
}

/** Another user name of the same person uses the card as well (R120). */
export async function shareCard(world: World, { serial, owner, user }: Sharing): Promise<void> {
  const recorded = new Map([owner, user].map((id) => [id, { entity: null, identity: WANDA }]))
  const giving = { serial, subscriberId: user, wishes: {}, by: 'demo', recorded } as const
  const given = await giveToken(world, giving)
  if (!given.ok) throw new Error(`a card of the demo is not shared: ${given.problem}`)
}

interface Sharing {
  readonly serial: string
  readonly owner: SubscriberId
  readonly user: SubscriberId
}

/** What is on record of both names. Made up, as she is. */
const WANDA: Identity = {
  birthDate: '1980-02-29',
  citizenship: 'US',
  residence: 'US',
  documentType: 'passport',
  documentNumber: 'X0000000',
}

const SUITE = 'OCRA-1:HOTP-SHA256-8:C-QN06-PSHA256'

/**
 * The cards of the demo: into the inventory, to their holders, and into `file`, where the simulated
 * card finds its key. Only the demo ever writes a key down: a reader of that file holds all the
 * cards.
 */
export async function handOutCards(
  world: World,
  holders: readonly Holder[],
  file: string,
): Promise<void> {
  const cards = holders.map((holder) => ({ ...holder, secret: randomBytes(32) }))
  await importCards(
    world,
    cards.map(({ card, secret }) => ({ serial: card.serial, secret })),
  )
  for (const { subscriberId, card } of cards) {
    const { serial, pin } = card
    const given = await giveToken(world, { serial, subscriberId, wishes: { pin }, by: 'demo' })
    if (!given.ok) throw new Error(`a card of the demo is not given: ${given.problem}`)
  }
  const drawer = cards.map(({ userName, card, secret }) => ({
    ...drawn({ serial: card.serial, secretHex: secret.toString('hex'), holder: userName }),
    pin: card.pin,
  }))
  writeFileSync(file, `${JSON.stringify(drawer, null, 2)}\n`, { mode: 0o600 })
}

/** A card as the simulated one finds it. */
export const drawn = (card: {
  readonly serial: string
  readonly secretHex: string
  readonly holder: string
}) => ({ ...card, suite: SUITE })

export interface MadeCard {
  readonly serial: string
  readonly secret: Buffer
}

/** Takes cards into the inventory. */
export async function importCards(world: World, cards: readonly MadeCard[]): Promise<void> {
  const items = listed(cards.map(({ serial, secret }) => delivered(serial, secret)))
  const imported = await importTokens(world, { items, dryRun: false })
  if (!imported.ok) throw new Error(`the cards of the demo are not taken: ${imported.reason}`)
}

function delivered(serial: string, secret: Uint8Array): ReadKey<never> {
  const key: DeliveredKey = {
    serial,
    algorithm: 'urn:ietf:params:xml:ns:keyprov:pskc:ocra',
    suite: SUITE,
    secret,
    counter: 0,
    pin: null,
    startsAt: null,
    expiresAt: null,
    usages: [],
    pinMode: null,
  }
  return { line: 1, key }
}

async function* listed<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}
