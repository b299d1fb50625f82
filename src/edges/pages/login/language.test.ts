import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  getKnown,
  inside,
  logIn,
  PASSWORD,
  post,
  type Story,
  typeResponse,
} from '../../../../test/support/clients/login-story.ts'
import { auditOf } from '../../../../test/support/audit.ts'
import { openDoor, visitor } from '../../../../test/support/server/door.ts'
import { listIn } from '../../../../test/support/clients/phone.ts'

const speakFrench = async ({ browser }: Pick<Story, 'browser'>) =>
  await browser.submit('/portal/language', { language: 'fr' })

suite('The language of a client', () => {
  test('R170 is switched on any page of the portal, and one stays on it', async (t) => {
    const door = await inside(t)
    await door.browser.open('/portal/activity')
    const shown = await speakFrench(door)
    assert.deepEqual([shown.address, shown.heading], ['/portal/activity', 'Activité'])
    assert.equal((await door.browser.open('/portal')).html.includes('<html lang="fr">'), true)
    const [event] = (await auditOf(door.world)).filter(({ kind }) => kind.endsWith('language-set'))
    assert.ok(event?.kind === 'subscriber.language-set' && event.by === 'holder')
    assert.match((await door.browser.open('/portal/activity')).words, /Langue ?: Français\./)
  })

  test('R170 is stored: it holds in every other browser after the login, whatever that one prefers', async (t) => {
    const door = await inside(t)
    await speakFrench(door)
    const other = { ...door, browser: visitor(door) }
    const login = await logIn(other.browser)
    assert.match(login.html, /<html lang="en">/, 'before the login the browser says')
    const home = await typeResponse(other)
    assert.match(home.html, /<html lang="fr">/)
    // From now on this browser speaks it before the login, too.
    await other.browser.submit('/portal/log-out')
    assert.match((await other.browser.open('/login')).html, /<html lang="fr">/)
  })

  test('R170 holds at once in a session that was open before', async (t) => {
    const door = await inside(t)
    const other = { ...door, browser: visitor(door) }
    await getKnown(other)
    await logIn(other.browser)
    await typeResponse(other)
    await speakFrench(door)
    assert.match((await other.browser.open('/portal')).html, /<html lang="fr">/)
  })

  test('R170 is what a task is confirmed in', async (t) => {
    const door = await inside(t)
    await speakFrench(door)
    await door.browser.open('/portal/security')
    const task = await door.browser.submit('/portal/security/enrolments', { method: 'passkey' })
    assert.equal(task.heading, 'Ajouter un appareil')
    const asked = await door.browser.submit(/^\/tasks\/tsk_\w{26}$/, { password: PASSWORD })
    assert.match(asked.html, /<html lang="fr">/)
  })

  test('R170 reaches the phone, which then notifies in it', async (t) => {
    const door = await inside(t)
    const list = async () => {
      const signed = await door.phone.sign('list', {}, door.world.now())
      return listIn((await post<{ jws: string }>(door, 'list', { jws: signed })).jws).language
    }
    assert.equal(await list(), null, 'while nothing is chosen the phone speaks as it likes')
    await speakFrench(door)
    assert.equal(await list(), 'fr')
  })

  test('is switched by a client who may do nothing else yet', async (t) => {
    const door = await openDoor(t)
    await door.world.add({ userName: 'anna', password: PASSWORD })
    const browser = visitor(door)
    await logIn(browser)
    const shown = await speakFrench({ browser })
    assert.match(shown.heading, /^Configurez une deuxième étape/)
  })

  test('A11 leads nowhere but to pages of the session', async (t) => {
    const door = await inside(t)
    for (const to of ['https://evil.example/', '//evil.example', '/portal/../login', '/demo']) {
      await door.browser.open('/portal/security')
      const shown = await door.browser.submit('/portal/language', { language: 'en', to })
      assert.equal(shown.address, '/portal', to)
    }
    await door.browser.open('/portal/security')
    const strange = await door.browser.submit('/portal/language', { language: 'xx' })
    assert.equal(strange.status, 400)
  })
})
