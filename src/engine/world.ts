import type { Channel } from '#channels/channel.ts'
import type { Platform } from '#core/assurance.ts'
import type { Antivirus } from '#core/documents/antivirus.ts'
import type { MailIntake } from '#core/documents/mail.ts'
import type { ReviewRules } from '#core/documents/review/review.ts'
import type { Sandbox } from '#core/documents/sandbox.ts'
import type { Calendar } from '#core/time/calendar.ts'
import type { Random } from '#core/ids.ts'
import type { OrderRules } from '#core/orders/order.ts'
import type { PinRules } from '#core/devices/pin-rule.ts'
import type { WithdrawalLimits } from '#core/sessions/limits.ts'
import type { Jurisdictions } from '#core/subscribers/jurisdiction.ts'
import type { Problem, Refusal } from '#core/problems.ts'
import type { Instant } from '#core/time/time.ts'
import type { Method } from '#methods/method.ts'
import type { StaffMethod } from '#methods/registry.ts'
import type { Files } from '#store/database/files.ts'
import type { Db } from '#store/database/open.ts'
import type { Keys } from '#store/database/keys.ts'
import type { RateLimits } from '#store/server/rate-limits.ts'
import type { WakeUps } from '#store/server/wake-ups.ts'
import type { Words } from '#methods/words.ts'
import type { PasswordHasher } from '#methods/password/hasher.ts'
import type { Keyring } from '#engine/keyring/keyring.ts'
import type { ServerKeys } from '#engine/server-keys.ts'

/** Everything a use case may touch. Built once, in `src/main.ts`; a test builds its own. */
export interface World {
  readonly db: Db
  /** The place for large files, beside the database. */
  readonly files: Files
  /** Where files of strangers are opened. */
  readonly sandbox: Sandbox
  /** What looks at them before; `null` for none. */
  readonly antivirus: Antivirus | null
  /**
   * The server's clock, never a client's. @throws ClockWentBack when it is behind what was written.
   */
  readonly now: () => Instant
  readonly random: Random
  readonly keys: Keys
  /** Where they come from, and how they are exchanged. */
  readonly keyring: Keyring
  readonly serverKeys: ServerKeys
  readonly methods: ReadonlyMap<string, Method>
  /** The one that is no second factor: what every login begins with. */
  readonly firstFactor: Method
  /** What members of staff log in with, and confirm what they do. */
  readonly staffMethod: StaffMethod
  readonly platforms: ReadonlyMap<string, Platform>
  readonly wakeUps: WakeUps
  readonly limits: RateLimits
  /**
   * Ways to reach a client, by name: a method that needs one that is not there is not
   * offered.
   */
  readonly channels: ReadonlyMap<string, Channel>
  readonly passwords: PasswordHasher
  /** For what is read outside our pages. */
  readonly words: Words
  /** A network address as a client would say where it is; never an exact place. */
  readonly placeOf: (address: string) => string
  readonly settings: WorldSettings
}

export interface WorldSettings {
  /** The address of this installation, without a slash at the end. */
  readonly issuer: string
  /** The brokerage, as pages call it. */
  readonly name: string
  /** The telephone number of the desk. */
  readonly helpLine: string
  /** Its other numbers, by country (ISO 3166-1). */
  readonly helpLines: Readonly<Record<string, string>>
  /** The number of the technical desk (R115); `null` where the desk helps with that too. */
  readonly technicalLine: string | null
  readonly decoy: 'never' | 'under-attack' | 'always'
  /** Whether texts stay a way in once a phone confirms (R087). */
  readonly textsAfterPhone: 'keep' | 'end'
  /** Whether a phone takes a mobile number that is verified (R074). */
  readonly numberBeforePhone: 'any' | 'verified'
  /** When the phone asks for the number of the page (product rule `push.transfer`). */
  readonly transfer: 'new-browser' | 'always' | 'never'
  /**
   * Whether a device may approve a sensitive task by itself, or only its response counts
   * (`tasks.approval`, R023).
   */
  readonly taskApproval: 'phone-or-response' | 'response'
  /** When the broker works: an account that is approved after the cut-off waits (R027). */
  readonly calendar: Calendar
  /** Who may order a device, what is kept back for it, and how long it is on its way. */
  readonly orders: OrderRules
  /** Where the desk of the staff is: scheme, host and port. */
  readonly deskOrigin: string
  /** The rules of each place, and which country belongs where (R132). */
  readonly jurisdictions: Jurisdictions
  /** How much may be withdrawn, everywhere and in places with limits of their own (R121). */
  readonly withdrawals: WithdrawalLimits
  /** What a PIN has to be, everywhere and in places with a rule of their own (R067, R068). */
  readonly pins: PinRules
  /** Where documents come in by mail, and how account numbers look (R141, R142). */
  readonly mailIntake: MailIntake
  /** What a person who judges documents goes by. */
  readonly review: ReviewRules
  /** Programs of the back office, by their client ids. */
  readonly backOffice: readonly string[]
  /**
   * Hosts that notifications may be sent to; `*.` before a name stands for everything below it
   * (A20).
   */
  readonly pushHosts: readonly string[]
}

/**
 * The clock stands before what has been written already: nothing that expires can be judged now
 * (A24).
 */
export class ClockWentBack extends Error {
  override readonly name = 'ClockWentBack'
}

export function refusal(problem: Problem, until?: Instant): Refusal {
  return until === undefined ? { ok: false, problem } : { ok: false, problem, until }
}

/** What stands in for the first factor while another one is chosen. */
export function resetFactor({ methods }: Pick<World, 'methods'>): Method {
  const method = [...methods.values()].find(({ resets }) => resets)
  if (!method) throw new Error('nothing stands in for the first factor')
  return method
}

/** Whether something can carry what this method asks. */
export const isReachable = ({ channels }: World, method: Pick<Method, 'channels'>): boolean =>
  method.channels === undefined || method.channels.some((name) => channels.has(name))

/** The method of this name; one that was stored is always known. */
export function methodNamed({ methods }: Pick<World, 'methods'>, name: string): Method {
  const method = methods.get(name)
  if (!method) throw new Error(`no method is called ${name}`)
  return method
}
