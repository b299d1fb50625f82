/**
 * How many cores and nodes so many clients need: `npm run capacity -- --clients 10000000`.
 *
 * It multiplies what was measured; `npm run bench` measures your own machine.
 */
import { parseArgs } from 'node:util'

export interface Plan {
  readonly clients: number
  /** How many of them log in within the busiest minutes, from 0 to 1. */
  readonly share: number
  readonly minutes: number
  /** How many have the phone app open at once, from 0 to 1. */
  readonly phones: number
  /** Of one node. */
  readonly cores: number
}

/** On two cores beside the load generator and the database, a whole login over OpenID Connect. */
export const MEASURED = {
  /** CPU of the server for a login, 13 ms of it for the hash; over PostgreSQL. */
  loginCpuMs: 40,
  /** Resident, at rest. */
  processMB: 245,
  /** For each open event stream, without TLS. */
  streamKB: 17.6,
  /** Of a core: beyond it waiting grows faster than work. */
  use: 0.7,
  /** The peak within the busiest minutes, over their mean. */
  peak: 2,
} as const

export function capacity({ clients, share, minutes, phones, cores }: Plan) {
  const mean = (clients * share) / (minutes * 60)
  const peak = mean * MEASURED.peak
  const needed = (peak * MEASURED.loginCpuMs) / 1_000 / MEASURED.use
  // One more than the work needs: a node may be lost, or be updated.
  const nodes = Math.ceil(needed / cores) + 1
  const streams = clients * phones
  const memoryMB =
    MEASURED.processMB + (streams / Math.max(1, nodes - 1)) * (MEASURED.streamKB / 1_024)
  return { mean, peak, cores: needed, nodes, streams, memoryMB }
}

/** @throws Error with a sentence, for what is no number in its range. */
export function planIn(typed: Readonly<Record<string, string | undefined>>): Plan {
  const number = (name: keyof Plan, fallback: number, most: number) => {
    const value = typed[name] === undefined ? fallback : Number(typed[name])
    if (!(value > 0 && value <= most)) throw new Error(`--${name} is from 0 to ${most}.`)
    return value
  }
  return {
    clients: number('clients', 100_000, 1_000_000_000),
    share: number('share', 0.05, 1),
    minutes: number('minutes', 15, 1_440),
    phones: number('phones', 0.01, 1),
    cores: number('cores', 4, 1_024),
  }
}

function sentencesOf(plan: Plan, needed: ReturnType<typeof capacity>): readonly string[] {
  const whole = (value: number) => Math.ceil(value).toLocaleString('en')
  const { clients, minutes } = plan
  const share = `${plan.share * 100} %`
  const use = `${MEASURED.use * 100} %`
  return [
    `${whole(clients)} clients, ${share} of them within ${minutes} minutes:`,
    `  ${whole(needed.mean)} logins a second, planned for ${whole(needed.peak)}`,
    `  ${whole(needed.cores)} cores at ${use} use, so with one that may be lost`,
    `  ${needed.nodes} nodes of ${plan.cores} cores`,
    `  ${whole(needed.streams)} phones connected, ${whole(needed.memoryMB)} MB for each node`,
    `Measured: ${MEASURED.loginCpuMs} ms of CPU for a login. PostgreSQL needs its own cores.`,
  ]
}

if (import.meta.main) {
  const option = { type: 'string' } as const
  const options = { clients: option, share: option, minutes: option, phones: option, cores: option }
  try {
    const plan = planIn(parseArgs({ options }).values)
    console.log(sentencesOf(plan, capacity(plan)).join('\n'))
  } catch (error) {
    console.error((error as Error).message)
    process.exitCode = 2
  }
}
