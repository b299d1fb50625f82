import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test, type TestContext } from 'node:test'
import fastify from 'fastify'
import { assetRoutes, loadAssets } from '#edges/http/assets.ts'

/** A build with one style sheet, packed and plain, and a file that is not public. */
function build(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-test-'))
  t.after(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'assets'))
  mkdirSync(join(folder, '.vite'))
  writeFileSync(join(folder, 'assets', 'core-1.css'), 'plain')
  writeFileSync(join(folder, 'assets', 'core-1.css.br'), 'br')
  writeFileSync(join(folder, 'assets', 'core-1.css.gz'), 'gzip')
  writeFileSync(join(folder, 'assets', 'notes.txt'), 'private')
  const manifest = { 'web/style/core.css': { file: 'assets/core-1.css' } }
  writeFileSync(join(folder, '.vite', 'manifest.json'), JSON.stringify(manifest))
  return folder
}

suite('Assets', () => {
  test('are found by the name of their source', (t) => {
    const assets = loadAssets(build(t))
    assert.equal(assets.built('web/style/core.css'), '/assets/core-1.css')
    assert.equal(assets.built('web/style/other.css'), null)
  })

  test('are sent as the browser can read them, and kept for ever', async (t) => {
    const app = fastify()
    assetRoutes(app, loadAssets(build(t)))
    const ask = async (accepted: string) =>
      await app.inject({ url: '/assets/core-1.css', headers: { 'accept-encoding': accepted } })
    assert.equal((await ask('gzip, deflate, br')).payload, 'br')
    assert.equal((await ask('gzip')).payload, 'gzip')
    const plain = await ask('')
    assert.equal(plain.payload, 'plain')
    assert.equal(plain.headers['content-type'], 'text/css; charset=utf-8')
    assert.match(String(plain.headers['cache-control']), /immutable/)
    assert.equal(plain.headers.vary, 'accept-encoding')
  })

  test('are known by name: no request reaches a file', async (t) => {
    const app = fastify()
    assetRoutes(app, loadAssets(build(t)))
    const addresses = [
      'notes.txt',
      '../.vite/manifest.json',
      '%2e%2e/.vite/manifest.json',
      'core-1.css.br',
      '..%5c..%5cx',
      '',
    ]
    for (const address of addresses) {
      assert.equal((await app.inject({ url: `/assets/${address}` })).statusCode, 404, address)
    }
  })

  test('are none before the first build, and pages work without', (t) => {
    const empty = mkdtempSync(join(tmpdir(), 'countersign-test-'))
    t.after(() => rmSync(empty, { recursive: true }))
    assert.equal(loadAssets(empty).files.size, 0)
  })
})
