import { argon2 } from 'node:crypto'
import { promisify } from 'node:util'

/**
 * Argon2id as a function of a password, and the text in which its result is kept.
 *
 * @see RFC 9106, "Argon2 Memory-Hard Function"; the PHC string format
 */
export interface Argon2Input {
  readonly message: Uint8Array
  readonly salt: Uint8Array
  /** The pepper: K of RFC 9106. */
  readonly secret: Uint8Array
  /** In KiB. */
  readonly memoryCost: number
  readonly timeCost: number
  readonly parallelism: number
  /** In bytes. */
  readonly outputLen: number
}

export interface Argon2 {
  readonly name: 'native' | 'node'
  derive(input: Argon2Input): Promise<Uint8Array>
}

/** What OpenSSL computes: half as fast, and always there. */
export const nodeArgon2: Argon2 = {
  name: 'node',
  derive: ({ message, salt, secret, memoryCost, timeCost, parallelism, outputLen }) =>
    promisify(argon2)('argon2id', {
      message,
      nonce: salt,
      secret,
      parallelism,
      memory: memoryCost,
      passes: timeCost,
      tagLength: outputLen,
    }),
}

/** The fast one where its binary runs, otherwise that of Node; both give the same bytes. */
export async function loadArgon2(): Promise<Argon2> {
  try {
    const { hashRaw } = await import('@node-rs/argon2')
    // Argon2id is its default; its enum of algorithms is ambient and does not exist at run time.
    const derive = ({ message, ...parameters }: Argon2Input) => hashRaw(message, parameters)
    return { name: 'native', derive }
  } catch {
    // No binary for this machine, or one that its libraries cannot run: slower, and just as right.
    return nodeArgon2
  }
}

/** A hash as it is stored: what it was made with, and what came out. */
export type Phc = Pick<Argon2Input, 'salt' | 'memoryCost' | 'timeCost' | 'parallelism'> & {
  readonly output: Uint8Array
  /** Which pepper went into it. */
  readonly pepper: number
}

/** The first pepper is not named: hashes of older versions name none. */
export const FIRST_PEPPER = 1

export function phcString(hash: Phc): string {
  const { salt, output, memoryCost, timeCost, parallelism, pepper } = hash
  const named = pepper === FIRST_PEPPER ? '' : `,keyid=${base64(Buffer.of(pepper >> 8, pepper))}`
  const costs = `m=${memoryCost},t=${timeCost},p=${parallelism}${named}`
  return `$argon2id$v=19$${costs}$${base64(salt)}$${base64(output)}`
}

/** @returns `null` for any text that `phcString` did not make. */
export function parsePhc(text: string): Phc | null {
  const parts = PHC.exec(text)?.groups
  if (!parts) return null
  const { m, t, p, keyid, salt = '', output = '' } = parts
  const parsed = {
    memoryCost: Number(m),
    timeCost: Number(t),
    parallelism: Number(p),
    salt: Buffer.from(salt, 'base64'),
    output: Buffer.from(output, 'base64'),
    pepper: keyid === undefined ? FIRST_PEPPER : Buffer.from(keyid, 'base64').readUInt16BE(),
  }
  return phcString(parsed) === text ? parsed : null
}

const PHC = new RegExp(
  [
    '^\\$argon2id\\$v=19',
    '\\$m=(?<m>[0-9]{1,8}),t=(?<t>[0-9]{1,3}),p=(?<p>[0-9]{1,3})',
    '(,keyid=(?<keyid>[0-9A-Za-z+/]{3}))?',
    '\\$(?<salt>[0-9A-Za-z+/]{11,86})\\$(?<output>[0-9A-Za-z+/]{22,86})$',
  ].join(''),
)

const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes).toString('base64').replaceAll('=', '')
