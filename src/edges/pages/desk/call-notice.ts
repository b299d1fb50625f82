import type { OngoingCall } from '#core/desk/call.ts'
import { html, type Html } from '#edges/pages/frame/html.ts'
import { icon } from '#edges/pages/frame/icons.ts'
import { telephone } from '#edges/pages/frame/layout.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

/** Where a script hears that a call has begun or ended. */
export const CALL_EVENTS = '/portal/call/events'

/** Who of us talks to the client now, in a sentence. */
export function callWords(
  { texts: { text }, formats }: Pick<PageContext, 'texts' | 'formats'>,
  call: OngoingCall | null,
): string {
  if (call === null) return text('portal.call.none')
  return text('portal.call.on', { agent: call.agent, time: formats.time(call.since) })
}

/**
 * Whether one of us is on the telephone with the client: a caller in our name is held against it.
 * It is as true as the page is new; where the script hears nothing more of us, it says that.
 */
export function callNotice(context: PageContext, call: OngoingCall | null): Html {
  const { text } = context.texts
  const look = call === null ? 'notice' : 'notice ok'
  return html`<div class="${look}" id="call" data-stream="${CALL_EVENTS}">${icon('call')}
<p role="status">${callWords(context, call)}</p></div>
<div class="notice quiet" id="call-unknown" hidden>${icon('call')}
<p>${text('portal.call.unknown')} ${telephone(context.site)}</p></div>`
}
