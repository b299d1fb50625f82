import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { lineOf, type AuditEvent } from '#core/audit/audit.ts'
import { LINES, type Line } from '#core/events/hearing.ts'
import type { AgentId } from '#core/agent.ts'
import type { SubscriberId } from '#core/ids.ts'
import { after, days, minutes } from '#core/time/time.ts'
import { findOpenSession } from '#engine/sessions/sessions.ts'
import { startHold } from '#engine/subscribers/accounts.ts'
import { eventWrites } from '#store/audit/audit.ts'
import { texts } from '#edges/texts/texts.ts'
import {
  ANNA,
  inside,
  LABEL,
  logIn,
  PASSWORD,
  type Story,
  typeResponse,
} from '../../../../test/support/clients/login-story.ts'
import { type Shown, visitor } from '../../../../test/support/server/door.ts'
import { subscriberOf } from '../../../../test/support/clients/printed.ts'
import { opened, withdrawal } from '../../../../test/support/clients/task.ts'

/** Puts down what no step of the story leads to. */
async function happen({ world }: Story, ...events: readonly AuditEvent[]): Promise<void> {
  await world.db.commit(eventWrites(world.db, events, world.now()))
}

const annaIn = async ({ world }: Story): Promise<SubscriberId> => await subscriberOf(world, 'anna')

const renamings = (subscriberId: SubscriberId, count: number): readonly AuditEvent[] =>
  Array.from({ length: count }, () => ({ kind: 'browser.forgotten', subscriberId }) as const)

const plain = (html: string): string => html.replaceAll(/<[^>]*>/g, '').trim()

/** Every step, also those that are read on demand. */
const linesOn = ({ html }: Shown): readonly string[] =>
  [...html.matchAll(/<span class="line">(.*?)<\/span>/g)].map(([, line = '']) => plain(line))

/** What stands there before anything is opened. */
const happeningsOn = ({ html }: Shown): readonly string[] =>
  [...html.matchAll(/<\/time>\s<span>(.*?)<\/span><\/summary>/g)].map(([, line = '']) =>
    plain(line),
  )

suite('S72 The activity of a client', () => {
  test('tells in words what happened, newest first, with the browser and the network', async (t) => {
    const door = await inside(t)
    const shown = await door.browser.open('/portal/activity')
    assert.equal(shown.heading, 'Activity')
    assert.deepEqual(linesOn(shown).slice(0, 6), [
      'This browser was new. We know it now.',
      'Logged in to Client Portal.',
      `${LABEL}: asked to confirm.`,
      'The right password was typed.',
      `${LABEL}: set up. You can now log in with it.`,
      'A set-up was started: Phone.',
    ])
    assert.match(
      shown.words,
      /Today .*07:00 Logged in to Client Portal\..* Firefox, Windows, network/,
    )
    assert.match(shown.words, /This is the start of your history\./)
    assert.match(shown.words, /Times are New York time\./)
  })

  test('is one line for each login, and its steps are read on demand', async (t) => {
    const door = await inside(t)
    const shown = await door.browser.open('/portal/activity')
    const lines = happeningsOn(shown)
    assert.equal(lines[0], 'Logged in to Client Portal.')
    assert.ok(!lines.includes('The right password was typed.'), 'that is one of its steps')
    const [first = ''] = shown.html.split('</details>')
    assert.match(first, /The right password was typed\./)
    assert.match(first, /asked to confirm/)
    assert.equal([...first.matchAll(/This was not me/g)].length, 4)
  })

  test('is one line for each task, with amount and payee, and so is its “This was not me” page', async (t) => {
    const door = await inside(t)
    const subscriberId = await annaIn(door)
    const session = await findOpenSession(door.world, door.browser.cookies.get('session') ?? '')
    assert.ok(session)
    const deed = withdrawal('12500.00', { payee: 'Clara <Meyer>' })
    const taskId = await opened(door.world, session, deed)
    await happen(door, { kind: 'task.used', subscriberId, taskId, deed: 'withdrawal' })
    const shown = await door.browser.open('/portal/activity')
    assert.equal(happeningsOn(shown)[0], 'Done: Withdrawal.USD\u00a012,500.00, Clara &lt;Meyer&gt;')
    assert.equal(linesOn(shown)[1], 'Asked for: Withdrawal.')
    assert.doesNotMatch(shown.html, /Demo Bank/)
    const [, address = ''] = /href="(\/portal\/activity\/\d+)"/.exec(shown.html) ?? []
    const notMe = await door.browser.open(address)
    assert.equal(notMe.heading, 'This was not me')
    assert.match(notMe.words, /Done: Withdrawal\.\s*USD\s12,500\.00, Clara <Meyer>/)
  })

  test('A2 tells what strangers tried with the name, and not what they typed', async (t) => {
    const door = await inside(t)
    door.world.advance(minutes(1))
    await logIn(visitor(door), { ...ANNA, password: 'a guess of mine' })
    const shown = await door.browser.open('/portal/activity')
    assert.equal(linesOn(shown)[0], 'A wrong password was typed. Nobody was logged in.')
    assert.doesNotMatch(shown.html, /a guess of mine/)
  })

  test('is divided by days', async (t) => {
    const door = await inside(t)
    door.world.advance(days(1))
    await logIn(door.browser)
    await typeResponse(door)
    const { words } = await door.browser.open('/portal/activity')
    assert.match(words, /Today .* Yesterday /)
  })

  test('is read page by page, and none is left out or comes twice', async (t) => {
    const door = await inside(t)
    await happen(door, ...renamings(await annaIn(door), 95))
    const counts: number[] = []
    let address: string | null = '/portal/activity'
    const seen = new Set<string>()
    while (address !== null) {
      const shown: Shown = await door.browser.open(address)
      counts.push(linesOn(shown).length)
      for (const [, seq = ''] of shown.html.matchAll(/href="\/portal\/activity\/(\d+)"/g)) {
        assert.ok(!seen.has(seq), 'it was on the page before')
        seen.add(seq)
      }
      address = /rel="next" href="([^"]+)"/.exec(shown.html)?.[1] ?? null
    }
    assert.deepEqual(counts.slice(0, 2), [40, 40])
    assert.equal(counts.length, 3)
    assert.ok(seen.size >= 95)
  })

  test('A31 takes no page that is none', async (t) => {
    const { browser } = await inside(t)
    for (const before of ['0', '-1', '1e3', 'x', '9'.repeat(16)]) {
      const shown = await browser.open(`/portal/activity?before=${before}`)
      assert.equal(shown.status, 400, before)
    }
  })

  test('of another client is not found', async (t) => {
    const door = await inside(t)
    await door.world.add({ userName: 'ben', password: PASSWORD })
    const ben = await subscriberOf(door.world, 'ben')
    await happen(door, { kind: 'browser.forgotten', subscriberId: ben })
    const [row] = await door.world.db.read
      .selectFrom('audit_event')
      .select('seq')
      .where('subscriber_id', '=', ben)
      .where('kind', '=', 'browser.forgotten')
      .execute()
    const shown = await door.browser.open('/portal/activity')
    assert.ok(!linesOn(shown).includes('All browsers were forgotten.'))
    assert.equal((await door.browser.open(`/portal/activity/${row?.seq}`)).status, 404)
    assert.equal((await door.browser.open('/portal/activity/999999999')).status, 404)
  })

  test('A13 says that our desk did it, and never who', async (t) => {
    const door = await inside(t)
    const subscriberId = await annaIn(door)
    const until = door.world.now()
    const authenticatorId = 'aut_01ABCDEFGHJKMNPQRSTVWXYZ12' as never
    const agent = 'agent-with-a-name' as AgentId
    await happen(
      door,
      ...([
        { kind: 'password.reset-started', subscriberId, authenticatorId, agent, until },
        {
          ...({ kind: 'authenticator.issued', subscriberId, authenticatorId, agent } as const),
          method: 'temporary-passcode',
          approvedBy: 'another-name' as AgentId,
          reason: 'lost',
        },
      ] as const),
    )
    const shown = await door.browser.open('/portal/activity')
    assert.match(shown.words, /Temporary passcode ?: given to you by Client Services\./)
    assert.doesNotMatch(shown.html, /agent-with-a-name|another-name/)
  })

  test('R170 is in French too', async (t) => {
    const { browser } = await inside(t)
    const shown = await browser.open('/portal/activity?language=fr')
    assert.equal(shown.heading, 'Activité')
    assert.match(shown.words, /Le bon mot de passe a été saisi\./)
    assert.doesNotMatch(shown.words, /\{\{|activity\.|method\./)
  })

  test('has words for every line, in both languages', () => {
    for (const language of ['en', 'fr'] as const) {
      for (const line of Object.keys(LINES)) {
        const key = `activity.line.${line}`
        assert.notEqual(texts(language).text(key), key)
      }
    }
  })
})

const longest = (words: readonly string[]): string =>
  words.toSorted((one, other) => other.length - one.length)[0] ?? ''

suite('“This was not me”', () => {
  const helpOn = async (door: Story, line: Line): Promise<Shown> => {
    const shown = await door.browser.open('/portal/activity')
    const words = longest(texts('en').segments(`activity.line.${line}`))
    const steps = shown.html.split('<li><time').flatMap((one) => one.split('</li>')[0] ?? [])
    const row = steps.find((one) => one.includes(words)) ?? ''
    const [, address = ''] = /href="(\/portal\/activity\/\d+)"/.exec(row) ?? []
    return await door.browser.open(address)
  }

  test('S85 about a login leads to the button that ends all others, and it does', async (t) => {
    const door = await inside(t)
    const stranger = visitor(door)
    await logIn(stranger)
    await typeResponse({ ...door, browser: stranger })
    const help = await helpOn(door, 'logged-in')
    assert.equal(help.heading, 'This was not me')
    assert.match(help.words, /Logged in to Client Portal/)
    assert.match(help.html, /href="\/portal\/security\/password"/)
    await door.browser.submit('/portal/security/sessions/end-others')
    assert.match((await stranger.open('/portal')).address, /^\/login/)
  })

  test('S70 about a device leads to where it is blocked', async (t) => {
    const door = await inside(t)
    const help = await helpOn(door, 'device-bound')
    const [, stop = ''] =
      /href="(\/portal\/security\/devices\/aut_\w+\/stop)"/.exec(help.html) ?? []
    assert.equal((await door.browser.open(stop)).heading, `Block ${LABEL}?`)
    await door.browser.submit(/stop$/)
    const again = await helpOn(door, 'device-bound')
    assert.doesNotMatch(again.html, /\/stop"/, 'it is blocked once')
  })

  test('about a guess says that nothing was opened', async (t) => {
    const door = await inside(t)
    await logIn(visitor(door), { ...ANNA, password: 'wrong' })
    const help = await helpOn(door, 'password-wrong')
    assert.match(help.words, /Nobody was logged in/)
    assert.doesNotMatch(help.html, /end-others/)
  })

  test('is not asked where only we can have done it', async (t) => {
    const door = await inside(t)
    const subscriberId = await annaIn(door)
    const until = after(door.world.now(), days(1))
    const hold = { kind: 'review', forbids: ['trading'] as const, until }
    await startHold(door.world, { ...hold, subscriberId, by: 'operator' })
    const { html } = await door.browser.open('/portal/activity')
    const row = html.split('<details>').find((one) => one.includes('something is held back')) ?? ''
    assert.doesNotMatch(row, /This was not me/)
  })
})

test('a line follows from what was written down, and a decoy does not tell that a password was right', () => {
  const about = { subscriberId: 'sub_1' as SubscriberId }
  const decoy = { kind: 'login.password-accepted', ...about } as const
  assert.equal(lineOf({ ...decoy, decoy: true }), 'password-wrong')
  assert.equal(lineOf({ ...decoy, decoy: false }), 'password-right')
  assert.equal(lineOf({ kind: 'login.started', ...about, platform: 'p', recognised: true }), null)
})
