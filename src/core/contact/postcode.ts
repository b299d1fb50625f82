/**
 * How a postcode is written where every address has one and its form is certain; of other
 * countries nothing is asked.
 *
 * @see Universal Postal Union, "Universal POST*CODE DataBase", the sheets of these countries
 */
const POSTCODES: Readonly<Record<string, readonly [form: RegExp, example: string]>> = {
  AT: [digits('4'), '1010'],
  AU: [digits('4'), '2000'],
  BE: [digits('4'), '1000'],
  CA: [/\b[A-Z]\d[A-Z] ?\d[A-Z]\d\b/iu, 'M5V 2T6'],
  CH: [digits('4'), '8001'],
  DE: [digits('5'), '10115'],
  DK: [digits('4'), '1050'],
  ES: [digits('5'), '28001'],
  FI: [digits('5'), '00100'],
  FR: [digits('5'), '75001'],
  GB: [/\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b/iu, 'SW1A 1AA'],
  IN: [/\b\d{3} ?\d{3}\b/u, '400001'],
  IT: [digits('5'), '00184'],
  LU: [digits('4'), '1009'],
  NL: [/\b\d{4} ?[A-Z]{2}\b/iu, '1012 AB'],
  NO: [digits('4'), '0150'],
  PL: [/\b\d{2}-\d{3}\b/u, '00-001'],
  PT: [/\b\d{4}-\d{3}\b/u, '1000-001'],
  SE: [/\b\d{3} ?\d{2}\b/u, '111 20'],
  US: [digits('5'), '10001'],
}

function digits(count: string): RegExp {
  return new RegExp(`\\b\\d{${count}}\\b`, 'u')
}

/** Whether a line with postcode and town lacks the postcode, as far as that is certain. */
export const isWithoutPostcode = (line: string, country: string): boolean =>
  POSTCODES[country]?.[0].test(line) === false

/** One of this country, such as 10001; `null` where its form is not certain. */
export const samplePostcode = (country: string): string | null => POSTCODES[country]?.[1] ?? null
