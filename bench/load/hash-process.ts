import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { startingEnvironment } from '../server/server-process.ts'

const HASH = fileURLToPath(new URL('hash.ts', import.meta.url))

/** Argon2id verifications a second, without a server. */
export interface RawHash {
  rate(forMs: number): Promise<number>
  stop(): void
}

export async function startRawHash(): Promise<RawHash> {
  const child = fork(HASH, [], {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    env: { ...process.env, ...startingEnvironment() },
  })
  await once(child, 'message')
  return {
    async rate(forMs) {
      child.send(forMs)
      const [rate] = (await once(child, 'message')) as [number]
      return rate
    },
    stop: () => void child.kill(),
  }
}
