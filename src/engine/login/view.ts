import type { Language } from '#core/subscribers/account.ts'
import type { LoginId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import { unlessExpired } from '#core/login/login.ts'
import { type Login } from '#core/login/state.ts'
import type { Refusal } from '#core/problems.ts'
import type { Instant } from '#core/time/time.ts'
import { type DeliveryNews, deliveryOf } from '#engine/delivery/receipts.ts'
import { type Choice, choicesOf, shownId } from '#engine/login/choices.ts'
import { seemingReports } from '#engine/login/decoy.ts'
import { secretHash } from '#engine/secrets.ts'
import { topicOfLogin } from '#engine/wake-up-topics.ts'
import { methodNamed, refusal, type World } from '#engine/world.ts'
import type { Method } from '#methods/method.ts'
import type { PromptView } from '#methods/prompt.ts'
import { findLogin, listReceipts, type Receipt } from '#store/login/logins.ts'
import type { Versioned } from '#store/queries/versioned.ts'

/** What an interface knows of the caller. */
export interface Client {
  /** The network address that limits count by. */
  readonly address: string
  /** Such as `Firefox, Windows`. */
  readonly browser: string
  readonly language: Language
  /** The secret that this browser or program keeps for the length of its logins. */
  readonly holder: string
  /** What this browser was given after an earlier login. */
  readonly browserCookie: string | null
  /** A program of its own, and no browser. */
  readonly isProgram?: boolean
}

/** A login, and the secret of the browser or program that began it. */
export interface Held {
  readonly id: LoginId
  readonly holder: string
}

export interface LoginView {
  readonly ok: true
  /** Its authenticator goes by the id that `choices` has for it. */
  readonly login: Login
  readonly choices: readonly Choice[]
  readonly receipts: readonly (Pick<Receipt, 'kind' | 'at'> | DeliveryNews)[]
  /** How the open challenge can be answered; empty in every other state. */
  readonly views: readonly PromptView[]
  /** When to look again, where no wake-up will come. */
  readonly newsAt?: Instant
}

/** Shows a login to the browser that began it; for every other it does not exist. */
export async function viewLogin(world: World, { id, holder }: Held): Promise<LoginView | Refusal> {
  const now = world.now()
  const found = await findHeld(world, { id, holder })
  if (!found) return refusal('login.not-found')
  return await viewOf(world, unlessExpired(found.value, now))
}

/** The same of a login that was read or written just now. */
export async function viewOf(world: World, login: Login): Promise<LoginView> {
  if (login.state !== 'challenged') {
    return { ok: true, login, choices: await choicesOf(world, login), receipts: [], views: [] }
  }
  const { challenge } = login
  const [choices, reported] = await Promise.all([
    choicesOf(world, login),
    listReceipts(world.db, login.id, challenge.openedAt),
  ])
  const authenticatorId = shownId(world, login, challenge.authenticatorId)
  const label = choices.find((choice) => choice.id === authenticatorId)?.label ?? null
  const method = methodNamed(world, challenge.method)
  const picture = await pictureOf(world, method, challenge.expected)
  const views = method.describe(challenge.prompt, { ...challenge, label, ...picture })
  const shown = { ...login, challenge: { ...challenge, authenticatorId } }
  // A device reports by itself; only what a carrier delivers is looked up.
  const isCarried = views.some(({ delivery }) => delivery)
  const about = { loginId: login.id, openedAt: challenge.openedAt }
  const delivered = isCarried ? await deliveryOf(world, about) : []
  const seeming = login.decoy ? seemingReports(world, login, isCarried) : []
  const now = world.now()
  const receipts = [...reported, ...delivered, ...seeming.filter(({ at }) => at <= now)]
  const next = seeming.find(({ at }) => at > now)
  return { ok: true, login: shown, choices, receipts, views, ...(next && { newsAt: next.at }) }
}

/** What a device without a connection shows, under our signature: it believes nothing else. */
async function pictureOf(
  { serverKeys }: World,
  { device }: Method,
  expected: Json,
): Promise<{ readonly picture?: string }> {
  const picture = device?.picture?.(expected) ?? null
  return picture ? { picture: await serverKeys.phone.sign(picture.payload, picture.type) } : {}
}

/** Calls back when a login may have changed: a hint to look again, and nothing more. */
export function watchLogin(world: World, id: LoginId, listener: () => void): () => void {
  return world.wakeUps.subscribe(topicOfLogin(id), listener)
}

/** The login of this id, if it was begun with this secret. */
export async function findHeld(
  world: World,
  { id, holder }: Held,
): Promise<Versioned<Login> | null> {
  const found = await findLogin(world.db, id)
  return found && found.value.holder === secretHash(holder).toString('base64url') ? found : null
}
