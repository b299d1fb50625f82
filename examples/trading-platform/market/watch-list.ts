/** Instruments that do not exist, at the prices with which they begin. */
export interface Instrument {
  readonly symbol: string
  readonly name: string
  readonly price: number
  /** Since yesterday, in percent. */
  readonly change: number
  /** Of Pink Sheet or OTCBB. */
  readonly isPenny?: true
}

export const WATCH_LIST: readonly Instrument[] = [
  { symbol: 'ALDM', name: 'Aldermoor Mills', price: 41.2, change: 0.4 },
  { symbol: 'BRWC', name: 'Borrowdale Copper', price: 118.75, change: -1.1 },
  { symbol: 'CLFO', name: 'Cinder Lane Foods', price: 27.06, change: 0 },
  { symbol: 'DRFT', name: 'Driftway Rail', price: 203.5, change: 2.3 },
  { symbol: 'FENH', name: 'Fen Harbour Gas', price: 9.84, change: -0.2 },
  { symbol: 'GRWM', name: 'Garrow Moss (OTCBB)', price: 0.31, change: 6.9, isPenny: true },
]
