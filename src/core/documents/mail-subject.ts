import type { ReadSubject } from '#core/documents/mail.ts'
import { PURPOSES, type Purpose } from '#core/documents/submission.ts'

/** Of a subject that is read, in code points: more than any person writes. */
const SUBJECT_LENGTH_MAX = 400
/** Words of one subject that are looked up as user names. */
export const NAMES_MAX = 6

/**
 * What mail programs put before a subject, in English and French, as often as it was answered or
 * forwarded: `Re:`, `Fwd:`, `TR :`, `RÉF :`, `[EXTERNAL]`.
 */
const PREFIXES =
  /^(?:\s*(?:(?:re|fw|fwd|tr|r[ée]f?|aw|wg)\s*(?:\[\d+\])?\s*:|\[ext(?:ern(?:al)?|erne)?\]:?))+/iu

/** The code of a purpose, with whatever stands between its letters (R143). */
const CODES: Readonly<Record<Purpose, string>> = {
  address: 'po[\\s._-]?res',
  identity: 'p[._-]?i[._-]?d',
}

/** How people say it who do not know the codes. */
const PHRASES: Readonly<Record<Purpose, readonly string[]>> = {
  address: [
    'proof of (?:my )?(?:residential |home )?(?:address|residence|residency)',
    '(?:address|residence) (?:proof|verification)',
    '(?:justificatif|preuve) (?:de |d.)(?:mon )?(?:domicile|adresse|r[ée]sidence)',
  ],
  identity: [
    'proof of (?:my )?(?:identity|id)',
    '(?:identity|id) (?:proof|verification|document|card)',
    '(?:justificatif|preuve|pi[èe]ce|carte|document) d.identit[ée]',
    'passe?port',
  ],
}

/** Words that come with a number or a name, and are neither. */
const FILLERS = new Set(
  (
    'a an and account acct attached client customer doc docs document documents enclosed for ' +
    'from here hello hi id is my name no number of photo photos picture please s the to user ' +
    'username with your ' +
    'au aux bonjour ci-joint compte d de des du et identifiant joint l la le les ma mes mon n ' +
    'nom numéro numero nº n° par pièce pour sur un une utilisateur voici votre'
  ).split(' '),
)

const NOT_BEFORE = '(?<![\\p{L}\\p{N}])'
const NOT_AFTER = '(?![\\p{L}\\p{N}])'

/**
 * Reads a subject, whose encoded words have been decoded: purpose and account number or user name,
 * in any order and case, with anything between them (R142, R143).
 *
 * @param format how account numbers look: `#` stands for a digit.
 */
export function readSubject(subject: string, format: string): ReadSubject {
  const plain = [...subject.normalize('NFKC')].slice(0, SUBJECT_LENGTH_MAX).join('')
  let rest = apart(plain.replace(/[\p{C}\p{Z}]+/gu, ' ').replace(PREFIXES, ''), format)
  const purposes: Purpose[] = []
  const numbers = new Set<string>()
  rest = rest.replace(anyNumber(format), (found) => {
    numbers.add(spelled(found, format))
    return ' '
  })
  for (const purpose of PURPOSES) {
    const before = rest
    rest = rest.replace(anyOf([CODES[purpose], ...PHRASES[purpose]]), ' ')
    if (rest !== before) purposes.push(purpose)
  }
  return { purposes, numbers: [...numbers], names: namesIn(rest) }
}

const anyOf = (all: readonly string[]): RegExp =>
  new RegExp(`${NOT_BEFORE}(?:${all.join('|')})${NOT_AFTER}`, 'giu')

/** A code that touches a number is one: `U1234567PoRes`. */
function apart(text: string, format: string): string {
  const codes = Object.values(CODES).join('|')
  const number = numberIn(format)
  return text
    .replace(new RegExp(`${NOT_BEFORE}(${number})(?=(?:${codes})${NOT_AFTER})`, 'giu'), '$1 ')
    .replace(new RegExp(`${NOT_BEFORE}(${codes})(?=${number}${NOT_AFTER})`, 'giu'), '$1 ')
}

const anyNumber = (format: string): RegExp =>
  new RegExp(`${NOT_BEFORE}${numberIn(format)}${NOT_AFTER}`, 'giu')

/** Between its letters and its digits people put a space, a hyphen or a full stop. */
const numberIn = (format: string): string =>
  format
    .replaceAll(/[^\p{L}\p{N}#]/gu, (one) => `\\u{${one.codePointAt(0)?.toString(16)}}`)
    .replaceAll(/(?<!#)#+/g, (digits, at: number) =>
      at === 0 ? `[0-9]{${digits.length}}` : `[\\s._-]?[0-9]{${digits.length}}`,
    )

/** As the account is called: its digits put into the format. */
function spelled(found: string, format: string): string {
  const digits = [...found.replaceAll(/[^0-9]/g, '')]
  const own = [...format].map((one) => (/[0-9]/.test(one) ? (digits.shift(), one) : one))
  return own.map((one) => (one === '#' ? (digits.shift() ?? '') : one)).join('')
}

function namesIn(rest: string): readonly string[] {
  const words = rest
    .split(/[\s,;:|/\\()[\]{}<>"“”«»'’#=&+!?*]+/u)
    .map((word) => word.replaceAll(/^[\p{P}\p{S}]+|[\p{P}\p{S}]+$/gu, ''))
    .filter((word) => word !== '' && !FILLERS.has(word.toLowerCase()))
  return [...new Set(words)].slice(0, NAMES_MAX)
}
