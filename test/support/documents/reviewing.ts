import assert from 'node:assert/strict'
import { CHECKS, type Purpose } from '#core/documents/submission.ts'
import { newId, type SubmissionId, type SubscriberId } from '#core/ids.ts'
import { millis } from '#core/time/time.ts'
import {
  decide,
  type Decided,
  touchOfVerdict,
  type Verdicted,
} from '#engine/documents/review/decisions.ts'
import { seePageAtDesk, seeSubmission } from '#engine/documents/review/looks.ts'
import { takeNext } from '#engine/documents/review/queue.ts'
import { setContact } from '#engine/contact/addresses.ts'
import { receivePage } from '#engine/documents/submissions.ts'
import { createAccount } from '#engine/subscribers/accounts.ts'
import { setFullName } from '#engine/subscribers/full-name.ts'
import type { World } from '#engine/world.ts'
import { addSubmission } from '#store/documents/submissions.ts'
import { findStamp } from '#store/security-stamp.ts'
import { PASSWORD } from '../clients/engine-story.ts'
import { type Hired, touched } from '../desk/staff.ts'
import type { TestWorld } from '../server/world.ts'
import { photograph } from './pictures.ts'

/** Documents that wait for a person, and the people who judge them. */

/** A client of whom a name, an address and an account that is applied for are on record. */
export async function applicant(world: TestWorld, userName = 'emil'): Promise<SubscriberId> {
  const id = await world.add({ userName, password: PASSWORD })
  assert.ok((await setFullName(world, { id, name: 'Emil Example', by: 'operator' })).ok)
  const value = '1 Example Street\n10001 New York'
  const set = { subscriberId: id, kind: 'postal', value, by: 'operator' } as const
  assert.ok((await setContact(world, set)).ok)
  const account = { number: accountOf(userName), environment: 'live', subscriberId: id } as const
  const placing = { residence: 'US', override: null } as const
  assert.ok((await createAccount(world, { ...account, ...placing, by: 'operator' })).ok)
  return id
}

export const accountOf = (userName: string): string => `U-applied-${userName}`

let sent = 0

/** A photograph that this client has sent, as it is once the sandbox has opened it. */
export async function waiting(
  world: TestWorld,
  subscriberId: SubscriberId,
  {
    purpose = 'address',
    account = accountOf('emil'),
    isMailed = false,
    movesTo,
  }: { purpose?: Purpose; account?: string; isMailed?: boolean; movesTo?: string } = {},
): Promise<SubmissionId> {
  sent += 1
  // A moment later than the one before.
  world.advance(millis(1))
  const receivedAt = world.now()
  const id = newId('sbm', receivedAt, world.random)
  const [original, clean] = [await received(world), await received(world)]
  const size = { width: 60, height: 40 }
  const opened = { ok: true, ...size, clean: clean.file.id } as const
  const { kind, file } = original
  const pages = [{ original: file.id, kind, lengthBytes: file.lengthBytes, opened }]
  const mail = { id: newId('mai', receivedAt, world.random), isFromOwnAddress: false }
  const facts = { purpose, account, receivedAt, pages, ...(isMailed && { mail }) } as const
  const moving = movesTo === undefined ? {} : { movesTo }
  const written = await addSubmission(world.db, {
    submission: { id, subscriberId, ...facts, ...moving, status: { state: 'checking' } },
    slot: `test/${sent}`,
    files: [file, clean.file],
    standing: { subscriberId, stamp: await findStamp(world.db, subscriberId), within: null },
    events: [],
  })
  assert.ok(written)
  return id
}

export async function received(world: World) {
  const source = (async function* () {
    yield await photograph()
  })()
  return (await receivePage(world, { source, lengthBytesMax: 100_000 })) ?? assert.fail()
}

/** All that is asked for, on the day of the tests. */
export const proven = (purpose: Purpose) => ({
  verdict: 'accept' as const,
  reason: '',
  checks: CHECKS[purpose],
  date: purpose === 'address' ? '2026-11-02' : '2031-05-01',
  mrz: '',
})

/** What this member sees of the one that they take, with all of its pages. */
export async function takes(world: World, { open }: Pick<Hired, 'open'>) {
  const taken = await takeNext(world, open)
  assert.ok(taken.ok, 'problem' in taken ? taken.problem : '')
  const seen = await seeSubmission(world, open, taken.id)
  assert.ok(seen.ok, 'problem' in seen ? seen.problem : '')
  const { id, pages } = seen.submission
  for (const page of pages.keys()) await seePageAtDesk(world, open, { id, page: page + 1 })
  return seen
}

/** Says it at the desk, with a touch. */
export async function says(
  world: World,
  hired: Pick<Hired, 'open' | 'key'>,
  { print, ...said }: Verdicted & { readonly print: string },
): Promise<Decided> {
  const touch = await touched(world, hired, touchOfVerdict(said, print))
  return await decide(world, { at: 'desk', open: hired.open, touch, print }, said)
}
