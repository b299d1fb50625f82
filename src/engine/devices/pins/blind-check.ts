import { createECDH, createHash, type ECDH } from 'node:crypto'
import { setImmediate as breath } from 'node:timers/promises'
import { LOOKS_MAX, pointText, VALUE_LENGTH_BYTES, VALUE_TEXT } from '#core/devices/blind-pin.ts'
import { FRAGMENTS_MAX } from '#core/devices/known-pin.ts'
import type { SubscriberId } from '#core/ids.ts'
import type { Refusal } from '#core/problems.ts'
import { type Guess, takeGuess } from '#engine/devices/pins/guesses.ts'
import { knownOfHolders } from '#engine/devices/pins/known-facts.ts'
import { refusal, type World } from '#engine/world.ts'

export interface BlindCheck {
  readonly ok: true
  /** Those that were sent, under the key of this answer. */
  readonly points: readonly string[]
  /** As many for every client, and in no order: what is not a fragment is random. */
  readonly refused: readonly string[]
}

interface Checking {
  readonly guess: Guess
  readonly holders: readonly [SubscriberId, ...SubscriberId[]]
  /** The x of points, base64url. */
  readonly points: readonly string[]
}

/**
 * Answers whether a PIN is known, without learning the PIN or telling what is known (R068). The key
 * is drawn for this answer and kept nowhere, so two answers have nothing in common.
 *
 * @see `core/devices/blind-pin.ts`
 */
export async function checkBlindly(
  world: World,
  { guess, holders, points: sent }: Checking,
): Promise<BlindCheck | Refusal> {
  const taken = await takeGuess(world, guess)
  if (!taken.ok) return refusal('authenticator.pin-tries', taken.until)
  const key = newKey(world)
  const points = sent.map((x) => multiplied(key, Buffer.from(x, 'base64url')))
  if (points.includes(null)) return refusal('request.malformed')
  const { known } = await knownOfHolders(world, holders[0], holders)
  const values: string[] = []
  for (const fragment of known) {
    values.push(valueOf(key, fragment))
    // Others are answered in between.
    if (values.length % AT_ONCE === 0) await breath()
  }
  return {
    ok: true,
    points: points.map((x) => (x ?? Buffer.alloc(0)).toString('base64url')),
    refused: [...values, ...random(world, FRAGMENTS_MAX - values.length)].toSorted(),
  }
}

const AT_ONCE = 32

function newKey({ random: draw }: World): ECDH {
  const key = createECDH('prime256v1')
  key.setPrivateKey(Buffer.from(draw(32)))
  return key
}

/** `null` for what is no point. */
function multiplied(key: ECDH, x: Uint8Array): Buffer | null {
  try {
    return key.computeSecret(Buffer.concat([COMPRESSED, x]))
  } catch {
    return null
  }
}

/** Either of the two points with this x. */
const COMPRESSED = Buffer.from([2])

function valueOf(key: ECDH, fragment: string): string {
  for (let look = 0; look < LOOKS_MAX; look += 1) {
    const x = createHash('sha256').update(pointText(fragment, look)).digest()
    const found = multiplied(key, x)
    if (found) return shortened(createHash('sha256').update(VALUE_TEXT).update(found).digest())
  }
  throw new Error('a fragment without a point')
}

const shortened = (digest: Buffer): string =>
  digest.subarray(0, VALUE_LENGTH_BYTES).toString('base64url')

function random({ random: draw }: World, count: number): readonly string[] {
  const bytes = Buffer.from(draw(Math.max(0, count) * VALUE_LENGTH_BYTES))
  return Array.from({ length: Math.max(0, count) }, (_, at) =>
    shortened(bytes.subarray(at * VALUE_LENGTH_BYTES)),
  )
}
