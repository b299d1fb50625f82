import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  activateWithPin,
  ANNA,
  beginTrading,
  digitsOn,
  invite,
  isBound,
  isTrading,
  present,
  tradeOffline,
  typePin,
  withPrf,
} from '../acts.ts'
import { desktop, handset, noBrowser, stage } from '../support.ts'
import { words } from '../words.ts'

const t = words('en')

suite('a phone key in a real browser', { skip: noBrowser }, () => {
  test('R034 R052 R054 a finger opens the key, online and offline', async (s) => {
    const set = await stage(s)
    const { issuer } = set.where
    const [desk, phone] = [await desktop(set), await handset(set)]
    await withPrf(phone)
    const code = await invite(desk, issuer, t, ANNA)
    await present(phone, issuer, { t, person: ANNA, code })
    await phone.getByText(t('phone.setup.prf'), { exact: true }).click()
    await phone.getByRole('button', { name: t('phone.setup.goOn') }).click()
    await phone.getByRole('heading', { name: t('phone.setup.done') }).waitFor()
    await isBound(desk)
    await desk.context().clearCookies()

    await beginTrading(desk, issuer, t, ANNA)
    await phone.goto('about:blank')
    await phone.goto(`${issuer}/phone#requests`)
    await phone.getByLabel(t('phone.request.number')).fill(await digitsOn(desk))
    await phone.getByRole('button', { name: t('phone.request.approve') }).click()
    await phone.getByRole('heading', { name: t('phone.outcome.approved.title') }).waitFor()
    await isTrading(desk, t)

    const other = await desktop(set)
    await phone.goto('about:blank')
    await phone.goto(`${issuer}/phone#code`)
    await phone.getByLabel(t('phone.code.label')).waitFor()
    await phone.context().setOffline(true)
    await beginTrading(other, issuer, t, ANNA)
    await other.getByRole('link', { name: t('method.phone-key.waiting.not-received') }).click()
    await phone.getByLabel(t('phone.code.label')).fill(await digitsOn(other))
    await phone.getByRole('button', { name: t('phone.code.make') }).click()
    await phone.getByRole('heading', { name: t('phone.response.title') }).waitFor()
    await other.getByLabel(t('method.phone-key.response.label')).fill(await digitsOn(phone))
    await other.getByRole('button', { name: t('method.phone-key.response.button') }).click()
    await isTrading(other, t)
  })

  test('A5 the number is checked first: what was wrong is said, and what was right is not typed again', async (s) => {
    const set = await stage(s)
    const { issuer } = set.where
    const [desk, phone] = [await desktop(set), await handset(set)]
    await activateWithPin(desk, phone, { issuer, t, person: ANNA })
    await beginTrading(desk, issuer, t, ANNA)
    const number = await digitsOn(desk)
    await phone.goto(`${issuer}/phone#requests`)
    const field = phone.getByLabel(t('phone.request.number'))
    const approve = phone.getByRole('button', { name: t('phone.request.approve') })
    await field.fill(number === '123456' ? '123457' : '123456')
    await approve.click()
    await phone.getByText(t('phone.request.wrongNumber')).waitFor()
    await field.fill(number)
    await approve.click()
    await phone.getByRole('heading', { name: t('phone.pin.title') }).waitFor()
    await phone.keyboard.type('zz99')
    await phone.getByRole('button', { name: t('phone.pin.ok'), exact: true }).click()
    await phone.getByRole('heading', { name: t('phone.outcome.wrong.title') }).waitFor()

    await phone.getByRole('button', { name: t('phone.outcome.again') }).click()
    await typePin(phone, t)
    await isTrading(desk, t)
  })

  test('A5 "it was not me" is told to the page at once, and shuts its browser out', async (s) => {
    const set = await stage(s)
    const { issuer } = set.where
    const [desk, phone] = [await desktop(set), await handset(set)]
    await activateWithPin(desk, phone, { issuer, t, person: ANNA })
    const stranger = await desktop(set)
    await beginTrading(stranger, issuer, t, ANNA)
    await digitsOn(stranger)
    await phone.goto(`${issuer}/phone#requests`)
    await phone.getByRole('button', { name: t('phone.request.notMe') }).click()
    await phone.getByRole('heading', { name: t('phone.outcome.not-me.title') }).waitFor()
    await stranger.getByRole('heading', { name: t('login.ended.denied.title') }).waitFor()

    await beginTrading(stranger, issuer, t, ANNA)
    await stranger
      .getByRole('heading', { name: t('common.news.login.blocked-browser.title') })
      .waitFor()
  })

  test('R040 a phone without a key says where to get one, and asks nothing of the server', async (s) => {
    const set = await stage(s)
    const phone = await handset(set)
    const asked: string[] = []
    phone.on('request', (request) => asked.push(new URL(request.url()).pathname))
    await phone.goto(`${set.where.issuer}/phone`)
    await phone.getByRole('heading', { name: t('phone.none.title') }).waitFor()
    assert.deepEqual(
      asked.filter((path) => path.startsWith('/phone/api/')),
      [],
    )
  })

  test('R058 the platform on one phone, the key on another: the response is carried over', async (s) => {
    const set = await stage(s)
    const { issuer } = set.where
    const [desk, phone] = [await desktop(set), await handset(set)]
    await activateWithPin(desk, phone, { issuer, t, person: ANNA })
    const trading = await handset(set)
    await tradeOffline(trading, phone, { issuer, t, person: ANNA })
  })
})
