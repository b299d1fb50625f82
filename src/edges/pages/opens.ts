import type { Acr } from '#core/assurance.ts'
import { LIMITS } from '#core/rights.ts'
import type { PageContext } from '#edges/pages/site.ts'

/** What a way in opens, with the limit on money. */
export function opens({ texts: { text }, formats }: PageContext, acr: Acr): string {
  const [perDay] = LIMITS[acr]
  const key = acr === '1' ? 'portal.opens.portal' : 'portal.opens.all'
  return perDay === null ? text(`${key}-unlimited`) : text(key, { amount: formats.money(perDay) })
}
