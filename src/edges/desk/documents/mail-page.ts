import { PURPOSES } from '#core/documents/submission.ts'
import type { Problem } from '#core/problems.ts'
import { legible } from '#core/text/line.ts'
import type { MailVerdict, SeenMail } from '#engine/documents/review/mails.ts'
import type { AskedTouch } from '#engine/desk/touch.ts'
import { memberPage } from '#edges/desk/frame/layout.ts'
import type { SeenByMember } from '#edges/desk/frame/session.ts'
import { problemNotice, touchForm } from '#edges/desk/frame/touch-form.ts'
import { html, type Html, NOTHING, trusted } from '#edges/pages/frame/html.ts'
import { fact, field, formField, headline, pressForm } from '#edges/pages/frame/parts.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

export interface MailFacts extends SeenByMember {
  readonly seen: SeenMail
  /** What was said before, where that has to be said again. */
  readonly typed: Partial<Omit<MailVerdict, 'id'>>
  readonly problem: Problem | null
}

/** In code points. */
const SUBJECT_LENGTH_MAX = 200

/** A mail that became no documents: what is known of it, and why. */
export function mailPage(context: PageContext, facts: MailFacts): Html {
  const {
    texts: { text },
    formats,
    site,
  } = context
  const { seen, problem, token } = facts
  const { mail } = seen
  const title = text('desk.documents.a-mail')
  const subject = legible(mail.read?.subject ?? '', SUBJECT_LENGTH_MAX)
  const rule = 'rule' in mail.status ? mail.status.rule : 'readable'
  return memberPage(context, facts, {
    title,
    isWrong: problem !== null,
    place: 'documents',
    main: html`${problemNotice(context, problem)}
${headline(title, text(`desk.documents.mail.rule.${rule}`))}<dl class="facts">
${fact(text('desk.documents.mail.sender'), legible(mail.sender, SUBJECT_LENGTH_MAX))}
${fact(text('desk.documents.mail.subject'), subject === '' ? '–' : subject)}
${fact(text('desk.documents.mail.to'), seen.to)}
${fact(text('desk.documents.record.received'), formats.moment(mail.receivedAt, site.now()))}
${fact(text('desk.documents.mail.pages'), String(mail.read?.pages ?? 0))}</dl>
<p>${text('desk.documents.mail.anyone')}</p>${saidForm(context, facts)}
${pressForm({
  action: `/documents/back/${mail.id}`,
  token,
  look: 'link',
  words: text('desk.documents.put-back'),
})}`,
  })
}

function saidForm(
  { texts: { text } }: PageContext,
  { seen: { mail, version }, typed, token }: MailFacts,
): Html {
  const purposes = PURPOSES.map(
    (one) =>
      html`<option value="${one}"${typed.purpose === one ? trusted(' selected') : NOTHING}>${text(
        `desk.documents.purpose.${one}`,
      )}</option>`,
  )
  return html`<form class="column stack" method="post" action="/documents/mails/${mail.id}/verdict"
novalidate>${formField(token)}<input type="hidden" name="version" value="${String(version)}">
${field({
  id: 'account',
  label: text('desk.documents.mail.account'),
  value: typed.account,
  attributes: 'type="text" autocomplete="off" spellcheck="false" maxlength="64"',
})}<div class="field"><label for="purpose">${text('desk.documents.mail.purpose')}</label>
<select id="purpose" name="purpose"><option value="">–</option>${purposes}</select></div>
<p class="row"><button class="button" name="verdict" value="assign">${text(
    'desk.documents.mail.assign.name',
  )}</button>
<button class="button plain" name="verdict" value="dismiss">${text(
    'desk.documents.mail.dismiss.name',
  )}</button></p></form>`
}

export interface MailVerdictFacts extends SeenByMember {
  readonly said: MailVerdict
  readonly touch: AskedTouch
  readonly problem: Problem | null
}

/** What was said of a mail, before it counts. */
export function mailVerdictPage(context: PageContext, facts: MailVerdictFacts): Html {
  const { text } = context.texts
  const { said, touch, problem, token } = facts
  const { id, verdict, account, purpose, version } = said
  const title = text(`desk.documents.mail.${verdict}.name`)
  const what =
    verdict === 'assign'
      ? html`<p><strong>${account}, ${text(`desk.documents.purpose.${purpose}`)}</strong></p>`
      : NOTHING
  const carries = {
    verdict,
    version: String(version),
    ...(verdict === 'assign' && { account, purpose }),
  }
  return memberPage(context, facts, {
    title,
    isWrong: problem !== null,
    place: 'documents',
    methodScript: touch.script.name,
    main: html`${problemNotice(context, problem)}
${headline(title, text(`desk.documents.mail.${verdict}.does`))}${what}
${touchForm(context, { touch, action: `/documents/mails/${id}/decide`, token, carries })}
<p><a href="/documents/mails/${id}">${text('desk.documents.back')}</a></p>`,
  })
}
