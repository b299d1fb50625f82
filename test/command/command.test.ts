import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { suite, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { COMMAND, place, run, runAlone, running } from '../support/commands/command.ts'
import { freePorts } from '../support/server/ports.ts'

suite('countersign', () => {
  test('wrong use is told with exit code 2', async (t) => {
    const where = await place(t)
    const nothing = await runAlone(where, ['nothing-like-this'])
    assert.equal(nothing.code, 2)
    assert.match(nothing.stderr, /unknown command/)
    assert.equal((await run(where, ['config', 'explain', 'nonsense'])).code, 2)
  })

  test('what cannot be written is no success: a code that is told once would be lost', async (t) => {
    const { folder, environment } = await place(t)
    const command = `"${process.execPath}" "${COMMAND}" config explain > /dev/full`
    const full = spawnSync('sh', ['-c', command], { cwd: folder, env: environment })
    assert.equal(full.status, 1)
    assert.match(full.stderr.toString(), /could not be written \(ENOSPC\)\.\n$/)
    const piped = `${command.replace(' > /dev/full', '')} | head -n 1`
    const enough = spawnSync('sh', ['-c', piped], { cwd: folder, env: environment })
    assert.deepEqual([enough.status, enough.stderr.toString()], [0, ''])
  })

  test('a wrong setting is named, with exit code 2', async (t) => {
    const where = await place(t)
    writeFileSync(join(where.folder, 'countersign.yaml'), 'ports:\n  pubic: 1\n')
    const validated = await run(where, ['config', 'validate'])
    assert.equal(validated.code, 2)
    assert.match(validated.stderr, /pubic/)
  })

  test('config explain names the variable of every setting', async (t) => {
    const explained = await run(await place(t), ['config', 'explain'])
    assert.equal(explained.code, 0)
    assert.match(explained.stdout, /COUNTERSIGN_DATABASE_URL/)
  })

  test('config print shows no password of the database', async (t) => {
    const where = await place(t)
    const environment = {
      ...where.environment,
      COUNTERSIGN_DATABASE_URL: 'postgres://me:hush@db/one',
    }
    const printed = await run({ ...where, environment }, ['config', 'print'])
    assert.equal(printed.code, 0)
    assert.doesNotMatch(printed.stdout, /hush/)
  })

  test('config print shows no secret of a carrier', async (t) => {
    const where = await place(t)
    const environment = {
      ...where.environment,
      COUNTERSIGN_SMS_SMPP_PASSWORD: 'hush1',
      COUNTERSIGN_SMS_HTTP_URL: 'https://api.example.com/hush2',
      COUNTERSIGN_SMS_HTTP_HEADERS: '{"authorization":"hush3"}',
      COUNTERSIGN_SMS_HTTP_BODY: '{"key":"hush4"}',
      COUNTERSIGN_SMS_HTTP_RECEIPT_SECRET: 'hush5',
      COUNTERSIGN_VOICE_HTTP_SECRET: 'hush6',
      COUNTERSIGN_TWILIO_TOKEN: 'hush7',
      COUNTERSIGN_EMAIL_PASSWORD: 'hush8',
    }
    const printed = await run({ ...where, environment }, ['config', 'print'])
    assert.equal(printed.code, 0)
    assert.doesNotMatch(printed.stdout, /hush/)
  })

  const withoutPrlimit = spawnSync('prlimit', ['--version']).status !== 0
  test('F11 a node whose disk is full is not ready, lives, and is ready again when there is room', {
    skip: withoutPrlimit,
  }, async (t) => {
    const where = await place(t)
    const { child } = await running(t, where, ['serve'])
    const room = (bytes: string) =>
      spawnSync('prlimit', ['--pid', String(child.pid), `--fsize=${bytes}:unlimited`])
    const becomes = async (status: number) => {
      for (let looks = 0; looks < 150; looks += 1) {
        if ((await fetch(`${where.management}/readyz`)).status === status) return
        await wait(100)
      }
      assert.fail(`it is never ${status}`)
    }
    room('1')
    await becomes(503)
    assert.equal((await fetch(`${where.management}/livez`)).status, 200)
    room('unlimited')
    await becomes(200)
  })

  test('a taken port gets a sentence that says what to do, and exit code 75', async (t) => {
    const where = await place(t)
    const taken = createServer().listen(Number(new URL(where.issuer).port), '127.0.0.1')
    await once(taken, 'listening')
    t.after(() => taken.close())
    const ended = await runAlone(where, ['serve'])
    assert.equal(ended.code, 75)
    assert.match(ended.stderr, /Port \d+ is taken\. .*COUNTERSIGN_PORTS_PUBLIC/)
    assert.doesNotMatch(ended.stderr, /at .*\.ts/)
  })

  test('a database that is not to be had gets a sentence, and exit code 75 where it may come', async (t) => {
    const where = await place(t)
    const [closed] = await freePorts(1)
    const environment = {
      ...where.environment,
      COUNTERSIGN_DATABASE_URL: `postgres://me:hush@127.0.0.1:${closed}/countersign`,
    }
    const ended = await runAlone({ ...where, environment }, ['serve'])
    assert.equal(ended.code, 75)
    assert.equal(
      ended.stderr.trim(),
      'The database does not answer. Look whether it runs, and start again.',
    )
  })

  test('keys of another database open nothing: it says so, and ends', async (t) => {
    const where = await place(t)
    assert.equal((await (await running(t, where, ['serve'])).stop()).code, 0)
    rmSync(join(where.folder, 'var/keys.json'))
    const other = await runAlone(where, ['serve'])
    assert.equal(other.code, 1)
    assert.match(other.stderr, /the key file does not belong to this database/)
    writeFileSync(join(where.folder, 'var/keys.json'), '{"hush":1}')
    const damaged = await runAlone(where, ['serve'])
    assert.equal(damaged.code, 1)
    assert.match(damaged.stderr, /var\/keys\.json is not a key file, or is damaged/)
    assert.doesNotMatch(damaged.stderr, /hush/)
  })

  test('serve makes its keys for this user only, answers, and stops in good order', async (t) => {
    const where = await place(t)
    const server = await running(t, where, ['serve'])
    assert.equal((await fetch(`${where.issuer}/login`)).status, 200)
    assert.equal((await fetch(`${where.management}/livez`)).status, 200)
    assert.match(await (await fetch(`${where.management}/metrics`)).text(), /countersign_/)
    assert.equal(statSync(join(where.folder, 'var/keys.json')).mode & 0o777, 0o600)
    const ended = await server.stop()
    assert.equal(ended.code, 0)
  })

  test('every line that serve writes to standard output is JSON, whatever a library says', async (t) => {
    const where = await place(t)
    // As a library would: the level of our log does not reach it.
    const library = `process.on('SIGUSR2', () => { console.info('canary'); console.log('canary') })`
    const environment = {
      ...where.environment,
      COUNTERSIGN_LOG_LEVEL: 'debug',
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(library)}`,
    }
    const server = await running(t, { ...where, environment }, ['serve'])
    for (const path of [
      '/login',
      '/%',
      '/oidc/auth?client_id=x',
      '/.well-known/openid-configuration',
    ]) {
      await fetch(where.issuer + path)
    }
    await fetch(`${where.issuer}/oidc/token`, { method: 'POST', body: 'nonsense' })
    server.child.kill('SIGUSR2')
    for (let looks = 0; looks < 100 && !/(canary\s*){2}/.test(server.said()); looks += 1)
      await wait(50)
    const { stdout, stderr } = await server.stop()
    assert.match(stderr, /canary\ncanary/)
    const lines = stdout.trimEnd().split('\n')
    const said = lines.map((line) => (JSON.parse(line) as { readonly msg: string }).msg)
    assert.ok(said.includes('ready'), stdout)
    assert.ok(said.filter((one) => one === 'request').length >= 4, stdout)
  })

  test('nothing of the demo can be reached in serve', async (t) => {
    const where = await place(t)
    await running(t, where, ['serve'])
    for (const path of ['/trade', '/trade/callback', '/demo', '/sim']) {
      const response = await fetch(`${where.issuer}${path}`, { redirect: 'manual' })
      assert.equal(response.status, 404, path)
    }
    const root = await fetch(where.issuer, { redirect: 'manual' })
    assert.doesNotMatch(await root.text(), /demo-/)
    assert.ok(!existsSync(join(where.folder, 'var/demo')))
  })

  test('subscriber add takes the password from standard input, and refuses a name twice', async (t) => {
    const where = await place(t)
    const person = ['subscriber', 'add', '--user-name', 'test-person', '--account', 'U7']
    const added = await runAlone(where, person, 'a long enough sentence\n')
    assert.equal(added.code, 0, added.stderr)
    assert.match(added.stdout, /"subscriber":"sub_/)
    const twice = await run(where, person, 'a long enough sentence\n')
    assert.equal(twice.code, 1)
    assert.match(twice.stderr, /taken/)
    const short = await run(where, [...person.slice(0, 3), 'other', '--account', 'U8'], 'short\n')
    assert.equal(short.code, 1)
    assert.match(short.stderr, /too short/)
  })

  test('R092 R098 R127 passcode issue reads one out, release frees it, revoke ends it, once', async (t) => {
    const where = await place(t)
    const person = ['subscriber', 'add', '--user-name', 'test-person', '--account', 'U7']
    assert.equal((await run(where, person, 'a long enough sentence\n')).code, 0)
    const act = async (name: string, ...more: readonly string[]) =>
      await run(where, ['passcode', name, '--user-name', 'test-person', '--by', 'agent-7', ...more])
    const word = ['--verified', 'in-person', '--why', 'desk-away'] as const
    const seen = [...word, '--approved-by', 'agent-2'] as const
    const nothing = await act('release', ...seen)
    assert.equal(nothing.code, 1)
    assert.match(nothing.stderr, /\(desk\.nothing-issued\)/)
    const issued = await act('issue', '--reason', 'lost', ...seen)
    assert.equal(issued.code, 0, issued.stderr)
    const { passcode, fullAccessUntil, printsUntil } = JSON.parse(issued.stdout) as Told
    assert.match(passcode, /^[0-9A-HJKMNP-TV-Z]{8}$/)
    assert.equal(Date.parse(printsUntil) - Date.parse(fullAccessUntil), 10 * 86_400_000)
    const second = await act('issue', '--reason', 'away', ...word)
    assert.equal(second.code, 1)
    assert.match(second.stderr, /\(desk\.second-person\)/)
    const agreed = await act('issue', '--reason', 'away', ...seen)
    assert.notEqual((JSON.parse(agreed.stdout) as Told).passcode, passcode)
    for (const name of ['release', 'revoke']) {
      const done = await act(name, ...(name === 'release' ? seen : word))
      assert.equal(done.code, 0, done.stderr)
      assert.deepEqual(JSON.parse(done.stdout), { done: true })
    }
    const over = await act('revoke', ...word)
    assert.equal(over.code, 1)
    assert.match(over.stderr, /\(desk\.nothing-issued\)/)
    const log = new DatabaseSync(join(where.folder, 'var/countersign.db'), { readOnly: true })
    const told = log
      .prepare(`select kind, body ->> 'verified' as verified from audit_event
        where kind in ('authenticator.issued', 'authenticator.released', 'desk.glass-broken')
        order by seq`)
      .all()
    log.close()
    assert.deepEqual(
      told.map(({ kind, verified }) => [String(kind).split('.')[1], verified]),
      [
        ['glass-broken', 'in-person'],
        ['issued', 'in-person'],
        ['glass-broken', 'in-person'],
        ['issued', 'in-person'],
        ['glass-broken', 'in-person'],
        ['released', 'in-person'],
        ['glass-broken', 'in-person'],
      ],
    )
  })

  test('passcode issue tells what is wrong with what was typed, and gives nothing out', async (t) => {
    const where = await place(t)
    const person = ['subscriber', 'add', '--user-name', 'test-person', '--account', 'U7']
    assert.equal((await run(where, person, 'a long enough sentence\n')).code, 0)
    const rows = [
      ['test-person', 'agent-7', 'bored', 2, /lost, stolen, broken, away, delivery/],
      ['x'.repeat(300), 'agent-7', 'lost', 2, /cannot be a user name/],
      ['somebody-else', 'agent-7', 'lost', 1, /No client has that user name/],
      ['test-person', 'Bob Smith', 'lost', 1, /\(desk\.not-an-agent\)/],
      ['test-person', '', 'lost', 1, /\(desk\.not-an-agent\)/],
    ] as const
    for (const [userName, by, reason, code, words] of rows) {
      const seen = ['--verified', 'response', '--why', 'desk-away']
      const asked = ['--user-name', userName, '--by', by, '--reason', reason, ...seen]
      const refused = await run(where, ['passcode', 'issue', ...asked])
      assert.equal(refused.code, code, `${userName} ${by} ${reason}: ${refused.stderr}`)
      assert.match(refused.stderr, words)
      assert.equal(refused.stdout, '')
    }
    const whose = ['--user-name', 'test-person', '--by', 'agent-7', '--reason', 'lost']
    const why = ['--why', 'desk-away']
    const unsaid = await run(where, ['passcode', 'issue', ...whose, ...why])
    assert.deepEqual([unsaid.code, unsaid.stdout], [2, ''])
    assert.match(unsaid.stderr, /--verified/)
    // What proves nothing is no answer (R126).
    const known = await run(where, [
      'passcode',
      'issue',
      ...whose,
      ...why,
      '--verified',
      'questions',
    ])
    assert.deepEqual([known.code, known.stdout], [2, ''])
    assert.match(known.stderr, /response, call-back, document, in-person/)
    const bare = await run(where, ['passcode', 'issue', ...whose, '--verified', 'response'])
    assert.deepEqual([bare.code, bare.stdout], [2, ''])
    assert.match(bare.stderr, /--why/)
    const without = await run(where, ['passcode', 'issue', '--user-name', 'test-person'])
    assert.equal(without.code, 2)
    assert.match(without.stderr, /--by/)
  })
})

interface Told {
  readonly passcode: string
  readonly fullAccessUntil: string
  readonly printsUntil: string
}
