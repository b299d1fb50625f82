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
})
