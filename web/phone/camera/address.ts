/**
 * What can stand behind `#` in the app's address, and in the pictures that lead there.
 *
 * A picture is untrusted: any of them can be held before the camera. So only our own issuer's are
 * read, and what they carry is checked by form here and by the server afterwards.
 */
export type Scanned =
  | { readonly kind: 'activation'; readonly token: string }
  | { readonly kind: 'login'; readonly transaction: string; readonly number: string }
  /** A task and the signature of the server: `picture.ts` reads it. */
  | { readonly kind: 'task'; readonly picture: string }

export type Place =
  | 'code'
  | 'requests'
  | 'help'
  | 'articles'
  | 'setup'
  | 'notifications'
  | 'check'
  | 'pin'
  | 'new-pin'
  | 'keys'
  | 'agent'

export type Route =
  | { readonly at: Place }
  | { readonly at: 'request'; readonly transaction: string }
  /** An article of the help, and the heading in it as an address has it. */
  | { readonly at: 'article'; readonly guide: string; readonly part: string }
  | { readonly at: 'scanned'; readonly scanned: Scanned }

/** Views that have an address of their own. */
export const PLACES: readonly Place[] = [
  'code',
  'requests',
  'help',
  'articles',
  'setup',
  'notifications',
  'check',
  'pin',
  'new-pin',
  'keys',
  'agent',
]

const ACTIVATION = /^#activate=(?<token>[A-Za-z0-9_-]{20,64})$/
const LOGIN = /^#login=(?<transaction>[A-Za-z0-9_-]{1,40})\.(?<number>[0-9]{6})$/
const TASK = /^#task=(?<picture>[A-Za-z0-9_-]{1,1500}\.[A-Za-z0-9_-]{86})$/
const REQUEST = /^#request=(?<transaction>[A-Za-z0-9_-]{1,40})$/

const ARTICLE = /^#article=(?<guide>[a-z-]{1,40})(?:\/(?<part>\S{1,300}))?$/

/** Where an address leads; an unknown fragment leads home. */
export function routeOf(hash: string): Route {
  const scanned = scannedFragment(hash)
  if (scanned) return { at: 'scanned', scanned }
  const { transaction } = REQUEST.exec(hash)?.groups ?? {}
  if (transaction) return { at: 'request', transaction }
  const { guide, part = '' } = ARTICLE.exec(hash)?.groups ?? {}
  if (guide) return { at: 'article', guide, part }
  return { at: PLACES.find((place) => hash === `#${place}`) ?? 'code' }
}

/** The other way round. What came from a picture has no address of its own: it is not kept. */
export function addressOf(route: Route): string {
  if (route.at === 'scanned') return ''
  if (route.at === 'article') return `#article=${route.guide}`
  return route.at === 'request' ? `#request=${route.transaction}` : `#${route.at}`
}

/** Reads a picture; `null` for one that is not ours. */
export function scannedFrom(text: string, issuer: string): Scanned | null {
  const start = `${issuer}/phone#`
  return text.startsWith(start) ? scannedFragment(text.slice(start.length - 1)) : null
}

function scannedFragment(hash: string): Scanned | null {
  const { token } = ACTIVATION.exec(hash)?.groups ?? {}
  if (token) return { kind: 'activation', token }
  const { picture } = TASK.exec(hash)?.groups ?? {}
  if (picture) return { kind: 'task', picture }
  const { transaction, number } = LOGIN.exec(hash)?.groups ?? {}
  return transaction && number ? { kind: 'login', transaction, number } : null
}
