import {
  LOOKS_MAX,
  POINTS,
  pointText,
  VALUE_LENGTH_BYTES,
  VALUE_TEXT,
} from '#core/devices/blind-pin.ts'
import { folded, piecesOf } from '#core/devices/known-pin.ts'
import type { Problem } from '#core/problems.ts'
import type { PinChecked } from '#methods/phone-key/wire.ts'
import { inverse, isOnCurve, multiplied, ORDER } from './p256.ts'

type Bytes = Uint8Array<ArrayBuffer>
type Trouble = Problem | 'offline' | 'forged'

/** Sends points to the server; how, depends on whether this phone has a key there. */
export type SendPoints = (
  points: readonly string[],
) => Promise<
  | { readonly ok: true; readonly value: PinChecked }
  | { readonly ok: false; readonly problem: Trouble }
>

/**
 * Whether the server knows this PIN to be known of its holder (R068). The server learns nothing of
 * the PIN, and this phone nothing of what is known but this one answer.
 *
 * @returns `null` where it is not known.
 */
export async function checkPin(pin: string, send: SendPoints): Promise<'known' | Trouble | null> {
  const pieces = piecesOf(folded(pin))
  const blinds = await Promise.all(
    Array.from({ length: POINTS }, (_, at) => blinded(pieces[at % pieces.length] ?? '')),
  )
  const heard = await send(blinds.map(({ sent }) => base64url(sent)))
  if (!heard.ok) return heard.problem
  const refused = new Set(heard.value.refused)
  const values = await Promise.all(
    blinds.map(({ blind }, at) => valueOf(heard.value.points[at] ?? '', blind)),
  )
  if (values.includes(null)) return 'forged'
  return values.some((value) => value !== null && refused.has(value)) ? 'known' : null
}

/** A random point that hides the one of this piece, and how it is found again. */
async function blinded(piece: string) {
  const blind = randomNumber()
  const sent = multiplied(await pointOf(piece), blind)
  if (sent === null) throw new RangeError('no point')
  return { blind, sent }
}

/** Even to one part in 2^32; one that is no number of the curve is drawn again. */
function randomNumber(): bigint {
  for (;;) {
    const drawn = numberOf(crypto.getRandomValues(new Uint8Array(32)))
    if (drawn > 0n && drawn < ORDER) return drawn
  }
}

async function pointOf(piece: string): Promise<Bytes> {
  for (let look = 0; look < LOOKS_MAX; look += 1) {
    const x = await sha256(new TextEncoder().encode(pointText(piece, look)))
    if (isOnCurve(x)) return x
  }
  throw new RangeError('no point')
}

/** `null` where the server has sent no point. */
async function valueOf(text: string, blind: bigint): Promise<string | null> {
  const point = bytesOf(text)
  const x = point && multiplied(point, inverse(blind))
  if (x === null) return null
  const label = new TextEncoder().encode(VALUE_TEXT)
  const digest = await sha256(new Uint8Array([...label, ...x]))
  return base64url(digest.subarray(0, VALUE_LENGTH_BYTES))
}

const sha256 = async (bytes: Bytes): Promise<Bytes> =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))

const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

const numberOf = (bytes: Uint8Array): bigint => BigInt(`0x${hex(bytes)}`)

const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')

/** 32 bytes, or `null`. */
function bytesOf(text: string): Bytes | null {
  if (!/^[0-9A-Za-z_-]{43}$/.test(text)) return null
  const binary = atob(`${text.replaceAll('-', '+').replaceAll('_', '/')}=`)
  return Uint8Array.from(binary, (character) => character.charCodeAt(0))
}
