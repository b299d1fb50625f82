import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test, type TestContext } from 'node:test'
import { loadSettings } from '#config/load.ts'
import { keysOf } from '#cli/doctor/installation.ts'
import { openRoots } from '#cli/root-keys.ts'
import { systemRandom } from '#cli/random.ts'
import type { AgentId } from '#core/agent.ts'
import { wrapAll } from '#engine/keys/wrap.ts'
import { transit } from '#channels/root-keys/vault.fixture.ts'
import { DATABASES } from '../../../test/support/databases/databases.ts'
import { testWorld } from '../../../test/support/server/world.ts'

function settingsOf(keys: object) {
  const loaded = loadSettings({ file: null, environment: {}, readFile: () => '' })
  assert.ok(loaded.ok)
  return { ...loaded.settings, keys: { ...loaded.settings.keys, ...keys } }
}

async function places(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-doctor-keys-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const { options, tokenFile } = await transit(t)
  chmodSync(tokenFile, 0o600)
  const { url, mount, key } = options
  const vault = { url, mount, key, tokenFile }
  return { file: join(folder, 'keys.json'), vault, tokenFile }
}

for (const database of DATABASES)
  suite(`The doctor on keys, on ${database}`, () => {
    test('A27 a key file that is left after the move is named, and so is one that others read', async (t) => {
      const { file, vault, tokenFile } = await places(t)
      const before = settingsOf({ file, vault })
      const random = systemRandom()
      const world = await testWorld(t, { database, roots: openRoots(before, random) })
      const told = async (settings: ReturnType<typeof settingsOf>) => {
        const finding = await keysOf(settings, world.db)
        return `${finding?.isWell ? 'well' : 'WRONG'} ${finding?.sentence}`
      }
      const moved = settingsOf({ file, vault, provider: 'vault' })
      assert.match(await told(before), /^well .* by its owner alone/)
      assert.match(await told(moved), /^well vault wraps and unwraps/)
      chmodSync(file, 0o644)
      assert.match(await told(moved), /^WRONG .*keys\.json can be read by other users/)
      chmodSync(file, 0o600)
      chmodSync(tokenFile, 0o640)
      assert.match(await told(moved), /^WRONG .*token can be read by other users/)
      chmodSync(tokenFile, 0o600)

      const roots = openRoots(moved, random)
      const node = await testWorld(t, { database, beside: world, roots })
      assert.ok((await wrapAll(node, { by: 'operator-1' as AgentId, why: 'to Vault' })).ok)
      assert.match(await told(moved), /^WRONG .*keys\.json wraps no key any more, .*Take it off/)
      const without = settingsOf({ file })
      assert.match(await told(without), /^WRONG .* wrapped by vault, which the settings do not/)
      rmSync(file)
      assert.match(await told(moved), /^well vault/)
      writeFileSync(tokenFile, 'another')
      assert.match(await told(moved), /^WRONG keys\.provider: Vault has answered 403/)
    })
  })
