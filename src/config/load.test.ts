import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { leaves, loadSettings, type Sources } from '#config/load.ts'

const sources = (changes: Partial<Sources> = {}): Sources => ({
  file: null,
  environment: {},
  readFile: () => {
    throw new Error('no such file')
  },
  ...changes,
})

const problemsOf = (changes: Partial<Sources>): string => {
  const loaded = loadSettings(sources(changes))
  return loaded.ok ? '' : loaded.problems.join('\n')
}

suite('settings', () => {
  test('nothing has to be set', () => {
    const loaded = loadSettings(sources())
    assert.ok(loaded.ok)
    assert.equal(loaded.settings.ports.public, 4600)
  })

  test('a variable wins over the file, and a file named by a variable over both', () => {
    const file = 'name: From the file\nports:\n  public: 1111\n  management: 2222\n'
    const environment = {
      COUNTERSIGN_NAME: 'From the variable',
      COUNTERSIGN_PORTS_PUBLIC: '3333',
      COUNTERSIGN_DATABASE_URL: 'sqlite:here.db',
      COUNTERSIGN_DATABASE_URL_FILE: '/run/secrets/url',
    }
    const loaded = loadSettings(
      sources({ file, environment, readFile: () => 'postgres://db/one\n' }),
    )
    assert.ok(loaded.ok)
    const { name, ports, database } = loaded.settings
    assert.deepEqual([name, ports.public, ports.management], ['From the variable', 3333, 2222])
    assert.equal(database.url, 'postgres://db/one')
  })

  test('what is not known is said, in the file and in the environment', () => {
    assert.match(problemsOf({ file: 'nane: Example\n' }), /nane/)
    assert.match(
      problemsOf({ environment: { COUNTERSIGN_NANE: 'x' } }),
      /COUNTERSIGN_NANE: there is no such/,
    )
  })

  test('a value that does not fit is named by its path', () => {
    assert.match(
      problemsOf({ environment: { COUNTERSIGN_PORTS_PUBLIC: '70000' } }),
      /ports\.public/,
    )
    assert.match(
      problemsOf({ environment: { COUNTERSIGN_PORTS_PUBLIC: 'many' } }),
      /PORTS_PUBLIC: the value/,
    )
    assert.match(problemsOf({ file: 'ports: [1' }), /countersign\.yaml/)
    assert.match(problemsOf({ file: '- a list' }), /countersign\.yaml/)
  })

  test('passwords never cross a network in the clear: http is for this machine only', () => {
    for (const issuer of [
      'http://login.example.com',
      'ftp://localhost',
      'http://localhost:4600/',
      'nowhere',
    ]) {
      assert.match(problemsOf({ environment: { COUNTERSIGN_ISSUER: issuer } }), /issuer/, issuer)
    }
    for (const issuer of [
      'https://login.example.com',
      'http://localhost:4600',
      'http://127.0.0.1',
    ]) {
      assert.equal(problemsOf({ environment: { COUNTERSIGN_ISSUER: issuer } }), '', issuer)
    }
  })

  test('aliases of YAML cannot blow up', () => {
    const bomb = 'a: &a [1,1]\nb: &b [*a,*a]\nc: [*b,*b]\n'
    assert.match(problemsOf({ file: bomb }), /countersign\.yaml/)
  })

  test('a list is written as JSON in a variable', () => {
    const loaded = loadSettings(
      sources({ environment: { COUNTERSIGN_TRUSTED_PROXIES: '["10.0.0.1"]' } }),
    )
    assert.ok(loaded.ok)
    assert.deepEqual(loaded.settings.trustedProxies, ['10.0.0.1'])
  })

  test('every setting says what it is for, and its variable is its own', () => {
    const all = leaves()
    assert.ok(all.length > 15)
    assert.equal(new Set(all.map(({ variable }) => variable)).size, all.length)
    for (const { path, description } of all) assert.notEqual(description, '', path)
  })
})
