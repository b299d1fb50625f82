import { type Account, type Subscriber, userNameKey } from '#core/subscribers/account.ts'
import type { AuditEvent } from '#core/audit/audit.ts'
import { answers, type Authenticator } from '#core/devices/authenticator.ts'
import type { AuthenticatorId, SubscriberId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import { rulesFor } from '#core/subscribers/jurisdiction.ts'
import { challengeOpened, unlessExpired } from '#core/login/login.ts'
import { type Login } from '#core/login/state.ts'
import type { Refusal } from '#core/problems.ts'
import type { Instant } from '#core/time/time.ts'
import { withdrawOthers } from '#engine/login/same-browser.ts'
import { chosenFrom } from '#engine/login/choices.ts'
import { contactsOf } from '#engine/contact/addresses.ts'
import { areStrangersLedOn, decoyAuthenticator, rememberDecoy } from '#engine/login/decoy.ts'
import type { TaskDetails } from '#core/task-details.ts'
import { bindingTask } from '#engine/login/task-approval.ts'
import { effectOf, take } from '#engine/delivery/effects.ts'
import { findHeld, type Held } from '#engine/login/view.ts'
import { endSiteOf } from '#engine/network.ts'
import { opaque } from '#engine/secrets.ts'
import { TOPIC_OF_OUTBOX, topicOfLogin, topicOfPhone } from '#engine/wake-up-topics.ts'
import { methodNamed, refusal, type World } from '#engine/world.ts'
import { listAccounts } from '#store/accounts/accounts.ts'
import type { Mailing } from '#methods/delivery.ts'
import type { Method, Purpose } from '#methods/method.ts'
import { findAuthenticator } from '#store/devices/authenticators.ts'
import { commitLogin, type LoginCommit } from '#store/login/logins.ts'
import { findSubscriber } from '#store/subscribers/subscribers.ts'
import type { Versioned } from '#store/queries/versioned.ts'

export type StartedLogin = { readonly ok: true; readonly login: Login } | Refusal

/**
 * The claimant chooses an authenticator, by the id it was shown under, or asks for a new challenge.
 */
export async function openChallenge(
  world: World,
  held: Held & { readonly authenticatorId: AuthenticatorId; readonly way: string | null },
): Promise<StartedLogin> {
  const now = world.now()
  const found = await findHeld(world, held)
  if (!found) return refusal('login.not-found')
  const login = unlessExpired(found.value, now)
  if (login.state === 'expired') return refusal('login.expired')
  if (login.state !== 'choosing' && login.state !== 'challenged')
    return refusal('login.not-choosing')
  const choice = await chosenFrom(world, login, held.authenticatorId)
  if (!choice) return refusal('authenticator.not-found')
  if (choice.used) return refusal('login.authenticator-used')
  if (choice.lifecycle !== 'active') return refusal('login.authenticator-locked')
  if (!answers(choice, now)) {
    return refusal(methodNamed(world, choice.method).expired ?? 'login.authenticator-expired')
  }
  if (choice.tooWeak) return refusal('login.too-weak')
  for (let attempt = 0; attempt < NUMBERS; attempt += 1) {
    // Read anew each time: what another login drew meanwhile is asked here, too (C7).
    const authenticator = login.decoy
      ? {
          value: decoyAuthenticator(world, { ...choice, userName: login.userName }, now),
          version: 0,
        }
      : await findAuthenticator(world.db, choice.id)
    if (!authenticator) return refusal('authenticator.not-found')
    const asked = await drawn(world, login, { authenticator, way: held.way, now })
    if ('problem' in asked) return asked
    const commit = { ...asked.commit, login: { value: asked.login, version: found.version } }
    const opened = await written(world, commit, asked.login)
    if (opened.ok) await withdrawOthers(world, opened.login)
    // Another number may succeed; a login that has moved on is shown by its page.
    if (opened.ok || !commit.challenge) return opened
  }
  return refusal('login.conflict')
}

/** How often a number is drawn anew when this authenticator was asked it before. */
export const NUMBERS = 3

interface Drawing {
  readonly authenticator: Versioned<Authenticator>
  /** Who it is and what they hold, where that was read just now. */
  readonly who?: Asked
  readonly way: string | null
  readonly now: Instant
}

/** Lets the method draw a challenge, and prepares what has to be written with it. */
export async function drawn(
  world: World,
  login: Login,
  { authenticator: { value: held, version }, way, now, who }: Drawing,
): Promise<{ readonly login: Login; readonly commit: Omit<LoginCommit, 'login'> } | Refusal> {
  const method = methodNamed(world, held.method)
  const asking = who ?? (await askedOf(world, login))
  const { seamless, context } = contextOf(world, login, { ...asking, now })
  const mailing = await mailingFor(world, login, { method, accounts: asking.accounts })
  const { language, address, browserId } = login.origin
  const question = method.challenge(held.state, {
    now,
    random: world.random,
    authenticatorId: held.id,
    transaction: login.id,
    purpose: purposeOf(login),
    context,
    way,
    seamless,
    language,
    recognised: browserId !== null,
    transfer: carriesNumber(world, login, asking.accounts),
    holderLanguage: asking.subscriber?.language ?? language,
    subscriber: capsOf(login),
    network: opaque(world.keys, endSiteOf(address)),
    channels: [...world.channels.keys()],
    ...mailing,
    issuer: world.settings.issuer,
    brand: world.settings.name,
  })
  if (!question.ok) return refusal(question.problem, question.until)
  const { prompt, expected, validFor, askedAt, deliver, unique, state } = question
  const refused = await take(world, question.takes ?? [])
  if (refused) return refused
  const about = { loginId: login.id, openedAt: now }
  const effects = deliver.map((one) => effectOf(one, { to: held.id, about }))
  const asked = {
    authenticatorId: held.id,
    method: held.method,
    prompt,
    expected,
    validFor,
    ...(askedAt !== undefined && { askedAt }),
    effects,
  }
  const moved = challengeOpened(login, asked, now)
  if ('stays' in moved) return refusal(moved.stays)
  const events: readonly AuditEvent[] = [moved.event]
  if (login.decoy) {
    rememberDecoy(world, { ...held, state }, login)
    return { login: moved.login, commit: { now, effects: [], events } }
  }
  return {
    login: moved.login,
    commit: {
      now,
      authenticators: [{ value: { ...held, state }, version }],
      ...(unique !== undefined && { challenge: { authenticatorId: held.id, number: unique } }),
      effects: moved.effects,
      events,
    },
  }
}

/**
 * Whether the number of the page has to be carried over to the device: as the installation says
 * (product rule `push.transfer`), and always where the rules that apply want it so.
 */
function carriesNumber(
  { settings: { transfer, jurisdictions } }: World,
  { origin, task, binds }: Login,
  accounts: readonly Account[],
): boolean {
  if (rulesFor(jurisdictions, accounts).rules.transfer === 'always') return true
  // A task is confirmed by a client who looks at its page, also in a recognised browser.
  const isNew = origin.browserId === null || task !== null || binds !== undefined
  return transfer === 'always' || (transfer === 'new-browser' && isNew)
}

/**
 * Whether a code goes by mail as well, where the rules of the client want both ways (R129). Only
 * what leads in does: a code that confirms a task, sets up a device or chooses a password goes to
 * the number alone, so no mailbox is enough for these. An address counts that its holder has proven
 * (C13). What a client of such a place reads is read for every name, so that it takes as long.
 */
async function mailingFor(
  world: World,
  login: Login,
  { method, accounts }: { readonly method: Method } & Pick<Asked, 'accounts'>,
): Promise<Mailing> {
  const { decoy, task, resets, binds, subscriberId, origin } = login
  const { jurisdictions } = world.settings
  const places = [...jurisdictions.profiles.values()]
  const isAsked = places.some(({ rules }) => rules.codeChannels === 'text-and-mail')
  if (!method.byMail || !isAsked || task || resets || binds !== undefined) return {}
  const [contacts, hidesMail] = await Promise.all([
    contactsOf(world, subscriberId ?? NO_SUBSCRIBER),
    origin.browserId === null && areStrangersLedOn(world),
  ])
  const proven = contacts.find(
    ({ kind, verifiedAt, replacedAt }) =>
      kind === 'email' && verifiedAt !== null && replacedAt === null,
  )
  const isWanted = rulesFor(jurisdictions, accounts).rules.codeChannels === 'text-and-mail'
  const mail = decoy || !isWanted ? undefined : proven?.value
  return { hidesMail, ...(mail !== undefined && { mail }) }
}

const NO_SUBSCRIBER = 'sub_' as SubscriberId

/**
 * Why the client is asked; the number says it too, so that an answer to one is none to the other
 * (A8).
 */
const purposeOf = ({ task, binds }: Login): Purpose =>
  task || binds !== undefined ? 'task' : 'login'

/** The client who is asked, and their accounts; without subscriber for an unknown name. */
interface Asked {
  readonly subscriber: Subscriber | null
  readonly accounts: readonly Account[]
}

async function askedOf(world: World, { subscriberId }: Login): Promise<Asked> {
  if (subscriberId === null) return { subscriber: null, accounts: [] }
  const [found, accounts] = await Promise.all([
    findSubscriber(world.db, subscriberId),
    listAccounts(world.db, subscriberId),
  ])
  return { subscriber: found?.value ?? null, accounts }
}

/** What the holder is shown, and whether they want to be asked on the device at all (R038). */
function contextOf(
  world: World,
  login: Login,
  { subscriber, accounts, now }: Asked & { readonly now: Instant },
): { readonly seamless: boolean; readonly context: Json } {
  const deed = deedOf(world, login, subscriber)
  const platform = world.platforms.get(login.platform)
  const account = accounts.find(({ environment }) => environment === login.environment)
  const context = {
    purpose: purposeOf(login),
    platform: platform?.name ?? { en: login.platform, fr: login.platform },
    environment: login.environment,
    account: account?.number ?? '',
    userName: subscriber?.userName ?? login.userName,
    place: login.origin.place,
    browser: login.origin.browser,
    newBrowser: login.origin.browserId === null,
    askedAt: now,
    // The phone signs exactly what it shows (S88).
    ...(deed && { task: { kind: deed.kind, facts: deed.facts } }),
  }
  // What is asked on the device is shown there; an operator may want a response alone (R023).
  const isTask = purposeOf(login) === 'task'
  const asksDevice = !isTask || world.settings.taskApproval === 'phone-or-response'
  return { seamless: asksDevice && (subscriber?.seamless ?? true), context }
}

/** What is confirmed with it, in the words that are shown: a task, or the device that is set up. */
function deedOf(
  world: World,
  { task, binds: method, origin }: Login,
  subscriber: Subscriber | null,
): TaskDetails | null {
  if (task || method === undefined) return task?.deed ?? null
  return bindingTask(world, subscriber?.language ?? origin.language, { method })
}

/**
 * Whose caps a challenge takes from: a caller without the password uses up none of its owner's
 * (A28).
 */
const capsOf = ({ decoy, subscriberId, userName }: Login): string =>
  decoy || subscriberId === null ? `nobody ${userNameKey(userName) ?? ''}` : subscriberId

/** Writes a step of a login, and wakes the pages that wait for it. */
export async function written(
  world: World,
  commit: LoginCommit,
  login: Login,
): Promise<StartedLogin> {
  if (!(await commitLogin(world.db, commit))) return refusal('login.conflict')
  world.wakeUps.publish(topicOfLogin(login.id))
  if (commit.effects.length > 0) world.wakeUps.publish(TOPIC_OF_OUTBOX)
  if (login.state === 'challenged' && !login.decoy) {
    world.wakeUps.publish(topicOfPhone(login.challenge.authenticatorId))
  }
  return { ok: true, login }
}
