import { html as template, raw } from 'hono/html'
import type { Card } from './cards.ts'
import type { Mail } from './mail-sink.ts'
import { MAIL_FAULTS } from './mail-sink.ts'
import { TEXT_FAULTS } from './message-centre.ts'
import { type ShownCall, type ShownHandset, type ShownText, whenOf } from './shown.ts'
import { type Language, wordsIn } from './texts.ts'
import { VOICE_FAULTS } from './voice-provider.ts'

type Html = ReturnType<typeof raw>

/** Escapes whatever is put in. Nothing that is put in here waits, so neither does the whole. */
const html = template as (strings: TemplateStringsArray, ...values: unknown[]) => Html

const NOTHING = raw('')

/** What every page of the simulators needs to know. */
export interface Frame {
  readonly language: Language
  readonly style: string
  /** The address of the script; without it the pages still say what there is. */
  readonly script: string | null
  /** Ties the forms to these pages. */
  readonly token: string
  readonly zone: string
  readonly brand: string
}

export interface Holding {
  readonly number: string
  /** No handset was chosen: the page shows one that has messages. */
  readonly follows: boolean
  /** The numbers to choose among, each with those who have it, where that is known. */
  readonly numbers: readonly { readonly number: string; readonly holders: readonly string[] }[]
  readonly handset: ShownHandset
  readonly cards: readonly Card[]
  readonly card: Card | null
  readonly faults: Faults
}

export interface Faults {
  readonly text: string | null
  readonly voice: string | null
  readonly mail: string | null
}

export function handsPage(frame: Frame, holding: Holding): Html {
  const t = wordsIn(frame.language)
  const main = html`<div class="stack"><h1>${t('hands.title')}</h1>
<p class="quiet">${t('hands.lead')}</p></div>
${choose(frame, holding)}
<div class="bench">${handset(frame, holding)}${securityCard(frame, holding)}</div>
${carriers(frame, holding.faults)}`
  return page(frame, { title: t('hands.title'), tab: 'hands', main })
}

export function mailPage(frame: Frame, mails: readonly Mail[]): Html {
  const t = wordsIn(frame.language)
  const items = mails.map((mail) => letter(frame, mail))
  const none = html`<div class="empty stack"><h2>${t('mail.none')}</h2>
<p class="quiet">${t('mail.none-lead')}</p></div>`
  const main = html`<div class="stack"><h1>${t('mail.title')}</h1>
<p class="quiet">${t('mail.lead')}</p></div>
<p class="hidden" role="status" id="news" data-events="/sim/events"
data-count="${mails.length}" data-new="${t('mail.new')}"></p>
${items.length > 0 ? html`<div class="letters">${items}</div>` : none}`
  return page(frame, { title: t('mail.title'), tab: 'mail', main })
}

function letter({ language, zone }: Frame, { subject, from, to, text, at }: Mail): Html {
  const t = wordsIn(language)
  const paragraphs = text.split(/\n{2,}/).map((words) => html`<p class="lines">${words}</p>`)
  const head = html`${t('mail.head', { from, to })} ${whenOf(at, { language, zone })}`
  return html`<article class="section stack"><h2>${subject}</h2>
<p class="small quiet">${head}</p>${paragraphs}</article>
`
}

/** `+1 202 555 0142`: the numbers of the demo are North American. */
const spaced = (number: string): string =>
  number.replace(/^\+1(\d{3})(\d{3})(\d{4})$/, '+1 $1 $2 $3')

/** Whose handset it is; their card comes with it. */
function choose({ language }: Frame, { number, numbers }: Holding): Html {
  const t = wordsIn(language)
  const options = numbers.map(({ number: one, holders }) => {
    const selected = one === number ? raw(' selected') : NOTHING
    return html`<option value="${one}"${selected}>${[...holders, spaced(one)].join(', ')}</option>`
  })
  return html`<form class="row whose" method="get" action="/sim">
<div class="field"><label for="number">${t('whose')}</label>
<select id="number" name="number">${options}</select></div>
<button class="button plain">${t('show')}</button></form>`
}

function handset(frame: Frame, { number, follows, handset: shown }: Holding): Html {
  const t = wordsIn(frame.language)
  const ending = number.slice(-2)
  const words = [
    'copy',
    'copied',
    'new-text',
    'answer',
    'decline',
    'hang-up',
    'press',
    'press-9',
    'no-texts',
  ]
  const said = words.map((word) => raw(` data-${word}="${String(html`${t(word)}`)}"`))
  const title = html`<h2 id="handset-title">${t('handset', { ending })}</h2>`
  const texts =
    shown.texts.length > 0
      ? shown.texts.map(bubble)
      : html`<p class="quiet small">${t('no-texts')}</p>`
  const query = follows ? '' : html`?number=${encodeURIComponent(number)}`
  return html`<section class="stack" aria-labelledby="handset-title">${title}
<div class="handset stack" id="handset" data-number="${number}" data-token="${frame.token}"${said}>
<p class="split small"><span id="clock">${clockOf(frame)}</span><span>${t('signal')}</span></p>
<div id="call">${shown.call ? ringing(frame, shown.call, number) : NOTHING}</div>
<p class="small quiet">${t('messages')}</p>
<div class="stack" id="texts">${texts}</div>
<div class="half">${reply(frame, number, 'STOP')}${reply(frame, number, 'START')}</div>
</div>
<p class="hidden" role="status" id="news" data-events="/sim/events${query}"></p></section>`
}

function reply({ language, token }: Frame, number: string, word: 'STOP' | 'START'): Html {
  const words = wordsIn(language)('reply', { word })
  return html`<form method="post" action="/sim/texts/back">${carried(token, number)}
<button class="button plain" name="text" value="${word}">${words}</button></form>`
}

/** What goes with a form unseen: whose handset it is. */
const carried = (token: string, number: string): Html =>
  html`<input type="hidden" name="token" value="${token}">
<input type="hidden" name="number" value="${number}">`

const clockOf = ({ language, zone }: Frame): string =>
  whenOf(Date.now(), { language, zone }).split(', ').at(-1) ?? ''

function bubble({ paragraphs, bound, when }: ShownText): Html {
  const words = paragraphs.map((lines) => html`<p class="lines">${lines}</p>`)
  const code = bound === null ? NOTHING : html`<p class="quiet small mono">${bound}</p>`
  return html`<div class="message"><div class="bubble">${words}${code}</div>
<p class="small quiet">${when}</p></div>`
}

/** The script draws the same again; without one, the buttons send the forms that they stand in. */
function ringing({ language, token }: Frame, call: ShownCall, number: string): Html {
  const t = wordsIn(language)
  const act = (name: string, words: string, isPlain: boolean) =>
    html`<form method="post" action="/sim/calls/${call.id}/${name}">${carried(token, number)}
<input type="hidden" name="key" value="${call.key}">
<button class="button${isPlain ? ' plain' : ''}">${words}</button></form>`
  const pressed =
    call.key === ''
      ? NOTHING
      : [act('press', t('press'), false), act('press-9', t('press-9'), true)]
  const buttons =
    call.state === 'ringing'
      ? [act('answer', t('answer'), false), act('hang-up', t('decline'), true)]
      : pressed
  const end = call.state === 'ringing' ? NOTHING : act('hang-up', t('hang-up'), true)
  return html`<div class="notice">${PHONE}<div class="stack"><p><strong>${call.title}</strong></p>
<p class="lines">${call.words}</p><div class="half">${buttons}</div>${end}</div></div>`
}

const KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9'] as const

function securityCard(frame: Frame, { cards, card, number }: Holding): Html {
  const t = wordsIn(frame.language)
  if (!card) return noCard(frame)
  const others = cards.filter(({ serial }) => serial !== card.serial)
  const links = others.map(({ serial, holder }) => {
    const whose = encodeURIComponent(number)
    const which = encodeURIComponent(serial)
    const words = t('card.other', { serial, holder })
    return html`<li><a href="/sim?number=${whose}&card=${which}">${words}</a></li>`
  })
  const title = t('card.title', { ending: card.serial.slice(-4) })
  const pin = card.pin === undefined ? NOTHING : html` ${t('card.pin', { pin: card.pin })}`
  return html`<section class="stack" aria-labelledby="card-title"><h2 id="card-title">${title}</h2>
<p class="quiet small">${t('card.holder', { holder: card.holder })}${pin}</p>
${device(frame, card)}
<noscript><p class="quiet">${t('card.script')}</p></noscript>
<ol class="track" role="list" id="card-steps">
<li aria-current="step"><span>${t('card.step-on')}</span></li>
<li><span><span class="mono">PIN&gt;</span> ${t('card.step-pin')}</span></li>
<li><span><span class="mono">CHALLNG&gt;</span> ${t('card.step-challenge')}</span></li>
<li><span>${t('card.step-response')}</span></li></ol>
${links.length > 0 ? html`<ul class="others small" role="list">${links}</ul>` : NOTHING}</section>`
}

function noCard({ language }: Frame): Html {
  const t = wordsIn(language)
  const title = html`<h2 id="card-title">${t('card.missing')}</h2>`
  return html`<section class="stack" aria-labelledby="card-title">${title}
<p class="quiet">${t('card.missing-lead')}</p></section>`
}

/** The card itself: its display, its keys and what is printed on it. */
function device({ language, token, brand }: Frame, card: Card): Html {
  const t = wordsIn(language)
  const off = t('card.display-off')
  const digits = KEYS.map((key) => html`<button type="button" data-key="${key}">${key}</button>`)
  return html`<div class="token" id="card" data-serial="${card.serial}" data-suite="${card.suite}"
data-secret="${card.secretHex}" data-token="${token}" data-off="${off}"
data-display="${t('card.display')}"><p class="lcd" role="status" id="lcd" aria-label="${off}"> </p>
<div class="keys">${digits}<button type="button" data-key="on">${t('card.on')}</button>
<button type="button" data-key="0">0</button>
<button class="go" type="button" data-key="ok">OK</button></div>
<p class="split small plate"><span>${brand}</span>
<span class="mono">${card.serial}</span></p></div>`
}

/** What can be made to go wrong. */
function carriers({ language, token }: Frame, faults: Faults): Html {
  const t = wordsIn(language)
  const KINDS = [
    ['text', TEXT_FAULTS, faults.text],
    ['voice', VOICE_FAULTS, faults.voice],
    ['mail', MAIL_FAULTS, faults.mail],
  ] as const
  const fields = KINDS.map(([kind, all, now]) => {
    const options = all.map((fault) => {
      const selected = fault === now ? raw(' selected') : NOTHING
      return html`<option value="${fault}"${selected}>${t(`fault.${kind}.${fault}`)}</option>`
    })
    const name = t(`fault.${kind}.name`)
    return html`<div class="field"><label for="fault-${kind}">${name}</label>
<select id="fault-${kind}" name="${kind}"><option value="">${t('fault.none')}</option>
${options}</select></div>`
  })
  return html`<section class="section stack"><h2>${t('fault.title')}</h2>
<p class="quiet">${t('fault.lead')}</p>
<form class="stack" method="post" action="/sim/faults">
<input type="hidden" name="token" value="${token}"><div class="faults">${fields}</div>
<button class="button plain">${t('fault.set')}</button></form></section>`
}

interface Page {
  readonly title: string
  readonly tab: 'hands' | 'mail'
  readonly main: Html
}

function page(frame: Frame, { title, tab, main }: Page): Html {
  const { language, style, script, brand } = frame
  const t = wordsIn(language)
  const other = language === 'en' ? 'fr' : 'en'
  const tabs = [
    ['hands', '/sim'],
    ['mail', '/sim/mail'],
  ] as const
  const links = tabs.map(([name, address]) => {
    const current = name === tab ? raw(' aria-current="page"') : NOTHING
    return html`<li><a href="${address}"${current}>${t(`tab.${name}`)}</a></li>`
  })
  const here = tabs.find(([name]) => name === tab)?.[1]
  return html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${t('page-title', { title, brand })}</title>
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="${style}">
${script === null ? NOTHING : html`<script type="module" src="${script}"></script>`}
</head>
<body class="portal">
<a class="hidden" href="#main">${t('skip')}</a>
<header class="bar"><div class="wrap split"><a class="brand" href="/sim">${SIGN}${t('brand')}</a>
<div class="row small"><span class="tag warn">${t('demo-only')}</span>
<a href="${here}?language=${other}" lang="${other}" hreflang="${other}"
>${wordsIn(other)('language-name')}</a></div></div></header>
<nav class="tabs" aria-label="${t('brand')}"><div class="wrap">
<ul role="list">${links}</ul></div></nav>
<main class="wrap stack loose" id="main">${main}</main>
</body>
</html>
`
}

const SIGN = raw(
  '<svg viewBox="0 0 28 28" aria-hidden="true"><path fill="currentColor" ' +
    'd="M9.25 2.98v12.27h7v10.54A12 12 0 0 1 9.25 2.98z' +
    'M18.75 25.02V12.75h-7V2.21a12 12 0 0 1 7 22.81z"/></svg>',
)
const PHONE = raw(
  '<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">' +
    '<path d="M5 3.5h3.5l1.5 5-2.3 1.6a11 11 0 0 0 6.2 6.2l1.6-2.3 5 1.5' +
    'V19a2 2 0 0 1-2 2A16.5 16.5 0 0 1 3 5.5a2 2 0 0 1 2-2z"/></svg>',
)
