import { judgesDocuments } from '#core/documents/review/review.ts'
import type { SeenByMember } from '#edges/desk/frame/session.ts'

/** Where its member is: compliance comes here from the audit. */
export const placeOf = ({ open }: SeenByMember): 'documents' | 'audit' =>
  judgesDocuments(open.member.role) ? 'documents' : 'audit'
