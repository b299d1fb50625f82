import { PROBLEMS, type Problem } from '#core/problems.ts'
import { POLICY } from '#edges/http/headers.ts'
import type { ToldRefusal } from '#edges/http/problems.ts'
import { againAt } from '#edges/pages/frame/again-at.ts'
import { html, type Html } from '#edges/pages/frame/html.ts'
import { headline } from '#edges/pages/frame/parts.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'
import type { ServedRealm } from '#edges/server/realm.ts'
import { doorPage } from '#edges/desk/frame/layout.ts'

/** The realm of the staff: another origin than that of the clients, and nothing in common. */
export const deskRealm = ({ origin }: { readonly origin: string }): ServedRealm => ({
  name: 'desk',
  origin,
  cookiePrefix: 'desk-',
  formKey: 'form/desk',
  sessions: 'staff',
  cookieless: [],
  // No app is installed from here, and nothing runs beside a page.
  policy: { ...POLICY, manifestSrc: ["'none'"], workerSrc: ["'none'"] },
  tested: [],
  problemPage,
})

/** The page of the desk that says no. */
function problemPage(context: PageContext, told: ToldRefusal): Html {
  const { text } = context.texts
  const { problem, until, wayOut, reference } = told
  const title = text(`problem.${problem}`)
  const again = until === null ? '' : ` ${againAt(context, until)}`
  const lead = `${text(`desk.problem.${kindOf(problem)}`)}${again}`
  const onward = html`<a class="button" href="${wayOut ?? '/'}">${text('desk.problem.on')}</a>`
  const named = reference === null ? html`` : html`<p class="mono">${reference}</p>`
  return doorPage(context, {
    title,
    main: html`${headline(title, lead)}${named}
<div class="row">${onward}</div>`,
  })
}

function kindOf(problem: Problem): 'ours' | 'missing' | 'wait' | 'nothing' {
  const status = PROBLEMS[problem]
  if (status === 404) return 'missing'
  if (status === 429 || status === 503) return 'wait'
  return status >= 500 ? 'ours' : 'nothing'
}
