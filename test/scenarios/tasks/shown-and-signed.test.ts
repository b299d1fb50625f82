import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { amountOf, type Facts, type TaskDetails, taskDetailsOf } from '#core/task-details.ts'
import type { TaskId } from '#core/ids.ts'
import type { Session } from '#core/sessions/session.ts'
import { viewLogin } from '#engine/login/view.ts'
import { useTask } from '#engine/tasks/tasks.ts'
import type { PhoneRequest } from '#methods/phone-key/wire.ts'
import { openChallenge } from '#engine/login/challenge.ts'
import {
  numberOn,
  personWithPhone,
  requestsOf,
  sendAnswer,
  typed,
} from '../../support/clients/engine-story.ts'
import { readPicture, type TestPhone } from '../../support/clients/phone.ts'
import { begunTask, opened, sessionBy } from '../../support/clients/task.ts'
import { browser, type TestWorld, testWorld } from '../../support/server/world.ts'

/** What a phone shows of a task, signs and answers for is what is carried out, whatever it is. */

/** Up to a thousand, so that all of them together stay below what a phone may let out in a day. */
const amounts = fc.integer({ min: 1, max: 100_000 }).map(amountOf)
const texts = fc
  .string({
    unit: fc.constantFrom('A', 'b', 'é', '漢', 'Ж', '7', ' ', '-', '&', '<', '"'),
    minLength: 1,
  })
  .filter((text) => text.trim() !== '')

/** Tasks that a platform may ask for. */
const deeds: fc.Arbitrary<TaskDetails> = fc
  .oneof(
    fc.record({ amount: amounts, payee: texts, payee_account: texts }).map((facts) => ({
      kind: 'withdrawal',
      facts: { ...facts, currency: 'USD' },
    })),
    fc.record({ payee: texts, payee_account: texts }).map((facts) => ({ kind: 'payee', facts })),
    fc.record({ address: texts }).map((facts) => ({ kind: 'address', facts })),
    fc.record({ key: texts }).map((facts) => ({ kind: 'api_key', facts })),
  )
  .map(({ kind, facts }) => {
    const read = taskDetailsOf(kind, facts)
    assert.ok(read.ok)
    return read.deed
  })

/** The same with one fact that is another. */
const changedIn = ({ kind, facts }: TaskDetails, nth: number): TaskDetails => {
  const names = Object.keys(facts)
  const name = names[nth % names.length] ?? ''
  return { kind, facts: { ...facts, [name]: `${facts[name]}1` } }
}

interface Scene {
  readonly world: TestWorld
  readonly phone: TestPhone
  readonly session: Session
}

const RUNS = { numRuns: 25 }

async function scene(
  t: Parameters<typeof testWorld>[0],
  language: 'en' | 'fr' = 'en',
): Promise<Scene> {
  const world = await testWorld(t)
  const phone = await personWithPhone(world, 'anna', language)
  return { world, phone, session: await sessionBy(world, phone, 'anna') }
}

/** The task is asked on the phone and on the page. */
async function asked({ world, phone, session }: Scene, deed: TaskDetails) {
  const client = browser()
  const id = await opened(world, session, deed)
  const login = await begunTask(world, session, { id, client })
  const [request] = await requestsOf(world, phone)
  assert.ok(request)
  return { id, client, login, request, number: await numberOn(world, login.id, client) }
}

/** What is carried out, once it was tried with facts that were not confirmed. */
async function carriedOut(
  { world, session }: Scene,
  { id, deed, nth }: { readonly id: TaskId } & Case,
): Promise<Facts> {
  const use = async (one: TaskDetails) =>
    await useTask(world, session, { id, deed: one, usedFor: `grant ${id}` })
  const other = await use(changedIn(deed, nth))
  assert.equal(!other.ok && other.problem, 'task.changed')
  const done = await use(deed)
  assert.ok(done.ok)
  return done.task.deed.facts
}

interface Case {
  readonly deed: TaskDetails
  /** Which of its facts an attacker changes. */
  readonly nth: number
}

const cases: fc.Arbitrary<Case> = fc.record({ deed: deeds, nth: fc.nat(3) })

/** What the picture on the page holds. */
async function pictureOn(world: TestWorld, { id, client }: Shown): Promise<string> {
  const view = await viewLogin(world, { id, holder: client.holder })
  assert.ok(view.ok)
  const found = view.views.find(({ name }) => name === 'response')?.number?.scan
  return found ?? assert.fail('there is no picture')
}

interface Shown {
  readonly id: Parameters<typeof viewLogin>[1]['id']
  readonly client: ReturnType<typeof browser>
}

suite('What a phone shows of a task', () => {
  test('S87 is in the currency of its limits: there is no task in any other', () => {
    const written = fc.oneof(fc.string({ maxLength: 8 }), fc.stringMatching(/^[A-Z]{3}$/))
    fc.assert(
      fc.property(written, amounts, texts, (currency, amount, payee) => {
        const facts = { amount, currency, payee, payee_account: 'Demo Bank 4471' }
        const read = taskDetailsOf('withdrawal', facts)
        assert.equal(read.ok, currency === 'USD')
      }),
    )
  })

  for (const language of ['en', 'fr'] as const) {
    test(`A8 S87 S88 is what it signs and what is carried out, and nothing else, ${language}`, async (t) => {
      const set = await scene(t, language)
      await fc.assert(
        fc.asyncProperty(cases, async ({ deed, nth }) => {
          const { world, phone } = set
          const { id, client, login, request, number } = await asked(set, deed)
          assert.deepEqual(request.context.task, { kind: deed.kind, facts: deed.facts })
          const { task } = request.context
          const forged: PhoneRequest = {
            ...request,
            context: { ...request.context, task: { ...task, ...changedIn(deed, nth) } },
          }
          const wrong = await phone.approve(forged, { now: world.now(), number })
          assert.ok(!(await sendAnswer(world, request, wrong)).ok)
          const view = await viewLogin(world, { id: login.id, holder: client.holder })
          assert.equal(view.ok && view.login.state, 'challenged')

          const right = await phone.approve(request, { now: world.now(), number })
          assert.ok((await sendAnswer(world, request, right)).ok)
          assert.deepEqual(await carriedOut(set, { id, deed, nth }), request.context.task?.facts)
        }),
        RUNS,
      )
    })

    test(`A8 S87 S88 without a connection is what it answers for, from a picture of the page, ${language}`, async (t) => {
      const set = await scene(t, language)
      await fc.assert(
        fc.asyncProperty(cases, async ({ deed, nth }) => {
          const { world, phone } = set
          const { id, client, login } = await asked(set, deed)
          const page = { id: login.id, client }
          const read = async () =>
            await readPicture(await pictureOn(world, page), world.serverKeys.phone.publicKey)
          const shown = await read()
          assert.deepEqual(shown.context.task, { kind: deed.kind, facts: deed.facts })
          assert.equal(shown.authenticator, phone.self.authenticator)
          const { task } = shown.context
          const context = { ...shown.context, task: { ...task, ...changedIn(deed, nth) } }
          const forged = await phone.respondTo({ ...shown, context }, world.now())
          const wrong = await typed(world, login, { client, response: forged })
          assert.ok(!wrong.ok && wrong.problem === 'login.wrong-answer' && wrong.asked)
          const held = { id: login.id, holder: client.holder }
          const anew = { ...held, authenticatorId: wrong.asked, way: null }
          assert.ok((await openChallenge(world, anew)).ok)

          const again = await read()
          assert.notEqual(again.number, shown.number)
          const old = await phone.respondTo(shown, world.now())
          const response = await phone.respondTo(again, world.now())
          assert.notEqual(old, response, 'an answer to one challenge is none to the next')
          assert.ok((await typed(world, login, { client, response })).ok)
          assert.deepEqual(await carriedOut(set, { id, deed, nth }), again.context.task?.facts)
        }),
        RUNS,
      )
    })
  }
})
