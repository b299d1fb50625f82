import { suite, test } from 'node:test'
import { activateWithPin, ANNA, tradeOffline, typePassword } from './acts.ts'
import { desktop, handset, noBrowser, stage } from './support.ts'
import { words } from './words.ts'

const t = words('en')
const french = words('fr')

suite('the client portal in a real browser', { skip: noBrowser }, () => {
  test('R001 ending a session in the portal ends it at the platform', async (s) => {
    const set = await stage(s)
    const { issuer } = set.where
    const [desk, phone] = [await desktop(set), await handset(set)]
    await activateWithPin(desk, phone, { issuer, t, person: ANNA })
    await tradeOffline(desk, phone, { issuer, t, person: ANNA })

    // The same login opens the portal: nothing is asked again.
    await desk.goto(`${issuer}/portal/security/sessions`)
    await desk
      .getByRole('heading', { name: t('portal.sessions.page') })
      .first()
      .waitFor()
    await desk
      .getByRole('button', { name: t('portal.log-out') })
      .first()
      .click()
    await desk.goto(`${issuer}/trade`)
    await desk.getByRole('heading', { name: t('trade.reason.ended.title') }).waitFor()
  })

  test('R170 by keyboard alone and without a script the language is switched, and “this was not me” said', async (s) => {
    const set = await stage(s)
    const { issuer } = set.where
    const [desk, phone] = [await desktop(set), await handset(set)]
    await activateWithPin(desk, phone, { issuer, t, person: ANNA })
    const bare = await desktop(set, { javaScript: false })
    await tradeOffline(bare, phone, { issuer, t, person: ANNA })

    const press = async (role: 'link' | 'button', name: string) => {
      await bare.getByRole(role, { name }).first().focus()
      await bare.keyboard.press('Enter')
    }
    await bare.goto(`${issuer}/portal`)
    await press('link', t('portal.tabs.activity'))
    await bare.getByRole('heading', { name: t('activity.title') }).waitFor()
    await press('button', french('common.language-name'))
    await bare.getByRole('heading', { name: french('activity.title') }).waitFor()
    await bare.locator('summary').first().focus()
    await bare.keyboard.press('Enter')
    await press('link', french('activity.not-me'))
    await bare.getByRole('heading', { name: french('activity.not-me') }).waitFor()
    await press('button', french('portal.sessions.end-others'))
    await bare.getByText(french('portal.done.ended-others')).waitFor()
  })

  test('by keyboard alone a client comes to the second step', async (s) => {
    const set = await stage(s)
    const { issuer } = set.where
    const [desk, phone] = [await desktop(set), await handset(set)]
    await activateWithPin(desk, phone, { issuer, t, person: ANNA })
    const fresh = await desktop(set)
    await fresh.goto(`${issuer}/login?platform=portal`)
    await fresh.getByRole('textbox', { name: t('login.user-name') }).focus()
    await fresh.keyboard.type(ANNA.userName)
    await fresh.keyboard.press('Tab')
    await fresh.keyboard.type(ANNA.password)
    await fresh.keyboard.press('Enter')
    await fresh.getByRole('heading', { name: t('method.phone-key.waiting.title') }).waitFor()
  })

  test('R017 R029 R152 a paper user name at the live account types the password once more', async (s) => {
    const set = await stage(s)
    const desk = await desktop(set)
    await desk.goto(`${set.where.issuer}/login?platform=portal`)
    await typePassword(desk, t, {
      userName: 'demo-anna-paper',
      password: 'paper boats and planes',
    })
    await desk.getByRole('heading', { name: t('login.other-account.paper.title') }).waitFor()
    await desk.getByLabel(t('login.password'), { exact: true }).fill('paper boats and planes')
    await desk.getByRole('button', { name: t('login.other-account.paper.go') }).click()
    await desk.getByRole('heading', { name: t('portal.first.title') }).waitFor()
  })
})
