import { fieldIn, leadsOn, openBrowser, told, type Browser } from '../load/browser.ts'
import { connectPhone } from '../load/phone.ts'
import type { DatabaseKind } from '../report/figures.ts'
import { percentile } from '../report/statistics.ts'
import { addressOf } from '../server/client.ts'
import { userNameOf } from '../server/population.ts'
import type { Server } from '../server/server-process.ts'
import { type Bench, type Gathering, gathering, type Measure, withServers } from './run.ts'

/** Searches of one agent: more in an hour raise an alarm. */
const SEARCHES = 50

/** What an agent waits for in a call, and when the phone of the client knows of it. */
export const measureDesk: Measure = async (bench) => {
  const { place, extent, tell } = bench
  const gathered = gathering()
  const urls = await place.populated(extent.subscribers)
  await withServers(bench, urls, async (servers) => {
    for (let run = 0; run <= extent.runs; run += 1) {
      for (const [kind, server] of servers) {
        tell(`calls to the desk over ${kind}, run ${run} of ${extent.runs}`)
        // The first one warms up.
        await measured(bench, { kind, server, gathered: run > 0 ? gathered : gathering() })
      }
    }
  })
  return gathered.measured()
}

interface Run {
  readonly kind: DatabaseKind
  readonly server: Server
  readonly gathered: Gathering
}

async function measured(bench: Bench, { kind, server, gathered }: Run): Promise<void> {
  const { extent, wants } = bench
  const add = (id: 'search' | 'open' | 'case' | 'call', times: readonly number[]) =>
    gathered.add(`desk.${id}.p99`, kind, percentile(times, 0.99))
  if (wants('desk.search.p99', 'desk.open.p99', 'desk.case.p99')) {
    const times = await calls(bench, server)
    add('search', times.search)
    add('open', times.open)
    add('case', times.case)
  }
  if (wants('desk.call.p99')) add('call', await heardOn(bench, { server, count: extent.calls }))
}

/** One call after the other: one search too few, one that finds the client, and the case. */
async function calls({ extent }: Bench, server: Server) {
  const times = { search: [] as number[], open: [] as number[], case: [] as number[] }
  // Two searches in each call.
  const tokens = await server.order('hire', Math.ceil((extent.calls * 2) / SEARCHES))
  for (let at = 0; at < extent.calls; at += 1) {
    const token = tokens[Math.floor((at * 2) / SEARCHES)] ?? ''
    const browser = agentAt(server, { token, at })
    const form = fieldIn(await browser.get('/cases'), 'form')
    const find = (typed: string) =>
      timed(() => browser.post('/cases', { form, by: 'user-name', typed, reason: 'question' }))
    const none = await find(`nobody-${at}`)
    if (leadsOn(none.reply) !== null) throw new Error(`found: ${told(none.reply)}`)
    const opened = await find(userNameOf(Math.floor(Math.random() * extent.subscribers)))
    const path = leadsOn(opened.reply)
    if (path === null) throw new Error(`no case: ${told(opened.reply)}`)
    const page = await timed(() => browser.get(path))
    if (page.reply.status !== 200) throw new Error(`no page: ${told(page.reply)}`)
    await browser.post(`${path}/close`, { form: fieldIn(page.reply, 'form') })
    times.search.push(none.ms)
    times.open.push(opened.ms)
    times.case.push(page.ms)
  }
  return times
}

/** From the commit of a case to the event at the phone of its client, in ms. */
async function heardOn(
  { place, extent }: Bench,
  { server, count }: { readonly server: Server; readonly count: number },
): Promise<readonly number[]> {
  const delays: number[] = []
  const tokens = await server.order('hire', Math.ceil(count / SEARCHES))
  for (let at = 0; at < count; at += 1) {
    const index = Math.floor(Math.random() * extent.subscribers)
    const phone = await connectPhone(server, { index, key: place.phoneKey })
    const heard = phone.next()
    const token = tokens[Math.floor(at / SEARCHES)] ?? ''
    const committedAt = await server.order('call', { token, index })
    delays.push((await heard) - committedAt)
    phone.close()
  }
  return delays
}

const agentAt = (
  { desk, deskOrigin }: Server,
  { token, at }: { readonly token: string; readonly at: number },
): Browser =>
  openBrowser({ port: desk, issuer: deskOrigin }, addressOf(at), { name: DESK_SESSION, token })

/** The desk of the bench has no https, so its cookies have no prefix of a host. */
const DESK_SESSION = 'desk-session'

async function timed<T>(
  work: () => Promise<T>,
): Promise<{ readonly reply: T; readonly ms: number }> {
  const startedAt = performance.now()
  const reply = await work()
  return { reply, ms: performance.now() - startedAt }
}
