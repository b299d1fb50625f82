import { SAMPLE_TOOLS } from '../holders.ts'
import { ownProcess } from './own-process.ts'
import { openSite } from './site.ts'

/**
 * A server in a process of its own, over the database that it is told. It says where it listens.
 *
 *   site.fixture.ts <{ url, rootKey, now, issuer }>
 */
const { told, test, beside } = ownProcess()
const { port } = await openSite(test, {
  beside,
  tools: SAMPLE_TOOLS,
  ...(told.issuer !== undefined && { issuer: told.issuer }),
})
process.send?.({ port })
