import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Page } from 'playwright-core'
import { openDesk } from '../../support/desk/door.ts'
import { composedMail, mailed } from '../../support/documents/mailing.ts'
import { NO_SANDBOX, photograph } from '../../support/documents/pictures.ts'
import { openSite } from '../../support/server/site.ts'
import { type Cardholder, DEMO_CLIENTS, digitsOn, PAULA, pressCard } from '../acts.ts'
import { critic } from '../every-page/critic.ts'
import { pagesOf } from '../every-page/routes.ts'
import { desktop, noBrowser, type Stage, stage } from '../support.ts'
import { type Words, words } from '../words.ts'
import { addsPasskey, type AtDesk, comesIn, confirm, looksAt } from './member.ts'

/** What there is none of where the sandbox cannot run. */
const OF_PAPER = /^\/documents\/./
const SHOTS = process.env.COUNTERSIGN_TEST_SHOTS

/** Holds a card, and has no browser that is known: a passcode for her takes two people. */
const UNKNOWN: Cardholder = { ...PAULA, telephone: '+12025550158', pin: '6402' }

suite('every page of the desk is for every member of staff', { skip: noBrowser }, () => {
  for (const language of ['en', 'fr'] as const) {
    test(`F22 in ${language}: for axe, on a telephone, by keyboard and without JavaScript`, async (s) => {
      const set = await stage(s)
      const { desk } = await openDesk(s)
      const routes = pagesOf(desk)
      const one = critic(routes)
      const comes = async (agentId: string) =>
        await comesIn(set, { agentId, language, critic: one })
      const door = await desktop(set, { language })
      await door.goto(`${set.where.desk}/login`)
      await one.look(door, 'login')
      await staffPages(await comes('demo-ivo'), set)

      if (!NO_SANDBOX) await documentPages(await comes('demo-june'), set)
      await orderPages(await comes('demo-gus'), set)
      const [agent, second] = [await comes('demo-dora'), await comes('demo-frida')]
      await hiddenField(agent, { set, holder: UNKNOWN })
      await auditPages(await comes('demo-helen'), { set, holder: UNKNOWN })
      await nameRead(agent, { set, holder: UNKNOWN })
      const code = await codeGiven(agent, { set, holder: DEMO_CLIENTS[language].cardholder })
      await passcodeOfTwo(agent, second, set)
      assert.deepEqual(
        routes.filter((route) => !one.seen.has(route) && !(NO_SANDBOX && OF_PAPER.test(route))),
        [],
      )

      const { app } = await openSite(s)
      const other = critic(pagesOf(app))
      const client = await desktop(set, { language })
      const holder = DEMO_CLIENTS[language].cardholder
      await anotherPassword(client, { set, t: words(language), holder, code, look: other.look })
      assert.deepEqual(
        ['/reset/:id', '/reset/done'].filter((route) => !other.seen.has(route)),
        [],
      )
      assert.deepEqual([...one.found, ...other.found], [])
    })
  }
})

/** What an operator sees: passkeys, of which there are two, and the staff. */
async function staffPages(operator: AtDesk, { where }: Stage): Promise<void> {
  const { page, t } = operator
  await addsPasskey(operator)
  await page
    .getByRole('link', { name: t('desk.passkeys.remove') })
    .first()
    .click()
  await page.waitForURL(/\/remove$/)
  await looksAt(operator)

  await page.goto(`${where.desk}/staff/invite`)
  await looksAt(operator)
  await page.goto(`${where.desk}/staff`)
  await looksAt(operator)
  await page.getByRole('link', { name: 'Edgar Demo' }).click()
  await page.waitForURL(/\/staff\/mem_\w+$/)
  await looksAt(operator)
  const member = page.url()
  for (const path of ['again', 'suspend', 'role?role=supervisor']) {
    await page.goto(`${member}/${path}`)
    await looksAt(operator)
  }
}

/** What a person sees who judges documents: a mail that names no client, and what becomes of it. */
async function documentPages(judge: AtDesk, { where }: Stage): Promise<void> {
  const { page, t } = judge
  const mail = composedMail({ subject: 'passport', files: [await photograph()] })
  await mailed(where.mailPort, mail)
  const taken = async () => {
    const next = page.getByRole('button', { name: t('desk.documents.next') })
    for (;;) {
      await page.goto(`${where.desk}/documents`)
      if (await next.isVisible()) break
    }
    await looksAt(judge)
    await next.click()
  }
  await taken()
  await page.waitForURL(/\/documents\/mails\/mai_/)
  await looksAt(judge)
  await page.getByLabel(t('desk.documents.mail.account')).fill('U0000005')
  await page.getByLabel(t('desk.documents.mail.purpose')).selectOption('identity')
  await page.getByRole('button', { name: t('desk.documents.mail.assign.name') }).click()
  await page.getByText(t('desk.documents.mail.assign.does')).waitFor()
  await looksAt(judge, 'form')
  await confirm(judge)
  await page.getByText(t('desk.documents.done.assigned')).waitFor()
  await taken()
  await page.waitForURL(/\/documents\/sbm_/)
  await looksAt(judge)
  await page.getByRole('link', { name: t('desk.documents.look.larger') }).click()
  await page.getByRole('link', { name: t('desk.documents.look.turn') }).click()
  await page.waitForURL(/zoom=150&turn=90/)
  await looksAt(judge)
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/document.png`, fullPage: true })
  await page.getByLabel(t('desk.documents.verdict.ask-again.name')).check()
  await page.getByLabel(t('desk.documents.reason.label')).selectOption('too-old')
  await page.getByRole('button', { name: t('desk.documents.verdict.on') }).click()
  await page.getByText(t('desk.documents.verdict.ask-again.does')).waitFor()
  await looksAt(judge, 'form')
  await confirm(judge)
  await page.getByText(t('desk.documents.done.ask-again')).waitFor()
}

/** What a member sees who sends devices: a card in the post, given up as lost, and its end. */
async function orderPages(sender: AtDesk, { where }: Stage): Promise<void> {
  const { page, t } = sender
  await page.goto(`${where.desk}/orders`)
  await looksAt(sender)
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/orders.png`, fullPage: true })
  await page.getByRole('link', { name: t('desk.orders.column.sent') }).click()
  await page.locator('table a').first().click()
  await page.waitForURL(/\/orders\/ord_/)
  await looksAt(sender)
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/order.png`, fullPage: true })
  const serial = await page.locator('dd .mono').last().innerText()
  await page.getByRole('button', { name: t('desk.orders.act.lost') }).click()
  await page.getByText(t('desk.orders.confirm.lost.lead')).waitFor()
  await looksAt(sender, 'form')
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/order-touch.png`, fullPage: true })
  await confirm(sender)
  await page.getByRole('heading', { name: t('desk.orders.state.lost') }).waitFor()
  await looksAt(sender)
  await page.goto(`${where.desk}/stock`)
  await looksAt(sender)
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/stock.png`, fullPage: true })
  await page.getByLabel(t('desk.orders.fact.serial')).fill(serial)
  await page.getByRole('button', { name: t('desk.stock.look') }).click()
  for (const act of ['returned', 'destroyed'] as const) {
    await page.getByRole('button', { name: t(`desk.stock.act.${act}`) }).click()
    await page.getByText(t(`desk.stock.confirm.${act}.lead`)).waitFor()
    await confirm(sender)
  }
  await page.getByText(t('desk.stock.fact.destroyed'), { exact: true }).waitFor()
  await looksAt(sender)
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/token.png`, fullPage: true })
}

/** What an agent sees of a hidden field. */
async function hiddenField(agent: AtDesk, { set, holder }: Calling): Promise<void> {
  const { page, t } = agent
  await page.goto(`${set.where.desk}/cases`)
  await page.getByLabel(t('desk.cases.typed')).fill(holder.userName)
  await page.getByRole('button', { name: t('desk.cases.open') }).click()
  await page.waitForURL(/\/cases\/cas_/)
  await page.locator('a[href*="/contacts/con_"]').first().click()
  await page.waitForURL(/\/contacts\/con_/)
  await looksAt(agent)
  await page.getByLabel(t('desk.unmask.why')).fill('To call back.')
  await confirm(agent)
  await page.getByText(t('desk.cases.done.unmasked')).waitFor()
  await looksAt(agent)
}

/** What compliance sees. */
async function auditPages(compliance: AtDesk, { set, holder }: Calling): Promise<void> {
  const { page, t } = compliance
  for (const button of ['desk.audit.search', 'desk.audit.report.button']) {
    await page.goto(`${set.where.desk}/audit`)
    await looksAt(compliance)
    await page.getByLabel(t('desk.audit.by.client')).fill(holder.userName)
    await page.getByRole('button', { name: t(button) }).click()
    await page.waitForURL(/\/audit\/(found|clients)/)
    await looksAt(compliance)
  }
  await page.goto(`${set.where.desk}/audit/found?kind=desk.unmasked`)
  await page.getByRole('link', { name: t('desk.audit.export.csv') }).click()
  await page.waitForURL(/\/audit\/export\/csv/)
  await looksAt(compliance)
  const file = page.waitForEvent('download')
  await confirm(compliance)
  assert.match((await file).suggestedFilename(), /^audit-.*\.csv$/)
  for (const place of ['figures', 'pairs']) {
    await page.goto(`${set.where.desk}/audit/${place}`)
    await looksAt(compliance)
  }
}

interface Calling {
  readonly set: Stage
  readonly holder: Cardholder
}

/** The caller answers with the card what the agent reads out, for one thing. */
async function proves(agent: AtDesk, { set, holder }: Calling, of: string): Promise<void> {
  const { page, t } = agent
  await page.goto(`${set.where.desk}/cases`)
  await looksAt(agent)
  await page.getByLabel(t('desk.cases.typed')).fill(holder.userName)
  await page.getByRole('button', { name: t('desk.cases.open') }).click()
  await page.waitForURL(/\/cases\/cas_/)
  await looksAt(agent)
  await page.getByLabel(t('desk.cases.ask-for')).selectOption(of)
  await page.getByRole('button', { name: t('desk.cases.ask'), exact: true }).click()
  const answer = page.getByLabel(t('desk.cases.answer'))
  await answer.waitFor()
  await looksAt(agent)
  await answer.fill(await responseOf(set, holder, await digitsOn(page)))
  await page.getByRole('button', { name: t('desk.cases.verify') }).click()
  await page.getByText(t('desk.cases.proven'), { exact: true }).waitFor()
  await looksAt(agent)
}

/** What is on record of the client, there and back by one key each. */
async function recordRead(agent: AtDesk): Promise<void> {
  const { page, t } = agent
  await page.getByRole('link', { name: t('desk.record.link') }).click()
  await page.waitForURL(/\/record$/)
  await page.getByRole('heading', { level: 1, name: t('desk.record.title') }).waitFor()
  await looksAt(agent)
  await page.getByRole('link', { name: t('desk.record.back') }).click()
  await page.waitForURL(/\/cases\/cas_\w+$/)
}

/** A client whose number is known for long is put into the queue, and taken out of it. */
async function queued(agent: AtDesk): Promise<void> {
  const { page, t } = agent
  const ask = page.getByRole('button', { name: t('desk.queue.ask') })
  if (await ask.isVisible()) {
    await ask.click()
    await page.getByText(t('desk.cases.done.queued')).waitFor()
  }
  const here = page.url()
  await page.getByRole('link', { name: t('desk.places.call-backs') }).click()
  await page.waitForURL(/\/call-backs$/)
  await looksAt(agent)
  await page.goto(here)
}

/** The user name is spelt for a caller who has forgotten it. */
async function nameRead(agent: AtDesk, calling: Calling): Promise<void> {
  const { page, t } = agent
  await proves(agent, calling, 'access')
  await recordRead(agent)
  await queued(agent)
  await page.locator('form[action$="/deeds/tell-user-name"] button').click()
  await page.waitForURL(/\/deeds\/tell-user-name/)
  await looksAt(agent)
  await confirm(agent)
  await page.locator('p.number').waitFor()
  await page.getByRole('heading', { name: t('desk.cases.spoken.tell-user-name') }).waitFor()
  await looksAt(agent, 'form')
}

/** What the card in the client's hand makes of a number. */
async function responseOf(set: Stage, { telephone, pin }: Cardholder, question: string) {
  const sim = await desktop(set)
  await sim.goto(`${set.where.issuer}/sim?number=${encodeURIComponent(telephone)}`)
  const response = await pressCard(sim, { pin, question })
  await sim.context().close()
  return response
}

/** @returns the code for another password, as it is read out. */
async function codeGiven(agent: AtDesk, calling: Calling): Promise<string> {
  const { page, t } = agent
  await proves(agent, calling, 'password')
  await page.locator('form[action$="/deeds/reset-password"] button').click()
  await page.waitForURL(/\/deeds\/reset-password/)
  await looksAt(agent)
  await confirm(agent)
  // The page of the touch has the same words in its heading.
  await page.locator('p.number').waitFor()
  await page.getByRole('heading', { name: t('desk.cases.spoken.reset-password') }).waitFor()
  await looksAt(agent, 'form')
  return await page.locator('p.number').innerText()
}

/** What was done in a call of the days before, which chance has drawn. */
async function readsAgain({ page, t, ...at }: AtDesk): Promise<void> {
  await page.getByRole('button', { name: t('desk.reread.next') }).click()
  await page.waitForURL(/\/rereadings\//)
  await looksAt({ page, t, ...at })
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/reread-${page.viewportSize()?.width}.png` })
  await page.getByLabel(t('desk.reread.found.well')).check()
  await page.getByRole('button', { name: t('desk.reread.button') }).click()
  await page.getByText(t('desk.home.done.reread')).waitFor()
}

/** An agent asks, the second person agrees, and the agent gives it. */
async function passcodeOfTwo(agent: AtDesk, second: AtDesk, set: Stage): Promise<void> {
  const { page, t } = agent
  await proves(agent, { set, holder: UNKNOWN }, 'device')
  const ask = page.locator('form[action$="/second/issue-passcode"]')
  await ask.getByRole('textbox').fill('The phone fell into the sea.')
  await ask.getByRole('button').click()
  await page.getByText(t('desk.cases.done.asked')).waitFor()
  await looksAt(agent)

  await second.page.goto(set.where.desk)
  await looksAt(second)
  await readsAgain(second)
  await second.page.getByRole('link', { name: t('desk.cases.deed.issue-passcode.name') }).click()
  await second.page.waitForURL(/\/second\//)
  await looksAt(second)
  await confirm(second)
  await second.page.getByText(t('desk.home.done.agreed')).waitFor()
  await looksAt(second)

  await page.goto(page.url().replace(/\?.*/, ''))
  await looksAt(agent)
  await page.locator('form[action$="/deeds/issue-passcode"] button').click()
  await page.waitForURL(/\/deeds\/issue-passcode/)
  await looksAt(agent)
}

/** With the code of the desk and the card. */
async function anotherPassword(
  page: Page,
  {
    set,
    t,
    holder,
    code,
    look,
  }: Calling & { readonly t: Words; readonly code: string } & Pick<
      ReturnType<typeof critic>,
      'look'
    >,
): Promise<void> {
  await page.goto(`${set.where.issuer}/reset`)
  await page.getByLabel(t('login.user-name')).fill(holder.userName)
  await page.getByLabel(t('reset.code')).fill(code)
  await page.getByRole('button', { name: t('login.continue') }).click()
  const response = page.getByLabel(t('method.security-card.label'))
  await response.waitFor()
  await response.fill(await responseOf(set, holder, await digitsOn(page)))
  await response.press('Enter')
  await page.waitForURL(/\/reset\/log_/)
  await look(page, 'another password')
  await page.locator('input[type=password]').fill('as many words as I can think of')
  await page.getByRole('button', { name: t('portal.password.save') }).click()
  await page.getByRole('heading', { name: t('reset.done') }).waitFor()
  await look(page, 'another password, done')
}
