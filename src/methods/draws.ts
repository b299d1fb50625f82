import { after, before, hours, type Instant } from '#core/time/time.ts'

/**
 * How often one device may be asked a number. Counted since its holder last answered right, so that
 * a person who works with four platforms is never slowed, and an attacker cannot collect pairs of
 * numbers and answers.
 *
 * @see security limits 2.2 `challengeDraws`
 */
const DRAWS_PER_HOUR = 10
/** A stranger who knows the password cannot use these up for the holder's own browsers (A28). */
const MORE_DRAWS_WHEN_RECOGNISED = 10

/** Pages of a session, which may be a thief's, leave the other half of an hour to logins (A28). */
const DRAWS_OF_PAGES = 5

/** When numbers were drawn, oldest first. */
export interface Drawn {
  readonly draws: readonly number[]
}

/** Those of the last hour. */
export const recentDraws = ({ draws }: Drawn, now: Instant): readonly number[] =>
  draws.filter((at) => at > before(now, hours(1)))

/** When a further challenge may be drawn for a login or a task; `null` for at once. */
export const drawableFrom = (
  drawn: Drawn,
  { now, recognised }: { readonly now: Instant; readonly recognised: boolean },
): Instant | null =>
  belowFrom(drawn, now, DRAWS_PER_HOUR + (recognised ? MORE_DRAWS_WHEN_RECOGNISED : 0))

/** When a page of the portal may draw one, to have something proven there; `null` for at once. */
export const drawableOnPageFrom = (drawn: Drawn, now: Instant): Instant | null =>
  belowFrom(drawn, now, DRAWS_OF_PAGES)

function belowFrom(drawn: Drawn, now: Instant, limit: number): Instant | null {
  const inTheWay = recentDraws(drawn, now).at(-limit)
  return inTheWay === undefined ? null : after(inTheWay as Instant, hours(1))
}
