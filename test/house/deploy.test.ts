import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { parse } from 'yaml'
import { COUNTED } from '#core/audit/audit.ts'
import { leaves, loadSettings } from '#config/load.ts'
import { metricsOf } from '#edges/http/metrics.ts'
import { capacity, planIn } from '../../scripts/capacity/main.ts'
import { testWorld } from '../support/server/world.ts'

/** What operators copy names only what there is. */

const textOf = (file: string): string => readFileSync(file, 'utf8')
const found = (text: string, of: RegExp): readonly string[] => [
  ...new Set([...text.matchAll(of)].map(([all, group]) => group ?? all)),
]

const MONITORING = ['deploy/monitoring/alerts.yaml', 'deploy/monitoring/board.json']
const NIGHTS = textOf('docs/guide/nights.md')
const GUIDE = textOf('docs/guide/operator.md')

function defaults() {
  const loaded = loadSettings({ file: null, environment: {}, readFile: () => '' })
  assert.ok(loaded.ok)
  return loaded.settings
}

/** As GitHub makes them of headings. */
const anchorsOf = (text: string): readonly string[] =>
  found(text, /^#{2,4} (.+)$/gm).map((title) => title.toLowerCase().replaceAll(' ', '-'))

suite('What operators copy', () => {
  test('names metrics that /metrics has, and kinds of events that are counted', async (t) => {
    const { registry } = metricsOf(await testWorld(t))
    const there = new Set(registry.getMetricsAsArray().map(({ name }) => name))
    for (const file of MONITORING) {
      const text = textOf(file).replaceAll('\\"', '"')
      const names = found(text, /\b(?:countersign|nodejs|process)_[a-z_0-9]+/g)
      assert.ok(names.length > 5, file)
      const unknown = names.filter(
        (name) => !there.has(name) && !there.has(name.replace(/_(bucket|count|sum)$/, '')),
      )
      assert.deepEqual(unknown, [], file)
      const kinds = found(text, /kind=~?"([^"]+)"/g).flatMap((some) => some.split('|'))
      assert.ok(kinds.length > 0, file)
      const counted: readonly string[] = COUNTED
      assert.deepEqual(
        kinds.filter((kind) => !counted.includes(kind)),
        [],
        file,
      )
    }
  })

  test('has a page for each alert, and each page names tests that are there', () => {
    const { groups } = parse(textOf('deploy/monitoring/alerts.yaml')) as {
      groups: { rules: { alert: string; annotations: { runbook: string } }[] }[]
    }
    const rules = groups.flatMap((group) => group.rules)
    const anchors = anchorsOf(NIGHTS)
    for (const { alert, annotations } of rules) {
      assert.ok(anchors.includes(annotations.runbook.replace('nights.md#', '')), alert)
      assert.ok(NIGHTS.includes(`\`${alert}\``), `${alert} stands on no page`)
    }
    const pages = NIGHTS.split(/^## /m).slice(1)
    assert.ok(pages.length >= 10)
    for (const page of pages) {
      const tests = found(page, /`((?:test|src)\/[^`]+\.test\.ts)`/g)
      assert.ok(tests.length > 0, page.slice(0, 40))
      assert.deepEqual(
        tests.filter((file) => !existsSync(file)),
        [],
      )
      assert.match(page, /```sh\n/)
    }
    const links = found(NIGHTS, /\]\(operator\.md#([a-z-]+)\)/g)
    assert.deepEqual(
      links.filter((one) => !anchorsOf(GUIDE).includes(one)),
      [],
    )
  })

  test('sets variables that there are', () => {
    const known = new Set(leaves().map(({ variable }) => variable))
    for (const file of globSync('deploy/*/*', { exclude: ['deploy/monitoring/**'] })) {
      const unknown = found(textOf(file), /\bCOUNTERSIGN_[A-Z_]+/g).filter(
        (one) => !known.has(one) && !known.has(one.replace(/_FILE$/, '')),
      )
      assert.deepEqual(unknown, [], file)
    }
  })

  test('runs without root, without capabilities, and with a root that cannot be written', () => {
    const { services } = parse(textOf('deploy/docker/compose.yaml')) as {
      services: Record<string, Record<string, unknown>>
    }
    const { user, read_only, cap_drop, security_opt } = services['countersign'] ?? {}
    assert.deepEqual(
      { user, read_only, cap_drop, security_opt },
      {
        user: '10001:10001',
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
      },
    )
    assert.match(textOf('deploy/docker/Dockerfile'), /^USER 10001:10001$/m)
  })

  test('puts into the image what the server consists of, and no secret that lies beside it', () => {
    const lines = textOf('deploy/docker/Dockerfile.dockerignore').split('\n')
    const [first, ...rest] = lines.filter((line) => line !== '' && !line.startsWith('#'))
    assert.equal(first, '*', 'what is not named stays out')
    const named = rest.filter((line) => line.startsWith('!')).map((line) => line.slice(1))
    for (const path of named) assert.ok(existsSync(path), path)
    const { secrets } = parse(textOf('deploy/docker/compose.yaml')) as {
      secrets: Record<string, { file: string }>
    }
    const ignored = textOf('.gitignore')
    assert.match(ignored, /^\/deploy\/docker\/database-\*$/m)
    for (const { file } of Object.values(secrets)) assert.match(file, /^\.\/database-/)
    for (const path of ['deploy', 'var', 'dist', 'node_modules', '.git', 'countersign.yaml'])
      assert.ok(!named.includes(path), path)
  })

  test('keeps no token where systemd empties the folder, and lets the log be kept outside', () => {
    const unit = textOf('deploy/systemd/countersign.service')
    const emptied = found(unit, /^RuntimeDirectory=(\S+)/gm).map((name) => `/run/${name}/`)
    const [token = ''] = found(GUIDE, /tokenFile: (\S+)/g)
    assert.ok(token.startsWith('/'))
    for (const folder of emptied) assert.ok(!token.startsWith(folder), token)
    const [kept = ''] = found(GUIDE, /^audit:\n {2}file: (\S+)\//gm)
    const written = found(unit, /^ReadWritePaths=(.+)$/gm).flatMap((some) => some.split(' '))
    assert.ok(written.includes(`-${kept}`), kept)
  })

  test('alarms on what a server commits: a command has no metrics', () => {
    const byCommand = ['key.made', 'key.retired', 'keys.wrapped', 'backup.made']
    for (const kind of byCommand)
      assert.ok(!textOf('deploy/monitoring/alerts.yaml').includes(kind), kind)
  })

  test('looks for settings as they are printed', () => {
    const printed = JSON.stringify(defaults(), null, 2)
    const searched = found(NIGHTS, /config print \| grep -A\d (\S+)/g)
    assert.ok(searched.length > 1)
    for (const word of searched) assert.ok(printed.includes(word.replaceAll("'", '')), word)
    assert.match(NIGHTS, /^countersign\(\) \{ runuser -u countersign -- /m)
  })

  test('says of each field of the log what it is', () => {
    const documented = found(
      GUIDE.split('### Fields of the log')[1]?.split(/\n#{2,3} /)[0] ?? '',
      /^\| `(\w+)`/gm,
    )
    const written = new Set(['level', 'time', 'msg', 'reqId', 'trace', 'job', 'problem', 'err'])
    for (const file of globSync('src/**/*.ts', { exclude: ['**/*.test.ts'] }))
      for (const object of found(textOf(file), /\blog\s*\.(?:info|warn|error)\(\s*\{([^}]*)\}/g))
        for (const name of found(object, /(?:^|,)\s*(\w+)(?=\s*[:,]|\s*$)/g)) written.add(name)
    assert.deepEqual([...written].toSorted(), [...documented].toSorted())
  })

  test('plans for the logins of the busiest minutes, and for a node that is lost', () => {
    const plan = capacity(planIn({ clients: '10000000' }))
    assert.equal(Math.round(plan.mean), 556)
    assert.equal(Math.round(plan.peak), 1_111)
    assert.equal(plan.nodes, Math.ceil(plan.cores / 4) + 1)
    assert.ok(plan.memoryMB > 245)
    for (const clients of ['0', '-1', 'many', '1e12'])
      assert.throws(() => planIn({ clients }), /--clients is from/)
  })
})
