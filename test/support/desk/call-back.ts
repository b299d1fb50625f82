import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { voice } from '#channels/voice/channel.ts'
import { plainDialect } from '#channels/voice/dialect.ts'
import { CALLED_FROM } from '#core/desk/call-back.ts'
import type { Case } from '#core/desk/case.ts'
import type { DeedClass } from '#core/desk/deeds.ts'
import type { VerificationId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import { provenContact } from '#engine/contact/addresses.ts'
import { deliverDue } from '#engine/delivery/outbox.ts'
import { callBack, isCallAwaited, noteCallBack } from '#engine/desk/cases/call-back.ts'
import type { OpenMemberSession } from '#engine/desk/sessions.ts'
import { SAMPLE_NUMBER } from '#methods/sms-code/sample.ts'
import { changeContact } from '#store/contact/addresses.ts'
import type { Caller } from './calls.ts'
import type { TestWorld } from '../server/world.ts'

/** Clients who are called back by our voice, over a carrier that does what it is told. */

const SECRET = 'shared secret of a test'
const CALLBACK = 'https://login.example.com/carriers/voice'

/** The handset that rings: what is pressed there, and what is heard. */
export interface Handset {
  /** Every call that was made, the last first. */
  readonly calls: readonly { readonly to: string; readonly say: string; readonly status: string }[]
  /** Takes the last call, and presses these keys; returns the digits that were said. */
  press(...keys: readonly string[]): Promise<string>
  /** The last call is not taken. */
  ignore(): Promise<void>
  /** Its carrier answers with this status from now on. */
  carrierSays(status: number): void
}

export function handsetOf(world: TestWorld): Handset {
  const calls: Handset['calls'][number][] = []
  let status = 201
  // What is sealed leaves the server and comes back: it is kept here under a name instead.
  const sealed = new Map<string, Json>()
  const channel = voice({
    dialect: plainDialect({
      idAt: '/id',
      secret: SECRET,
      header: 'x-signature',
      template: {
        url: 'https://voice.example.com/calls',
        method: 'POST',
        headers: {},
        body: '{"to":"{{to}}","say":"{{say}}","status":"{{status}}"}',
      },
    }),
    from: '+12025550100',
    callback: CALLBACK,
    words: () => ({ ...WORDS }),
    now: world.now,
    seal: (value) => {
      sealed.set(String(sealed.size), value)
      return String(sealed.size - 1)
    },
    open: (name) => sealed.get(name) ?? null,
    note: async () => {},
    drawKey: () => '1',
    noteBack: async (about, came) => await noteCallBack(world, about, came),
    isAwaited: async (about) => await isCallAwaited(world, about),
    fetch: async (_url, init) => {
      if (status !== 201) return Response.json({}, { status })
      calls.unshift(JSON.parse(init?.body as string) as (typeof calls)[number])
      return Response.json({ id: `c${calls.length}` }, { status })
    },
  })
  world.channels.set('voice', channel)
  const tell = async (address: string, told: object) => {
    const body = JSON.stringify({ call: `c${calls.length}`, ...told })
    const signature = createHmac('sha256', SECRET).update(body).digest('hex')
    const path = address.slice(CALLBACK.length + 1)
    const reply = await channel.answer?.({ path, headers: { 'x-signature': signature }, body })
    return JSON.parse(reply?.body ?? '{}') as Spoken
  }
  const last = async () => {
    await deliverDue(world)
    return calls[0] ?? assert.fail('nothing rings')
  }
  return {
    calls,
    async press(...keys) {
      let at = await tell((await last()).say, { key: null })
      for (const key of keys) at = await tell(at.ask?.url ?? '', { key })
      const digits = (at.say ?? []).map(({ text }) => text).filter((text) => /^\d$/.test(text))
      return digits.slice(0, digits.length / 3).join('')
    },
    async ignore() {
      await tell((await last()).status, { status: 'no-answer' })
    },
    carrierSays: (said) => {
      status = said
    },
  }
}

interface Spoken {
  readonly say?: readonly { readonly text: string }[]
  readonly ask?: { readonly url: string } | null
}

const WORDS = {
  greeting: 'Press 1, or 9.',
  code: 'Your code is',
  again: 'Press 1 again.',
  nobody: 'Tell it to the person whom you have called.',
  goodbye: 'Good-bye.',
  denied: 'It is ended.',
}

/** The client proves a number. */
export async function proveNumber(
  world: TestWorld,
  { subscriberId }: Pick<Caller, 'subscriberId'>,
  value: string = SAMPLE_NUMBER,
): Promise<void> {
  const proven = await provenContact(world, { subscriberId, kind: 'mobile', value })
  assert.ok(proven)
  const { change, event } = proven
  assert.ok(await changeContact(world.db, { change, events: [event], now: world.now() }))
}

/** The client proves a number, which is theirs for a month by now. */
export async function settledNumber(
  world: TestWorld,
  client: Pick<Caller, 'subscriberId'>,
): Promise<void> {
  await proveNumber(world, client)
  world.advance(CALLED_FROM)
}

interface Calling {
  readonly open: OpenMemberSession
  readonly case: Case
  readonly of: DeedClass
}

/** The agent has the client called back. */
export async function ringing(
  world: TestWorld,
  { open, case: { id: caseId }, of }: Calling,
): Promise<VerificationId> {
  const begun = await callBack(world, open, { caseId, of })
  assert.ok(begun.ok, 'problem' in begun ? begun.problem : '')
  return begun.id
}
