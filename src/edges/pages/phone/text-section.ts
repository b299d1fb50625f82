import type { DeliveryNews } from '#engine/delivery/receipts.ts'
import type { TextStanding } from '#engine/delivery/text-check.ts'
import { html, type Html, NOTHING } from '#edges/pages/frame/html.ts'
import { numbered } from '#edges/pages/frame/parts.ts'
import { SECURITY_PAGES } from '#edges/pages/frame/security-pages.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

/** Countries whose carriers have a number of their own to ask (R088). */
const ASKED = ['US', 'IN', 'CN'] as const

/** What became of the last code, and the four things to do, in their order. */
export function textSection(context: PageContext, standing: TextStanding): Html {
  const { text } = context.texts
  const { country, hasPhone } = standing
  const region = ASKED.find((one) => one === country) ?? 'other'
  const phone = html`<p><a class="button plain" href="${SECURITY_PAGES.devices}">
${text('portal.device.texts.phone')}</a></p>`
  const steps = [
    text(`portal.device.texts.app${hasPhone ? '-held' : ''}`),
    text('portal.device.texts.restart'),
    text('portal.device.texts.call'),
    text(`portal.device.texts.carrier.${region}`),
  ]
  return html`<section class="section stack"><h2>${text('portal.device.texts.title')}</h2>
<p>${lastCode(context, standing.last)}</p>
${numbered(steps)}
${hasPhone ? NOTHING : phone}
<p><a href="/help/no-text">${text('portal.device.texts.more')}</a></p></section>
`
}

/** What the carrier has said, in the words of the login page. */
function lastCode(
  { texts: { text }, formats, site }: PageContext,
  news: readonly DeliveryNews[],
): string {
  const last = news.findLast(({ kind }) => kind !== 'beside-failed')
  if (!last) return text('portal.device.texts.none')
  const when = formats.past(last.at, site.now())
  const why = last.kind === 'failed' ? ` ${text(`login.delivery.${last.reason}`)}` : ''
  return `${text(`portal.device.texts.${last.kind}`, { when })}${why}`
}
