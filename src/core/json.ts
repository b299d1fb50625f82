/** What JSON can hold. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json }

/**
 * The one way to write a JSON value: keys sorted by UTF-16 code units, no white space, ECMAScript
 * numbers. Two parties that hash what they saw get the same bytes.
 *
 * @throws TypeError for a number, or half a character, that JSON cannot hold.
 * @see RFC 8785, "JSON Canonicalization Scheme", section 3.2
 */
export function canonicalJson(value: Json): string {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new TypeError('a number that JSON cannot hold')
  }
  if (typeof value === 'string') return quoted(value)
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  const members = Object.entries(value as { readonly [key: string]: Json })
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, member]) => `${quoted(key)}:${canonicalJson(member)}`)
  return `{${members.join(',')}}`
}

function quoted(text: string): string {
  // Half a character becomes another one when it is encoded: two texts would have the same bytes.
  if (!text.isWellFormed()) throw new TypeError('half a character, which JSON cannot hold')
  return JSON.stringify(text)
}
