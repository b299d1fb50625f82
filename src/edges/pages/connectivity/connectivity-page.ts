import { DIAGNOSES, PATHS } from '#core/connectivity/diagnosis.ts'
import { gatewayOf, type GatewayPort, socketOrigin } from '#edges/gateway/address.ts'
import { html, type Html, NOTHING } from '#edges/pages/frame/html.ts'
import { besideAdvice, layout, stayingSafe, telephone } from '#edges/pages/frame/layout.ts'
import { carried, fact, formField, headline } from '#edges/pages/frame/parts.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

/** Each way that is tested, by the name that the script knows it by. */
const WAYS = ['text', 'events', 'socket', 'clock', 'storage', 'notifications'] as const

/**
 * Tests the way from this browser to us: in the browser, so the page holds every word that the
 * script may have to show. Without a script it says what can be tested by hand.
 */
export function connectivityPage(context: PageContext, token: string): Html {
  const {
    texts: { text },
    site: { settings },
  } = context
  const ports = gatewayOf(settings)
  const again = text('connectivity.again')
  const main = html`${headline(text('connectivity.title'), text('connectivity.lead'))}
${byHand(context, ports)}
<div class="stack" id="connectivity" hidden ${attributesOf(context, ports)}>
<p id="outcome" role="status">${text('connectivity.testing')}</p>
${outcomes(context)}
<div class="row"><button class="button plain" id="again" hidden>${again}</button></div>
<section class="section stack"><h2>${text('connectivity.ways.title')}</h2>
${waysTested(context, ports)}</section>
<section class="section stack" id="for-network" hidden>
<h2>${text('connectivity.network.title')}</h2><p>${text('connectivity.network.lead')}</p>
<pre class="report" tabindex="0" id="report"></pre></section>
${shareForm(context, token)}</div>`
  return layout(context, {
    title: text('connectivity.title'),
    surface: 'narrow',
    styles: ['confirm'],
    script: 'connectivity',
    main: besideAdvice(main, stayingSafe(context)),
  })
}

/** The script fills in what it has found, and shows the form. */
const shareForm = ({ texts: { text } }: PageContext, token: string): Html =>
  html`<form class="section stack" method="post" action="/connectivity/results" id="share" hidden>
<h2>${text('connectivity.share.title')}</h2><p>${text('connectivity.share.lead')}</p>
${formField(token)}${carried({ result: '' })}
<p><button class="button plain">${text('connectivity.share.get')}</button></p></form>`

/** What the script asks for, and the words for what it finds. */
function attributesOf(
  { texts: { text, language }, site: { settings } }: PageContext,
  ports: readonly GatewayPort[],
): Html {
  const asked = {
    language,
    origin: settings.issuer,
    socket: `${socketOrigin(settings.issuer)}${PATHS.socket}`,
    ports: ports.map(({ port, host, address }) => ({
      port,
      host,
      address: `${address}${PATHS.socket}`,
    })),
    says: Object.fromEntries(
      ['works', 'blocked', 'unknown', 'changed', 'late', 'right', 'testing'].map((one) => [
        one,
        text(`connectivity.finding.${one}`),
      ]),
    ),
  }
  return html`data-asked="${JSON.stringify(asked)}"`
}

/** One of them is shown when all is tested: what is wrong, and the one thing to do. */
function outcomes(context: PageContext): Html {
  const { text } = context.texts
  const one = (name: string) => {
    const key = `connectivity.outcome.${name}`
    const filled = html`<span data-filled></span>`
    const [before = '', after] = text(`${key}.text`, { filled: '\u0000' }).split('\u0000')
    const words = after === undefined ? before : html`${before}${filled}${after}`
    const call = name === 'works' || name === 'clock' ? NOTHING : html` ${telephone(context.site)}`
    return html`<div class="stack" data-outcome="${name}" hidden><h2>${text(`${key}.title`)}</h2>
<p>${words}${name === 'incomplete' ? call : NOTHING}</p></div>
`
  }
  return html`${DIAGNOSES.map(one)}`
}

function waysTested(context: PageContext, ports: readonly GatewayPort[]): Html {
  const { text } = context.texts
  const row = (name: string, words: string) => fact(words, html`<span data-way="${name}">–</span>`)
  const ofPorts = ports.map(({ port, host }) =>
    row(String(port), text('connectivity.ways.port', { port: String(port), host })),
  )
  const rows = WAYS.map((name) => row(name, text(`connectivity.ways.${name}`)))
  const at = WAYS.indexOf('clock')
  return html`<dl class="facts tight results">${rows.slice(0, at)}${ofPorts}${rows.slice(at)}</dl>`
}

/** For a browser that runs no script: each port has a page of its own to open. */
function byHand({ texts: { text } }: PageContext, ports: readonly GatewayPort[]): Html {
  const links = ports.map(({ port, address }) => {
    const page = `${address.replace(/^ws/, 'http')}/`
    const name = text('connectivity.by-hand.port', { port: String(port) })
    return html`<li><a href="${page}">${name}</a></li>`
  })
  const tested = ports.length === 0 ? NOTHING : html`<ul class="stack">${links}</ul>`
  return html`<noscript><div class="stack"><p>${text('connectivity.by-hand.lead')}</p>
${tested}<p>${text('connectivity.by-hand.closed')}</p></div></noscript>`
}
