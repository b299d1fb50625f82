import assert from 'node:assert/strict'
import type { DeedClass } from '#core/desk/deeds.ts'
import { askOnPage, confirmCall, denyOpenedCall, viewCall } from '#engine/desk/cases/page-proofs.ts'
import { answerLogin } from '#engine/login/answer.ts'
import { type SoftKey, softKey } from '#methods/passkey/sample.ts'
import { findOpenOrder } from '#store/orders/orders.ts'
import { addPasskey, personWithPasskey } from '../../clients/passkey.ts'
import { begin } from '../../clients/engine-story.ts'
import { opens, signedFor } from '../../desk/call-page.ts'
import { sessionOf } from '../../desk/calls.ts'
import { browser, type TestWorld } from '../../server/world.ts'
import type { Run } from './play.ts'
import { challengedBy, newWarrant } from './proofs.ts'

/** What an enemy does with the page on which a passkey says who is calling. */

/** The passkey of the client, and how often it has signed for the desk. */
export interface PageKey {
  readonly key: SoftKey
  /** What the passkey has signed at the desk’s page, as the browser sent it. */
  readonly signed: string[]
}

/** The client makes a passkey beside the phone. */
export async function pageKeyOf(
  world: TestWorld,
  client: Run['client'],
  number: number,
): Promise<PageKey> {
  const key = softKey(`client ${number} `)
  await addPasskey(world, await sessionOf(world, client), { key })
  return { key, signed: [] }
}

/** The enemy is a client of the broker too, with a passkey of their own. */
const enemies = new WeakMap<TestWorld['db'], SoftKey>()

async function enemyKey(world: TestWorld): Promise<SoftKey> {
  const known = enemies.get(world.db)
  if (known) return known
  const { key } = await personWithPasskey(world, 'enemy', { key: softKey('enemy ') })
  enemies.set(world.db, key)
  return key
}

export const ON_PAGE = ['confirms', 'confirms', 'denies', 'own-passkey', 'taken-over'] as const

interface OnPage {
  readonly of: DeedClass
  readonly does: (typeof ON_PAGE)[number]
}

/** The agent asks for the passkey and reads the code out; a stranger has none of the client’s. */
export async function confirmsOnPage(run: Run, { of, does }: OnPage): Promise<void> {
  const { world, open, page } = run
  if (!run.case || !page) return
  const asked = await askOnPage(world, open, { caseId: run.case.id, of })
  run.seesNothing(asked)
  if (!asked.ok) return
  const code = asked.number
  assert.match(code, /^9/)
  if (run.isStranger || does === 'own-passkey') {
    const { done } = await opens(world, await enemyKey(world), { code })
    assert.ok(!done.ok, 'a passkey of another client has opened the call')
    return
  }
  const { done, holder } = await opens(world, page.key, { code })
  if (!done.ok) return
  const here = { token: done.token, holder }
  const shown = await viewCall(world, here)
  if (!shown.ok) return
  assert.deepEqual([shown.opens, shown.caseNumber], [of, run.case.number])
  if (does === 'denies') return await deniesOn(run, here)
  const signed = await signedFor(world, here, { key: page.key })
  if (does === 'taken-over') {
    const elsewhere = { ...signed, holder: browser({ browser: 'Mallory' }).holder }
    assert.ok(!(await confirmCall(world, elsewhere)).ok, 'confirmed in another browser')
    return
  }
  page.signed.push(signed.typed)
  if (!(await confirmCall(world, signed)).ok) return
  run.seen.pages += 1
  await newWarrant(run, { of, verified: 'passkey' })
  assert.ok(!(await confirmCall(world, signed)).ok, 'what was signed counts twice')
}

/** The client reads the page and is not calling: what the call has ordered does not leave. */
async function deniesOn(run: Run, here: Parameters<typeof denyOpenedCall>[1]): Promise<void> {
  const { world, client } = run
  const ordered = run.replacedIn !== null && run.replacedIn === run.case?.id
  if (!(await denyOpenedCall(world, here)).ok) return
  run.seen.denials += 1
  run.isDenied = true
  if (ordered) assert.equal(await findOpenOrder(world.db, client.subscriberId), null)
}

/** What the passkey has signed for the desk is sent to a login of the enemy’s own. */
export async function logsInWithSigned(run: Run): Promise<void> {
  const { world, page } = run
  if (!page) return
  const client = browser({ browser: 'Mallory' })
  const { userName } = run.client
  for (const typed of page.signed.slice(-2)) {
    const started = await begin(world, client, { userName, platform: 'portal' })
    if (!started.ok) return
    const held = { id: started.login.id, holder: client.holder }
    await challengedBy(world, held, 'passkey')
    const done = await answerLogin(world, { ...held, answer: { assertion: typed } })
    assert.ok(!done.ok, 'the enemy is in, with what a passkey has signed for the desk')
  }
}
