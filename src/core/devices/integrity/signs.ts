/**
 * What the page of the phone app can see of the device that it runs on (R041). All of it is what
 * the device says of itself: who controls a rooted phone can have it say nothing.
 */
export const INTEGRITY_SIGNS = ['automated', 'emulated', 'insecure'] as const
export type IntegritySign = (typeof INTEGRITY_SIGNS)[number]

/** `refuse`: a device that shows one of the signs, or does not say, confirms nothing. */
export type PhoneIntegrity = 'off' | 'refuse'

export interface DeviceSeen {
  /** A program steers the browser. @see W3C WebDriver, "navigator.webdriver" */
  readonly webdriver: boolean
  /** The page came over https. @see W3C, "Secure Contexts" */
  readonly isSecureContext: boolean
  readonly userAgent: string
  /** As client hints name it; `null` where they do not. */
  readonly model: string | null
}

export function signsOf(seen: DeviceSeen): readonly IntegritySign[] {
  const { webdriver, isSecureContext, userAgent, model } = seen
  const shown: Readonly<Record<IntegritySign, boolean>> = {
    automated: webdriver,
    emulated: [userAgent, model ?? ''].some((said) => EMULATORS.test(said)),
    insecure: !isSecureContext,
  }
  return INTEGRITY_SIGNS.filter((sign) => shown[sign])
}

/** As the usual emulators of phones name themselves. */
const EMULATORS =
  /\bsdk_g?phone|Android SDK built for|google_sdk|\bEmulator\b|Genymotion|BlueStacks/i

/**
 * Whether a device may confirm with what it says of itself.
 *
 * @param signs `undefined` for a device that says nothing, such as an app of before
 */
export const isTrusted = (
  rule: PhoneIntegrity,
  signs: readonly IntegritySign[] | undefined,
): boolean => rule === 'off' || signs?.length === 0
