import type { Member } from '#core/desk/member.ts'
import { newId } from '#core/ids.ts'
import type { Refusal } from '#core/problems.ts'
import type { Language } from '#core/subscribers/account.ts'
import { openedQuestion, type Question } from '#engine/desk/question.ts'
import { refusal, type World } from '#engine/world.ts'
import type { EnrolDrawn } from '#methods/enrol.ts'
import type { PromptField, Script } from '#methods/prompt.ts'
import { listMemberPasskeys, type StoredPasskey } from '#store/desk/member-passkeys.ts'

/** How a passkey of a member is made: when they come in, and when they add one. */

/** For whom it is made, and what it stands for: another one is another challenge. */
export interface Making {
  readonly member: Member
  readonly about: string
  readonly language: Language
}

/** What the page carries on which the browser makes it. */
export interface AskedPasskey {
  readonly script: Script
  readonly field: PromptField
  readonly sealed: string
}

/** What comes back from it. */
export interface MadePasskey {
  readonly sealed: string
  readonly typed: string
}

export async function askPasskey(
  world: World,
  question: Question,
  making: Making,
): Promise<AskedPasskey | Refusal> {
  const drawn = await drawnFor(world, question, making)
  if (!drawn.ok) return refusal(drawn.problem)
  const [view] = world.staffMethod.enrol.describe(drawn.prompt, {
    openedAt: world.now(),
    expiresAt: question.until,
  })
  if (!view.script || !view.field) throw new Error('a passkey of staff is made by a script')
  return { script: view.script, field: view.field, sealed: question.sealed }
}

export type Made =
  | { readonly ok: true; readonly passkey: StoredPasskey; readonly challenge: string }
  | Refusal

/** Judges what the browser has made. Nothing is written yet. */
export async function madePasskey(
  world: World,
  { sealed, typed }: MadePasskey,
  making: Making,
): Promise<Made> {
  const question = openedQuestion(world, sealed, making.about)
  if (!question) return refusal('desk.not-touched')
  const drawn = await drawnFor(world, question, making)
  if (!drawn.ok) return refusal(drawn.problem)
  const { member, language } = making
  const now = world.now()
  const bound = await world.staffMethod.enrol.complete(typed, {
    expected: drawn.expected,
    now,
    random: question.random,
    issuer: world.settings.deskOrigin,
    language,
  })
  if ('wrong' in bound) return refusal('enrolment.malformed-key')
  if (!bound.ok) return bound
  const passkey: StoredPasskey = {
    id: newId('aut', now, world.random),
    memberId: member.id,
    label: bound.label,
    createdAt: now,
    usedAt: now,
    revokedAt: null,
    state: bound.state,
  }
  return { ok: true, passkey, challenge: question.challenge }
}

/** The same question draws the same prompt. */
async function drawnFor(
  world: World,
  { random }: Question,
  { member, language }: Making,
): Promise<EnrolDrawn> {
  const held = await listMemberPasskeys(world.db, member.id)
  return world.staffMethod.enrol.begin(null, {
    random,
    now: world.now(),
    issuer: world.settings.deskOrigin,
    brand: world.settings.name,
    subscriber: { id: member.id, userName: member.agentId, language },
    held: held.map(({ value: { id, state } }) => ({ id, state })),
    network: '',
    channels: [],
    way: null,
    before: null,
  })
}
