import { z } from 'zod'

/** The pages on how a client logs in, in the order in which their links stand. */
export const SECURITY_PAGES = {
  ways: '/portal/security',
  devices: '/portal/security/devices',
  contact: '/portal/security/contact',
  sessions: '/portal/security/sessions',
} as const

export type SecurityPage = keyof typeof SECURITY_PAGES

/** Where a client asks for the device of another user name (R120). */
export const SHARING = '/portal/security/sharing'

/** Where a client orders a card (R116). */
export const ORDER = '/portal/security/order'

/** Its first step, with what was chosen there before: it can be left, and come back to. */
export const orderWith = (why: string): string =>
  why === '' ? ORDER : `${ORDER}?why=${encodeURIComponent(why)}`

/** What a client does there, and the page that says afterwards that it was done. */
const SAID_ON = {
  saved: 'ways',
  password: 'ways',
  'opted-out': 'ways',
  'opted-in': 'ways',
  'trade-notices': 'ways',
  alerts: 'ways',
  'network-added': 'ways',
  'network-removed': 'ways',
  'network-lifted': 'ways',
  'leave-given': 'ways',
  'leave-taken': 'ways',
  bound: 'devices',
  cancelled: 'devices',
  renamed: 'devices',
  'asked-first': 'devices',
  changed: 'devices',
  stopped: 'devices',
  reactivated: 'devices',
  removed: 'devices',
  returning: 'devices',
  'successor-stopped': 'devices',
  'contact-mobile': 'contact',
  'contact-email': 'contact',
  'contact-postal': 'contact',
  'contact-postal-cancelled': 'contact',
  'texts-resumed': 'contact',
  ended: 'sessions',
  'ended-others': 'sessions',
  forgotten: 'sessions',
  'forgotten-one': 'sessions',
} as const satisfies Readonly<Record<string, SecurityPage>>

export type Done = keyof typeof SAID_ON

const DONE = Object.keys(SAID_ON) as [Done, ...Done[]]

/** What was just done; anything else is no news. */
export const DoneQuery = z.object({ done: z.enum(DONE).optional().catch(undefined) })

/** The page that says that it was done. */
export const doneAt = (done: Done): string => `${SECURITY_PAGES[SAID_ON[done]]}?done=${done}`

export const isSaidOn = (page: SecurityPage, done: Done): boolean => SAID_ON[done] === page
