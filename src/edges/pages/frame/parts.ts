import { encodeQR } from 'qr'
import { LANGUAGES } from '#core/subscribers/account.ts'
import type { Instant } from '#core/time/time.ts'
import type { LastLogin } from '#engine/devices/overview.ts'
import { FORM_FIELD } from '#edges/http/client/form-token.ts'
import { html, type Html, NOTHING, trusted } from '#edges/pages/frame/html.ts'
import { icon, type IconName } from '#edges/pages/frame/icons.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'
import { type Texts, texts } from '#edges/texts/texts.ts'

/** The components that pages are made of. Each writes the HTML that the style sheet expects. */

/** Shows that a form came from a page of this browser. */
export const formField = (token: string): Html =>
  html`<input type="hidden" name="${FORM_FIELD}" value="${token}">`

/** Read out by a screen reader, after the words that are visible. */
export const saidAloud = (words: string): Html => html`<span class="hidden"> ${words}</span>`

/** What goes with a form unseen. */
export const carried = (values: Readonly<Record<string, string>>): Html =>
  html`${Object.entries(values).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  )}`

interface PressForm {
  readonly action: string
  readonly token: string
  readonly look: 'button' | 'button plain' | 'button danger' | 'link' | 'link danger'
  readonly words: Html | string
  /** What the button sends. */
  readonly sends?: { readonly name: string; readonly value: string }
  /** What it sends besides. */
  readonly carries?: Readonly<Record<string, string>>
  /** Further attributes of the button. */
  readonly with?: Html
}

/** A form that is one button. */
export function pressForm({ action, token, look, words, sends, ...more }: PressForm): Html {
  const { carries = {}, with: attributes = NOTHING } = more
  const sent = sends ? html` name="${sends.name}" value="${sends.value}"` : NOTHING
  const button = html`<button class="${look}"${sent}${attributes}>${words}</button>`
  const hidden = html`${formField(token)}${carried(carries)}`
  return html`<form method="post" action="${action}">${hidden}${button}</form>`
}

/** The names of the button that shows a password, for the script that puts it there. */
export const showAttributes = ({ text }: Texts): string =>
  `data-show="${text('login.show')}" data-hide="${text('login.hide')}"`

interface BindButton extends Pick<PressForm, 'token' | 'look' | 'words' | 'carries'> {
  readonly method: string
}

/** The button that begins the binding of an authenticator. */
export const bindButton = ({ method, ...button }: BindButton): Html =>
  pressForm({
    action: '/portal/security/enrolments',
    ...button,
    sends: { name: 'method', value: method },
  })

/**
 * What a page is, and the sentence below that says more.
 *
 * @param thing what the news is about, where it is a thing: a letter, a card.
 */
export const headline = (title: string, lead: Html | string, thing?: IconName): Html => {
  const drawn = thing === undefined ? NOTHING : html`<p class="emblem">${icon(thing)}</p>`
  return html`<div class="stack">${drawn}<h1>${title}</h1><p class="lead">${lead}</p></div>`
}

/** A row of a list of facts. */
export const fact = (name: Html | string, ...values: readonly (Html | string)[]): Html =>
  html`<div><dt>${name}</dt>${values.map((value) => html`<dd>${value}</dd>`)}</div>`

/**
 * The other language, for good: stored with the client, so it holds for all that we write and say
 * to them.
 */
export function languageSwitch({ address, texts: t }: PageContext, token: string): Html {
  const other = LANGUAGES.find((language) => language !== t.language) ?? 'en'
  const words = texts(other).text('common.language-name')
  const hidden = html`${formField(token)}${carried({ to: address })}`
  return html`<form method="post" action="/portal/language" class="small">${hidden}
<button class="link" name="language" value="${other}" lang="${other}">${words}</button></form>`
}

/** The login before this one, so that an attacker's is noticed. */
export function lastLoginBox(
  { texts: { text }, formats, site }: PageContext,
  last: LastLogin | null,
): Html {
  if (!last) return NOTHING
  const { browser, place } = last.origin
  const when = formats.moment(last.at, site.now())
  const line = text('portal.login-line', { when, browser, place })
  const { device } = last
  const name = device && (device.label || text(`method.${device.method}.name`))
  const with_ = name === null ? NOTHING : html` ${text('portal.login-device', { device: name })}`
  return html`<p><strong>${text('portal.last-login')}</strong><br>${line}${with_}</p>
<p><a href="/portal/activity">${text('portal.activity.all')}</a></p>`
}

/** Something that is wrong with one field, in words that say what to do. */
export interface FieldError {
  readonly field: string
  readonly text: string
}

export interface Field {
  readonly id: string
  /** What it is sent as; its id where there is one such field on the page. */
  readonly name?: string
  readonly label: string
  readonly hint?: Html | string
  readonly error?: string | undefined
  /** Attributes of the input, as written here and never as typed by a visitor. */
  readonly attributes: string
  readonly value?: string | undefined
}

/** Label, hint, error and input, in this order, tied together. */
export function field({ value, attributes, ...shown }: Field): Html {
  const filled = value ? html` value="${value}"` : NOTHING
  const own = html`${trusted(attributes)}${filled}`
  return labelled({ ...shown, own }, (named) => html`<input ${named}>`)
}

export interface Choice extends Omit<Field, 'value'> {
  /** What is sent, and what is read. */
  readonly options: readonly (readonly [value: string, words: string])[]
  readonly chosen: string
}

/** One of many, as a field has it. */
export function choice({ options, chosen, attributes, ...shown }: Choice): Html {
  const list = options.map(([value, words]) => {
    const selected = value === chosen ? trusted(' selected') : NOTHING
    return html`<option value="${value}"${selected}>${words}</option>
`
  })
  const own = trusted(attributes)
  return labelled({ ...shown, own }, (named) => html`<select ${named}>${list}</select>`)
}

interface Labelled extends Omit<Field, 'value' | 'attributes'> {
  readonly own: Html
}

function labelled(
  { id, name = id, label, hint, error, own }: Labelled,
  input: (named: Html) => Html,
): Html {
  const described = [...(error ? [`${id}-error`] : []), ...(hint ? [`${id}-hint`] : [])].join(' ')
  const invalid = error ? trusted(' aria-invalid="true"') : NOTHING
  const tied = described ? html` aria-describedby="${described}"` : NOTHING
  return html`<div class="field">
<label for="${id}">${label}</label>
${hint ? html`<p class="hint" id="${id}-hint">${hint}</p>` : NOTHING}${
  error ? html`<p class="error" id="${id}-error">${icon('warn')}<span>${error}</span></p>` : NOTHING
}
${input(html`id="${id}" name="${name}" ${own}${tied}${invalid}`)}
</div>`
}

/** Says above the page what is to be corrected; its links go to the fields. */
export function errorSummary({ text }: Texts, errors: readonly FieldError[]): Html {
  if (errors.length === 0) return NOTHING
  const items = errors.map((one) => html`<li><a href="#${one.field}">${one.text}</a></li>`)
  const title = text('common.to-correct', { count: errors.length })
  return html`<div class="notice bad" role="alert" tabindex="-1" id="errors">${icon('warn')}
<div class="stack"><h2>${title}</h2><ul role="list" class="stack">${items}</ul></div></div>`
}

export function notice(kind: 'plain' | 'ok' | 'warn' | 'bad', words: Html | string): Html {
  const drawing: IconName = { plain: 'info', ok: 'check', warn: 'warn', bad: 'warn' }[
    kind
  ] as IconName
  const name = kind === 'plain' ? 'notice' : `notice ${kind}`
  const role = kind === 'bad' ? trusted(' role="alert" tabindex="-1" id="errors"') : NOTHING
  return html`<div class="${name}"${role}>${icon(drawing)}<p>${words}</p></div>`
}

/** A challenge: large, in threes, copied without the gap, and read out digit by digit. */
export function number(digits: string): Html {
  const groups = digits.match(/.{1,3}/g) ?? []
  return html`<p class="number"><span class="hidden">${[...digits].join(' ')}</span>${groups.map(
    (group) => html`<span aria-hidden="true">${group}</span>`,
  )}</p>`
}

/** Modules to a side from which on a picture is drawn larger. */
const DENSE = 56

/**
 * A picture of a text that a phone can read: modules of one unit, three of them white around it.
 */
export function qrCode(content: string, label: string): Html {
  const modules = encodeQR(content, 'raw', { ecc: 'low', border: 1 })
  const size = modules.length - 2
  const rows = modules.slice(1, -1).map((row, y) => {
    let path = ''
    for (let x = 0; x < size; x += 1) {
      const from = x
      while (x < size && row[x + 1]) x += 1
      if (x > from) path += `M${from} ${y}h${x - from}v1h-${x - from}z`
    }
    return path
  })
  const whole = size + 6
  // A camera wants two to three points of the screen for each module.
  const width = whole > DENSE ? 300 : 168
  return html`<svg class="qr" viewBox="-3 -3 ${whole} ${whole}" width="${width}" height="${width}"
role="img" aria-label="${label}"><path fill="#fff" d="M-3-3h${whole}v${whole}H-3z"/>
<path fill="#000" d="${rows.join('')}"/></svg>`
}

/**
 * Until when: as the time of day at first, since a script may be missing; with one, as what is
 * left.
 *
 * @param key its `.until` names the time, its `.whole`, `.minutes` and `.seconds` what is left.
 */
export function until(
  { texts: { text }, formats, site }: PageContext,
  end: Instant,
  key: string,
): Html {
  const seconds = Math.max(0, Math.ceil((end - site.now()) / 1_000))
  const words = text(`${key}.until`, { time: formats.time(end), zone: formats.zone })
  const left = (name: string) => text(`${key}.${name}`, LEFT_OPEN)
  return html`<span class="quiet" data-seconds="${seconds}" data-whole-left="${left('whole')}"
data-minutes-left="${left('minutes')}" data-seconds-left="${left('seconds')}">${words}</span>`
}

/**
 * How long a hold still lasts: nothing without a script, so a date stands beside it. It is no live
 * region: a screen reader comes to it and reads what it says at that moment.
 */
export function holdLeft({ texts: { text }, site }: PageContext, end: Instant): Html {
  const said = (name: string) => text(`portal.hold-left.${name}`, LEFT_OPEN)
  return html`<span class="quiet small" hidden data-hold-until="${end}" data-now="${site.now()}"
data-whole-hours="${said('whole-hours')}" data-hours="${said('hours')}"
data-whole="${said('whole')}" data-minutes="${said('minutes')}"
data-seconds="${said('seconds')}"></span>`
}

/** Place holders that the script fills in. */
export const LEFT_OPEN = { hours: '{hours}', minutes: '{minutes}', seconds: '{seconds}' }

/** What to do, in this order: the one way in which a page numbers its steps. */
export const numbered = (steps: readonly (Html | string)[]): Html =>
  html`<ol class="steps" role="list">${steps.map((step) => html`<li>${step}</li>`)}</ol>
`

/** Where a client is in a task of several pages: the one way in which a page says so. */
export function stages({ text }: Texts, names: readonly string[], open: number): Html {
  const items = names.map((name, at) => {
    const state = at < open ? trusted(' class="done"') : NOTHING
    const current = at === open ? trusted(' aria-current="step"') : NOTHING
    return html`<li${state}${current}>${text(name)}</li>
`
  })
  return html`<ol class="stages" role="list" aria-label="${text('common.stages')}">${items}</ol>`
}

export interface TrackStep {
  readonly text: string
  readonly at: Instant | null
  readonly state: 'done' | 'current' | 'failed'
}

/** How far a login is; the script writes the same list anew when something happens. */
export function track(
  { texts: { text }, formats, site }: PageContext,
  steps: readonly TrackStep[],
): Html {
  const items = steps.map(({ text: words, at, state }) => {
    const time =
      at === null
        ? NOTHING
        : html`<time datetime="${new Date(at).toISOString()}">${formats.time(at)}</time>`
    if (state === 'current') return html`<li aria-current="step">${words}${time}</li>`
    return html`<li class="${state === 'done' ? 'done' : 'fail'}">${words}${time}</li>`
  })
  return html`<ol class="track" role="list" id="track" data-now="${site.now()}"
data-ago="${text('common.ago', LEFT_OPEN)}" data-just-now="${text('common.just-now')}"
>${items}</ol>`
}
