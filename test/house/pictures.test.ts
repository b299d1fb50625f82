import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { loadSettings, processSources } from '#config/load.ts'
import { ISSUER } from '../../scripts/demo.ts'

test('pictures of pages show the address at which a reader starts the demo', () => {
  const loaded = loadSettings({ ...processSources({}), file: null })
  assert.ok(loaded.ok)
  assert.equal(ISSUER, loaded.settings.issuer)
  assert.equal(ISSUER, `http://localhost:${loaded.settings.ports.public}`)
  assert.ok(readFileSync('README.md', 'utf8').includes(`${ISSUER}/demo`))
  // No script takes them from a server of the tests, which has another port each time.
  for (const script of ['screens', 'walkthroughs']) {
    const source = readFileSync(`scripts/${script}.ts`, 'utf8')
    assert.match(source, /await startDemo\(/, script)
    assert.doesNotMatch(source, /test\/support\/server|browser\/support\.ts/, script)
  }
})
