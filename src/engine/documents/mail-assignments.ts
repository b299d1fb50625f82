import { type AgentId, isAgentId } from '#core/agent.ts'
import type { Mail } from '#core/documents/kept-mail.ts'
import { PURPOSES, type Purpose, SUBMITTED_PAGES_MAX } from '#core/documents/submission.ts'
import { isId } from '#core/ids.ts'
import type { EventActor } from '#core/events/event.ts'
import type { Instant } from '#core/time/time.ts'
import { tieToStaff } from '#engine/desk/ties.ts'
import type { Target } from '#engine/documents/mail-facts.ts'
import {
  filedAsOf,
  mailedEvent,
  openMail,
  type Opened,
  submissionOf,
} from '#engine/documents/mail-openings.ts'
import { messageHashOf } from '#engine/documents/mails.ts'
import {
  accountsToProve,
  dropPages,
  freeSlot,
  isIntakeOn,
  type SentSubmission,
} from '#engine/documents/submissions.ts'
import { isScanned } from '#engine/documents/antivirus.ts'
import { refusal, type World } from '#engine/world.ts'
import { findAccountByNumber } from '#store/accounts/accounts.ts'
import type { Write } from '#store/database/connection.ts'
import { settleFiles } from '#store/documents/files.ts'
import { findMail, judgeMail } from '#store/documents/mails.ts'
import type { Versioned } from '#store/queries/versioned.ts'
import { findStamp } from '#store/security-stamp.ts'

/** Of one client in one day, beside those of the portal and those that mails bring about. */
const ASSIGNED_A_DAY_MAX = 50
/** How often it is tried when what it rests on changes meanwhile. */
const TRIES = 3

export interface Assignment {
  readonly id: string
  readonly account: string
  readonly purpose: string
  /** Who of the staff does it. */
  readonly agent: string
  /** Where that is at the desk: what it rests on there. */
  readonly atDesk?: AssigningAtDesk
}

export interface AssigningAtDesk {
  readonly actor: EventActor
  /** As the mail was when it was shown. */
  readonly version: number
  /** What is written with it: that it was before them, and that they have confirmed it. */
  readonly writes: (now: Instant) => readonly Write[]
}

/**
 * A person says whose documents a mail has that waits, and what they prove (R146). From then on
 * they are as those of any mail. Its sender hears nothing of it.
 */
export async function assignMail(world: World, assignment: Assignment): Promise<SentSubmission> {
  const { id, account, agent, atDesk } = assignment
  const purpose = PURPOSES.find((one) => one === assignment.purpose)
  if (!isAgentId(agent)) return refusal('desk.not-an-agent')
  if (!purpose) return refusal('submission.purpose')
  const held = isId('mai', id) ? await findMail(world.db, id) : null
  if (!held) return refusal('submission.not-found')
  if (held.value.status.state !== 'waiting') return refusal('submission.not-waiting')
  if (atDesk && atDesk.version !== held.version) return refusal('submission.outdated')
  if (!(await isIntakeOn(world)) || !(await isScanned(world))) return refusal('submission.off')
  const { signal } = new AbortController()
  // A process that was killed is tried once more, as by the job that opens mails.
  const opened =
    (await openMail(world, held.value, signal)) ?? (await openMail(world, held.value, signal))
  const done = await assigned(world, { held, opened, purpose, account, agent, atDesk })
  const pages = opened?.pages ?? []
  const files = pages.map(({ file }) => file.id)
  if (done.ok) await settleFiles(world.files, files, world.now())
  else await dropPages(world, pages)
  return done
}

interface Assigning {
  readonly held: Versioned<Mail>
  readonly opened: Opened | null
  readonly purpose: Purpose
  readonly account: string
  readonly agent: AgentId
  readonly atDesk: AssigningAtDesk | undefined
}

async function assigned(
  world: World,
  { held: { value, version }, opened, purpose, account, agent, atDesk }: Assigning,
): Promise<SentSubmission> {
  const { read = null, pages = [], digest = '' } = opened ?? {}
  if (read && read.pages > SUBMITTED_PAGES_MAX) return refusal('submission.too-many-pages')
  if (!read || pages.length === 0) return refusal('submission.empty')
  const mail = { ...value, read }
  for (let tried = 0; tried < TRIES; tried += 1) {
    const target = await targetOf(world, account)
    if (!target) return refusal('submission.account')
    // What belongs to a colleague, or to the friend of one, is no work of the staff.
    if (atDesk && (await tieToStaff(world, target.subscriberId)))
      return refusal('submission.account')
    if (target.slot === null) return refusal('submission.too-many')
    const now = world.now()
    const filed = await submissionOf(world, mail, { target, purpose, pages, now })
    const event = {
      ...mailedEvent(filed, false),
      actor: atDesk?.actor ?? (`operator:${agent}` as const),
    } as const
    const { submission } = filed
    const done = await judgeMail(world.db, {
      next: { ...mail, status: { state: 'filed', at: now, submissionId: submission.id } },
      version,
      messageHash: read.messageId ? messageHashOf(world, read.messageId) : null,
      filed: { ...filed, as: filedAsOf(world, { read, digest }), events: [event] },
      besides: atDesk?.writes(now) ?? [],
      events: [],
      now,
    })
    if (done) return { ok: true, submission }
  }
  return refusal('submission.conflict')
}

/** The account that a person has named, where something can be sent for it. */
async function targetOf(world: World, number: string): Promise<Target | null> {
  const found = await findAccountByNumber(world.db, number)
  if (!found) return null
  const { subscriberId } = found.value
  const stamp = await findStamp(world.db, subscriberId)
  // Read again, because the stamp stands for what is read after it.
  const again = await findAccountByNumber(world.db, number)
  const [account] = accountsToProve(again ? [again.value] : [])
  if (!account) return null
  const now = world.now()
  const slot = await freeSlot(world, { subscriberId, now, prefix: 'a', most: ASSIGNED_A_DAY_MAX })
  return { subscriberId, stamp, account, slot }
}
