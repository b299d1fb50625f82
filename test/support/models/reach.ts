import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Channel, Delivered } from '#channels/channel.ts'
import { noticeOf } from '#core/audit/audit.ts'
import type { ContactKind } from '#core/contact/address.ts'
import type { LoginId, SubscriberId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import { type NoticeKind, URGENT, WHERE_ASKED } from '#core/events/hearing.ts'
import { minutes, seconds } from '#core/time/time.ts'
import { setContact } from '#engine/contact/addresses.ts'
import { waitingLetters } from '#engine/notices/letters.ts'
import { noticeDue, passOver } from '#engine/notices/notices.ts'
import { deliverDue } from '#engine/delivery/outbox.ts'
import { noteTextedBack } from '#engine/contact/text-opt-out.ts'
import { sample } from '#methods/sms-code/sample.ts'
import { eventWrites } from '#store/audit/audit.ts'
import { begun, PASSWORD } from '../clients/engine-story.ts'
import { EVENTS, NOTICE_KINDS } from './notice-events.ts'
import { browser, type TestWorld } from '../server/world.ts'

/**
 * Clients with every set of addresses, each in every state, and notices of every kind to them. What
 * they must hear is written down here and nowhere in the product.
 */

/** What becomes of what is sent to an address. */
type Fate =
  | 'arrives'
  /** Its carrier refuses it at once. */
  | 'refused'
  /** Its carrier does not answer, for days. */
  | 'late'
  /** The number has answered STOP: before the notice was written, or before the text left. */
  | 'stopped'
  | 'stopped-between'

interface Line {
  readonly current: Fate
  /** One that was replaced yesterday. */
  readonly before: Fate | null
}

/** A client and what they have; `null` for no address of that kind. */
export interface Setup {
  readonly kind: NoticeKind
  readonly mail: Line | null
  readonly text: Line | null
  /** Current, and perhaps one that was replaced. */
  readonly post: 'none' | 'one' | 'two'
  /** The login that is told of was confirmed with a text. */
  readonly isUsed: boolean
}

const line = (fates: readonly Fate[]): fc.Arbitrary<Line | null> =>
  fc.option(
    fc.record({
      current: fc.constantFrom(...fates),
      before: fc.option(fc.constantFrom(...fates), { freq: 1 }),
    }),
    { freq: 3 },
  )

const setupsOf = (kind: NoticeKind): fc.Arbitrary<Setup> =>
  fc.record({
    kind: fc.constant(kind),
    mail: line(['arrives', 'refused', 'late']),
    text: line(['arrives', 'refused', 'late', 'stopped', 'stopped-between']),
    post: fc.constantFrom('none', 'one', 'two'),
    isUsed: fc.boolean(),
  })

/** What chance meets too seldom. */
const EDGES: readonly Omit<Setup, 'kind'>[] = [
  { mail: null, text: { current: 'stopped', before: null }, post: 'one', isUsed: false },
  { mail: null, text: { current: 'arrives', before: 'stopped' }, post: 'one', isUsed: false },
  { mail: null, text: { current: 'stopped-between', before: null }, post: 'one', isUsed: true },
  { mail: { current: 'refused', before: 'arrives' }, text: null, post: 'two', isUsed: false },
  {
    mail: { current: 'late', before: null },
    text: { current: 'arrives', before: null },
    post: 'none',
    isUsed: true,
  },
]

/** So many of each kind, and each edge with one; the same seed gives the same. */
export const setups = (each: number, seed: number): readonly Setup[] => [
  ...NOTICE_KINDS.flatMap((kind, index) =>
    fc.sample(setupsOf(kind), { numRuns: each, seed: seed + index }),
  ),
  ...EDGES.map((edge, index) => ({ ...edge, kind: kindAt(seed + index) })),
]

const kindAt = (index: number): NoticeKind => {
  const kind = NOTICE_KINDS[index % NOTICE_KINDS.length]
  assert.ok(kind)
  return kind
}

interface Address {
  readonly kind: ContactKind
  readonly value: string
  readonly isCurrent: boolean
  readonly fate: Fate
}

interface Client {
  readonly index: number
  readonly setup: Setup
  readonly subscriberId: SubscriberId
  readonly addresses: readonly Address[]
}

/** Plays all of them at once, and holds each against what its client must have heard. */
export async function playReach(
  world: TestWorld,
  { all, carriers }: { readonly all: readonly Setup[]; readonly carriers: readonly ContactKind[] },
): Promise<number> {
  const fates = new Map<string, Fate>()
  const got = new Map<string, number>()
  const stopped = new Set<string>()
  for (const kind of carriers) {
    const channel = kind === 'email' ? 'email' : 'sms'
    world.channels.set(channel, street(channel, { fates, got, stopped }))
  }
  const clients: Client[] = []
  for (const [index, setup] of all.entries()) clients.push(await clientOf(world, setup, index))
  for (const { addresses } of clients)
    for (const { value, fate } of addresses) fates.set(value, fate)
  const stop = async (when: Fate) => {
    for (const [from, fate] of fates) {
      if (fate !== when) continue
      await noteTextedBack(world, { from, text: 'STOP' })
      stopped.add(from)
    }
  }
  await stop('stopped')
  // One after the other: the passwords of a thousand at once are more than a node judges.
  const used: (LoginId | null)[] = []
  for (const client of clients) used.push(await loginOf(world, client))
  await deliverDue(world)
  await passOver(world)
  got.clear()
  for (const [index, { setup, subscriberId }] of clients.entries()) {
    const loginId = used[index]
    const about = { subscriberId, ...(loginId && { loginId }) }
    const event = EVENTS[setup.kind](about, world.now())
    assert.equal(noticeOf(event), setup.kind)
    assert.ok(await world.db.commit(eventWrites(world.db, [event], world.now())))
  }
  const tell = async () => {
    // The log is read by five hundred.
    for (let page = 0; page <= all.length / 500; page += 1) await noticeDue(world)
  }
  await tell()
  await stop('stopped-between')
  // What is told of the second STOP is the next test's.
  await passOver(world)
  for (let round = 0; round === 0 || (await isWaiting(world)); round += 1) {
    assert.ok(round < ROUNDS_MAX, 'something is tried for ever')
    await deliverDue(world)
    world.advance(minutes(10))
  }
  for (const letter of await lettersIn(world))
    got.set(letter.address, (got.get(letter.address) ?? 0) + 1)
  for (const client of clients) hold(client, { got, carriers })
  return clients.length
}

/** Far more than the tries of one message: a channel takes a hundred at once. */
const ROUNDS_MAX = 100

/** Whether a message is still to be tried. */
async function isWaiting({ db }: TestWorld): Promise<boolean> {
  const waits = db.read.selectFrom('outbox').select('id').where('given_up_at_ms', 'is', null)
  return (await waits.executeTakeFirst()) !== undefined
}

function street(
  name: string,
  {
    fates,
    got,
    stopped,
  }: Record<'got', Map<string, number>> & {
    readonly fates: ReadonlyMap<string, Fate>
    readonly stopped: ReadonlySet<string>
  },
): Channel {
  return {
    name,
    retries: [seconds(10), minutes(5)],
    async deliver({ address }): Promise<Delivered> {
      assert.ok(typeof address === 'string')
      const to = address
      assert.ok(!stopped.has(to), `${to} was sent a text after STOP`)
      const fate = fates.get(to) ?? 'arrives'
      if (fate === 'refused') return { outcome: 'failed', reason: 'rejected' }
      if (fate === 'late') return { outcome: 'later', reason: 'down' }
      got.set(to, (got.get(to) ?? 0) + 1)
      return { outcome: 'sent' }
    },
  }
}

async function clientOf(world: TestWorld, setup: Setup, index: number): Promise<Client> {
  const { mail, text, post, isUsed } = setup
  const number = (digit: number) => `+12025${digit}${String(index).padStart(5, '0')}`
  const state = { ...(sample.state as object), number: number(1) } as Json
  const subscriberId = await world.add({
    userName: `client-${index}`,
    password: PASSWORD,
    holds: isUsed ? [{ method: 'sms-code', state }] : [],
    // Some notices are told in Hong Kong alone, or posted there alone.
    ...([...WHERE_ASKED, 'trades'].includes(setup.kind) && { accounts: [hongKong(`U-${index}`)] }),
  })
  const at = (kind: ContactKind, value: string, fate: Fate, isCurrent: boolean): Address => ({
    kind,
    value,
    fate,
    isCurrent,
  })
  const addresses = [
    ...(mail?.before ? [at('email', `before-${index}@example.com`, mail.before, false)] : []),
    ...(mail ? [at('email', `now-${index}@example.com`, mail.current, true)] : []),
    ...(text?.before ? [at('mobile', number(0), text.before, false)] : []),
    ...(text ? [at('mobile', number(1), text.current, true)] : []),
    ...(post === 'two' ? [at('postal', `${index} Former Street`, 'arrives', false)] : []),
    ...(post === 'none' ? [] : [at('postal', `${index} Example Street`, 'arrives', true)]),
  ]
  for (const { kind, value } of addresses) {
    const set = await setContact(world, { subscriberId, kind, value, by: 'operator' })
    assert.ok(set.ok)
  }
  return { index, setup, subscriberId, addresses }
}

const hongKong = (number: string) => ({ number, environment: 'live', residence: 'HK' }) as const

/** A login that a text was sent for, by the client who is told. */
const loginOf = async (world: TestWorld, { setup, index }: Client): Promise<LoginId | null> =>
  setup.isUsed
    ? (await begun(world, browser({ address: `2001:db8:${index}::1` }), `client-${index}`)).id
    : null

async function lettersIn(world: TestWorld) {
  const all = []
  for (let page = await waitingLetters(world, null); page.length > 0; ) {
    all.push(...page)
    page = await waitingLetters(world, page.at(-1)?.id ?? null)
  }
  return all
}

/** What a client must have heard, whatever has failed. */
function hold(
  { setup, addresses }: Client,
  {
    got,
    carriers,
  }: { readonly got: ReadonlyMap<string, number>; readonly carriers: readonly ContactKind[] },
): void {
  const said = JSON.stringify({ carriers, ...setup })
  // What a client trades is told to no address that they have given up.
  const counted = addresses.filter(({ isCurrent }) => isCurrent || setup.kind !== 'trades')
  const left = counted.filter(
    ({ kind, fate }) => kind === 'postal' || (carriers.includes(kind) && fate === 'arrives'),
  )
  const heard = addresses.filter(({ value }) => got.has(value))
  for (const { value } of heard) assert.equal(got.get(value), 1, `${value} was told twice: ${said}`)
  for (const one of heard) assert.ok(left.includes(one), `${one.value} is not left: ${said}`)
  if (left.length > 0) assert.ok(heard.length > 0, `no client was told: ${said}`)
  if (left.some(({ isCurrent }) => isCurrent))
    assert.ok(
      heard.some(({ isCurrent }) => isCurrent),
      `only old addresses were told: ${said}`,
    )
  // What was used is told as well: its holder may be the attacker, or the client.
  const missed = left.filter(({ kind }) => kind !== 'postal').filter((one) => !heard.includes(one))
  if (URGENT.includes(setup.kind)) assert.deepEqual(missed, [], `not every address: ${said}`)
  const isMailed = heard.some(({ kind, isCurrent }) => kind === 'email' && isCurrent)
  const isStopped = counted.some(({ fate }) => fate === 'stopped') && carriers.includes('mobile')
  const isPosted = heard.some(({ kind }) => kind === 'postal')
  if (isStopped && !isMailed && setup.post !== 'none')
    assert.ok(isPosted, `STOP was answered, and no letter was written: ${said}`)
}
