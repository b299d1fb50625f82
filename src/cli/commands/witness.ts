import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { Complaint, EXIT, untilStopped } from '#cli/command.ts'
import {
  COSIGNATURE,
  ED25519,
  parseVerifier,
  type Signer,
  type VerifierKey,
  verifierKey,
  verifierText,
} from '#engine/audit/note.ts'
import { witnessOf } from '#engine/audit/witness.ts'
import { openWitnessed } from '#store/audit/witnessed.ts'

/**
 * `countersign witness`: what compliance, an auditor or a custodian runs elsewhere. It needs no
 * settings and no database of an installation.
 */
export function witnessCommand(program: Command): void {
  program
    .command('witness')
    .description('confirm the checkpoints of audit logs, on a machine of another owner (C2SP)')
    .requiredOption('--name <name>', 'the name of this witness, such as witness.example.org/w1')
    .requiredOption('--log <key>', 'the key of a log that it watches; may be given again', gathered)
    .option('--folder <folder>', 'where its key and what it has seen are kept', 'witness')
    .option('--listen <address>', 'the network address to listen on', '127.0.0.1')
    .option('--port <port>', 'the port to listen on', portNamed, 4603)
    .action(serve)
}

const gathered = (value: string, before: readonly string[] = []) => [...before, value]

function portNamed(typed: string): number {
  const port = Number(typed)
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  throw new Complaint(`${typed.slice(0, 20)} is no port.`, EXIT.usage)
}

interface Options {
  readonly name: string
  readonly log: readonly string[]
  readonly folder: string
  readonly listen: string
  readonly port: number
}

async function serve({ name, log, folder, listen, port }: Options): Promise<void> {
  const logs = log.map(logNamed)
  // Only a server loads what a server needs.
  const { buildWitnessServer } = await import('#edges/witness/server.ts')
  mkdirSync(folder, { recursive: true })
  const signer = signerIn(join(folder, 'witness-key.pem'), name)
  const witnessed = openWitnessed(join(folder, 'witnessed.db'))
  const now = () => new Date(Date.now())
  const witness = witnessOf({ signer, logs }, { witnessed, now })
  const app = buildWitnessServer(witness, (problem) => console.error(`not judged: ${problem}`))
  try {
    const address = await app.listen({ host: listen, port })
    console.log(`${verifierText(signer.verifier)}\nready at ${address}/`)
    await untilStopped(() => app.close())
  } finally {
    await app.close()
    witnessed.close()
  }
}

function logNamed(text: string): VerifierKey {
  const key = parseVerifier(text.trim())
  if (key?.kind === ED25519) return key
  throw new Complaint(
    `${text.slice(0, 80)} is no key of a log: \`countersign audit key\` prints one.`,
    EXIT.usage,
  )
}

/** The key of the witness, made at its first start. */
function signerIn(file: string, name: string): Signer {
  const key = keyIn(file)
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' })
  return {
    verifier: verifierNamed(name, Buffer.from(x, 'base64url')),
    sign: (message) => sign(null, message, key),
  }
}

function verifierNamed(name: string, publicKey: Uint8Array): VerifierKey {
  try {
    return verifierKey(name, COSIGNATURE, publicKey)
  } catch {
    throw new Complaint('The name of a witness holds no space and no plus.', EXIT.usage)
  }
}

function keyIn(file: string): KeyObject {
  try {
    return createPrivateKey(readFileSync(file))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  const { privateKey } = generateKeyPairSync('ed25519')
  writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), {
    mode: 0o600,
    flag: 'wx',
  })
  chmodSync(file, 0o600)
  return privateKey
}
