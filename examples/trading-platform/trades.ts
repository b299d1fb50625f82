import { randomUUID } from 'node:crypto'
import { type Instrument, WATCH_LIST } from './market/watch-list.ts'

/** Orders that are executed at once, at a price that does not move: a sample of a market. */
export interface Order {
  readonly side: Side
  readonly instrument: Instrument
  /** Whole ones. */
  readonly quantity: number
}

export const SIDES = ['buy', 'sell'] as const
export type Side = (typeof SIDES)[number]

export type ReadOrder =
  | { readonly ok: true; readonly order: Order; readonly key: string }
  | { readonly ok: false; readonly wrong: readonly ('instrument' | 'side' | 'quantity')[] }

const QUANTITY_MAX = 1_000_000

/** Stocks of Pink Sheet and OTCBB stand there for a client who may trade them. */
export const instrumentsFor = (isPennyOpen: boolean): readonly Instrument[] =>
  WATCH_LIST.filter(({ isPenny = false }) => isPennyOpen || !isPenny)

/** A form as it was typed. */
export function readOrder(
  form: { readonly [name: string]: unknown },
  isPennyOpen: boolean,
): ReadOrder {
  const instrument = instrumentsFor(isPennyOpen).find(({ symbol }) => symbol === form['instrument'])
  const side = SIDES.find((one) => one === form['side'])
  const quantity = quantityIn(form['quantity'])
  const key = form['order']
  if (!instrument || !side || quantity === 0 || typeof key !== 'string') {
    const wrong = [
      ...(instrument ? [] : ['instrument' as const]),
      ...(side ? [] : ['side' as const]),
      ...(quantity > 0 ? [] : ['quantity' as const]),
    ]
    return { ok: false, wrong }
  }
  return { ok: true, key: key.slice(0, KEY_LENGTH_MAX), order: { side, instrument, quantity } }
}

const KEY_LENGTH_MAX = 100

/** Whole and above nothing, with or without spaces; 0 for anything else. */
function quantityIn(typed: unknown): number {
  const digits = typeof typed === 'string' ? typed.replaceAll(/\s/g, '') : ''
  const quantity = /^[1-9][0-9]{0,6}$/.test(digits) ? Number(digits) : 0
  return quantity <= QUANTITY_MAX ? quantity : 0
}

/** An order that was executed. */
export interface Trade extends Order {
  readonly reference: string
  readonly subject: string
  readonly account: string
  readonly environment: 'live' | 'paper'
  /** Milliseconds since 1970. */
  readonly at: number
  /** The session at the login server in which it was asked for. */
  readonly session: string | undefined
}

/** What was executed; the oldest make room for new ones. */
export interface TradeBook {
  /** The form that is sent a second time executes nothing more. */
  execute(
    order: Order,
    about: Omit<Trade, 'reference' | keyof Order> & { readonly key: string },
  ): Trade
  find(reference: string, subject: string): Trade | null
}

const TRADES_MAX = 10_000

export function tradeBook(): TradeBook {
  const byKey = new Map<string, Trade>()
  const byReference = new Map<string, Trade>()
  return {
    execute(order, { key, ...about }) {
      const name = `${about.subject} ${key}`
      const before = byKey.get(name)
      if (before) return before
      const trade = { ...order, ...about, reference: `T-${randomUUID()}` }
      for (const [all, at] of [
        [byKey, name],
        [byReference, trade.reference],
      ] as const) {
        const [oldest] = all.keys()
        if (all.size >= TRADES_MAX && oldest !== undefined) all.delete(oldest)
        all.set(at, trade)
      }
      return trade
    },
    find(reference, subject) {
      const trade = byReference.get(reference)
      return trade?.subject === subject ? trade : null
    },
  }
}
