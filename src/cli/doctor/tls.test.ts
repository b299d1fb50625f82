import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createSecureServer } from 'node:http2'
import { createServer } from 'node:https'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { certificateOf, http2Of, judged } from '#cli/doctor/tls.ts'
import { freePorts } from '../../../test/support/server/ports.ts'

suite('The doctor on TLS', () => {
  test('says when a certificate is to be renewed, a week before it ends', () => {
    const shown = { isTrusted: true, why: '', issuer: 'Example CA', daysLeft: 7 }
    assert.equal(judged(shown)?.isWell, true)
    assert.match(judged({ ...shown, daysLeft: 6 })?.sentence ?? '', /for 6 more days\. Renew it\.$/)
    assert.equal(judged({ ...shown, daysLeft: 6 })?.isWell, false)
    assert.equal(judged({ ...shown, isTrusted: false, why: 'EXPIRED' })?.isWell, false)
  })

  test('names who issued a certificate that is not trusted, and an old protocol', {
    skip: spawnSync('openssl', ['version']).status !== 0 && 'there is no openssl here',
  }, async (t) => {
    const place = mkdtempSync(join(tmpdir(), 'countersign-doctor-'))
    t.after(() => rmSync(place, { recursive: true }))
    const [keyFile, file] = [join(place, 'key.pem'), join(place, 'crt.pem')]
    const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
    const files = ['-keyout', keyFile, '-out', file, '-subj', '/O=Office Proxy/CN=localhost']
    assert.equal(spawnSync('openssl', [...made, ...files], { stdio: 'ignore' }).status, 0)
    const tls = { key: readFileSync(keyFile), cert: readFileSync(file) }
    const servers = [createSecureServer(tls), createServer(tls)]
    const ports: number[] = []
    for (const server of servers) {
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      t.after(() => server.close())
      ports.push((server.address() as AddressInfo).port)
    }
    const [modern = 0, old = 0] = ports
    const certificate = await certificateOf('localhost', modern)
    assert.equal(certificate?.isWell, false)
    assert.match(
      certificate?.sentence ?? '',
      /issued by Office Proxy, localhost, .* a proxy may read/,
    )
    assert.equal((await http2Of('localhost', modern))?.isWell, true)
    assert.match((await http2Of('localhost', old))?.sentence ?? '', /HTTP\/1\.1/)
    const address = await certificateOf('127.0.0.1', modern)
    assert.match(address?.sentence ?? '', /issued by Office Proxy/)
    const [closed = 0] = await freePorts(1)
    assert.match((await certificateOf('localhost', closed))?.sentence ?? '', /No TLS connection/)
  })
})
