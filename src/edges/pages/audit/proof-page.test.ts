import assert from 'node:assert/strict'
import { createHash, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import { suite, test } from 'node:test'
import { checkpointNow } from '#engine/audit/checkpoints.ts'
import {
  COSIGNATURE,
  cosignatureOf,
  lineOf,
  parseNote,
  verifierKey,
  verifierText,
} from '#engine/audit/note.ts'
import { proveEvent } from '#engine/audit/prove.ts'
import { sequenceNow } from '#engine/audit/sequence.ts'
import { checkProof, type CheckedProof } from '#edges/pages/audit/check-proof.ts'
import { proofPage } from '#edges/pages/audit/proof-page.ts'
import { asOwner, writeEvents } from '../../../../test/support/audit.ts'
import { testWorld } from '../../../../test/support/server/world.ts'

async function provenIn(t: Parameters<typeof testWorld>[0], events: number) {
  const world = await testWorld(t)
  await writeEvents(world, events)
  await sequenceNow(world)
  await checkpointNow(world)
  const proof = async (seq: number): Promise<CheckedProof> => {
    const proven = await proveEvent(world, seq)
    assert.ok(proven.ok)
    return { ...proven.proof, witnesses: [] }
  }
  return { world, proof }
}

/** The same note, but for one bit of its signature. */
function withOtherBit(note: string): string {
  const [, before = '', signature = ''] = /^([^]* )(\S+)\n$/.exec(note) ?? assert.fail()
  const bytes = Buffer.from(signature, 'base64')
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1)
  return `${before}${bytes.toString('base64')}\n`
}

suite('The file that proves an event', () => {
  test('A22 checks every event of a log, with WebCrypto alone', async (t) => {
    const { proof } = await provenIn(t, 21)
    for (let seq = 1; seq <= 21; seq += 1) {
      const checked = await checkProof(await proof(seq))
      assert.deepEqual(checked, { isInTree: true, isSigned: true, confirmed: [] }, String(seq))
    }
  })

  test('A22 says so when anything in it was changed', async (t) => {
    const { proof } = await provenIn(t, 21)
    const right = await proof(7)
    const other = await proof(8)
    const noted = (note: string) => ({ ...right, note })
    const wrong: readonly CheckedProof[] = [
      { ...right, leaf: right.leaf.replace('"at":', '"at":1') },
      { ...right, leaf: other.leaf },
      { ...right, position: 7 },
      { ...right, path: other.path },
      { ...right, path: right.path.slice(1) },
      { ...right, path: [...right.path, right.path[0] ?? ''] },
      noted(right.note.replace('\n21\n', '\n20\n')),
      noted(right.note.replace(/^./, 'x')),
      noted(withOtherBit(right.note)),
      { ...right, key: (await (await provenIn(t, 1)).proof(1)).key },
    ]
    for (const [at, proof] of wrong.entries()) {
      const { isInTree, isSigned } = await checkProof(proof)
      assert.ok(!isInTree || !isSigned, `the change of number ${at} is not noticed`)
    }
  })

  test('A22 names the witnesses that have signed, by the keys that it was given', async (t) => {
    const { proof } = await provenIn(t, 3)
    const { privateKey } = generateKeyPairSync('ed25519')
    const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' })
    const named = (name: string) => ({
      verifier: verifierKey(name, COSIGNATURE, Buffer.from(x, 'base64url')),
      sign: (message: Uint8Array) => sign(null, message, privateKey),
    })
    const right = await proof(2)
    const { text } = parseNote(right.note) ?? assert.fail()
    const at = new Date('2026-11-29T12:00:00.000Z')
    const witness = named('witness.example.org/w1')
    const note = `${right.note}${lineOf(cosignatureOf(witness, text, at))}\n`
    const other = named('witness.example.org/w2')
    const witnesses = [witness, other].map(({ verifier }) => verifierText(verifier))
    const { confirmed } = await checkProof({ ...right, note, witnesses })
    assert.deepEqual(confirmed, [{ name: witness.verifier.name, time: at.getTime() / 1_000 }])
    const later = `${right.note}${lineOf(cosignatureOf(witness, `${text}more\n`, at))}\n`
    const wrong = await checkProof({ ...right, note: later, witnesses })
    assert.deepEqual([wrong.isSigned, wrong.confirmed], [true, []])
  })

  test('A22 runs nothing and loads nothing but what stands in it', async (t) => {
    const { proof } = await provenIn(t, 3)
    const page = proofPage({ language: 'en', seq: 2, proof: await proof(2) })
    const [, script = ''] = /<script>([^]*?)<\/script><\/body>/.exec(page) ?? []
    assert.ok(script.includes('async function checkProof('))
    const hash = createHash('sha256').update(script).digest('base64')
    assert.ok(page.includes(`default-src 'none'; script-src 'sha256-${hash}'; style-src 'sha256-`))
    assert.doesNotMatch(page, /\b(src|href)=|fetch\(|import\(/)
    assert.match(page, /Event 2 of the audit log/)
    const french = proofPage({ language: 'fr', seq: 2, proof: await proof(2) })
    assert.match(french, /Événement 2 du journal d’audit/)
  })

  test('A22 is not made for an event that is not signed, is unknown, or was changed', async (t) => {
    const { world } = await provenIn(t, 3)
    await writeEvents(world, 1)
    const why = async (seq: number) => {
      const proven = await proveEvent(world, seq)
      return proven.ok ? null : proven.why
    }
    await asOwner(world, ['update audit_event set at_ms = at_ms + 1 where seq = 2'])
    assert.deepEqual(
      [await why(1), await why(2), await why(4), await why(5), await why(0)],
      [null, 'changed', 'unsigned', 'unknown', 'unknown'],
    )
  })
})
