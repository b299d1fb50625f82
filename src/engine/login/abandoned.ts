import { LOGIN_LIFETIME, unanswered } from '#core/login/login.ts'
import { before, days, type Instant } from '#core/time/time.ts'
import { topicOfLogin } from '#engine/wake-up-topics.ts'
import type { World } from '#engine/world.ts'
import { commitLogin, listWaiting, PAGE_MAX } from '#store/login/logins.ts'

/**
 * After a start it looks back this far: what is older was told of, or is no news any more.
 */
const LOOKS_BACK = days(1)

/**
 * Ends logins that were left unfinished, so that the log says it and their owner hears of it (S11).
 * Every node looks at the same ones; of two that end one, one does.
 */
export function abandonedLogins(world: World): () => Promise<void> {
  let from = before(world.now(), LOOKS_BACK)
  return async () => {
    const until = before(world.now(), LOGIN_LIFETIME)
    while (await endPage(world, from, until)) {}
    if (until > from) from = until
  }
}

/** @returns whether there may be more. */
async function endPage(world: World, from: Instant, until: Instant): Promise<boolean> {
  const waiting = await listWaiting(world.db, { from, until, limit: PAGE_MAX })
  let ended = 0
  for (const { value, version } of waiting) {
    const now = world.now()
    const step = unanswered(value, now)
    if (!step) continue
    const { login, event } = step
    const commit = { now, login: { value: login, version }, effects: [], events: [event] }
    // Another node has ended it, or its holder has gone on after all.
    if (await commitLogin(world.db, commit)) world.wakeUps.publish(topicOfLogin(login.id))
    ended += 1
  }
  return waiting.length === PAGE_MAX && ended > 0
}
