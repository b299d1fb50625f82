import { html as template, raw } from 'hono/html'
import { eventsOf, scriptOf } from './live.ts'
import type { Client, Environment } from './login-server.ts'
import type { Market } from './market/quotes.ts'
import { type Language, wordsIn } from './texts.ts'
import { tickerOf, ticketsOf } from './market/ticker.ts'
import { instrumentsFor } from './trades.ts'
import type { Instrument } from './market/watch-list.ts'

export type Html = ReturnType<typeof raw>

/** Escapes whatever is put in. Nothing that is put in here waits, so neither does the whole. */
export const html = template as (strings: TemplateStringsArray, ...values: unknown[]) => Html

/** What every page of the platform needs to know. */
export interface Frame {
  readonly language: Language
  /** The path that the platform is mounted at, such as `/trade`. */
  readonly base: string
  /** Where the client sees and ends sessions. */
  readonly portal: string
  readonly style: string
  /** The brokerage. */
  readonly name: string
  readonly timeZone: string
  readonly market: Market
}

/** Why the client is not logged in, where there is a reason to show. */
export type Reason = 'ended' | 'elsewhere' | 'denied' | 'weak' | 'mismatch' | 'away' | 'left'

export function signedOutPage(frame: Frame, reason: Reason | null): Html {
  const t = wordsIn(frame.language)
  const { base } = frame
  const title = t(reason === null ? 'out.title' : `reason.${reason}.title`)
  const lead = t(reason === null ? 'out.lead' : `reason.${reason}.lead`)
  const main = html`<div class="beside"><div class="stack loose">
<div class="stack"><h1>${title}</h1>
<p class="lead">${lead}</p></div>
<div class="row"><a class="button" href="${loginAddress(base, 'live')}">${t('out.live')}</a>
<a class="button plain" href="${loginAddress(base, 'paper')}">${t('out.paper')}</a></div>
${watchList(frame)}
</div>${aside(frame, t('out.advice'))}</div>`
  return page(frame, { title, main })
}

export interface SignedIn {
  readonly client: Client
  readonly logoutAddress: string
  readonly ticker: TickerShown
}

/** Where the open page finds prices that move; nowhere without streams. */
export interface TickerShown {
  readonly streams: readonly string[]
  readonly token: string
}

export function signedInPage(frame: Frame, shown: SignedIn): Html {
  const { client, logoutAddress, ticker } = shown
  const t = wordsIn(frame.language)
  const { environment, rights } = client
  const title = t(`in.title.${environment}`)
  const look = environment === 'live' ? 'ok' : 'warn'
  const trading = tag(frame, rights.trading)
  const kind = html`<span class="tag ${look}">${t(`environment.${environment}`)}</span>`
  const facts: readonly (readonly [string, Html | string])[] = [
    [t('in.who'), client.userName],
    [t('in.account'), html`${client.account ?? '–'} ${kind}`],
    [t('in.trading'), trading],
    [t('in.penny'), tag(frame, rights.trade_penny)],
    ...(rights.trade_network === null
      ? []
      : [[t('in.networks'), rights.trade_network.join(', ')] as const]),
    [t('in.withdrawal'), withdrawal(frame, client)],
    [t('in.strength'), strength(frame, client)],
    [t('in.since'), moment(frame, client.loggedInAt)],
  ]
  const order = rights.trading
    ? html`<a class="button" href="${frame.base}/order">${t('order.open')}</a>`
    : ''
  const withdraw =
    environment === 'live'
      ? html`<a class="button plain" href="${frame.base}/withdraw">${t('withdraw.open')}</a>`
      : ''
  const deeds = html`<div class="row">${order}${withdraw}</div>`
  const main = html`<div class="beside"><div class="stack loose">
<div class="stack"><h1>${title}</h1>
<p class="lead">${t(rights.trading ? 'in.lead' : 'in.lead-no-trading')}</p></div>
<section class="section stack"><h2>${t('in.rights')}</h2>
<dl class="facts">${facts.map(([name, value]) => fact(name, value))}</dl>
${deeds}</section>
${watchList(frame, { isPennyOpen: rights.trade_penny, moves: ticker.streams.length > 0 })}
</div>${aside(frame, t('in.ends'))}</div>`
  const corner = html`<div class="row small"><span class="roomy">${client.userName}</span>
<a href="${logoutAddress}">${t('in.log-out')}</a></div>`
  return page(frame, { title, main, corner, isLive: true, ticker })
}

const tag = ({ language }: Frame, isOpen: boolean): Html =>
  isOpen
    ? html`<span class="tag ok">${wordsIn(language)('in.yes')}</span>`
    : html`<span class="tag bad">${wordsIn(language)('in.no')}</span>`

/** A row of a list of facts. */
export const fact = (name: string, value: Html | string): Html =>
  html`<div><dt>${name}</dt><dd>${value}</dd></div>`

const aside = (frame: Frame, words: string): Html =>
  html`<aside class="stack small">${sample(frame)}<p class="quiet">${words}</p></aside>`

interface Page {
  readonly title: string
  /** Whether it ends by itself when the session does. */
  readonly isLive?: boolean
  readonly ticker?: TickerShown
  readonly main: Html
  readonly corner?: Html
}

export function page(frame: Frame, shown: Page): Html {
  const { language, base, portal, style, name } = frame
  const t = wordsIn(language)
  const { title, main, corner = '', isLive = false, ticker } = shown
  const moves = ticker !== undefined && ticker.streams.length > 0
  const streams = moves
    ? html` data-streams="${ticker.streams.join(' ')}" data-token="${ticker.token}"
data-tickets="${ticketsOf(base)}"`
    : ''
  const events = isLive ? html` data-events="${eventsOf(base)}"${streams}` : ''
  const prices = moves ? html`<script src="${tickerOf(base)}" defer></script>\n` : ''
  const script = isLive ? html`<script src="${scriptOf(base)}" defer></script>\n${prices}` : ''
  return html`<!doctype html>
<html lang="${language}"${events}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${t('page-title', { title, name })}</title>
<link rel="stylesheet" href="${style}">
${script}</head>
<body class="portal">
<a class="hidden" href="#main">${t('skip')}</a>
<header class="bar"><div class="wrap split">
<a class="brand" href="${base}">${SIGN}${t('brand')}</a>${corner}</div></header>
<main class="wrap" id="main">${main}</main>
<footer class="foot"><div class="wrap split">
<span>${t('foot')}</span><a href="${portal}">${t('portal')}</a>${languageLink(frame)}</div></footer>
</body>
</html>
`
}

/** On every page: no visitor should take this for a real market. */
export function sample({ language }: Frame): Html {
  const t = wordsIn(language)
  return html`<p><span class="tag warn">${t('sample.tag')}</span></p><p>${t('sample.text')}</p>`
}

interface Listed {
  /** Stocks of Pink Sheet and OTCBB stand there for a client who may trade them. */
  readonly isPennyOpen?: boolean
  /** Whether a script moves the prices. */
  readonly moves?: boolean
}

function watchList(frame: Frame, { isPennyOpen = false, moves = false }: Listed = {}): Html {
  const t = wordsIn(frame.language)
  const shown = instrumentsFor(isPennyOpen).map(frame.market.now)
  const state = moves
    ? html`<p class="small quiet" data-ticker data-live="${t('list.live')}"
data-stopped="${t('list.stopped')}"></p>`
    : ''
  return html`<section class="section stack"><div class="split"><h2>${t('list.title')}</h2>
<span class="tag warn">${t('sample.tag')}</span></div>
<div class="table"><table><caption class="hidden">${t('list.caption')}</caption>
<thead><tr><th scope="col">${t('list.name')}</th><th scope="col">${t('list.symbol')}</th>
<th class="end" scope="col">${t('list.price')}</th>
<th class="end" scope="col">${t('list.change')}</th></tr></thead>
<tbody>${shown.map((instrument) => row(frame, instrument))}</tbody></table></div>
${state}</section>`
}

function row({ language }: Frame, { name, symbol, price, change }: Instrument): Html {
  const t = wordsIn(language)
  const locale = LOCALES[language]
  const money = new Intl.NumberFormat(locale, { minimumFractionDigits: 2 }).format(price)
  const percent = new Intl.NumberFormat(locale, {
    style: 'percent',
    minimumFractionDigits: 1,
    signDisplay: 'exceptZero',
  })
    .format(change / 100)
    .replace('-', '\u2212')
  return html`<tr><th scope="row">${name}</th>
<td data-label="${t('list.symbol')}"><span class="mono">${symbol}</span></td>
<td class="end" data-label="${t('list.price')}" data-price="${symbol}">USD\u00a0${money}</td>
<td class="end" data-label="${t('list.change')}" data-change="${symbol}">${percent}</td></tr>`
}

/** Only the other language: in the one that is read already there is nothing to choose. */
function languageLink({ language, base }: Frame): Html {
  const other = language === 'en' ? 'fr' : 'en'
  const words = wordsIn(other)('language-name')
  return html`<a class="small" href="${base}/language/${other}" lang="${other}"
hreflang="${other}">${words}</a>`
}

const loginAddress = (base: string, environment: Environment): string =>
  `${base}/login?environment=${environment}`

export function withdrawal({ language }: Frame, { rights }: Client): string {
  const t = wordsIn(language)
  const { withdrawal_per_day_usd: day, withdrawal_per_5_days_usd: fiveDays } = rights
  const money = (dollars: number) =>
    `USD\u00a0${new Intl.NumberFormat(LOCALES[language]).format(dollars)}`
  if (day === null || fiveDays === null) return t('in.no-limit')
  return t('in.limits', { day: money(day), fiveDays: money(fiveDays) })
}

/** In words where this platform knows them; a strength that is new to it is shown as it came. */
function strength({ language }: Frame, { strength: acr }: Client): string {
  const level = acr.split(':').at(-1) ?? ''
  return STRENGTHS.includes(level) ? wordsIn(language)(`strength.${level}`) : acr
}

const STRENGTHS = ['1', '2t', '2s', '2c', '3', '3c', '4']

function moment({ language, timeZone }: Frame, seconds: number): Html {
  const at = new Date(seconds * 1_000)
  const written = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(LOCALES[language], { timeZone, ...options }).format(at)
  const words = wordsIn(language)('in.moment', {
    day: written({ day: 'numeric', month: 'long' }),
    time: written({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
    zone: (timeZone.split('/').at(-1) ?? timeZone).replaceAll('_', ' '),
  })
  return html`<time datetime="${at.toISOString()}">${words}</time>`
}

export const LOCALES: Readonly<Record<Language, string>> = { en: 'en-GB', fr: 'fr-FR' }

const SIGN = raw(
  '<svg viewBox="0 0 28 28" aria-hidden="true"><path fill="currentColor" d="M3 3h22v22H3z"/>' +
    '<path fill="none" stroke="var(--on-accent)" stroke-width="2.5" ' +
    'd="M8 19v-6m6 6V9m6 10v-4"/></svg>',
)
