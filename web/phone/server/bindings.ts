import { type DBSchema, type IDBPDatabase, openDB } from 'idb'
import type { ActivationOffer } from '#methods/phone-key/wire.ts'
import { type Clock, NEW_CLOCK } from './clock.ts'
import type { Lock } from '../key/vault.ts'

/**
 * What the phone keeps, in IndexedDB. One binding is one user name at one brokerage (R072); no
 * response, PIN or unwrapped key is ever here.
 */
export interface Binding {
  /** The id the server gave; the `kid` of everything this phone signs. */
  readonly authenticator: string
  readonly userName: string
  readonly label: string
  /** The brokerage, as pages call it. */
  readonly name: string
  readonly issuer: string
  readonly suite: string
  readonly serverKey: ActivationOffer['serverKey']
  readonly pushKey: string
  /** How a PIN looks; what this one looks like is not known here. */
  readonly pin: ActivationOffer['pin']
  /**
   * Signs what the phone asks (ES256). It cannot be exported by script; it is not protected at
   * rest.
   */
  readonly deviceKey: CryptoKey
  /**
   * With it the desk proves itself, without a connection. It cannot be exported by script. Missing
   * until the server has it.
   */
  readonly deskKey?: CryptoKey
  readonly lock: Lock
  readonly boundAt_ms: number
  /** Set when the server says that this phone was revoked. */
  readonly revoked: boolean
}

export interface Settings {
  readonly language: 'en' | 'fr'
  /** What was last heard from the server: only another one changes what the app speaks. */
  readonly chosenLanguage: 'en' | 'fr'
  /** The authenticator whose user name is on the screen. */
  readonly current: string
  /** The authenticator that the last notification was for. */
  readonly pushedTo: string
  /** Notifications were allowed here once: a browser may take that back by itself. */
  readonly allowed: boolean
  /** When a notification last arrived. */
  readonly pushedAt_ms: number
}

interface Schema extends DBSchema {
  binding: { key: string; value: Binding }
  clock: { key: string; value: Clock }
  setting: { key: string; value: Settings[keyof Settings] }
}

let opened: Promise<IDBPDatabase<Schema>> | undefined

function database(): Promise<IDBPDatabase<Schema>> {
  opened ??= openDB<Schema>('countersign', 1, {
    upgrade(db) {
      db.createObjectStore('binding', { keyPath: 'authenticator' })
      db.createObjectStore('clock')
      db.createObjectStore('setting')
    },
    // Another tab with a newer app wants to change the layout: let it.
    blocking: () => void opened?.then((db) => db.close()),
    terminated: () => {
      opened = undefined
    },
  })
  return opened
}

export async function listBindings(): Promise<readonly Binding[]> {
  const all = await (await database()).getAll('binding')
  return all.toSorted((one, other) => one.boundAt_ms - other.boundAt_ms)
}

/** Writes a new binding and removes those it replaces, all of it or nothing. */
export async function addBinding(
  binding: Binding,
  { clock, replaces }: { readonly clock: Clock; readonly replaces: readonly Binding[] },
): Promise<void> {
  const tx = (await database()).transaction(['binding', 'clock', 'setting'], 'readwrite')
  await Promise.all([
    ...replaces.map(({ authenticator }) => tx.objectStore('binding').delete(authenticator)),
    ...replaces.map(({ authenticator }) => tx.objectStore('clock').delete(authenticator)),
    tx.objectStore('binding').put(binding),
    tx.objectStore('clock').put(clock, binding.authenticator),
    tx.objectStore('setting').put(binding.authenticator, 'current'),
    tx.done,
  ])
}

export async function removeBinding(authenticator: string): Promise<void> {
  const tx = (await database()).transaction(['binding', 'clock'], 'readwrite')
  await Promise.all([
    tx.objectStore('binding').delete(authenticator),
    tx.objectStore('clock').delete(authenticator),
    tx.done,
  ])
}

/** The key for subscriptions of the server at this address, for every user name there. */
export async function keepPushKey(issuer: string, pushKey: string): Promise<void> {
  const tx = (await database()).transaction('binding', 'readwrite')
  for (const binding of await tx.store.getAll())
    if (binding.issuer === issuer) await tx.store.put({ ...binding, pushKey })
  await tx.done
}

/** The key of the desk's proofs; `undefined` while another is on its way to the server. */
export async function keepDeskKey(
  authenticator: string,
  deskKey: CryptoKey | undefined,
): Promise<void> {
  const tx = (await database()).transaction('binding', 'readwrite')
  const { deskKey: _, ...binding } = (await tx.store.get(authenticator)) ?? {}
  if ('authenticator' in binding) {
    await tx.store.put({ ...(binding as Binding), ...(deskKey && { deskKey }) })
  }
  await tx.done
}

export async function markRevoked(authenticator: string, revoked = true): Promise<void> {
  const tx = (await database()).transaction('binding', 'readwrite')
  const binding = await tx.store.get(authenticator)
  if (binding) await tx.store.put({ ...binding, revoked })
  await tx.done
}

/**
 * Puts another lock on a key.
 *
 * @returns `false`, and changes nothing, when the key is gone or another tab has changed its lock.
 */
export async function changeLock({ authenticator, lock }: Binding, to: Lock): Promise<boolean> {
  const tx = (await database()).transaction('binding', 'readwrite')
  const binding = await tx.store.get(authenticator)
  const isSame = binding?.lock.wrapped.join() === lock.wrapped.join()
  if (binding && isSame) await tx.store.put({ ...binding, lock: to })
  await tx.done
  return isSame
}

/**
 * Reads and writes a clock in one transaction, so that a tab and the service worker sign no time
 * twice.
 */
export async function changeClock(
  authenticator: string,
  change: (clock: Clock) => Clock,
): Promise<Clock> {
  const tx = (await database()).transaction('clock', 'readwrite')
  const before = (await tx.store.get(authenticator)) ?? NEW_CLOCK
  const after = change(before)
  if (after !== before) await tx.store.put(after, authenticator)
  await tx.done
  return after
}

export const clockOf = (authenticator: string): Promise<Clock> =>
  changeClock(authenticator, (clock) => clock)

export async function setting<K extends keyof Settings>(key: K): Promise<Settings[K] | undefined> {
  // Only `keep` writes there, and it pairs keys and values as `Settings` does.
  return (await (await database()).get('setting', key)) as Settings[K] | undefined
}

export async function keep<K extends keyof Settings>(key: K, value: Settings[K]): Promise<void> {
  await (await database()).put('setting', value, key)
}
