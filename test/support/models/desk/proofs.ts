import assert from 'node:assert/strict'
import type { DeedClass, Level } from '#core/desk/deeds.ts'
import type { Verification } from '#core/events/event.ts'
import { openChallenge } from '#engine/login/challenge.ts'
import { viewLogin } from '#engine/login/view.ts'
import { listWarrants } from '#store/desk/warrants.ts'
import type { TestWorld } from '../../server/world.ts'
import type { Run } from './play.ts'

/** What was proven to the desk, and what a login of the enemy asks for. */

interface Proven {
  readonly of: DeedClass
  readonly verified: Verification
}

/** The client has proven on a device of theirs who they are: there is a warrant more, of L3. */
export async function newWarrant(run: Run, { of, verified }: Proven): Promise<void> {
  const one = run.case
  assert.ok(one && !run.isStranger, 'only the client proves that they are the client')
  run.isProven = true
  const given = await listWarrants(run.world.db, one.id)
  const isNew = (id: string) => !run.warrants.some((before) => before.id === id)
  const warrant = given.find(({ id, level }) => level !== 'none' && isNew(id))
  assert.ok(warrant)
  const level: Level = 'L3'
  assert.deepEqual([warrant.level, warrant.of, warrant.verified], [level, of, verified])
  run.warrants.push({ id: warrant.id, of, case: one, level })
}

/** The enemy’s login asks for this kind of device, where it is offered at all. */
export async function challengedBy(
  world: TestWorld,
  held: Parameters<typeof viewLogin>[1],
  method: string,
): Promise<boolean> {
  const view = await viewLogin(world, held)
  const choice = view.ok ? view.choices.find((one) => one.method === method) : undefined
  if (!choice) return false
  return (await openChallenge(world, { ...held, authenticatorId: choice.id, way: null })).ok
}
