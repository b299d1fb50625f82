import type { Environment } from '#core/account.ts'
import { ENVIRONMENTS } from '#core/account.ts'
import {
  ACR_PREFIX,
  type Acr,
  atLeast,
  type Platform,
  STRENGTHS,
  strengthOf,
} from '#core/assurance.ts'
import type { SessionId } from '#core/ids.ts'
import { isOpen, type Session } from '#core/session.ts'
import { after, type Instant, seconds } from '#core/time.ts'

/** What an authorization request asks of the session that answers it. */
export interface Demand {
  readonly needs: Acr
  /** `null` when the relying party takes either. */
  readonly environment: Environment | null
  /** `prompt=login`, or `max_age=0`: only a login that was made for this request will do. */
  readonly anew: boolean
  readonly maxAgeSeconds: number | null
}

/** The parameters of an authorization request that make a demand. */
export interface Parameters {
  readonly acr_values?: unknown
  readonly environment?: unknown
  readonly prompt?: unknown
  readonly max_age?: unknown
}

/**
 * What is asked, never less than what the platform itself needs.
 *
 * Of several `acr_values` any one will do, so the least of them counts; values that are not ours
 * are passed over, because the parameter is voluntary.
 *
 * @see OpenID Connect Core 1.0, section 3.1.2.1
 */
export function demandOf(platform: Platform, parameters: Parameters): Demand {
  const { acr_values: values, environment, prompt, max_age: maxAge } = parameters
  const asked = words(values).flatMap((value) =>
    STRENGTHS.filter((acr) => ACR_PREFIX + acr === value),
  )
  const least = STRENGTHS.find((acr) => asked.includes(acr))
  const seconds = maxAge === undefined || maxAge === null ? null : Number(maxAge)
  return {
    needs: least && atLeast(least, platform.needs) ? least : platform.needs,
    environment: ENVIRONMENTS.find((one) => one === environment) ?? null,
    anew: words(prompt).includes('login') || seconds === 0,
    maxAgeSeconds: seconds,
  }
}

/**
 * What the request found when it came: it tells a login made for it from one that was there before.
 */
export interface Arrival {
  readonly at: Instant
  readonly sessionId: SessionId | null
}

/** What stands between a session and the answer; `null` when nothing does. */
export type Obstacle = 'none-open' | 'weak' | 'environment' | 'old'

/**
 * Whether a session may answer a request.
 *
 * A session is new to a request when it is another one than the request found, opened after it: the
 * time alone would not tell the two apart when both happen in one instant.
 */
export function obstacleTo(
  session: Session | null,
  demand: Demand,
  { arrival, now }: { readonly arrival: Arrival | null; readonly now: Instant },
): Obstacle | null {
  if (!session || !isOpen(session, now)) return 'none-open'
  if (!atLeast(strengthOf(session.proofs), demand.needs)) return 'weak'
  if (demand.environment !== null && demand.environment !== session.environment)
    return 'environment'
  if (arrival && isNew(session, arrival)) return null
  const { anew, maxAgeSeconds } = demand
  if (anew) return 'old'
  const isOld = maxAgeSeconds !== null && now > after(session.openedAt, seconds(maxAgeSeconds))
  return isOld ? 'old' : null
}

/** Whether the session was opened after the request came. */
export const isNew = (session: Session, arrival: Arrival): boolean =>
  session.id !== arrival.sessionId && session.openedAt >= arrival.at

/** The whole seconds in which `auth_time` is told. */
export const epochSeconds = (at: Instant): number => Math.floor(at / 1_000)

const words = (value: unknown): readonly string[] =>
  typeof value === 'string' ? value.split(' ').filter((word) => word !== '') : []
