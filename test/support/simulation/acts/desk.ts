import type { AuthenticatorId, WarrantId } from '#core/ids.ts'
import { actOnCase, touchOf } from '#engine/desk/cases/deeds.ts'
import { openCase } from '#engine/desk/cases/cases.ts'
import type { Acting, AskedDeed } from '#engine/desk/cases/permit.ts'
import { answerProof, beginProof } from '#engine/desk/cases/proofs.ts'
import { findOpenMemberSession, type OpenMemberSession } from '#engine/desk/sessions.ts'
import type { World } from '#engine/world.ts'
import type { SoftKey } from '#methods/passkey/sample.ts'
import { memberLogIn, touched } from '../../desk/staff.ts'
import type { TestPhone } from '../../clients/phone.ts'
import type { Lost } from '../network.ts'
import { type Doing, has, type Stage } from './client.ts'

/** The agent of the desk who takes a call; they work with what the caller says. */

interface Call {
  readonly stage: Stage
  readonly key: SoftKey
  readonly token: string
  readonly doing: Doing
}

const DEEDS = [
  ...(['issue-passcode', 'issue-passcode', 'block-device', 'end-passcode'] as const),
] as const

/** A client or an attacker calls; what the agent may do follows from what the caller proves. */
export async function calls(stage: Stage, doing: Doing, key: SoftKey): Promise<void> {
  const { person, who } = doing
  const phone = person.phones.at(-1)
  if (!phone) return
  const token = await memberToken(stage, key)
  if (token === null) return
  const call: Call = { stage, key, token, doing }
  const opened = await asked(call, 'case', async (world, open) =>
    openCase(world, open, { by: 'user-name', typed: person.userName, reason: 'cannot-log-in' }),
  )
  if (!has(opened)) return
  const caseId = opened.case.id
  const deed = stage.chance.pick(DEEDS)
  const of = deed === 'issue-passcode' ? 'device' : 'stop'
  const authenticatorId = phone.self.authenticator as AuthenticatorId
  const begun = await asked(call, 'proof', async (world, open) =>
    beginProof(world, open, { caseId, authenticatorId, of }),
  )
  let warrantId: WarrantId | null = null
  if (has(begun)) {
    const { id, number } = begun
    const response = await said(stage, doing, { phone, number })
    const about = {
      once: `${id} ${response}`,
      evidence: { kinds: ['desk.proof-accepted'], subscriberId: person.subscriberId },
    }
    const proven = await asked(
      call,
      'answer of a caller',
      async (world, open) => answerProof(world, open, { caseId, id, response }),
      about,
    )
    if (has(proven)) {
      if (who === 'attacker')
        stage.watch.deceived('an attacker has proven that they are the client')
      warrantId = proven.warrant.id
    }
  }
  await acts(call, { caseId, warrantId, asked: askedOf(deed, authenticatorId) })
}

const askedOf = (deed: (typeof DEEDS)[number], authenticatorId: AuthenticatorId): AskedDeed => {
  if (deed === 'issue-passcode') return { deed, reason: 'lost' }
  return deed === 'block-device' ? { deed, authenticatorId } : { deed }
}

async function acts(call: Call, acting: Acting): Promise<void> {
  const { stage, doing, key } = call
  const { person } = doing
  const { warrantId } = acting
  const about = {
    ...(warrantId && { once: warrantId }),
    evidence: { kinds: ['desk.acted'], subscriberId: person.subscriberId },
  }
  const touch = await asked(call, 'touch', (world, open) =>
    touched(world, { open, key }, touchOf(acting)),
  )
  if (touch === null || touch === 'lost') return
  const done = await asked(
    call,
    `deed ${acting.asked.deed}`,
    async (world, open) => actOnCase(world, open, { ...acting, touch }),
    about,
  )
  if (!has(done) || done.spoken === null) return
  if (warrantId === null) stage.watch.deceived('a passcode was given out without a proof')
  person.passcodes.push(done.spoken)
  stage.watch.secret('a passcode', done.spoken)
}

/** What the caller reads out: an attacker has no phone. */
async function said(
  { chance, schedule }: Stage,
  { who }: Doing,
  { phone, number }: { readonly phone: TestPhone; readonly number: string },
): Promise<string> {
  if (who === 'attacker') return String(10_000_000 + chance.below(90_000_000))
  return await phone.respond(number, schedule.now())
}

async function memberToken(stage: Stage, key: SoftKey): Promise<string | null> {
  const about = { what: 'desk login', who: 'agent' }
  const client = {
    address: '192.0.2.50',
    browser: 'Firefox, Windows',
    holder: Buffer.from(stage.chance.bytes(32)).toString('base64url'),
  }
  const done = await stage.network.send(about, (world) => memberLogIn(world, key, { client }))
  return has(done) ? done.token : null
}

/** A request of the agent, in the session of the agent. */
async function asked<T>(
  { stage, token }: Call,
  what: string,
  ask: (world: World, open: OpenMemberSession) => Promise<T>,
  about: object = {},
): Promise<T | Lost | null> {
  return await stage.network.send({ what, who: 'agent', ...about }, async (world) => {
    const open = await findOpenMemberSession(world, token)
    return open && (await ask(world, open))
  })
}
