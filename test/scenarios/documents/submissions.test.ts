import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  ACCEPTED_KEPT,
  CHECKS,
  SUBMISSION_LENGTH_BYTES_MAX,
  SUBMISSIONS_A_DAY_MAX,
  SUBMITTED_PAGES_MAX,
  UNPROVEN_KEPT,
} from '#core/documents/submission.ts'
import { days, millis } from '#core/time/time.ts'
import { bubblewrapSandbox } from '#engine/documents/sandbox.ts'
import { decide } from '#engine/documents/review/decisions.ts'
import {
  receivePage,
  seePage,
  send,
  shredOutlived,
  submissionsOf,
} from '#engine/documents/submissions.ts'
import { UNFINISHED_KEPT, sweepAll } from '#engine/documents/files.ts'
import { endSession } from '#engine/sessions/sessions.ts'
import { changeAccount } from '#engine/subscribers/accounts.ts'
import { findSubscriberByName } from '#engine/subscribers/subscribers.ts'
import { listSubscriberEvents } from '#store/audit/audit.ts'
import { listSessions } from '#store/sessions/sessions.ts'
import { inside, type Story, until } from '../../support/clients/login-story.ts'
import { cardPhoto, jpegOf } from '../../support/documents/papers.ts'
import { CANARY, NO_SANDBOX, photograph } from '../../support/documents/pictures.ts'
import {
  bodyOf,
  filled,
  files,
  openAll,
  type Part,
  SEND,
  sendParts,
  tokenOf,
} from '../../support/documents/sending.ts'
import { DATABASES } from '../../support/databases/databases.ts'
import { visitor } from '../../support/server/door.ts'

const STAFF = { by: 'operator', agent: 'agent-7' } as const
const CONSOLE = { at: 'command-line', agent: 'agent-7' } as const
/** All that is asked for a proof of address, on the day of the test. */
const PROVEN = { reason: '', checks: CHECKS.address, date: '2026-11-02', mrz: '' }

const idOf = async ({ world }: Story) => {
  const id = await findSubscriberByName(world, 'anna')
  assert.ok(id)
  return id
}

const sentBy = async (door: Story) => await submissionsOf(door.world, await idOf(door))

const kindsOf = async (door: Story) =>
  (await listSubscriberEvents(door.world.db, await idOf(door), { limit: 30 }))
    .map(({ event }) => event.kind)
    .filter((kind) => kind.startsWith('submission.'))
    .toReversed()

/** How many pieces lie, of whatever. */
async function lying({ world }: Story): Promise<number> {
  const { read } = await world.files.connection()
  return (await read.selectFrom('file_piece').select('piece').execute()).length
}

async function sessionOf(door: Story) {
  const all = await listSessions(door.world.db, await idOf(door), door.world.now())
  // The one that the phone has opened; the set-up had one of its own.
  const session = all.find(({ proofs }) => proofs.some(({ method }) => method === 'phone-key'))
  assert.ok(session)
  return session
}

for (const database of DATABASES) {
  suite(`A client sends a proof, on ${database}`, { skip: NO_SANDBOX }, () => {
    const opened = async (t: Parameters<typeof inside>[0]) => {
      const door = await inside(t, { database })
      await door.browser.open(SEND)
      return door
    }
    const post = async (door: Story, ...parts: readonly Part[]) =>
      await sendParts(door, door.browser, filled(door.browser, ...parts))

    test('R140 R145 photographs are received, opened, judged by a person and accepted', async (t) => {
      const door = await opened(t)
      const { browser, world } = door
      const [one, other] = [await photograph(), await photograph({ format: 'png' })]
      const answer = await post(door, ...files(one, other))
      assert.deepEqual([answer.statusCode, answer.headers.location], [303, `${SEND}?sent=1`])
      const after = await browser.open(`${SEND}?sent=1`)
      assert.match(after.words, /We have received your document/)
      assert.match(after.words, /Your address U-anna Today, \S+ Received/)
      await openAll(door)
      assert.match((await browser.open(SEND)).words, /Being checked/)
      const [sent] = await sentBy(door)
      assert.ok(sent)
      assert.deepEqual(
        sent.pages.map(({ kind, opened: page }) => [kind, page?.ok]),
        [
          ['jpeg', true],
          ['png', true],
        ],
      )
      const seen = await seePage(world, { id: sent.id, page: 2, ...STAFF })
      assert.ok(seen.ok)
      const bytes: Uint8Array[] = []
      for await (const part of seen.page) bytes.push(part)
      const page = Buffer.concat(bytes)
      assert.ok(page.subarray(0, 3).equals(Buffer.from([255, 216, 255])))
      assert.ok(!page.includes(CANARY))
      const accept = { id: sent.id, verdict: 'accept', ...PROVEN } as const
      assert.ok((await decide(world, CONSOLE, accept)).ok)
      assert.match((await browser.open(SEND)).words, /Accepted/)
      assert.deepEqual(await kindsOf(door), [
        'submission.received',
        'submission.opened',
        'submission.seen',
        'submission.accepted',
      ])
      const twice = await decide(world, CONSOLE, accept)
      assert.deepEqual(twice, { ok: false, problem: 'submission.not-waiting' })
    })

    test('A18 a form gives its place back, also where the database fails meanwhile', async (t) => {
      const door = await opened(t)
      const { hasRoom } = door.world.files
      const send = async () => (await post(door, ...files(await photograph()))).statusCode
      const fails = async () => await Promise.reject(new Error('the connection is gone'))
      Object.assign(door.world.files, { hasRoom: fails })
      assert.deepEqual([await send(), await send()], [500, 500])
      Object.assign(door.world.files, { hasRoom })
      assert.equal(await send(), 303)
    })

    test('A18 a client who sends twice at once sends no third; what was begun goes on', async (t) => {
      const door = await opened(t)
      const { world } = door
      // Each form asks once whether there is room, when it has begun; it waits for the answer here.
      const { hasRoom } = world.files
      const waiting: (() => void)[] = []
      const held = async () => {
        await new Promise<void>((goOn) => waiting.push(goOn))
        return await hasRoom()
      }
      Object.assign(world.files, { hasRoom: held })
      const send = async () => (await post(door, ...files(await photograph()))).statusCode
      const begun = [send(), send()]
      let early: number | null = null
      for (const one of begun) void one.then((status) => (early ??= status))
      await until(() => waiting.length === begun.length || early !== null)
      assert.equal(early, null)
      // It is not asked for room: a third that begins would wait here for ever.
      Object.assign(world.files, { hasRoom })
      assert.equal(await send(), 507)
      for (const goOn of waiting) goOn()
      assert.deepEqual(await Promise.all(begun), [303, 303])
      assert.equal(await send(), 303)
      assert.equal((await sentBy(door)).length, 3)
    })

    test('R144 what cannot be opened is kept sealed, named, and asked for again', async (t) => {
      const door = await opened(t)
      const heic = Buffer.from('\0\0\0\x18ftypheic\0\0\0\0')
      await post(door, ...files(heic, Buffer.from('%PDF-1.7'), Buffer.from('hello')))
      await openAll(door)
      const { words } = await door.browser.open(SEND)
      assert.match(words, /More needed Page 1 is a HEIC file\. On an iPhone.*Page 2 is a PDF\./)
      assert.match(words, /Page 3 is not a photo that we can open\..*Please send new photos\./)
      const [sent] = await sentBy(door)
      const page = await seePage(door.world, { id: sent?.id ?? '', page: 1, ...STAFF })
      assert.deepEqual(page, { ok: false, problem: 'submission.no-page' })
      assert.equal(await lying(door), 3)
    })

    test('R144 what can be better is said at once, and a person may overrule it', async (t) => {
      const door = await opened(t)
      const dark = await jpegOf(await cardPhoto({ exposure: 0.12 }), { orientation: 6 })
      const good = await jpegOf(await cardPhoto(), { orientation: 8 })
      await post(door, ...files(good, dark))
      const waits = await door.browser.open(`${SEND}?sent=1`)
      assert.match(waits.words, /We look whether we can read it\..* Look again/)
      assert.match(waits.html, /data-stream="\/portal\/documents\/send\/events"/)
      await openAll(door)
      const told = await door.browser.ask({
        method: 'GET',
        url: `${SEND}/events`,
        headers: { accept: 'text/event-stream' },
      })
      assert.match(told.payload, /^event: moved$/m)
      const { words, html } = await door.browser.open(SEND)
      assert.match(words, /Please send a better photo Page 2 is too dark\./)
      assert.match(words, /Being checked Page 2 is too dark\./)
      assert.doesNotMatch(words, /Page 1 is/)
      assert.match(html, /<svg class="better".*<a href="\/help\/documents">/s)
      const [sent] = await sentBy(door)
      const advice = sent?.pages.map(({ opened: page }) => page?.ok && page.legibility?.advice)
      assert.deepEqual(advice, [null, 'dark'])
      const { id = '' } = sent ?? {}
      const accept = { id, verdict: 'accept', ...PROVEN } as const
      assert.ok((await decide(door.world, CONSOLE, accept)).ok)
      assert.doesNotMatch((await door.browser.open(SEND)).words, /better photo/)
    })

    test('R144 a person asks again with a reason that the client reads', async (t) => {
      const door = await opened(t)
      await post(door, ...files(await photograph()))
      await openAll(door)
      const [sent] = await sentBy(door)
      const ask = { ...PROVEN, id: sent?.id ?? '', verdict: 'ask-again' } as const
      for (const reason of ['', 'ugly', '<b>'])
        assert.deepEqual(await decide(door.world, CONSOLE, { ...ask, reason }), {
          ok: false,
          problem: 'desk.reason',
        })
      assert.ok((await decide(door.world, CONSOLE, { ...ask, verdict: 'suspect' })).ok)
      const kept = await door.browser.open(SEND)
      assert.match(kept.words, /Being checked/)
      assert.doesNotMatch(kept.html, /uspicious/, 'a forger who hears of it forges better')
      assert.ok((await decide(door.world, CONSOLE, { ...ask, verdict: 'clear' })).ok)
      assert.ok((await decide(door.world, CONSOLE, { ...ask, reason: 'too-old' })).ok)
      assert.match((await door.browser.open(SEND)).words, /More needed It is too old\./)
    })

    test('what is missing or too much is said at the form, and nothing is left', async (t) => {
      const door = await opened(t)
      const page = await photograph()
      const token: Part = ['form', tokenOf(door.browser)]
      const [purpose, account]: readonly Part[] = [
        ['purpose', 'identity'],
        ['account', 'U-anna'],
      ]
      assert.ok(purpose && account)
      const half = Buffer.alloc(SUBMISSION_LENGTH_BYTES_MAX / 2, page)
      const many = Array.from({ length: SUBMITTED_PAGES_MAX + 1 }, () => page)
      const wrong: readonly [number, RegExp, readonly Part[]][] = [
        [400, /Choose at least one photo/, [token, purpose, account]],
        [400, /Choose at least one photo/, [token, purpose, account, ...files(Buffer.alloc(0))]],
        [400, /Choose what the document shows/, [token, account, ...files(page)]],
        [400, /Choose one of your accounts/, [token, purpose, ...files(page)]],
        [400, /Choose one of/, [token, purpose, ['account', 'U-benoit'], ...files(page)]],
        [413, /more than 25/, [token, purpose, account, ...files(half, half, Buffer.alloc(1))]],
        [413, /more than 10 pages/, [token, purpose, account, ...files(...many)]],
        [413, /more than 10 pages/, [token, purpose, account, ...files(...many, page, page, page)]],
      ]
      for (const [status, words, parts] of wrong) {
        const answer = await sendParts(door, door.browser, parts)
        assert.equal(answer.statusCode, status, String(words))
        assert.match(answer.payload, words)
        assert.match(answer.payload, /role="alert"/)
      }
      assert.deepEqual(await sentBy(door), [])
      assert.equal(await lying(door), 0)
      const whole = [token, purpose, account, ...files(half, half)]
      assert.equal((await sendParts(door, door.browser, whole)).statusCode, 303)
    })

    test('A10 a form of another page, or with its token behind the files, is refused', async (t) => {
      const door = await opened(t)
      const page = await photograph()
      const [token, ...rest] = filled(door.browser, ...files(page))
      assert.ok(token)
      const wrong = ['form', 'x'] as const
      const forms = [rest, [...rest, token], [wrong, ...rest], [wrong], []]
      for (const parts of forms) {
        const answer = await sendParts(door, door.browser, parts)
        assert.equal(answer.statusCode, 403)
      }
      assert.equal(await lying(door), 0)
      const foreign = await door.browser.ask({
        method: 'POST',
        url: SEND,
        headers: {
          origin: 'https://attacker.example',
          'content-type': 'multipart/form-data; boundary=x',
        },
        payload: bodyOf([token, ...rest]),
      })
      assert.equal(foreign.statusCode, 403)
      assert.deepEqual(await sentBy(door), [])
    })

    test('S108 a client sends so many documents a day, also at once, and more the next day', async (t) => {
      const door = await opened(t)
      const page = await photograph()
      const forms = Array.from({ length: SUBMISSIONS_A_DAY_MAX + 3 }, () =>
        filled(door.browser, ...files(page)),
      )
      const answers = await Promise.all(forms.map((parts) => sendParts(door, door.browser, parts)))
      const taken = answers.filter(({ statusCode }) => statusCode === 303).length
      assert.ok(taken >= 1 && taken <= SUBMISSIONS_A_DAY_MAX)
      for (let count = taken; count < SUBMISSIONS_A_DAY_MAX; count += 1)
        assert.equal((await post(door, ...files(page))).statusCode, 303)
      assert.equal((await post(door, ...files(page))).statusCode, 429)
      assert.equal((await sentBy(door)).length, SUBMISSIONS_A_DAY_MAX)
      assert.equal(await lying(door), SUBMISSIONS_A_DAY_MAX)
      assert.match((await door.browser.open(SEND)).words, /10 documents today/)
    })

    test('a session that ends, or an account that closes, while pages come has sent nothing', async (t) => {
      const door = await opened(t)
      const { world } = door
      const session = await sessionOf(door)
      const take = async () => {
        const source = (async function* () {
          yield await photograph()
        })()
        const page = await receivePage(world, { source, lengthBytesMax: 1_000_000 })
        assert.ok(page)
        return page
      }
      const sent = { purpose: 'address', account: 'U-anna', pages: [await take()] }
      await changeAccount(world, {
        number: 'U-anna',
        change: { kind: 'close', by: 'client' },
        by: 'operator',
      })
      const closed = await send(world, session, sent)
      assert.deepEqual(closed, { ok: false, problem: 'session.insufficient' })
      const other = await opened(t)
      const open = await sessionOf(other)
      await endSession(other.world, open, { id: open.id, by: 'holder' })
      const source = (async function* () {
        yield await photograph()
      })()
      const page = await receivePage(other.world, { source, lengthBytesMax: 1_000_000 })
      assert.ok(page)
      const late = await send(other.world, open, { ...sent, pages: [page] })
      assert.deepEqual(late, { ok: false, problem: 'session.missing' })
      assert.deepEqual(await sentBy(other), [])
      // What lies of it has no key, and is swept away.
      other.world.advance(millis(UNFINISHED_KEPT + 1))
      await sweepAll(other.world)
      assert.equal(await lying(other), 0)
    })

    test('what proves nothing is deleted after 90 days, an address after five years', async (t) => {
      const door = await opened(t)
      const { world } = door
      await post(door, ...files(await photograph()))
      await post(door, ...files(await photograph()))
      await openAll(door)
      const [proof] = await sentBy(door)
      assert.ok(
        (await decide(world, CONSOLE, { id: proof?.id ?? '', verdict: 'accept', ...PROVEN })).ok,
      )
      const at = async (length: number, left: number) => {
        world.advance(millis(length))
        await shredOutlived(world)
        assert.deepEqual([(await sentBy(door)).length, await lying(door)], [left, left * 2])
      }
      await at(UNPROVEN_KEPT - 1, 2)
      await at(1, 1)
      await at(ACCEPTED_KEPT.address - UNPROVEN_KEPT - 1, 1)
      await at(1, 0)
      assert.equal((await kindsOf(door)).filter((kind) => kind.endsWith('shredded')).length, 2)
      assert.equal(ACCEPTED_KEPT.address, days(1_825))
    })

    test('where the sandbox cannot run nothing is taken, and the page says so', async (t) => {
      const door = await opened(t)
      const none = bubblewrapSandbox({ bubblewrap: '/nowhere/bwrap' })
      const form = filled(door.browser, ...files(await photograph()))
      Object.assign(door.world, { sandbox: none })
      const { words, html } = await door.browser.open(SEND)
      assert.match(words, /Documents cannot be sent here at the moment\. Please call us\./)
      assert.doesNotMatch(html, /type="file"/)
      assert.equal((await sendParts(door, door.browser, form)).statusCode, 503)
      assert.equal(await lying(door), 0)
    })
  })
}

suite('The page that takes photographs', { skip: NO_SANDBOX }, () => {
  test('asks a browser without a session to log in, and takes nothing', async (t) => {
    const door = await inside(t)
    const stranger = visitor(door)
    assert.match((await stranger.open(SEND)).address, /^\/login/)
    const answer = await sendParts(door, stranger, [['form', 'x'], ...files(await photograph())])
    assert.equal(answer.statusCode, 303)
    assert.equal(await lying(door), 0)
  })

  test('is the one that takes more than 64 KiB, and takes nothing but a form with files', async (t) => {
    const door = await inside(t)
    await door.browser.open(SEND)
    const payload = bodyOf(filled(door.browser, ...files(Buffer.alloc(70_000))))
    const headers = {
      origin: door.settings.issuer,
      'content-type': 'multipart/form-data; boundary=edge-of-the-test',
    }
    const elsewhere = { method: 'POST', url: '/portal/log-out', headers, payload } as const
    assert.equal((await door.browser.ask(elsewhere)).statusCode, 415)
    const plain = { ...headers, 'content-type': 'application/x-www-form-urlencoded' }
    const asked = { method: 'POST', url: SEND, headers: plain, payload: 'purpose=address' } as const
    assert.equal((await door.browser.ask(asked)).statusCode, 415)
    const long = { ...asked, payload: 'x'.repeat(65_537) }
    assert.equal((await door.browser.ask(long)).statusCode, 413)
  })

  test('R145 opens the camera of a phone, in English and French', async (t) => {
    const { browser } = await inside(t)
    const page = await browser.open(SEND)
    assert.equal(page.heading, 'Send a document')
    assert.match(page.html, /<input[^>]*type="file"[^>]*capture="environment"/)
    assert.match(page.html, /enctype="multipart\/form-data"/)
    assert.match((await browser.open('/portal/documents')).html, /href="\/portal\/documents\/send"/)
    await browser.submit('/portal/language', { language: 'fr' })
    assert.match((await browser.open(SEND)).words, /Que prouve-t-il\s\? .*Prendre une photo/)
  })
})
