import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test, type TestContext } from 'node:test'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import type { SubscriberId } from '#core/ids.ts'
import { startEnrolment } from '#engine/devices/enrolment.ts'
import { activationPath } from '#methods/phone-key/wire.ts'
import { listAuthenticators } from '#store/devices/authenticators.ts'
import { firstSession, PASSWORD } from '../../support/clients/engine-story.ts'
import { digitsOn, offline, type Person, typePassword, withPrf } from '../acts.ts'
import { type House, house } from '../test-server.ts'
import { desktop, handset, LAUNCH, noBrowser } from '../support.ts'
import { words } from '../words.ts'

/**
 * An attacker with the phone, a copy of its storage, or a script in its pages (A16, security 2.5).
 */

const t = words('en')
const ANNA: Person = { userName: 'anna', password: PASSWORD }
/** Long enough that chance writes it nowhere. */
const PIN = 'q7zk4w'

interface Owned extends House {
  readonly anna: SubscriberId
}

async function begun(s: TestContext): Promise<Owned> {
  const set = await house(s)
  return { ...set, anna: await set.world.add(ANNA) }
}

/** A phone whose profile is a folder: it can be closed, searched and copied. */
async function profiled(
  s: TestContext,
  folder: string,
): Promise<{ context: BrowserContext; phone: Page }> {
  const context = await chromium.launchPersistentContext(folder, {
    ...LAUNCH,
    locale: 'en-GB',
    viewport: { width: 390, height: 844 },
    hasTouch: true,
  })
  s.after(async () => await context.close())
  context.setDefaultTimeout(15_000)
  return { context, phone: context.pages()[0] ?? (await context.newPage()) }
}

function folderOf(s: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-profile-'))
  s.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}

/** The first phone, locked with a PIN or with a finger. */
async function setUp({ world, issuer }: House, phone: Page, lock: 'pin' | 'prf'): Promise<void> {
  const invited = await startEnrolment(world, await firstSession(world, 'anna'), {
    method: 'phone-key',
  })
  assert.ok(invited.ok)
  await phone.goto(issuer + activationPath(invited.token))
  if (lock === 'prf') {
    await phone.getByText(t('phone.setup.prf'), { exact: true }).click()
    await phone.getByRole('button', { name: t('phone.setup.goOn') }).click()
  } else {
    await typePin(phone, PIN, 'phone.setup.choosePin')
    await typePin(phone, PIN, 'phone.setup.repeatPin')
  }
  await phone.getByRole('heading', { name: t('phone.setup.done') }).waitFor()
}

async function typePin(phone: Page, pin: string, title = 'phone.pin.title'): Promise<void> {
  await phone.getByRole('heading', { name: t(title) }).waitFor()
  await phone.locator('.dots i.on').first().waitFor({ state: 'hidden' })
  await phone.keyboard.type(pin)
  await phone.getByRole('button', { name: t('phone.pin.ok'), exact: true }).click()
}

async function open(phone: Page, { issuer }: House, place: string): Promise<void> {
  await phone.goto('about:blank')
  await phone.goto(`${issuer}/phone#${place}`)
}

/** The page that waits for the phone. */
async function beginLogin(desk: Page, { issuer }: House): Promise<void> {
  await desk.goto(`${issuer}/login?platform=portal`)
  await typePassword(desk, t, ANNA)
  await desk.getByRole('heading', { name: t('method.phone-key.waiting.title') }).waitFor()
}

/** A code without a connection; what the whole page says of it, and the code. */
async function codeFor(phone: Page, challenge: string, pin: string | null) {
  await phone.getByLabel(t('phone.code.label')).fill(challenge)
  await phone.getByRole('button', { name: t('phone.code.make') }).click()
  if (pin !== null) await typePin(phone, pin)
  await phone.getByRole('heading', { name: t('phone.response.title') }).waitFor()
  const digits = await digitsOn(phone)
  const page = await phone.locator('main').innerHTML()
  await phone.getByRole('button', { name: t('phone.response.done') }).click()
  return { digits, page: page.replaceAll(/\d+/g, '#') }
}

async function keyOf({ world, anna }: Owned): Promise<Buffer> {
  const held = await listAuthenticators(world.db, anna)
  const phone = held.find(({ value }) => value.method === 'phone-key')
  assert.ok(phone)
  return Buffer.from((phone.value.state as { readonly ocraKey: string }).ocraKey, 'base64url')
}

const lifecycleOf = async ({ world, anna }: Owned): Promise<string | undefined> =>
  (await listAuthenticators(world.db, anna)).find(({ value }) => value.method === 'phone-key')
    ?.value.lifecycle

/** The files of a profile in which something stands, as bytes, in hexadecimal or in base64. */
function filesWith(folder: string, secret: Buffer): readonly string[] {
  const base64 = secret.toString('base64url').slice(0, -1)
  const forms = [
    secret,
    ...[secret.toString('hex'), base64, secret.toString('base64').replace(/.=*$/, '')].map((one) =>
      Buffer.from(one),
    ),
  ]
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((file) => {
      const bytes = readFileSync(file)
      return forms.some((form) => bytes.includes(form))
    })
}

/** What the phone keeps of its key, read as a script in its pages would. */
const STORED = `(async () => {
  const db = await new Promise((done, failed) => {
    const asked = indexedDB.open('countersign')
    asked.onsuccess = () => done(asked.result)
    asked.onerror = () => failed(asked.error)
  })
  const all = (name) => new Promise((done) => {
    const asked = db.transaction(name).objectStore(name).getAll()
    asked.onsuccess = () => done(asked.result)
  })
  const [binding] = await all('binding')
  const [clock] = await all('clock')
  db.close()
  return { binding, clock }
})()`

const HEX = `((bytes) => Array.from(bytes, (one) => one.toString(16).padStart(2, '0')).join(''))`

suite('a stolen phone in a real browser', { skip: noBrowser }, () => {
  for (const lock of ['prf', 'pin'] as const) {
    test(`T-PWA-1 neither key nor PIN is on the disk, with a key that is opened by ${lock}`, async (s) => {
      const set = await begun(s)
      const folder = folderOf(s)
      const { context, phone } = await profiled(s, folder)
      if (lock === 'prf') await withPrf(phone)
      await setUp(set, phone, lock)
      const desk = await desktop(set)
      await offline(phone, set.issuer, t)
      await beginLogin(desk, set)
      await desk.getByRole('link', { name: t('method.phone-key.waiting.not-received') }).click()
      const { digits } = await codeFor(phone, await digitsOn(desk), lock === 'pin' ? PIN : null)
      await desk.getByLabel(t('method.phone-key.response.label')).fill(digits)
      await desk.getByRole('button', { name: t('method.phone-key.response.button') }).click()
      await desk.waitForURL(/\/portal$/)
      const wrapped = await phone.evaluate<string>(
        `${STORED}.then(({ binding }) => ${HEX}(binding.lock.wrapped))`,
      )
      await context.close()
      // The search finds what is there: the wrapped key is.
      assert.ok(filesWith(folder, Buffer.from(wrapped, 'hex')).length > 0, 'nothing was searched')
      assert.deepEqual(filesWith(folder, await keyOf(set)), [])
      assert.deepEqual(filesWith(folder, Buffer.from(PIN)), [])
      assert.deepEqual(filesWith(folder, Buffer.from(digits)), [], 'no response is kept')
    })
  }

  test('T-PWA-2 R053 every PIN makes eight digits, on the same page, and without asking the server', async (s) => {
    const set = await begun(s)
    const phone = await handset(set)
    await setUp(set, phone, 'pin')
    await offline(phone, set.issuer, t)
    const right = await codeFor(phone, '418207', PIN)
    assert.match(right.digits, /^\d{8}$/)
    const seen = new Set([right.digits])
    for (const pin of ['q7zk4x', 'a7zk4w', '1234', '00000', 'zz99zz']) {
      const wrong = await codeFor(phone, '418207', pin)
      assert.match(wrong.digits, /^\d{8}$/)
      assert.equal(wrong.page, right.page, `the page tells ${pin} from the right one`)
      seen.add(wrong.digits)
    }
    assert.equal(seen.size, 6)
  })

  test('T-PWA-4 a script in the pages of the phone exports no key, and approves nothing without the PIN', async (s) => {
    const set = await begun(s)
    const phone = await handset(set)
    await setUp(set, phone, 'pin')
    const desk = await desktop(set)
    await beginLogin(desk, set)
    const number = await digitsOn(desk)
    await open(phone, set, 'requests')
    await phone.getByLabel(t('phone.request.number')).waitFor()
    // The app has said that it shows the request, and says nothing more: another signer is a copy.
    await desk.locator('.track .done', { hasText: t('login.track.opened.kind') }).waitFor()

    // One that is written into the page does not run at all.
    const written = phone.evaluate(`(() => {
      const script = document.createElement('script')
      script.textContent = 'window.ran = true'
      document.body.append(script)
    })()`)
    await assert.rejects(written, /TrustedScript/)
    assert.equal(await phone.evaluate('window.ran'), undefined)

    // One that runs all the same has what the app has: neither of the two keys.
    const exported = await phone.evaluate<
      readonly string[]
    >(`${STORED}.then(async ({ binding }) => {
      const formats = ['jwk', 'pkcs8', 'raw']
      const { subtle } = crypto
      const tried = await Promise.allSettled(
        formats.map((one) => subtle.exportKey(one, binding.deviceKey)),
      )
      return tried.map(({ status }) => status)
    })`)
    assert.deepEqual(exported, ['rejected', 'rejected', 'rejected'])
    const bytes = await phone.evaluate<string>(`(async () => {
      const { binding } = await ${STORED}
      const found = []
      const look = (value) => {
        if (value instanceof Uint8Array) found.push(${HEX}(value))
        else if (value && typeof value === 'object') Object.values(value).forEach(look)
      }
      look(binding)
      return found.join(' ')
    })()`)
    assert.ok(bytes.length >= 64, 'nothing was looked at')
    assert.ok(!bytes.includes((await keyOf(set)).toString('hex')))

    // It can sign with the device key. Without the PIN there is no response to sign.
    const answers = await phone.evaluate<readonly string[]>(FORGING.replace('NUMBER', number))
    assert.deepEqual(answers, ['200 with the list', 'login.wrong-answer', 'login.wrong-answer'])
    await desk.getByRole('heading', { name: t('method.phone-key.waiting.title') }).waitFor()
  })

  test('T-PWA-5 a copied profile is found out, and neither phone is heard any more', async (s) => {
    const set = await begun(s)
    const [folder, copied] = [folderOf(s), folderOf(s)]
    const first = await profiled(s, folder)
    await setUp(set, first.phone, 'pin')
    await first.context.close()
    cpSync(folder, copied, { recursive: true })
    const own = await profiled(s, folder)
    await open(own.phone, set, 'requests')
    await own.phone.getByRole('heading', { name: t('phone.requests.nothing') }).waitFor()
    const thief = await profiled(s, copied)
    await open(thief.phone, set, 'requests')
    await thief.phone.getByRole('heading', { name: t('phone.stopped.title') }).waitFor()
    assert.equal(await lifecycleOf(set), 'disabled')
    await open(own.phone, set, 'requests')
    await own.phone.getByRole('heading', { name: t('phone.stopped.title') }).waitFor()
  })
})

/**
 * Asks what is asked, and answers it: signed as the app signs, with every key but the one that the
 * PIN opens.
 */
const FORGING = `(async () => {
  const { binding, clock } = await ${STORED}
  const encode = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
  const text = (words) => new TextEncoder().encode(words)
  const canonical = (value) => {
    if (value === null || typeof value !== 'object') return JSON.stringify(value)
    if (Array.isArray(value)) return '[' + value.map(canonical).join(',') + ']'
    const member = (key) => JSON.stringify(key) + ':' + canonical(value[key])
    return '{' + Object.keys(value).sort().map(member).join(',') + '}'
  }
  const before = [...clock.before_ms]
  const send = async (act, members) => {
    const time = Math.max(Math.round(Date.now() + clock.offset_ms), (before.at(-1) ?? 0) + 1)
    const nonce = encode(crypto.getRandomValues(new Uint8Array(16)))
    const payload = { act, aud: binding.issuer, time, nonce, before: before.slice(-16), ...members }
    before.push(time)
    const head = { alg: 'ES256', kid: binding.authenticator }
    const input = encode(text(JSON.stringify(head))) + '.' + encode(text(canonical(payload)))
    const algorithm = { name: 'ECDSA', hash: 'SHA-256' }
    const signature = await crypto.subtle.sign(algorithm, binding.deviceKey, text(input))
    const body = JSON.stringify({ jws: input + '.' + encode(signature) })
    const headers = { 'content-type': 'application/json' }
    const sent = { method: 'POST', headers, body, credentials: 'omit' }
    const answer = await fetch('/phone/api/' + act, sent)
    return { status: answer.status, body: await answer.json() }
  }
  const listed = await send('list', {})
  const part = atob(listed.body.jws.split('.')[1].replaceAll('-', '+').replaceAll('_', '/'))
  const bytes = Uint8Array.from(part, (one) => one.charCodeAt(0))
  const list = JSON.parse(new TextDecoder().decode(bytes))
  const [request] = list.requests
  const digest = await crypto.subtle.digest('SHA-256', text(canonical(request.context)))
  const contextHash = encode(digest)
  const said = [listed.status + ' with the list']
  for (const response of ['00000000', '12345678']) {
    const { transaction } = request
    const decided = { transaction, contextHash, decision: 'approve', number: 'NUMBER' }
    const members = { ...decided, response }
    const { status, body } = await send('answer', members)
    said.push(body.code ?? body.outcome ?? String(status))
  }
  return said
})()`
