import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadSettings } from '#config/load.ts'

const loaded = (former: string) =>
  loadSettings({
    file: `portal:\n  formerAddresses:\n    ${former}`,
    environment: {},
    readFile: () => '',
  })

test('R019 an address of the portal before this one is a path of which nothing is ours', () => {
  const good = loaded('/account/security-device: devices')
  assert.deepEqual(good.ok && good.settings.portal.formerAddresses, {
    '/account/security-device': 'devices',
  })
  const bad = {
    '/portal/old: devices': /is an address of this server/,
    '/login: overview': /is an address of this server/,
    '/: overview': /must be a path/,
    '/a/../b: overview': /must be a path/,
    '/a/:id: overview': /must be a path/,
    '/a/*: overview': /must be a path/,
    '/a?b=c: overview': /must be a path/,
    '"https://other.example.com/a": overview': /must be a path/,
    '/account: withdrawals': /portal\.formerAddresses/,
  }
  for (const [line, told] of Object.entries(bad)) {
    const found = loaded(line)
    assert.match(found.ok ? 'taken' : found.problems.join(), told, line)
  }
})
