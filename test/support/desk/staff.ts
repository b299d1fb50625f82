import assert from 'node:assert/strict'
import type { AgentId } from '#core/agent.ts'
import type { Member } from '#core/desk/member.ts'
import type { Role } from '#core/desk/role.ts'
import { join, openInvitation } from '#engine/desk/invitation.ts'
import { type DeskClient, logInMember, offerMemberLogin } from '#engine/desk/login.ts'
import { findOpenMemberSession, type OpenMemberSession } from '#engine/desk/sessions.ts'
import { type Asking, inviteMember, type Invited } from '#engine/desk/staff.ts'
import { askTouch, type Deed, type GivenTouch } from '#engine/desk/touch.ts'
import type { World } from '#engine/world.ts'
import { type SoftKey, softKey, type Use } from '#methods/passkey/sample.ts'
import { DESK } from '../server/world.ts'

/** Members of staff of a test, each with a passkey in software. */

export const CONSOLE = { at: 'command-line', by: 'root' as AgentId } as const satisfies Asking

let browsers = 0

/** A browser at the desk that was never there before. */
export const deskBrowser = (): DeskClient => ({
  address: '192.0.2.50',
  browser: 'Firefox, Windows',
  holder: `desk browser ${(browsers += 1)}`,
})

export interface Hired {
  readonly member: Member
  readonly key: SoftKey
  /** Their session of now. */
  readonly open: OpenMemberSession
}

/** An invitation that was made at the command line. */
export async function invited(
  world: World,
  agentId: string,
  { role = 'agent', ...more }: Partial<Invited> = {},
) {
  const name = `${agentId[0]?.toUpperCase()}${agentId.slice(1)} Example`
  const asked = { agentId, name, role, ties: [], again: false, ...more }
  const done = await inviteMember(world, CONSOLE, asked)
  assert.ok(done.ok, 'problem' in done ? done.problem : '')
  return { ...done, token: done.path.replace('/join/', '') }
}

/** What the first passkey of an invited member sends back. */
export async function joining(
  world: World,
  token: string,
  { key, client, ...use }: Partial<Use> & { readonly key: SoftKey; readonly client: DeskClient },
) {
  const opened = await openInvitation(world, { token, client, language: 'en' })
  assert.ok(opened.ok, 'problem' in opened ? opened.problem : '')
  const { script, sealed } = opened.asked
  const typed = key.register(script.data, { origin: DESK, ...use })
  return { token, client, language: 'en', made: { sealed, typed } } as const
}

/** A member who was invited and has come in. */
export async function hired(
  world: World,
  agentId: string,
  {
    role = 'agent',
    key = softKey(agentId[0] ?? 'a'),
    use = {},
    ...more
  }: Partial<Invited> & {
    readonly role?: Role
    readonly key?: SoftKey
    /** What kind of passkey it is. */
    readonly use?: Partial<Use>
  } = {},
): Promise<Hired> {
  const { token } = await invited(world, agentId, { role, ...more })
  const sent = await joining(world, token, { key, client: deskBrowser(), ...use })
  const came = await join(world, sent)
  assert.ok(came.ok, 'problem' in came ? came.problem : '')
  const open = await findOpenMemberSession(world, came.token)
  assert.ok(open)
  return { member: came.member, key, open }
}

/** Logs in as the page would. */
export async function memberLogIn(
  world: World,
  key: SoftKey,
  { client = deskBrowser(), ...use }: Partial<Use> & { readonly client?: DeskClient } = {},
) {
  const offer = offerMemberLogin(world, client.holder)
  const typed = key.assert(offer.script.data, { origin: DESK, ...use })
  return await logInMember(world, { sealed: offer.sealed, typed, client })
}

/** The passkey confirms one deed. */
export async function touched(
  world: World,
  { open, key }: Pick<Hired, 'open' | 'key'>,
  deed: Deed,
  use: Partial<Use> = {},
): Promise<GivenTouch> {
  const { script, sealed } = await askTouch(world, open, deed)
  return { sealed, typed: key.assert(script.data, { origin: DESK, ...use }) }
}

/** Asks at the desk, with a touch for this deed. */
export const atDesk = async (
  world: World,
  hired: Pick<Hired, 'open' | 'key'>,
  deed: Deed,
): Promise<Asking> => ({
  at: 'desk',
  open: hired.open,
  touch: await touched(world, hired, deed),
})

/** Their session as the next request finds it. */
export const sessionWith = async (world: World, token: string) =>
  await findOpenMemberSession(world, token)
