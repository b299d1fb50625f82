import type { PromptField, Script } from '#methods/prompt.ts'
import { html, type Html } from '#edges/pages/frame/html.ts'
import { icon } from '#edges/pages/frame/icons.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

/** What is answered by a script, and where the answer goes. */
export interface Scripted {
  readonly script: Script
  readonly field: PromptField
  readonly action: string
  /** The hidden fields that go with it. */
  readonly carries: Html
  /** Beside another form that can be filled in, it is not the first thing on the page. */
  readonly isSecond?: boolean
  /** Further attributes of the button. */
  readonly buttonWith?: Html
}

/**
 * A form whose one answer a script makes: the script shows the button, opens the dialogue of the
 * browser and sends what comes of it. Where there is none, a sentence says so instead.
 */
export function scriptedForm(
  { texts: { text } }: PageContext,
  { script, field, action, carries, isSecond = false, buttonWith = html`` }: Scripted,
): Html {
  const { unable, failed, known = failed, scriptless } = script.says
  // What lays itself out does not hide: the outer one is hidden for both.
  const said = html`<div role="alert" data-said hidden>
<div class="notice bad">${icon('warn')}<p></p></div></div>`
  const hint = isSecond ? html`` : html`<p class="quiet" id="answer-hint">${text(field.hint)}</p>`
  // Shown to every visitor alike, before a name is typed: it tells nothing of who has what.
  const missing = isSecond ? scriptless : unable
  const without = missing ? html`<noscript><p>${text(missing)}</p></noscript>` : html``
  const asked = JSON.stringify(script.data)
  const look = isSecond ? 'button plain' : 'button'
  return html`<form class="stack" method="post" action="${action}" data-script="${script.name}"
data-asked="${asked}" data-unable="${text(unable)}" data-failed="${text(failed)}"
data-known="${text(known)}">${carries}<input type="hidden" name="answer">
${said}${hint}${without}<div class="row">
<button class="${look}"${buttonWith} hidden>${text(field.button)}</button></div></form>
`
}
