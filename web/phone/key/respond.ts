import { instant } from '#core/time/time.ts'
import { parseSuite, type Suite } from '#oath/ocra.ts'
import { timeStep } from '#oath/totp.ts'
import { importKey, ocraWithKey } from '#oath/webcrypto.ts'
import type { Bytes } from './vault.ts'

/**
 * @throws RangeError for a suite that the phone cannot compute: it has neither counter nor PIN to
 *   put in.
 */
export function suiteOf(text: string): Suite {
  const suite = parseSuite(text)
  if (!suite || suite.step === null || suite.counter || suite.pin || suite.sessionBytes !== null) {
    throw new RangeError(`not a suite of a phone key: ${text}`)
  }
  return suite
}

/** The response to a question at an instant of the server's clock. */
export async function respond(
  ocraKey: Bytes,
  question: string,
  { suite, at_ms }: { readonly suite: Suite; readonly at_ms: number },
): Promise<string> {
  const key = await importKey(suite.hash, ocraKey)
  return ocraWithKey(suite, { question, timeStep: timeStep(suite, instant(at_ms)) }, key)
}

/**
 * Until when a response made at `at_ms` is shown: the server takes the step it was made in and one
 * later, so that is the end of the next step, 30 to 60 seconds away.
 */
export function responseEnds_ms({ step }: Suite, at_ms: number): number {
  if (step === null) throw new TypeError('the suite has no T')
  return (Math.floor(at_ms / step) + 2) * step
}
