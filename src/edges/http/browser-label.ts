/**
 * What a client would call the browser they sit at. It is a help to recognise one's own, never a proof:
 * the header says what it likes.
 */
export interface BrowserLabel {
  /** `null` for one that we have no name for. */
  readonly browser: string | null
  readonly system: string | null
}

/** The first that is found counts: most browsers also claim to be those further down. */
const BROWSERS: readonly (readonly [mark: RegExp, name: string])[] = [
  [/\bEdgA?\/|\bEdgiOS\//, 'Edge'],
  [/\bOPR\/|\bOPT\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\bFirefox\/|\bFxiOS\//, 'Firefox'],
  [/\bChrome\/|\bCriOS\/|\bHeadlessChrome\//, 'Chrome'],
  [/\bVersion\/.*\bSafari\//, 'Safari'],
]

const SYSTEMS: readonly (readonly [mark: RegExp, name: string])[] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
]

/** Longest header that is looked at; the rest is cut. */
const LENGTH_MAX = 512

export function browserLabel(userAgent: string | undefined): BrowserLabel {
  const text = (userAgent ?? '').slice(0, LENGTH_MAX)
  return { browser: firstOf(BROWSERS, text), system: firstOf(SYSTEMS, text) }
}

function firstOf(names: typeof BROWSERS, text: string): string | null {
  return names.find(([mark]) => mark.test(text))?.[1] ?? null
}
