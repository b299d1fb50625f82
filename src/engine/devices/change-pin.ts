import { failed, succeeded } from '#core/devices/authenticator.ts'
import type { AuthenticatorId } from '#core/ids.ts'
import type { Refusal } from '#core/problems.ts'
import type { Session } from '#core/sessions/session.ts'
import { countingFor } from '#engine/counting.ts'
import { guessed } from '#engine/devices/pins/guesses.ts'
import { knownOfHolders } from '#engine/devices/pins/known-facts.ts'
import { obstacleToBinding } from '#engine/devices/may-bind.ts'
import { judgedWithin } from '#engine/rate-limits.ts'
import { methodNamed, refusal, type World } from '#engine/world.ts'
import type { Change, OpenChange } from '#methods/change.ts'
import type { Method } from '#methods/method.ts'
import {
  type BoundAuthenticator,
  commitAuthenticators,
  findAuthenticator,
} from '#store/devices/authenticators.ts'
import { findStamp, type Standing } from '#store/security-stamp.ts'

/**
 * What a holder changes about an authenticator in the portal, such as its PIN, and proves with the
 * authenticator itself. It takes a session that could bind one: an attacker who found the card and
 * knows a password must not choose its PIN (S66, S75).
 */

interface Wanted {
  readonly id: AuthenticatorId
}

type Changed = { readonly ok: true } | Refusal

/** Draws the question that proves it. */
export async function beginChange(
  world: World,
  session: Session,
  { id, request }: Wanted & { readonly request: unknown },
): Promise<Changed> {
  const found = await findOwn(world, session, id)
  if ('problem' in found) return found
  const now = world.now()
  const { value, version, change, asker, standing, subscriberIds } = found
  const { subscriberId } = session
  for (let attempt = 0; attempt < NUMBERS; attempt += 1) {
    const { known, version: read } = await knownOfHolders(world, subscriberId, subscriberIds)
    const choosing = { now, random: world.random, known, asker }
    const begun = await guessed(world, session, () => change.begin(value.state, request, choosing))
    if (!begun.ok) return begun
    const { unique } = begun
    const done = await commitAuthenticators(world.db, {
      now,
      changed: [{ value: { ...value, state: begun.state }, version }],
      events: [],
      standing: { ...standing, version: read },
      ...(unique !== undefined && { challenge: { authenticatorId: id, number: unique } }),
    })
    if (done) return { ok: true }
  }
  return refusal('authenticator.conflict')
}

/** How often a number is drawn anew when this authenticator was asked it before. */
const NUMBERS = 3

/** The question that is open, and `null` when none is. */
export async function viewChange(
  world: World,
  session: Session,
  { id }: Wanted,
): Promise<
  | {
      readonly ok: true
      readonly change: Change
      readonly open: OpenChange | null
      readonly label: string
    }
  | Refusal
> {
  const found = await findOwn(world, session, id)
  if ('problem' in found) return found
  const { value, change, asker } = found
  const open = change.describe(value.state, { now: world.now(), asker })
  return { ok: true, change, open, label: value.label }
}

/** The answer that proves it. A wrong one is counted like any other, and the change begins anew. */
export async function answerChange(
  world: World,
  session: Session,
  { id, answer }: Wanted & { readonly answer: unknown },
): Promise<Changed> {
  const { subscriberId } = session
  const found = await findOwn(world, session, id)
  if ('problem' in found) return found
  const now = world.now()
  const { value: held, version, change, method, asker, standing, subscriberIds } = found
  const { hardCap } = await countingFor(world, found.subscriberIds, method)
  const { known, version: read } = await knownOfHolders(world, subscriberId, subscriberIds)
  const tries = { session: session.id, triesLeft: hardCap - held.failures }
  const verdict = await judgedWithin(world, tries, () =>
    change.complete(held.state, answer, { now, asker, known }),
  )
  if ('problem' in verdict) return verdict
  // The clients who share it hear of it too, and not in which session: that is not theirs (R120).
  const told = found.subscriberIds.map((holder) => ({
    subscriberId: holder,
    authenticatorId: id,
    method: method.name,
    ...(holder === subscriberId && { within: session.id }),
  }))
  switch (verdict.outcome) {
    case 'accepted': {
      const changed = [{ value: succeeded(held, verdict.state, now), version }]
      const events = told.map((about) => ({ kind: 'authenticator.changed', ...about }) as const)
      const done = await commitAuthenticators(world.db, {
        now,
        changed,
        standing: { ...standing, version: read },
        events,
      })
      return done ? { ok: true } : refusal('authenticator.conflict')
    }
    case 'rejected': {
      const value = failed({ ...held, state: verdict.state }, hardCap)
      const fact = { reason: verdict.reason, disabled: false }
      const events = told.map(
        (about) => ({ kind: 'authenticator.change-refused', ...about, ...fact }) as const,
      )
      const done = await commitAuthenticators(world.db, {
        now,
        changed: [{ value, version }],
        events,
      })
      return refusal(done ? 'authenticator.not-proven' : 'authenticator.conflict')
    }
    case 'known': {
      // It was chosen before this came on record: the PIN of before counts, and another is chosen.
      const changed = [{ value: { ...held, state: verdict.state }, version }]
      const done = await commitAuthenticators(world.db, { now, changed, events: [] })
      return refusal(done ? 'authenticator.pin-known' : 'authenticator.conflict')
    }
    case 'late':
      return refusal('login.too-late')
    case 'malformed':
      return refusal('login.malformed-answer')
  }
}

type Own = BoundAuthenticator & {
  readonly change: Change
  readonly method: Method
  /** Identifies this session and this state of its client: what it began ends with either. */
  readonly asker: string
  readonly standing: Standing
}

async function findOwn(
  world: World,
  session: Session,
  id: AuthenticatorId,
): Promise<Own | Refusal> {
  const { subscriberId, id: within } = session
  const stamp = await findStamp(world.db, subscriberId)
  const found = await findAuthenticator(world.db, id)
  if (!found?.subscriberIds.includes(subscriberId)) return refusal('authenticator.not-found')
  const method = methodNamed(world, found.value.method)
  if (!method.change) return refusal('authenticator.not-found')
  if (found.value.lifecycle === 'disabled') return refusal('login.authenticator-locked')
  if (found.value.lifecycle !== 'active') return refusal('authenticator.not-found')
  const problem = await obstacleToBinding(world, session, method)
  if (problem) return refusal(problem)
  const standing = { subscriberId, stamp, within }
  return { ...found, change: method.change, method, asker: askerOf(standing), standing }
}

/** A session in one state of its client, as a word. */
export const askerOf = ({ within, stamp }: Standing): string => `${within ?? ''} ${stamp}`
