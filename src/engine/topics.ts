import type { AuthenticatorId, EnrolmentId, LoginId, SessionId } from '#core/ids.ts'

/** What wake-ups are about. They are hints: whoever hears one looks into the database. */
export const topicOfLogin = (id: LoginId): string => `login:${id}`
export const topicOfPhone = (id: AuthenticatorId): string => `phone:${id}`
export const topicOfSession = (id: SessionId): string => `session:${id}`
export const topicOfEnrolment = (id: EnrolmentId): string => `enrolment:${id}`
export const TOPIC_OF_OUTBOX = 'outbox'
