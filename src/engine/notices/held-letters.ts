import type { GatheredKind, Letter } from '#core/notices/letter.ts'
import { everyOf } from '#core/notices/trade-choice.ts'
import type { Subscriber } from '#core/subscribers/account.ts'
import { rulesOf } from '#engine/notices/every-login.ts'
import { addressesNow } from '#engine/notices/reach.ts'
import { letterTo, valuesOf } from '#engine/notices/notices.ts'
import type { World } from '#engine/world.ts'
import type { WrittenEvent } from '#store/audit/audit.ts'
import { findLogin } from '#store/login/logins.ts'
import { findPile, listDuePiles, type Pile, postPile } from '#store/notices/held.ts'
import { findTradeChoice } from '#store/notices/trade-choices.ts'
import { findSubscriber } from '#store/subscribers/subscribers.ts'

/**
 * Letters about what happens often, such as the logins of a client of Hong Kong whom nothing else
 * reaches: at most one a day, of all that came since the last.
 */

/** Clients who are written to at once; the next look takes the others. */
const CLIENTS_AT_ONCE = 200
/** What one sheet has room for; it says how much there is beside it. */
const NAMED_MAX = 20

/** Writes the letters that are due, with all that waits beside them. */
export async function writeHeldLetters(world: World): Promise<void> {
  const due = { now: world.now(), limit: CLIENTS_AT_ONCE }
  for (const pile of await listDuePiles(world.db, due)) await writeOne(world, pile)
}

async function writeOne(world: World, pile: Pile): Promise<void> {
  const { events, count, lastSeq } = await findPile(world.db, pile, NAMED_MAX)
  const [first] = events
  const subscriber = await findSubscriber(world.db, pile.subscriberId)
  if (!first || !subscriber) return
  const said = await saidOf(world, pile, { events, count, subscriber: subscriber.value })
  const letters = (await postalOf(world, pile)).map((address) =>
    letterTo(world, { ...pile, seq: first.seq }, { ...said, address }),
  )
  // What comes at this moment waits for the next one.
  await postPile(world.db, pile, { lastSeq, count, letters, now: world.now() })
}

/** Where they go: of trades only while they are wanted, and to no address that was given up. */
async function postalOf(world: World, { subscriberId, kind }: Pile): Promise<readonly string[]> {
  const [addresses, { value: choice }, rules] = await Promise.all([
    addressesNow(world, subscriberId, []),
    findTradeChoice(world.db, subscriberId),
    rulesOf(world, subscriberId),
  ])
  const isOfTrades = kind === 'trades'
  if (isOfTrades && (rules.notices !== 'always' || everyOf(choice, rules) === 'never')) return []
  return addresses
    .map(({ contact }) => contact)
    .filter((contact) => contact.kind === 'postal')
    .filter(({ replacedAt }) => !isOfTrades || replacedAt === null)
    .map(({ value }) => value)
}

interface Gathered {
  readonly events: readonly WrittenEvent[]
  readonly count: number
  readonly subscriber: Subscriber
}

/** The words of the letter: one of them is told as it would be alone. */
async function saidOf(
  world: World,
  pile: Pile,
  { events, count, subscriber: { language } }: Gathered,
): Promise<Pick<Letter, 'language' | 'subject' | 'paragraphs'>> {
  const { kind, subscriberId } = pile
  const all = await Promise.all(
    events.map(async ({ seq, at, event }) => {
      const login = event.loginId ? await findLogin(world.db, event.loginId) : null
      const notice = { seq, subscriberId, kind, at }
      const about = { notice, event, task: null, login: login?.value ?? null, language }
      return await valuesOf(world, about)
    }),
  )
  const text = (key: string, values: Readonly<Record<string, string>>) =>
    world.words.text(language, `notice.${key}`, values)
  const [values = {}] = all
  const { more, line, several } = LISTED[kind]
  const lines = all.map((one) => text(line, one)).join('\n')
  const number = String(count)
  const last = count > all.length ? [text(more, { number })] : []
  const list = { ...values, number, lines: [lines, ...last].join('\n') }
  const key = count === 1 ? { subject: `${kind}.subject`, text: `${kind}.text` } : several
  return {
    language,
    subject: text(key.subject, list),
    paragraphs: [text(key.text, list), text('not-you', values), text('by-post', values)],
  }
}

/** How several of a kind are told. */
const LISTED: Readonly<
  Record<
    GatheredKind,
    {
      readonly line: string
      readonly more: string
      readonly several: { readonly subject: string; readonly text: string }
    }
  >
> = {
  'logged-in': {
    line: 'login.line',
    more: 'login.more',
    several: { subject: 'login.subject', text: 'login.text' },
  },
  trades: {
    line: 'trade.gathered',
    more: 'trade.messages',
    several: { subject: 'trades.subject', text: 'trade.several' },
  },
}
