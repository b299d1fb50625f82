import type { AccountClaims } from 'oidc-provider'
import { acrValue, referencesOf, strengthOf } from '#core/assurance.ts'
import type { Session } from '#core/sessions/session.ts'
import type { Task } from '#core/tasks/task.ts'
import { epochSeconds } from '#edges/oidc/request/requested-strength.ts'
import { DETAILS, grantedDetails } from '#edges/oidc/request/authorization-details.ts'
import type { OpenSession } from '#engine/sessions/rights.ts'

/** What each scope tells. Without `acr` and `amr` here the provider would keep them to itself. */
export const CLAIMS = {
  openid: ['sub', 'sid', 'acr', 'amr', 'auth_time', 'environment', 'account', 'rights', DETAILS],
  profile: ['preferred_username', 'locale'],
} as const

/**
 * How a login was proven and when, in the words of OpenID Connect.
 *
 * @see OpenID Connect Core 1.0, section 2
 */
export function proofOf(session: Session): {
  readonly acr: string
  readonly amr: readonly string[]
  /** Seconds since 1970. */
  readonly loginTs: number
} {
  return {
    acr: acrValue(strengthOf(session.proofs)),
    amr: referencesOf(session.proofs),
    loginTs: epochSeconds(session.openedAt),
  }
}

/** Everything that a relying party may learn; the scopes it was given pick from this. */
export function claimsOf(session: OpenSession, task: Task | null): AccountClaims {
  const { subscriber, account } = session
  const { acr, amr, loginTs } = proofOf(session)
  const { row, narrowed, rights } = session.decision
  return {
    sub: subscriber.id,
    sid: session.id,
    acr,
    amr: [...amr],
    auth_time: loginTs,
    environment: session.environment,
    account: account?.number ?? null,
    rights: {
      trading: rights.trading,
      trade_penny: rights.tradePenny,
      trade_network: rights.tradeNetwork && [...rights.tradeNetwork],
      withdrawal_per_day_usd: rights.withdrawalPerDayUsd,
      withdrawal_per_5_days_usd: rights.withdrawalPer5DaysUsd,
      reserved_usd: account?.reservedUsd ?? 0,
      portal: rights.portal,
      decided_by: [row, ...narrowed],
    },
    [DETAILS]: grantedDetails(task),
    preferred_username: subscriber.userName,
    locale: subscriber.language,
  }
}
