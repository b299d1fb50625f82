import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { inRoot } from './places.mjs'

const LOCK = inRoot('var', 'setup.lock')
const HEARTBEAT_MS = 1000
/** A holder that has not touched its lock for so long was killed, perhaps in another container. */
const DEAD_AFTER_MS = 15_000

/**
 * Runs the work alone: a second set-up in the same clone waits for the first, then finds it done.
 */
export async function whileLocked(work) {
  mkdirSync(inRoot('var'), { recursive: true })
  await acquire()
  const heart = setInterval(() => utimesSync(LOCK, new Date(), new Date()), HEARTBEAT_MS)
  const release = () => {
    clearInterval(heart)
    rmSync(LOCK, { force: true })
  }
  const interrupted = () => {
    release()
    process.exit(130)
  }
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted)
  try {
    return await work()
  } finally {
    release()
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted)
  }
}

async function acquire() {
  const mine = `${process.pid} ${hostname()}\n`
  for (let told = false; ; told = true) {
    try {
      writeFileSync(LOCK, mine, { flag: 'wx' })
      return
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    if (isAbandoned()) rmSync(LOCK, { force: true })
    else if (!told) console.error('  Another set-up is at work in this folder; waiting for it ...')
    await pause(100)
  }
}

function isAbandoned() {
  try {
    const [pid, host] = readFileSync(LOCK, 'utf8').trim().split(' ')
    if (host === hostname() && !isAlive(Number(pid))) return true
    return Date.now() - statSync(LOCK).mtimeMs > DEAD_AFTER_MS
  } catch (error) {
    if (error.code === 'ENOENT') return false
    throw error
  }
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error.code === 'EPERM'
  }
}
