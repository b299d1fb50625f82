import { memberSessionExpiry, PASSKEYS_ASKED } from '#core/desk/member.ts'
import type { requestsFor } from '#engine/desk/cases/second-person.ts'
import { keyed } from '#edges/desk/frame/keys.ts'
import { memberPage } from '#edges/desk/frame/layout.ts'
import type { SeenByMember } from '#edges/desk/frame/session.ts'
import { html, type Html, NOTHING } from '#edges/pages/frame/html.ts'
import { fact, notice, pressForm } from '#edges/pages/frame/parts.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

export const HOME_DONE = ['agreed', 'refused', 'reread', 'none'] as const

export interface HomeFacts extends SeenByMember {
  /** How many passkeys of theirs work. */
  readonly passkeys: number
  /** What they are asked as the second person. */
  readonly requests: Awaited<ReturnType<typeof requestsFor>>
  /** Whether a finished deed waits for them to read it again. */
  readonly isToReread: boolean
  /** What they have just answered. */
  readonly done: (typeof HOME_DONE)[number] | null
}

/** Where a member begins: who they are here, and until when. */
export function homePage(context: PageContext, facts: HomeFacts): Html {
  const { texts, formats } = context
  const { text } = texts
  const { member, session } = facts.open
  const { time } = formats
  const ends = text('desk.home.until-time', {
    time: time(memberSessionExpiry(session)),
    zone: formats.zone,
  })
  const title = text('desk.home.title', { name: member.name })
  const { done } = facts
  const told = done === null ? NOTHING : notice('ok', text(`desk.home.done.${done}`))
  return memberPage(context, facts, {
    title,
    place: 'home',
    main: html`${told}<h1>${title}</h1>
${secondPasskey(context, facts)}${requestList(context, facts)}
${rereading(context, facts)}<dl class="facts">
${fact(text('desk.home.role'), text(`desk.role.${member.role}`), text(`desk.does.${member.role}`))}
${fact(text('desk.home.id'), html`<span class="mono">${member.agentId}</span>`)}
${fact(text('desk.home.session'), `${session.browser}, ${session.place}`)}
${fact(text('desk.home.until'), ends, text('desk.home.idle'))}
</dl>`,
  })
}

/** What waits for the second person. */
function requestList({ texts: { text }, formats }: PageContext, { requests }: HomeFacts): Html {
  if (requests.length === 0) return NOTHING
  const items = requests.map(({ request: { id, asked, expiresAt }, asker }) => {
    const facts = { name: asker.name, time: formats.time(expiresAt) }
    return html`<li><p><a href="/second/${id}">${text(`desk.cases.deed.${asked.deed}.name`)}</a></p>
<p class="quiet small">${text('desk.second.asks-until', facts)}</p></li>
`
  })
  return html`<section class="panel stack" aria-labelledby="second">
<h2 id="second">${text('desk.second.waiting')}</h2><ul class="actions" role="list">${items}</ul>
</section>`
}

/** The oldest is handed out: whose it was is on its page. */
function rereading({ texts: { text } }: PageContext, { isToReread, token }: HomeFacts): Html {
  if (!isToReread) return NOTHING
  const words = text('desk.reread.next')
  const next = pressForm({
    action: '/rereadings/next',
    token,
    look: 'button plain',
    words,
    with: keyed('go'),
  })
  return html`<section class="panel stack" aria-labelledby="reread">
<h2 id="reread">${text('desk.reread.waiting')}</h2><p class="quiet">${text('desk.reread.why')}</p>
${next}</section>`
}

/** A lost passkey would lock its holder out. */
function secondPasskey({ texts: { text } }: PageContext, { passkeys }: HomeFacts): Html {
  if (passkeys >= PASSKEYS_ASKED) return NOTHING
  const add = html`<a href="/passkeys/new">${text('desk.passkeys.add')}</a>`
  return notice('warn', html`${text('desk.home.second-passkey')} ${add}`)
}
