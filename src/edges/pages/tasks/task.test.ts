import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { minutes } from '#core/time/time.ts'
import {
  approve,
  asked as askedOn,
  confirmTask,
  LABEL,
  logIn,
  numberOn,
  PASSWORD,
  type Story,
  story,
  typeResponse,
} from '../../../../test/support/clients/login-story.ts'
import { type DoorOptions, type Shown, visitor } from '../../../../test/support/server/door.ts'

/** Anna is in the portal. */
async function inside(t: TestContext, options: DoorOptions = {}): Promise<Story> {
  const door = await story(t, options)
  await logIn(door.browser)
  await typeResponse(door)
  return door
}

const ADD = { method: 'phone-key' }
const TASK = /^\/tasks\/tsk_\w{26}$/

async function removing({ browser }: Story): Promise<Shown> {
  const { html } = await browser.open('/portal/security/devices')
  const device = /\/portal\/security\/devices\/aut_\w{26}/.exec(html)?.[0] ?? ''
  await browser.open(device)
  return await browser.submit(`${device}/remove`)
}

suite('A client who takes a device away', () => {
  test('R023 S86 types the password again, then a response, and goes on', async (t) => {
    const door = await inside(t, { settings: { taskApproval: 'response' } })
    const { browser } = door
    const task = await removing(door)
    assert.equal(task.heading, 'Remove this device')
    assert.match(task.words, new RegExp(`Device ${LABEL} Kind .+ Added 20 November 2026, `))
    const asked = await browser.submit(TASK, { password: PASSWORD })
    assert.equal(asked.heading, 'Remove this device')
    assert.match(asked.words, /Confirm with your phone/)
    assert.match(asked.html, /<button class="button">Remove the device<\/button>/)
    assert.equal(numberOn(asked)[0], '8')
    assert.match(asked.words, /If you type the challenge, the phone does not show this task\./)
    const approved = await typeResponse(door)
    assert.equal(approved.heading, 'Approved')
    const done = await browser.submit(/remove$/)
    assert.match(done.words, /The device is removed\./)
    assert.doesNotMatch(done.words, new RegExp(`${LABEL} Never`))
    const { words } = await browser.open('/portal/activity')
    assert.match(words, /Done: Device removed/)
  })

  test('hears that the password is wrong, and nothing of a user name, and types it again', async (t) => {
    const door = await inside(t)
    await removing(door)
    const wrong = await door.browser.submit(TASK, { password: 'a guess' })
    assert.equal(wrong.status, 401)
    assert.match(wrong.title, /^Error:/)
    assert.match(wrong.words, /Wrong password\./)
    assert.doesNotMatch(wrong.words, /do not match/)
    assert.doesNotMatch(wrong.html, /a guess/)
    const empty = await door.browser.submit(TASK, { password: ' ' })
    assert.match(empty.words, /Type your password\./)
    assert.equal((await confirmTask(door)).heading, 'Approved')
  })

  test('S10 hears the same of too many of them: nothing is told of their user name', async (t) => {
    const door = await inside(t)
    await removing(door)
    const guess = async () => {
      const heard = await door.browser.submit(TASK, { password: 'a guess' })
      assert.doesNotMatch(heard.words, /user name/)
      return heard
    }
    for (let count = 0; count < 3; count += 1) assert.equal((await guess()).status, 401)
    const wait = await guess()
    assert.equal(wait.status, 429)
    assert.match(wait.words, /Too many wrong passwords\. You can try again in 1 second\./)
    for (let count = 3; count < 10; count += 1) {
      door.world.advance(minutes(1))
      assert.equal((await guess()).status, 401, `${count}`)
    }
    door.world.advance(minutes(1))
    const locked = await guess()
    assert.equal(locked.status, 403)
    assert.match(locked.words, /too many wrong passwords, so you cannot confirm anything here\./)
  })

  test('A28 hears that this session has asked too often, and until when', async (t) => {
    const door = await inside(t)
    for (let count = 0; count < 60; count += 1) {
      assert.equal((await removing(door)).heading, 'Remove this device', `${count}`)
    }
    const refused = await removing(door)
    assert.equal(refused.status, 429)
    assert.equal(refused.heading, 'You have asked for too many confirmations in this session.')
    assert.match(refused.words, /You can try again at \d\d:\d\d \(New York time\)\./)
    assert.doesNotMatch(refused.words, /network/)
  })

  test('may leave it as it is', async (t) => {
    const door = await inside(t)
    const { address } = await removing(door)
    const back = await door.browser.submit(/cancel$/)
    assert.equal(back.address, '/portal/security')
    const over = await door.browser.open(address)
    assert.equal(over.status, 410)
    assert.equal(over.heading, 'This task was cancelled')
  })

  test('A8 cannot send another form with the proof, nor the same form twice', async (t) => {
    const door = await inside(t)
    const { browser } = door
    await browser.open('/portal/security')
    await browser.submit('/portal/security/enrolments', ADD)
    await confirmTask(door)
    const task = /name="task" value="(tsk_\w{26})"/.exec(browser.page().html)?.[1] ?? ''
    const { html } = await browser.open('/portal/security/devices')
    const device = /\/portal\/security\/devices\/aut_\w{26}/.exec(html)?.[0] ?? ''
    await browser.open(device)
    const other = await browser.submit(`${device}/remove`, { task })
    assert.equal(other.status, 409)
    assert.equal(other.heading, 'This is not what was approved')
    await browser.open('/portal/security')
    const right = await browser.submit('/portal/security/enrolments', { ...ADD, task })
    assert.equal(right.heading, 'Set up a phone')
    await browser.open('/portal/security')
    const again = await browser.submit('/portal/security/enrolments', { ...ADD, task })
    assert.equal(again.heading, 'This approval was already used')
  })

  test('A9 who has only a stolen session adds no device and takes none away', async (t) => {
    const door = await inside(t)
    const { browser } = door
    await browser.open('/portal/security')
    const shown = await browser.submit('/portal/security/enrolments', ADD)
    assert.match(shown.address, TASK)
    assert.equal(shown.heading, 'Add a device')
    const forged = await browser.open('/portal/security/devices')
    assert.match(forged.words, new RegExp(LABEL))
    const made = await browser.submit('/portal/security/enrolments', {
      ...ADD,
      task: 'tsk_01ABCDEFGHJKMNPQRSTVWXYZ12',
    })
    assert.equal(made.status, 404)
  })

  test('A9 S70 who stops the device adds no other one instead', async (t) => {
    const { browser } = await inside(t)
    const { html } = await browser.open('/portal/security/devices')
    const device = /\/portal\/security\/devices\/aut_\w{26}/.exec(html)?.[0] ?? ''
    await browser.open(`${device}/stop`)
    await browser.submit(/stop$/)
    const shown = await browser.submit('/portal/security/enrolments', ADD)
    assert.match(shown.address, TASK)
    const asked = await browser.submit(TASK, { password: PASSWORD })
    assert.equal(asked.status, 403)
    assert.match(asked.words, /Your device is blocked/)
  })

  test('A8 what was approved is the form that was sent, to the letter and to its address', async (t) => {
    const door = await inside(t)
    const { browser } = door
    const { html } = await browser.open('/portal/security/devices')
    const device = /\/portal\/security\/devices\/aut_\w{26}/.exec(html)?.[0] ?? ''
    await removing(door)
    const approved = await confirmTask(door)
    assert.equal(approved.heading, 'Approved')
    const task = /name="task" value="(tsk_\w{26})"/.exec(approved.html)?.[1] ?? ''
    await browser.open('/portal/security')
    // A name can be given to another device, so the name alone must not be enough.
    const elsewhere = await browser.submit('/portal/security/enrolments', { ...ADD, task })
    assert.equal(elsewhere.status, 409)
    await browser.open(device)
    const done = await browser.submit(`${device}/remove`, { task })
    assert.match(done.words, /The device is removed\./)
  })

  test('A9 an approval, and what was begun with it, is used in the browser in which it was given, and in no other', async (t) => {
    const door = await inside(t)
    const { browser } = door
    await browser.open('/portal/security')
    await browser.submit('/portal/security/enrolments', ADD)
    const approved = await confirmTask(door)
    const task = /name="task" value="(tsk_\w{26})"/.exec(approved.html)?.[1] ?? ''
    const thief = visitor(door)
    thief.cookies.set('session', browser.cookies.get('session') ?? '')
    const begins = async (fields: Readonly<Record<string, string>>) => {
      await thief.open('/portal/security')
      return await thief.submit('/portal/security/enrolments', { ...ADD, ...fields })
    }
    assert.equal((await begins({ task })).status, 404)
    const begun = await browser.submit('/portal/security/enrolments')
    const instead = /enr_\w{26}/.exec(begun.html)?.[0] ?? ''
    assert.notEqual(instead, '', begun.words)
    assert.match((await begins({ instead })).address, TASK)
    await browser.open('/portal/security')
    const another = await browser.submit('/portal/security/enrolments', { ...ADD, instead })
    assert.match(another.html, /enr_\w{26}/, 'its own browser begins it anew')
  })

  test('A8 R170 what was approved stays so in another language and under another name', async (t) => {
    const door = await inside(t)
    const { browser } = door
    const thief = visitor(door)
    thief.cookies.set('session', browser.cookies.get('session') ?? '')
    await browser.open('/portal/security')
    await browser.submit('/portal/security/enrolments', ADD)
    await confirmTask(door)
    const security = await thief.open('/portal/security/devices')
    await thief.submit('/portal/language', { language: 'fr' })
    const begun = await browser.submit('/portal/security/enrolments')
    assert.equal(begun.status, 200)
    assert.match(begun.html, /enr_\w{26}/)
    await thief.submit('/portal/language', { language: 'en' })
    await removing(door)
    await confirmTask(door)
    const device = /\/portal\/security\/devices\/aut_\w{26}/.exec(security.html)?.[0] ?? ''
    await thief.open(device)
    await thief.submit(`${device}/name`, { label: 'Something else' })
    assert.match((await browser.submit(/remove$/)).words, /The device is removed\./)
  })

  test('A8 a number that was confirmed is confirmed for no other number', async (t) => {
    const door = await inside(t)
    const { browser, world } = door
    const deliver = async () => ({ outcome: 'sent' }) as const
    for (const name of ['sms', 'voice']) world.channels.set(name, { name, retries: [], deliver })
    const begin = async (fields: Readonly<Record<string, string>>) => {
      await browser.open('/portal/security/enrolments/new?method=sms-code')
      return await browser.submit('/portal/security/enrolments', fields)
    }
    assert.match((await begin({ answer: '+1 202 555 0123' })).address, TASK)
    await confirmTask(door)
    const shown = await browser.submit('/portal/security/enrolments')
    const [id = ''] = /enr_\w{26}/.exec(shown.address) ?? []
    assert.notEqual(id, '', shown.words)
    const other = await begin({ answer: '+1 202 555 0147', instead: id })
    assert.match(
      other.address,
      TASK,
      'another number was begun with what was confirmed for this one',
    )
    assert.match(other.words, /\+1 202 555 0147/)
    const same = await begin({ answer: '+1 (202) 555-0123', instead: id })
    assert.doesNotMatch(same.address, TASK)
  })

  test('A8 what a form says beside what was approved is not done', async (t) => {
    const door = await inside(t)
    const { browser } = door
    await browser.open('/portal/security')
    await browser.submit('/portal/security/enrolments', ADD)
    await confirmTask(door)
    // It leaves the name of the device as it was, which is all that the task holds.
    const changed = await browser.submit('/portal/security/enrolments', { answer: '' })
    assert.equal(changed.status, 409)
    assert.equal(changed.heading, 'This is not what was approved')
  })

  test('A9 of the task of another browser knows nothing', async (t) => {
    const door = await inside(t)
    const { address } = await removing(door)
    const other = visitor(door)
    await logIn(other)
    await typeResponse({ ...door, browser: other })
    assert.equal((await other.open(address)).status, 404)
    const stranger = visitor(door)
    assert.match((await stranger.open(address)).address, /^\/login/)
  })

  test('is told when it took too long, and starts again', async (t) => {
    const door = await inside(t)
    const { address } = await removing(door)
    await door.browser.submit(TASK, { password: PASSWORD })
    const login = door.browser.page().address
    door.world.advance(minutes(10))
    const over = await door.browser.open(login)
    assert.equal(over.address, address)
    assert.equal(over.heading, 'This task has expired')
    assert.match(over.html, /href="\/portal\/security"/)
  })

  test('R170 reads it in French', async (t) => {
    const door = await inside(t)
    await door.browser.open('/portal/security/devices?language=fr')
    const { html } = door.browser.page()
    const device = /\/portal\/security\/devices\/aut_\w{26}/.exec(html)?.[0] ?? ''
    await door.browser.open(device)
    const task = await door.browser.submit(`${device}/remove`)
    assert.equal(task.heading, 'Supprimer cet appareil')
    const wrong = await door.browser.submit(TASK, { password: 'a guess' })
    assert.match(wrong.words, /Mot de passe incorrect\./)
    const asked = await door.browser.submit(TASK, { password: PASSWORD })
    assert.match(asked.words, /Le téléphone affiche ce que vous approuvez\./)
    const response = await door.browser.open(`${asked.address}?view=response`)
    assert.match(response.words, /Confirmez avec votre téléphone/)
    assert.match(response.html, /<button class="button">Supprimer l’appareil<\/button>/)
    assert.equal((await typeResponse(door)).heading, 'Approuvé')
  })
})

suite('The page of a task', () => {
  test('S88 waits for the phone, which shows the same, and goes on when it has approved', async (t) => {
    const door = await inside(t)
    await removing(door)
    const waiting = await door.browser.submit(TASK, { password: PASSWORD })
    assert.match(waiting.words, /Approve on your phone/)
    assert.match(waiting.words, /The phone shows what you approve\. Compare it with this page\./)
    const { context } = await askedOn(door, door.phone)
    assert.equal(context.task?.facts['device'], LABEL)
    await approve(door, numberOn(waiting))
    const on = await door.browser.open(waiting.address)
    assert.equal(on.heading, 'Approved')
  })
})
