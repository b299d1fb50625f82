import { createSecretKey } from 'node:crypto'
import { type Instant, instant } from '#core/time.ts'
import { SAMPLE_TOOLS } from './holders.ts'
import { openSite } from './site.ts'

/**
 * A server in a process of its own, over the database that it is told. It says where it listens.
 *
 *   site.fixture.ts <{ url, rootKey, now, issuer }>
 */
const { url, rootKey, now, issuer } = JSON.parse(process.argv[2] ?? '') as {
  readonly url: string
  readonly rootKey: string
  readonly now: number
  readonly issuer: string
}
const root = createSecretKey(Buffer.from(rootKey, 'base64url'))
const closing: (() => unknown)[] = []
const after = (close: unknown) => {
  if (typeof close === 'function') closing.push(() => (close as () => unknown)())
}
const machine: { now: Instant } = { now: instant(now) }
const beside = { url, keys: { current: 1, root: new Map([[1, root]]) }, machine }
const { port } = await openSite({ after }, { beside, issuer, tools: SAMPLE_TOOLS })
process.once('disconnect', () => {
  void Promise.all(closing.map((close) => close())).then(() => process.exit(0))
})
process.send?.({ port })
