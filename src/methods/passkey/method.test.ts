import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import type { AuthenticatorId, BrowserId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import { instant } from '#core/time/time.ts'
import type { Asking, Drawn, Verdict } from '#methods/method.ts'
import { passkey } from '#methods/passkey/method.ts'
import { boundState, FLAGS, type SoftKey, softKey, type Use } from '#methods/passkey/sample.ts'
import { SAMPLE_ASKING } from '#methods/sample.ts'
import type { Registration } from '#methods/passkey/wire.ts'
import { labelOf } from '#methods/passkey/label.ts'

const NOON = instant(Date.UTC(2026, 10, 20, 12))
const ISSUER = 'https://login.example.com'
const method = passkey()
const authenticatorId = 'aut_1' as AuthenticatorId

let drawn = 0
const asking: Asking = {
  ...SAMPLE_ASKING,
  now: NOON,
  issuer: ISSUER,
  authenticatorId,
  transaction: 'log_1',
  purpose: 'login',
  context: null,
  recognised: false,
  transfer: false,
  way: null,
  seamless: true,
  random: (length) => Buffer.alloc(length, (drawn += 1)),
}

type Question = Extract<Drawn, { ok: true }>

function challenge(state: Json, changes: Partial<Asking> = {}): Question {
  const question = method.challenge(state, { ...asking, ...changes })
  assert.ok(question.ok)
  return question
}

const judge = (state: Json, { expected }: Pick<Question, 'expected'>, assertion: string) =>
  method.verify(state, {
    authenticatorId,
    browser: 'brw_1' as BrowserId,
    now: NOON,
    expected,
    answer: { assertion },
  })

/** A client with a passkey is asked, and uses it in this way. */
async function used(key: SoftKey, state: Json, use: Partial<Use> = {}): Promise<Verdict> {
  const question = challenge(state)
  return await judge(state, question, key.assert(question.prompt, { origin: ISSUER, ...use }))
}

const refused = (reason: string) => ({ outcome: 'rejected', reason, guess: false }) as const

suite('A passkey', () => {
  test('C12 S50 S52 answers a challenge of this site, once verified, and says what it proves', async () => {
    const key = softKey('a')
    const synced = await used(key, await boundState(key))
    assert.ok(synced.outcome === 'accepted')
    assert.deepEqual(synced.amr, ['swk', 'user', 'pop'])
    const flags = FLAGS.present | FLAGS.verified
    const alone = await used(key, await boundState(key, { flags }), { flags })
    assert.ok(alone.outcome === 'accepted')
    assert.deepEqual(alone.amr, ['hwk', 'user', 'pop'])
  })

  test('A6 gives a page at another address nothing that opens this one', async () => {
    const key = softKey('a')
    const state = await boundState(key)
    const relays: readonly Partial<Use>[] = [
      { origin: 'https://login.example.com.evil.example' },
      { origin: 'https://evil.example.com', rpId: 'evil.example.com' },
      { origin: 'http://login.example.com' },
      { origin: 'https://login.example.com:8443' },
    ]
    for (const relay of relays) {
      assert.deepEqual(await used(key, state, relay), refused('foreign-origin'), relay.origin)
    }
    assert.deepEqual(await used(key, state, { rpId: 'example.com' }), refused('not-verified'))
    assert.deepEqual(await used(key, state, { crossOrigin: true }), refused('in-a-frame'))
  })

  test('S52 is refused unless its holder was there and was verified', async () => {
    const key = softKey('a')
    const flags = FLAGS.present
    const state = await boundState(key, { flags: flags | FLAGS.verified })
    assert.deepEqual(await used(key, state, { flags }), refused('not-verified'))
    assert.deepEqual(await used(key, state, { flags: FLAGS.verified }), refused('not-verified'))
  })

  test('S51 S52 answers its own challenge only, which is drawn anew each time', async () => {
    const key = softKey('a')
    const state = await boundState(key)
    const [first, second] = [challenge(state), challenge(state)]
    const answer = key.assert(first.prompt, { origin: ISSUER })
    assert.equal((await judge(state, first, answer)).outcome, 'accepted')
    assert.deepEqual(await judge(state, second, answer), refused('not-verified'))
    const made = key.assert(first.prompt, { origin: ISSUER, type: 'webauthn.create' })
    assert.deepEqual(await judge(state, first, made), refused('not-verified'))
    const { publicKey } = first.prompt as unknown as { publicKey: { challenge: string } }
    assert.equal(Buffer.from(publicKey.challenge, 'base64url').length, 32)
  })

  test('S52 of one device whose count goes back has a copy: it is disabled', async () => {
    const key = softKey('a')
    const flags = FLAGS.present | FLAGS.verified
    const state = await boundState(key, { flags, counter: 7 })
    for (const counter of [0, 6, 7]) {
      const verdict = await used(key, state, { flags, counter })
      assert.deepEqual(verdict, { ...refused('counter-went-back'), disable: true }, `${counter}`)
    }
    const next = await used(key, state, { flags, counter: 8 })
    assert.ok(next.outcome === 'accepted' && next.copySuspected === undefined)
    assert.equal((next.state as { counter: number }).counter, 8)
  })

  test('S52 that is synced stays, and is noted, when its count goes back', async () => {
    const key = softKey('a')
    const state = await boundState(key, { counter: 7 })
    for (const counter of [0, 6, 7]) {
      const verdict = await used(key, state, { counter })
      assert.ok(verdict.outcome === 'accepted' && verdict.copySuspected, `${counter}`)
      // It is told once, and not at every login until the count has come up again.
      assert.equal((verdict.state as { counter: number }).counter, counter)
      const next = await used(key, verdict.state, { counter: counter + 1 })
      assert.ok(next.outcome === 'accepted' && next.copySuspected === undefined)
    }
    const wrong = await used(key, state, { counter: 1, challenge: 'AAAA' })
    assert.deepEqual(wrong, refused('not-verified'))
    // One that does not count stays at 0, and is no copy for that.
    assert.equal((await used(key, await boundState(key))).outcome, 'accepted')
  })

  test('S52 remembers whether it may leave its device, and whether it has', async () => {
    const key = softKey('a')
    const eligible = FLAGS.present | FLAGS.verified | FLAGS.eligible
    const state = await boundState(key, { flags: eligible })
    assert.equal((state as { backedUp: boolean }).backedUp, false)
    const later = await used(key, state, { flags: eligible | FLAGS.backedUp })
    assert.ok(later.outcome === 'accepted')
    assert.equal((later.state as { backedUp: boolean }).backedUp, true)
    const bare = FLAGS.present | FLAGS.verified
    const changed = {
      ...refused('backup-eligibility-changed'),
      explained: 'login.passkey-changed',
    }
    assert.deepEqual(await used(key, state, { flags: bare }), changed)
    const alone = await boundState(key, { flags: bare })
    assert.deepEqual(await used(key, alone, { flags: eligible }), changed)
    // A claimant without such a key hears nothing of it.
    const forged = await used(key, alone, { flags: eligible, challenge: 'AAAA' })
    assert.deepEqual(forged, refused('not-verified'))
  })

  test('does not answer for another passkey, nor for another holder', async () => {
    const [mine, other] = [softKey('a'), softKey('b')]
    const state = await boundState(mine)
    await boundState(other)
    assert.deepEqual(await used(other, state), refused('another-passkey'))
    const borrowed = await used(other, state, { id: mine.credentialId })
    assert.deepEqual(borrowed, refused('not-verified'))
    const userHandle = Buffer.from('sub_other').toString('base64url')
    assert.deepEqual(await used(mine, state, { userHandle }), refused('another-holder'))
    assert.equal((await used(mine, state, { userHandle: null })).outcome, 'accepted')
  })

  test('A28 is not counted against by anything that is wrong', async () => {
    const key = softKey('a')
    const state = await boundState(key)
    for (const use of [{ origin: 'https://evil.example.com' }, { flags: 0 }, { id: 'AAAA' }]) {
      const verdict = await used(key, state, use)
      assert.ok(verdict.outcome === 'rejected' && verdict.guess === false)
    }
  })

  test('is no answer at all unless a browser could have sent it', async () => {
    const key = softKey('a')
    const state = await boundState(key)
    const question = challenge(state)
    const right = JSON.parse(key.assert(question.prompt, { origin: ISSUER })) as object
    const { response } = right as { response: object }
    const wrong = [
      '',
      'null',
      '[]',
      '{}',
      '{"id":1}',
      'x'.repeat(20_000),
      JSON.stringify({ ...right, id: 'ümlaut' }),
      JSON.stringify({ ...right, type: 'password' }),
      JSON.stringify({ ...right, response: { ...response, signature: 7 } }),
    ]
    for (const text of wrong)
      assert.deepEqual(await judge(state, question, text), { outcome: 'malformed' })
    for (const part of ['clientDataJSON', 'authenticatorData', 'signature']) {
      const text = JSON.stringify({ ...right, response: { ...response, [part]: 'AAAA' } })
      assert.equal((await judge(state, question, text)).outcome, 'rejected', part)
    }
  })

  test('belongs to the domain above its host where the operator says so', async () => {
    const site = passkey('example.com')
    const key = softKey('a')
    const question = site.challenge(await boundState(key), asking)
    assert.ok(question.ok)
    const { publicKey } = question.prompt as unknown as { publicKey: { rpId: string } }
    assert.equal(publicKey.rpId, 'example.com')
    const state = await boundState(key)
    const answer = { assertion: key.assert(question.prompt, { origin: ISSUER }) }
    const { expected } = question
    const judging = { authenticatorId, browser: null, now: NOON, expected, answer }
    assert.equal((await site.verify(state, judging)).outcome, 'accepted')
  })
})

suite('The passkey that a page offers to log in with', () => {
  test('says whose it is, and which', async () => {
    const key = softKey('a')
    const state = await boundState(key, { subscriberId: 'sub_anna' })
    const offer = method.identify?.offer(asking)
    assert.ok(offer)
    const assertion = key.assert(offer.script.data, { origin: ISSUER })
    const claims = method.identify?.claims({ assertion })
    assert.ok(claims)
    assert.equal(claims.subscriberId, 'sub_anna')
    assert.equal(claims.isOf(state), true)
    assert.equal(claims.isOf(await boundState(softKey('b'))), false)
    assert.equal((await judge(state, offer, assertion)).outcome, 'accepted')
  })

  test('says nothing where no client is named', () => {
    const key = softKey('a')
    const offer = method.identify?.offer(asking)
    assert.ok(offer)
    const nameless = key.assert(offer.script.data, { origin: ISSUER, userHandle: null })
    for (const answer of [{ assertion: nameless }, { assertion: '{}' }, {}, null, 'text', [1]]) {
      assert.equal(method.identify?.claims(answer), null)
    }
  })

  test('of several of one person any answers, whether it names its holder or not', async () => {
    const keys = [softKey('a'), softKey('b')]
    const states = await Promise.all(keys.map((key) => boundState(key)))
    const asked = method.identify?.ask(states, asking)
    assert.ok(asked)
    for (const [index, key] of keys.entries()) {
      for (const use of [{}, { userHandle: null }]) {
        const assertion = key.assert(asked.script.data, { origin: ISSUER, ...use })
        for (const [other, state] of states.entries()) {
          const { outcome } = await judge(state, asked, assertion)
          assert.equal(outcome, other === index ? 'accepted' : 'rejected')
        }
      }
    }
    const text = JSON.stringify(asked.script.data)
    for (const { credentialId } of keys) assert.ok(text.includes(credentialId))
  })

  test('is asked for no credential in particular: the page knows no client', () => {
    const offer = method.identify?.offer(asking)
    assert.ok(!JSON.stringify(offer?.script.data).includes('allowCredentials'))
  })
})

const enrolling = (held: readonly Json[] = []) => ({
  now: NOON,
  random: asking.random,
  issuer: ISSUER,
  brand: 'Example',
  way: null,
  before: null,
  network: 'a network',
  channels: [],
  subscriber: { id: 'sub_anna', userName: 'anna', language: 'en' as const },
  held: held.map((state) => ({ id: authenticatorId, state })),
})

async function bound(use: Partial<Use> = {}, held: readonly Json[] = []) {
  const key = softKey('a')
  const begun = method.enrol?.begin(null, enrolling(held))
  assert.ok(begun?.ok)
  const answer = key.register(begun.prompt, { origin: ISSUER, ...use })
  const completing = { ...enrolling(), expected: begun.expected, language: 'en' as const }
  return await method.enrol?.complete(answer, completing)
}

const malformed = { ok: false, problem: 'enrolment.malformed-key' }

suite('A new passkey', () => {
  test('is asked to verify its holder, to be found without a name, and to say nothing of its maker', () => {
    const begun = method.enrol?.begin(null, enrolling())
    assert.ok(begun?.ok)
    const { publicKey } = begun.prompt as { readonly publicKey: Readonly<Record<string, Json>> }
    assert.equal(publicKey.attestation, 'none')
    assert.deepEqual(publicKey.authenticatorSelection, {
      residentKey: 'preferred',
      requireResidentKey: false,
      userVerification: 'required',
    })
    assert.deepEqual(publicKey['extensions'], { credProps: true })
    assert.deepEqual(publicKey.rp, { id: 'login.example.com', name: 'Example' })
  })

  test('is bound whatever it says of its maker: attestation is not asked for', async () => {
    const plain = await bound()
    const statements: readonly { readonly fmt: unknown; readonly attStmt: unknown }[] = [
      { fmt: 'compound', attStmt: [new Map([['fmt', 'packed']]), new Map([['fmt', 'tpm']])] },
      ...['packed', 'tpm', 'android-key', 'android-safetynet', 'fido-u2f', 'apple'].map((fmt) => ({
        fmt,
        attStmt: new Map<string, unknown>([
          ['alg', -7],
          ['sig', new Uint8Array(70)],
          ['x5c', [new Uint8Array(20)]],
          ['ver', '2.0'],
        ]),
      })),
      { fmt: 'of tomorrow', attStmt: new Map([['anything', true]]) },
      { fmt: 'none', attStmt: new Map([['alg', -7]]) },
      { fmt: 7, attStmt: null },
    ]
    for (const attestation of statements)
      assert.deepEqual(await bound({ attestation }), plain, String(attestation.fmt))
    // All the rest is looked at as ever.
    const [attestation] = statements
    assert.ok(attestation)
    for (const use of [{ rpId: 'example.com' }, { challenge: 'AAAA' }])
      assert.deepEqual(await bound({ attestation, ...use }), malformed, JSON.stringify(use))
    assert.deepEqual(await bound({ attestation, flags: FLAGS.present }), {
      ok: false,
      problem: 'enrolment.no-user-verification',
    })
  })

  test('is bound by an answer for this site, this challenge and a verified holder', async () => {
    const right = await bound()
    assert.ok(right && 'ok' in right && right.ok)
    assert.equal(right.label, 'Passkey of this device')
    const wrong: readonly Partial<Use>[] = [
      { origin: 'https://evil.example.com' },
      { rpId: 'example.com' },
      { challenge: 'AAAA' },
      { type: 'webauthn.get' },
      { flags: FLAGS.verified },
      { id: 'AAAA' },
    ]
    for (const use of wrong) assert.deepEqual(await bound(use), malformed, JSON.stringify(use))
  })

  test('says which it lacks: a check of its holder, or a place to be found without a name', async () => {
    const lacks = (name: string) => ({ ok: false, problem: `enrolment.${name}` })
    const flags = FLAGS.present
    assert.deepEqual(await bound({ flags }), lacks('no-user-verification'))
    assert.deepEqual(await bound({ flags, rk: false }), lacks('no-user-verification'))
    assert.deepEqual(await bound({ rk: false }), lacks('no-resident-key'))
    for (const use of [{ rk: true }, {}]) {
      const made = await bound(use)
      assert.ok(made && 'ok' in made && made.ok)
    }
    // Nothing is said of one that is none.
    assert.deepEqual(await bound({ flags, challenge: 'AAAA' }), malformed)
  })

  test('is not made twice on one device, also where the browser does not keep to it', async () => {
    const held = await boundState(softKey('a'))
    const begun = method.enrol?.begin(null, enrolling([held]))
    assert.ok(begun?.ok && JSON.stringify(begun.prompt).includes(softKey('a').credentialId))
    assert.deepEqual(await bound({}, [held]), malformed)
  })

  test('is not bound by what is no registration, and none makes it throw', async () => {
    const begun = method.enrol?.begin(null, enrolling())
    assert.ok(begun?.ok)
    const completing = { ...enrolling(), expected: begun.expected, language: 'en' as const }
    for (const answer of ['', '{}', 'null', null, 7, {}, JSON.stringify({ id: 'AAAA' })]) {
      assert.deepEqual(await method.enrol?.complete(answer, completing), malformed)
    }
  })

  test('has a name that its holder recognises, in their language', () => {
    const made = (changes: object, transports: readonly string[] = []) =>
      ({ ...changes, response: { transports } }) as unknown as Registration
    const of = (registration: Registration, language: 'en' | 'fr', aaguid = '') =>
      labelOf(registration, { aaguid, language })
    const here = made({ authenticatorAttachment: 'platform' })
    assert.equal(of(here, 'fr'), 'Clé d’accès de cet appareil')
    assert.equal(of(made({}, ['usb']), 'en'), 'Security key')
    assert.equal(of(made({}, ['hybrid']), 'en'), 'Passkey on a phone')
    const google = 'ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4'
    assert.equal(of(here, 'en', google), 'Passkey, Google')
  })

  test('is described in words that stand in both phrase files', () => {
    const begun = method.enrol?.begin(null, enrolling())
    assert.ok(begun?.ok)
    const offer = method.identify?.offer(asking)
    const views = method.enrol?.describe(begun.prompt, { openedAt: NOON, expiresAt: NOON })
    const keys = JSON.stringify([views, offer]).match(/method\.passkey\.[\w.-]+/g) ?? []
    assert.ok(keys.length > 10)
    for (const language of ['en', 'fr']) {
      const file = new URL(`../../../locales/${language}.json`, import.meta.url)
      const texts = JSON.parse(readFileSync(file, 'utf8')) as object
      for (const key of keys) {
        const found = key
          .split('.')
          .reduce<unknown>((at, part) => (at as Record<string, unknown>)?.[part], texts)
        assert.equal(typeof found, 'string', `${language}: ${key}`)
      }
    }
  })
})
