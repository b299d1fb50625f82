/**
 * Browsers and systems by the first word that tells them apart: everyone names the ones before it
 * too.
 */
const BROWSERS = [
  [/\bEdg(e|A|iOS)?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\bVivaldi\//, 'Vivaldi'],
  [/\b(Firefox|FxiOS)\//, 'Firefox'],
  [/\b(Chrome|CriOS|HeadlessChrome)\//, 'Chrome'],
  [/\bVersion\/.*\bSafari\//, 'Safari'],
] as const

const SYSTEMS = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bWindows\b/, 'Windows'],
  [/\bMacintosh\b/, 'Mac'],
  [/\bLinux\b/, 'Linux'],
] as const

/** More than any browser sends; what is beyond is not looked at. */
const LENGTH_MAX = 512

/**
 * What a browser says it is, as its owner would call it: `Firefox, Windows`.
 *
 * The words come from the tables above and never from the header, so that no caller can write on
 * the phone of a client.
 */
export function browserLabel(userAgent: string | undefined): string {
  const said = (userAgent ?? '').slice(0, LENGTH_MAX)
  const named = (table: readonly (readonly [RegExp, string])[]) =>
    table.find(([pattern]) => pattern.test(said))?.[1]
  const known = [named(BROWSERS), named(SYSTEMS)].filter((name) => name !== undefined)
  return known.length > 0 ? known.join(', ') : '?'
}
