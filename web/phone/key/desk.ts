/**
 * How a phone without a connection finds out that it is the desk of its brokerage that asks.
 *
 *   phone ──its number──▶ desk ──proof, and its own number──▶ phone ──PIN──▶ response
 *
 * The key of the proof is under no PIN: with the key that is, a thief who has copied the phone and
 * calls us would hear what tells them the PIN (threat A16). It proves us, and not the client.
 *
 * @see RFC 6287, section 7.2, "Mutual Challenge-Response"
 */
import { CLASSES, type DeedClass } from '#core/desk/deeds.ts'
import { instant } from '#core/time/time.ts'
import { CALLER_SUITE, DESK_SUITE } from '#methods/phone-key/signing.ts'
import {
  clientMessage,
  ocraValue,
  parseSuite,
  type Questions,
  type Suite,
  serverMessage,
} from '#oath/ocra.ts'
import { timeStep } from '#oath/totp.ts'
import { hmac, importKey, type WebKey } from '#oath/webcrypto.ts'
import { type Binding, keepDeskKey, listBindings } from '../server/bindings.ts'
import { ask } from '../server/server.ts'
import { base64url } from './jose.ts'
import { type Bytes, randomBytes } from './vault.ts'

const KEY_BYTES = 32
const QUESTION_LENGTH = 6

export const deskSuite = known(DESK_SUITE)
export const callerSuite = known(CALLER_SUITE)

function known(text: string): Suite {
  const suite = parseSuite(text)
  if (!suite) throw new RangeError(`no suite: ${text}`)
  return suite
}

/** What the phone asks, drawn anew each time: an answer heard before fits no other. */
export function newQuestion(): string {
  const all = 10 ** QUESTION_LENGTH
  const even = Math.floor(2 ** 32 / all) * all
  for (;;) {
    const [drawn = even] = crypto.getRandomValues(new Uint32Array(1))
    // A remainder at the top would make low numbers more likely.
    if (drawn < even) return String(drawn % all).padStart(QUESTION_LENGTH, '0')
  }
}

/** Whether it was the desk that answered: it alone has the key, and the number is new. */
export async function isDesk(
  deskKey: WebKey,
  { questions, proof }: { readonly questions: Questions; readonly proof: string },
): Promise<boolean> {
  const mac = await hmac(deskKey, serverMessage(deskSuite, questions))
  return ocraValue(deskSuite, mac) === proof
}

/** The response of the client, once the desk has proven itself. */
export async function respondToDesk(
  ocraKey: Bytes,
  questions: Questions,
  at_ms: number,
): Promise<string> {
  const inputs = { timeStep: timeStep(callerSuite, instant(at_ms)) }
  const message = clientMessage(callerSuite, questions, inputs)
  return ocraValue(callerSuite, await hmac(await importKey(callerSuite.hash, ocraKey), message))
}

/** What an answer opens, by the second digit of the desk's number; `null` for none we know. */
export const opensIn = (number: string): DeedClass | null => CLASSES[Number(number[1])] ?? null

/**
 * Makes the key with which the desk proves itself, and shows it to the server. It is kept once the
 * server has it; where its answer is lost, another is made with the next list.
 */
export function shareDeskKey({ authenticator }: Binding, isKnown: boolean): Promise<void> {
  return navigator.locks.request(`countersign desk ${authenticator}`, async () => {
    const binding = (await listBindings()).find((one) => one.authenticator === authenticator)
    if (!binding || (isKnown && binding.deskKey)) return
    const secret = randomBytes(KEY_BYTES)
    await keepDeskKey(authenticator, undefined)
    const heard = await ask(binding, { act: 'desk', key: base64url.encode(secret) })
    if (heard.ok) await keepDeskKey(authenticator, await importKey(deskSuite.hash, secret))
    secret.fill(0)
  })
}
