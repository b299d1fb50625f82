import assert from 'node:assert/strict'
import { readFileSync, statSync } from 'node:fs'
import { test } from 'node:test'

interface Built {
  readonly file: string
  readonly imports?: readonly string[]
}

test('the scripts that a phone loads before anything is drawn are under 20 KiB', () => {
  const dist = new URL('../../dist/', import.meta.url)
  const manifest = JSON.parse(
    readFileSync(new URL('.vite/manifest.json', dist), 'utf8'),
  ) as Readonly<Record<string, Built>>
  const names = new Set(['web/phone/main.tsx'])
  let bytes = 0
  for (const name of names) {
    const { file, imports = [] } = manifest[name] ?? assert.fail(`${name} was not built`)
    bytes += statSync(new URL(`${file}.gz`, dist)).size
    for (const other of imports) names.add(other)
  }
  assert.ok(bytes < 20 * 1_024, `${bytes} bytes, gzip`)
})
