/**
 * Cryptography that runs in threads ends in an order of its own. Here it ends in the order in which
 * it was asked for, and the schedule knows when all of it has.
 */
const METHODS = [
  ...(['sign', 'verify', 'digest', 'generateKey', 'importKey', 'exportKey'] as const),
  ...(['deriveBits', 'deriveKey', 'encrypt', 'decrypt'] as const),
]

type Asked = (...given: readonly unknown[]) => Promise<unknown>

/** How much of it is under way. */
export const underWay = (): number => running

/** @returns how to have it as it was. */
export function watchThreads(): () => void {
  const { subtle } = globalThis.crypto
  const place = Object.getPrototypeOf(subtle) as Record<string, Asked>
  const real = new Map(METHODS.map((method) => [method, place[method] as Asked]))
  for (const [method, asked] of real)
    place[method] = inOrder((...given) =>
      Reflect.apply<typeof subtle, readonly unknown[], Promise<unknown>>(asked, subtle, given),
    )
  return () => {
    for (const [method, asked] of real) place[method] = asked
  }
}

let running = 0
let last: Promise<unknown> = Promise.resolve()

const inOrder =
  (asked: Asked): Asked =>
  async (...given) => {
    running += 1
    const mine = last.then(() => asked(...given))
    last = mine.catch(() => undefined)
    try {
      return await mine
    } finally {
      running -= 1
    }
  }
