import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { NETWORKS_MAX } from '#core/subscribers/account.ts'
import type { SubscriberId } from '#core/ids.ts'
import { claimLogin } from '#engine/login/answer.ts'
import { noticeDue } from '#engine/notices/notices.ts'
import type { OpenSession } from '#engine/sessions/rights.ts'
import { findLiveSession, findOpenSession } from '#engine/sessions/sessions.ts'
import { changeAccount } from '#engine/subscribers/accounts.ts'
import { explainRights } from '#engine/subscribers/explain.ts'
import { addNetwork, removeNetwork, setOptedOut } from '#engine/subscribers/opting-out.ts'
import { openTask, viewTask } from '#engine/tasks/tasks.ts'
import { listAccounts } from '#store/accounts/accounts.ts'
import { listSubscriberEvents } from '#store/audit/audit.ts'
import { listNotices } from '#store/notices/notices.ts'
import { inPortal } from '../../support/clients/orders.ts'
import {
  activate,
  begin,
  firstSession,
  PASSWORD,
  personWithPhone,
} from '../../support/clients/engine-story.ts'
import { DATABASES } from '../../support/databases/databases.ts'
import { browser, type TestWorld, testWorld } from '../../support/server/world.ts'

/** A client who has opted out, and names the networks that they trade from (R130). */

const HOME = '203.0.113.7'
const AWAY = '198.51.100.9'
const DONE = { ok: true } as const

async function anna(world: TestWorld) {
  const phone = await personWithPhone(world, 'anna')
  const session = await inPortal(world, { userName: 'anna', phone })
  assert.deepEqual(await setOptedOut(world, session, true), DONE)
  return { phone, session, id: session.subscriberId }
}

/** Logs in at the trading platform with the password; the token, or why not. */
async function trading(world: TestWorld, address: string): Promise<string> {
  const who = browser({ address })
  const started = await begin(world, who, { userName: 'anna' })
  if (!started.ok) return started.problem
  assert.equal(started.login.state, 'completed')
  const taken = await claimLogin(world, { id: started.login.id, holder: who.holder })
  assert.ok(taken.ok && taken.token)
  return taken.token
}

const rightsIn = async (world: TestWorld, token: string, address?: string) => {
  const session = await findOpenSession(world, token, address)
  if (!session) return null
  const { trading: trades, tradePenny, tradeNetwork } = session.decision.rights
  return { trades, tradePenny, tradeNetwork, narrowed: session.decision.narrowed }
}

const networksOf = async (world: TestWorld, id: SubscriberId) =>
  (await listAccounts(world.db, id)).map(({ networks }) => networks)

const add = async (world: TestWorld, session: OpenSession, network: string) => {
  const added = await addNetwork(world, session, network)
  return added.ok ? 'added' : added.problem
}

const remove = async (
  world: TestWorld,
  session: OpenSession,
  [network, isLifting]: readonly [string, boolean],
) => {
  const removed = await removeNetwork(world, session, { network, isLifting })
  return removed.ok ? 'removed' : removed.problem
}

for (const database of DATABASES) {
  suite(`Networks to trade from, on ${database}`, () => {
    test('R130 who opts out trades no stocks of Pink Sheet and OTCBB until trading is restricted to named networks', async (t) => {
      const world = await testWorld(t, { database })
      const { session } = await anna(world)
      const anywhere = await rightsIn(world, await trading(world, AWAY))
      assert.deepEqual(anywhere, {
        trades: true,
        tradePenny: false,
        tradeNetwork: null,
        narrowed: ['opted-out-penny'],
      })
      assert.equal(await add(world, session, HOME), 'added')
      const named = await rightsIn(world, await trading(world, HOME))
      assert.deepEqual(named, {
        trades: true,
        tradePenny: true,
        tradeNetwork: [HOME],
        narrowed: [],
      })
    })

    test('R130 a login at the platform from another network is refused once the password was right', async (t) => {
      const world = await testWorld(t, { database })
      const { session } = await anna(world)
      assert.equal(await add(world, session, '203.0.113.0/24'), 'added')
      assert.equal(await trading(world, AWAY), 'account.outside-networks')
      assert.equal(await trading(world, '203.0.112.255'), 'account.outside-networks')
      assert.ok(await rightsIn(world, await trading(world, '203.0.113.255')))
      const guess = await begin(world, browser({ address: AWAY }), {
        userName: 'anna',
        password: 'a guess',
      })
      assert.equal(!guess.ok && guess.problem, 'login.wrong-credentials')
      // The portal is open from everywhere: there the list is changed.
      const portal = await begin(world, browser({ address: AWAY }), {
        userName: 'anna',
        platform: 'portal',
      })
      assert.equal(portal.ok && portal.login.state, 'challenged')
    })

    test('R130 A34 a trading session from another network ends when the first network is named, one from it stays', async (t) => {
      const world = await testWorld(t, { database })
      const other = await testWorld(t, { beside: world })
      const { session } = await anna(world)
      const [away, home] = [await trading(world, AWAY), await trading(world, HOME)]
      assert.equal(await add(other, session, HOME), 'added')
      assert.equal(await findOpenSession(world, away), null)
      assert.equal((await rightsIn(world, home))?.trades, true)
    })

    test('R130 a session that goes on from another network trades no more there, and trades again at home', async (t) => {
      const world = await testWorld(t, { database })
      const { session } = await anna(world)
      assert.equal(await add(world, session, HOME), 'added')
      const token = await trading(world, HOME)
      assert.deepEqual(await rightsIn(world, token, AWAY), {
        trades: false,
        tradePenny: false,
        tradeNetwork: [HOME],
        narrowed: ['outside-networks'],
      })
      assert.equal((await rightsIn(world, token, HOME))?.trades, true)
      // A platform asks from its own network: where the session was opened decides.
      const open = await findOpenSession(world, token)
      assert.ok(open)
      const live = await findLiveSession(world, open.id)
      assert.equal(live?.decision.rights.trading, true)
    })

    test('R130 opting back in restores: every network, every stock, and no list is left for another time', async (t) => {
      const world = await testWorld(t, { database })
      const { session, phone, id } = await anna(world)
      assert.equal(await add(world, session, HOME), 'added')
      assert.deepEqual(await setOptedOut(world, session, false), DONE)
      assert.deepEqual(await networksOf(world, id), [[]])
      const { decision } = await inPortal(world, { userName: 'anna', phone })
      assert.deepEqual(decision.narrowed, [])
      assert.equal(decision.rights.tradePenny, true)
      assert.equal(decision.rights.tradeNetwork, null)
      assert.equal(decision.rights.withdrawalPerDayUsd, 1_000_000)
      assert.deepEqual(await setOptedOut(world, session, true), DONE)
      assert.deepEqual(await networksOf(world, id), [[]])
      assert.equal(await add(world, session, HOME), 'added')
      const change = { kind: 'relocate', residence: 'HK' } as const
      assert.ok((await changeAccount(world, { number: 'U-anna', change, by: 'operator' })).ok)
      assert.deepEqual(await networksOf(world, id), [[]])
    })

    test('R130 ten networks are listed and an eleventh is not; nor one that is listed, overlaps or is too wide', async (t) => {
      const world = await testWorld(t, { database })
      const { session, id } = await anna(world)
      for (let count = 0; count < NETWORKS_MAX; count += 1) {
        assert.equal(await add(world, session, `192.0.2.${count}`), 'added')
      }
      assert.equal(await add(world, session, '192.0.2.99'), 'network.too-many')
      assert.equal(await remove(world, session, ['192.0.2.0', false]), 'removed')
      assert.equal(await add(world, session, '::ffff:192.0.2.9'), 'network.listed')
      assert.equal(await add(world, session, '192.0.2.0/24'), 'network.overlaps')
      assert.equal(await add(world, session, '0.0.0.0/0'), 'network.too-wide')
      assert.equal(await add(world, session, 'home'), 'network.malformed')
      assert.equal(await add(world, session, '2001:DB8::7/48'), 'added')
      const [networks] = await networksOf(world, id)
      assert.equal(networks?.length, NETWORKS_MAX)
      assert.equal(networks.at(-1), '2001:db8::/48')
    })

    test('R130 with two nodes: an eleventh and the last two at once, and neither is one too many', async (t) => {
      const world = await testWorld(t, { database })
      const other = await testWorld(t, { beside: world })
      const { session, id } = await anna(world)
      for (let count = 1; count < NETWORKS_MAX; count += 1) {
        assert.equal(await add(world, session, `192.0.2.${count}`), 'added')
      }
      const both = await Promise.all([
        add(world, session, '192.0.2.100'),
        add(other, session, '192.0.2.101'),
      ])
      assert.deepEqual(both.toSorted(), ['added', 'network.too-many'])
      const [all = []] = await networksOf(world, id)
      for (const network of all.slice(2)) {
        assert.equal(await remove(world, session, [network, false]), 'removed')
      }
      const [one = '', last = ''] = all
      const removed = await Promise.all([
        remove(world, session, [one, false]),
        remove(other, session, [last, false]),
      ])
      assert.deepEqual(removed.toSorted(), ['network.last', 'removed'])
      const [left = []] = await networksOf(world, id)
      assert.equal(left.length, 1)
      assert.equal(await remove(world, session, [left[0] ?? '', true]), 'removed')
      assert.deepEqual(await networksOf(world, id), [[]])
    })

    test('R130 opting back in takes what lifting the networks takes, while there are any', async (t) => {
      const world = await testWorld(t, { database })
      const { session } = await anna(world)
      const needed = async () => {
        const next = { to: '/portal', fields: null, back: '/portal' }
        const deed = { kind: 'opt_in', facts: {} } as const
        const asked = await openTask(world, session, { deed, platform: 'portal', next })
        assert.ok(asked.ok)
        const view = await viewTask(world, session, asked.task.id)
        return view.ok && view.allowance.needs
      }
      assert.equal(await needed(), '2s')
      assert.equal(await add(world, session, HOME), 'added')
      assert.equal(await needed(), '3')
    })

    test('R130 with two nodes: a network that is named while its client opts back in is not left behind', async (t) => {
      const world = await testWorld(t, { database })
      const other = await testWorld(t, { beside: world })
      const { session, id } = await anna(world)
      for (let round = 0; round < 10; round += 1) {
        await Promise.all([add(world, session, HOME), setOptedOut(other, session, false)])
        assert.deepEqual(await networksOf(world, id), [[]], String(round))
        assert.deepEqual(await setOptedOut(world, session, true), DONE)
      }
    })

    test('R130 only who has opted out names networks, in a session that is still open and full', async (t) => {
      const world = await testWorld(t, { database })
      const phone = await personWithPhone(world, 'anna')
      const session = await inPortal(world, { userName: 'anna', phone })
      assert.equal(await add(world, session, HOME), 'account.not-opted-out')
      assert.equal(await remove(world, session, [HOME, true]), 'network.not-found')
      assert.deepEqual(await setOptedOut(world, session, true), DONE)
      const plain = await findOpenSession(world, await trading(world, HOME))
      assert.ok(plain)
      assert.equal(await add(world, plain, HOME), 'session.insufficient')
    })

    test('R130 an account that is opened later takes over the list when its holder opts out of it too', async (t) => {
      const world = await testWorld(t, { database })
      const accounts = [
        { number: 'U-1', environment: 'live', optedOut: true, networks: [HOME] },
        { number: 'U-2', environment: 'live' },
      ] as const
      await world.add({ userName: 'anna', password: PASSWORD, accounts })
      const phone = await activate(world, await firstSession(world, 'anna'))
      const session = await inPortal(world, { userName: 'anna', phone })
      assert.deepEqual(await setOptedOut(world, session, true), DONE)
      assert.deepEqual(await networksOf(world, session.subscriberId), [[HOME], [HOME]])
      assert.equal(await add(world, session, AWAY), 'added')
      const both = [HOME, AWAY]
      assert.deepEqual(await networksOf(world, session.subscriberId), [both, both])
    })

    test('R130 R131 the client is told of each network, the log does not say which', async (t) => {
      const world = await testWorld(t, { database })
      const { session, id } = await anna(world)
      assert.equal(await add(world, session, HOME), 'added')
      assert.equal(await remove(world, session, [HOME, true]), 'removed')
      const events = await listSubscriberEvents(world.db, id, { limit: 100 })
      const told = events.filter(({ event }) => event.kind.startsWith('account.network-'))
      assert.deepEqual(
        told.map(({ event }) => event.kind),
        ['account.network-removed', 'account.network-added'],
      )
      assert.doesNotMatch(JSON.stringify(told), /203\.0\.113/)
      await noticeDue(world)
      const notices = (await listNotices(world.db, id, 100)).map(({ kind }) => kind)
      assert.ok(notices.includes('network-added') && notices.includes('network-removed'))
    })

    test('R130 the operator reads why a login from another network does not trade', async (t) => {
      const world = await testWorld(t, { database })
      const { session, id: subscriberId } = await anna(world)
      assert.equal(await add(world, session, HOME), 'added')
      const proofs = [{ method: 'password', acr: '1', amr: ['pwd'] }] as const
      const asked = { subscriberId, environment: 'live', proofs } as const
      const narrowedFrom = async (from: { readonly address?: string }) =>
        (await explainRights(world, { ...asked, ...from })).decision.narrowed
      assert.deepEqual(await narrowedFrom({ address: AWAY }), ['outside-networks'])
      assert.deepEqual(await narrowedFrom({ address: HOME }), [])
      assert.deepEqual(await narrowedFrom({}), [])
    })
  })
}
