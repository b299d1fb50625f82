import type { Json } from '#core/json.ts'
import { after, type Instant } from '#core/time/time.ts'
import { isKeyedHash, keyedHash, secretHash } from '#engine/secrets.ts'
import type { World } from '#engine/world.ts'
import type { Offer } from '#methods/identify.ts'

/**
 * The challenge that a login page carries for clients with a passkey, which names its holder.
 *
 * Most pages are never answered in this way, so nothing is written: the page carries what the
 * answer will be held against, under a seal that is good for one browser.
 */
export interface Offered extends Pick<Offer, 'script' | 'field'> {
  readonly sealed: string
}

/** What a login page can offer, or `null` where no method identifies its holder. */
export function offerLogin(world: World, holder: string): Offered | null {
  const method = [...world.methods.values()].find(({ identify }) => identify !== undefined)
  if (!method?.identify) return null
  const now = world.now()
  const { issuer } = world.settings
  const { script, field, ...offer } = method.identify.offer({ now, random: world.random, issuer })
  const facts: Facts = {
    method: method.name,
    field: field.name,
    expected: offer.expected,
    at: now,
    until: after(now, offer.validFor),
  }
  const text = JSON.stringify(facts)
  const body = Buffer.from(text).toString('base64url')
  const seal = keyedHash(world.keys, LABEL, `${body} ${holder}`)
  return { script, field, sealed: `${body}.${seal}` }
}

interface Facts {
  readonly method: string
  /** The member of the answer that is sent. */
  readonly field: string
  readonly expected: Json
  readonly at: Instant
  readonly until: Instant
}

export interface OpenOffer extends Facts {
  /** Random bytes of this offer alone. */
  readonly seed: Uint8Array
}

/** What was offered to this browser; `null` for what was not. */
export function openedOffer(world: World, sealed: string, holder: string): OpenOffer | null {
  const [body = '', seal = ''] = sealed.split('.')
  if (!isKeyedHash(world.keys, { label: LABEL, text: `${body} ${holder}` }, seal)) return null
  // A value under our seal was written by `offerLogin`.
  const offer = JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as Facts
  return { ...offer, seed: secretHash(body).subarray(0, 16) }
}

const LABEL = 'offer'
