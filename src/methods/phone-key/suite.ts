import { CALLER_SUITE, DESK_SUITE, TASK_SUITE } from '#methods/phone-key/signing.ts'
import { PHONE_SUITE } from '#methods/phone-key/wire.ts'
import { parseSuite, type Suite } from '#oath/ocra.ts'

/** The suite of every phone key, parsed once. */
export const phoneSuite: Suite = parsed(PHONE_SUITE)

/** The suite of its responses to a task that it has shown. */
export const taskSuite: Suite = parsed(TASK_SUITE)

/** The suite by which the desk proves itself to a phone that asks first. */
export const deskSuite: Suite = parsed(DESK_SUITE)

/** The suite of its response after that. */
export const callerSuite: Suite = parsed(CALLER_SUITE)

function parsed(text: string): Suite {
  const suite = parseSuite(text)
  if (!suite) throw new Error('the suite of the phone key does not parse')
  return suite
}
