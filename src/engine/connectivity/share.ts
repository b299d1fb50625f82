import {
  type Claim,
  readShareCode,
  SHARE_CODE_LENGTH,
  type SharedResult,
} from '#core/connectivity/share.ts'
import { type CaseId } from '#core/ids.ts'
import type { Refusal } from '#core/problems.ts'
import { days } from '#core/time/time.ts'
import { eventOf, findOwnCase } from '#engine/desk/cases/cases.ts'
import { type OpenMemberSession, standingOf } from '#engine/desk/sessions.ts'
import { networkOf } from '#engine/network.ts'
import { CONNECTIVITY_CODES, CONNECTIVITY_SHARES, takeGuess } from '#engine/rate-limits.ts'
import { keyedHash, keyedHashes, newCode } from '#engine/secrets.ts'
import { refusal, type World } from '#engine/world.ts'
import { addResult, findResult } from '#store/connectivity/results.ts'
import { caseStays, commitDesk } from '#store/desk/cases.ts'
import { memberStandingWrites } from '#store/desk/members.ts'

/** What networks share beyond a few of their own: in a week, 35,000 rows besides those. */
export const SHARED_A_DAY = { name: 'connectivity-shared', count: 5_000, per: days(1) } as const
/** Of each network: strangers who have used up what is shared by all use up none of these. */
const OF_A_NETWORK = { name: 'connectivity-shared-few', count: 3, per: days(1) } as const

const HASHED = 'connectivity'

interface Sharing {
  readonly claim: Claim
  readonly address: string
}

/** Keeps a result for a week, under a code that is told once. */
export async function shareResult(
  world: World,
  { claim, address }: Sharing,
): Promise<{ readonly ok: true; readonly code: string } | Refusal> {
  const { db, keys, limits, random } = world
  const refused = await takeGuess(world, { address, nameKey: '' }, CONNECTIVITY_SHARES)
  if (refused) return refused
  const own = await limits.take(OF_A_NETWORK, networkOf(address))
  const counted = own.ok ? own : await limits.take(SHARED_A_DAY, 'all')
  if (!counted.ok) return refusal('request.too-many', counted.until)
  const result: SharedResult = { claim, seenFrom: address, at: world.now() }
  const code = newCode(random, SHARE_CODE_LENGTH)
  const isNew = await addResult(db, keyedHash(keys, HASHED, code), result)
  return isNew ? { ok: true, code } : refusal('service.busy', world.now())
}

const found = async ({ db, keys, now }: World, typed: string): Promise<SharedResult | null> => {
  const code = readShareCode(typed)
  return code === null ? null : await findResult(db, keyedHashes(keys, HASHED, code), now())
}

export type Opened = { readonly ok: true; readonly result: SharedResult | null } | Refusal

/** Opens a result for its client, or for another person who was given the code. */
export async function openResult(
  world: World,
  { typed, address }: { readonly typed: string; readonly address: string },
): Promise<Opened> {
  const refused = await takeGuess(world, { address, nameKey: '' }, CONNECTIVITY_CODES)
  return refused ?? { ok: true, result: await found(world, typed) }
}

/** Opens a result in a case: that it was looked at stands in the log, and that there was none. */
export async function openResultOnCase(
  world: World,
  open: OpenMemberSession,
  { id, typed }: { readonly id: CaseId; readonly typed: string },
): Promise<Opened> {
  const own = await findOwnCase(world, open, id)
  if (!own.ok) return own
  const { value } = own.found
  const taken = await world.limits.take(READ_BY_MEMBER, open.member.id)
  if (!taken.ok) return refusal('request.too-many', taken.until)
  const result = await found(world, typed)
  const now = world.now()
  const event = {
    kind: 'desk.connectivity-read',
    ...eventOf(value, open),
    caseNumber: value.number,
    found: result !== null,
  } as const
  const writes = [
    ...memberStandingWrites(world.db, standingOf(open)),
    caseStays(world.db, { id, memberId: open.member.id, now }),
  ]
  const isWritten = await commitDesk(world.db, { now, writes, events: [event] })
  return isWritten ? { ok: true, result } : refusal('desk.conflict')
}

/** A client reads one code aloud; an agent who tries codes finds none. */
const READ_BY_MEMBER = { name: 'connectivity-read', count: 60, per: days(1) } as const
