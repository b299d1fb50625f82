import assert from 'node:assert/strict'
import { deliverDue } from '#engine/delivery/outbox.ts'
import { answerLogin } from '#engine/login/answer.ts'
import { openChallenge } from '#engine/login/challenge.ts'
import { viewLogin } from '#engine/login/view.ts'
import { beginReset, completeReset } from '#engine/password/reset.ts'
import type { Inbox } from '../../clients/texts.ts'
import type { Caller } from '../../desk/calls.ts'
import { browser, type TestWorld } from '../../server/world.ts'

/** How an enemy who has heard a code of the desk tries to choose the password of a client. */

interface Heard {
  readonly world: TestWorld
  readonly client: Pick<Caller, 'userName'>
  readonly inbox: Inbox
  readonly codes: readonly string[]
  readonly responses: readonly string[]
  readonly passcodes: readonly string[]
}

/** A code of the desk, and whatever was heard in place of the second factor. */
export async function resetWith({
  world,
  client: { userName },
  codes,
  ...run
}: Heard): Promise<void> {
  const client = browser({ browser: 'Mallory' })
  for (const code of codes.slice(-2)) {
    const started = await beginReset(world, { userName, code, client })
    if (!started.ok) continue
    const held = { id: started.login.id, holder: client.holder }
    const heard = [
      ...run.responses.slice(-2).map((response) => ({ response })),
      ...run.passcodes.slice(-2).map((passcode) => ({ passcode })),
    ]
    for (const answer of heard) assert.ok(!(await answerLogin(world, { ...held, answer })).ok)
    const chosen = await completeReset(world, { ...held, password: 'the password of mallory' })
    assert.ok(!chosen.ok, 'the enemy has chosen a password')
  }
}

/** A code of the desk, and a text to the stolen number in place of the second factor. */
export async function resetByText({
  world,
  client: { userName },
  codes,
  inbox,
}: Heard): Promise<void> {
  const client = browser({ browser: 'Mallory' })
  for (const code of codes.slice(-2)) {
    const started = await beginReset(world, { userName, code, client })
    if (!started.ok) continue
    const held = { id: started.login.id, holder: client.holder }
    const view = await viewLogin(world, held)
    const text = view.ok && view.choices.find(({ method }) => method === 'sms-code')
    if (text) await openChallenge(world, { ...held, authenticatorId: text.id, way: null })
    await deliverDue(world)
    await answerLogin(world, { ...held, answer: { code: inbox.latest() } })
    const chosen = await completeReset(world, { ...held, password: 'the password of mallory' })
    assert.ok(!chosen.ok, 'the enemy has chosen a password by text')
  }
}
