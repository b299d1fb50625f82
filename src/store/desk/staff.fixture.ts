import type { AgentId } from '#core/agent.ts'
import type { Member, MemberSession } from '#core/desk/member.ts'
import { type AuthenticatorId, type MemberId, newId } from '#core/ids.ts'
import { NOW, random } from '#store/contract/store.contract.ts'
import type { StoredPasskey } from '#store/desk/member-passkeys.ts'

/** Staff as it is stored, for the tests of the store. */

export const member = (agentId: string): Member => ({
  id: newId('mem', NOW, random),
  agentId: agentId as AgentId,
  name: 'Olga Example',
  role: 'agent',
  state: 'active',
  ties: [],
  createdAt: NOW,
})

export const passkey = (memberId: MemberId): StoredPasskey => ({
  id: newId('aut', NOW, random),
  memberId,
  label: 'Passkey',
  createdAt: NOW,
  usedAt: NOW,
  revokedAt: null,
  state: { key: 'sealed' },
})

export const staffSession = (memberId: MemberId, passkeyId: AuthenticatorId): MemberSession => ({
  id: newId('mse', NOW, random),
  memberId,
  passkeyId,
  browser: 'Firefox, Linux',
  place: 'Somewhere',
  openedAt: NOW,
  seenAt: NOW,
  endedAt: null,
})
