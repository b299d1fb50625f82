/**
 * What a member of staff does at the desk. A member has one role: an act that takes two people is
 * never one person with two roles.
 *
 *   agent       helps clients who call
 *   supervisor  the second person where one is needed, and approves, closes and reopens accounts
 *   fulfilment  sends devices, and receives those that come back
 *   documents   judges what clients send in
 *   compliance  reads everything, and changes nothing but what of documents is suspicious
 *   operator    invites and suspends staff; never acts on a client
 */
export const ROLES = [
  ...(['agent', 'supervisor', 'fulfilment'] as const),
  ...(['documents', 'compliance', 'operator'] as const),
]
export type Role = (typeof ROLES)[number]

export const isRole = (text: string): text is Role => ROLES.some((one) => one === text)

/** What of the staff itself a role opens. */
const STAFF = {
  agent: 'nothing',
  supervisor: 'nothing',
  fulfilment: 'nothing',
  documents: 'nothing',
  compliance: 'read',
  operator: 'change',
} as const satisfies Readonly<Record<Role, 'nothing' | 'read' | 'change'>>

/** Whether this role is the second person for a deed that takes two. */
export const isSecondPerson = (role: Role): boolean => role === SECOND_PERSON
export const SECOND_PERSON = 'supervisor' satisfies Role

/** Whether this role sees who works here. */
export const readsStaff = (role: Role): boolean => STAFF[role] !== 'nothing'

/** Whether this role invites and suspends staff, and gives roles. */
export const changesStaff = (role: Role): boolean => STAFF[role] === 'change'

/** Whether this role reads the audit log, and what the staff did. It changes nothing. */
export const readsAudit = (role: Role): boolean => role === 'compliance'

/** Whether this role sends devices, and receives those that come back. */
export const sendsDevices = (role: Role): boolean => role === 'fulfilment'
