import assert from 'node:assert/strict'
import { createHash, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { suite, test, type TestContext } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { consistencyPath } from '#core/audit/merkle.ts'
import { buildWitnessServer } from '#edges/witness/server.ts'
import { checkpointNow, logSigner, withCosignatures } from '#engine/audit/checkpoints.ts'
import { cosignedBy, type WitnessAddress } from '#engine/audit/cosign.ts'
import {
  COSIGNATURE,
  ED25519,
  lineOf,
  NOTE_LENGTH_MAX,
  noteOf,
  parseNote,
  type Signer,
  signatureIn,
  signatureOf,
  signersOf,
  timeOf,
  verifierKey,
} from '#engine/audit/note.ts'
import { publisher } from '#engine/audit/publish.ts'
import { sequenceNow } from '#engine/audit/sequence.ts'
import { rangeHashes } from '#engine/audit/tree.ts'
import { checkpointIn, sha256, textOf } from '#engine/audit/tree-head.ts'
import { submissionText, witnessOf } from '#engine/audit/witness.ts'
import { openWitnessed, type Witnessed } from '#store/audit/witnessed.ts'
import { asOwner, writeEvents } from '../../support/audit.ts'
import { type TestWorld, testWorld } from '../../support/server/world.ts'

const NAME = 'witness.example.com/w1'
const AT = new Date('2026-11-29T12:00:00.000Z')

function signerNamed(name: string, kind: typeof ED25519 | typeof COSIGNATURE): Signer {
  const { privateKey } = generateKeyPairSync('ed25519')
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' })
  return {
    verifier: verifierKey(name, kind, Buffer.from(x, 'base64url')),
    sign: (message) => sign(null, message, privateKey),
  }
}

/** A witness that watches the log of a world; a second one over the same file, where asked. */
function openWitness(t: TestContext, world: TestWorld, path = folder(t)) {
  const signer = signerNamed(NAME, COSIGNATURE)
  const problems: string[] = []
  const open = (witnessed: Witnessed): FastifyInstance => {
    t.after(() => witnessed.close())
    const logs = [logSigner(world).verifier]
    const witness = witnessOf({ signer, logs }, { witnessed, now: () => AT })
    return buildWitnessServer(witness, (problem) => problems.push(problem))
  }
  const app = open(openWitnessed(path))
  return { app, signer, path, problems, beside: () => open(openWitnessed(path)) }
}

function folder(t: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), 'countersign-witness-'))
  t.after(() => rmSync(made, { recursive: true }))
  return join(made, 'witnessed.db')
}

/** The checkpoint of the log over so many events more. */
async function grown(world: TestWorld, events: number): Promise<string> {
  await writeEvents(world, events)
  await sequenceNow(world)
  return (await checkpointNow(world))?.note ?? assert.fail()
}

async function submission(world: TestWorld, old: number, note: string): Promise<string> {
  const size = checkpointIn(note)?.head.size ?? 0
  const path = old === 0 || old >= size ? [] : consistencyPath(old, size)
  return submissionText(old, await rangeHashes(world.db, path), note)
}

async function added(app: FastifyInstance, payload: string) {
  const answer = await app.inject({ method: 'POST', url: '/add-checkpoint', payload })
  return { status: answer.statusCode, type: answer.headers['content-type'], body: answer.body }
}

const hashOf = (origin: string): string => createHash('sha256').update(origin).digest('hex')

suite('A witness', () => {
  test('A22 200: it signs a checkpoint that holds the one before, with the time', async (t) => {
    const world = await testWorld(t)
    const { app, signer } = openWitness(t, world)
    for (const [old, events] of [
      [0, 5],
      [5, 300],
      [305, 1],
      [306, 0],
    ] as const) {
      const note = await grown(world, events)
      const { status, type, body } = await added(app, await submission(world, old, note))
      assert.deepEqual([status, type], [200, 'text/plain; charset=utf-8'])
      const cosigned = parseNote(note + body)
      assert.ok(cosigned)
      const keys = [signer.verifier, logSigner(world).verifier]
      assert.equal(signersOf(cosigned, keys).right.length, 2)
      const signature = signatureIn(body.trimEnd())
      assert.ok(signature)
      assert.equal(timeOf(signature), AT.getTime() / 1_000)
    }
  })

  test('A22 409: it says the size that it has seen, and one that is old is refused', async (t) => {
    const world = await testWorld(t)
    const { app } = openWitness(t, world)
    const first = await grown(world, 5)
    const second = await grown(world, 5)
    const never = await added(app, await submission(world, 5, second))
    assert.deepEqual(never, { status: 409, type: 'text/x.tlog.size', body: '0\n' })
    assert.equal((await added(app, await submission(world, 0, second))).status, 200)
    for (const [old, note] of [
      [0, first],
      [5, second],
      [0, second],
    ] as const) {
      const answer = await added(app, await submission(world, old, note))
      assert.deepEqual(answer, { status: 409, type: 'text/x.tlog.size', body: '10\n' })
    }
  })

  test('A22 404 for a log that it does not watch, 403 for one that did not sign', async (t) => {
    const world = await testWorld(t)
    const { app } = openWitness(t, world)
    const note = await grown(world, 5)
    const { name } = logSigner(world).verifier
    const head = checkpointIn(note)?.head ?? assert.fail()
    const unknown = textOf({ ...head, origin: 'example.com/other' })
    const signed = (text: string, signer: Signer) =>
      noteOf({ text, signatures: [signatureOf(signer, text)] })
    const other = signerNamed('example.com/other', ED25519)
    assert.equal((await added(app, `old 0\n\n${signed(unknown, other)}`)).status, 404)
    // Of another key by the same name: unknown, so it does not count.
    const text = textOf(head)
    const namesake = signed(text, signerNamed(name, ED25519))
    assert.equal((await added(app, `old 0\n\n${namesake}`)).status, 403)
    // A signature that is not that of the key whose name and id it bears, beside one that is.
    const [own = assert.fail()] = parseNote(note)?.signatures ?? []
    const forged = noteOf({ text, signatures: [{ ...own, bytes: own.bytes.toReversed() }] })
    assert.equal((await added(app, `old 0\n\n${forged}`)).status, 403)
    const line = (of: string) => of.slice(of.indexOf('\n\n') + 2)
    assert.equal((await added(app, `old 0\n\n${note}${line(forged)}`)).status, 403)
    assert.equal((await added(app, `old 0\n\n${note}${line(namesake)}`)).status, 200)
  })

  test('A22 422: a proof that does not hold, a root that was exchanged, an empty tree with one', async (t) => {
    const world = await testWorld(t)
    const signer = logSigner(world)
    const { app } = openWitness(t, world)
    const signed = (size: number, root: Uint8Array) => {
      const text = textOf({ origin: signer.verifier.name, size, root })
      return noteOf({ text, signatures: [signatureOf(signer, text)] })
    }
    const hash = new Uint8Array(32)
    assert.equal((await added(app, `old 0\n\n${signed(0, hash)}`)).status, 422)
    assert.equal((await added(app, `old 0\n\n${signed(0, sha256())}`)).status, 200)
    const first = await grown(world, 5)
    assert.equal((await added(app, submissionText(0, [hash], first))).status, 422)
    assert.equal((await added(app, submissionText(0, [], first))).status, 200)
    assert.equal((await added(app, `old 5\n\n${signed(5, hash)}`)).status, 422)
    const second = await grown(world, 5)
    const good = await submission(world, 5, second)
    assert.equal((await added(app, good.replace(/\n[A-Za-z0-9+/]{43}=\n/, '\n'))).status, 422)
    assert.equal((await added(app, submissionText(5, [hash], second))).status, 422)
    assert.equal((await added(app, `old 5\n\n${signed(10, hash)}`)).status, 422)
    assert.equal((await added(app, good)).status, 200)
  })

  test('A22 400: what is not in the form, with too much proof, or older than its proof', async (t) => {
    const world = await testWorld(t)
    const { app } = openWitness(t, world)
    const note = await grown(world, 5)
    const line = Buffer.from(sha256()).toString('base64')
    const proof = (lines: number) => `old 1\n${`${line}\n`.repeat(lines)}\n${note}`
    const bad = [
      '',
      '\n',
      note,
      `old 00\n\n${note}`,
      `old -1\n\n${note}`,
      `old  0\n\n${note}`,
      `old 0 \n\n${note}`,
      `OLD 0\n\n${note}`,
      `old 0\n${note}`,
      `old 0\r\n\r\n${note}`,
      `old 0\n\n${note.slice(0, -1)}`,
      `old 0\n\n${note.replace('\n5\n', '\n05\n')}`,
      `old 0\nAAAA\n\n${note}`,
      `old 0\n${line.slice(0, -1)}\n\n${note}`,
      `old 6\n\n${note}`,
      proof(64),
    ]
    for (const body of bad) assert.equal((await added(app, body)).status, 400, body.slice(0, 40))
    assert.equal((await added(app, proof(63))).status, 409)
    assert.equal((await added(app, 'x'.repeat(100_000))).status, 413)
    assert.equal((await added(app, await submission(world, 0, note))).status, 200)
  })

  test('A22 what it has signed is on its disk first, and is shown to everyone', async (t) => {
    const world = await testWorld(t)
    const { app, signer, beside } = openWitness(t, world)
    const url = `/${hashOf(logSigner(world).verifier.name)}/checkpoint`
    assert.equal((await app.inject({ url })).statusCode, 404)
    const note = await grown(world, 5)
    const { body } = await added(app, await submission(world, 0, note))
    // Another process of it, or the same one after a power failure.
    const again = beside()
    const shown = await again.inject({ url })
    assert.deepEqual([shown.statusCode, shown.body], [200, note + body])
    assert.ok(signersOf(parseNote(shown.body) ?? assert.fail(), [signer.verifier]).right[0])
    assert.equal((await added(again, await submission(world, 0, note))).status, 409)
    assert.equal((await again.inject({ url: '/00/checkpoint' })).statusCode, 404)
  })

  test('A22 forgets nothing, however often a log signs what it keeps', async (t) => {
    const world = await testWorld(t)
    const log = logSigner(world)
    const { app } = openWitness(t, world)
    const note = await grown(world, 5)
    const [own = assert.fail()] = parseNote(note)?.signatures ?? []
    const often = `old 0\n\n${note}${`${lineOf(own)}\n`.repeat(99)}`
    const { status, body } = await added(app, often)
    assert.equal(status, 200)
    const shown = (await app.inject({ url: `/${hashOf(log.verifier.name)}/checkpoint` })).body
    assert.equal(shown, note + body)
    const text = textOf({ origin: log.verifier.name, size: 5, root: new Uint8Array(32) })
    const fork = noteOf({ text, signatures: [signatureOf(log, text)] })
    assert.deepEqual((await added(app, `old 0\n\n${fork}`)).status, 409)
  })

  test('A22 signs no checkpoint that is too long to be read again with its signature', async (t) => {
    const world = await testWorld(t)
    const log = logSigner(world)
    const { app } = openWitness(t, world)
    const head = checkpointIn(await grown(world, 5))?.head ?? assert.fail()
    const ofLength = (length: number) => {
      const signed = (extension: string) => {
        const text = `${textOf(head)}${extension}\n`
        return noteOf({ text, signatures: [signatureOf(log, text)] })
      }
      return `old 0\n\n${signed('x'.repeat(length - signed('').length))}`
    }
    assert.equal((await added(app, ofLength(NOTE_LENGTH_MAX - 50))).status, 400)
    assert.equal((await added(app, ofLength(NOTE_LENGTH_MAX - 200))).status, 200)
    assert.equal((await added(app, ofLength(NOTE_LENGTH_MAX - 200))).status, 409)
  })

  test('A22 500: it signs nothing of a log when it cannot read what it has seen of it', async (t) => {
    const world = await testWorld(t)
    const { app, path, problems, beside } = openWitness(t, world)
    const note = await grown(world, 5)
    assert.equal((await added(app, await submission(world, 0, note))).status, 200)
    // What it is judged by stands apart from the text.
    const file = new DatabaseSync(path)
    t.after(() => file.close())
    file.exec(`update witnessed set note = 'x'`)
    assert.equal((await added(app, await submission(world, 0, note))).status, 409)
    // A file of a version that kept the note alone.
    file.exec('alter table witnessed drop column size; alter table witnessed drop column root')
    const other = beside()
    const { status, body } = await added(other, await submission(world, 0, note))
    assert.deepEqual([status, body, problems], [500, '', ['WitnessUnsure']])
    file.prepare('update witnessed set note = ?').run(note)
    assert.equal((await added(other, await submission(world, 0, note))).status, 409)
    const next = await grown(world, 1)
    assert.equal((await added(other, await submission(world, 5, next))).status, 200)
  })

  test('A22 shows of the signatures of a note those of the log and its own', async (t) => {
    const world = await testWorld(t)
    const { app } = openWitness(t, world)
    const note = await grown(world, 5)
    const { text } = parseNote(note) ?? assert.fail()
    const stranger = lineOf(signatureOf(signerNamed('stranger.example.com', ED25519), text))
    const { body } = await added(app, `old 0\n\n${note}${stranger}\n`)
    const url = `/${hashOf(logSigner(world).verifier.name)}/checkpoint`
    assert.equal((await app.inject({ url })).body, note + body)
  })

  test('A22 of two branches of one log that come at once it signs one', async (t) => {
    const world = await testWorld(t)
    const { app, beside } = openWitness(t, world)
    const doors = [app, beside()]
    const signer = logSigner(world)
    const branches = Array.from({ length: 20 }, (_, index) => {
      const text = textOf({ origin: signer.verifier.name, size: 7, root: sha256(Buffer.of(index)) })
      return `old 0\n\n${noteOf({ text, signatures: [signatureOf(signer, text)] })}`
    })
    const answers = await Promise.all(
      branches.map((body, index) => added(doors[index % 2] ?? app, body)),
    )
    const statuses = answers.map(({ status }) => status).toSorted()
    assert.deepEqual(statuses, [200, ...Array.from({ length: 19 }, () => 409)])
  })
})

suite('A log that has a witness', () => {
  /** A place that asks a witness over no network. */
  function asking(world: TestWorld, { app, signer }: { app: FastifyInstance; signer: Signer }) {
    const bodies: string[] = []
    const post: WitnessAddress['post'] = async (body) => {
      bodies.push(body)
      const answer = await added(app, body)
      return { status: answer.status, type: String(answer.type), text: answer.body }
    }
    const problems: string[] = []
    const place = cosignedBy(world, { key: signer.verifier, post })
    const publish = publisher(world, [place], ({ problem }) => problems.push(problem))
    return { bodies, problems, place, publish }
  }

  test('A22 has each checkpoint signed by it, with one request, and keeps the signature', async (t) => {
    const world = await testWorld(t)
    const witness = openWitness(t, world)
    const { bodies, problems, publish } = asking(world, witness)
    for (const events of [3, 300, 1]) {
      await grown(world, events)
      await publish()
    }
    assert.deepEqual([bodies.length, problems], [3, []])
    const latest = await checkpointNow(world)
    const note = parseNote(latest ? await withCosignatures(world, latest) : '')
    const keys = [witness.signer.verifier, logSigner(world).verifier]
    assert.equal(signersOf(note ?? assert.fail(), keys).right.length, 2)
    // A second node knows nothing of the first, and asks again: the answer is the same size.
    const other = await testWorld(t, { beside: world })
    const second = asking(other, witness)
    await second.publish()
    assert.deepEqual([second.bodies.length, second.problems], [1, []])
    await grown(other, 4)
    await second.publish()
    await publish()
    assert.deepEqual(problems, [])
  })

  test('A22 takes a checkpoint that the witness has left behind for done', async (t) => {
    const world = await testWorld(t)
    const { place, publish } = asking(world, openWitness(t, world))
    const first = await grown(world, 3)
    const second = await grown(world, 3)
    await publish()
    // A node that read the first one before the other node signed the second.
    await place.keep({ at: AT, note: first })
    await place.keep({ at: AT, note: second })
    const latest = await checkpointNow(world)
    assert.match(latest ? await withCosignatures(world, latest) : '', /— witness\.example\.com/)
  })

  test('A22 has the next one signed, whatever rows say that the witness has signed', async (t) => {
    const world = await testWorld(t)
    const { publish, problems } = asking(world, openWitness(t, world))
    await grown(world, 3)
    await publish()
    const planted = [4, 2 ** 50].flatMap((size) => [
      `insert into audit_checkpoint values (${size}, 1, 1, 'x')`,
      `insert into audit_cosignature values (${size}, '${NAME}', 'x')`,
    ])
    await asOwner(world, planted)
    await grown(world, 3)
    await publish()
    const latest = await checkpointNow(world)
    assert.match(latest ? await withCosignatures(world, latest) : '', /— witness\.example\.com/)
    assert.deepEqual(problems, [])
    await asOwner(world, [`insert into audit_cosignature values (6, 'other', 'x')`])
    const note = latest ? await withCosignatures(world, latest) : ''
    assert.ok(parseNote(note), 'a line that is no signature is left out')
  })

  test('A22 learns from it that its database was rolled back, or that it is another one', async (t) => {
    const world = await testWorld(t)
    const witness = openWitness(t, world)
    const { publish } = asking(world, witness)
    await grown(world, 40)
    await publish()
    const forget = [
      'drop trigger audit_cosignature_no_delete',
      'delete from audit_cosignature',
      'delete from audit_batch',
      'delete from audit_checkpoint',
      'update audit_tree set size = 0, seq = 0',
    ]
    await asOwner(world, [...forget, 'delete from audit_event where seq > 20'])
    const back = asking(world, witness)
    await grown(world, 1)
    await back.publish()
    assert.deepEqual(back.problems, [`witness ${NAME}: AuditLogRolledBack: it has seen 40 events`])
    await grown(world, 40)
    const forked = asking(world, witness)
    await forked.publish()
    assert.deepEqual(forked.problems, [`witness ${NAME}: AuditLogForked: it has seen another log`])
  })

  test('A22 counts no signature but that of the key that was agreed on', async (t) => {
    const world = await testWorld(t)
    const { app } = openWitness(t, world)
    const signer = signerNamed(NAME, COSIGNATURE)
    const { problems, publish } = asking(world, { app, signer })
    await grown(world, 3)
    await publish()
    assert.deepEqual(problems, [`witness ${NAME}: what it answers is not signed with its key`])
  })
})
