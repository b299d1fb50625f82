import { type Binding, changeLock, clockOf } from '../server/bindings.ts'
import { serverTime } from '../server/clock.ts'
import { lockedWith } from '../key/kdf.ts'
import { respond, suiteOf } from '../key/respond.ts'
import { ask, askQuestion, type Trouble } from '../server/server.ts'
import type { Bytes } from '../key/vault.ts'

/** Why a PIN was not changed; each has its sentence in `locales/`. */
export type NewPinFlaw = 'wrong' | 'locked' | 'offline' | 'tooMany' | 'clock' | 'failed'

const FLAWS: Partial<Record<Trouble, NewPinFlaw>> = {
  'authenticator.not-proven': 'wrong',
  'login.authenticator-locked': 'locked',
  'phone.revoked': 'locked',
  'phone.copied': 'locked',
  'login.too-many-challenges': 'tooMany',
  'phone.clock': 'clock',
  'phone.replayed': 'clock',
  'service.clock': 'clock',
  offline: 'offline',
  forged: 'offline',
}

export const newPinFlaw = (problem: Trouble): NewPinFlaw => FLAWS[problem] ?? 'failed'

/**
 * Puts a key under a new PIN, after the server has said that this is the key (R075).
 *
 * Without that a mistyped PIN would be worse than refused: it unwraps to another key, which would
 * be wrapped as if it were the right one, and the phone would answer wrong from then on.
 *
 * @param ocraKey as the PIN that was typed unwraps it.
 * @returns `null` when it is done; the PIN before it counts until then.
 */
export async function changePin(
  binding: Binding,
  ocraKey: Bytes,
  pin: string,
): Promise<Trouble | null> {
  const question = await askQuestion(binding)
  if (!question.ok) return question.problem
  const at_ms = serverTime(await clockOf(binding.authenticator), Date.now())
  const suite = suiteOf(binding.suite)
  const response = await respond(ocraKey, question.value.number, { suite, at_ms })
  const proven = await ask(binding, { act: 'proof', response })
  if (!proven.ok) return proven.problem
  const lock = await lockedWith(pin, ocraKey)
  return (await changeLock(binding, lock)) ? null : 'authenticator.conflict'
}
