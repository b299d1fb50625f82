import { readdirSync, readFileSync } from 'node:fs'
import { setPriority } from 'node:os'

/**
 * Hashing gets what is left over: a client who answers does not wait for the passwords of others.
 */
const NICE = 10

/**
 * Gives the threads that compute password hashes a lower priority than the one that answers
 * requests. Measured: more logins a second, and answers beside them in a third less time
 * (docs/decisions/0030).
 *
 * @returns how many threads; 0 where the system does not let us.
 */
export function quietHashThreads(): number {
  try {
    const threads = readdirSync('/proc/self/task').filter((thread) =>
      readFileSync(`/proc/self/task/${thread}/comm`, 'utf8').startsWith('libuv-worker'),
    )
    for (const thread of threads) setPriority(Number(thread), NICE)
    return threads.length
  } catch {
    return 0
  }
}
