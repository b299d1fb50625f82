import { answers } from '#core/devices/authenticator.ts'
import type { Instant } from '#core/time/time.ts'
import type { Security } from '#engine/devices/overview.ts'
import { isResting } from '#engine/temporary-access/stand-ins.ts'

type Held = Security['authenticators'][number]

export type Standing = 'ready' | 'waiting' | 'paused' | 'stopped' | 'locked' | 'expired' | 'none'

/** The best that can be said of those that a client holds of one kind. */
export function standingAmong(held: readonly Held[], now: Instant): Standing {
  const best = STANDINGS.find(({ fits }) => held.some((one) => fits(one, now)))
  return best?.state ?? 'none'
}

const STANDINGS: readonly {
  readonly state: Standing
  readonly fits: (held: Held, now: Instant) => boolean
}[] = [
  { state: 'ready', fits: (held, now) => answers(held, now) && held.pendingUntil === null },
  { state: 'waiting', fits: answers },
  { state: 'paused', fits: isResting },
  { state: 'stopped', fits: ({ lifecycle }) => lifecycle === 'suspended' },
  { state: 'locked', fits: ({ lifecycle }) => lifecycle === 'disabled' },
  { state: 'expired', fits: ({ lifecycle }) => lifecycle === 'active' },
]

/** The looks of the tag that says it. */
export const TONES = {
  ready: 'ok',
  waiting: 'warn',
  paused: 'warn',
  stopped: 'bad',
  locked: 'bad',
  expired: 'bad',
  none: '',
} as const satisfies Readonly<Record<Standing, string>>
