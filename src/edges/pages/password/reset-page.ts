import type { Problem } from '#core/problems.ts'
import type { Instant } from '#core/time/time.ts'
import { guideLink } from '#edges/pages/help/problems/guide-link.ts'
import { html, type Html, NOTHING } from '#edges/pages/frame/html.ts'
import { besideAdvice, ifYouCall, layout } from '#edges/pages/frame/layout.ts'
import { againAt } from '#edges/pages/frame/again-at.ts'
import { errorSummary, field, formField, headline, notice } from '#edges/pages/frame/parts.ts'
import { type Flawed, flawWords, passwordField } from '#edges/pages/password/password-page.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

/** The pages for a client who has forgotten the password and has called the desk (R030). */

export interface ResetForm {
  readonly token: string
  readonly userName: string
  readonly problem: Problem | 'empty' | null
  readonly until: Instant | null
}

export function resetPage(context: PageContext, form: ResetForm): Html {
  const { text } = context.texts
  const { token, userName, problem, until } = form
  const title = text('reset.title')
  const isTold = problem === 'login.wrong-credentials' || problem === 'empty'
  const error = isTold ? text(`reset.${problem === 'empty' ? 'empty' : 'wrong'}`) : undefined
  const errors = error ? [{ field: 'code', text: error }] : []
  const again = until === null ? '' : againAt(context, until)
  const loose =
    problem && !isTold
      ? notice('bad', html`${text(`problem.${problem}`)} ${again} ${guideLink(context, problem)}`)
      : NOTHING
  const column = html`${errorSummary(context.texts, errors)}${loose}
${headline(title, text('reset.lead'))}
<form class="stack loose" method="post" action="/reset" novalidate>${formField(token)}
${field({
  id: 'userName',
  label: text('login.user-name'),
  value: userName,
  attributes:
    'type="text" autocomplete="username" autocapitalize="off" spellcheck="false" required',
})}
${field({
  id: 'code',
  label: text('reset.code'),
  hint: text('reset.code-hint'),
  error,
  attributes:
    'class="code long" type="text" autocomplete="off" ' +
    'autocapitalize="characters" spellcheck="false" required',
})}
<div class="row"><button class="button">${text('login.continue')}</button>
<a href="/login">${text('reset.back')}</a></div></form>`
  return layout(context, {
    title,
    surface: 'narrow',
    script: 'login',
    styles: ['confirm'],
    isWrong: problem !== null,
    main: besideAdvice(column, ifYouCall(context, null)),
  })
}

/** Both factors are proven: the new password, and nothing else. */
export function resetPasswordPage(
  context: PageContext,
  facts: {
    readonly token: string
    readonly id: string
    readonly userName: string
    readonly flawed: Flawed | null
  },
): Html {
  const { text } = context.texts
  const { token, id, userName, flawed } = facts
  const title = text('portal.password.new')
  const error = flawed ? flawWords(context, flawed) : null
  const errors = error ? [{ field: 'password', text: error }] : []
  const column = html`${errorSummary(context.texts, errors)}
${headline(title, text('portal.password.new-lead'))}
<form class="stack loose" method="post" action="/reset/${id}" novalidate>${formField(token)}
${passwordField(context, { userName, error })}
<button class="button">${text('portal.password.save')}</button></form>`
  return layout(context, {
    title,
    surface: 'narrow',
    script: 'login',
    isWrong: flawed !== null,
    main: besideAdvice(column, ifYouCall(context, null)),
  })
}

export function resetDonePage(context: PageContext): Html {
  const { text } = context.texts
  const title = text('reset.done')
  const column = html`${headline(title, text('reset.done-lead'))}
<p><a class="button" href="/login">${text('login.title')}</a></p>`
  return layout(context, {
    title,
    surface: 'narrow',
    main: besideAdvice(column, ifYouCall(context, null)),
  })
}
