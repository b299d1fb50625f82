import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { AuditEvent } from '#core/audit/audit.ts'
import { PASSKEYS_MAX } from '#core/desk/member.ts'
import type { AuthenticatorId } from '#core/ids.ts'
import {
  addPasskey,
  askPasskeyToAdd,
  askToAdd,
  passkeysOf,
  removalOf,
  removePasskey,
} from '#engine/desk/passkeys.ts'
import { suspensionOf } from '#engine/desk/staff.ts'
import { judgeTouch } from '#engine/desk/touch.ts'
import type { World } from '#engine/world.ts'
import { FLAGS, type SoftKey, softKey, type Use } from '#methods/passkey/sample.ts'
import { auditOf } from '../../support/audit.ts'
import { type Hired, hired, memberLogIn, sessionWith, touched } from '../../support/desk/staff.ts'
import { overtaken } from '../../support/models/interrupted.ts'
import { DATABASES } from '../../support/databases/databases.ts'
import { DESK, testWorld } from '../../support/server/world.ts'
import { problemOf } from '../../support/outcomes.ts'

/** One that never leaves its device: its count only rises. */
const FIXED = { flags: FLAGS.present | FLAGS.verified } as const

/** A member with such a passkey, which has counted to five. */
const hiredFixed = async (world: World): Promise<Hired> =>
  await hired(world, 'olga', { use: { ...FIXED, counter: 5 } })

/** The same world, where something happens between the judgement of a passkey and the write. */
function meanwhile(world: World, act: () => Promise<unknown>): World {
  let hasHappened = false
  const { staffMethod } = world
  const verify: typeof staffMethod.verify = async (...given) => {
    const verdict = await staffMethod.verify(...given)
    if (!hasHappened) {
      hasHappened = true
      await act()
    }
    return verdict
  }
  return { ...world, staffMethod: { ...staffMethod, verify } }
}

/** The member makes another passkey, up to the last step. */
async function making(world: World, { open, key }: Hired, next: SoftKey, at: World = world) {
  const asked = await askToAdd(world, open)
  assert.ok(asked.ok, 'problem' in asked ? asked.problem : '')
  const { creation, touch: question } = asked
  const typed = key.assert(question.script.data, { origin: DESK })
  const touch = { sealed: question.sealed, typed }
  const language = 'en'
  const shown = await askPasskeyToAdd(world, open, { creation, touch, language })
  assert.ok(shown.ok, 'problem' in shown ? shown.problem : '')
  const made = next.register(shown.script.data, { origin: DESK })
  return await Promise.resolve(() => addPasskey(at, open, { creation, touch, language, made }))
}

async function added(world: World, member: Hired, next: SoftKey): Promise<AuthenticatorId> {
  const make = await making(world, member, next)
  assert.equal(problemOf(await make()), 'yes')
  const all = await passkeysOf(world, member.member)
  const { id } = all.find(({ state }) => JSON.stringify(state).includes(next.credentialId)) ?? {}
  assert.ok(id)
  return id
}

const removing = async (
  world: World,
  { open }: Pick<Hired, 'open'>,
  {
    id,
    by,
    at = world,
  }: { readonly id: AuthenticatorId; readonly by: SoftKey; readonly at?: World },
) => {
  const touch = await touched(world, { open, key: by }, removalOf(id))
  return problemOf(await removePasskey(at, open, { id, touch }))
}

const kinds = async (world: World, ...named: readonly AuditEvent['kind'][]) =>
  (await auditOf(world)).map(({ kind }) => kind).filter((kind) => named.includes(kind))

for (const database of DATABASES) {
  suite(`A copied passkey of staff, on ${database}`, () => {
    test('S52 is found out when it logs in: neither works any more, and what they opened ends', async (t) => {
      const world = await testWorld(t, { database })
      const { key } = await hiredFixed(world)
      const own = await memberLogIn(world, key, { ...FIXED, counter: 6 })
      assert.ok(own.ok)
      const copy = await memberLogIn(world, key, { ...FIXED, counter: 6 })
      assert.equal(problemOf(copy), 'desk.not-logged-in')
      assert.equal(await sessionWith(world, own.token), null)
      const next = await memberLogIn(world, key, { ...FIXED, counter: 7 })
      assert.equal(problemOf(next), 'desk.not-logged-in')
      const told = await kinds(world, 'desk.passkey-copied', 'desk.login-refused')
      assert.deepEqual(told.toSorted(), [
        ...(['desk.login-refused', 'desk.login-refused', 'desk.passkey-copied'] as const),
      ])
    })

    test('S52 is found out when it confirms a deed, and the deed is not done', async (t) => {
      const world = await testWorld(t, { database })
      const { key, open, member } = await hiredFixed(world)
      const deed = suspensionOf(member.id)
      const judge = async (use: Partial<Use>) =>
        await judgeTouch(world, open, {
          deed,
          touch: await touched(world, { open, key }, deed, { ...FIXED, ...use }),
        })
      assert.equal(problemOf(await judge({ counter: 5 })), 'desk.not-touched')
      assert.deepEqual(await passkeysOf(world, member), [])
      const [refused, ...others] = (await auditOf(world)).slice(-2)
      assert.ok(refused?.kind === 'desk.touch-refused')
      assert.deepEqual(
        [refused.deed, refused.reason, refused.memberSessionId, refused.actor],
        ['staff.suspend', 'counter-went-back', open.session.id, 'staff:olga'],
      )
      assert.deepEqual(
        others.map(({ kind }) => kind),
        ['desk.passkey-copied'],
      )
    })

    test('S52 is stopped also when its holder uses it at the same moment', async (t) => {
      const world = await testWorld(t, { database })
      const { key, open, member } = await hiredFixed(world)
      let own: Awaited<ReturnType<typeof memberLogIn>> | null = null
      const busy = meanwhile(world, async () => {
        own = await memberLogIn(world, key, { ...FIXED, counter: 6 })
        assert.ok(own.ok)
      })
      const copy = await memberLogIn(busy, key, { ...FIXED, counter: 5 })
      assert.equal(problemOf(copy), 'desk.not-logged-in')
      assert.ok(own)
      assert.deepEqual(await passkeysOf(world, member), [])
      assert.deepEqual(await kinds(world, 'desk.passkey-copied'), ['desk.passkey-copied'])
      assert.equal(
        problemOf(await memberLogIn(world, key, { ...FIXED, counter: 7 })),
        'desk.not-logged-in',
      )

      const other = await hired(world, 'bert', { use: { ...FIXED, counter: 5 } })
      const deed = suspensionOf(open.member.id)
      const touch = await touched(world, other, deed, { ...FIXED, counter: 5 })
      const racing = meanwhile(world, async () =>
        memberLogIn(world, other.key, { ...FIXED, counter: 6 }),
      )
      const judged = await judgeTouch(racing, other.open, { deed, touch })
      assert.equal(problemOf(judged), 'desk.not-touched')
      assert.deepEqual(await passkeysOf(world, other.member), [])
      assert.equal((await kinds(world, 'desk.passkey-copied', 'desk.touch-refused')).length, 3)
    })

    test('S52 that is synced is noted, at a login as at a deed, and stays', async (t) => {
      const world = await testWorld(t, { database })
      const { key, open, member } = await hired(world, 'olga', { use: { counter: 7 } })
      assert.ok((await memberLogIn(world, key, { counter: 3 })).ok)
      assert.equal((await kinds(world, 'desk.passkey-copied')).length, 1)
      const deed = suspensionOf(member.id)
      const touch = await touched(world, { open, key }, deed, { counter: 2 })
      assert.ok((await judgeTouch(world, open, { deed, touch })).ok)
      assert.equal((await kinds(world, 'desk.passkey-copied')).length, 2)
      assert.equal((await passkeysOf(world, member)).length, 1)
    })

    test('a deed that a passkey of another person confirms is refused and written down', async (t) => {
      const world = await testWorld(t, { database })
      const { open } = await hired(world, 'olga')
      const deed = suspensionOf(open.member.id)
      const touch = await touched(world, { open, key: softKey('s') }, deed)
      assert.equal(problemOf(await judgeTouch(world, open, { deed, touch })), 'desk.not-touched')
      const last = (await auditOf(world)).at(-1)
      assert.ok(last?.kind === 'desk.touch-refused')
      assert.deepEqual([last.deed, last.reason], ['staff.suspend', 'another-passkey'])
    })
  })

  suite(`The passkeys of a member, on ${database}`, () => {
    test('are five at most, also where the page of a sixth was open before', async (t) => {
      const world = await testWorld(t, { database })
      const member = await hired(world, 'olga')
      for (let count = 1; count < PASSKEYS_MAX - 1; count += 1) {
        await added(world, member, softKey(String(count)))
      }
      const sixth = await making(world, member, softKey('6'))
      await added(world, member, softKey('5'))
      assert.equal(problemOf(await sixth()), 'desk.too-many-passkeys')
      assert.equal(problemOf(await askToAdd(world, member.open)), 'desk.too-many-passkeys')
      assert.equal((await passkeysOf(world, member.member)).length, 5)
    })

    test('are at most five also where two are added at once, each with another one', async (t) => {
      const world = await testWorld(t, { database })
      const member = await hired(world, 'olga')
      const second = softKey('p')
      await added(world, member, second)
      for (const letter of ['q', 'r']) await added(world, member, softKey(letter))
      const other = { ...member, key: second }
      const fifth = await making(world, other, softKey('s'))
      const late = overtaken(world, async () => assert.equal(problemOf(await fifth()), 'yes'))
      const sixth = await making(world, member, softKey('u'), late)
      assert.equal(problemOf(await sixth()), 'desk.conflict')
      assert.equal((await passkeysOf(world, member.member)).length, PASSKEYS_MAX)
    })

    test('are never all removed, also by two removals at once', async (t) => {
      const world = await testWorld(t, { database })
      const member = await hired(world, 'olga')
      const second = softKey('p')
      const [first] = await passkeysOf(world, member.member)
      assert.ok(first)
      const id = await added(world, member, second)
      const touch = await touched(world, member, removalOf(first.id))
      const slow = meanwhile(world, async () => {
        assert.equal(await removing(world, member, { id, by: second }), 'yes')
      })
      const done = await removePasskey(slow, member.open, { id: first.id, touch })
      assert.equal(problemOf(done), 'desk.conflict')
      const left = await passkeysOf(world, member.member)
      assert.deepEqual(
        left.map((one) => one.id),
        [first.id],
      )
      assert.equal(
        await removing(world, member, { id: first.id, by: member.key }),
        'desk.last-passkey',
      )
    })

    test('end with the sessions that they opened, the one that asks too, and no other', async (t) => {
      for (const by of ['itself', 'the other'] as const) {
        const world = await testWorld(t, { database })
        const key = softKey('o')
        const member = await hired(world, 'olga', { key })
        const second = softKey('p')
        const [first] = await passkeysOf(world, member.member)
        assert.ok(first)
        await added(world, member, second)
        const mine = await memberLogIn(world, key)
        const other = await memberLogIn(world, second)
        assert.ok(mine.ok && other.ok)
        const open = await sessionWith(world, mine.token)
        assert.ok(open)
        const confirming = by === 'itself' ? key : second
        assert.equal(await removing(world, { open }, { id: first.id, by: confirming }), 'yes')
        assert.equal(await sessionWith(world, mine.token), null, by)
        assert.ok(await sessionWith(world, other.token), by)
      }
    })

    test('leave the session open that another of them opened', async (t) => {
      const world = await testWorld(t, { database })
      const member = await hired(world, 'olga')
      const second = softKey('p')
      const id = await added(world, member, second)
      const mine = await memberLogIn(world, member.key)
      const theirs = await memberLogIn(world, second)
      assert.ok(mine.ok && theirs.ok)
      const open = await sessionWith(world, mine.token)
      assert.ok(open)
      assert.equal(await removing(world, { open }, { id, by: member.key }), 'yes')
      assert.ok(await sessionWith(world, mine.token))
      assert.equal(await sessionWith(world, theirs.token), null)
    })
  })
}
