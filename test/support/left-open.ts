import { isMainThread } from 'node:worker_threads'

/**
 * Ends a file whose tests are over and which holds a server, a timer or a process open: Node would
 * wait for it for ever, and with it all that runs after.
 */
const PATIENCE_MS = 30_000

// Node runs this in every thread that a test starts too, such as the one that writes to SQLite.
if (isMainThread) {
  const { after } = await import('node:test')
  after(() => {
    setTimeout(() => {
      console.error(`left open: ${process.getActiveResourcesInfo().join(', ')}`)
      process.exit(1)
    }, PATIENCE_MS).unref()
  })
}
