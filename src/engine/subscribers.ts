import type { Account, Language, Subscriber } from '#core/account.ts'
import type { Authenticator } from '#core/authenticator.ts'
import { newId, type SubscriberId } from '#core/ids.ts'
import type { World } from '#engine/world.ts'
import { LENGTH_MIN_ALONE, type PasswordProblem, passwordProblem } from '#methods/password/rules.ts'
import { createSubscriber } from '#store/subscribers.ts'

export interface NewSubscriber {
  readonly userName: string
  readonly password: string
  readonly language: Language
  readonly accounts: readonly Pick<Account, 'number' | 'environment' | 'status'>[]
}

/**
 * Makes a client with a password and nothing else, so it has to be good enough to stand alone (S13).
 *
 * @returns the reason when the answer is no.
 */
export async function createSubscriberWithPassword(
  world: World,
  { userName, password, language, accounts }: NewSubscriber,
): Promise<
  | { readonly ok: true; readonly id: SubscriberId }
  | { readonly ok: false; readonly reason: 'taken' | PasswordProblem }
> {
  const contextWords = [userName, world.settings.name, 'countersign']
  const weak = passwordProblem(password, { minimum: LENGTH_MIN_ALONE, contextWords })
  if (weak) return { ok: false, reason: weak }
  const now = world.now()
  const id = newId('sub', now, world.random)
  const subscriber: Subscriber = { id, userName, language, seamless: true, createdAt: now }
  const known: Authenticator = {
    ...{
      id: newId('aut', now, world.random),
      method: world.firstFactor.name,
      label: '',
      failures: 0,
    },
    ...{ lifecycle: 'active', createdAt: now, usedAt: null },
    state: { hash: await world.passwords.hash(password) },
  }
  const made = await createSubscriber(world.db, {
    ...{ now, subscriber, authenticators: [known] },
    accounts: accounts.map((account) => ({
      ...{ id: newId('acc', now, world.random), subscriberId: id, ...account },
    })),
    events: [{ kind: 'subscriber.created', subscriberId: id }],
  })
  return made ? { ok: true, id } : { ok: false, reason: 'taken' }
}
