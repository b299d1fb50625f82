import type { FastifyReply } from 'fastify'
import type { Platform } from '#core/assurance.ts'
import type { Problem } from '#core/problems.ts'
import { formTokenFor } from '#edges/http/client/form-token.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { html, NOTHING } from '#edges/pages/frame/html.ts'
import { besideAdvice, layout, stayingSafe } from '#edges/pages/frame/layout.ts'
import { carried, formField } from '#edges/pages/frame/parts.ts'
import type { World } from '#engine/world.ts'

/** The few pages between a relying party and the login pages. */

/** Asks whether to log out, when nothing shows that the relying party may say so. */
export function logoutPage(
  world: World,
  reply: FastifyReply,
  { action, to }: { readonly action: string; readonly to: string },
): FastifyReply {
  const context = reply.page()
  const { text } = context.texts
  const token = formTokenFor(world, reply)
  const column = html`<h1>${text('trade.leave.title')}</h1>
<p class="lead">${text('trade.leave.lead')}</p>
<form class="stack" method="post" action="${action}">${formField(token)}${carried({ to })}
<div class="row"><button class="button">${text('trade.leave.yes')}</button>
<a class="button plain" href="/portal">${text('trade.leave.no')}</a></div></form>`
  const title = text('trade.leave.title')
  const main = besideAdvice(column, stayingSafe(context))
  return reply.html(layout(context, { surface: 'narrow', title, main }))
}

/**
 * The end. It leads on to the relying party by itself: after a form, browsers let a page do what
 * they would not let a redirection do (Content Security Policy, `form-action`).
 */
export function loggedOutPage(reply: FastifyReply, goOnTo: string | null): FastifyReply {
  const context = reply.page('/oidc/logout/success')
  const { text } = context.texts
  const title = text('trade.left.title')
  const next = goOnTo === null ? 'portal' : 'go-on'
  const column = html`<h1>${title}</h1>
<p class="lead">${text('trade.left.lead')}</p>
<p><a class="button plain" href="${goOnTo ?? '/portal'}">${text(`trade.left.${next}`)}</a></p>`
  return reply.html(
    layout(context, {
      surface: 'narrow',
      title,
      main: besideAdvice(column, stayingSafe(context)),
      ...(goOnTo !== null && { refreshTo: goOnTo }),
    }),
  )
}

/**
 * A browser in which no client is logged in comes back to a request that was answered: with the
 * Back button, or in a tab that was left open. Another login begins at the platform.
 */
export function overPage(
  reply: FastifyReply,
  { name, startUri }: Pick<Platform, 'name' | 'startUri'>,
): FastifyReply {
  const context = reply.page()
  const { text, language } = context.texts
  const platform = name[language]
  const title = text('login.over.title')
  const words = text('login.done.go-on', { platform })
  const way = startUri ? html`<p><a class="button" href="${startUri}">${words}</a></p>` : NOTHING
  const column = html`<h1>${title}</h1>
<p class="lead">${text('login.over.out', { platform })}</p>
${way}`
  const main = besideAdvice(column, stayingSafe(context))
  return reply.code(410).html(layout(context, { surface: 'narrow', title, main }))
}

/**
 * What the provider will not send to an address that it does not trust, as a page. The words of the
 * provider are for the integrator, so they stand in the log and not on the page.
 */
export function sendProviderError(
  reply: FastifyReply,
  { error, error_description: description }: ProviderError,
): FastifyReply {
  reply.log.info({ error, description }, 'an authorization request was refused')
  return sendRefusal(reply, { ok: false, problem: PROBLEM_OF[error] ?? 'request.malformed' })
}

export interface ProviderError {
  readonly error: string
  readonly error_description?: string | undefined
}

const PROBLEM_OF: Readonly<Record<string, Problem>> = {
  server_error: 'service.failed',
  temporarily_unavailable: 'service.busy',
}
