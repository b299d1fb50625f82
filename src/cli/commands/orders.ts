import { writeFile } from 'node:fs/promises'
import { type Command, Option } from 'commander'
import type { OrderId } from '#core/ids.ts'
import { LOSSES, type Loss } from '#core/orders/fees.ts'
import { type Order, ORDER_STATES as STATES } from '#core/orders/order.ts'
import { agentOption, Complaint, EXIT, inWorld, type Tools } from '#cli/command.ts'
import type { Settings } from '#config/settings.ts'
import { stockView, tokenView } from '#edges/back-office/stock.ts'
import { orderView } from '#edges/back-office/view.ts'
import { lettersPage } from '#edges/pages/notices/letter-page.ts'
import { texts } from '#edges/texts/texts.ts'
import { destroyToken, stockOf } from '#engine/inventory/stock.ts'
import {
  enclosureOf,
  type NamedOrder,
  named,
  ORDERS_MAX,
  ordersIn,
  tokenReturned,
} from '#engine/orders/fulfilment.ts'
import {
  orderDelivered,
  orderLost,
  orderPacked,
  orderRelabelled,
  orderSent,
} from '#engine/orders/sending.ts'
import { writeOff } from '#engine/orders/write-off.ts'
import type { World } from '#engine/world.ts'

interface Label {
  readonly carrier?: string
  readonly tracking?: string
}

/** What the carrier says of an order. */
const SAID = {
  delivered: { does: orderDelivered, says: 'say that the carrier has delivered an order' },
  lost: { does: orderLost, says: 'say that an order was lost in the post: its token is stopped' },
} as const

/**
 * `countersign hardware-token orders`, `packed`, `sent`, `relabelled`, `delivered`, `lost`,
 * `sheet`, `returned` and `written-off`: what clients have ordered, what comes back, and what does
 * not.
 */
export function orderCommands(token: Command, tools: Tools, settings: () => Settings): void {
  const here: Here = async (act) => await inWorld({ tools, settings: settings() }, act)
  token
    .command('orders')
    .description('list what clients have ordered, a line of JSON each')
    .option(`--state <${STATES.join('|')}>`, 'in which state', 'ordered')
    .action(async ({ state }: { state: string }) => await here((world) => list(world, state)))
  token
    .command('sheet')
    .description('write the sheet that lies beside a token in its envelope, ready to print')
    .argument('<order>')
    .requiredOption('--to <file>', 'a file that is not there yet')
    .action(async (id: string, { to }: { to: string }) => {
      await here((world) => print(world, id, to))
    })
  leavingCommands(token, here)
  backCommands(token, here)
}

type Here = (act: (world: World) => Promise<void>) => Promise<void>

const who = () => agentOption('--by <agent>', 'who does it').makeOptionMandatory()

/** On the way to a client. */
function leavingCommands(token: Command, here: Here): void {
  token
    .command('packed')
    .description('say which token of the inventory lies in the envelope of an order')
    .argument('<order>')
    .requiredOption('--serial <serial>')
    .addOption(who())
    .action(async (id: string, { serial, by: agent }: { serial: string; by: string }) => {
      await here(async (world) => {
        const done = await orderPacked(world, { id, serial, by: 'operator', agent })
        if (!done.ok) throw complaintOf(serial, done.problem)
        show(done)
      })
    })
  token
    .command('sent')
    .description('say that a token of the inventory has left for the client who ordered it')
    .argument('<order>')
    .requiredOption('--serial <serial>')
    .option('--carrier <name>', 'who carries it; without, it is a plain letter')
    .option('--tracking <number>', 'its number at the carrier')
    .addOption(who())
    .action(async (id: string, { by: agent, ...label }: Label & { serial: string; by: string }) => {
      await here(async (world) => {
        const done = await orderSent(world, { id, ...label, by: 'operator', agent })
        if (!done.ok) throw complaintOf(label.serial, done.problem)
        show(done)
      })
    })
  token
    .command('relabelled')
    .description('correct carrier and number of a token that is in the post: its client is told')
    .argument('<order>')
    .option('--carrier <name>', 'who carries it; without, it is a plain letter')
    .option('--tracking <number>', 'its number at the carrier')
    .addOption(who())
    .action(async (id: string, { by: agent, ...label }: Label & { by: string }) => {
      await here(async (world) => {
        const done = await orderRelabelled(world, { id, ...label, by: 'operator', agent })
        if (!done.ok) throw complaintOf(id, done.problem)
        show(done)
      })
    })
  for (const [name, { does, says }] of Object.entries(SAID)) {
    token
      .command(name)
      .description(says)
      .argument('<order>')
      .addOption(who())
      .action(async (id: string, { by: agent }: { by: string }) => {
        await here(async (world) => {
          const done = await does(world, { id, by: 'operator', agent })
          if (!done.ok) throw complaintOf(id, done.problem)
          show(done)
        })
      })
  }
}

/** On the way back, or on none. */
function backCommands(token: Command, here: Here): void {
  token
    .command('returned')
    .description('say that a token has come back: it is stopped, and the deposit is free')
    .argument('<serial>')
    .addOption(who())
    .action(async (serial: string, { by: agent }: { by: string }) => {
      await here(async (world) => {
        const done = await tokenReturned(world, { serial, by: 'operator', agent })
        if (!done.ok) throw complaintOf(serial, done.problem)
        const returnedAt = new Date(done.returnedAt).toISOString()
        console.log(
          JSON.stringify({ serial: done.serial, returnedAt, order: done.order?.id ?? null }),
        )
      })
    })
  token
    .command('stock')
    .description('count the tokens of the inventory by kind and place, a line of JSON each')
    .action(async () => await here(stock))
  token
    .command('destroyed')
    .description('say that a token was destroyed: one that came back, or has never left')
    .argument('<serial>')
    .addOption(who())
    .action(async (serial: string, { by: agent }: { by: string }) => {
      await here(async (world) => {
        const done = await destroyToken(world, { serial, by: 'operator', agent })
        if (!done.ok) throw complaintOf(serial, done.problem)
        console.log(JSON.stringify(tokenView(done)))
      })
    })
  token
    .command('written-off')
    .description('say that a token is not expected back: it is stopped, and its deposit settled')
    .argument('<serial>')
    .addOption(new Option('--why <why>', 'why').choices(LOSSES).makeOptionMandatory())
    .addOption(who())
    .action(async (serial: string, { why, by: agent }: { why: Loss; by: string }) => {
      await here(async (world) => {
        const done = await writeOff(world, { serial, why, by: 'operator', agent })
        if (!done.ok) throw complaintOf(serial, done.problem)
        console.log(JSON.stringify({ serial: done.serial, order: done.order?.id ?? null }))
      })
    })
}

async function list(world: World, typed: string): Promise<void> {
  const state = STATES.find((one) => one === typed)
  if (!state) throw new Complaint(`A state is one of ${STATES.join(', ')}.`, EXIT.usage)
  let after: OrderId | null = null
  for (;;) {
    const page: readonly Order[] = await ordersIn(world, { state, after })
    for (const order of page) show(await named(world, order))
    after = page.at(-1)?.id ?? null
    if (page.length < ORDERS_MAX) return
  }
}

const show = (order: NamedOrder): void => console.log(JSON.stringify(orderView(order)))

/** Which kinds run low stands on standard error, beside the lines for programs. */
async function stock(world: World): Promise<void> {
  const { rows, low } = stockView(await stockOf(world))
  for (const row of rows) console.log(JSON.stringify(row))
  for (const kind of low) console.error(`Too few are free: ${kind}`)
}

async function print(world: World, id: string, file: string): Promise<void> {
  const found = await enclosureOf(world, id)
  if (!found.ok) throw complaintOf(id, found.problem)
  try {
    // It holds an address: only the operator reads it, and nothing is overwritten.
    await writeFile(file, lettersPage([found.letter]), { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw new Complaint(`${file} is there already. Choose another name.`, EXIT.usage)
  }
}

const complaintOf = (about: string, problem: string): Complaint =>
  new Complaint(`${about.slice(0, 64)}: ${texts('en').text(`problem.${problem}`)} (${problem})`)
