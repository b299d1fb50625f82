import type { Problem } from '#core/problems.ts'
import type { Instant } from '#core/time/time.ts'
import type { MemberOffer } from '#engine/desk/login.ts'
import { doorPage } from '#edges/desk/frame/layout.ts'
import { againAt } from '#edges/pages/frame/again-at.ts'
import { html, type Html, NOTHING } from '#edges/pages/frame/html.ts'
import { carried, formField, headline, notice } from '#edges/pages/frame/parts.ts'
import { scriptedForm } from '#edges/pages/frame/scripted.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

/** The way in for staff: one button, the same for every visitor. */
export interface MemberLogin {
  readonly offer: MemberOffer
  readonly token: string
  /** Why it is shown again. */
  readonly problem: { readonly problem: Problem; readonly until: Instant | null } | null
}

export function memberLoginPage(
  context: PageContext,
  { offer, token, problem }: MemberLogin,
): Html {
  const { text } = context.texts
  const { script, field, sealed } = offer
  const form = scriptedForm(context, {
    script: { ...script, says: { ...script.says, unable: 'desk.unable' } },
    field: { ...field, hint: 'desk.touch.hint', button: 'desk.login.button' },
    action: '/login',
    carries: html`${formField(token)}${carried({ sealed })}`,
  })
  return doorPage(context, {
    title: text('desk.login.title'),
    isWrong: problem !== null,
    methodScript: script.name,
    main: html`${why(context, problem)}
${headline(text('desk.login.title'), text('desk.login.lead'))}
${form}<p class="quiet small">${text('desk.login.cannot')}</p>`,
  })
}

function why(context: PageContext, problem: MemberLogin['problem']): Html {
  if (problem === null) return NOTHING
  const again = problem.until === null ? '' : ` ${againAt(context, problem.until)}`
  return notice('bad', `${context.texts.text(`problem.${problem.problem}`)}${again}`)
}
