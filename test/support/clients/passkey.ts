import assert from 'node:assert/strict'
import { answerOnPage, startOnPage } from '#engine/devices/enrolment-on-page.ts'
import { type SoftKey, softKey, type Use } from '#methods/passkey/sample.ts'
import { findEnrolment } from '#store/devices/enrolments.ts'
import type { Session } from '#core/sessions/session.ts'
import { firstSession, PASSWORD } from './engine-story.ts'
import { ISSUER, type TestWorld } from '../server/world.ts'

/** A client who made a passkey in the portal. */
export async function personWithPasskey(
  world: TestWorld,
  userName: string,
  { key = softKey('a'), ...use }: Partial<Use> & { readonly key?: SoftKey } = {},
) {
  const id = await world.add({ userName, password: PASSWORD })
  await addPasskey(world, await firstSession(world, userName), { key, ...use })
  return { id, key }
}

/** A passkey that a client makes in a session of theirs. */
export async function addPasskey(
  world: TestWorld,
  session: Session,
  { key, ...use }: Partial<Use> & { readonly key: SoftKey },
): Promise<void> {
  const started = await startOnPage(world, session, { method: 'passkey', request: null })
  assert.ok(started.ok, 'problem' in started ? started.problem : '')
  const found = await findEnrolment(world.db, started.enrolment.id)
  const answer = key.register(found?.value.drawn?.prompt ?? null, { origin: ISSUER, ...use })
  const bound = await answerOnPage(world, session, { id: started.enrolment.id, answer })
  assert.ok(bound.ok, 'problem' in bound ? bound.problem : '')
}
