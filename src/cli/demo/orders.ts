import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { AgentId } from '#core/agent.ts'
import { newId, type OrderId, type SubscriberId } from '#core/ids.ts'
import { held } from '#core/orders/deposit.ts'
import { entriesOf } from '#core/orders/ledger.ts'
import { isTravelling, type PlacedOrder, reserveFor } from '#core/orders/order.ts'
import { after, before, days, type Millis, seconds } from '#core/time/time.ts'
import { type DemoCard, drawn, importCards, type MadeCard } from '#cli/demo/cards.ts'
import { accountsOf } from '#engine/subscribers/accounts.ts'
import { currentContact } from '#engine/contact/addresses.ts'
import { depositEvents } from '#engine/subscribers/deposit.ts'
import { named, ordersIn } from '#engine/orders/fulfilment.ts'
import { memberCalled } from '#engine/desk/staff.ts'
import { orderLost, orderSent } from '#engine/orders/sending.ts'
import { methodNamed, type World } from '#engine/world.ts'
import { commitAuthenticators, listAuthenticators } from '#store/devices/authenticators.ts'
import { placeOrder, saveDraft } from '#store/orders/orders.ts'
import { findStamp } from '#store/security-stamp.ts'

/**
 * The back office of the demo: it has cards in stock, and sends one to each client who has ordered,
 * as soon as there has been time to change one's mind. Once its clerk has come in at the desk, the
 * sending is theirs.
 */

/** Of a whole order: what is left can be read off the page. */
const LEAVES_AFTER = seconds(15)
const LOOKS_EVERY = seconds(3)
const SPARES = 6
/** Who sends devices in the demo. */
const CLERK = 'demo-gus' as AgentId

const stockIn = (folder: string): string => `${folder}/stock.json`

/** Cards in the inventory. */
export async function fillStock(world: World, folder: string): Promise<void> {
  const spares: MadeCard[] = Array.from({ length: SPARES }, (_, index) => ({
    serial: `EX-00418-77${40 + index}`,
    secret: randomBytes(32),
  }))
  await importCards(world, spares)
  const written = spares.map(({ serial, secret }) => [serial, secret.toString('hex')])
  writeFileSync(stockIn(folder), JSON.stringify(Object.fromEntries(written)), { mode: 0o600 })
}

/** Looks now and then what was ordered, one look at a time. */
export function openPost(world: World, folder: string): { close(): Promise<void> } {
  let sending: Promise<void> | null = null
  const look = () => {
    sending ??= sendOrders(world, folder)
      .catch((error: unknown) => console.error('The post of the demo did not go out:', error))
      .finally(() => {
        sending = null
      })
  }
  const timer = setInterval(look, LOOKS_EVERY)
  return {
    async close() {
      clearInterval(timer)
      await sending
    },
  }
}

/** Sends what was ordered long enough ago; the card lies in its holder’s drawer from then on. */
async function sendOrders(world: World, folder: string): Promise<void> {
  if (!existsSync(stockIn(folder))) return
  if ((await memberCalled(world, CLERK))?.state !== 'active') await sendDue(world, folder)
  await drawSent(world, folder)
}

const stockOf = (folder: string): Readonly<Record<string, string>> =>
  JSON.parse(readFileSync(stockIn(folder), 'utf8')) as Readonly<Record<string, string>>

async function sendDue(world: World, folder: string): Promise<void> {
  const spares = Object.keys(stockOf(folder))
  for (const { id, orderedAt } of await ordersIn(world, { state: 'ordered', after: null })) {
    const [serial] = spares
    if (serial === undefined) return
    if (world.now() < after(orderedAt, LEAVES_AFTER)) continue
    const sent = await orderSent(world, { id, serial, by: 'operator', agent: 'demo-desk' })
    if (sent.ok) spares.shift()
  }
}

/** What has left, also by hand, lies in the drawer of its holder from then on. */
async function drawSent(world: World, folder: string): Promise<void> {
  // A client can be quicker than this job, and say at once that the card is there.
  const left = [
    ...(await ordersIn(world, { state: 'sent', after: null })),
    ...(await ordersIn(world, { state: 'delivered', after: null })),
  ]
  for (const order of left.filter(isTravelling)) {
    const { serial } = order
    const { [serial]: secretHex, ...left } = stockOf(folder)
    if (secretHex === undefined) continue
    writeFileSync(stockIn(folder), JSON.stringify(left), { mode: 0o600 })
    const { userName } = await named(world, order)
    const file = `${folder}/cards.json`
    const cards = JSON.parse(readFileSync(file, 'utf8')) as readonly unknown[]
    const card = drawn({ serial, secretHex, holder: userName })
    writeFileSync(file, `${JSON.stringify([...cards, card], null, 2)}\n`, { mode: 0o600 })
  }
}

/** It was sent a week ago, and the carrier has said since that it is lost. */
export async function loseCard(
  world: World,
  subscriberId: SubscriberId,
  card: DemoCard,
): Promise<void> {
  const id = await postCard(world, subscriberId, { card, age: days(8) })
  const then = { ...world, now: () => before(world.now(), days(1)) }
  const told = await orderLost(then, { id, by: 'operator', agent: 'demo-desk' })
  if (!told.ok) throw new Error(`the card of the demo is not lost: ${told.problem}`)
}

/** A client's card was put into the post so long ago. */
export async function postCard(
  world: World,
  subscriberId: SubscriberId,
  { card: { serial, pin }, age }: { readonly card: DemoCard; readonly age: Millis },
): Promise<OrderId> {
  const now = before(world.now(), age)
  const then = { ...world, now: () => now }
  await importCards(then, [{ serial, secret: randomBytes(32) }])
  const [account] = await accountsOf(then, subscriberId)
  const address = await currentContact(then, { subscriberId, kind: 'postal' })
  if (!account || !address) throw new Error('the card of the demo has no address')
  const sessionId = newId('ses', now, world.random)
  const wishes = { pin }
  const method = 'security-card'
  const { number, residence: country } = account.value
  const stamp = await findStamp(world.db, subscriberId)
  const chosen = { method, wishes, replaces: null, account: number }
  const draft = { sessionId, subscriberId, ...chosen, begunAt: now, stamp }
  const chosenIn = { wishes: null, account: null, over: null }
  await saveDraft(world.db, { ...draft, chosenIn }, null)
  const order: PlacedOrder = {
    id: newId('ord', now, world.random),
    subscriberId,
    method,
    wishes,
    country,
    state: 'ordered',
    address: address.value,
    orderedAt: now,
    mustBeProven: false,
    deposit: held(account.value, reserveFor(world.settings.orders, method)),
  }
  const event = {
    kind: 'order.placed',
    subscriberId,
    orderId: order.id,
    method,
    by: 'holder',
  } as const
  const entries = entriesOf(null, order, { why: 'ordered', now })
  const placed = await placeOrder(world.db, {
    now,
    order,
    draft: { sessionId, version: 1 },
    standing: { subscriberId, stamp, within: null },
    entries,
    events: [event, ...depositEvents(entries, { by: 'holder' })],
  })
  const sent = placed && (await orderSent(then, { id: order.id, serial, by: 'operator' }))
  if (!sent || !sent.ok) throw new Error('the card of the demo is not sent')
  await lose(then, subscriberId)
  return order.id
}

/** What they held is reported lost: only the card is still to come. */
async function lose(world: World, subscriberId: SubscriberId): Promise<void> {
  const held = await listAuthenticators(world.db, subscriberId)
  for (const { value, version } of held) {
    if (!methodNamed(world, value.method).secondFactor) continue
    const about = { subscriberId, authenticatorId: value.id, by: 'holder' } as const
    await commitAuthenticators(world.db, {
      now: world.now(),
      changed: [{ value: { ...value, lifecycle: 'suspended' }, version }],
      events: [{ kind: 'authenticator.suspended', ...about }],
    })
  }
}
