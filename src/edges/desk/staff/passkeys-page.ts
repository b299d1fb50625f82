import { type MemberPasskey, PASSKEYS_ASKED, PASSKEYS_MAX } from '#core/desk/member.ts'
import type { Problem } from '#core/problems.ts'
import type { Adding } from '#engine/desk/passkeys.ts'
import type { AskedPasskey } from '#engine/desk/registration.ts'
import type { AskedTouch, GivenTouch } from '#engine/desk/touch.ts'
import { memberPage } from '#edges/desk/frame/layout.ts'
import type { SeenByMember } from '#edges/desk/frame/session.ts'
import { problemNotice, touchForm } from '#edges/desk/frame/touch-form.ts'
import { html, type Html, NOTHING } from '#edges/pages/frame/html.ts'
import { carried, formField, headline, notice, saidAloud } from '#edges/pages/frame/parts.ts'
import { scriptedForm } from '#edges/pages/frame/scripted.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'
import { table } from '#edges/pages/frame/table.ts'

type Shown = Omit<MemberPasskey<unknown>, 'state'>

export interface PasskeysFacts extends SeenByMember {
  readonly passkeys: readonly Shown[]
  /** What was just done, as a key of `desk.passkeys.done`. */
  readonly done: string | null
}

/** The passkeys of a member: two at least, so that a lost one locks them out of nothing. */
export function passkeysPage(context: PageContext, facts: PasskeysFacts): Html {
  const { texts, formats, site } = context
  const { text } = texts
  const { passkeys, open, done } = facts
  const now = site.now()
  const rows = passkeys.map(({ id, label, createdAt, usedAt }) => {
    const words = html`${text('desk.passkeys.remove')}${saidAloud(label)}`
    const here = html` <span class="tag">${text('desk.passkeys.this')}</span>`
    return [
      html`${label}${id === open.session.passkeyId ? here : NOTHING}`,
      formats.date(createdAt),
      formats.moment(usedAt, now),
      passkeys.length === 1 ? NOTHING : html`<a href="/passkeys/${id}/remove">${words}</a>`,
    ]
  })
  const title = text('desk.passkeys.title')
  const add =
    passkeys.length >= PASSKEYS_MAX
      ? html`<p class="quiet">${text('problem.desk.too-many-passkeys')}</p>`
      : html`<p><a class="button" href="/passkeys/new">${text('desk.passkeys.add')}</a></p>`
  const told = done === null ? NOTHING : notice('ok', text(`desk.passkeys.done.${done}`))
  const few = passkeys.length < PASSKEYS_ASKED
  return memberPage(context, facts, {
    title,
    place: 'passkeys',
    main: html`${told}<h1>${title}</h1>
${few ? notice('warn', text('desk.home.second-passkey')) : NOTHING}${table(
  context,
  'desk.passkeys',
  { columns: ['passkey', 'created', 'used'], rows },
)}${add}`,
  })
}

/** First one that is there confirms that another is made. */
export const addPage = (
  context: PageContext,
  facts: SeenByMember & Adding & { readonly problem: Problem | null },
): Html => {
  const { text } = context.texts
  const { touch, creation, token, problem } = facts
  const title = text('desk.passkeys.new.title')
  return memberPage(context, facts, {
    title,
    isWrong: problem !== null,
    place: 'passkeys',
    methodScript: touch.script.name,
    main: html`${problemNotice(context, problem)}${headline(title, text('desk.passkeys.new.lead'))}
${touchForm(context, { touch, action: '/passkeys/new', token, carries: { creation } })}
${backToPasskeys(context)}`,
  })
}

/** Then the new one is made. */
export const makePage = (
  context: PageContext,
  facts: SeenByMember & { readonly asked: AskedPasskey; readonly touch: GivenTouch },
): Html => {
  const { text } = context.texts
  const { asked, touch, token } = facts
  const { script, field, sealed: creation } = asked
  const title = text('desk.passkeys.make.title')
  const form = scriptedForm(context, {
    script: { ...script, says: { ...script.says, unable: 'desk.unable' } },
    field,
    action: '/passkeys/new/made',
    carries: html`${formField(token)}${carried({
      creation,
      sealed: touch.sealed,
      touched: touch.typed,
    })}`,
  })
  return memberPage(context, facts, {
    title,
    place: 'passkeys',
    methodScript: script.name,
    main: html`${headline(title, text('desk.passkeys.make.lead'))}
${form}${backToPasskeys(context)}`,
  })
}

export const removePage = (
  context: PageContext,
  facts: SeenByMember & {
    readonly passkey: Shown
    readonly touch: AskedTouch
    readonly problem: Problem | null
  },
): Html => {
  const { text } = context.texts
  const { passkey, touch, token, problem } = facts
  const title = text('desk.passkeys.removal.title', { label: passkey.label })
  const action = `/passkeys/${passkey.id}/remove`
  const lead = text('desk.passkeys.removal.lead')
  const isOfThis = facts.open.session.passkeyId === passkey.id
  const whole = isOfThis ? `${lead} ${text('desk.passkeys.removal.this')}` : lead
  return memberPage(context, facts, {
    title,
    isWrong: problem !== null,
    place: 'passkeys',
    methodScript: touch.script.name,
    main: html`${problemNotice(context, problem)}
${headline(title, whole)}
${touchForm(context, { touch, action, token })}
${backToPasskeys(context)}`,
  })
}

const backToPasskeys = ({ texts: { text } }: PageContext): Html =>
  html`<p><a href="/passkeys">${text('desk.back')}</a></p>`
