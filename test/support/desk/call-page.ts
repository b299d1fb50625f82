import assert from 'node:assert/strict'
import type { Case } from '#core/desk/case.ts'
import type { DeedClass } from '#core/desk/deeds.ts'
import type { Refusal } from '#core/problems.ts'
import { offerCall, openCall, type OpenedCall } from '#engine/desk/cases/opened-call.ts'
import { askOnPage, confirmCall, viewCall } from '#engine/desk/cases/page-proofs.ts'
import type { OpenMemberSession } from '#engine/desk/sessions.ts'
import type { Client } from '#engine/login/view.ts'
import type { World } from '#engine/world.ts'
import type { SoftKey, Use } from '#methods/passkey/sample.ts'
import { browser, ISSUER } from '../server/world.ts'

/** The page on which a client who calls confirms with a passkey. */

/** The agent asks, and reads the code out. */
export async function codeFor(
  world: World,
  open: OpenMemberSession,
  { id: caseId, of = 'device' }: Pick<Case, 'id'> & { readonly of?: DeedClass },
): Promise<string> {
  const asked = await askOnPage(world, open, { caseId, of })
  assert.ok(asked.ok, 'problem' in asked ? asked.problem : '')
  return asked.number
}

interface Typed extends Partial<Use> {
  readonly code: string
  readonly client?: Client
}

/** Types the code and shows the passkey, as the page does. */
export async function opens(
  world: World,
  key: SoftKey,
  { code, client = browser(), ...use }: Typed,
) {
  const offered = offerCall(world, client.holder)
  assert.ok(offered)
  const typed = key.assert(offered.script.data, { origin: ISSUER, ...use })
  const done = await openCall(world, { code, sealed: offered.sealed, typed, client })
  return { done, holder: client.holder }
}

/** The page with what is asked, in the browser that has opened it. */
export async function opened(world: World, key: SoftKey, typed: Typed): Promise<OpenedCall> {
  const { done, holder } = await opens(world, key, typed)
  assert.ok(done.ok, 'problem' in done ? done.problem : '')
  return { token: done.token, holder }
}

/** What the passkey signs of the page that is shown. */
export async function signedFor(
  world: World,
  here: OpenedCall,
  { key, ...use }: { readonly key: SoftKey } & Partial<Use>,
) {
  const view = await viewCall(world, here)
  assert.ok(view.ok, 'problem' in view ? view.problem : '')
  const { script, sealed } = view.asked
  return { ...here, sealed, typed: key.assert(script.data, { origin: ISSUER, ...use }) }
}

/** Confirms with the passkey what the page shows. */
export async function confirms(
  world: World,
  here: OpenedCall,
  by: { readonly key: SoftKey } & Partial<Use>,
): Promise<{ readonly ok: true } | Refusal> {
  return await confirmCall(world, await signedFor(world, here, by))
}
