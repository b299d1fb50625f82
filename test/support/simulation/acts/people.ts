import type { Instant } from '#core/time/time.ts'
import type { Client } from '#engine/login/view.ts'
import type { TestPhone } from '../../clients/phone.ts'
import type { Enrolled } from '../ground.ts'

/** What a client holds, and what an attacker has taken from them. */
export interface Person extends Enrolled {
  /** All phones that they have ever had in their hand, the latest last. */
  readonly phones: TestPhone[]
  readonly inbox: Text[]
  /** What the desk has read out to them. */
  readonly passcodes: string[]
  /** Addresses of record, the latest last; one that was replaced is told for a month. */
  readonly emails: Address[]
  readonly browsers: Client[]
  /** Sessions that were opened, by whom. */
  readonly sessions: Held[]
  emailCount: number
  /** Phones of an attacker that were bound in their name. */
  readonly foreign: TestPhone[]
}

export interface Address {
  readonly value: string
  /** The event that has set it. */
  readonly seq: number
}

/** The address that an operator sets next. */
export const emailOf = ({ userName }: Pick<Enrolled, 'userName'>, count: number): string =>
  `${userName}-${count}@example.com`

export interface Text {
  readonly code: string
  readonly at: Instant
}

export interface Held {
  readonly token: string
  readonly by: 'client' | 'attacker'
  readonly with: 'text' | 'phone' | 'passcode'
  /** The phone that it was opened with, by its name. */
  readonly phoneId: string | null
  /** Its end was confirmed. */
  isEnded: boolean
}

export const personOf = (enrolled: Enrolled): Person => ({
  ...enrolled,
  phones: enrolled.phone ? [enrolled.phone.copy()] : [],
  inbox: [],
  passcodes: [],
  emails: [{ value: enrolled.email, seq: 0 }],
  browsers: enrolled.home ? [enrolled.home] : [],
  sessions: [],
  emailCount: 0,
  foreign: [],
})
