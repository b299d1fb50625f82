import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CLASSES } from '#core/desk/deeds.ts'
import { deskProof } from '#methods/phone-key/desk-check.ts'
import { deskSuite as serverSuite } from '#methods/phone-key/suite.ts'
import { clientMessage, ocraValue, parseSuite, serverMessage } from '#oath/ocra.ts'
import { hmac, importKey } from '#oath/webcrypto.ts'
import vectors from '../../../src/oath/ocra.vectors.json' with { type: 'json' }
import { callerSuite, deskSuite, isDesk, newQuestion, opensIn, respondToDesk } from './desk.ts'

const MUTUAL = vectors.rfc6287.filter(({ section }) => section?.startsWith('C.2'))
const secret = new Uint8Array(32).fill(7)

test('server and phone compute what RFC 6287, appendix C.2, has for both sides', async () => {
  let count = 0
  for (const { suite: text, values, pin } of MUTUAL) {
    const suite = parseSuite(text) ?? assert.fail(text)
    if (suite.pin) continue
    const bytes = new Uint8Array(Buffer.from(vectors.keys[suite.hash], 'hex'))
    const key = await importKey(suite.hash, bytes)
    for (const { question, response } of values) {
      // The other party's question stands first, so one vector is that of either side.
      const [theirs, ours] = [question.slice(0, 8), question.slice(8)]
      const proof = deskProof(
        Buffer.from(bytes).toString('base64url'),
        { client: theirs, server: ours },
        suite,
      )
      assert.equal(proof, response, `${text} ${pin ?? ''}`)
      const message = clientMessage(suite, { client: ours, server: theirs })
      assert.equal(ocraValue(suite, await hmac(key, message)), response)
      count += 1
    }
  }
  assert.equal(count, 15)
})

test('A13 the phone takes the proof of its own desk for its own number, and nothing near it', async () => {
  const key = await importKey(deskSuite.hash, secret)
  assert.equal(deskSuite.text, serverSuite.text)
  const questions = { client: '271828', server: '921234' }
  const proof = deskProof(Buffer.from(secret).toString('base64url'), questions)
  assert.ok(await isDesk(key, { questions, proof }))
  const other = String((Number(proof) + 1) % 10 ** 8).padStart(8, '0')
  for (const wrong of [
    { questions, proof: other },
    { questions: { ...questions, client: '271829' }, proof },
    { questions: { ...questions, server: '931234' }, proof },
    { questions: { client: questions.server, server: questions.client }, proof },
  ]) {
    assert.ok(!(await isDesk(key, wrong)))
  }
  const reflected = await respondToDesk(secret, questions, 0)
  assert.notEqual(reflected, proof, 'our own key would answer otherwise')
})

test('a response to the desk is over both numbers and its half minute', async () => {
  const questions = { client: '271828', server: '921234' }
  const at = async (changed: object, at_ms = 0) =>
    await respondToDesk(secret, { ...questions, ...changed }, at_ms)
  const all = [at({}), at({ client: '271829' }), at({ server: '921235' }), at({}, 30_000)]
  assert.equal(new Set(await Promise.all(all)).size, 4)
  assert.equal(await at({}), await at({}, 29_999))
  assert.match(callerSuite.text, /^OCRA-1:HOTP-SHA256-8:QA06-T30S$/)
  const proof = ocraValue(
    deskSuite,
    await hmac(await importKey(deskSuite.hash, secret), serverMessage(deskSuite, questions)),
  )
  assert.notEqual(await at({}), proof)
})

test('the phone asks six digits, and reads what an answer opens from the second of ours', () => {
  for (let count = 0; count < 100; count += 1) assert.match(newQuestion(), /^[0-9]{6}$/)
  CLASSES.forEach((of, index) => assert.equal(opensIn(`9${index}0000`), of))
  assert.equal(opensIn('990000'), null)
})
