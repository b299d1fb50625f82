import type { FastifyInstance } from 'fastify'
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import { unsignedFor } from '#engine/audit/checkpoints.ts'
import { type Backlog, letterBacklog } from '#engine/notices/letters.ts'
import { COUNTED } from '#core/audit/audit.ts'
import { outcomesAfter, type Place } from '#engine/audit/solved.ts'
import { type Stock, stockOf } from '#engine/inventory/stock.ts'
import type { World } from '#engine/world.ts'

/** What the operator's monitoring reads. Routes are patterns: no id and no name becomes a label. */
export interface Metrics {
  readonly registry: Registry
  readonly requests: Histogram<'method' | 'route' | 'status'>
  readonly badForwarded: Counter
  /** Searches of the help; what was searched for is not kept. */
  readonly searches: Counter<'language' | 'found'>
  /** Where the questions of the help ended, and whether that helped, as clients say. */
  readonly helped: Counter<'outcome' | 'solved'>
  /** Whose event streams are counted: a door for each realm. */
  readonly doors: Set<Pick<FastifyInstance, 'streams'>>
}

/** The numbers of one process; the public and the management door share them. */
export function metricsOf(world: World): Metrics {
  const found = known.get(world)
  if (found) return found
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  for (const name of MISNAMED) registry.removeSingleMetric(name)
  const requests = new Histogram({
    name: 'countersign_http_request_duration_seconds',
    help: 'Requests by route and status, and how long they took',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2],
    registers: [registry],
  })
  const badForwarded = new Counter({
    name: 'countersign_bad_forwarded_total',
    help: 'Requests whose X-Forwarded-For named no address where a trusted proxy was believed',
    registers: [registry],
  })
  const searches = new Counter({
    name: 'countersign_help_searches_total',
    help: 'Searches of the help, and whether all words, some or none of them were found',
    labelNames: ['language', 'found'],
    registers: [registry],
  })
  const helped = new Counter({
    name: 'countersign_help_answers_total',
    help: 'Answers to "Did this help?", by where the questions of the help ended',
    labelNames: ['outcome', 'solved'],
    registers: [registry],
  })
  measureLetters(world, registry)
  measureEvents(world, registry)
  measureLog(world, registry)
  measureReasons(world, registry)
  measureStock(world, registry)
  const doors = measuredStreams(registry)
  const metrics = { registry, requests, badForwarded, searches, helped, doors }
  known.set(world, metrics)
  return metrics
}

/**
 * Gauges of the library that are named as counters are. The ones without `_total` tell the same, by
 * type.
 *
 * @see Prometheus, "Metric and label naming"
 */
const MISNAMED = [
  'nodejs_active_resources_total',
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
]

const known = new WeakMap<World, Metrics>()

/**
 * Counted at each request; while the database is away they are unknown, and everything else is
 * still reported.
 */
function measureLetters(world: World, registry: Registry): void {
  const gauge = (name: string, help: string, valueOf: (backlog: Backlog) => number) => {
    const letters = new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        const backlog = await letterBacklog(world).catch(() => null)
        letters.set(backlog === null ? Number.NaN : valueOf(backlog))
      },
    })
  }
  gauge(
    'countersign_letters_waiting',
    'Letters that wait to be printed and posted',
    ({ count }) => count,
  )
  gauge(
    'countersign_letters_waiting_seconds',
    'For how long the oldest of them has waited; 0 when none waits',
    ({ oldestFor }) => oldestFor / 1_000,
  )
}

/** What clients, attackers and operators do, as it is written down; each node counts its own. */
function measureEvents({ db }: World, registry: Registry): void {
  const events = new Counter({
    name: 'countersign_audit_events_total',
    help: 'Audit events that this process has committed, by kind',
    labelNames: ['kind'],
    registers: [registry],
    collect() {
      events.reset()
      for (const kind of COUNTED) events.inc({ kind }, db.committed.get(kind) ?? 0)
    },
  })
}

/**
 * Whether what a client reads helps. It is told of the whole installation, from the log, since this
 * process was first asked: of several nodes one is enough.
 */
function measureReasons(world: World, registry: Registry): void {
  const told = { place: null as Place | null, isRead: Promise.resolve() }
  const read = async (): Promise<void> => {
    const from = told.place ?? { at: world.now(), seq: 0 }
    const { outcomes, place } = await outcomesAfter(world, from)
    for (const { code, solved } of outcomes) reasons.inc({ code, solved })
    told.place = place
  }
  const reasons = new Counter({
    name: 'countersign_reasons_total',
    help: 'Problems told to clients at login, and whether they were in within 15 minutes',
    labelNames: ['code', 'solved'],
    registers: [registry],
    async collect() {
      // One after the other: what is read twice would count twice.
      told.isRead = told.isRead.then(read).catch(() => undefined)
      await told.isRead
    },
  })
}

/** How many devices can still be sent, and of which kinds too few. */
function measureStock(world: World, registry: Registry): void {
  const gauge = (name: string, help: string, valueOf: (stock: Stock, kind: string) => number) => {
    const devices = new Gauge({
      name,
      help,
      labelNames: ['kind'],
      registers: [registry],
      async collect() {
        const stock = await stockOf(world).catch(() => null)
        devices.reset()
        if (stock === null) return
        for (const { kind } of stock.free) devices.set({ kind }, valueOf(stock, kind))
      },
    })
  }
  gauge(
    'countersign_stock_free',
    'Devices of the inventory that can be sent to a client, by kind',
    ({ free }, kind) => free.find((one) => one.kind === kind)?.count ?? 0,
  )
  gauge(
    'countersign_stock_low',
    '1 where fewer devices of a kind are free than orders.lowStock, else 0',
    ({ low }, kind) => (low.includes(kind) ? 1 : 0),
  )
}

/** Whether the log is still signed: this grows when it is not. */
function measureLog(world: World, registry: Registry): void {
  const unsigned = new Gauge({
    name: 'countersign_audit_unsigned_seconds',
    help: 'For how long the oldest audit event has waited for a checkpoint; 0 when none waits',
    registers: [registry],
    async collect() {
      const waited = await unsignedFor(world).catch(() => null)
      unsigned.set(waited === null ? Number.NaN : waited / 1_000)
    },
  })
}

function measuredStreams(registry: Registry): Metrics['doors'] {
  const doors: Metrics['doors'] = new Set()
  const streams = new Gauge({
    name: 'countersign_event_streams',
    help: 'Open event streams of pages and phones',
    registers: [registry],
    collect() {
      streams.set([...doors].reduce((sum, door) => sum + door.streams.count, 0))
    },
  })
  return doors
}

export function measureRequests(app: FastifyInstance, world: World): void {
  const { requests, doors } = metricsOf(world)
  doors.add(app)
  app.addHook('onClose', async () => void doors.delete(app))
  app.addHook('onResponse', async ({ method, routeOptions }, reply) => {
    const labels = { method, route: routeOptions.url ?? 'none', status: reply.statusCode }
    requests.observe(labels, reply.elapsedTime / 1_000)
  })
}
