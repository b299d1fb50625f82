import { strengthOf } from '#core/assurance.ts'
import type { SubscriberId } from '#core/ids.ts'
import { type Facts, rightsOf } from '#core/sessions/rights.ts'
import type { Environment } from '#core/subscribers/account.ts'
import { jurisdictionOf, rulesFor } from '#core/subscribers/jurisdiction.ts'
import { factsOf } from '#engine/sessions/rights.ts'
import type { World } from '#engine/world.ts'

/**
 * A login that could be made: with which rights, by which row of the table, and under whose rules.
 */
export async function explainRights(
  world: World,
  asked: {
    readonly subscriberId: SubscriberId
    readonly environment: Environment
    readonly proofs: Facts['proofs']
    /** Where the login comes from; left out, it is a network that the account names. */
    readonly address?: string
  },
) {
  const { jurisdictions } = world.settings
  const { accounts, ...found } = await factsOf(world, { ...asked, origin: asked })
  const facts = { ...found, isFromNamed: asked.address === undefined || found.isFromNamed }
  const decision = rightsOf({ ...facts, proofs: asked.proofs }, world.now())
  const places = accounts.map((one) => ({
    number: one.number,
    residence: one.residence,
    jurisdiction: jurisdictionOf(jurisdictions, one),
    reason: one.override?.reason ?? null,
  }))
  const { rules, sources } = rulesFor(jurisdictions, accounts)
  return { ...facts, decision, strength: strengthOf(asked.proofs), places, rules, sources }
}
