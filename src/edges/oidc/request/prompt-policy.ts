import type { FastifyRequest } from 'fastify'
import { errors, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider'
import type { Platform } from '#core/assurance.ts'
import { isId } from '#core/ids.ts'
import type { Destination } from '#core/login/state.ts'
import type { Session } from '#core/sessions/session.ts'
import { instant } from '#core/time/time.ts'
import { proofOf } from '#edges/oidc/request/claims.ts'
import {
  type Arrival,
  requestedStrengthOf,
  obstacleTo,
} from '#edges/oidc/request/requested-strength.ts'
import { taskDetailsIn } from '#edges/oidc/request/authorization-details.ts'
import { requestContextOf } from '#edges/oidc/request/context.ts'
import { destinationOf, holderHash } from '#engine/login/same-browser.ts'
import { cookieLine, readSecret } from '#edges/http/client/cookies.ts'
import { newSecret } from '#engine/secrets.ts'
import { isOfTask, newGrantId, newTaskGrantId } from '#engine/sessions/relying-parties.ts'
import type { OpenSession } from '#engine/sessions/rights.ts'
import { useTask } from '#engine/tasks/tasks.ts'
import type { World } from '#engine/world.ts'

/**
 * Who is let in without being asked anything: the holder of an open session that is strong enough.
 *
 * The provider has a session of its own; it says nothing here. It is made for one request, follows
 * ours while that lasts, and is kept nowhere: there is no second truth that could be older than
 * ours.
 */
const { Check, Prompt, base } = interactionPolicy

/** The steps between a valid request and its answer, in the order in which they are taken. */
export function admissionPolicy(world: World): interactionPolicy.Prompt[] {
  const login = base().get('login')
  if (!login) throw new Error('the provider knows no login')
  // What is old or weak is decided in one place, `obstacleTo`; what remains is about whom is asked
  // for.
  const found = (ctx: KoaContextWithOIDC) => {
    // A request that waits is answered by the client who is logged in then, not by the one it
    // found.
    forget(ctx)
    return arrivalDetails(world, ctx)
  }
  const asked = login.checks.filter(({ reason }) => !['login_prompt', 'max_age'].includes(reason))
  return [
    new Prompt(
      { name: 'session' },
      new Check('session', 'the session of this browser', 'login_required', async (ctx) => {
        await admit(world, ctx)
        return Check.NO_NEED_TO_PROMPT
      }),
    ),
    new Prompt({ name: 'login', requestable: true }, found, ...asked),
    new Prompt(
      { name: 'task' },
      found,
      new Check('task', 'a task that was not approved', 'interaction_required', ({ oidc }) =>
        taskDetailsIn(oidc.params) && !isOfTask(oidc.entities.Grant?.jti)
          ? Check.REQUEST_PROMPT
          : Check.NO_NEED_TO_PROMPT,
      ),
    ),
    // Our own relying parties are granted what they ask for; the prompt exists to be allowed
    // (offline_access).
    new Prompt({ name: 'consent', requestable: true }, found),
  ]
}

async function admit(world: World, ctx: KoaContextWithOIDC): Promise<void> {
  const { oidc } = ctx
  const { session, resumes } = requestContextOf(ctx)
  const platform = platformOf(world, oidc.client?.clientId)
  const demand = requestedStrengthOf(platform, oidc.params ?? {})
  const { Interaction: interaction } = oidc.entities
  if (interaction) await stillPushed(ctx, interaction)
  const found = interaction && !resumes ? await arrivalFor(world, { session, interaction }) : null
  const arrival = resumes ? resumes.arrival : found
  const obstacle = obstacleTo(session, demand, { arrival, now: world.now() })
  if (session && obstacle === null) await follow(world, ctx, session)
  else forget(ctx)
}

/**
 * The provider does not report that the pushed request it consumes is gone: then the answers of two
 * tabs would both be given.
 */
async function stillPushed({ oidc }: KoaContextWithOIDC, interaction: object): Promise<void> {
  // Set by the provider; its types do not know it.
  const { parJti: id } = interaction as { readonly parJti?: string | undefined }
  if (id === undefined) return
  const { PushedAuthorizationRequest } = oidc.provider
  if (await PushedAuthorizationRequest.find(id, { ignoreExpiration: true })) return
  throw new errors.InvalidRequestUri('the pushed request has expired')
}

/** The provider's session becomes that of ours, with a grant that lasts as long as ours does. */
async function follow(world: World, ctx: KoaContextWithOIDC, session: Session): Promise<void> {
  const { oidc } = ctx
  const { client, session: followed } = oidc
  if (!client || !followed) throw new Error('a request without a client')
  const { subscriberId: accountId } = session
  const { acr, amr, loginTs } = proofOf(session)
  followed.loginAccount({ accountId, acr, amr: [...amr], loginTs })
  const grant = new oidc.provider.Grant({ accountId, clientId: client.clientId })
  grant.jti = await grantIdFor(world, ctx, session)
  grant.addOIDCScope([...oidc.requestParamOIDCScopes].join(' '))
  followed.ensureClientContainer(client.clientId)
  followed.sidFor(client.clientId, session.id)
  followed.grantIdFor(client.clientId, await grant.save())
  oidc.entity('Grant', grant)
  oidc.entity('Account', { accountId, claims: () => ({ sub: accountId }) })
}

/**
 * A request for a task is granted by using its approval up: here, where the code is about to be
 * given, and nowhere before, so that one approval never gives two (A8).
 */
async function grantIdFor(
  world: World,
  ctx: KoaContextWithOIDC,
  session: Session,
): Promise<string> {
  const { oidc } = ctx
  const deed = taskDetailsIn(oidc.params)
  const id = oidc.result?.['task']
  if (!deed || typeof id !== 'string' || !isId('tsk', id)) return newGrantId(world.random, session)
  const usedFor = newTaskGrantId(world.random, session)
  const holder = readSecret(requestContextOf(ctx).request, 'pre') ?? ''
  const used = await useTask(world, session, { id, holder, deed, usedFor })
  if (!used.ok) throw new errors.AccessDenied(`the task was not granted: ${used.problem}`)
  return usedFor
}

/**
 * Kept with the interaction: when the request came, by our clock, which session it found, and which
 * browser made it, by the name that its logins have.
 */
function arrivalDetails(world: World, ctx: KoaContextWithOIDC) {
  const { request, session } = requestContextOf(ctx)
  const pre = readSecret(request, 'pre') ?? givenPre(world, ctx)
  return { at: world.now(), session: session?.id ?? null, holder: holderHash(pre) }
}

/** A browser that comes for the first time is given the secret of its logins with the answer. */
function givenPre(world: World, ctx: KoaContextWithOIDC): string {
  const made = newSecret(world.random)
  ctx.append('set-cookie', cookieLine(requestContextOf(ctx).request, 'pre', made))
  return made
}

/** Whether the browser that asks now has made a request that waits. */
export function isOfBrowser(
  request: FastifyRequest,
  { prompt }: Parameters<typeof arrivalOf>[0],
): boolean {
  const pre = readSecret(request, 'pre')
  return pre !== null && prompt.details['holder'] === holderHash(pre)
}

/** The provider may know a client, but not that they are present. */
function forget({ oidc: { session } }: KoaContextWithOIDC): void {
  if (!session) return
  for (const member of ['accountId', 'acr', 'amr', 'loginTs'] as const) delete session[member]
}

/** What `arrivalDetails` left with an interaction. */
export function arrivalOf({
  prompt,
}: {
  readonly prompt: { readonly details: { readonly [name: string]: unknown } }
}): Arrival {
  const { session, at } = prompt.details
  if (typeof at !== 'number') throw new Error('a request that arrived at no time')
  const sessionId = typeof session === 'string' && isId('ses', session) ? session : null
  return { at: instant(at), sessionId }
}

/**
 * What a request found when it came, for a session that was opened for it.
 *
 * @returns `null` for a session that a login for something else has opened: in another tab, for
 *   another platform. It may answer the request, but it is no login made for it.
 */
export async function arrivalFor(
  world: World,
  {
    session,
    interaction,
    leadsTo: known,
  }: {
    readonly session: OpenSession | null
    readonly interaction: Parameters<typeof arrivalOf>[0] & { readonly uid: string }
    /** Where the login of the session led, for a caller who knows. */
    readonly leadsTo?: Destination | null | undefined
  },
): Promise<Arrival | null> {
  const read = session && known === undefined ? await destinationOf(world, session) : null
  const leadsTo = known ?? read
  // Of a login that no page began nothing is known but when it was.
  const isForAnother = leadsTo !== null && leadsTo.interaction !== interaction.uid
  return isForAnother ? null : arrivalOf(interaction)
}

/** @throws Error for a client without a platform: the configuration gives every client one. */
function platformOf({ platforms }: World, clientId: unknown): Platform {
  const platform = typeof clientId === 'string' ? platforms.get(clientId) : undefined
  if (!platform) throw new Error('a relying party without a platform')
  return platform
}
