import { createHash } from 'node:crypto'
import { type AuthenticatorId, newId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import { type Instant, instant } from '#core/time/time.ts'
import { NOTHING_ASKED } from '#methods/phone-key/limits.ts'
import type { DeviceKey } from '#methods/phone-key/wire.ts'
import type { Keys } from '#store/database/keys.ts'
import { sealed } from '#store/database/sealed.ts'

/**
 * Fictitious clients, each with an account, a password and a phone, as rows of the tables. Client
 * number seven is always the same, so that the person who plays him needs no list.
 */

export const PASSWORD = 'correct horse battery'

export const userNameOf = (index: number): string => `client-${String(index).padStart(7, '0')}`

/** The key of the phone app of this client, as it stands sealed in the row. */
export const ocraKeyOf = (index: number): Buffer => chanceOf(index).subarray(64)

export const phoneOf = (index: number): AuthenticatorId => idsOf(index).phone

/**
 * Every second client would rather type (R038): their login page shows the challenge at once. The
 * others are asked on the phone.
 */
export const isAskedOnPhone = (index: number): boolean => index % 2 === 0

/** What would be random in life: 16 bytes for each id, then the key of the phone. */
const chanceOf = (index: number): Buffer =>
  createHash('shake256', { outputLength: 96 }).update(String(index)).digest()

/** They came one a millisecond, long ago: ids rise with the time, as they do in life. */
const FOUNDED = Date.UTC(2024, 0, 1)
const joinedAt = (index: number): Instant => instant(FOUNDED + index)

function idsOf(index: number) {
  const at = joinedAt(index)
  const chance = chanceOf(index)
  const part = (start: number) => () => chance.subarray(start, start + 16)
  return {
    subscriber: newId('sub', at, part(0)),
    account: newId('acc', at, part(16)),
    password: newId('aut', at, part(32)),
    phone: newId('aut', at, part(48)),
  }
}

/** What all of them share: only making a million hashes would show a difference. */
export interface Shared {
  readonly keys: Keys
  readonly random: (length: number) => Uint8Array
  /** The hash of `PASSWORD`. */
  readonly hash: string
  readonly deviceKey: DeviceKey
}

export type Row = readonly (string | number | null | Uint8Array)[]

/** Tables and columns, in the order in which their rows may be written. */
export const TABLES = {
  subscriber: ['id', 'version', 'user_name', 'name_key', 'language', 'seamless', 'created_at_ms'],
  account: ['id', 'subscriber_id', 'number', 'environment', 'status'],
  authenticator: [
    ...(['id', 'version', 'method', 'label', 'lifecycle', 'failures'] as const),
    ...(['created_at_ms', 'used_at_ms', 'state'] as const),
  ],
  binding: ['subscriber_id', 'method', 'authenticator_id'],
} as const

export type TableName = keyof typeof TABLES
export type Rows = Readonly<Record<TableName, readonly Row[]>>

/**
 * The rows of the clients `from` to `to`, without the last; in each table in the order of their
 * ids.
 */
export function rowsOf(shared: Shared, { from, to }: Range): Rows {
  const clients = Array.from({ length: to - from }, (_, offset) =>
    clientRows(shared, from + offset),
  )
  return {
    subscriber: clients.flatMap(({ subscriber }) => subscriber),
    account: clients.flatMap(({ account }) => account),
    authenticator: clients.flatMap(({ authenticator }) => authenticator),
    binding: clients.flatMap(({ binding }) => binding),
  }
}

export interface Range {
  readonly from: number
  readonly to: number
}

function clientRows(shared: Shared, index: number): Rows {
  const ids = idsOf(index)
  const at = joinedAt(index)
  const name = userNameOf(index)
  const number = `U${String(index).padStart(8, '0')}`
  const authenticator = [
    [ids.password, 'password', '', { hash: shared.hash }] as const,
    [ids.phone, 'phone-key', 'Phone', phoneState(shared, index)] as const,
  ]
    .map(([id, method, label, state]): Row => {
      const bytes = sealed(shared, { table: 'authenticator', column: 'state', row: id }, state)
      return [id, 1, method, label, 'active', 0, at, null, bytes]
    })
    .toSorted(([one], [other]) => (String(one) < String(other) ? -1 : 1))
  return {
    subscriber: [[ids.subscriber, 1, name, name, 'en', Number(isAskedOnPhone(index)), at]],
    account: [[ids.account, ids.subscriber, number, 'live', 'open']],
    authenticator,
    binding: [
      [ids.subscriber, 'password', ids.password],
      [ids.subscriber, 'phone-key', ids.phone],
    ],
  }
}

/** In the form in which the method keeps it. */
function phoneState({ deviceKey }: Shared, index: number): Json {
  const ocraKey = ocraKeyOf(index).toString('base64url')
  const asked = { ...NOTHING_ASKED, draws: [], pushes: [] }
  return { ocraKey, deviceKey: { ...deviceKey }, lock: 'pin', wrongPins: 0, ...asked }
}
