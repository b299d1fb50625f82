import type {
  AuthenticatorId,
  CaseId,
  EnrolmentId,
  LoginId,
  MemberId,
  SubscriberId,
} from '#core/ids.ts'

/** What wake-ups are about. They are hints: the receiver looks into the database. */
export const topicOfLogin = (id: LoginId): string => `login:${id}`
export const topicOfPhone = (id: AuthenticatorId): string => `phone:${id}`
/**
 * Their rights, their sessions or their devices: every page and phone that shows one of them looks
 * again.
 */
export const topicOfClient = (id: SubscriberId): string => `client:${id}`
/** The documents that they have sent: one was opened. */
export const topicOfDocuments = (id: SubscriberId): string => `documents:${id}`
/** What came of what a caller was asked on the phone. */
export const topicOfCase = (id: CaseId): string => `case:${id}`
/** Their sessions, their role, or whether they still work here. */
export const topicOfMember = (id: MemberId): string => `member:${id}`
export const topicOfEnrolment = (id: EnrolmentId): string => `enrolment:${id}`
export const TOPIC_OF_OUTBOX = 'outbox'
/** Who is to be called back, and who has taken which of them. */
export const TOPIC_OF_CALL_BACKS = 'call-backs'
