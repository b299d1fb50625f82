import type { AuditEvent } from '#core/audit/audit.ts'
import { answers } from '#core/devices/authenticator.ts'
import type { AuthenticatorId, SubscriberId } from '#core/ids.ts'
import type { Effect, Login } from '#core/login/state.ts'
import { type Alert, alertOf, isChosen } from '#core/notices/alerts.ts'
import { type HowOften, tradeDueAt } from '#core/notices/trade-choice.ts'
import type { Refusal } from '#core/problems.ts'
import { retryStale } from '#engine/retry.ts'
import type { OpenSession } from '#engine/sessions/rights.ts'
import { TOPIC_OF_OUTBOX } from '#engine/wake-up-topics.ts'
import { refusal, type World } from '#engine/world.ts'
import { listAuthenticators } from '#store/devices/authenticators.ts'
import type { Write } from '#store/database/connection.ts'
import { outboxWrites } from '#store/delivery/outbox.ts'
import { findLogin } from '#store/login/logins.ts'
import {
  alertChoiceWrite,
  findAlertChoice,
  listAlertsDue,
  setAlertChoice,
} from '#store/notices/alert-choices.ts'
import type { Notice } from '#store/notices/notices.ts'
import { findStamp } from '#store/security-stamp.ts'
import { findSubscriber } from '#store/subscribers/subscribers.ts'
import { findTask } from '#store/tasks/tasks.ts'

/**
 * The phones of a client hear of what a notice tells (R018): beside mail, texts and letters, and
 * never instead of them, since no push service says whether a message was shown.
 */

/** What is written with a notice, so that its phones are alerted once. */
export async function alertWrites(
  world: World,
  notice: Notice,
  event: AuditEvent,
): Promise<readonly Write[]> {
  const { seq, subscriberId, kind, at: now } = notice
  const alert = alertOf(kind)
  if (alert === null) return []
  const besides = await phonesUsed(world, event)
  const effects = await effectsOf(world, { subscriberId, alert, besides })
  if (effects.length === 0) return []
  const sent = outboxWrites(world.db, effects, { id: `alert_${seq}`, version: 1, now })
  if (!isChosen(alert)) return sent
  const { value, version } = await findAlertChoice(world.db, subscriberId)
  const dueAt = tradeDueAt(value.every, value.toldAt, now)
  // What waits until then tells of this, too.
  if (dueAt === null || dueAt === value.dueAt) return []
  const isNow = dueAt <= now
  const next = isNow ? { ...value, toldAt: now, dueAt: null } : { ...value, dueAt }
  const chosen = alertChoiceWrite(world.db, subscriberId, { value: next, version })
  return isNow ? [chosen, ...sent] : [chosen]
}

/** One alert for all that has happened since the last one. */
export async function alertDue(world: World): Promise<void> {
  const due = { now: world.now(), limit: CLIENTS_AT_ONCE }
  for (const subscriberId of await listAlertsDue(world.db, due)) await gather(world, subscriberId)
}

const CLIENTS_AT_ONCE = 100

async function gather(world: World, subscriberId: SubscriberId): Promise<void> {
  const now = world.now()
  const { value, version } = await findAlertChoice(world.db, subscriberId)
  if (value.dueAt === null || value.dueAt > now) return
  const isWanted = value.every !== 'never'
  const effects = isWanted
    ? await effectsOf(world, { subscriberId, alert: 'order', besides: [] })
    : []
  const next = { ...value, dueAt: null, ...(effects.length > 0 && { toldAt: now }) }
  const step = { id: `alerts_${subscriberId}`, version: version + 1, now }
  const done = await world.db.commit([
    alertChoiceWrite(world.db, subscriberId, { value: next, version }),
    ...outboxWrites(world.db, effects, step),
  ])
  if (done && effects.length > 0) world.wakeUps.publish(TOPIC_OF_OUTBOX)
}

/** For each phone that answers now, without those whose holder has done it there. */
async function effectsOf(
  world: World,
  {
    subscriberId,
    alert,
    besides,
  }: {
    readonly subscriberId: SubscriberId
    readonly alert: Alert
    readonly besides: readonly AuthenticatorId[]
  },
): Promise<readonly Effect[]> {
  const [subscriber, held] = await Promise.all([
    findSubscriber(world.db, subscriberId),
    listAuthenticators(world.db, subscriberId),
  ])
  if (!subscriber) return []
  const { language } = subscriber.value
  return held
    .filter(({ value }) => answers(value, world.now()) && !besides.includes(value.id))
    .flatMap(({ value: { id, method } }): readonly Effect[] => {
      const delivery = world.methods.get(method)?.alert?.(alert, language)
      const isCarried = delivery && world.channels.has(delivery.channel)
      return isCarried ? [{ kind: 'deliver', ...delivery, to: id }] : []
    })
}

/** The device that it is about, and those that confirmed it: their holder was there. */
async function phonesUsed(world: World, event: AuditEvent): Promise<readonly AuthenticatorId[]> {
  const task = 'taskId' in event ? ((await findTask(world.db, event.taskId))?.value ?? null) : null
  const loginId = event.loginId ?? (task && 'loginId' in task ? task.loginId : null)
  const login = loginId ? ((await findLogin(world.db, loginId))?.value ?? null) : null
  const own = 'authenticatorId' in event ? [event.authenticatorId] : []
  return [...own, ...confirmedWith(login)].filter((id) => id !== null && id !== undefined)
}

const confirmedWith = (login: Login | null): readonly (AuthenticatorId | undefined)[] =>
  (login?.proofs ?? []).map(({ authenticatorId }) => authenticatorId)

/** How often the phones of a client are told news of orders, and whether there are any. */
export async function alertsOf(
  world: World,
  { subscriberId }: Pick<OpenSession, 'subscriberId'>,
): Promise<{ readonly every: HowOften; readonly isHeld: boolean }> {
  const [{ value }, held] = await Promise.all([
    findAlertChoice(world.db, subscriberId),
    listAuthenticators(world.db, subscriberId),
  ])
  const now = world.now()
  const isHeld = held.some(
    ({ value: one }) => answers(one, now) && world.methods.get(one.method)?.alert !== undefined,
  )
  return { every: value.every, isHeld }
}

/** What was chosen already is not written again. */
export async function chooseAlerts(
  world: World,
  session: OpenSession,
  every: HowOften,
): Promise<{ readonly ok: true } | Refusal> {
  const { subscriberId, id: within, decision } = session
  if (decision.rights.portal !== 'full') return refusal('session.insufficient')
  return await retryStale<{ readonly ok: true } | Refusal>('subscriber.conflict', async () => {
    const stamp = await findStamp(world.db, subscriberId)
    const { value, version } = await findAlertChoice(world.db, subscriberId)
    if (value.every === every) return { ok: true }
    const now = world.now()
    const event = { kind: 'alerts.set', subscriberId, within, every } as const
    const standing = { subscriberId, stamp, within }
    // What waits is looked at at once, by what holds from now on.
    const dueAt = value.dueAt && now
    const done = await setAlertChoice(
      world.db,
      { value: { ...value, every, dueAt }, version },
      { standing, now, event },
    )
    return done ? { ok: true } : 'stale'
  })
}
