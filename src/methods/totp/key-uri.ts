/** How a key gets into an authenticator app: as a picture, or typed. */

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/**
 * Without padding: apps know from the number of letters where a key ends. @see RFC 4648, section 6
 */
export function base32(bytes: Uint8Array): string {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('')
  const groups = bits.match(/.{1,5}/g) ?? []
  return groups.map((group) => BASE32.charAt(Number.parseInt(group.padEnd(5, '0'), 2))).join('')
}

/** A key as it is read out and typed: in groups of four. */
export const spelled = (key: Uint8Array): string => base32(key).replaceAll(/.{4}(?=.)/g, '$& ')

export interface KeyUri {
  readonly key: Uint8Array
  /** The brokerage, as the app will call it. */
  readonly brand: string
  readonly userName: string
}

/**
 * What the picture holds. Hash, digits and step are said although they are what every app takes for
 * granted: one that can do nothing else may so refuse, instead of showing codes that are never
 * right.
 *
 * @see Google, "Key Uri Format"
 */
export function keyUri({ key, brand, userName }: KeyUri): string {
  // A colon ends the name of the issuer, so there is none in it.
  const issuer = brand.replaceAll(/:\s*/g, ' ')
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(userName)}`
  const says = { secret: base32(key), issuer, algorithm: 'SHA1', digits: '6', period: '30' }
  const query = Object.entries(says).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
  return `otpauth://totp/${label}?${query.join('&')}`
}
