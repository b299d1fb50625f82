import { type Environment, userNameKey } from '#core/subscribers/account.ts'
import { type Acr, type Platform, stronger } from '#core/assurance.ts'
import { type AuthenticatorId, newId, type SessionId } from '#core/ids.ts'
import { started } from '#core/login/login.ts'
import { type Destination, type Started, type TaskToConfirm } from '#core/login/state.ts'
import type { Refusal } from '#core/problems.ts'
import { rulesFor } from '#core/subscribers/jurisdiction.ts'
import {
  type Budget,
  NO_FAILURES,
  RECOGNISED,
  RESET_CODES,
  reserved,
  STRANGERS,
  type Throttle,
} from '#core/login/throttle.ts'
import type { Client } from '#engine/login/view.ts'
import { browserIn } from '#engine/login/recognised-browser.ts'
import { secretHash } from '#engine/secrets.ts'
import { refusal, resetFactor, type World } from '#engine/world.ts'
import type { Method } from '#methods/method.ts'
import { commitLogin } from '#store/login/logins.ts'
import { type Claimant, findClaimant } from '#store/login/claimant.ts'
import {
  browserThrottle,
  findThrottle,
  nameThrottle,
  sessionThrottle,
} from '#store/login/throttles.ts'
import { type Versioned } from '#store/queries/versioned.ts'

export interface Claim {
  readonly userName: string
  readonly password: string
  /** `null` for whichever there is. */
  readonly environment: Environment | null
  readonly platform: string
  readonly client: Client
  /** More than the platform itself asks for: it wants to be surer this time (RFC 9470). */
  readonly needs?: Acr
  /** What is confirmed, by a client who has a session; without it the login opens one. */
  readonly task?: TaskToConfirm
  /** The session in which a task is confirmed. */
  readonly within?: SessionId
  /**
   * The password was forgotten: what stands there is a code of the desk, and another one is chosen.
   */
  readonly resets?: true
  /** Where the browser goes on to; programs say nothing. */
  readonly leadsTo?: Destination
  /** The method of the device that is to be set up with it. */
  readonly binds?: string
}

// A name that cannot exist goes the same way as one that does not.
export const nameKeyOf = ({ userName }: Claim): string => userNameKey(userName) ?? ''

export const claimantOf = async (world: World, claim: Claim): Promise<Claimant> =>
  await findClaimant(world.db, {
    nameKey: nameKeyOf(claim),
    browserHash: secretHash(claim.client.browserCookie ?? claim.client.holder),
    method: firstFactorOf(world, claim).name,
    guessedAt: guessedAtBy(claim),
  })

const guessedAtBy = ({ resets }: Claim) => (resets ? 'reset' : 'name')

export interface Reserved {
  readonly platform: Platform
  readonly login: Started
  readonly claimant: Claimant
  readonly recognised: boolean
  /** What was asked for beyond what the platform needs. */
  readonly wanted: Acr | null
  readonly throttleKey: string
  readonly throttleVersion: number
}

export const firstFactorOf = (world: World, { resets }: Claim): Method =>
  resets ? resetFactor(world) : world.firstFactor

/**
 * Writes the attempt and takes it out of the budget, before anything about the password is known.
 */
export async function reserve(
  world: World,
  claim: Claim,
  { platform, claimant }: Pick<Reserved, 'platform' | 'claimant'>,
): Promise<Reserved | Refusal | 'stale'> {
  const now = world.now()
  const { client } = claim
  const environment = claim.environment ?? claimant.accounts[0]?.environment ?? 'live'
  if (claimant.browser?.value.blockedAt) return refusal('login.blocked-browser')
  const browserId = claimant.browser?.value.id ?? null
  const { key: throttleKey, found, budget } = await countOf(world, claim, claimant)
  const reservation = reserved(found?.value ?? NO_FAILURES, budget, now)
  if (!reservation.ok) {
    return refusal(reservation.problem, 'until' in reservation ? reservation.until : undefined)
  }
  const { login, event, effects } = started(
    {
      id: newId('log', now, world.random),
      subscriberId: claimant.subscriber?.id ?? null,
      userName: claim.userName.slice(0, 256),
      environment,
      platform: platform.id,
      needs: stronger(platform.needs, claim.needs ?? platform.needs),
      task: claim.task ?? null,
      ...(claim.resets && { resets: true as const }),
      ...(claim.leadsTo && { leadsTo: claim.leadsTo }),
      ...(asksDevice(world, claimant) && { asksDevice: true as const }),
      ...(claim.binds !== undefined &&
        world.methods.get(claim.binds)?.bind && { binds: claim.binds }),
      origin: {
        address: client.address,
        place: world.placeOf(client.address),
        browser: client.browser,
        ...browserIn(claimant),
        ...(client.isProgram && { isProgram: true }),
        language: client.language,
      },
      holder: secretHash(client.holder).toString('base64url'),
    },
    now,
  )
  const throttleVersion = found?.version ?? null
  const throttles = [{ key: throttleKey, value: reservation.throttle, version: throttleVersion }]
  const commit = {
    now,
    login: { value: login, version: null },
    throttles,
    effects,
    events: [event],
  }
  if (!(await commitLogin(world.db, commit))) return 'stale'
  return {
    platform,
    login,
    claimant,
    throttleKey,
    recognised: browserId !== null,
    wanted: claim.needs ?? null,
    throttleVersion: throttleVersion === null ? 1 : throttleVersion + 1,
  }
}

const asksDevice = ({ settings: { jurisdictions } }: World, { accounts }: Claimant): boolean =>
  rulesFor(jurisdictions, accounts).rules.askedFirst === 'device'

interface Count {
  readonly key: string
  readonly found: Versioned<Throttle> | null
  readonly budget: Budget
}

/**
 * Where an attempt is counted: a stranger uses up neither what a known browser has, nor what a
 * session has (A28).
 */
async function countOf(
  world: World,
  claim: Claim,
  { browser, browserThrottle: ofBrowser, throttle }: Claimant,
): Promise<Count> {
  if (browser) {
    return { key: browserThrottle(browser.value.id), found: ofBrowser, budget: RECOGNISED }
  }
  if (claim.within !== undefined) {
    const key = sessionThrottle(claim.within)
    return { key, found: await findThrottle(world.db, key), budget: RECOGNISED }
  }
  const key = nameThrottle(world.db, nameKeyOf(claim), guessedAtBy(claim))
  return { key, found: throttle, budget: claim.resets ? RESET_CODES : STRANGERS }
}

/** The id in place of an authenticator that no client holds. */
export const NOBODYS = 'aut_' as AuthenticatorId
