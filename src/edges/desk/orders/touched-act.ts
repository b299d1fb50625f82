import type { FastifyReply } from 'fastify'
import { PROBLEMS, type Problem, type Refusal } from '#core/problems.ts'
import type { AskedTouch, GivenTouch } from '#engine/desk/touch.ts'
import type { OpenMemberSession } from '#engine/desk/sessions.ts'
import type { World } from '#engine/world.ts'
import { memberOf, seenByMember } from '#edges/desk/frame/session.ts'
import { type ActFacts, actPage } from '#edges/desk/orders/confirm-page.ts'
import type { Texts } from '#edges/texts/texts.ts'

/** What is done with a touch of the passkey: an act on an order, or on a device. */
export interface TouchedKind<Act> {
  ask(
    world: World,
    open: OpenMemberSession,
    acting: Act,
  ): Promise<{ readonly ok: true; readonly touch: AskedTouch } | Refusal>
  act(
    world: World,
    open: OpenMemberSession,
    acting: Act & { readonly touch: GivenTouch },
  ): Promise<{ readonly ok: true } | Refusal>
  /** Of the page that it is done on. */
  addressOf(acting: Act): string
  /** Where it is told that it is done; the same, where that page shows it by itself. */
  doneAt?(acting: Act): string
  /** What the member touches for. */
  shown(
    texts: Texts,
    acting: Act,
  ): Pick<ActFacts, 'title' | 'lead' | 'facts' | 'carries'> & {
    readonly action: string
    readonly back: string
  }
  whyNot(reply: FastifyReply, acting: Act, refusal: Refusal): Promise<FastifyReply>
}

/** The act as it will be done, and the touch that does it. */
export async function showAct<Act>(
  world: World,
  reply: FastifyReply,
  { kind, acting }: { readonly kind: TouchedKind<Act>; readonly acting: Act },
): Promise<FastifyReply> {
  return await shownAgain(world, reply, { kind, acting, problem: null })
}

/** The touch has come: it is done, or asked for once more. */
export async function doAct<Act>(
  world: World,
  reply: FastifyReply,
  {
    kind,
    acting,
    touch,
  }: { readonly kind: TouchedKind<Act>; readonly acting: Act; readonly touch: GivenTouch },
): Promise<FastifyReply> {
  const said = await kind.act(world, memberOf(reply.request), { ...acting, touch })
  if (said.ok) return reply.redirect((kind.doneAt ?? kind.addressOf)(acting), 303)
  if (said.problem !== 'desk.not-touched') return await kind.whyNot(reply, acting, said)
  return await shownAgain(world, reply, { kind, acting, problem: said.problem })
}

async function shownAgain<Act>(
  world: World,
  reply: FastifyReply,
  {
    kind,
    acting,
    problem,
  }: {
    readonly kind: TouchedKind<Act>
    readonly acting: Act
    readonly problem: Problem | null
  },
): Promise<FastifyReply> {
  const asked = await kind.ask(world, memberOf(reply.request), acting)
  if (!asked.ok) return await kind.whyNot(reply, acting, asked)
  if (problem) reply.code(PROBLEMS[problem])
  const address = kind.addressOf(acting)
  const page = reply.page(address)
  const { action, back, ...shown } = kind.shown(page.texts, acting)
  const { touch } = asked
  return reply.html(
    actPage(page, {
      ...seenByMember(world, reply),
      ...shown,
      touch,
      action: `${address}/${action}`,
      back: { address, words: back },
      problem,
    }),
  )
}
