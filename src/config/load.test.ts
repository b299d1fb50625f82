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

  test('what is wrong is said, however much it is', () => {
    const wrong = Array.from({ length: 200_000 }, (_, at) => [`a${at}`, 1] as const)
    const headers = JSON.stringify(Object.fromEntries(wrong))
    const environment = { COUNTERSIGN_AUDIT_HTTP_HEADERS: headers }
    assert.equal(problemsOf({ environment }).split('\n').length, wrong.length)
  })

  test('what is not known is said, in the file and in the environment', () => {
    assert.match(problemsOf({ file: 'nane: Example\n' }), /nane/)
    assert.match(
      problemsOf({ environment: { COUNTERSIGN_NANE: 'x' } }),
      /COUNTERSIGN_NANE: there is no such/,
    )
  })

  test('a name that pages show and phones sign is one line, in the form in which it is shown', () => {
    const loaded = loadSettings(sources({ file: 'name: "Example \\u00a0 Brokerage"\n' }))
    assert.equal(loaded.ok && loaded.settings.name, 'Example Brokerage')
    for (const odd of ['Two\\nlines', 'Exa\\u202emple', 'Exa\\u200bmple', ' ', '\\u2800'])
      assert.match(problemsOf({ file: `name: "${odd}"\n` }), /name/, odd)
    const party = (name: string) =>
      `relyingParties:\n  - id: one\n    name: { en: "${name}", fr: Un }\n` +
      '    redirectUris: ["https://one.example.com/"]\n'
    assert.equal(problemsOf({ file: party('One') }), '')
    assert.match(problemsOf({ file: party('On\\u2066e') }), /relyingParties.*name/)
  })

  test('passkeys belong to the host or to a domain above it, and to no other', () => {
    const about = (domain: string) =>
      problemsOf({
        file: `issuer: https://login.example.com\npasskeys:\n  domain: ${domain}\n`,
      })
    for (const domain of ['login.example.com', 'example.com']) assert.equal(about(domain), '')
    for (const domain of [
      'com',
      'other.com',
      'xexample.com',
      'a.login.example.com',
      'https://example.com',
      'Example.com',
      'example.com.',
      '.example.com',
      'login.example.com:443',
      '"127.0.0.1"',
      '""',
    ])
      assert.match(about(domain), /^passkeys\.domain: must be/, domain)
    const local = { COUNTERSIGN_PASSKEYS_DOMAIN: 'example.com' }
    assert.match(problemsOf({ environment: local }), /passkeys\.domain: must be the host of issuer/)
  })

  test('what is kept of the audit log outside is checked before anything is sent', () => {
    const key = 'witness.example.org/w1+bcb4dd6b+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2'
    const url = 'https://witness.example.org/'
    const about = (...witnesses: readonly object[]) =>
      problemsOf({ environment: { COUNTERSIGN_AUDIT_WITNESSES: JSON.stringify(witnesses) } })
    assert.equal(about({ url, key }), '')
    const mistyped = [
      key.replace('bcb4dd6b', 'bcb4dd6c'),
      key.replace('w1', 'w2'),
      key.replace('BOvN', 'BOvM'),
      key.replace('BOvN', 'AOvN'),
      key.slice(0, -1),
      '',
    ]
    for (const wrong of mistyped)
      assert.match(about({ url, key: wrong }), /audit\.witnesses\.0\.key: must be the key/, wrong)
    for (const wrong of [`${url}?a=b`, `${url}?`, `${url}#a`, 'http://witness.example.org/'])
      assert.match(about({ url: wrong, key }), /audit\.witnesses\.0\.url: must be https/, wrong)
    for (const wrong of ['https://a:b@witness.example.org/', 'https://a@witness.example.org/', 'x'])
      assert.match(about({ url: wrong, key }), /must be https/, wrong)
    for (const local of ['http://localhost:1/', 'http://127.0.0.1:1/', 'http://[::1]:1/'])
      assert.equal(about({ url: local, key }), '', local)
    const twice = about({ url, key }, { url: 'https://other.example.org/', key })
    assert.match(twice, /audit\.witnesses: must have names of their own/)
    const headers = (value: string) =>
      problemsOf({ environment: { COUNTERSIGN_AUDIT_HTTP_HEADERS: JSON.stringify({ a: value }) } })
    assert.equal(headers('Bearer ~ !'), '')
    for (const wrong of ['a\nb', 'a\u0000', '\u20ac', 'é'])
      assert.match(headers(wrong), /audit\.http\.headers\.a: must be printable/, wrong)
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

  test('whatever is wrong gets one sentence that a person understands', () => {
    const party = (more: string) => `relyingParties: [{ id: a, name: { en: A, fr: A }, ${more} }]`
    const rows: readonly [string, string][] = [
      ['isuer: x', 'isuer: there is no such setting'],
      ['database: { uri: x }', 'database.uri: there is no such setting'],
      ['issuer: nowhere', 'issuer: must be an address, such as https://login.example.com'],
      ['database: { url: mysql://x }', 'database.url: must begin with sqlite: or postgres://'],
      [
        'desk: { origin: http://localhost:4600 }',
        'desk.origin: must be another address than issuer: staff and clients share nothing',
      ],
      ['ports: { public: 0 }', 'ports.public: must be a port, from 1 to 65535'],
      ['ports: { public: 4602 }', 'ports: must be different ports'],
      ['redis: { url: http://x }', 'redis.url: must begin with redis:// or rediss://'],
      ['accent: red', 'accent: must be a colour, such as #0a5c4a'],
      ['calendar: { cutOff: 25:00 }', 'calendar.cutOff: must be a time, such as 17:00'],
      [party('secret: short'), 'relyingParties.0.secret: must have 32 characters or more'],
      [
        party('pkce: optional'),
        'relyingParties.0.pkce: can be optional only for a client with a secret',
      ],
      [
        'relyingParties: [{ id: portal, name: { en: A, fr: A } }]',
        'relyingParties.0.id: portal is the Client Portal; choose another',
      ],
      [
        `${party('secret: null')}\nbackOffice: [{ id: a, secret: ${'x'.repeat(32)} }]`,
        'relyingParties: a client id can be given once, here and in backOffice',
      ],
    ]
    for (const [file, sentence] of rows) assert.equal(problemsOf({ file }), sentence, file)
    const environment = { COUNTERSIGN_DATABASE_URL_FILE: '/no/such/file' }
    assert.equal(
      problemsOf({ environment }),
      'COUNTERSIGN_DATABASE_URL_FILE: the file cannot be read',
    )
  })

  test('A11 a code goes to no address in the clear, and to none that runs a script', () => {
    const file = (address: string, type = 'web') =>
      'relyingParties: [{ id: a, name: { en: A, fr: A }, ' +
      `applicationType: ${type}, redirectUris: ["${address}"] }]`
    for (const address of [
      'javascript:alert(1)',
      'data:text/html,x',
      'file:///etc/passwd',
      'http://acme.example.com/callback',
      'https://acme.example.com/callback#x',
      'https://somebody@acme.example.com/callback',
      'myapp:/callback',
      '/callback',
      'https://acme.example.com/callback ',
      'https://acme.example.com/call\\tback',
      'https://b\u00fccher.example.com/callback',
    ]) {
      assert.match(problemsOf({ file: file(address) }), /redirectUris\.0: must be https/, address)
    }
    for (const address of [
      'https://acme.example.com/callback?x=1',
      'http://127.0.0.1:9000/callback',
      'http://[::1]/callback',
    ]) {
      assert.equal(problemsOf({ file: file(address) }), '', address)
    }
    const [scheme, onDevice] = ['com.example.app:/callback', 'https://127.0.0.1/callback']
    assert.match(problemsOf({ file: file(scheme) }), /redirectUris\.0: a scheme of an app needs/)
    assert.match(
      problemsOf({ file: file(onDevice, 'native') }),
      /redirectUris\.0: an app is reached/,
    )
    for (const address of [
      scheme,
      'http://127.0.0.1/callback',
      'https://app.example.com/callback',
    ]) {
      assert.equal(problemsOf({ file: file(address, 'native') }), '', address)
    }
  })

  test('a client secret that no client can send is refused before anything starts', () => {
    const long = 'x'.repeat(32)
    for (const wrong of ['\u00e9', '\\t', '\\n', '\\u007f', '\u2011']) {
      const secret = `"${long}${wrong}"`
      const party = `relyingParties: [{ id: a, name: { en: A, fr: A }, secret: ${secret} }]`
      assert.match(
        problemsOf({ file: party }),
        /relyingParties\.0\.secret: must be printable/,
        wrong,
      )
      const program = `backOffice: [{ id: a, secret: ${secret} }]`
      assert.match(problemsOf({ file: program }), /backOffice\.0\.secret: must be printable/, wrong)
    }
    const right = `backOffice: [{ id: a, secret: '${long} !"#$%&()*+,-./:;<=>?@[]^_{|}~' }]`
    assert.equal(problemsOf({ file: right }), '')
  })

  test('a relying party that says nothing gets RS256 and sends a code_challenge', () => {
    const file = `relyingParties: [{ id: a, name: { en: A, fr: A }, secret: ${'x'.repeat(32)} }]`
    const loaded = loadSettings({ file, environment: {}, readFile: () => '' })
    assert.ok(loaded.ok)
    const [{ idTokenSignedResponseAlg, pkce } = assert.fail()] = loaded.settings.relyingParties
    assert.deepEqual([idTokenSignedResponseAlg, pkce], ['RS256', 'required'])
  })

  test('A29 a proxy that is no address is refused before anything starts', () => {
    const wrong = (text: string) => problemsOf({ file: `trustedProxies: ["${text}"]` })
    for (const text of ['nonsense', '10.0.0.0/33', '10.0.0', 'fe80::/129', '10.0.0.1/8/8', '']) {
      assert.match(wrong(text), /trustedProxies\.0: must be an address or a network/, text)
    }
    for (const text of ['10.0.0.5', '10.0.0.0/8', '2001:db8::/32', 'loopback']) {
      assert.equal(wrong(text), '', text)
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
