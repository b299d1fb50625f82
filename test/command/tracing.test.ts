import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { suite, test, type TestContext } from 'node:test'
import { place, running } from '../support/commands/command.ts'
import type { WrittenSpan } from '../support/server/tracing-sdk.ts'

const SDK = resolve(import.meta.dirname, '../support/server/tracing-sdk.ts')
const SERVER = 1
const INTERNAL = 0

/** A server with an SDK, as an operator starts it, and the spans that it has written. */
async function traced(t: TestContext, environment: Readonly<Record<string, string>> = {}) {
  const where = await place(t)
  const file = join(where.folder, 'spans.jsonl')
  const more = {
    NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} --import ${SDK}`,
    COUNTERSIGN_TEST_SPANS: file,
    ...environment,
  }
  const server = await running(t, { ...where, environment: { ...where.environment, ...more } }, [
    'serve',
  ])
  const spans = (): readonly WrittenSpan[] =>
    existsSync(file)
      ? readFileSync(file, 'utf8')
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as WrittenSpan)
      : []
  return { ...where, server, spans, text: () => readFileSync(file, 'utf8') }
}

const GUESS = { userName: 'canary-name', password: 'canary-password', language: 'en' }

/** Half of it, and a moment later the other half: a body that is read in two turns. */
async function* slowly(text: string) {
  yield Buffer.from(text.slice(0, 20))
  await new Promise((done) => setTimeout(done, 100))
  yield Buffer.from(text.slice(20))
}

async function guess(issuer: string, headers: Readonly<Record<string, string>> = {}) {
  return await fetch(`${issuer}/api/logins`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: slowly(JSON.stringify({ ...GUESS, platform: 'portal', environment: 'live' })),
    duplex: 'half',
  })
}

/** The span of a request is written a moment after its answer. */
async function requestIn(spans: () => readonly WrittenSpan[]): Promise<WrittenSpan> {
  for (;;) {
    const found = spans().find(({ name }) => name === 'POST /api/logins')
    if (found) return found
    await new Promise((done) => setTimeout(done, 20))
  }
}

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const PARENT = 'b7ad6b7169203331'
const CONTINUED = { traceparent: `00-${TRACE}-${PARENT}-01` }

suite('A server with an OpenTelemetry SDK', () => {
  test('A21 has a span for the request, the use case and the commit, without what was typed', async (t) => {
    const { issuer, server, spans, text } = await traced(t)
    const { status } = await guess(issuer, CONTINUED)
    const request = await requestIn(spans)
    const isBelow = ({ parent }: WrittenSpan, above: WrittenSpan): boolean => {
      const over = spans().find(({ id }) => id === parent)
      return over !== undefined && (over.id === above.id || isBelow(over, above))
    }
    const below = (above: WrittenSpan, name: string) =>
      spans().filter((span) => span.name === name && isBelow(span, above))
    assert.deepEqual(
      [request.kind, request.parent, request.attributes],
      [
        SERVER,
        null,
        {
          'http.request.method': 'POST',
          'http.route': '/api/logins',
          'http.response.status_code': status,
        },
      ],
    )
    assert.notEqual(request.trace, TRACE, 'a client began it')
    const [useCase] = below(request, 'login.startLogin')
    assert.ok(useCase)
    assert.equal(useCase.kind, INTERNAL)
    assert.equal(useCase.attributes['countersign.problem'], 'login.wrong-credentials')
    const commits = below(useCase, 'commit')
    assert.ok(commits.length > 0)
    const events = commits.flatMap(({ attributes }) => attributes['countersign.events'])
    assert.ok(events.includes('login.password-refused'), events.join())
    for (const { attributes } of commits) {
      assert.equal(attributes['db.system.name'], 'sqlite')
      assert.equal(attributes['countersign.committed'], true)
    }
    assert.doesNotMatch(text(), /canary|127\.0\.0\.1/)
    const { stdout } = await server.stop()
    const [line = ''] = stdout.split('\n').filter((one) => one.includes('"/api/logins"'))
    assert.equal((JSON.parse(line) as { readonly trace: string }).trace, request.trace)
  })

  test('continues the trace of a proxy that it trusts', async (t) => {
    const { issuer, spans } = await traced(t, { COUNTERSIGN_TRUSTED_PROXIES: '["loopback"]' })
    await guess(issuer, { ...CONTINUED, 'x-forwarded-for': '203.0.113.9' })
    const { trace, parent } = await requestIn(spans)
    assert.deepEqual([trace, parent], [TRACE, PARENT])
  })
})
