import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { suite, test } from 'node:test'
import { place, run, runAlone } from '../support/commands/command.ts'

suite('countersign staff', () => {
  test('invites the first member with an address of the desk, and lists, changes and suspends', async (t) => {
    const where = await place(t)
    const staff = (...args: readonly string[]) => run(where, ['staff', ...args])
    const invited = await staff(
      ...['invite', '--role', 'supervisor', '--name', 'Zoë Exämple', '--by', 'root'],
      ...['--own-user-name', 'zoe', '--own-telephone', '+12025550100'],
    )
    assert.equal(invited.code, 0, invited.stderr)
    const told = JSON.parse(invited.stdout)
    assert.equal(told.id, 'zoe.example')
    assert.ok(told.address.startsWith(`${where.desk}/join/`))
    const hour = Date.parse(told.until) - Date.now()
    assert.ok(hour > 50 * 60_000 && hour <= 60 * 60_000)

    const same = ['invite', '--role', 'agent', '--name', 'Zoë', '--id', 'zoe.example']
    const taken = await staff(...same)
    assert.equal(taken.code, 1)
    assert.match(taken.stderr, /desk\.member-taken/)
    const again = await staff(...same, '--again')
    assert.equal(again.code, 0)
    assert.notEqual(JSON.parse(again.stdout).address, told.address)

    const changed = await staff('role', 'zoe.example', 'operator')
    assert.equal(JSON.parse(changed.stdout).role, 'operator')
    const gone = await staff('suspend', 'zoe.example')
    assert.equal(JSON.parse(gone.stdout).state, 'suspended')
    const listed = (await staff('list')).stdout.trim().split('\n')
    assert.deepEqual(
      listed.map((line) => JSON.parse(line)),
      [{ id: 'zoe.example', name: 'Zoë', role: 'operator', state: 'suspended', passkeys: 0 }],
    )
    assert.doesNotMatch(listed.join(''), /2025550100/)
  })

  test('what cannot be is told in a sentence, with a code', async (t) => {
    const where = await place(t)
    const rows = [
      [['invite', '--role', 'boss', '--name', 'A'], 2, /The role is one of agent, supervisor/],
      [['invite', '--role', 'agent', '--name', '李'], 1, /desk\.not-an-agent/],
      [['invite', '--role', 'agent', '--name', ' ', '--id', 'a'], 1, /desk\.member-malformed/],
      [['invite', '--role', 'agent', '--name', 'A', '--by', 'A B'], 1, /desk\.not-an-agent/],
      [
        ['invite', '--role', 'agent', '--name', 'A', '--own-telephone', '079 123 45 67'],
        1,
        /Start with \+ and the country code.*telephone\.malformed/,
      ],
      [['suspend', 'missing'], 1, /desk\.member-not-found/],
      [['role', 'missing', 'agent'], 1, /desk\.member-not-found/],
    ] as const
    for (const [args, code, words] of rows) {
      const ended = await run(where, ['staff', ...args])
      assert.equal(ended.code, code, args.join(' '))
      assert.match(ended.stderr, words)
    }
    assert.equal((await run(where, ['staff', 'list'])).stdout, '')
  })

  test('runs under a user number that no account has, as in a container', async (t) => {
    const where = await place(t)
    const noAccount = `import os from 'node:os'
      import { syncBuiltinESMExports } from 'node:module'
      os.userInfo = () => { throw new Error('uv_os_get_passwd returned ENOENT') }
      syncBuiltinESMExports()`
    const module = `--import=data:text/javascript,${encodeURIComponent(noAccount)}`
    const options = `${where.environment['NODE_OPTIONS'] ?? ''} ${module}`
    const inContainer = { ...where, environment: { ...where.environment, NODE_OPTIONS: options } }
    for (const by of [['--by', 'root'], []]) {
      const name = ['--name', `Nina${by.length}`]
      const ended = await runAlone(inContainer, [
        'staff',
        'invite',
        '--role',
        'agent',
        ...name,
        ...by,
      ])
      assert.equal(ended.code, 0, ended.stderr)
    }
    const database = new DatabaseSync(join(where.folder, 'var/countersign.db'))
    t.after(() => database.close())
    const rows = database.prepare('select body from audit_event order by seq').all()
    const actors = rows.map(({ body }) => JSON.parse(String(body)).actor)
    assert.deepEqual(actors, ['operator:root', 'operator:operator'])
  })
})
