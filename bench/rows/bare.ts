import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { startRawHash } from '../load/hash-process.ts'
import { openConnection } from '../load/http.ts'
import { ABREAST } from './logins.ts'
import { gathering, type Measure, rateFor } from './run.ts'
import { startingEnvironment } from '../server/server-process.ts'

const SERVER = fileURLToPath(new URL('../server/bare-server.ts', import.meta.url))

/**
 * What there is room for: the requests, the hash and the commits of a login, and no login in them.
 */
export const measureBare: Measure = async ({ place, extent, tell }) => {
  const gathered = gathering()
  const raw = await startRawHash()
  try {
    for (const [kind, url] of await place.populated(0)) {
      const server = await startBare(url)
      try {
        await rateFor({ forMs: extent.warmUpMs / 3, abreast: ABREAST }, server.logIn)
        for (let run = 0; run < extent.runs; run += 1) {
          tell(`bare logins over ${kind}, run ${run + 1} of ${extent.runs}`)
          const before = await raw.rate(extent.runMs / 2)
          const rate = await rateFor({ forMs: extent.runMs, abreast: ABREAST }, server.logIn)
          const limit = (before + (await raw.rate(extent.runMs / 2))) / 2
          gathered.add('login.bare.ratio', kind, rate / limit)
        }
      } finally {
        server.stop()
      }
    }
    return gathered.measured()
  } finally {
    raw.stop()
  }
}

async function startBare(url: string) {
  const child = fork(SERVER, [url], {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    env: { ...process.env, ...startingEnvironment() },
  })
  const [port] = (await once(child, 'message')) as [number]
  const free = Array.from({ length: ABREAST }, () => openConnection(port))
  const headers = `host: 127.0.0.1:${port}\r\n`
  const body = 'userName=bare&password=bare'
  return {
    async logIn() {
      const connection = free.pop() ?? openConnection(port)
      await connection.ask({ method: 'GET', path: '/login', headers })
      await connection.ask({ method: 'POST', path: '/login', headers, body })
      await connection.ask({ method: 'GET', path: '/challenge', headers })
      await connection.ask({ method: 'POST', path: '/answer', headers, body })
      await connection.ask({ method: 'GET', path: '/portal', headers })
      free.push(connection)
    },
    stop: () => void child.kill(),
  }
}
