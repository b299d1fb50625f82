import { LINES, type Remedy } from '#core/events/hearing.ts'
import type { ActivityPage, Entry } from '#engine/notices/activity.ts'
import { html, type Html, NOTHING, rich } from '#edges/pages/frame/html.ts'
import { telephone } from '#edges/pages/frame/layout.ts'
import { formField } from '#edges/pages/frame/parts.ts'
import { portalPage, type Seen } from '#edges/pages/frame/portal-layout.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'
import { table } from '#edges/pages/frame/table.ts'
import { texts } from '#edges/texts/texts.ts'

export interface ActivityFacts extends Seen {
  readonly activity: ActivityPage
  readonly platformName: (id: string) => string
  /** Whether this is the first of the pages. */
  readonly isLatest: boolean
}

/** Everything that was done with a user name, day by day, and the way to say "this was not me". */
export function activityPage(context: PageContext, facts: ActivityFacts): Html {
  const {
    texts: { text },
    formats,
  } = context
  const { activity, isLatest } = facts
  const title = text('activity.title')
  const days = Map.groupBy(activity.entries, ({ at }) => formats.date(at))
  const tables = [...days.values()].map((entries) => dayTable(context, facts, entries))
  const latest = isLatest
    ? NOTHING
    : html`<a href="/portal/activity">${text('activity.latest')}</a>`
  const earlier =
    activity.before === null
      ? html`<span class="quiet">${text('activity.end')}</span>`
      : html`<a rel="next" href="/portal/activity?before=${activity.before}">${text('activity.earlier')}</a>`
  const main = html`<div class="stack loose">
<div class="stack"><h1>${title}</h1><p class="lead">${text('activity.lead')}</p></div>
${tables}
<nav class="row" aria-label="${text('activity.pages')}">${latest}${earlier}</nav>
<p class="quiet small">${text('portal.zone', { zone: formats.zone })} ${text('activity.kept')}</p>
</div>`
  return portalPage(context, { ...facts, title, tab: 'activity', main })
}

function dayTable(context: PageContext, facts: ActivityFacts, entries: readonly Entry[]): Html {
  const {
    texts: { text },
    formats,
    site,
  } = context
  const [first] = entries
  if (!first) return NOTHING
  const day = formats.day(first.at, site.now())
  const rows = entries.map((entry) => [
    html`<time datetime="${new Date(entry.at).toISOString()}">${formats.time(entry.at)}</time>`,
    lineWords(context, facts, entry),
    fromWords(context, entry),
    remedyOf(entry) === null
      ? NOTHING
      : html`<a href="/portal/activity/${entry.seq}">${text('activity.not-me')}<span class="hidden">: ${day}, ${formats.time(entry.at)}</span></a>`,
  ])
  return html`<section class="section stack activity"><h2>${day}</h2>
${table(context, 'activity', { columns: ['when', 'what', 'from'], rows, caption: day })}</section>`
}

const remedyOf = ({ line }: Entry): Remedy | null => LINES[line]

/** What happened, in one sentence. */
function lineWords(
  { texts: t, formats, site }: PageContext,
  { platformName }: Pick<ActivityFacts, 'platformName'>,
  { line, event, device, account, platform }: Entry,
): Html {
  const { text } = t
  const method = device?.method ?? ('method' in event ? event.method : null)
  return rich(t, `activity.line.${line}`, {
    device: device?.label || (method ? text(`method.${method}.name`) : text('activity.a-device')),
    platform: platform === null ? text('activity.a-platform') : platformName(platform),
    account: account ?? text('activity.an-account'),
    deed: 'deed' in event ? text(`task.kind.${event.deed}.name`) : '',
    contact: 'contact' in event ? text(`notice.contact.${event.contact}`) : '',
    language: 'language' in event ? languageName(event.language) : '',
    until: 'until' in event ? formats.moment(event.until, site.now()) : '',
  })
}

const languageName = (language: string): string =>
  texts(language === 'fr' ? 'fr' : 'en').text('common.language-name')

function fromWords({ texts: { text } }: PageContext, { from }: Entry): Html {
  // Not done in a browser, or so long ago that nobody remembers in which.
  if (!from) return html`–`
  return html`${text('activity.from', { browser: from.browser, place: from.place })}`
}

export interface NotMeFacts extends Seen, Pick<ActivityFacts, 'platformName'> {
  readonly entry: Entry
  readonly remedy: Remedy
}

/** Somebody knows nothing of what happened: what to do about it, the most urgent first. */
export function notMePage(context: PageContext, facts: NotMeFacts): Html {
  const {
    texts: { text },
    formats,
    site,
  } = context
  const { entry, remedy } = facts
  const title = text('activity.not-me')
  const steps = STEPS[remedy].map((step) => STEP_PIECES[step](context, facts))
  const main = html`<div class="column stack loose">
<nav class="crumbs" aria-label="${text('portal.crumbs')}"><ol role="list"><li><a href="/portal/activity">${text('activity.title')}</a></li><li aria-current="page">${title}</li></ol></nav>
<div class="stack"><h1>${title}</h1><p class="lead">${text(`activity.remedy.${remedy}`)}</p></div>
<dl class="facts tight"><div><dt>${text('activity.columns.when')}</dt><dd>${formats.moment(entry.at, site.now())}</dd></div>
<div><dt>${text('activity.columns.what')}</dt><dd>${lineWords(context, facts, entry)}</dd></div>
<div><dt>${text('activity.columns.from')}</dt><dd>${fromWords(context, entry)}</dd></div></dl>
<ol class="steps" role="list">
${steps}</ol>
</div>`
  return portalPage(context, { ...facts, title, tab: 'activity', main })
}

type Step = 'stop-device' | 'end-others' | 'password' | 'watch' | 'call'

/** What helps, in this order. */
const STEPS: Readonly<Record<Remedy, readonly Step[]>> = {
  session: ['end-others', 'password', 'call'],
  password: ['password', 'end-others', 'call'],
  guess: ['watch', 'call'],
  device: ['stop-device', 'end-others', 'password', 'call'],
  setting: ['end-others', 'password', 'call'],
}

const STEP_PIECES: Readonly<Record<Step, (context: PageContext, facts: NotMeFacts) => Html>> = {
  'stop-device': ({ texts: { text } }, { entry: { device } }) =>
    device?.lifecycle === 'active'
      ? html`<li><div class="stack"><p>${text('activity.step.stop-device')}</p><p><a class="button danger" href="/portal/security/devices/${device.id}/stop">${text('portal.remove.title', { label: device.label })}</a></p></div></li>
`
      : NOTHING,
  'end-others': ({ texts: { text } }, { token }) =>
    html`<li><div class="stack"><p>${text('activity.step.end-others')}</p><form method="post" action="/portal/security/sessions/end-others">${formField(token)}<button class="button plain">${text('portal.sessions.end-others')}</button></form></div></li>
`,
  password: ({ texts: { text } }) =>
    html`<li><div class="stack"><p>${text('activity.step.password')}</p><p><a class="button plain" href="/portal/security/password">${text('portal.settings.change-password')}</a></p></div></li>
`,
  watch: ({ texts: { text } }) => html`<li>${text('activity.step.watch')}</li>
`,
  call: ({ texts: { text }, site }) =>
    html`<li>${text('activity.step.call')} ${telephone(site)}</li>
`,
}
