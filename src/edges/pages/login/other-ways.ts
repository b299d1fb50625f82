import type { Instant } from '#core/time/time.ts'
import { html, type Html, NOTHING } from '#edges/pages/frame/html.ts'
import { LEFT_OPEN } from '#edges/pages/frame/parts.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'
import type { WayView } from '#methods/prompt.ts'

/**
 * Other ways to get what is asked for: a button from the moment on at which it does something.
 * Until then the page says when that is, and a script counts down and puts the button there.
 *
 * @param form the form around the button of a way.
 */
export function waysOf(
  context: PageContext,
  { ways = [], stuck }: { readonly ways?: readonly WayView[]; readonly stuck?: string },
  form: (way: string, button: Html) => Html,
): Html {
  const { text } = context.texts
  if (ways.length === 0) return NOTHING
  const items = ways.map(({ way, link, from, hint }) => {
    const button = html`<button class="button plain">${text(link)}</button>`
    const advice = hint === undefined ? NOTHING : html`<p class="quiet small">${text(hint)}</p>`
    const ready = html`${form(way, button)}${advice}`
    return context.site.now() < from
      ? html`<p>${opens(context, from, `${link}-from`)}</p><div class="stack" hidden>${ready}</div>`
      : html`<div class="stack">${ready}</div>`
  })
  const title = stuck === undefined ? NOTHING : html`<h2>${text(stuck)}</h2>`
  return html`<div class="section stack">${title}${items}</div>`
}

/** From when on, as the time of day; with a script, as what is left until then. */
function opens({ texts: { text }, formats, site }: PageContext, from: Instant, key: string): Html {
  const seconds = Math.max(0, Math.ceil((from - site.now()) / 1_000))
  const words = text(`${key}.until`, { time: formats.time(from), zone: formats.zone })
  const left = (name: string) => text(`${key}.${name}`, LEFT_OPEN)
  return html`<span data-opens="${seconds}" data-in-whole="${left('whole')}"
data-in-minutes="${left('minutes')}" data-in-seconds="${left('seconds')}">${words}</span>`
}
