import {
  type BehalfDeed,
  CONTACT_DEEDS,
  isWeighed,
  type BehalfSaid,
  obstacleToBehalf,
  takesTwo,
  type UnusualSignal,
} from '#core/desk/programs/behalf.ts'
import { type Member, staffActor } from '#core/desk/member.ts'
import type { AuditEvent } from '#core/audit/audit.ts'
import type { Behalf, ProgramActor } from '#core/events/event.ts'
import { isId, type MemberId, type SubscriberId } from '#core/ids.ts'
import type { Problem, Refusal } from '#core/problems.ts'
import { unusualOf, wasLargeLately } from '#engine/desk/cases/risk.ts'
import { isPairFree } from '#engine/desk/programs/pairs.ts'
import { clientsWithToken, tiesToStaff } from '#engine/desk/ties.ts'
import { identityOf } from '#engine/subscribers/identity.ts'
import { findSubscriberByName } from '#engine/subscribers/subscribers.ts'
import { refusal, type World } from '#engine/world.ts'
import { findAccountByNumber, listAccounts } from '#store/accounts/accounts.ts'
import { eventWrites } from '#store/audit/audit.ts'
import { listContacts } from '#store/contact/addresses.ts'
import { closedTo, heldTo } from '#store/database/open.ts'
import { findMemberCalled, memberStays, memberWrite } from '#store/desk/members.ts'
import { findStatement } from '#store/documents/statements.ts'
import { findSubmission } from '#store/documents/submissions.ts'
import { findLetter } from '#store/notices/letters.ts'
import { findOrder } from '#store/orders/orders.ts'
import type { Versioned } from '#store/queries/versioned.ts'

/** What a request of the back office is about, by the parts of its address. */
export interface About {
  readonly userName?: string
  /** The user name of another client whom it also is about. */
  readonly other?: string
  readonly number?: string
  readonly serial?: string
  readonly id?: string
}

/** A deed in the name of a member of staff. */
export interface OnBehalf {
  readonly ok: true
  /** Through it nothing is written but what holds to the member, and each event names them. */
  readonly world: World
  readonly member: Member
  /** Members who may not gain something in common with the client by it. */
  readonly acting: readonly MemberId[]
  /** What is missing for anything to be written; `null` for nothing. */
  readonly missing: Problem | null
}

/**
 * Whether a program may do this for the member of staff whom it names, and the world in which it is
 * done: each commit is held to the member as an active one in their role. A request that changes
 * nothing is answered without a second person, so that it can be sent twice.
 */
export async function onBehalf(
  world: World,
  program: ProgramActor,
  { deed, said, about }: { deed: BehalfDeed; said: BehalfSaid; about: About },
): Promise<OnBehalf | Refusal> {
  const [member, second, clients] = await Promise.all([
    findMemberCalled(world.db, said.agentId),
    said.second === null ? null : findMemberCalled(world.db, said.second),
    clientsOf(world, about),
  ])
  if (said.second !== null && !second) return refusal('desk.not-on-behalf')
  const ties = await Promise.all(clients.map(async (id) => await tiesToStaff(world, id)))
  const tied = ties.flat().map(({ memberId }) => memberId)
  const asked = { member: member?.value ?? null, second: second?.value ?? null, tied }
  const problem = obstacleToBehalf(deed, asked)
  if (problem || !member) return refusal(problem ?? 'desk.not-on-behalf')
  const { reason, reference, verified } = said
  const behalf: Behalf = { program, reason, ...(reference !== null && { reference }) }
  const facts = { actor: staffActor(member.value), behalf, ...(verified && { verified }) }
  const acting = [member.value.id, ...(second ? [second.value.id] : [])]
  const done = { ok: true, member: member.value, acting } as const
  const missing = await missingFor(world, { deed, clients, member, second })
  if (missing) return { ...done, world: { ...world, db: closedTo(world.db) }, missing }
  const { id: memberId, role } = member.value
  const joint: AuditEvent | null = second && {
    kind: 'desk.acted-together',
    subscriberId: clients[0] ?? null,
    ...facts,
    act: deed,
    second: staffActor(second.value),
  }
  // Of two deeds of theirs at once one is written: what was weighed before is so still.
  const weighed = second ? [member, second] : isWeighed(deed) ? [member] : []
  const rests =
    weighed.length > 0
      ? weighed.map((one) => memberWrite(world.db, one))
      : [memberStays(world.db, { memberId, role })]
  const told = joint ? eventWrites(world.db, [joint], world.now()) : []
  const db = heldTo(world.db, { rests: [...rests, ...told], said: facts })
  return { ...done, world: { ...world, db }, missing: null }
}

interface Weighing {
  readonly deed: BehalfDeed
  readonly clients: readonly SubscriberId[]
  readonly member: Versioned<Member>
  readonly second: Versioned<Member> | null
}

/** What is missing for it to be done now: a second person, or one with whom it is not too often. */
async function missingFor(
  world: World,
  { deed, clients, member, second }: Weighing,
): Promise<Problem | null> {
  if (second) {
    const isFree = await isPairFree(world, [member.value, second.value])
    return isFree ? null : 'desk.no-second'
  }
  return takesTwo(deed, await unusualAbout(world, deed, clients)) ? 'desk.second-person' : null
}

/** What is unusual about the clients, and whether what is recorded of them is the first. */
async function unusualAbout(world: World, deed: BehalfDeed, clients: readonly SubscriberId[]) {
  const found = await Promise.all(
    clients.map(async (id) => {
      const [contacts, accounts, identity, wasLarge] = await Promise.all([
        listContacts(world.db, id),
        listAccounts(world.db, id),
        identityOf(world, id),
        wasLargeLately(world, id),
      ])
      const kind = CONTACT_DEEDS[deed]
      const isRecorded: Readonly<Partial<Record<BehalfDeed, boolean>>> = {
        setIdentity: identity.birthDate !== null || identity.documents.length > 0,
        relocateAccount: accounts.some(
          ({ residence, override }) => residence !== null || override !== null,
        ),
      }
      const isFirst = kind ? contacts.every((one) => one.kind !== kind) : isRecorded[deed] === false
      return { unusual: unusualOf(world, { contacts, accounts, wasLarge }), isFirst }
    }),
  )
  const kinds: readonly UnusualSignal[] = ['contact-changed', 'strict-rules', 'large-account']
  return {
    there: kinds.filter((kind) => found.some(({ unusual }) => unusual[kind])),
    isFirst: found.every(({ isFirst }) => isFirst),
  }
}

/** Whom it is about; none where what is named does not exist. */
async function clientsOf(world: World, about: About): Promise<readonly SubscriberId[]> {
  const { userName, other, number, serial, id } = about
  const found = await Promise.all([
    userName === undefined ? null : findSubscriberByName(world, userName),
    other === undefined ? null : findSubscriberByName(world, other),
    number === undefined ? null : holderOfAccount(world, number),
    id === undefined ? null : clientOfRecord(world, id),
  ])
  const holders = serial === undefined ? [] : await clientsWithToken(world, serial)
  return [...new Set([...found, ...holders].filter((one) => one !== null))]
}

const holderOfAccount = async ({ db }: World, number: string): Promise<SubscriberId | null> =>
  (await findAccountByNumber(db, number))?.value.subscriberId ?? null

/** Of a letter, an order, a statement or a document. */
async function clientOfRecord({ db }: World, id: string): Promise<SubscriberId | null> {
  if (isId('ltr', id)) return (await findLetter(db, id))?.subscriberId ?? null
  if (isId('ord', id)) return (await findOrder(db, id))?.value.subscriberId ?? null
  if (isId('stm', id)) return (await findStatement(db, id))?.subscriberId ?? null
  if (isId('sbm', id)) return (await findSubmission(db, id))?.value.subscriberId ?? null
  return null
}
