import type { Instant } from '#core/time/time.ts'

/**
 * Why a notification does not reach a phone (R044), told from what the app on it knows, or the
 * server alone. What explains more comes first: on a phone without a connection it does not matter
 * whether the switch is on.
 */
export const FINDINGS = {
  offline: 'connection',
  unreached: 'connection',
  clock: 'clock',
  'worker-broken': 'worker',
  'worker-old': 'worker',
  'home-screen': 'permission',
  unsupported: 'permission',
  denied: 'permission',
  withdrawn: 'permission',
  'not-asked': 'permission',
  'test-gone': 'subscription',
  'no-service': 'subscription',
  'not-known': 'subscription',
  'switched-off': 'switch',
  'test-refused': 'test',
  'test-later': 'test',
  'test-not-received': 'test',
  'test-not-shown': 'test',
  'requests-wait': 'requests',
  'may-be-deleted': 'storage',
  'not-installed': 'place',
} as const

export type Finding = keyof typeof FINDINGS
export type Check = (typeof FINDINGS)[Finding]

/** In the order in which they explain. */
export const FINDING_CODES = Object.keys(FINDINGS) as readonly Finding[]
const CHECKS: readonly Check[] = [...new Set(Object.values(FINDINGS))]

/** Without these a notification may still arrive: they are told, and nothing is wrong. */
const MINOR: readonly Finding[] = ['clock', 'requests-wait', 'may-be-deleted', 'not-installed']

export const stopsNotifications = (finding: Finding): boolean => !MINOR.includes(finding)

/** What is known; `null` for what cannot be told from here. */
export interface PhoneFacts {
  /** `unreached`: the phone says that it is connected, and our server does not answer. */
  readonly connection: 'reached' | 'offline' | 'unreached' | null
  /** Milliseconds by which the clock of the phone is ahead of the server's. */
  readonly clockAhead: number | null
  /** What receives notifications while the app is closed; `waiting`: a newer one is not in yet. */
  readonly worker: 'active' | 'waiting' | 'broken' | null
  /** `home-screen`: this system gives notifications only to an app on the home screen. */
  readonly permission: 'granted' | 'denied' | 'default' | 'home-screen' | 'none' | null
  /** Whether notifications were allowed here once: browsers take that back by themselves. */
  readonly wasAllowed: boolean | null
  /**
   * The address for notifications that the phone has, beside the one that the server has:
   *
   *   same     they agree
   *   other    the server has none, or an older one
   *   missing  the phone has none
   */
  readonly subscription: 'same' | 'other' | 'missing' | null
  /** The switch in the portal (R038). */
  readonly seamless: boolean | null
  /** Requests that are open now (R043). */
  readonly waiting: number | null
  /** Whether the browser promises to keep what the app stores. */
  readonly storage: 'kept' | 'may-go' | null
  readonly isInstalled: boolean | null
  /** The last test; only one that had its time says that something did not happen. */
  readonly test: (PhoneTest & { readonly isOver: boolean }) | null
}

export const NO_FACTS: PhoneFacts = {
  connection: null,
  clockAhead: null,
  worker: null,
  permission: null,
  wasAllowed: null,
  subscription: null,
  seamless: null,
  waiting: null,
  storage: null,
  isInstalled: null,
  test: null,
}

/**
 * What a push service has said of a test notification.
 *
 *   taken    it will bring it
 *   gone     it does not know this phone any more
 *   refused  it does not take this message, or any of ours
 *   later    it is busy, or was not reached
 *   none     there is no address to send to
 */
export type Taking = 'taken' | 'gone' | 'refused' | 'later' | 'none'

/** A test notification from end to end, by the clock of the server. It counts nowhere. */
export interface PhoneTest {
  readonly id: string
  readonly sentAt: Instant
  /** `null` while the push service is asked. */
  readonly taken: Taking | null
  readonly takenAt: Instant | null
  /** When the phone had it, showed it, and when it was tapped. */
  readonly receivedAt: Instant | null
  readonly shownAt: Instant | null
  readonly openedAt: Instant | null
}

export const TEST_STAGES = ['received', 'shown', 'opened'] as const
export type TestStage = (typeof TEST_STAGES)[number]

/** A stage is noted once, and with it those before it, which a lost message has kept from us. */
export function testReached(test: PhoneTest, stage: TestStage, at: Instant): PhoneTest {
  const receivedAt = test.receivedAt ?? at
  if (stage === 'received') return { ...test, receivedAt }
  const shownAt = test.shownAt ?? at
  if (stage === 'shown') return { ...test, receivedAt, shownAt }
  return { ...test, receivedAt, shownAt, openedAt: test.openedAt ?? at }
}

/** Signatures of a phone are taken this far from the time of the server (S42). */
const CLOCK_OFF_MS = 60_000

/** What one check has come to; `null` where nothing is wrong. */
export interface Checked {
  readonly check: Check
  readonly finding: Finding | null
}

/** Every check that these facts allow, and what was found. */
export function examine(facts: PhoneFacts): readonly Checked[] {
  const found = CHECKS.map((check) => ({ check, finding: EXAMINE[check](facts) }))
  return found.filter((one): one is Checked => one.finding !== undefined)
}

/** The findings alone, the one that explains most first. */
export const findingsOf = (facts: PhoneFacts): readonly Finding[] =>
  examine(facts).flatMap(({ finding }) => (finding === null ? [] : [finding]))

/** `undefined` where it cannot be told. */
type Examined = Finding | null | undefined

const EXAMINE: Readonly<Record<Check, (facts: PhoneFacts) => Examined>> = {
  connection({ connection }) {
    if (connection === null) return undefined
    return connection === 'reached' ? null : connection
  },
  clock({ clockAhead }) {
    if (clockAhead === null) return undefined
    return Math.abs(clockAhead) > CLOCK_OFF_MS ? 'clock' : null
  },
  worker({ worker }) {
    if (worker === null) return undefined
    return worker === 'active' ? null : worker === 'waiting' ? 'worker-old' : 'worker-broken'
  },
  permission({ permission, wasAllowed }) {
    switch (permission) {
      case null:
        return undefined
      case 'granted':
        return null
      case 'none':
        return 'unsupported'
      case 'default':
        return wasAllowed ? 'withdrawn' : 'not-asked'
      case 'denied':
      case 'home-screen':
        return permission
    }
  },
  subscription({ permission, subscription, test }) {
    // Without a permission there is none, and the permission is what to see to.
    if (subscription === null || (permission !== null && permission !== 'granted')) return undefined
    if (subscription === 'same') return null
    // The server has thrown the address away for this.
    if (test?.taken === 'gone') return 'test-gone'
    return subscription === 'missing' ? 'no-service' : 'not-known'
  },
  switch({ seamless }) {
    if (seamless === null) return undefined
    return seamless ? null : 'switched-off'
  },
  test({ test }) {
    if (test === null) return undefined
    if (test.shownAt !== null) return null
    if (test.receivedAt !== null) return test.isOver ? 'test-not-shown' : undefined
    switch (test.taken) {
      case 'taken':
        return test.isOver ? 'test-not-received' : undefined
      case 'refused':
      case 'later':
        return `test-${test.taken}`
      // That there is no address, or none any more, is found by itself.
      case 'gone':
      case 'none':
      case null:
        return undefined
    }
  },
  requests({ waiting }) {
    if (waiting === null) return undefined
    return waiting > 0 ? 'requests-wait' : null
  },
  storage({ storage }) {
    if (storage === null) return undefined
    return storage === 'kept' ? null : 'may-be-deleted'
  },
  place({ isInstalled }) {
    if (isInstalled === null) return undefined
    return isInstalled ? null : 'not-installed'
  },
}

/** What a phone has found of itself and shown to the desk. */
export interface Examination {
  readonly at: Instant
  readonly findings: readonly Finding[]
  readonly system: (typeof SYSTEMS)[number]
  readonly isInstalled: boolean
}

export const SYSTEMS = ['ios', 'android', 'other'] as const
