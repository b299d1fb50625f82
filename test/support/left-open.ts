import { after } from 'node:test'

/**
 * Ends a file whose tests are over and which holds a server, a timer or a process open: Node would
 * wait for it for ever, and with it all that runs after.
 */
const PATIENCE_MS = 30_000

after(() => {
  setTimeout(() => {
    console.error(`left open: ${process.getActiveResourcesInfo().join(', ')}`)
    process.exit(1)
  }, PATIENCE_MS).unref()
})
