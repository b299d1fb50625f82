import type { Acr } from '#core/assurance.ts'
import type { Method } from '#methods/method.ts'
import { securityCard } from '#methods/security-card/method.ts'
import { stock } from '#methods/security-card/stock.ts'

/**
 * Cards of the past, whose keys are imported: they answer as the card of today does, and open what
 * their kind opens (R121). No client orders one, and none is proposed; what takes the place of one
 * that is lost is a card of today (R117).
 */
const past = (name: string, acr: Acr): Method => ({
  ...securityCard,
  name,
  acr,
  stock,
  successor: securityCard.name,
})

export const pastCards: readonly Method[] = [
  past('older-card', '3c'),
  past('gold-card', '4'),
  past('platinum-card', '4'),
]
