import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { minutes } from '#core/time/time.ts'
import { findOpenSession, endSession } from '#engine/sessions/sessions.ts'
import { annaAt, type AtHome, type Page, signIn, visitor } from '../support/server/site.ts'

/** The Back button after a login: the client is logged in, and is led to where that is. */

const START = 'https://rp.example.com/start'

/** Anna has logged in, and her browser comes back to a request of a platform that was answered. */
async function house(t: TestContext, startUri: string | null): Promise<AtHome> {
  const home = await annaAt(t)
  const platforms = home.world.platforms as Map<string, unknown>
  const trade = home.world.platforms.get('trade')
  platforms.set('trade', { ...trade, startUri })
  await signIn(home)
  return home
}

const back = async ({ anna }: AtHome, query: string): Promise<Page> =>
  await anna.follow(await anna.get(`/oidc/continue/an-answered-request${query}`))

const titleOf = ({ body }: Page): string => /<h1[^>]*>([^<]*)</.exec(body)?.[1] ?? ''

suite('Back after a login', () => {
  test('leads on to the platform, where it has an address of its own', async (t) => {
    const home = await house(t, START)
    for (const query of [
      '?platform=trade',
      '?platform=nowhere',
      '',
      '?platform=trade&platform=x',
    ]) {
      const page = await back(home, query)
      assert.deepEqual([page.status, page.leadsTo], [200, START], query)
      assert.doesNotMatch(page.body, /is over/, query)
    }
  })

  test('leads on to the portal, where the platform has none', async (t) => {
    const home = await house(t, null)
    for (const query of ['?platform=trade', '']) {
      const page = await back(home, query)
      assert.deepEqual([new URL(page.address).pathname, page.status], ['/portal', 200], query)
    }
  })

  test('A11 leads to no address that is not of the settings', async (t) => {
    const home = await house(t, START)
    for (const evil of ['https://evil.example', '//evil.example', 'javascript:alert(1)']) {
      const page = await back(home, `?platform=${encodeURIComponent(evil)}`)
      assert.equal(page.leadsTo, START, evil)
      const links = [...page.body.matchAll(/(?:href="|action="|url=)([^"]*)/g)]
      assert.ok(links.length > 3)
      for (const [, to = ''] of links) assert.ok(!to.startsWith(evil), to)
    }
  })

  test('of a login that this browser no longer knows leads on, too', async (t) => {
    const home = await house(t, null)
    const page = await home.anna.follow(await home.anna.get(`/login/log_${'0'.repeat(26)}`))
    assert.deepEqual([new URL(page.address).pathname, page.status], ['/portal', 200])
  })

  test('tells a browser without a session that the login is over, and nothing else', async (t) => {
    const home = await house(t, START)
    const other = { ...home, anna: visitor(home.issuer) }
    const over = await back(other, '?platform=trade')
    assert.deepEqual([over.status, over.leadsTo], [410, null])
    assert.equal(titleOf(over), 'This login is over')
    assert.equal((await back(other, '')).status, 404)
    const unknown = await other.anna.get(`/login/log_${'0'.repeat(26)}`)
    assert.deepEqual([unknown.status, unknown.leadsTo], [404, null])
    // Nor one whose session has ended since.
    const session = await findOpenSession(home.world, home.anna.cookies.get('session')?.value ?? '')
    assert.ok(session)
    home.world.advance(minutes(1))
    await endSession(home.world, session, { id: session.id, by: 'log-out' })
    assert.equal((await back(home, '?platform=trade')).status, 410)
  })
})
