import { CLOCK_OFF_MS, diagnose } from '#core/connectivity/diagnosis.ts'
import {
  type Claim,
  SHARED_FOR,
  readShareCode,
  shareCodeShown,
  type SharedResult,
} from '#core/connectivity/share.ts'
import { after } from '#core/time/time.ts'
import { html, type Html } from '#edges/pages/frame/html.ts'
import { besideAdvice, layout, stayingSafe, telephone } from '#edges/pages/frame/layout.ts'
import { fact, headline, notice } from '#edges/pages/frame/parts.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

/** A result by its code: for its client, who reads the code to the desk. */
export function resultPage(context: PageContext, typed: string, result: SharedResult): Html {
  const { texts, formats } = context
  const { text } = texts
  const code = shareCodeShown(readShareCode(typed) ?? '')
  const title = text('connectivity.share.result', { code })
  const until = formats.full(after(result.at, SHARED_FOR))
  const lead = html`${text('connectivity.share.tell', { until })} ${telephone(context.site)}`
  const main = html`${headline(title, lead)}
${resultPanel(context, result)}
<div class="row"><a href="/connectivity">${text('connectivity.again')}</a></div>`
  return frame(context, title, main)
}

export function noResultPage(context: PageContext): Html {
  const { text } = context.texts
  const title = text('connectivity.share.none')
  const main = html`${headline(title, text('connectivity.share.none-lead'))}
<div class="row"><a href="/connectivity">${text('connectivity.title')}</a></div>`
  return frame(context, title, main)
}

const frame = (context: PageContext, title: string, main: Html): Html =>
  layout(context, {
    title,
    surface: 'narrow',
    styles: ['confirm'],
    main: besideAdvice(main, stayingSafe(context)),
  })

/**
 * What a browser said that it has found, and the little that we have seen ourselves. The client and
 * the desk read the same.
 */
export function resultPanel(context: PageContext, { claim, seenFrom, at }: SharedResult): Html {
  const { texts, formats } = context
  const { text } = texts
  const told = text(`connectivity.outcome.${diagnose(claim)}.title`)
  const seen = [
    fact(text('connectivity.share.at'), formats.full(at)),
    fact(text('connectivity.share.seen-from'), html`<span class="mono">${seenFrom}</span>`),
  ]
  return html`<section class="section stack"><h2>${told}</h2>
${notice('plain', text('connectivity.share.claim'))}
<dl class="facts tight">${waysOf(context, claim)}</dl></section>
<section class="section stack"><h2>${text('connectivity.share.seen')}</h2>
<dl class="facts tight">${seen}</dl></section>`
}

function waysOf({ texts: { text }, formats }: PageContext, claim: Claim): readonly Html[] {
  const found = (finding: string) => text(`connectivity.finding.${finding}`)
  const { clockAhead, dnsMs } = claim
  const isRight = clockAhead !== null && Math.abs(clockAhead) <= CLOCK_OFF_MS
  const seconds = formats.decimal(String(Math.round((clockAhead ?? 0) / 1_000)), 0)
  const clock =
    clockAhead === null
      ? found('unknown')
      : isRight
        ? found('right')
        : text('connectivity.share.seconds', { seconds })
  const ports = claim.ports.map(({ port, finding }) =>
    fact(text('connectivity.by-hand.port', { port: String(port) }), found(finding)),
  )
  const addresses = [...new Set(claim.addresses)].join(', ')
  return [
    fact(text('connectivity.ways.text'), found(claim.text)),
    fact(text('connectivity.ways.events'), found(claim.events)),
    fact(text('connectivity.ways.socket'), found(claim.socket)),
    ...ports,
    fact(text('connectivity.ways.clock'), clock),
    fact(text('connectivity.ways.storage'), found(claim.storage)),
    fact(text('connectivity.share.protocol'), claim.protocol ?? found('unknown')),
    fact(
      text('connectivity.share.dns'),
      dnsMs === null
        ? found('unknown')
        : text('connectivity.share.milliseconds', { count: Math.round(dnsMs) }),
    ),
    fact(text('connectivity.share.addresses'), html`<span class="mono">${addresses}</span>`),
  ]
}
