import { addressChangePlace } from '#store/contact/address-changes.ts'
import type { Place } from '#store/database/sealed.ts'
import { rewoundPlace } from '#store/backup/restorations.ts'
import { contactPlace } from '#store/contact/addresses.ts'
import { resultPlace } from '#store/connectivity/results.ts'
import { outboxPlace } from '#store/delivery/outbox.ts'
import { casePlace } from '#store/desk/cases.ts'
import { memberPasskeyPlace } from '#store/desk/member-passkeys.ts'
import { memberPlace } from '#store/desk/members.ts'
import { callerProofPlace } from '#store/desk/proofs.ts'
import { secondRequestPlace } from '#store/desk/second-requests.ts'
import { unmaskingPlace } from '#store/desk/unmaskings.ts'
import { authenticatorSeal } from '#store/devices/authenticators.ts'
import { enrolmentPlace } from '#store/devices/enrolments.ts'
import { phoneChannelPlace } from '#store/devices/phone-channels.ts'
import { filePlace } from '#store/documents/files.ts'
import { mailPlace } from '#store/documents/mails.ts'
import { statementPartPlace, statementPlace } from '#store/documents/statements.ts'
import { submissionPlace } from '#store/documents/submissions.ts'
import { shareRequestPlace } from '#store/inventory/share-requests.ts'
import { tokenPlace } from '#store/inventory/hardware-tokens.ts'
import { loginPlace } from '#store/login/logins.ts'
import { letterPlace } from '#store/notices/letters.ts'
import { reportPlace } from '#store/notices/reports.ts'
import { draftPlace, orderPlace } from '#store/orders/orders.ts'
import { serverKeyPlace } from '#store/server/server-keys.ts'
import { oidcPlace } from '#store/sessions/oidc-payloads.ts'
import { fullNamePlace } from '#store/subscribers/full-names.ts'
import { identityPlace } from '#store/subscribers/identities.ts'
import { outflowPlace, taskPlace } from '#store/tasks/tasks.ts'

/** A column that holds sealed values, and how its rows are named. */
export interface SealedColumn {
  readonly table: string
  readonly column: string
  /** The primary key. */
  readonly key: readonly string[]
  /** The place of the row whose key has these values. */
  readonly placeOf: (key: readonly (string | number)[]) => Place
  /** What is sealed here is no JSON. */
  readonly isOfBytes?: true
}

type Places = (id: string) => Place

const byId = (name: string, placeOf: Places, key = 'id'): SealedColumn => {
  const [table = '', column = ''] = name.split('.')
  return { table, column, key: [key], placeOf: ([id]) => placeOf(String(id)) }
}

/**
 * All of them. What is sealed and missing here would be lost with its key, so a test holds every
 * column of bytes against this list.
 */
export const SEALED: readonly SealedColumn[] = [
  byId('authenticator.state', authenticatorSeal),
  byId('caller_proof.body', callerProofPlace),
  byId('connectivity_result.body', resultPlace, 'code_hash'),
  byId('contact.value', contactPlace),
  byId('desk_case.body', casePlace),
  byId('address_change.body', addressChangePlace, 'subscriber_id'),
  byId('device_order.body', orderPlace),
  byId('enrolment.body', enrolmentPlace),
  byId('file_key.body', filePlace),
  byId('letter.body', letterPlace),
  byId('login.body', loginPlace),
  byId('mail.body', mailPlace),
  byId('member.body', memberPlace),
  byId('member_passkey.state', memberPasskeyPlace),
  {
    table: 'oidc_payload',
    column: 'payload',
    key: ['model', 'id_hash'],
    placeOf: ([model, id]) => oidcPlace(String(model), String(id)),
  },
  byId('order_draft.body', draftPlace, 'session_id'),
  byId('outbox.payload', outboxPlace),
  byId('outflow.body', outflowPlace, 'account_id'),
  byId('phone_channel.push', phoneChannelPlace, 'authenticator_id'),
  {
    table: 'report',
    column: 'body',
    key: ['platform', 'event'],
    placeOf: ([platform, event]) =>
      reportPlace({ platform: String(platform), event: String(event) }),
  },
  byId('restoration.rewound_proof', rewoundPlace),
  byId('second_request.body', secondRequestPlace),
  byId('server_key.value', serverKeyPlace, 'name'),
  byId('share_request.body', shareRequestPlace),
  byId('statement.body', statementPlace),
  {
    table: 'statement_part',
    column: 'bytes',
    key: ['statement_id', 'part'],
    placeOf: ([id, part]) => statementPartPlace(String(id), Number(part)),
    isOfBytes: true,
  },
  byId('submission.body', submissionPlace),
  byId('subscriber.full_name', fullNamePlace),
  byId('subscriber.identity', identityPlace),
  byId('task.body', taskPlace),
  byId('token.state', tokenPlace, 'serial'),
  {
    table: 'unmasking',
    column: 'body',
    key: ['member_id', 'seq'],
    placeOf: ([member, seq]) => unmaskingPlace(String(member), Number(seq)),
  },
]
