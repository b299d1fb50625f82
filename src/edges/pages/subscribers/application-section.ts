import { type Account, standingOf } from '#core/subscribers/account.ts'
import type { Instant } from '#core/time/time.ts'
import { html, type Html, NOTHING } from '#edges/pages/frame/html.ts'
import { headline } from '#edges/pages/frame/parts.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

/** How far the application for an account is, as long as it is not open (R026, R027). */

type Stage = 'applied' | 'approved-late' | 'approved'

function stageOf({ site }: PageContext, account: Account | null): Stage | null {
  const standing = account && standingOf(account, site.now())
  return standing === 'applied' || standing === 'approved-late' || standing === 'approved'
    ? standing
    : null
}

/** As the news of a page; `null` where no application is under way. */
export function applicationNews(
  context: PageContext,
  account: Account | null,
): { readonly title: string; readonly news: Html } | null {
  const { text } = context.texts
  const stage = stageOf(context, account)
  if (!account || stage === null) return null
  const title = text(`portal.application.${stage}.title`)
  const lead = text(`portal.application.${stage}.lead`)
  const news = html`<div class="stack">${headline(title, lead)}
${steps(context, account, stage)}</div>`
  return { title, news }
}

/** Beside other things; nothing once the account trades. */
export function applicationSection(context: PageContext, account: Account | null): Html {
  const { text } = context.texts
  const stage = stageOf(context, account)
  if (!account || stage === null || stage === 'approved') return NOTHING
  return html`<section class="section stack"><h2>${text('portal.application.title')}</h2>
${steps(context, account, stage)}</section>
`
}

/** What is done, what is under way, and what is still to come. */
function steps(
  { texts: { text }, formats, site }: PageContext,
  { approvedAt, tradesFrom }: Account,
  stage: Stage,
): Html {
  const now = site.now()
  const step = (name: string) => text(`portal.application.step.${name}`)
  const received = html`<li class="done">${step('received')}</li>`
  const on = approvedAt === null ? NOTHING : timed(approvedAt, formats.day(approvedAt, now))
  const approved = html`<li class="done">${step('approved')}${on}</li>`
  const from = tradesFrom === null ? NOTHING : timed(tradesFrom, formats.moment(tradesFrom, now))
  const rest = {
    applied: html`<li aria-current="step">${step('examined')}</li>
<li>${step('approved')}</li><li>${step('trading')}</li>`,
    'approved-late': html`${approved}<li aria-current="step">${step('trading')}${from}</li>`,
    approved: html`${approved}<li aria-current="step">${step('second-step')}</li>
<li>${step('trading')}</li>`,
  }[stage]
  return html`<ol class="track" role="list">${received}
${rest}</ol>`
}

const timed = (at: Instant, words: string): Html =>
  html`<time datetime="${new Date(at).toISOString()}">${words}</time>`
