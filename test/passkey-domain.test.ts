import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Settings } from '#config/settings.ts'
import { openWorld } from '../src/main.ts'

test('C12 passkeys belong to the domain of the settings', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-domain-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const asked = async (domain: string | null) => {
    const { world, close } = await openWorld(
      Settings.parse({
        issuer: 'https://login.example.com',
        database: { url: `sqlite:${join(folder, 'countersign.db')}` },
        keys: { file: join(folder, 'keys.json') },
        passkeys: { domain },
      }),
    )
    const { random, settings, methods, now } = world
    const offer = methods
      .get('passkey')
      ?.identify?.offer({ random, now: now(), issuer: settings.issuer })
    await close()
    return JSON.stringify(offer)
  }
  assert.match(await asked('example.com'), /"rpId":"example\.com"/)
  assert.match(await asked(null), /"rpId":"login\.example\.com"/)
})
