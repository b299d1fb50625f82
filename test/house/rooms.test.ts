import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { after, before, suite, test } from 'node:test'

/** From, to, and the rule that forbids it; none where the import is as it should be. */
const IMPORTS = [
  ['src/core/login/login.ts', '#core/time/time.ts', null],
  ['src/core/a.ts', '#store/login/logins.ts', 'core-is-pure'],
  ['src/core/b.ts', 'node:crypto', 'core-is-pure'],
  ['src/core/c.ts', 'zod', 'core-is-pure'],
  ['src/oath/totp.ts', '#core/time/time.ts', null],
  ['src/oath/a.ts', '#core/login/login.ts', 'oath-is-pure'],
  ['src/oath/b.ts', 'node:crypto', 'oath-is-pure'],
  ['src/oath/b.test.ts', 'node:crypto', null],
  ['src/methods/card/method.ts', '#oath/totp.ts', null],
  ['src/methods/card/wire.ts', '#store/login/logins.ts', 'methods-may-import-oath-and-core'],
  ['src/methods/card/prompt.ts', '#methods/phone-key/wire.ts', 'methods-do-not-know-each-other'],
  ['src/methods/phone-key/wire.ts', '#methods/method.ts', null],
  ['src/methods/registry.ts', '#methods/card/method.ts', null],
  ['src/store/login/logins.ts', '#core/login/login.ts', null],
  ['src/store/a.ts', '#engine/login/view.ts', 'store-may-import-tracing-and-core'],
  ['src/store/b.ts', '#tracing/spans.ts', null],
  ['src/tracing/a.ts', '#core/time/time.ts', 'tracing-may-import-nothing'],
  ['src/methods/b.ts', '#tracing/spans.ts', 'methods-may-import-oath-and-core'],
  ['src/channels/a.ts', '#engine/login/view.ts', 'channels-may-import-core'],
  ['src/keyfiles/a.ts', '#core/time/time.ts', null],
  ['src/keyfiles/b.ts', '#engine/login/view.ts', 'keyfiles-may-import-core'],
  ['src/edges/k.ts', '#keyfiles/a.ts', 'edges-may-import-engine-and-tracing-and-core'],
  ['src/config/a.ts', '#engine/login/view.ts', 'config-may-import-core'],
  ['src/engine/login/view.ts', '#store/login/logins.ts', null],
  [
    'src/engine/a.ts',
    '#edges/page.ts',
    'engine-may-import-methods-and-store-and-channels-and-tracing-and-core',
  ],
  ['src/edges/page.ts', '#engine/login/view.ts', null],
  ['src/edges/a.ts', '#store/login/logins.ts', 'edges-may-import-engine-and-tracing-and-core'],
  ['src/edges/b.ts', '#methods/card/method.ts', 'edges-may-import-engine-and-tracing-and-core'],
  ['src/edges/c.ts', '#methods/phone-key/wire.ts', null],
  ['src/edges/d.ts', '#methods/registry.ts', null],
  ['src/edges/phone/routes.ts', '#methods/phone-key/wire.ts', null],
  ['src/edges/pages/a.ts', '#methods/phone-key/wire.ts', 'shared-code-knows-no-method-by-name'],
  ['src/edges/api/a.ts', '#methods/phone-key/wire.ts', 'shared-code-knows-no-method-by-name'],
  [
    'src/edges/back-office/a.ts',
    '#methods/phone-key/wire.ts',
    'shared-code-knows-no-method-by-name',
  ],
  ['src/edges/server/a.ts', '#methods/phone-key/wire.ts', 'shared-code-knows-no-method-by-name'],
  ['src/engine/f.ts', '#methods/card/method.ts', 'shared-code-knows-no-method-by-name'],
  ['src/engine/g.ts', '#methods/registry.ts', null],
  ['src/cli/a.ts', '#methods/card/method.ts', 'shared-code-knows-no-method-by-name'],
  ['src/cli/b.ts', '#cli/demo/demo.ts', 'the-demo-is-loaded-when-it-is-asked-for'],
  ['src/main.ts', '#store/login/logins.ts', null],
  [
    'src/engine/b.ts',
    '../main.ts',
    'engine-may-import-methods-and-store-and-channels-and-tracing-and-core',
  ],
  ['web/phone/a.ts', '#methods/phone-key/wire.ts', null],
  ['web/phone/b.ts', '#methods/card/method.ts', 'the-browser-gets-only-what-it-may-know'],
  ['web/phone/c.ts', '#engine/login/view.ts', 'the-browser-gets-only-what-it-may-know'],
  ['src/engine/c.ts', '#engine/circle.ts', 'no-cycle'],
  ['src/edges/e.ts', 'fast-check', 'what-ships-needs-no-development-package'],
  ['src/edges/f.ts', 'zod', null],
  ['src/edges/e.test.ts', 'fast-check', null],
  ['src/engine/e.ts', '#engine/gone.ts', 'every-import-is-found'],
] as const

/** What else must be there to be imported. */
const OTHERS = {
  'src/core/time/time.ts': 'export type Thing = string',
  'src/methods/method.ts': 'export type Thing = string',
  'src/tracing/spans.ts': 'export type Thing = string',
  'src/cli/demo/demo.ts': 'export type Thing = string',
  'src/engine/circle.ts': "export type { It as Thing } from '#engine/c.ts'",
}

suite('A room', () => {
  const house = mkdtempSync(join(tmpdir(), 'countersign-rooms-'))
  let broken: Map<string, string[]>

  before(() => {
    for (const [from, to] of IMPORTS)
      write(join(house, from), `import type { Thing } from '${to}'\nexport type It = Thing\n`)
    for (const [file, text] of Object.entries(OTHERS)) write(join(house, file), text)
    for (const file of ['package.json', '.dependency-cruiser.mjs']) cpSync(file, join(house, file))
    symlinkSync(resolve('node_modules'), join(house, 'node_modules'))
    broken = brokenRules(house)
  })
  after(() => rmSync(house, { recursive: true }))

  for (const [from, to, rule] of IMPORTS) {
    test(`${rule === null ? 'lets' : 'does not let'} ${from} import ${to}`, () => {
      const rules = broken.get(from) ?? []
      assert.deepEqual([...new Set(rules)], rule === null ? [] : [rule])
    })
  }
})

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

/** The rules that each file breaks. */
function brokenRules(house: string): Map<string, string[]> {
  const depcruise = resolve('node_modules', '.bin', 'depcruise')
  const { stdout } = spawnSync(process.execPath, [depcruise, 'src', 'web', '-T', 'json'], {
    cwd: house,
    encoding: 'utf8',
  })
  const { summary } = JSON.parse(stdout) as {
    summary: { violations: { from: string; rule: { name: string } }[] }
  }
  const broken = new Map<string, string[]>()
  for (const { from, rule } of summary.violations)
    broken.set(from, [...(broken.get(from) ?? []), rule.name])
  return broken
}
