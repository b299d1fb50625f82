import assert from 'node:assert/strict'
import type { AgentId } from '#core/agent.ts'
import { type Member, TIE_KINDS } from '#core/desk/member.ts'
import type { Role } from '#core/desk/role.ts'
import { newId } from '#core/ids.ts'
import { type OwnTyped, readTies } from '#engine/desk/ties.ts'
import type { World } from '#engine/world.ts'
import { memberWrite } from '#store/desk/members.ts'

/** Members of staff in whose name programs of the back office act; they never log in here. */

/** An active member, without a passkey. */
export async function listed(
  world: World,
  agentId: string,
  { role = 'agent', own = {} }: { readonly role?: Role; readonly own?: OwnTyped } = {},
): Promise<Member> {
  const read = readTies(world.keys, own)
  assert.ok(read.ok && read.ties.length <= TIE_KINDS.length)
  const now = world.now()
  const member: Member = {
    id: newId('mem', now, world.random),
    agentId: agentId as AgentId,
    name: agentId,
    role,
    state: 'active',
    ties: read.ties,
    createdAt: now,
  }
  assert.ok(await world.db.commit([memberWrite(world.db, { value: member, version: null })]))
  return member
}

/** One of each role who acts for programs, and a second supervisor. */
export async function listStaff(world: World): Promise<void> {
  await listed(world, 'sue', { role: 'supervisor' })
  await listed(world, 'sam', { role: 'supervisor' })
  await listed(world, 'amy', { role: 'agent' })
  await listed(world, 'fay', { role: 'fulfilment' })
  await listed(world, 'dora', { role: 'documents' })
}

/** The member who usually does what is done at this address. */
export function staffFor(path: string): string {
  if (/^\/(?:orders|tokens|letters)/.test(path)) return 'fay'
  return /\/statements|^\/submissions/.test(path) ? 'dora' : 'sue'
}
