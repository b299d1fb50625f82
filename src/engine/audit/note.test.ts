import assert from 'node:assert/strict'
import { createPrivateKey, sign } from 'node:crypto'
import { suite, test } from 'node:test'
import {
  COSIGNATURE,
  cosignatureOf,
  ED25519,
  NOTE_LENGTH_MAX,
  noteOf,
  notesIn,
  parseNote,
  parseVerifier,
  type Signer,
  signatureOf,
  signersOf,
  timeOf,
  verifierKey,
  verifierText,
} from '#engine/audit/note.ts'
import vectors from '#engine/audit/note.vectors.json' with { type: 'json' }
import { checkpointIn, sizeIn, treeHeadIn } from '#engine/audit/tree-head.ts'

const { peter: PETER, enoch: ENOCH, text: TEXT, published } = vectors
const [, SUM = assert.fail()] = published

/** PKCS #8 of an Ed25519 key, before its 32 bytes. @see RFC 8410, section 7 */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')

function signerOf(name: string, kind: typeof ED25519 | typeof COSIGNATURE): Signer {
  const seed = Buffer.from(PETER.seed, 'base64').subarray(1)
  const der = Buffer.concat([PKCS8, seed])
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  const publicKey = parsedKey(PETER.verifier).publicKey
  return {
    verifier: verifierKey(name, kind, publicKey),
    sign: (message) => sign(null, message, key),
  }
}

function parsedKey(text: string) {
  const key = parseVerifier(text)
  assert.ok(key, text)
  return key
}

function parsedNote(text: string) {
  const note = parseNote(text)
  assert.ok(note, text)
  return note
}

suite('A signed note', () => {
  for (const { name, verifier, note } of published) {
    test(`is read and verified: ${name}`, () => {
      const key = parsedKey(verifier)
      assert.equal(verifierText(key), verifier)
      assert.deepEqual(signersOf(parsedNote(note), [key]), { right: [key], wrong: [] })
      const other = note.replace(/^./, 'X')
      assert.deepEqual(signersOf(parsedNote(other), [key]), { right: [], wrong: [key] })
      assert.equal(noteOf(parsedNote(note)), note)
    })
  }

  test('is signed as golang.org/x/mod/sumdb/note signs it', () => {
    const signer = signerOf('PeterNeumann', ED25519)
    assert.equal(verifierText(signer.verifier), PETER.verifier)
    const note = noteOf({ text: TEXT, signatures: [signatureOf(signer, TEXT)] })
    assert.equal(note, `${TEXT}\n${PETER.line}`)
  })

  test('counts for those who have signed it, whatever other signatures it has', () => {
    const [peter, enoch] = [parsedKey(PETER.verifier), parsedKey(ENOCH.verifier)]
    const both = parsedNote(`${TEXT}\n${PETER.line}${ENOCH.line}`)
    assert.deepEqual(signersOf(both, [peter]).right, [peter])
    assert.deepEqual(signersOf(both, [peter, enoch]).right, [peter, enoch])
    assert.deepEqual(signersOf(both, []), { right: [], wrong: [] })
  })

  test('that is malformed is none, as in golang.org/x/mod/sumdb/note', () => {
    const { line } = PETER
    const text = TEXT
    const bad = [
      text,
      `${text}\n`,
      `${text}\n${line.slice(0, -1)}`,
      `\u0001${text}\n${line}`,
      `\ud800${text}\n${line}`,
      `${text}\n${line.replace('PeterNeumann', 'Bad Name')}`,
      `${text}\n${line.replace('PeterNeumann', 'Bad+Name')}`,
      `${text}\n${line.replace('PeterNeumann', 'Bad\u00a0Name')}`,
      `${text}\n${line}Unexpected line.\n`,
      `${text}\n${line.replace('x08g', 'x08')}`,
      `${text}\n${line.repeat(101)}`,
      `\n${line}`,
    ]
    for (const note of bad) assert.equal(parseNote(note), null, note.slice(0, 80))
    assert.ok(parseNote(`${text}\n${line.repeat(16)}`))
  })

  test('has a length that is bounded', () => {
    const ofLength = (length: number) => {
      const note = (text: string) => `${text}\n\n${PETER.line}`
      return note('x'.repeat(length - note('').length))
    }
    assert.ok(parseNote(ofLength(NOTE_LENGTH_MAX - 1)))
    assert.ok(parseNote(ofLength(NOTE_LENGTH_MAX)))
    assert.equal(parseNote(ofLength(NOTE_LENGTH_MAX + 1)), null)
  })

  test('is verified with a key that names itself rightly, and with no other', () => {
    for (const [at] of [...PETER.verifier].entries()) {
      const changed = `${PETER.verifier.slice(0, at)}~${PETER.verifier.slice(at + 1)}`
      assert.equal(parseVerifier(changed), null, changed)
      if (at > 0) assert.equal(parseVerifier(PETER.verifier.slice(0, at)), null)
    }
    // A key of the wrong length, and one of an unknown kind, with their right ids.
    for (const key of vectors.badKeys) assert.equal(parseVerifier(key), null)
  })

  test('several of one file are told apart', () => {
    const notes = published.map(({ note }) => note)
    assert.deepEqual(notesIn(notes.join('')), notes)
    assert.deepEqual(notesIn(notes.join('\n')), notes)
    assert.deepEqual(notesIn(''), [])
  })
})

suite('A cosignature', () => {
  test('has keys and a time as published ones have', () => {
    assert.equal(parsedKey(vectors.witness).kind, COSIGNATURE)
    const [signature] = parsedNote(`a\n\n${vectors.cosignature}`).signatures
    assert.ok(signature)
    assert.equal(signature.id, '646846b9')
    assert.equal(timeOf(signature), 1_727_964_367)
  })

  test('says when, over the whole text; it is not a signature of the text, nor the other way', () => {
    const text =
      'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n'
    const at = new Date('2023-03-20T12:25:47.900Z')
    const witness = signerOf('witness.example.com/w1', COSIGNATURE)
    const log = signerOf('witness.example.com/w1', ED25519)
    const cosignature = cosignatureOf(witness, text, at)
    assert.equal(timeOf(cosignature), 1_679_315_147)
    const keys = [witness.verifier, log.verifier]
    const signed = { text, signatures: [cosignature] }
    assert.deepEqual(signersOf(signed, keys).right, [witness.verifier])
    const extended = { ...signed, text: `${text}extension\n` }
    assert.deepEqual(signersOf(extended, keys).right, [])
    const later = Buffer.from(cosignature.bytes)
    later.writeUInt8(1, 0)
    const moved = { text, signatures: [{ ...cosignature, bytes: later }] }
    assert.deepEqual(signersOf(moved, keys), { right: [], wrong: [witness.verifier] })
    const plain = { ...signatureOf(log, text), id: witness.verifier.id }
    assert.deepEqual(signersOf({ text, signatures: [plain] }, keys).right, [])
  })
})

suite('A checkpoint', () => {
  test('is read as C2SP writes it: origin, size, root, and extension lines', () => {
    const { note } = SUM
    const head = checkpointIn(note)?.head
    assert.equal(head?.origin, 'go.sum database tree')
    assert.equal(head.size, 15_067_302)
    const text = parsedNote(note).text
    assert.ok(treeHeadIn(`${text}extension\n`))
    for (const wrong of [
      text.slice(0, -1),
      text.replace('15067302', '015067302'),
      text.replace('15067302', '-1'),
      text.replace('15067302', '9007199254740993'),
      text.replace('gJyi', 'gJy'),
      text.replace('go.sum database tree', ''),
      `${text}\n`,
    ])
      assert.equal(treeHeadIn(wrong), null, wrong)
  })

  test('has a size in its one decimal form', () => {
    assert.deepEqual(['0', '1', '9007199254740991'].map(sizeIn), [0, 1, 2 ** 53 - 1])
    for (const wrong of ['', '00', '01', '+1', ' 1', '1e3', '٣', '9007199254740992'])
      assert.equal(sizeIn(wrong), null, wrong)
  })
})
