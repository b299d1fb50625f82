import { decodeJwt } from 'jose'
import type { Environment } from '#core/subscribers/account.ts'
import { ENVIRONMENTS } from '#core/subscribers/account.ts'
import {
  ACR_PREFIX,
  type Acr,
  atLeast,
  type Platform,
  STRENGTHS,
  strengthOf,
} from '#core/assurance.ts'
import type { SessionId } from '#core/ids.ts'
import { obstacleAt, suffices } from '#core/sessions/rights.ts'
import { isOpen, type Session } from '#core/sessions/session.ts'
import { after, type Instant, seconds } from '#core/time/time.ts'
import type { OpenSession } from '#engine/sessions/rights.ts'

/** What an authorization request asks of the session that answers it. */
export interface RequestedStrength {
  readonly needs: Acr
  /** Asked for by this request, not by the platform as such. */
  readonly isAsked: boolean
  readonly purpose: Platform['purpose']
  /** `null` when the relying party takes either. */
  readonly environment: Environment | null
  /** `prompt=login`, or `max_age=0`: only a login that was made for this request will do. */
  readonly anew: boolean
  readonly maxAgeSeconds: number | null
  /** The only client who may answer, where the platform names one. */
  readonly subject: string | null
}

/** The parameters of an authorization request that make a demand. */
export interface Parameters {
  readonly acr_values?: unknown
  readonly environment?: unknown
  readonly prompt?: unknown
  readonly max_age?: unknown
  readonly id_token_hint?: unknown
}

/**
 * What is asked, never less than what the platform itself needs.
 *
 * Of several `acr_values` any one will do, so the least of them counts; values that are not ours
 * are passed over, because the parameter is voluntary.
 *
 * @see OpenID Connect Core 1.0, section 3.1.2.1
 */
export function requestedStrengthOf(platform: Platform, parameters: Parameters): RequestedStrength {
  const { acr_values: values, environment, prompt, max_age: maxAge } = parameters
  const known = words(values).flatMap((value) =>
    STRENGTHS.filter((acr) => ACR_PREFIX + acr === value),
  )
  const least = STRENGTHS.find((acr) => known.includes(acr))
  const seconds = maxAge === undefined || maxAge === null ? null : Number(maxAge)
  const asked = least !== undefined && atLeast(least, platform.needs)
  return {
    needs: asked ? least : platform.needs,
    isAsked: asked,
    purpose: platform.purpose,
    environment: ENVIRONMENTS.find((one) => one === environment) ?? null,
    anew: words(prompt).includes('login') || seconds === 0,
    maxAgeSeconds: seconds,
    subject: subjectIn(parameters.id_token_hint),
  }
}

/**
 * Whom an ID token speaks of. The provider has verified it when the request came; it does not look
 * again when a waiting request is answered.
 *
 * @see OpenID Connect Core 1.0, section 3.1.2.1, id_token_hint
 */
const subjectIn = (hint: unknown): string | null =>
  typeof hint === 'string' ? (decodeJwt(hint).sub ?? null) : null

/**
 * What the request found when it came: it tells a login made for it from one that was there before.
 */
export interface Arrival {
  readonly at: Instant
  readonly sessionId: SessionId | null
}

/** What stands between a session and the answer; `null` when nothing does. */
export type SessionObstacle = 'none-open' | 'person' | 'weak' | 'environment' | 'old' | 'rights'

/**
 * Whether a session may answer a request.
 *
 * A session is new to a request when it is another one than the request found, opened after it: the
 * time alone would not tell the two apart when both happen in one instant.
 */
export function obstacleTo(
  session: OpenSession | null,
  demand: RequestedStrength,
  { arrival, now }: { readonly arrival: Arrival | null; readonly now: Instant },
): SessionObstacle | null {
  if (!session || !isOpen(session, now, session.idle)) return 'none-open'
  if (demand.subject !== null && demand.subject !== session.subscriberId) return 'person'
  if (!isStrongEnough(session, demand)) return 'weak'
  if (demand.environment !== null && demand.environment !== session.environment)
    return 'environment'
  if (obstacleAt(demand, session.decision)) return 'rights'
  if (arrival && isNew(session, arrival)) return null
  const { anew, maxAgeSeconds } = demand
  if (anew) return 'old'
  const isOld = maxAgeSeconds !== null && now > after(session.openedAt, seconds(maxAgeSeconds))
  return isOld ? 'old' : null
}

function isStrongEnough({ proofs, decision }: OpenSession, demand: RequestedStrength): boolean {
  const strength = strengthOf(proofs)
  return demand.isAsked ? atLeast(strength, demand.needs) : suffices(demand, { strength, decision })
}

/** Whether the session was opened after the request came. */
export const isNew = (session: Session, arrival: Arrival): boolean =>
  session.id !== arrival.sessionId && session.openedAt >= arrival.at

/** The whole seconds in which `auth_time` is told. */
export const epochSeconds = (at: Instant): number => Math.floor(at / 1_000)

const words = (value: unknown): readonly string[] =>
  typeof value === 'string' ? value.split(' ').filter((word) => word !== '') : []
