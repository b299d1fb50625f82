import { createSecretKey } from 'node:crypto'
import { type Instant, instant } from '#core/time/time.ts'

/**
 * What a test tells a process of its own: the database to open, as its server does.
 */
interface Told {
  readonly url: string
  readonly rootKey: string
  readonly now: number
  /** Where a server is to be reached. */
  readonly issuer?: string
}

/**
 * Reads it, and ends the process, with what was to be closed, when the test that started it has
 * gone.
 */
export function ownProcess() {
  const told = JSON.parse(process.argv[2] ?? '') as Told
  const root = createSecretKey(Buffer.from(told.rootKey, 'base64url'))
  const closing: (() => unknown)[] = []
  const after = (close: unknown) => {
    if (typeof close === 'function') closing.push(() => (close as () => unknown)())
  }
  process.once('disconnect', () => {
    void Promise.all(closing.map((close) => close())).then(() => process.exit(0))
  })
  const machine: { now: Instant } = { now: instant(told.now) }
  const keys = { current: 1, root: new Map([[1, root]]) }
  return { told, test: { after }, beside: { url: told.url, keys, machine } }
}
