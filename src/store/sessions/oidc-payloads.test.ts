import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '#core/ids.ts'
import { after, type Instant, millis, minutes } from '#core/time/time.ts'
import { commitLogin } from '#store/login/logins.ts'
import {
  consumeOidc,
  destroyOidc,
  findOidc,
  findOidcByUid,
  findOidcByUserCode,
  listGrants,
  revokeGrant,
  upsertOidc,
} from '#store/sessions/oidc-payloads.ts'
import {
  beginning,
  newcomer,
  NOW,
  overBothDatabases,
  random,
  winners,
} from '#store/contract/store.contract.ts'

const EXPIRES = after(NOW, minutes(1))
const token = () => Buffer.from(random(16)).toString('hex')

overBothDatabases('OpenID Connect payloads', (nodes) => {
  test('a payload is found by its id, uid and user code until its time is over', async () => {
    const [id, uid, userCode] = [token(), token(), token()]
    const payload = { jti: id, kind: 'DeviceCode' }
    await upsertOidc(
      nodes.db,
      {
        model: 'DeviceCode',
        id,
        uid,
        userCode,
        payload,
        expiresAt: EXPIRES,
      },
      NOW,
    )
    const found = { payload, expiresAt: EXPIRES, consumedAt: null }
    for (const now of [NOW, after(EXPIRES, millis(-1))]) {
      assert.deepEqual(await findOidc(nodes.other, { model: 'DeviceCode', id }, now), found)
      assert.deepEqual(await findOidcByUid(nodes.other, { model: 'DeviceCode', uid }, now), found)
      const key = { model: 'DeviceCode', userCode }
      assert.deepEqual(await findOidcByUserCode(nodes.other, key, now), found)
    }
    assert.equal(await findOidc(nodes.db, { model: 'DeviceCode', id }, EXPIRES), null)
    assert.equal(await findOidc(nodes.db, { model: 'AccessToken', id }, NOW), null)
    assert.equal(await findOidcByUid(nodes.db, { model: 'AccessToken', uid }, NOW), null)
  })

  test('one without an end does not end', async () => {
    const key = { model: 'Client', id: token() }
    await upsertOidc(nodes.db, { ...key, payload: 1, expiresAt: null }, NOW)
    assert.equal((await findOidc(nodes.db, key, after(NOW, minutes(1e6))))?.payload, 1)
  })

  test('what is written once stays as it is until it has expired', async () => {
    const key = { model: 'ReplayDetection', id: token() }
    const put = (payload: string, now: Instant) =>
      upsertOidc(nodes.other, { ...key, payload, expiresAt: after(now, minutes(1)) }, now)
    assert.equal(await put('first', NOW), true)
    for (const now of [NOW, after(EXPIRES, millis(-1))]) {
      assert.equal(await put('second', now), false)
      assert.equal((await findOidc(nodes.db, key, now))?.payload, 'first')
    }
    assert.equal(await put('third', EXPIRES), true)
    assert.equal((await findOidc(nodes.db, key, EXPIRES))?.payload, 'third')
  })

  test('what is written until it is consumed is replaced before, and never afterwards', async () => {
    const key = { model: 'Interaction', id: token() }
    const put = (payload: string) =>
      upsertOidc(
        nodes.other,
        { ...key, payload, expiresAt: EXPIRES, written: 'until-consumed' },
        NOW,
      )
    assert.equal(await put('first'), true)
    assert.equal(await put('second'), true)
    assert.equal((await findOidc(nodes.db, key, NOW))?.payload, 'second')
    assert.equal(await consumeOidc(nodes.db, key, NOW), true)
    assert.equal(await put('third'), false)
    const found = await findOidc(nodes.db, key, NOW)
    assert.deepEqual(found, { payload: 'second', expiresAt: EXPIRES, consumedAt: NOW })
  })

  test('a step is taken once, and its write is undone when it was taken before', async () => {
    const key = { model: 'DeviceCode', id: token() }
    const put = (payload: string, step?: string) =>
      upsertOidc(
        nodes.db,
        { ...key, payload, expiresAt: EXPIRES, written: 'until-consumed', step },
        NOW,
      )
    assert.equal(await put('asked'), true)
    assert.equal(await put('approved', 'decision'), true)
    assert.equal(await put('refused', 'decision'), false)
    assert.equal((await findOidc(nodes.other, key, NOW))?.payload, 'approved')
    assert.equal(await consumeOidc(nodes.other, key, NOW), true)
    assert.equal(await put('late', 'another'), false)
  })

  test('what has expired cannot be consumed', async () => {
    const key = { model: 'AuthorizationCode', id: token() }
    await upsertOidc(nodes.db, { ...key, payload: {}, expiresAt: EXPIRES }, NOW)
    assert.equal(await consumeOidc(nodes.db, key, EXPIRES), false)
    assert.equal(await consumeOidc(nodes.db, key, after(EXPIRES, millis(-1))), true)
  })

  test('an authorization code is consumed once, by whichever node comes first', async () => {
    for (let race = 0; race < 50; race += 1) {
      const key = { model: 'AuthorizationCode', id: token() }
      await upsertOidc(nodes.db, { ...key, payload: {}, expiresAt: EXPIRES }, NOW)
      // Both have seen that it is not consumed yet.
      const reads = [await findOidc(nodes.db, key, NOW), await findOidc(nodes.other, key, NOW)]
      assert.ok(reads.every((read) => read?.consumedAt === null))
      const both = [consumeOidc(nodes.db, key, NOW), consumeOidc(nodes.other, key, NOW)]
      assert.equal(winners(await Promise.all(both)), 1)
    }
    assert.equal(
      await consumeOidc(nodes.db, { model: 'AuthorizationCode', id: token() }, NOW),
      false,
    )
  })

  test('what is destroyed, or whose grant is revoked, is gone', async () => {
    const [first, second, other] = [token(), token(), token()]
    const grantId = token()
    const model = 'AccessToken'
    for (const id of [first, second]) {
      await upsertOidc(nodes.db, { model, id, grantId, payload: id, expiresAt: EXPIRES }, NOW)
    }
    await upsertOidc(
      nodes.db,
      {
        model,
        id: other,
        grantId: token(),
        payload: 1,
        expiresAt: EXPIRES,
      },
      NOW,
    )
    await destroyOidc(nodes.db, { model, id: first })
    assert.equal(await findOidc(nodes.db, { model, id: first }, NOW), null)
    await revokeGrant(nodes.db, grantId)
    assert.equal(await findOidc(nodes.db, { model, id: second }, NOW), null)
    assert.ok(await findOidc(nodes.db, { model, id: other }, NOW))
  })

  test('an opaque token does not stand in the database', async () => {
    const id = token()
    const payload = { jti: id }
    await upsertOidc(
      nodes.db,
      {
        model: 'AccessToken',
        id,
        uid: id,
        userCode: id,
        payload,
        expiresAt: EXPIRES,
      },
      NOW,
    )
    const rows = await nodes.db.read.selectFrom('oidc_payload').selectAll().execute()
    const text = rows.map((row) =>
      Object.values({ ...row })
        .map((value) =>
          value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
        )
        .join(' '),
    )
    assert.ok(!text.join(' ').includes(id))
  })

  test('a session knows which grants it has given', async () => {
    const { subscriber } = await newcomer(nodes.db)
    const login = beginning(subscriber.id)
    const sessionId = newId('ses', NOW, random)
    await commitLogin(nodes.db, {
      now: NOW,
      login: { value: login, version: null },
      session: {
        tokenHash: random(32),
        value: {
          id: sessionId,
          subscriberId: subscriber.id,
          loginId: login.id,
          platform: 'portal',
          environment: 'live',
          proofs: [],
          openedAt: NOW,
          seenAt: NOW,
          endedAt: null,
          origin: { browserId: null, browser: '', place: '' },
        },
      },
      effects: [],
      events: [],
    })
    for (const id of ['b', 'a', 'b']) {
      const grant = { model: 'Grant', id, grantId: id, payload: {}, expiresAt: null }
      await upsertOidc(nodes.db, { ...grant, givenBy: sessionId, written: 'until-consumed' }, NOW)
    }
    assert.deepEqual(await listGrants(nodes.db, sessionId), ['a', 'b'])
    assert.deepEqual(await listGrants(nodes.db, newId('ses', NOW, random)), [])
  })
})
