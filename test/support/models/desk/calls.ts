import assert from 'node:assert/strict'
import { REPLACED_CONTACT_KEPT } from '#core/contact/address.ts'
import { classOf, type Deed, type DeedClass, DEEDS, LOOK } from '#core/desk/deeds.ts'
import { PRESSURES } from '#core/desk/verification.ts'
import { UNMASKED_MAX } from '#core/desk/unmasking.ts'
import { before, days, type Instant } from '#core/time/time.ts'
import { answerCallBack, callBack } from '#engine/desk/cases/call-back.ts'
import { notePressure } from '#engine/desk/cases/cases.ts'
import { viewCase } from '#engine/desk/cases/view.ts'
import { handsetOf } from '../../desk/call-back.ts'
import { acted } from '../../desk/calls.ts'
import type { Run } from './play.ts'

/** What an enemy does with a stolen number, with hidden fields, and under pressure. */

/** What a number that can be taken over opens to one agent: no way in. */
const OF_L1: readonly Deed[] = DEEDS.filter(
  (deed) => classOf(deed) === 'stop' || deed === 'unlock-name' || deed === 'tell-user-name',
)

export const opensAtL1 = (deed: Deed): boolean => OF_L1.includes(deed)

/** The enemy has the SIM, so the call-back rings in their hand; or the agent guesses. */
export async function callsBack(
  run: Run,
  { of, tells }: { readonly of: DeedClass; readonly tells: 'heard' | 'guess' | 'early' },
): Promise<void> {
  const { world, open } = run
  if (!run.case) return
  const handset = handsetOf(world)
  const begun = await callBack(world, open, { caseId: run.case.id, of })
  run.seesNothing(begun)
  if (!begun.ok) return
  const code = tells === 'early' ? '90000000' : await handset.press('1')
  // A number that a program was told to set is the enemy’s own, and rings in no history.
  if (tells !== 'early') assert.ok(!run.programs.own.includes(handset.calls[0]?.to ?? ''))
  const typed = tells === 'guess' && code !== '91415926' ? '91415926' : code
  const answer = { caseId: run.case.id, id: begun.id, code: typed, cells: '' }
  const done = await answerCallBack(world, open, answer)
  run.seesNothing(done)
  if (!done.ok) return
  assert.equal(tells, 'heard', 'what was never said proves nothing')
  assert.deepEqual([done.warrant.level, done.warrant.of], ['L1', of])
  run.seen['call-backs'] += 1
  run.isProven = true
  run.warrants.push({ id: done.warrant.id, of, case: run.case, level: 'L1' })
}

/** One hidden field after another: five in a day, and no more by one agent alone. */
export async function unmasks(run: Run): Promise<void> {
  const { world, open } = run
  if (!run.case) return
  const caseId = run.case.id
  const view = await viewCase(world, open, caseId)
  const contact = view.ok ? view.client.contacts.find(({ kind }) => kind === 'email') : undefined
  if (!contact) return
  const asked = { deed: 'unmask', contactId: contact.id, field: 'email' } as const
  assert.equal(classOf(asked.deed), LOOK)
  const done = await acted(world, open, { caseId, warrantId: null, asked, reason: 'To see it.' })
  run.seesNothing(done)
  if (!done.ok) return
  const now: Instant = world.now()
  run.looks.push(now)
  const lately = run.looks.filter((at) => at > before(now, days(1)))
  assert.ok(lately.length <= UNMASKED_MAX, 'a sixth look of a day takes two people')
  run.seen.looks += 1
  run.isUnmasked = true
}

/** The caller presses; from then on nothing that lets a person in is done by one agent. */
export async function presses(run: Run, which: number): Promise<void> {
  const pressure = PRESSURES[which % PRESSURES.length]
  if (!run.case || !pressure) return
  const done = await notePressure(run.world, run.open, { id: run.case.id, pressure })
  run.seesNothing(done)
  if (!done.ok) return
  run.seen.pressures += 1
  run.pressedIn = run.case.id
}

/** What one agent has just done alone is nothing that an unusual call forbids. */
export function mayBeAlone(
  { world, case: one, pressedIn, programs }: Run,
  deed: Deed,
  level: string,
): void {
  if (level === 'L1') assert.ok(opensAtL1(deed), `${deed} with a number alone`)
  const isPressed = one !== null && one.id === pressedIn
  const { replacedAt } = programs
  const isChanged = replacedAt !== null && replacedAt > before(world.now(), REPLACED_CONTACT_KEPT)
  const LETS_IN: readonly Deed[] = [
    ...(['issue-passcode', 'release-passcode'] as const),
    ...(['replace-device', 'reset-password'] as const),
  ]
  if (isChanged) assert.ok(!LETS_IN.includes(deed), `${deed} after a change of address, alone`)
  if (isPressed) assert.ok(!LETS_IN.includes(deed), `${deed} under pressure, by one agent`)
}
