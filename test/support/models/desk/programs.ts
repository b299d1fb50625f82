import assert from 'node:assert/strict'
import type { AgentId } from '#core/agent.ts'
import { type ContactKind, REPLACED_CONTACT_KEPT } from '#core/contact/address.ts'
import { CONTACT_DEEDS } from '#core/desk/programs/behalf.ts'
import type { EmergencyDeed } from '#core/desk/programs/emergency.ts'
import { PAIR_MAX, PAIR_WITHIN } from '#core/desk/second-person.ts'
import type { SaidVerification } from '#core/events/event.ts'
import type { ContactId, HoldId } from '#core/ids.ts'
import { after, before, days, type Instant } from '#core/time/time.ts'
import { currentContact, setContact } from '#engine/contact/addresses.ts'
import { onBehalf } from '#engine/desk/programs/behalf.ts'
import { type HeldEmergency, inEmergency } from '#engine/desk/programs/emergency.ts'
import { startReset } from '#engine/password/reset.ts'
import { liftHold, startHold } from '#engine/subscribers/accounts.ts'
import { unlockName } from '#engine/subscribers/subscribers.ts'
import {
  issueTemporaryPasscode,
  releaseTemporaryPasscode,
  revokeTemporaryPasscode,
} from '#engine/temporary-access/passcodes.ts'
import type { World } from '#engine/world.ts'
import { listed } from '../../desk/behalf.ts'
import type { TestWorld } from '../../server/world.ts'
import { opensAtL1 } from './calls.ts'
import type { Run } from './play.ts'

/**
 * What an enemy does at other doors than the desk: in a program of the back office, which names
 * the agent, and by the commands of an emergency. A second member of the staff may be corrupt too.
 */

const CRM = 'back-office:crm' as const

/** Whom the agent names as the second person. */
export const SECONDS = ['none', 'none', 'invented', 'self', 'accomplice'] as const
type Second = (typeof SECONDS)[number]

export const FOR_PROGRAMS = [
  ...(['setEmail', 'setMobile', 'setPostal', 'startHold', 'liftHold'] as const),
] as const
type ForProgram = (typeof FOR_PROGRAMS)[number]

/** What one history has done there. */
export interface Programs {
  readonly accomplice: AgentId
  readonly since: Instant
  /** When the two have acted together. */
  readonly joint: Instant[]
  /** When an address of the client was replaced last. */
  replacedAt: Instant | null
  /** What the client had before, and for a while hears on. */
  readonly replaced: ContactId[]
  /** Numbers and addresses that are the enemy’s own. */
  readonly own: string[]
  readonly holds: HoldId[]
  commands: number
}

/** A supervisor who is corrupt, and never at the desk. */
export async function staffOf(world: TestWorld, number: number): Promise<Programs> {
  const { agentId: accomplice } = await listed(world, `eve-${number}`, { role: 'supervisor' })
  const none = { joint: [], replacedAt: null, replaced: [], own: [], holds: [], commands: 0 }
  return { accomplice, since: world.now(), ...none }
}

function named({ open, programs: { accomplice } }: Run, second: Second): AgentId | null {
  const { agentId: self } = open.member
  const invented = 'not-hired' as AgentId
  return { none: null, invented, self, accomplice }[second]
}

/** Two have done it: at most three times in a day. */
function together({ world, seen, programs: { joint } }: Run, second: Second): void {
  assert.equal(second, 'accomplice', 'no one is the second person of it')
  seen.joint += 1
  const now = world.now()
  joint.push(now)
  const lately = joint.filter((at) => at > before(now, PAIR_WITHIN))
  assert.ok(lately.length <= PAIR_MAX, 'the same two act together all day')
}

interface InProgram {
  readonly deed: ForProgram
  readonly second: Second
}

/** A program does it for the agent, and believes whatever the agent says of the caller. */
export async function programs(run: Run, { deed, second }: InProgram): Promise<void> {
  const { world, client, open, seen } = run
  const said = {
    agentId: open.member.agentId,
    second: named(run, second),
    ...({ reason: 'client-request', reference: null, verified: 'in-person' } as const),
  }
  const done = await onBehalf(world, CRM, { deed, said, about: { userName: client.userName } })
  if (!done.ok) return run.seesNothing(done)
  const isAlone = second === 'none'
  const kind = CONTACT_DEEDS[deed]
  const isDone = await (kind
    ? sets(run, done.world, { kind, isAlone })
    : holds(run, done.world, deed))
  if (!isDone) return
  seen.programs += 1
  if (!isAlone) return together(run, second)
  assert.notEqual(deed, 'liftHold', 'one person has shortened a hold')
}

/** An address of the enemy’s own takes the place of the client’s. */
async function sets(
  run: Run,
  world: World,
  { kind, isAlone }: { readonly kind: ContactKind; readonly isAlone: boolean },
): Promise<boolean> {
  const { client, programs: there } = run
  const { subscriberId, userName } = client
  const next = there.own.length
  const value = {
    email: `${userName}-${next}@mallory.example.com`,
    mobile: `+1212555${String(7000 + next)}`,
    postal: `Mallory Example\n${next} Stolen Street\nSpringfield`,
  }[kind]
  const now = world.now()
  const before = await currentContact(world, { subscriberId, kind })
  if (!(await setContact(world, { subscriberId, kind, value, by: CRM })).ok) return false
  there.own.push(value)
  if (!before) return true
  const { replacedAt } = there
  if (replacedAt !== null && isAlone)
    assert.ok(now - replacedAt >= REPLACED_CONTACT_KEPT, `one person has set ${kind} once more`)
  there.replacedAt = now
  there.replaced.push(before.id)
  return true
}

async function holds(run: Run, world: World, deed: ForProgram): Promise<boolean> {
  const { client, programs: there } = run
  const { subscriberId } = client
  if (deed === 'startHold') {
    const hold = { kind: 'theft', until: after(world.now(), days(1)), subscriberId, by: CRM }
    there.holds.push(await startHold(world, { ...hold, forbids: ['withdrawals'] }))
    return true
  }
  const id = there.holds.at(-1)
  return id !== undefined && (await liftHold(world, { subscriberId, id, by: CRM }))
}

interface InCommand {
  readonly deed: EmergencyDeed
  readonly verified: SaidVerification
  readonly second: Second
}

/** A command does it, on the word of the agent alone. */
export async function commands(run: Run, { deed, verified, second }: InCommand): Promise<void> {
  const { world, client, open, seen, programs: there } = run
  const { subscriberId } = client
  const by = open.member.agentId
  const named2 = named(run, second)
  const act = { subscriberId, deed, by, second: named2, verified, why: 'desk-away' } as const
  const held = await inEmergency(world, act)
  if (!held.ok) return run.seesNothing(held)
  const isDone = await DO[deed](run, held, named2)
  if (!isDone) return
  seen.commands += 1
  there.commands += 1
  if (second !== 'none') return together(run, second)
  assert.ok(opensAtL1(deed), `${deed} on the word of one person`)
}

type Command = (run: Run, held: HeldEmergency, second: AgentId | null) => Promise<boolean>

const DO: Readonly<Record<EmergencyDeed, Command>> = {
  'issue-passcode': async (run, { world, where }, approvedBy) => {
    const { client, open, seen, passcodes } = run
    const about = { subscriberId: client.subscriberId, by: open.member.agentId }
    const agreed = approvedBy === null ? {} : { approvedBy }
    const asked = { ...about, ...where, ...agreed, reason: 'lost' } as const
    const done = await issueTemporaryPasscode(world, asked)
    if (!done.ok) return false
    seen.passcodes += 1
    passcodes.push(done.passcode)
    return true
  },
  'release-passcode': async ({ client: { subscriberId }, open }, { world, where }) => {
    const about = { subscriberId, by: open.member.agentId, ...where }
    return (await releaseTemporaryPasscode(world, about)).ok
  },
  'end-passcode': async ({ client: { subscriberId }, open }, { world }) =>
    (await revokeTemporaryPasscode(world, { subscriberId, by: open.member.agentId })).ok,
  'reset-password': async (run, { world }) => {
    const { client, open, seen, codes } = run
    const about = { subscriberId: client.subscriberId, by: open.member.agentId }
    const done = await startReset(world, about)
    if (!done.ok) return false
    seen.resets += 1
    codes.push(done.code)
    return true
  },
  'unlock-name': async ({ client }, { world }) => {
    const unlocked = await unlockName(world, client.userName)
    return unlocked.ok && unlocked.forgotten > 0
  },
}
