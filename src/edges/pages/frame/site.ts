import type { Language } from '#core/subscribers/account.ts'
import type { Instant } from '#core/time/time.ts'
import type { World } from '#engine/world.ts'
import { type Formats, formatsOf } from '#edges/texts/formats.ts'
import type { Assets } from '#edges/http/assets.ts'
import type { HttpSettings } from '#edges/http/settings.ts'
import { texts, type Texts } from '#edges/texts/texts.ts'

/** What all pages of an installation have in common; made once. */
export interface Site {
  readonly settings: HttpSettings
  readonly assets: Assets
  readonly formats: Readonly<Record<Language, Formats>>
  /** The accent as a style sheet, when it is not the one of the tokens. */
  readonly accentStyle: { readonly address: string; readonly css: string } | null
  readonly now: () => Instant
}

/** What one page needs to know of the request that it answers. */
export interface PageContext {
  readonly site: Site
  readonly texts: Texts
  readonly formats: Formats
  /** The address without the language, for the link to the other one. */
  readonly address: string
}

/** The colour that stands in `web/style/tokens.css`. */
const ACCENT_OF_TOKENS = '#0a5c4a'

export function siteOf(world: World, settings: HttpSettings, assets: Assets): Site {
  const { accent, timeZone } = settings
  const isOwn = accent.toLowerCase() !== ACCENT_OF_TOKENS
  return {
    settings,
    assets,
    now: world.now,
    formats: { en: formatsOf('en', timeZone), fr: formatsOf('fr', timeZone) },
    accentStyle: isOwn
      ? { address: `/accent-${accent.slice(1)}.css`, css: `:root{--accent:${accent}}` }
      : null,
  }
}

export function pageContext(site: Site, language: Language, address: string): PageContext {
  return { site, texts: texts(language), formats: site.formats[language], address }
}
