import type { Place } from '#channels/checkpoints/place.ts'
import { after, type Instant, millis, minutes } from '#core/time/time.ts'
import { findLatestSigned } from '#engine/audit/checkpoints.ts'
import type { ReportJob } from '#engine/delivery/outbox.ts'
import type { World } from '#engine/world.ts'
import type { Checkpoint } from '#store/audit/checkpoints.ts'

/** What a place keeps, as far as this node knows. */
interface State {
  size: number
  failures: number
  /** When it is tried again. */
  retryAt: Instant
}

/** After a failure a place is left alone for so long, and twice as long after the next. */
const RETRY_FIRST_MS = 1_000
const RETRY_MAX = minutes(1)

/**
 * Gives the latest checkpoint to every place outside, at once. Each node does it for itself and
 * asks no other: a place that gets one twice has it all the same. One that fails holds up no other.
 */
export function publisher(
  world: Pick<World, 'db' | 'now' | 'settings' | 'serverKeys'>,
  places: readonly Place[],
  report: ReportJob,
): () => Promise<void> {
  const states = places.map((): State => ({ size: 0, failures: 0, retryAt: world.now() }))
  return async () => {
    if (places.length === 0) return
    const latest = await findLatestSigned(world)
    if (latest === null) return
    await Promise.all(
      places.map(async (place, index) => {
        const state = states[index]
        if (!state || state.size >= latest.size || world.now() < state.retryAt) return
        const reason = await kept(place, latest)
        if (reason === null) {
          Object.assign(state, { size: latest.size, failures: 0 })
          return
        }
        const wait = Math.min(RETRY_FIRST_MS * 2 ** state.failures, RETRY_MAX)
        state.failures += 1
        state.retryAt = after(world.now(), millis(wait))
        report({ job: 'audit', problem: `${place.name}: ${reason}` })
      }),
    )
  }
}

/** @returns why it is not kept, or `null`. */
async function kept(place: Place, { at, note }: Checkpoint): Promise<string | null> {
  try {
    await place.keep({ at: new Date(at), note })
    return null
  } catch (error) {
    return reasonOf(error)
  }
}

/** A code, or the kind of the error: never what stands in an address or an answer. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  if (error.name === 'NotKept') return error.message
  const { code } = (error.cause ?? error) as { readonly code?: unknown }
  return typeof code === 'string' ? code : error.name
}
