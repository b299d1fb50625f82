import { LINES, type Remedy } from '#core/events/hearing.ts'
import { centsOf } from '#core/task-details.ts'
import type { ActivityPage, Entry, Happening } from '#engine/notices/activity.ts'
import { html, type Html, NOTHING, rich } from '#edges/pages/frame/html.ts'
import { telephone } from '#edges/pages/frame/layout.ts'
import { fact, headline, numbered, pressForm } from '#edges/pages/frame/parts.ts'
import { crumbs, portalPage, type Seen } from '#edges/pages/frame/portal-layout.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'
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
  const days = Map.groupBy(activity.happenings, ({ outcome }) => formats.date(outcome.at))
  const lists = [...days.values()].map((happenings) => dayList(context, facts, happenings))
  const latest = isLatest
    ? NOTHING
    : html`<a href="/portal/activity">${text('activity.latest')}</a>`
  const words = text('activity.earlier')
  const earlier =
    activity.before === null
      ? html`<span class="quiet">${text('activity.end')}</span>`
      : html`<a rel="next" href="/portal/activity?before=${activity.before}">${words}</a>`
  const main = html`<div class="stack loose">
${headline(title, text('activity.lead'))}
${lists}
<nav class="row" aria-label="${text('activity.pages')}">${latest}${earlier}</nav>
<p class="quiet small">${text('portal.zone', { zone: formats.zone })} ${text('activity.kept')}</p>
</div>`
  return portalPage(context, { ...facts, title, tab: 'activity', main })
}

/** A line for each thing that happened; its steps are read on demand, without a script too. */
function dayList(
  context: PageContext,
  facts: ActivityFacts,
  happenings: readonly Happening[],
): Html {
  const { formats, site } = context
  const [first] = happenings
  if (!first) return NOTHING
  const day = formats.day(first.outcome.at, site.now())
  const items = happenings.map(({ outcome, entries }) => {
    const steps = entries.map((entry) => stepOf(context, facts, { entry, day }))
    return html`<li><details><summary>${timeOf(context, outcome)}
<span>${lineWords(context, facts, outcome)}${factsOf(context, outcome)}</span></summary>
<ol role="list">
${steps}</ol></details></li>
`
  })
  return html`<section class="section stack activity"><h2>${day}</h2>
<ol class="happenings" role="list">
${items}</ol></section>`
}

const timeOf = ({ formats }: PageContext, { at }: Entry): Html =>
  html`<time datetime="${new Date(at).toISOString()}">${formats.time(at)}</time>`

/** One step: what, from where, and the way to say that it was not the client. */
function stepOf(
  context: PageContext,
  facts: ActivityFacts,
  { entry, day }: { readonly entry: Entry; readonly day: string },
): Html {
  const { texts, formats } = context
  const words = html`${texts.text('activity.not-me')}<span class="hidden">: ${day},
${formats.time(entry.at)}</span>`
  const notMe =
    remedyOf(entry) === null
      ? NOTHING
      : html`<br><a href="/portal/activity/${entry.seq}">${words}</a>`
  return html`<li>${timeOf(context, entry)}
<span><span class="line">${lineWords(context, facts, entry)}</span><br>
<span class="quiet">${fromWords(context, entry)}</span>${notMe}</span></li>
`
}

/** The amount of a task, and who gets it, as they were confirmed. */
function factsOf({ formats }: PageContext, { deed }: Entry): Html {
  if (!deed) return NOTHING
  const shown = SHOWN_OF.flatMap((name) => deed.facts[name] ?? [])
  const amount = deed.kind === 'withdrawal' ? [formats.amount(centsOf(deed))] : []
  const words = [...amount, ...shown].join(', ')
  return words === '' ? NOTHING : html`<br><strong>${words}</strong>`
}

/** What a platform asked for; an attacker with the session reads no numbers and addresses. */
const SHOWN_OF = ['payee', 'key'] as const

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
    until: 'until' in event ? formats.ahead(event.until, site.now()) : '',
    case: 'caseNumber' in event ? event.caseNumber : '',
    ...(event.kind === 'desk.unmasked' && {
      contact: text(`notice.contact.${event.field}`),
      why: text(`activity.called.${event.reason}`),
    }),
    act: 'act' in event ? text(`desk.act.${event.act}`) : '',
  })
}

const languageName = (language: string): string =>
  texts(language === 'fr' ? 'fr' : 'en').text('common.language-name')

function fromWords({ texts: { text } }: PageContext, { from }: Entry): Html {
  // Not done in a browser, or so long ago that it is not known in which.
  if (!from) return html`–`
  return html`${text('activity.from', { browser: from.browser, place: from.place })}`
}

export interface NotMeFacts extends Seen, Pick<ActivityFacts, 'platformName'> {
  readonly entry: Entry
  readonly remedy: Remedy
}

/** The client knows nothing of what happened: what to do about it, the most urgent first. */
export function notMePage(context: PageContext, facts: NotMeFacts): Html {
  const {
    texts: { text },
    formats,
    site,
  } = context
  const { entry, remedy } = facts
  const title = text('activity.not-me')
  const steps = STEPS[remedy]
    .map((step) => STEP_PIECES[step](context, facts))
    .filter((step) => step !== NOTHING)
  const main = html`<div class="column stack loose">
${crumbs(context, title, { address: '/portal/activity', title: 'activity.title' })}
${headline(title, text(`activity.remedy.${remedy}`))}
<dl class="facts tight">
${fact(text('activity.columns.when'), formats.moment(entry.at, site.now()))}
${fact(
  text('activity.columns.what'),
  html`${lineWords(context, facts, entry)}${factsOf(context, entry)}`,
)}
${fact(text('activity.columns.from'), fromWords(context, entry))}</dl>
${numbered(steps)}
</div>`
  return portalPage(context, { ...facts, title, tab: 'activity', main })
}

type Step = 'stop-device' | 'end-others' | 'password' | 'watch' | 'call' | 'did-not-call'

/** What helps, in this order. */
const STEPS: Readonly<Record<Remedy, readonly Step[]>> = {
  session: ['end-others', 'password', 'call'],
  password: ['password', 'end-others', 'call'],
  guess: ['watch', 'call'],
  device: ['stop-device', 'end-others', 'password', 'call'],
  setting: ['end-others', 'password', 'call'],
  desk: ['did-not-call', 'call'],
}

const urgent = (words: string, act: Html): Html =>
  html`<div class="stack"><p>${words}</p>${act}</div>`

const STEP_PIECES: Readonly<Record<Step, (context: PageContext, facts: NotMeFacts) => Html>> = {
  'stop-device': ({ texts: { text } }, { entry: { device } }) => {
    if (device?.lifecycle !== 'active') return NOTHING
    const address = `/portal/security/devices/${device.id}/stop`
    const words = text('portal.remove.title', { label: device.label })
    const link = html`<p><a class="button danger" href="${address}">${words}</a></p>`
    return urgent(text('activity.step.stop-device'), link)
  },
  'end-others': ({ texts: { text } }, { token }) =>
    urgent(
      text('activity.step.end-others'),
      pressForm({
        action: '/portal/security/sessions/end-others',
        token,
        look: 'button plain',
        words: text('portal.sessions.end-others'),
      }),
    ),
  password: ({ texts: { text } }) => {
    const words = text('portal.settings.change-password')
    return urgent(
      text('activity.step.password'),
      html`<p><a class="button plain" href="/portal/security/password">${words}</a></p>`,
    )
  },
  watch: ({ texts: { text } }) => html`${text('activity.step.watch')}`,
  'did-not-call': ({ texts: { text } }, { entry: { event, seq }, token }) => {
    // What all calls have in common is about no case of its own.
    if (event.caseId === undefined) return NOTHING
    return urgent(
      text('activity.step.did-not-call'),
      pressForm({
        action: `/portal/activity/${seq}/did-not-call`,
        token,
        look: 'button danger',
        words: text('activity.did-not-call'),
      }),
    )
  },
  call: ({ texts: { text }, site }) => html`${text('activity.step.call')} ${telephone(site)}`,
}
