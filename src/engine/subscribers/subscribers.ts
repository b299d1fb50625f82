import {
  type Account,
  type Language,
  NEW_ACCOUNT,
  type Subscriber,
  USER_NAME_LENGTH_MAX,
  userNameKey,
} from '#core/subscribers/account.ts'
import type { Actor } from '#core/events/event.ts'
import { type Authenticator, FRESH } from '#core/devices/authenticator.ts'
import { newId, type SessionId, type SubscriberId } from '#core/ids.ts'
import { fullNameOf } from '#core/subscribers/full-name.ts'
import { lineOf } from '#core/text/line.ts'
import type { Refusal } from '#core/problems.ts'
import { eventsOn, type OnCase } from '#engine/on-case.ts'
import { createdEvent, reasonOf } from '#engine/subscribers/placing.ts'
import { topicOfClient } from '#engine/wake-up-topics.ts'
import { methodNamed, refusal, type World } from '#engine/world.ts'
import { LENGTH_MIN_ALONE, type PasswordProblem, passwordProblem } from '#methods/password/rules.ts'
import {
  createSubscriber,
  findSubscriber,
  updateSubscriber,
} from '#store/subscribers/subscribers.ts'
import { findClaimant } from '#store/login/claimant.ts'
import { forgetGuesses, nameThrottle } from '#store/login/throttles.ts'

export interface NewSubscriber {
  readonly userName: string
  /** What they are called, where it is known. */
  readonly fullName?: string
  readonly password: string
  readonly language: Language
  readonly accounts: readonly NewAccount[]
  readonly by: Actor
  /**
   * What they had elsewhere and do not hold any more: it can be paused and ended, and never
   * answers.
   */
  readonly lost?: readonly { readonly method: string; readonly label: string }[]
}

/** What must be said of an account, and what may be. */
export type NewAccount = Pick<Account, 'number' | 'environment'> &
  Partial<Omit<Account, 'id' | 'subscriberId'>>

/**
 * Makes a client with a password and nothing else, so it has to be good enough to stand alone
 * (S13).
 *
 * @returns the reason when the answer is no.
 */
export async function createSubscriberWithPassword(
  world: World,
  { userName, fullName: called, password, language, accounts, by, lost = [] }: NewSubscriber,
): Promise<
  | { readonly ok: true; readonly id: SubscriberId }
  | { readonly ok: false; readonly reason: 'taken' | 'malformed' | 'full-name' | PasswordProblem }
> {
  if (!isShownAsTyped(userName)) return { ok: false, reason: 'malformed' }
  const fullName = called === undefined ? undefined : fullNameOf(called)
  if (fullName === null) return { ok: false, reason: 'full-name' }
  const contextWords = contextWordsOf(world, userName)
  const weak = passwordProblem(password, { minimum: LENGTH_MIN_ALONE, contextWords })
  if (weak) return { ok: false, reason: weak }
  const now = world.now()
  const id = newId('sub', now, world.random)
  const subscriber: Subscriber = {
    id,
    userName,
    language,
    hasChosenLanguage: false,
    seamless: true,
    askedFirst: null,
    createdAt: now,
    primary: null,
  }
  const known: Authenticator = {
    ...FRESH,
    id: newId('aut', now, world.random),
    method: world.firstFactor.name,
    label: '',
    createdAt: now,
    state: { hash: await world.passwords.hash(password) },
  }
  const opening = accounts.map((account) => {
    const added = { ...account, id: newId('acc', now, world.random), subscriberId: id }
    const value: Account = { ...NEW_ACCOUNT, ...added }
    return { value, reason: reasonOf(world, value.id, value.override?.reason ?? null) }
  })
  const made = await createSubscriber(world.db, {
    now,
    subscriber,
    ...(fullName !== undefined && { fullName }),
    authenticators: [known, ...lost.map((one) => gone(world, one))],
    accounts: opening.map(({ value }) => value),
    reasons: opening.flatMap(({ reason }) => reason ?? []),
    events: [
      { kind: 'subscriber.created', subscriberId: id, by },
      ...opening.map(({ value, reason }) => createdEvent(world, value, { by, reason })),
    ],
  })
  return made ? { ok: true, id } : { ok: false, reason: 'taken' }
}

const gone = (
  world: World,
  { method, label }: { readonly method: string; readonly label: string },
): Authenticator => {
  const now = world.now()
  const state = methodNamed(world, method).decoy(world.random)
  const id = newId('aut', now, world.random)
  return { ...FRESH, id, method, label, state, createdAt: now }
}

/**
 * Whether a page shows a user name as it was typed: of two names, one with a space and one with
 * two, a person could not tell which is whose. A name that exists is still found however it is
 * written.
 */
const isShownAsTyped = (userName: string): boolean =>
  userNameKey(userName) !== null &&
  lineOf(userName, USER_NAME_LENGTH_MAX * 4) === userName.normalize('NFC').trim()

/** What an attacker would try first for a client of this name (S16). */
export const contextWordsOf = ({ settings }: World, userName: string): readonly string[] => [
  userName,
  settings.name,
  'countersign',
]

/** The client with this user name, in upper or lower case; `null` for none. */
export const findSubscriberByName = async (
  world: World,
  userName: string,
): Promise<SubscriberId | null> => (await findByUserName(world, userName))?.subscriber.id ?? null

/** What a client types to log in; `null` for an unknown id. */
export const findUserName = async (world: World, id: SubscriberId): Promise<string | null> =>
  (await findSubscriber(world.db, id))?.value.userName ?? null

/** Who has this user name, however it is written; `null` for an unknown name. */
export async function findByUserName(
  world: World,
  userName: string,
): Promise<{ readonly subscriber: Subscriber; readonly accounts: readonly Account[] } | null> {
  const nameKey = userNameKey(userName)
  if (nameKey === null) return null
  const asked = { nameKey, browserHash: null, method: world.firstFactor.name }
  const { subscriber, accounts } = await findClaimant(world.db, asked)
  return subscriber && { subscriber, accounts }
}

/**
 * The language of what we write and say to them, of their pages, and of their phones, which hear of
 * it at once. The same one again changes nothing.
 */
export async function setLanguage(
  world: World,
  {
    id,
    language,
    by,
    within,
  }: Pick<Subscriber, 'id' | 'language'> & { readonly by: Actor; readonly within?: SessionId },
): Promise<{ readonly ok: true } | Refusal> {
  const found = await findSubscriber(world.db, id)
  if (!found) return refusal('subscriber.not-found')
  if (found.value.language === language && found.value.hasChosenLanguage) return { ok: true }
  const value = { ...found.value, language, hasChosenLanguage: true }
  const subscriber = { value, version: found.version }
  const about = { subscriberId: id, ...(within && { within }) }
  const event = { kind: 'subscriber.language-set', ...about, language, by } as const
  const done = await updateSubscriber(world.db, { now: world.now(), subscriber, events: [event] })
  if (!done) return refusal('subscriber.conflict')
  world.wakeUps.publish(topicOfClient(id))
  return { ok: true }
}

/**
 * Lets a name be tried again from unknown browsers, after strangers have used up its
 * guesses. The client who asks for it has been verified by the desk.
 *
 * @returns how many guesses were forgotten; `desk.conflict` where the warrant of the desk opens it
 *   no more, or who asks for it may not any more.
 */
export async function unlockName(
  world: World,
  userName: string,
  onCase?: OnCase,
): Promise<{ readonly ok: true; readonly forgotten: number } | Refusal> {
  const nameKey = userNameKey(userName) ?? ''
  const browserHash = new Uint8Array(32)
  const method = world.firstFactor.name
  for (let attempt = 0; attempt < UNLOCK_ATTEMPTS; attempt += 1) {
    const { subscriber, throttle } = await findClaimant(world.db, { nameKey, browserHash, method })
    if (!subscriber) return refusal('request.not-found')
    if (!throttle) return { ok: true, forgotten: 0 }
    const { failures } = throttle.value
    const event = { kind: 'subscriber.unlocked', subscriberId: subscriber.id, failures } as const
    const key = nameThrottle(world.db, nameKey)
    const now = world.now()
    const commit = { key, version: throttle.version, now, events: eventsOn(onCase, [event]) }
    const besides = onCase?.uses(now) ?? []
    if (await forgetGuesses(world.db, { ...commit, besides }))
      return { ok: true, forgotten: failures }
  }
  return refusal('desk.conflict')
}

/** Strangers may be guessing at this very moment. */
const UNLOCK_ATTEMPTS = 20
