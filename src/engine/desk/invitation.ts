import type { AuditEvent } from '#core/audit/audit.ts'
import { type Member, staffActor } from '#core/desk/member.ts'
import type { Refusal } from '#core/problems.ts'
import type { Language } from '#core/subscribers/account.ts'
import { type DeskClient, type LoggedIn, memberSession } from '#engine/desk/login.ts'
import { newQuestion } from '#engine/desk/question.ts'
import {
  askPasskey,
  type AskedPasskey,
  madePasskey,
  type MadePasskey,
} from '#engine/desk/registration.ts'
import { INVITATIONS, takeGuess } from '#engine/rate-limits.ts'
import { secretHash } from '#engine/secrets.ts'
import { refusal, type World } from '#engine/world.ts'
import { commitStaff } from '#store/desk/commit.ts'
import { findInvitation, type Invitation } from '#store/desk/invitations.ts'

/** The address that lets one new member in, once: who opens it makes their first passkey. */

export const invitationHash = (token: string): string => secretHash(token).toString('base64url')

interface Opening {
  readonly token: string
  readonly client: DeskClient
  readonly language: Language
}

export type OpenedInvitation =
  | { readonly ok: true; readonly member: Member; readonly asked: AskedPasskey }
  | Refusal

/**
 * Looks at an invitation. It stays good: what fetches addresses before people open them uses none
 * up. One that was used, replaced or is too old is answered like one that never was.
 */
export async function openInvitation(world: World, opening: Opening): Promise<OpenedInvitation> {
  const found = await findGood(world, opening)
  if ('problem' in found) return found
  const member = found.member.value
  const { language } = opening
  const about = aboutJoining(found, opening.client)
  const asked = await askPasskey(world, newQuestion(world, about), { member, about, language })
  return 'problem' in asked ? asked : { ok: true, member, asked }
}

/** The first passkey: it makes its holder a member, and logs them in. */
export async function join(
  world: World,
  { made, ...opening }: Opening & { readonly made: MadePasskey },
): Promise<LoggedIn> {
  const found = await findGood(world, opening)
  if ('problem' in found) return found
  const { client, language } = opening
  const about = aboutJoining(found, client)
  const invited = found.member.value
  const bound = await madePasskey(world, made, { member: invited, about, language })
  if (!bound.ok) return bound
  const member: Member = { ...invited, state: 'active' }
  const { passkey, challenge } = bound
  const session = memberSession(world, { member, passkeyId: passkey.id, client })
  const joined: AuditEvent = {
    kind: 'desk.member-joined',
    subscriberId: null,
    actor: staffActor(member),
    memberId: member.id,
    role: member.role,
    passkeyId: passkey.id,
  }
  const written = await commitStaff(world.db, {
    now: world.now(),
    invitation: found.tokenHash,
    challenge,
    member: { value: member, version: found.member.version },
    passkey: { value: passkey, version: null },
    opened: session.opened,
    events: [joined, ...session.events],
  })
  if (!written) return refusal('desk.invitation-over')
  return { ok: true, token: session.token, member }
}

async function findGood(world: World, { token, client }: Opening): Promise<Invitation | Refusal> {
  const found = await findInvitation(world.db, invitationHash(token))
  const isGood =
    found !== null &&
    found.endedAt === null &&
    world.now() < found.expiresAt &&
    found.member.value.state === 'invited'
  if (isGood) return found
  // Only these are counted: the member who is invited never waits for what others do at this
  // address.
  const slowed = await takeGuess(world, { address: client.address, nameKey: '' }, INVITATIONS)
  return slowed ?? refusal('desk.invitation-over')
}

/** In one browser: what another one was asked is not answered here. */
const aboutJoining = ({ tokenHash }: Invitation, { holder }: DeskClient): string =>
  `join ${tokenHash} ${holder}`
