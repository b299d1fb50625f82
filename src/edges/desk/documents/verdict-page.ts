import type { Verdicted } from '#engine/documents/review/decisions.ts'
import type { Seen } from '#engine/documents/review/looks.ts'
import type { AskedTouch } from '#engine/desk/touch.ts'
import type { Problem } from '#core/problems.ts'
import { placeOf } from '#edges/desk/documents/place.ts'
import { memberPage } from '#edges/desk/frame/layout.ts'
import type { SeenByMember } from '#edges/desk/frame/session.ts'
import { problemNotice, touchForm } from '#edges/desk/frame/touch-form.ts'
import { html, type Html, lines, NOTHING } from '#edges/pages/frame/html.ts'
import { fact, headline } from '#edges/pages/frame/parts.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

export interface VerdictFacts extends SeenByMember {
  readonly said: Verdicted
  readonly seen: Pick<Seen, 'submission' | 'record'>
  /** Names what it was said on. */
  readonly print: string
  readonly touch: AskedTouch
  readonly problem: Problem | null
}

/** What was said of a document, before it counts: a touch of the passkey confirms it. */
export function verdictPage(context: PageContext, facts: VerdictFacts): Html {
  const { text } = context.texts
  const { said, print, touch, problem, token } = facts
  const { id, verdict, reason, checks, date, mrz } = said
  const title = text(`desk.documents.verdict.${verdict}.name`)
  const hasReason = verdict === 'ask-again' || verdict === 'reject'
  const why = hasReason
    ? html`<p>${text('desk.documents.client-reads')}</p>
<blockquote><p>${text(`submissions.reason.${reason}`)}</p></blockquote>`
    : NOTHING
  const carries = {
    verdict,
    print,
    ...(hasReason && { reason }),
    ...(verdict === 'accept' && { checks: checks.join(' '), date, mrz }),
  }
  return memberPage(context, facts, {
    title,
    isWrong: problem !== null,
    place: placeOf(facts),
    methodScript: touch.script.name,
    main: html`${problemNotice(context, problem)}
${headline(title, text(`desk.documents.verdict.${verdict}.does`))}${about(context, facts)}${why}
${touchForm(context, { touch, action: `/documents/${id}/decide`, token, carries })}
<p><a href="/documents/${id}">${text('desk.documents.back')}</a></p>`,
  })
}

/** Whose document it is, and what it shows: what the touch is for. */
function about({ texts: { text } }: PageContext, { seen }: VerdictFacts): Html {
  const { submission, record } = seen
  const { purpose, movesTo } = submission
  const none = text('desk.documents.record.none')
  const address = movesTo === undefined ? record.address?.value : record.compared
  const where = text(`desk.documents.record.${movesTo === undefined ? 'address' : 'moves-to'}`)
  const shown = purpose === 'address' ? fact(where, address ? lines(address) : none) : NOTHING
  return html`<dl class="facts">
${fact(text('desk.record.documents.columns.what'), text(`desk.documents.purpose.${purpose}`))}
${fact(text('desk.documents.record.name'), record.fullName ?? none)}${shown}
${fact(text('desk.documents.record.user-name'), record.client.userName)}
${fact(text('desk.documents.record.account'), submission.account)}</dl>`
}
