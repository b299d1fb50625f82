import assert from 'node:assert/strict'
import type { Case } from '#core/desk/case.ts'
import type { Search } from '#core/desk/case-events.ts'
import { classOf, type Deed, type DeedClass, type Level } from '#core/desk/deeds.ts'
import type { CaseId, VerificationId, WarrantId } from '#core/ids.ts'
import { type Instant, minutes } from '#core/time/time.ts'
import { setContact } from '#engine/contact/addresses.ts'
import { closeCase, noteCase, openCase } from '#engine/desk/cases/cases.ts'
import type { AskedDeed } from '#engine/desk/cases/permit.ts'
import { answerProof, beginProof } from '#engine/desk/cases/proofs.ts'
import { viewCase } from '#engine/desk/cases/view.ts'
import type { OpenMemberSession } from '#engine/desk/sessions.ts'
import { answerLogin } from '#engine/login/answer.ts'
import { noticeDue } from '#engine/notices/notices.ts'
import { listSubscriberEvents } from '#store/audit/audit.ts'
import { findLogin } from '#store/login/logins.ts'
import { begin, PASSWORD } from '../../clients/engine-story.ts'
import { type Inbox, withNumber } from '../../clients/texts.ts'
import {
  acted,
  agent,
  type Caller,
  caller,
  callsOn,
  knownBrowser,
  sendToDesk,
} from '../../desk/calls.ts'
import { browser, type TestWorld } from '../../server/world.ts'
import { settledNumber } from '../../desk/call-back.ts'
import { callsBack, mayBeAlone, presses, unmasks } from './calls.ts'
import { type Card, findsCard, isReplaced, withCard } from './cards.ts'
import { type Act, CHANGING, type History } from './acts.ts'
import { confirmsOnPage, logsInWithSigned, type PageKey, pageKeyOf } from './pages.ts'
import { challengedBy, newWarrant } from './proofs.ts'
import { resetByText, resetWith } from './resets.ts'
import {
  everythingIsRead,
  everythingIsTold,
  neverBoth,
  neverWhileStopped,
  theTrailIsThere,
} from './endings.ts'
import { commands, type Programs, programs, staffOf } from './programs.ts'
import { emptied, queues } from './queue.ts'
import { readsRecord } from './record.ts'

/**
 * The desk as an enemy plays it: one agent, corrupt or deceived, with the password and the SIM of a
 * client, does whatever an agent can do in any order. Now and then the client is on the line and
 * answers as they are told to: whatever begins with 9, read out by an agent.
 */

/** How often something happened in all histories: without it they say nothing. */
export type Seen = Record<
  | ('proofs' | 'phones' | 'deeds' | 'passcodes' | 'resets' | 'stops' | 'refused' | 'break-ins')
  | ('call-backs' | 'looks' | 'pressures' | 'pages' | 'denials' | 'replacements' | 'found')
  | ('queued' | 'taken' | 'ended' | 'records' | 'programs' | 'commands' | 'joint'),
  number
>

export const nothingSeen = (): Seen => ({
  proofs: 0,
  phones: 0,
  deeds: 0,
  passcodes: 0,
  resets: 0,
  stops: 0,
  refused: 0,
  'break-ins': 0,
  'call-backs': 0,
  looks: 0,
  pressures: 0,
  pages: 0,
  denials: 0,
  replacements: 0,
  found: 0,
  queued: 0,
  taken: 0,
  ended: 0,
  records: 0,
  programs: 0,
  commands: 0,
  joint: 0,
})

export interface Run {
  readonly world: TestWorld
  readonly client: Caller
  readonly mail: string
  /** The client holds a number besides the phone, and the enemy reads its texts. */
  readonly inbox: Inbox
  readonly open: OpenMemberSession
  readonly seen: Seen
  readonly isStranger: boolean
  case: Case | null
  isProven: boolean
  /** Whether the agent was shown the address of the client in this case. */
  isUnmasked: boolean
  /** When the agent was shown one. */
  readonly looks: Instant[]
  pressedIn: CaseId | null
  /** A passkey and a card of the client, in histories that ask for them. */
  readonly page: PageKey | null
  readonly card: Card | null
  /** In which case the card was replaced. */
  replacedIn: CaseId | null
  /** The client has said once that they did not call: what had rested works again. */
  isDenied: boolean
  /** Whether the client is to be called back. */
  isQueued: boolean
  /** The agent has taken that, and neither put it back nor ended it. */
  hasTaken: boolean
  /** How often the agent was shown what is on record. */
  records: number
  /** What is done at other doors than the desk, and by whom. */
  readonly programs: Programs
  /** No answer to the agent holds a secret. */
  seesNothing(answer: object): void
  asked: { readonly id: VerificationId; readonly number: string } | null
  readonly warrants: {
    readonly id: WarrantId
    readonly of: DeedClass
    readonly case: Case
    readonly level: Level
  }[]
  /** What the enemy has heard so far. */
  readonly responses: string[]
  readonly passcodes: string[]
  readonly codes: string[]
}

let runs = 0

/** Lives through one history, and looks at every step and at its end. */
export async function played(
  world: TestWorld,
  { acts, caller: onTheLine, role }: History,
  seen: Seen,
): Promise<void> {
  runs += 1
  const client = await caller(world, `client-${runs}`)
  const { subscriberId } = client
  await settledNumber(world, client)
  await knownBrowser(world, client)
  const mail = `whole-${runs}@example.com`
  const deliver = async () => ({ outcome: 'sent' }) as const
  world.channels.set('email', { name: 'email', retries: [], deliver })
  await setContact(world, { subscriberId, by: 'operator', kind: 'email', value: mail })
  const does = (kind: Act['kind']) => acts.some((one) => one.kind === kind)
  const page = does('page') ? await pageKeyOf(world, client, runs) : null
  const card = does('find-card') ? await withCard(world, client, runs) : null
  const { open } = await agent(world, `mallory-${runs}`, { role })
  const run: Run = {
    world,
    client,
    mail,
    inbox: await withNumber(world, subscriberId),
    open,
    seen,
    isStranger: onTheLine === 'stranger',
    case: null,
    isProven: false,
    isUnmasked: false,
    looks: [],
    pressedIn: null,
    page,
    card,
    replacedIn: null,
    isDenied: false,
    isQueued: false,
    hasTaken: false,
    records: 0,
    programs: await staffOf(world, runs),
    seesNothing: (answer) => sees(run, answer),
    asked: null,
    warrants: [],
    responses: [],
    passcodes: [],
    codes: [],
  }
  for (const one of acts) await DO[one.kind](run, one as never)
  await judge(run)
}

type Doing = {
  readonly [K in Act['kind']]: (run: Run, act: Extract<Act, { kind: K }>) => Promise<void>
}

const DO: Doing = {
  open: async (run, { by }) => {
    const { world, open, client } = run
    const typed: Readonly<Record<Search, string>> = {
      'user-name': client.userName,
      account: `U-${client.userName}`,
      case: run.case?.number ?? '000000',
      serial: 'none',
    }
    const found = await openCase(world, open, { by, typed: typed[by], reason: 'question' })
    sees(run, found)
    if (!found.ok) return
    assert.equal(found.case.subscriberId, client.subscriberId)
    Object.assign(run, { case: found.case, isProven: false, isUnmasked: false, asked: null })
  },

  ask: async (run, { of }) => {
    const { world, open, client } = run
    if (!run.case) return
    const asking = { caseId: run.case.id, authenticatorId: client.phoneId, of }
    const begun = await beginProof(world, open, asking)
    sees(run, begun)
    if (begun.ok) run.asked = begun
  },

  answer: async (run, answering) => {
    const { world, open, client, asked } = run
    const from = run.isStranger && answering.from === 'client' ? 'guess' : answering.from
    if (!run.case || !asked) return
    const response = await said(run, asked.number, from)
    const done = await answerProof(world, open, { caseId: run.case.id, id: asked.id, response })
    sees(run, done)
    run.asked = null
    if (!done.ok) return
    assert.equal(from, 'client', 'only the client proves that they are the client')
    run.seen.proofs += 1
    run.isProven = true
    assert.equal(done.warrant.subscriberId, client.subscriberId)
    run.warrants.push({ id: done.warrant.id, of: done.warrant.of, case: run.case, level: 'L2' })
  },

  /** The phone itself is asked, and its client sees who asks; with a stranger they say no. */
  phone: async (run, { of, answer }) => {
    const { world, open, client } = run
    if (!run.case) return
    const asking = { caseId: run.case.id, authenticatorId: client.phoneId, of } as const
    const begun = await beginProof(world, open, { ...asking, way: 'phone' })
    sees(run, begun)
    if (!begun.ok) return
    const shown = await callsOn(world, client.phone)
    const request = shown.find(({ transaction }) => transaction === begun.id)
    // Of two that were drawn at once the phone shows one.
    if (!request || answer === 'nothing') return
    assert.equal(request.context.agent, 'Mallory-'.concat(open.member.agentId.split('-')[1] ?? ''))
    const now = world.now()
    const signed = run.isStranger
      ? await client.phone.decide(request, { now, decision: 'not-me' })
      : await client.phone.approve(request, {
          now,
          number: answer === 'yes' ? begun.number : '900000',
        })
    const done = await sendToDesk(world, request, signed)
    // What the agent could send in the place of the phone is what was read out.
    const spoken = {
      caseId: run.case.id,
      id: begun.id,
      response: run.responses.at(-1) ?? '31415926',
    }
    assert.ok(!(await answerProof(world, open, spoken)).ok)
    if (!done.ok || done.outcome !== 'approved') return
    run.seen.phones += 1
    await newWarrant(run, { of, verified: 'approved-on-device' })
  },

  'call-back': callsBack,
  page: confirmsOnPage,
  'find-card': findsCard,
  queue: async (run, { does }) => await queues(run, does),
  record: readsRecord,
  program: programs,
  command: commands,
  unmask: unmasks,
  press: async (run, { which }) => await presses(run, which),

  call: async (run, { of }) => {
    await DO.open(run, { kind: 'open', by: 'user-name' })
    await DO.ask(run, { kind: 'ask', of })
    await DO.answer(run, { kind: 'answer', from: 'client' })
  },

  use: async (run, { which }) => {
    const of = run.warrants.at(-1)?.of
    const deeds = CHANGING.filter((deed) => classOf(deed) === of)
    const deed = deeds[which % deeds.length]
    if (deed) await DO.deed(run, { kind: 'deed', deed, warrant: 'fitting' })
  },

  deed: async (run, { deed, warrant }) => {
    const { world, open } = run
    if (!run.case) return
    const fitting = run.warrants.findLast(({ of }) => of === classOf(deed))?.id
    const warrantId = {
      fitting: fitting ?? null,
      any: run.warrants.at(-1)?.id ?? null,
      none: null,
      'made-up': 'war_01ABCDEFGHJKMNPQRSTVWXYZ12' as WarrantId,
    }[warrant]
    const asked = askedOf(deed, run)
    const done = await acted(world, open, { caseId: run.case.id, warrantId, asked })
    if (!done.ok) {
      run.seen.refused += 1
      return sees(run, done)
    }
    const given = run.warrants.find(({ id }) => id === warrantId)
    if (given) assert.deepEqual([given.case.id, given.of], [run.case.id, classOf(deed)])
    const level = given?.level ?? 'none'
    mayBeAlone(run, deed, level)
    run.seen.deeds += 1
    if (deed === 'replace-device') await isReplaced(run)
    if (deed === 'issue-passcode') {
      run.seen.passcodes += 1
      run.passcodes.push(done.spoken ?? '')
    } else if (deed === 'reset-password') {
      run.seen.resets += 1
      run.codes.push(done.spoken ?? '')
    } else assert.equal(done.spoken, deed === 'tell-user-name' ? run.client.userName : null)
  },

  'break-in': async (run, { using }) => {
    run.seen['break-ins'] += 1
    if (using === 'reset') return await resetWith(run)
    if (using === 'text') return await resetByText(run)
    if (using === 'signed') return await logsInWithSigned(run)
    const client = browser({ browser: 'Mallory' })
    const { userName } = run.client
    const started = await begin(run.world, client, { userName, platform: 'portal' })
    if (!started.ok) return
    assert.notEqual(started.login.state, 'completed', 'a password alone is no login')
    const held = { id: started.login.id, holder: client.holder }
    if (using === 'response') await challengedBy(run.world, held, 'phone-key')
    const answers =
      using === 'response'
        ? run.responses.slice(-3).map((response) => ({ response }))
        : run.passcodes.slice(-3).map((passcode) => ({ passcode }))
    for (const answer of answers) {
      const done = await answerLogin(run.world, { ...held, answer })
      assert.ok(!done.ok, `the enemy is in, with a ${using}`)
    }
  },

  /** The number of the enemy’s own login, read out as if the desk had drawn it. */
  relay: async (run) => {
    const client = browser({ browser: 'Mallory' })
    const { userName } = run.client
    const started = await begin(run.world, client, { userName })
    if (!started.ok) return
    const found = await findLogin(run.world.db, started.login.id)
    if (found?.value.state !== 'challenged') return
    const { number } = found.value.challenge.prompt as { readonly number?: string }
    assert.doesNotMatch(number ?? '', /^9/, 'the client reads nothing back')
  },

  look: async (run) => {
    const { world, open } = run
    if (!run.case) return
    const view = await viewCase(world, open, run.case.id)
    if (view.ok && !run.isProven && !run.isUnmasked)
      assert.ok(!JSON.stringify(view).includes(run.mail))
    sees(run, view)
    await noteCase(world, open, { id: run.case.id, typed: 'looked' })
  },

  close: async (run) => {
    if (!run.case) return
    sees(run, await closeCase(run.world, run.open, run.case.id))
    run.case = null
  },

  'client-logs-in': async ({ world, client: { userName, phone } }) => {
    const client = browser()
    const started = await begin(world, client, { userName, platform: 'portal' })
    if (!started.ok || started.login.state !== 'challenged') return
    const { number = '' } = started.login.challenge.prompt as { readonly number?: string }
    if (number === '') return
    const response = await phone.respond(number, world.now())
    await answerLogin(world, { id: started.login.id, holder: client.holder, answer: { response } })
  },

  // What happened was told long before.
  wait: async ({ world }, { count }) => {
    await noticeDue(world)
    world.advance(minutes(count))
  },
}

function askedOf(deed: Exclude<Deed, 'unmask'>, { client, card }: Run): AskedDeed {
  const { phoneId } = client
  if (deed === 'block-device') return { deed, authenticatorId: phoneId }
  if (deed === 'replace-device') return { deed, authenticatorId: card?.id ?? phoneId }
  return deed === 'issue-passcode' ? { deed, reason: 'lost' } : { deed }
}

async function said(
  { world, client, responses }: Run,
  number: string,
  from: 'client' | 'guess' | 'replay',
): Promise<string> {
  if (from === 'guess') return '31415926'
  if (from === 'replay') return responses.at(-1) ?? '27182818'
  assert.match(number, /^9/)
  const response = await client.phone.respond(number, world.now())
  responses.push(response)
  return response
}

/** Nothing that an agent is answered holds a secret of the client. */
function sees({ client }: Run, answer: object): void {
  const text = JSON.stringify(answer)
  for (const secret of [PASSWORD, '"ocraKey"', '"deviceKey"', '$argon2']) {
    assert.ok(!text.includes(secret), `${client.userName}: ${secret} in ${text}`)
  }
}

/** What must be true of every history at its end. */
async function judge(run: Run): Promise<void> {
  const { world, client, seen } = run
  const { subscriberId } = client
  await noticeDue(world)
  const all = (await listSubscriberEvents(world.db, subscriberId, { limit: 1_000 })).toReversed()
  const ofDesk = all.filter(({ event }) => event.caseId !== undefined)
  for (const { event } of ofDesk) {
    const by = event.kind === 'desk.call-denied' ? /^holder$/ : /^staff:(?:mallory|olga)/
    assert.match(event.actor ?? '', by)
  }
  seen.stops += ofDesk.filter(({ event }) => event.kind === 'desk.calls-stopped').length
  const read = ofDesk.filter(({ event }) => event.kind === 'desk.record-read')
  assert.equal(read.length, run.records, 'each look at the record is written down')
  const elsewhere = all.filter(({ event }) => event.kind === 'desk.glass-broken')
  assert.equal(elsewhere.length, run.programs.commands, 'an alarm for each command')
  const changing = all.filter((one) => ofDesk.includes(one) || elsewhere.includes(one))
  neverBoth(changing)
  neverWhileStopped(changing)
  await everythingIsTold(run, all)
  await everythingIsRead(world, client, ofDesk)
  await theTrailIsThere(run)
  await emptied(run)
}
