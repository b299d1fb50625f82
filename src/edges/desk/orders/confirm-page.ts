import type { Problem } from '#core/problems.ts'
import type { AskedTouch } from '#engine/desk/touch.ts'
import { memberPage } from '#edges/desk/frame/layout.ts'
import type { SeenByMember } from '#edges/desk/frame/session.ts'
import { problemNotice, touchForm } from '#edges/desk/frame/touch-form.ts'
import { html, type Html, NOTHING } from '#edges/pages/frame/html.ts'
import { headline } from '#edges/pages/frame/parts.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

/** An act of the board before it counts: what it is, and the touch that does it. */
export interface ActFacts extends SeenByMember {
  readonly title: string
  readonly lead: string
  readonly facts: readonly Html[]
  readonly touch: AskedTouch
  readonly action: string
  readonly carries: Readonly<Record<string, string>>
  readonly back: { readonly address: string; readonly words: string }
  readonly problem: Problem | null
}

export function actPage(context: PageContext, asked: ActFacts): Html {
  const { title, lead, facts, touch, action, carries, back, problem, token } = asked
  const rows = facts.length > 0 ? html`<dl class="facts">${facts}</dl>` : NOTHING
  return memberPage(context, asked, {
    title,
    isWrong: problem !== null,
    place: 'orders',
    methodScript: touch.script.name,
    main: html`${problemNotice(context, problem)}${headline(title, lead)}${rows}
${touchForm(context, { touch, action, token, carries })}
<p><a href="${back.address}">${back.words}</a></p>`,
  })
}
