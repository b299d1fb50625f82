import { setTimeout as pause } from 'node:timers/promises'
import { isAskedOnPhone } from '../server/population.ts'
import { connectPhone, type Phone } from '../load/phone.ts'
import { type Bench, gathering, type Measure, POPULATION, sqliteOf, withServer } from './run.ts'
import { residentBytes, type Server } from '../server/server-process.ts'
import { percentile } from '../report/statistics.ts'

/** Phones that connect at a time. */
const ABREAST = 64
const SETTLE_MS = 500

/** What connected phones cost, and how fast one of them hears that it is asked. */
export const measurePhones: Measure = async (bench) => {
  const { place, extent, tell } = bench
  const gathered = gathering()
  const url = sqliteOf(await place.populated(POPULATION))
  for (let run = 0; run < extent.runs; run += 1) {
    tell(`${extent.phones} phones, run ${run + 1} of ${extent.runs}`)
    await withServer(bench, url, async (server) => {
      // The first ones warm up: what they leave behind is not theirs.
      for (const phone of await connected(bench, server, WARM_UP)) phone.close()
      const alone = await settledBytes(server)
      const phones = await connected(bench, server, extent.phones)
      const together = await settledBytes(server)
      gathered.add('memory.phone', 'sqlite', (together - alone) / phones.length / 1_000)
      const asked = phones.filter(({ index }) => isAskedOnPhone(index))
      const delays = await pushed(server, asked.slice(-extent.pushes))
      gathered.add('push.p50', 'sqlite', percentile(delays, 0.5))
      gathered.add('push.p99', 'sqlite', percentile(delays, 0.99))
      for (const phone of phones) phone.close()
    })
  }
  return gathered.measured()
}

const WARM_UP = 200

async function connected(
  { place }: Bench,
  server: Server,
  count: number,
): Promise<readonly Phone[]> {
  const phones: Phone[] = []
  const waiting = Array.from({ length: count }, (_, index) => index).values()
  const walk = async () => {
    for (const index of waiting) {
      phones[index] = await connectPhone(server, { index, key: place.phoneKey })
    }
  }
  await Promise.all(Array.from({ length: ABREAST }, walk))
  return phones
}

/** Resident memory after garbage collection. */
async function settledBytes(server: Server): Promise<number> {
  await server.order('tidy', null)
  await pause(SETTLE_MS)
  await server.order('tidy', null)
  return residentBytes(server.pid)
}

/** One login after the other: from its commit to the event at the phone that it asks, in ms. */
async function pushed(server: Server, phones: readonly Phone[]): Promise<readonly number[]> {
  const delays: number[] = []
  for (const phone of phones) {
    const heard = phone.next()
    const clients = { indexes: [phone.index], abreast: 1, holder: HOLDER }
    const [challenge] = await server.order('challenge', clients)
    if (!challenge) throw new Error('no challenge')
    delays.push((await heard) - challenge.committedAt)
  }
  return delays
}

const HOLDER = 'h'.repeat(43)
