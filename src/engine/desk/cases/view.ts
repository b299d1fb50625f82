import type { ContactKind } from '#core/contact/address.ts'
import type { Examination } from '#core/delivery/phone-check.ts'
import { type Case, CASE_LIFETIME, isCaseOpen } from '#core/desk/case.ts'
import { DEEDS, type Deed, type DeedDecision, classOf, type Level, LOOK } from '#core/desk/deeds.ts'
import { maskedContact, maskedName, maskedNumber } from '#core/desk/masking.ts'
import { type NotCalled, whyNotCalled } from '#core/desk/call-back.ts'
import type { Signal } from '#core/desk/deeds.ts'
import type { Member } from '#core/desk/member.ts'
import { isSecondOpen, type SecondRequest } from '#core/desk/second-person.ts'
import { unmaskedLeft } from '#core/desk/unmasking.ts'
import { type CallerProof, failedLately, isStopped } from '#core/desk/verification.ts'
import type { Warrant } from '#core/desk/warrant.ts'
import type { CaseId, ContactId, VerificationId } from '#core/ids.ts'
import type { Refusal } from '#core/problems.ts'
import type { Account, Language, Subscriber } from '#core/subscribers/account.ts'
import { after, before, days, type Instant } from '#core/time/time.ts'
import { calledContact } from '#engine/desk/cases/call-back.ts'
import { findOwnCase } from '#engine/desk/cases/cases.ts'
import { canAnswerPage } from '#engine/desk/cases/opened-call.ts'
import { decisionOn } from '#engine/desk/cases/permit.ts'
import { isSpoken } from '#engine/desk/cases/proof-steps.ts'
import { canAskPhone } from '#engine/desk/cases/proofs.ts'
import { riskOf } from '#engine/desk/cases/risk.ts'
import { unmaskedIn } from '#engine/desk/cases/unmasking.ts'
import type { OpenMemberSession } from '#engine/desk/sessions.ts'
import { topicOfCase } from '#engine/wake-up-topics.ts'
import { methodNamed, refusal, type World } from '#engine/world.ts'
import { listAccounts } from '#store/accounts/accounts.ts'
import { listContacts } from '#store/contact/addresses.ts'
import { listOpenCasesBy, listOpenCasesOf } from '#store/desk/cases.ts'
import { findPhoneCheck } from '#store/delivery/phone-checks.ts'
import { findMember } from '#store/desk/members.ts'
import { findCallerProof, findCallStanding, findLatestCallerProof } from '#store/desk/proofs.ts'
import { listCallBacks } from '#store/desk/queue/call-backs.ts'
import { listSecondRequests } from '#store/desk/second-requests.ts'
import { listUnmaskingsBy } from '#store/desk/unmaskings.ts'
import { listWarrants } from '#store/desk/warrants.ts'
import { type Holding, listHoldings } from '#store/devices/authenticators.ts'
import { findSubscriber } from '#store/subscribers/subscribers.ts'

/** What an agent sees of a call. Until the caller is proven, of names and numbers only a part. */
export interface CaseView {
  readonly ok: true
  readonly case: Case
  readonly isProven: boolean
  readonly client: {
    /** Never whole: it is half of a login, and a deed of its own reads it out, once. */
    readonly userName: string
    readonly language: Language
    readonly accounts: readonly Pick<Account, 'number' | 'environment' | 'status'>[]
    readonly contacts: readonly SeenContact[]
  }
  /** Colleagues who have a case of this client open, too. */
  readonly others: readonly { readonly name: string; readonly openedAt: Instant }[]
  /** What it takes to show a hidden field, and how many more this agent looks at alone today. */
  readonly unmasking: { readonly decision: DeedDecision; readonly left: number }
  readonly devices: readonly SeenDevice[]
  /** What phones of the client have found of their notifications, as its holder has shown us. */
  readonly examinations: readonly SeenExamination[]
  /** What the caller is asked at this moment; `null` for nothing. */
  readonly asked: Pick<CallerProof, AskedNow> | null
  /** Whether the client holds what the page of a call is answered with. */
  readonly canAskOnPage: boolean
  /** Where the client can be called back, masked; `null` for nowhere. */
  readonly calledAt: string | null
  /** Why there is nowhere, where there is not. */
  readonly notCalled: NotCalled | null
  /** This case was opened to call the client back, and that is not done yet. */
  readonly isCallBack: boolean
  /** What came of the client who was asked apart last, where nothing is asked or proven now. */
  readonly came: {
    readonly of: 'phone' | 'page' | 'call-back'
    readonly it: 'silent' | 'wrong'
  } | null
  /** What was proven, and opens something still. */
  readonly warrants: readonly Warrant[]
  readonly failed: number
  readonly stoppedUntil: Instant | null
  readonly signals: readonly Signal[]
  readonly deeds: readonly SeenDeed[]
}

type AskedNow =
  | ('id' | 'of' | 'number' | 'expiresAt' | 'authenticatorId')
  | ('onPhone' | 'onPage' | 'onCall' | 'mutual')

export interface SeenContact {
  readonly id: ContactId
  readonly kind: ContactKind
  readonly shown: string
  /**
   *   hidden    until the caller is proven
   *   unmasked  it was shown for a reason, in this session
   *   open      the caller is proven
   */
  readonly state: 'hidden' | 'unmasked' | 'open'
  /** What a second person was asked of it, and who that is; `null` for nothing. */
  readonly second: Second | null
}

interface Second {
  readonly request: SecondRequest
  readonly member: Member
}

export interface SeenDevice extends Pick<Holding, 'id' | 'method' | 'lifecycle' | 'usedAt'> {
  /** `null` until the caller is proven: it may be a name. */
  readonly label: string | null
  /** Whether the caller can be asked with it. */
  readonly isSpoken: boolean
  /** Whether it can be asked itself. */
  readonly isPhone: boolean
  /** Whether ones of its kind can check, without a connection, that it is we who ask. */
  readonly asksFirst: boolean
  /** Whether another of its kind comes by post. */
  readonly isReplaceable: boolean
}

/** Whose it is, and what it said, under its signature. */
export interface SeenExamination extends Examination, Pick<SeenDevice, 'label' | 'method'> {}

export interface SeenDeed {
  readonly deed: Deed
  readonly decision: DeedDecision
  /** What opens it; `null` where nothing does, or nothing has to. */
  readonly warrant: Warrant | null
  /** What a second person was asked last, and who that is; `null` for nothing. */
  readonly second: Second | null
}

export async function viewCase(
  world: World,
  open: OpenMemberSession,
  id: CaseId,
): Promise<CaseView | Refusal> {
  const own = await findOwnCase(world, open, id)
  if (!own.ok) return own
  const { value } = own.found
  const { subscriberId } = value
  const [subscriber, accounts, held, calls, proof, all, asked] = await Promise.all([
    findSubscriber(world.db, subscriberId),
    listAccounts(world.db, subscriberId),
    listHoldings(world.db, subscriberId),
    findCallStanding(world.db, subscriberId),
    findLatestCallerProof(world.db, id),
    listWarrants(world.db, id),
    listSecondRequests(world.db, id),
  ])
  if (!subscriber) return refusal('desk.no-case')
  const now = world.now()
  const seconds = await secondsOf(world, asked)
  const risk = await riskOf(world, value, calls.value)
  const warrants = all.filter((one) => one.usedAt === null && now < one.expiresAt)
  const isProven = all.some(({ level }) => level !== 'none')
  const isAsked = proof !== null && isWaiting(proof.value, now)
  const devices = held
    .filter(({ method, lifecycle }) => isShown(world, method) && lifecycle !== 'revoked')
    .map((one) => seenDevice(world, one, { isProven, now, subscriber: subscriber.value }))
  const called = await calledContact(world, subscriberId)
  const shown = <T>(whole: T, masked: T): T => (isProven ? whole : masked)
  return {
    ok: true,
    case: value,
    isProven,
    client: {
      userName: maskedName(subscriber.value.userName),
      language: subscriber.value.language,
      accounts: accounts.map(({ number, environment, status }) => ({
        number: shown(number, maskedNumber(number)),
        environment,
        status,
      })),
      contacts: await contactsIn(world, open, { value, isProven, seconds }),
    },
    others: await othersOn(world, value),
    unmasking: {
      decision: decisionOn('unmask', { open, level: 'none', risk }),
      left: unmaskedLeft(await listUnmaskingsBy(world.db, open.member.id), now),
    },
    devices,
    examinations: await examinationsOf(world, devices),
    asked: isAsked ? proof.value : null,
    canAskOnPage: held.some((one) => canAnswerPage(world, one, now)),
    calledAt: called && maskedContact(called.kind, called.value),
    notCalled: called ? null : whyNotCalled(await listContacts(world.db, subscriberId), now),
    isCallBack: await isForCallBack(world, id),
    came: !isAsked && proof ? cameOf(proof.value) : null,
    warrants,
    failed: failedLately(calls.value, now),
    stoppedUntil: isStopped(calls.value, now) ? calls.value.stoppedUntil : null,
    signals: risk.signals,
    deeds: DEEDS.filter((deed) => classOf(deed) !== LOOK).map((deed) => {
      const warrant = warrants.find(({ of }) => of === classOf(deed)) ?? null
      const level: Level = warrant?.level ?? 'none'
      const second = seconds.find(({ request }) => request.asked.deed === deed) ?? null
      return { deed, warrant, second, decision: decisionOn(deed, { open, level, risk }) }
    }),
  }
}

async function isForCallBack({ db }: World, id: CaseId): Promise<boolean> {
  const all = await listCallBacks(db)
  return all.some(({ value: { status } }) => status.state === 'taken' && status.caseId === id)
}

/** Two agents whom one caller tries see each other. */
async function othersOn(
  world: World,
  { id, subscriberId, memberId }: Case,
): Promise<CaseView['others']> {
  const since = before(world.now(), CASE_LIFETIME)
  const open = await listOpenCasesOf(world.db, { subscriberId, since })
  const others = open.filter((one) => one.id !== id && one.memberId !== memberId)
  const members = await Promise.all(others.map((one) => findMember(world.db, one.memberId)))
  return others.flatMap(({ openedAt }, at) => {
    const name = members[at]?.value.name
    return name === undefined ? [] : [{ name, openedAt }]
  })
}

interface Contacts {
  readonly value: Case
  readonly isProven: boolean
  readonly seconds: readonly Second[]
}

/** The addresses of the client: whole where the caller is proven, or the agent was shown one. */
async function contactsIn(
  world: World,
  open: OpenMemberSession,
  { value, isProven, seconds }: Contacts,
): Promise<readonly SeenContact[]> {
  const [contacts, unmasked] = await Promise.all([
    listContacts(world.db, value.subscriberId),
    unmaskedIn(world, open, value),
  ])
  return contacts
    .filter(({ replacedAt }) => replacedAt === null)
    .map(({ id, kind, value: whole }) => {
      const state = isProven ? 'open' : unmasked.has(id) ? 'unmasked' : 'hidden'
      const shown = state === 'hidden' ? maskedContact(kind, whole) : whole
      const asked = seconds.find(({ request }) => request.asked['contactId'] === id)
      return { id, kind, shown, state, second: asked ?? null }
    })
}

/** Those that wait, were agreed to or refused; what is used or too old says nothing any more. */
async function secondsOf(
  world: World,
  asked: readonly SecondRequest[],
): Promise<readonly Second[]> {
  const now = world.now()
  const shown = asked.filter((one) => one.state === 'refused' || isSecondOpen(one, now))
  const members = await Promise.all(shown.map(({ secondId }) => findMember(world.db, secondId)))
  return shown.flatMap((request, at) => {
    const member = members[at]?.value
    return member ? [{ request, member }] : []
  })
}

/** Whether the caller can still answer. */
const isWaiting = ({ state, expiresAt, onCall }: CallerProof, now: Instant): boolean =>
  state === 'open' && now < expiresAt && onCall?.state !== 'unanswered'

function cameOf({ state, onPhone, onPage, onCall }: CallerProof): CaseView['came'] {
  if (state === 'right' || !(onPhone || onPage || onCall)) return null
  const of = onCall ? 'call-back' : onPage ? 'page' : 'phone'
  return { of, it: state === 'open' ? 'silent' : 'wrong' }
}

const isShown = (world: World, method: string): boolean =>
  world.methods.get(method)?.secondFactor === true

const seenDevice = (
  world: World,
  held: Holding,
  {
    isProven,
    now,
    subscriber,
  }: { readonly isProven: boolean; readonly now: Instant; readonly subscriber: Subscriber },
): SeenDevice => {
  const { id, method, lifecycle, usedAt, label } = held
  const isAnswering = isSpoken(world, held, now)
  return {
    id,
    method,
    lifecycle,
    usedAt,
    label: isProven ? label : null,
    isSpoken: isAnswering,
    isPhone: isAnswering && canAskPhone(methodNamed(world, method), subscriber),
    asksFirst: isAnswering && methodNamed(world, method).device?.desk !== undefined,
    isReplaceable: methodNamed(world, method).stock?.ordering !== undefined,
  }
}

/** An old one says nothing of today. */
async function examinationsOf(
  world: World,
  devices: readonly SeenDevice[],
): Promise<readonly SeenExamination[]> {
  const found = await Promise.all(
    devices.map(async ({ id, label, method }) => {
      const { examination } = (await findPhoneCheck(world.db, id)).value
      const isFresh = examination !== null && world.now() < after(examination.at, SHOWN_FOR)
      return isFresh ? [{ ...examination, label, method }] : []
    }),
  )
  return found.flat()
}

const SHOWN_FOR = days(1)

/** The calls that this agent has not ended, newest first. */
export async function openCasesOf(
  world: World,
  { member }: OpenMemberSession,
): Promise<readonly Case[]> {
  const now = world.now()
  const all = await listOpenCasesBy(world.db, member.id)
  return all.map(({ value }) => value).filter((one) => isCaseOpen(one, now))
}

/**
 * Whether the client who is asked apart in this case has answered, or can answer no more; also
 * where the case is over.
 *
 * @param isOpened whether the page of the agent says already that the client has opened the call
 */
export async function isProofOver(
  world: World,
  open: OpenMemberSession,
  {
    caseId,
    id,
    isOpened,
  }: { readonly caseId: CaseId; readonly id: VerificationId; readonly isOpened: boolean },
): Promise<boolean> {
  const own = await findOwnCase(world, open, caseId)
  const proof = own.ok ? (await findCallerProof(world.db, id))?.value : undefined
  if (proof?.caseId !== caseId || !isWaiting(proof, world.now())) return true
  if (proof.onCall) return proof.onCall.state !== 'ringing'
  return proof.onPage !== undefined && isOpened !== (proof.authenticatorId !== null)
}

/** Whether this is no open case of the agent any more: what it shows is not to be seen then. */
export const isCaseOver = async (
  world: World,
  open: OpenMemberSession,
  id: CaseId,
): Promise<boolean> => !(await findOwnCase(world, open, id)).ok

/** Calls back when a client who was asked apart in this case may have answered: a hint. */
export const watchCase = (
  world: Pick<World, 'wakeUps'>,
  id: CaseId,
  listener: () => void,
): (() => void) => world.wakeUps.subscribe(topicOfCase(id), listener)
