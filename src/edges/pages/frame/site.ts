import type { Language } from '#core/subscribers/account.ts'
import type { WithdrawalLimits } from '#core/sessions/limits.ts'
import type { Jurisdictions } from '#core/subscribers/jurisdiction.ts'
import type { Instant } from '#core/time/time.ts'
import type { MailIntake } from '#core/documents/mail.ts'
import type { Figure } from '#core/figure.ts'
import { type FigureName, figureOf } from '#engine/figures.ts'
import type { World } from '#engine/world.ts'
import { type Formats, formatsOf } from '#edges/texts/formats.ts'
import { type BrandFiles, brandFiles } from '#edges/brand/brand-files.ts'
import type { Assets } from '#edges/http/assets.ts'
import type { HttpSettings } from '#edges/http/settings.ts'
import { texts, type Texts } from '#edges/texts/texts.ts'

/** What all pages of an installation have in common; made once. */
export interface Site {
  readonly settings: HttpSettings
  readonly assets: Assets
  readonly formats: Readonly<Record<Language, Formats>>
  readonly brand: BrandFiles
  readonly now: () => Instant
  /** The rules of each place, as the help tells them. */
  readonly jurisdictions: Jurisdictions
  /** How much may be withdrawn, everywhere and in places with limits of their own. */
  readonly withdrawals: WithdrawalLimits
  /** Where documents are mailed to. */
  readonly mailIntake: MailIntake
  /** What the help tells in figures. */
  figure(name: FigureName): Figure
}

/** What one page needs to know of the request that it answers. */
export interface PageContext {
  readonly site: Site
  readonly texts: Texts
  readonly formats: Formats
  /** The address without the language, for the link to the other one. */
  readonly address: string
}

export function siteOf(world: World, settings: HttpSettings, assets: Assets): Site {
  const { timeZone } = settings
  return {
    settings,
    assets,
    now: world.now,
    jurisdictions: world.settings.jurisdictions,
    withdrawals: world.settings.withdrawals,
    mailIntake: world.settings.mailIntake,
    figure: (name) => figureOf(world.settings, name),
    formats: { en: formatsOf('en', timeZone), fr: formatsOf('fr', timeZone) },
    brand: brandFiles(settings),
  }
}

export function pageContext(site: Site, language: Language, address: string): PageContext {
  return { site, texts: texts(language), formats: site.formats[language], address }
}
