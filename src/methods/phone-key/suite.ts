import { PHONE_SUITE } from '#methods/phone-key/wire.ts'
import { parseSuite, type Suite } from '#oath/ocra.ts'

/** The suite of every phone key, parsed once. */
export const phoneSuite: Suite = parsed(PHONE_SUITE)

function parsed(text: string): Suite {
  const suite = parseSuite(text)
  if (!suite) throw new Error('the suite of the phone key does not parse')
  return suite
}
