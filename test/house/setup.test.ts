import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'

const NO_SUCH_PROCESS = 2 ** 22

suite('The set-up of a clone', () => {
  const clones: string[] = []
  after(() => {
    for (const clone of clones) rmSync(clone, { recursive: true, force: true })
  })

  /** A clone whose npm, when it is asked to install, says this and fails. */
  function cloneWhereNpmSays(complaint: string) {
    const clone = mkdtempSync(join(tmpdir(), 'countersign-clone-'))
    clones.push(clone)
    for (const path of ['scripts', 'package.json', 'package-lock.json'])
      cpSync(path, join(clone, path), { recursive: true })
    const npm = join(clone, 'npm.mjs')
    writeFileSync(npm, `console.error(${JSON.stringify(complaint)}); process.exitCode = 1`)
    return { clone, npm, command: [join(clone, 'scripts', 'setup.mjs')] }
  }

  function setUpWhereNpmSays(complaint: string) {
    const { npm, command } = cloneWhereNpmSays(complaint)
    const env = { ...process.env, npm_execpath: npm, npm_node_execpath: process.execPath }
    return spawnSync(process.execPath, command, { encoding: 'utf8', env })
  }

  const SITUATIONS = [
    ['npm error code ENOTFOUND', 75, /needs a network/],
    ['npm error code ECONNREFUSED', 75, /needs a network/],
    ['npm error code EAI_AGAIN', 75, /needs a network/],
    ['npm error code ETIMEDOUT', 75, /needs a network/],
    ['npm error code ENOSPC', 75, /disk is full/],
    ['npm error code EACCES', 1, /cannot write to its own folder/],
    ['npm error code EROFS', 1, /cannot write to its own folder/],
    ['npm error code SELF_SIGNED_CERT_IN_CHAIN', 1, /NODE_EXTRA_CA_CERTS/],
    ['npm error code E404', 1, /refuses a package/],
    ['npm error code EUSAGE\nnpm error out of sync', 1, /It said:\n\n.*EUSAGE\n.*out of sync/],
  ] as const
  for (const [complaint, exitCode, sentence] of SITUATIONS) {
    test(`says what to do after ${complaint.split('\n')[0]}, and ends with ${exitCode}`, () => {
      const { status, stdout, stderr } = setUpWhereNpmSays(complaint)
      assert.match(stderr, sentence)
      assert.equal(status, exitCode)
      assert.equal(stdout, '')
    })
  }

  test('says so when there is no npm', () => {
    const { command } = cloneWhereNpmSays('')
    const { status, stderr } = spawnSync(process.execPath, command, {
      encoding: 'utf8',
      env: { PATH: '' },
    })
    assert.match(stderr, /npm is missing/)
    assert.equal(status, 1)
  })

  test('shows what it does on stderr, since stdout belongs to the command that follows', () => {
    const { stdout, stderr } = setUpWhereNpmSays('')
    assert.match(stderr, /Installing packages/)
    assert.equal(stdout, '')
  })

  test('goes on when one before it was killed', () => {
    const { clone, command } = cloneWhereNpmSays('')
    const lock = lockedBy(clone, NO_SUCH_PROCESS)
    spawnSync(process.execPath, command, { env: { PATH: '' } })
    assert.ok(!existsSync(lock))
  })

  test('waits for another one in the same clone', async () => {
    const { clone, command } = cloneWhereNpmSays('')
    const lock = lockedBy(clone, process.pid)
    const second = spawn(process.execPath, command, { env: { PATH: '' } })
    let said = ''
    for await (const chunk of second.stderr) {
      said += String(chunk)
      if (said.includes('waiting for it')) rmSync(lock, { force: true })
    }
    assert.match(said, /waiting for it[\s\S]*npm is missing/)
  })

  test('has nothing to do, and says nothing, where all is fresh', async () => {
    const { clone, command } = cloneWhereNpmSays('')
    const { hashOf } = await import(join(clone, 'scripts', 'setup', 'places.mjs'))
    stamp(join(clone, 'node_modules', '.countersign-packages'), hashOf(['package-lock.json']))
    stamp(join(clone, 'dist', '.stamp'), hashOf(['package-lock.json']))
    const { status, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' })
    assert.equal(stderr, '')
    assert.equal(status, 0)
  })
})

function lockedBy(clone: string, pid: number): string {
  const lock = join(clone, 'var', 'setup.lock')
  stamp(lock, `${pid} ${hostname()}\n`)
  return lock
}

function stamp(file: string, text: string): void {
  mkdirSync(join(file, '..'), { recursive: true })
  writeFileSync(file, text)
}
