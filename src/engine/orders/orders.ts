import type { Authenticator } from '#core/devices/authenticator.ts'
import { equityOf, realAccounts, type Account } from '#core/subscribers/account.ts'
import { newId, type OrderId } from '#core/ids.ts'
import {
  DRAFT_LIFETIME,
  estimateOf,
  type Fault,
  isOnItsWay,
  type Order,
  type OrderDraft,
  type PackedOrder,
  type PlacedOrder,
  type Replaced,
  type TravellingOrder,
  reserveFor,
  withdrawn,
} from '#core/orders/order.ts'
import { held } from '#core/orders/deposit.ts'
import { entriesOf } from '#core/orders/ledger.ts'
import type { Refusal } from '#core/problems.ts'
import { after, type Instant } from '#core/time/time.ts'
import { isOwedOne, placeReplacing, replaceableOf } from '#engine/orders/replaceable.ts'
import { type NamedDevice, namedDevice } from '#engine/inventory/named-device.ts'
import { retryStale } from '#engine/retry.ts'
import { currentContact } from '#engine/contact/addresses.ts'
import { guessed } from '#engine/devices/pins/guesses.ts'
import { knownOf } from '#engine/devices/pins/known-facts.ts'
import { depositEvents } from '#engine/subscribers/deposit.ts'
import { obstacleToBinding } from '#engine/devices/may-bind.ts'
import { type OpenSession } from '#engine/sessions/rights.ts'
import { newSecret } from '#engine/secrets.ts'
import { refusal, type World } from '#engine/world.ts'
import type { Method } from '#methods/method.ts'
import type { Ordering } from '#methods/stock.ts'
import {
  commitOrder,
  findDraft,
  findOpenOrder,
  findOrder,
  listOrders,
  placeOrder as place,
  saveDraft,
  type StoredDraft,
} from '#store/orders/orders.ts'
import { findStamp } from '#store/security-stamp.ts'
import type { Versioned } from '#store/queries/versioned.ts'

/**
 * A client orders a device and waits for it (R116, R163). That it has come they prove in
 * `arrival.ts` (R165); what the back office does with the order stands in `fulfilment.ts`.
 */

interface Orderable {
  readonly method: Method
  readonly ordering: Ordering
}

/** What clients may order here, or `null`. */
function orderable({ methods }: Pick<World, 'methods'>): Orderable | null {
  for (const method of methods.values()) {
    if (method.stock?.ordering) return { method, ordering: method.stock.ordering }
  }
  return null
}

/** Whether they may order one more; it is not asked of one in the place of another (R119). */
export function isEntitled(
  world: Pick<World, 'methods' | 'settings'>,
  { accounts }: Pick<OpenSession, 'accounts'>,
): boolean {
  const { orders } = world.settings
  return orderable(world) !== null && equityOf(accounts) >= orders.equityUsd
}

/** Whether it is for this client at all; to whom it is not, it is not shown. */
export async function mayOrder(world: World, session: OpenSession): Promise<boolean> {
  const found = orderable(world)
  if (!found) return false
  if (isEntitled(world, session)) return true
  const { subscriberId } = session
  const held = await replaceableOf(world, subscriberId, found.method.name)
  return held.length > 0 || (await isOwedOne(world, subscriberId))
}

/** What a client has ordered and waits for, or `null`. */
export async function orderOnItsWay(
  world: World,
  { subscriberId }: Pick<OpenSession, 'subscriberId'>,
): Promise<PlacedOrder | PackedOrder | TravellingOrder | null> {
  const found = await findOpenOrder(world.db, subscriberId)
  return found && isOnItsWay(found.value) ? found.value : null
}

export const ordersOf = async (
  world: World,
  { subscriberId }: Pick<OpenSession, 'subscriberId'>,
): Promise<readonly Order[]> => (await listOrders(world.db, subscriberId)).map(({ value }) => value)

/** What a client sees who wants to order one. */
export interface OrderBeginning {
  readonly ok: true
  readonly method: string
  readonly ordering: Ordering
  /** What it may take the place of. */
  readonly replaceable: readonly Authenticator[]
  /** Whether it may also be one more. */
  readonly mayAdd: boolean
  /** As the back office knows it. */
  readonly address: string
  /** Accounts that the deposit may be kept back in. */
  readonly accounts: readonly Account[]
  readonly depositUsd: number
  /** What was chosen in this session so far. */
  readonly draft: StoredDraft | null
  /** The same, also when it is over: what the next choice is written over. */
  readonly stored: StoredDraft | null
  /** Names one showing of a form. */
  readonly showing: string
}

/**
 * What may be chosen, or why nothing may. Asked anew at every step: what is in the accounts, and
 * where letters go, can change between two of them.
 */
export async function beginOrder(
  world: World,
  session: OpenSession,
): Promise<OrderBeginning | Refusal> {
  const found = orderable(world)
  if (!found) return refusal('request.not-found')
  const { method, ordering } = found
  const { subscriberId } = session
  if (await findOpenOrder(world.db, subscriberId)) return refusal('order.open')
  const held = await replaceableOf(world, subscriberId, method.name)
  const mayAdd = isEntitled(world, session) || (await isOwedOne(world, subscriberId))
  if (!mayAdd && held.length === 0) return refusal('order.not-entitled')
  // A client who chooses its PIN and sends for it will come in with it: that is binding one (S66).
  const obstacle = await obstacleToBinding(world, session, method)
  if (obstacle) return refusal(obstacle)
  const address = await currentContact(world, { subscriberId, kind: 'postal' })
  if (!address) return refusal('order.no-address')
  const depositUsd = reserveFor(world.settings.orders, method.name)
  const accounts = realAccounts(session.accounts)
  const drafts = await draftsOf(world, session, ordering)
  return {
    ok: true,
    method: method.name,
    ordering,
    replaceable: held.map(({ value }) => value),
    mayAdd,
    address: address.value,
    accounts,
    depositUsd,
    ...drafts,
    showing: newSecret(world.random),
  }
}

/**
 * The PIN that was chosen half an hour ago is chosen again, and so is one of another state of the
 * client, or one that is known of them by now (R068).
 */
async function draftsOf(
  world: World,
  { id, subscriberId }: OpenSession,
  ordering: Ordering,
): Promise<Pick<OrderBeginning, 'draft' | 'stored'>> {
  const [stored, stamp] = await Promise.all([
    findDraft(world.db, id),
    findStamp(world.db, subscriberId),
  ])
  const isOpen = stored?.stamp === stamp && world.now() < after(stored.begunAt, DRAFT_LIFETIME)
  if (!isOpen) return { draft: null, stored }
  const { known } = await knownOf(world, subscriberId)
  return { draft: ordering.isKnown(stored.wishes, known) ? null : stored, stored }
}

/**
 * Which draft a page was shown with. Two windows, or a client and an attacker with their cookie,
 * share one draft: a step that was shown another draft than there is now would order what its
 * client has not chosen (A8).
 */
export const draftMark = (draft: StoredDraft | null): string =>
  draft ? `${draft.begunAt}-${draft.version}` : NO_DRAFT

const NO_DRAFT = 'none'

/**
 * Whether the page of the account may be shown for this mark: the wishes are those that it was
 * shown with.
 */
export const isSameWishes = (draft: StoredDraft, shown: string): boolean =>
  shown === draftMark(draft) || shown === draft.chosenIn.over

/**
 * The form that a choice comes from: the draft it was shown with, and which showing of it this is.
 */
export interface ShownForm {
  readonly shown: string
  readonly showing: string
}

/** With the mark of the draft as it is afterwards. */
type Chosen =
  | { readonly ok: true; readonly draft: string }
  | (Refusal & { readonly field?: string })

/** What its holder wants it to be opened with. */
export async function chooseWishes(
  world: World,
  session: OpenSession,
  {
    request,
    replaces = null,
    ...form
  }: ShownForm & { readonly request: unknown; readonly replaces?: Replaced | null },
): Promise<Chosen> {
  const { subscriberId, id: sessionId } = session
  return await retryStale<Chosen>('order.changed', async () => {
    const stamp = await findStamp(world.db, subscriberId)
    const begun = await beginOrder(world, session)
    if (!begun.ok) return begun
    if (!fits(begun, replaces)) return refusal('order.begin-again')
    // Where there is none, nothing is written over.
    if (begun.stored && !goesOn(form, begun.stored, 'wishes')) return refusal('order.changed')
    const { known } = await knownOf(world, subscriberId)
    const chosen = await guessed(world, session, () => begun.ordering.choose(request, known))
    if (!chosen.ok) return chosen
    return await saved(world, begun.stored, {
      sessionId,
      subscriberId,
      method: begun.method,
      wishes: chosen.wishes,
      replaces,
      account: begun.draft?.account ?? null,
      begunAt: world.now(),
      stamp,
      chosenIn: { wishes: form.showing, account: null, over: null },
    })
  })
}

/**
 * Whether a choice is made over this draft: it was shown with the form, or the form itself has
 * chosen what stands there. So a second click and a step back are the client's own, and the choice
 * of another window is not.
 */
const goesOn = (
  { shown, showing }: ShownForm,
  draft: StoredDraft,
  what: 'wishes' | 'account',
): boolean => draftMark(draft) === shown || draft.chosenIn[what] === showing

/** Whether it may be one more, or take the place of what was named. */
const fits = ({ mayAdd, replaceable }: OrderBeginning, replaces: Replaced | null): boolean =>
  replaces === null ? mayAdd : replaceable.some(({ id }) => id === replaces.id)

/** Over what was read, and over nothing else. */
async function saved(
  world: World,
  stored: StoredDraft | null,
  draft: OrderDraft,
): Promise<Chosen | 'stale'> {
  const version = await saveDraft(world.db, draft, stored?.version ?? null)
  return version === null ? 'stale' : { ok: true, draft: draftMark({ ...draft, version }) }
}

/** The account that the deposit is kept back in. */
export async function chooseAccount(
  world: World,
  session: OpenSession,
  { number, ...form }: ShownForm & { readonly number: string },
): Promise<Chosen> {
  return await retryStale<Chosen>('order.changed', async () => {
    const begun = await beginOrder(world, session)
    if (!begun.ok) return begun
    const { draft } = begun
    if (!draft) return refusal('order.begin-again')
    if (!goesOn(form, draft, 'account')) return refusal('order.changed')
    if (!begun.accounts.some((account) => account.number === number)) {
      return refusal('order.no-account')
    }
    const over = draft.chosenIn.over ?? draftMark(draft)
    const chosenIn = { ...draft.chosenIn, account: form.showing, over }
    return await saved(world, draft, { ...draft, account: number, chosenIn })
  })
}

/** All of it, as it will be done. */
export interface OrderSummary {
  readonly ok: true
  readonly method: string
  readonly address: string
  readonly country: string | null
  readonly account: Pick<Account, 'id' | 'number'>
  readonly depositUsd: number
  readonly leavesAt: Instant
  readonly arrivesAt: Instant
  /** What it takes the place of: by the name that its holder knows, and by what stands on it. */
  readonly instead: (NamedDevice & { readonly fault: Fault }) | null
  readonly draft: StoredDraft
}

/** Any session may give it another name; its kind and what is printed on it stay. */
async function namedCard(
  world: World,
  replaceable: readonly Authenticator[],
  id: Authenticator['id'],
): Promise<NamedDevice | null> {
  const found = replaceable.find((one) => one.id === id)
  return found ? await namedDevice(world, found) : null
}

/** @param shown the mark of the draft that the step before has left. */
export async function orderSummary(
  world: World,
  session: OpenSession,
  shown: string,
): Promise<OrderSummary | Refusal> {
  const begun = await beginOrder(world, session)
  if (!begun.ok) return begun
  const { draft, method, address, depositUsd } = begun
  if (draft && draftMark(draft) !== shown) return refusal('order.changed')
  const account = begun.accounts.find(({ number }) => number === draft?.account)
  if (!draft || !account || !fits(begun, draft.replaces)) return refusal('order.begin-again')
  const { residence: country } = account
  const { orders: rules, calendar } = world.settings
  const estimate = estimateOf(world.now(), country, { rules, calendar })
  const { replaces } = draft
  const named = replaces && (await namedCard(world, begun.replaceable, replaces.id))
  return {
    ok: true,
    method,
    address,
    country,
    account,
    depositUsd,
    draft,
    instead: replaces && named && { ...named, fault: replaces.fault },
    ...estimate,
  }
}

/** Orders it, once: of two windows one does, and the other hears that it is ordered. */
export async function placeOrder(
  world: World,
  session: OpenSession,
  summary: OrderSummary,
): Promise<{ readonly ok: true; readonly order: Order } | Refusal> {
  const now = world.now()
  const { subscriberId, id: within } = session
  const { method, address, country, account, depositUsd: usd, draft } = summary
  const order: PlacedOrder = {
    id: newId('ord', now, world.random),
    subscriberId,
    method,
    address,
    country,
    state: 'ordered',
    deposit: held(account, usd),
    orderedAt: now,
    wishes: draft.wishes,
    mustBeProven: draft.replaces !== null,
    ...placeOf(draft),
  }
  const about = { subscriberId, within, orderId: order.id, method, by: 'holder' } as const
  const entries = entriesOf(null, order, { why: 'ordered', now })
  const events = [
    { kind: 'order.placed', ...about, ...placeOf(draft) } as const,
    ...depositEvents(entries, { by: 'holder', within }),
  ]
  const { replaces: replaced } = draft
  const standing = { subscriberId, stamp: draft.stamp, within }
  const placed = replaced
    ? await placeReplacing(world, session, { order, replaced, draft, entries, events })
    : await place(world.db, { now, order, draft, standing, entries, events })
  if (placed) return { ok: true, order }
  if (await findOpenOrder(world.db, subscriberId)) return refusal('order.open')
  const left = await findDraft(world.db, within)
  const isOther = left !== null && draftMark(left) !== draftMark(draft)
  return refusal(isOther ? 'order.changed' : 'order.begin-again')
}

/** What it takes the place of, as an order and its event say it. */
const placeOf = ({ replaces }: StoredDraft) =>
  replaces === null ? {} : { replaces: replaces.id, fault: replaces.fault }

/** It is not wanted any more; what has left cannot be called back. */
export async function withdrawOrder(
  world: World,
  session: OpenSession,
  id: OrderId,
): Promise<{ readonly ok: true } | Refusal> {
  return await retryStale<{ readonly ok: true } | Refusal>('order.conflict', async () => {
    const stamp = await findStamp(world.db, session.subscriberId)
    const found = await findOwnOrder(world, session, id)
    if ('problem' in found) return found
    const now = world.now()
    const value = withdrawn(found.value, now)
    if ('stays' in value) return refusal(value.stays)
    if (value === found.value) return { ok: true }
    const { subscriberId, id: within } = session
    const about = { subscriberId, within, orderId: id, method: value.method, by: 'holder' } as const
    const standing = { subscriberId, stamp, within }
    const entries = entriesOf(found.value, value, { why: 'withdrawn', now })
    const events = [
      { kind: 'order.withdrawn', ...about } as const,
      ...depositEvents(entries, { by: 'holder', within }),
    ]
    const order = { value, version: found.version }
    const done = await commitOrder(world.db, {
      now,
      order,
      ...unpacked(found.value),
      standing,
      entries,
      events,
    })
    return done ? { ok: true } : 'stale'
  })
}

/** The card that lay in its envelope is free for another. */
export const unpacked = (order: Order) => (order.state === 'packed' ? { frees: order.serial } : {})

/** The order of another client does not exist. */
export async function findOwnOrder(
  world: World,
  { subscriberId }: OpenSession,
  id: OrderId,
): Promise<Versioned<Order> | Refusal> {
  const found = await findOrder(world.db, id)
  return found?.value.subscriberId === subscriberId ? found : refusal('order.not-found')
}
