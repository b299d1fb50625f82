import type { Language } from '#core/subscribers/account.ts'
import type { Instant } from '#core/time/time.ts'

/**
 * Words of `locales/` for what is read outside our pages: a text on a phone, the name of an
 * authenticator. Pages are given keys and find the words themselves.
 */
export interface Words {
  text(language: Language, key: string, values?: Readonly<Record<string, string>>): string
  /** `09:46`, by the clock of the brokerage. */
  time(language: Language, at: Instant): string
  /** `22 November, 09:46`, by the same clock. */
  moment(language: Language, at: Instant): string
  /** `22 November 2026`, by the same clock. */
  date(language: Language, at: Instant): string
  /** `USD 12,500.00`, to the cent. */
  amount(language: Language, cents: number): string
  /** `1,234.5`, of digits that are more than a number holds; with at least so many decimals. */
  decimal(language: Language, digits: string, decimals: number): string
  /** Where that clock stands, such as `New York`. */
  readonly zone: string
}
