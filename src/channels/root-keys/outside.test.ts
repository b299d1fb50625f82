import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test, type TestContext } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { rootKeyProgram } from '#channels/root-keys/program.ts'
import { transit } from '#channels/root-keys/vault.fixture.ts'
import { rootKeyVault } from '#channels/root-keys/vault.ts'

const SECRET = Buffer.from('{"kind":"sealing","id":1}')

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-outside-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** What it has started ends with it: a process that waits for its parent is at an end. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s*[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

suite('a program that keeps the root key', () => {
  /** Shell, because starting it takes a millisecond; it turns a text around. */
  const program = (t: TestContext, script: string, patience_ms = 5_000) => {
    const path = join(folderOf(t), 'keeper.sh')
    writeFileSync(path, `${script}\n`)
    return rootKeyProgram({ command: ['/bin/sh', path], patience_ms })
  }
  const KEEPER = [
    'read line',
    'case "$line" in',
    '*unwrap*) echo "$line" | sed \'s/.*"wrapped":"\\([^"]*\\)".*/{"key":"\\1"}/\' ;;',
    '*) echo "$line" | sed \'s/.*"key":"\\([^"]*\\)".*/{"wrapped":"\\1"}/\' ;;',
    'esac',
  ].join('\n')

  test('A27 wraps and unwraps over its standard input', async (t) => {
    const keeper = program(t, KEEPER)
    const wrapped = await keeper.wrap(SECRET)
    assert.equal(wrapped.by, 'exec')
    assert.deepEqual(Buffer.from(await keeper.unwrap(wrapped)), SECRET)
  })

  test('A27 learns no setting of the server', async (t) => {
    process.env['COUNTERSIGN_DATABASE_URL'] = 'postgres://secret'
    t.after(() => delete process.env['COUNTERSIGN_DATABASE_URL'])
    const spy = program(
      t,
      'test -z "$COUNTERSIGN_DATABASE_URL" || exit 4; echo \'{"wrapped":"AAAA"}\'',
    )
    assert.equal((await spy.wrap(SECRET)).by, 'exec')
  })

  test('A27 that fails in any way is told in a sentence without a key', async (t) => {
    for (const [script, sentence] of [
      ['exit 3', /ended with 3/],
      ['echo nonsense', /something else than a key/],
      ['echo \'{"wrapped":""}\'', /something else than a key/],
      ['echo \'{"wrapped":"AAAA","more":1}\'', /something else than a key/],
      ['head -c 70000 /dev/zero', /answered too much/],
    ] as const)
      await assert.rejects(program(t, script).wrap(SECRET), (error: Error) => {
        assert.match(error.message, sentence)
        assert.doesNotMatch(error.message, /nonsense|AAAA/)
        return error.name === 'RootKeyFailed'
      })
    const pidFile = join(folderOf(t), 'pid')
    const script = `sleep 60 & echo $! > ${pidFile}; wait`
    await assert.rejects(program(t, script, 200).wrap(SECRET), /did not answer in time/)
    const pid = Number(readFileSync(pidFile, 'utf8'))
    while (isAlive(pid)) await setImmediate()
    const missing = rootKeyProgram({ command: ['/nowhere/at/all'] })
    await assert.rejects(missing.wrap(SECRET), /could not be started \(ENOENT\)/)
  })
})

test('A27 a program is not started where no file descriptor is left, and the server goes on', () => {
  const script = [
    "import { openSync } from 'node:fs'",
    "import { rootKeyProgram } from '#channels/root-keys/program.ts'",
    "const keeper = rootKeyProgram({ command: ['/bin/cat'], patience_ms: 100 })",
    "try { for (;;) openSync('/dev/null') } catch {}",
    'await keeper.wrap(Buffer.alloc(1)).catch(({ message }) => process.stdout.write(message))',
    'await new Promise((resolve) => setTimeout(resolve, 300))',
  ].join('\n')
  const command = ['-c', 'ulimit -n 40; exec "$@"', 'sh', process.execPath]
  const { status, stdout } = spawnSync(
    '/bin/sh',
    [...command, '--input-type=module', '-e', script],
    { encoding: 'utf8' },
  )
  assert.match(stdout, /keys\.exec could not be started \(EMFILE\)/)
  assert.equal(status, 0)
})

suite('a Vault that keeps the root key', () => {
  test('A27 wraps with its newest key, and unwraps with the older ones', async (t) => {
    const { options, rotate } = await transit(t)
    const vault = rootKeyVault(options)
    const first = await vault.wrap(SECRET)
    rotate()
    const second = await vault.wrap(SECRET)
    assert.deepEqual([first.by, second.by], ['vault:v1', 'vault:v2'])
    for (const wrapped of [first, second])
      assert.deepEqual(Buffer.from(await vault.unwrap(wrapped)), SECRET)
  })

  test('A27 that refuses, errs or is away is told in a sentence without a key', async (t) => {
    const { options, tokenFile, answerWith } = await transit(t)
    const vault = rootKeyVault(options)
    await assert.rejects(vault.unwrap({ bytes: SECRET, by: 'vault:v1' }), /not wrapped by Vault/)
    writeFileSync(tokenFile, 'another')
    await assert.rejects(vault.wrap(SECRET), /Vault has answered 403 to encrypt/)
    writeFileSync(tokenFile, 'two\nlines')
    await assert.rejects(vault.wrap(SECRET), /holds no token/)
    rmSync(tokenFile)
    await assert.rejects(vault.wrap(SECRET), /holds no token/)
    writeFileSync(tokenFile, 's.token')
    for (const [status, text, sentence] of [
      [200, 'nonsense', /something else to encrypt/],
      [200, '{"data":{"ciphertext":"plain"}}', /something else to encrypt/],
      [302, '', /302|does not answer/],
      [200, `{"data":{"ciphertext":"${'A'.repeat(70_000)}"}}`, /too much/],
    ] as const) {
      answerWith({ status, text })
      await assert.rejects(vault.wrap(SECRET), sentence)
    }
    const away = rootKeyVault({ ...options, url: 'http://127.0.0.1:1' })
    await assert.rejects(away.wrap(SECRET), /Vault does not answer/)
  })
})
