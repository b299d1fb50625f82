import { createHash } from 'node:crypto'
import { SpanKind } from '@opentelemetry/api'
import { type Delivered, PUSH_RETRIES } from '#channels/channel.ts'
import type { FailureReason } from '#core/delivery/delivery.ts'
import type { AuthenticatorId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import { after, type Instant, type Millis, millis, seconds } from '#core/time/time.ts'
import { outcomesOf, vendorIn } from '#engine/delivery/outcomes.ts'
import { noticeEnded } from '#engine/notices/notices.ts'
import { wayTo } from '#engine/notices/reach.ts'
import { topicOfLogin } from '#engine/wake-up-topics.ts'
import type { World } from '#engine/world.ts'
import { BESIDE, type MessageNote, OUTBOX } from '#store/delivery/carrier-messages.ts'
import type { OutcomeNote } from '#store/delivery/outcomes.ts'
import { giveUp, markSent, type Outgoing, postpone, takeDue } from '#store/delivery/outbox.ts'
import { inSpan, noteFailure } from '#tracing/spans.ts'
import { findPush, forgetPush, type PushChannel } from '#store/devices/phone-channels.ts'

/**
 * What leaves the server: what is due is taken and handed to its channel, and no request waits for
 * it.
 */
export interface Outbox {
  /** Takes all that is due and begins to deliver it. */
  take(): Promise<void>
  /** Waits for what has been begun. */
  idle(): Promise<void>
}

/** One line for the operator; it holds no name, no address and no secret. */
export type ReportJob = (line: { readonly job: string; readonly problem: string }) => void

const TAKEN_AT_ONCE = 50
/** Another node may take over what this one took and did not finish in this time. */
const LEASE = seconds(30)
/**
 * Deliveries of one channel that may be under way: a carrier that hangs holds up its own and no
 * others.
 */
const UNDER_WAY_MAX = 100

export function openOutbox(world: World, report: ReportJob): Outbox {
  const underWay = new Map<string, number>()
  const begun = new Set<Promise<void>>()
  const count = (channel: string, by: number) =>
    underWay.set(channel, (underWay.get(channel) ?? 0) + by)

  const begin = (channel: string, all: readonly Outgoing[], now: Instant) => {
    count(channel, all.length)
    const work = delivered(world, all, { now, report })
      .catch((error: unknown) => {
        const problem = error instanceof Error ? error.name : 'unknown'
        report({ job: `deliver ${channel}`, problem })
      })
      .finally(() => {
        count(channel, -all.length)
        begun.delete(work)
      })
    begun.add(work)
  }

  return {
    async take() {
      for (let isMore = true; isMore; ) {
        const now = world.now()
        const without = [...underWay]
          .filter(([, busy]) => busy >= UNDER_WAY_MAX)
          .map(([name]) => name)
        const due = await takeDue(world.db, { now, limit: TAKEN_AT_ONCE, lease: LEASE, without })
        for (const [channel, all] of Map.groupBy(due, (one) => one.channel))
          begin(channel, all, now)
        isMore = due.length === TAKEN_AT_ONCE
      }
    },
    async idle() {
      while (begun.size > 0) await Promise.all(begun)
    },
  }
}

/**
 * Sends what is due and waits for the end of it. What was sent and not marked is sent again: at
 * least once.
 */
export async function deliverDue(world: World, report: ReportJob = () => {}): Promise<void> {
  const outbox = openOutbox(world, report)
  await outbox.take()
  await outbox.idle()
}

interface Round {
  readonly now: Instant
  readonly report: ReportJob
}

/**
 * What ends without a message is marked together; a message is marked as soon as a carrier has it.
 */
async function delivered(
  world: World,
  all: readonly Outgoing[],
  { now, report }: Round,
): Promise<void> {
  const done = await Promise.all(
    all.map(async (outgoing) => {
      const outcome = await traced(world, outgoing)
      const outcomes = outcomesOf(outgoing, outcome)
      if (outcome.outcome === 'later') {
        report({ job: `deliver ${outgoing.channel}`, problem: outcome.reason })
        await tryLater(world, outgoing, { now, report, outcomes, asked: outcome.wait })
        return null
      }
      if (outcome.outcome === 'failed') await undelivered(world, outgoing, { ...outcome, report })
      const { id, notice } = outgoing
      if (notice !== undefined) {
        const fate = outcome.outcome === 'sent' ? 'taken' : 'failed'
        await noticeEnded(world, { id, notice, fate })
        return null
      }
      const messages = notesOf(outgoing, outcome, world.now())
      if (messages.length === 0) return { id: outgoing.id, outcomes }
      await markSent(world.db, [outgoing.id], { messages, outcomes })
      tell(world, outgoing)
      return null
    }),
  )
  const quiet = done.filter((one) => one !== null)
  const outcomes = quiet.flatMap((one) => one.outcomes)
  if (quiet.length > 0)
    await markSent(
      world.db,
      quiet.map(({ id }) => id),
      { outcomes },
    )
}

/** A delivery that is tried again is another span. */
const traced = async (world: World, outgoing: Outgoing): Promise<Tried> =>
  await inSpan(`deliver ${outgoing.channel}`, { kind: SpanKind.PRODUCER }, async (span) => {
    const delivered = await deliver(world, outgoing)
    const { outcome } = delivered
    span.setAttributes({
      'countersign.outcome': outcome,
      'countersign.attempts': outgoing.attempts,
    })
    if (outcome === 'failed' || outcome === 'later') noteFailure(span, delivered.reason)
    return delivered
  })

/** `place`: the vendor of the phone that was notified; `null` where there was nothing to send. */
type Tried = Delivered & { readonly place?: string | null }

async function deliver(
  world: World,
  { id, channel: name, to, address, payload, createdAt }: Outgoing,
): Promise<Tried> {
  const channel = world.channels.get(name)
  if (!channel) return { outcome: 'later', reason: 'no such channel' }
  if (address !== undefined) {
    // The holder of the number wants none: that the carrier would block it is not the reason
    // (R091).
    if ((await wayTo(world, { channel: name, address })) === 'stopped')
      return { outcome: 'failed', reason: 'stopped' }
    return await channel.deliver({ id, address, payload })
  }
  if (to === null) return { outcome: 'gone' }
  const push = await findPush(world.db, to)
  // Without an address there is nothing to send: the phone asks by itself when it is opened (R043).
  if (!push?.subscription) return { outcome: 'sent', place: null }
  const delivered = await channel.deliver({
    id,
    address: pushedTo(to, push),
    payload,
    age: millis(world.now() - createdAt),
  })
  if (delivered.outcome === 'gone') await forgetPush(world.db, to, push.subscription)
  return { ...delivered, place: vendorIn(push.subscription) }
}

/**
 * A push service takes only what is signed with the key that the phone has named to it. Of several
 * user names that share its address, the mark tells them apart.
 */
export const pushedTo = (id: AuthenticatorId, { subscription, key = 1 }: PushChannel): Json => ({
  ...(subscription as { readonly [name: string]: Json }),
  key,
  mark: createHash('sha256').update(id).digest('base64url').slice(0, MARK_LENGTH),
})

const MARK_LENGTH = 22

interface Postponed {
  readonly outcomes: readonly OutcomeNote[]
  /** What the other side has asked us to wait. */
  readonly asked: Millis | undefined
}

async function tryLater(
  world: World,
  outgoing: Outgoing,
  { now, report, outcomes, asked = millis(0) }: Round & Postponed,
): Promise<void> {
  const { id, attempts, channel, notice, beside } = outgoing
  // A code is over when a notice by the same way would still be worth a try.
  const retries = beside ? PUSH_RETRIES : (world.channels.get(channel)?.retries ?? PUSH_RETRIES)
  const own = retries[attempts]
  // A side that says when it will be ready is not asked before.
  const wait = own && millis(Math.max(own, asked))
  if (wait !== undefined)
    return await postpone(world.db, {
      id,
      dueAt: after(now, wait),
      attempts: attempts + 1,
      outcomes,
    })
  await undelivered(world, outgoing, { reason: null, report })
  if (notice !== undefined) return await noticeEnded(world, { id, notice, fate: 'given-up' })
  const messages = failureOf(outgoing, 'undelivered', now)
  const lost = outcomes.map((one) => ({ ...one, state: 'failed', reason: 'undelivered' }) as const)
  await giveUp(world.db, id, { now, messages, outcomes: lost })
  if (messages.length > 0) tell(world, outgoing)
}

/** Tells its channel. That this goes wrong holds up no other delivery of the round. */
async function undelivered(
  world: World,
  { channel, id, address, payload }: Outgoing,
  { reason, report }: Pick<Round, 'report'> & { readonly reason: FailureReason | null },
): Promise<void> {
  try {
    const delivery = { id, address: address ?? null, payload }
    await world.channels.get(channel)?.undelivered?.(delivery, reason)
  } catch (error) {
    const problem = error instanceof Error ? error.name : 'unknown'
    report({ job: `undelivered ${channel}`, problem })
  }
}

const tell = ({ wakeUps }: World, { about }: Outgoing): void =>
  about && wakeUps.publish(topicOfLogin(about.loginId))

/** What is written of a message that a carrier has taken or refused. A phone reports by itself. */
function notesOf(outgoing: Outgoing, outcome: Delivered, at: Instant): readonly MessageNote[] {
  const { id, channel, about, beside } = outgoing
  switch (outcome.outcome) {
    case 'failed':
      return failureOf(outgoing, outcome.reason, at)
    case 'sent': {
      if (!about || !outcome.messages || beside) return []
      const sent = { about, at, state: 'sent' } as const
      const theirs = outcome.messages.map((message) => ({ ...sent, channel, message }))
      return [{ ...sent, channel: OUTBOX, message: id }, ...theirs]
    }
    case 'gone':
    case 'later':
      return []
  }
}

/**
 * Only a delivery with a destination went to a carrier; a phone without a notification asks by
 * itself.
 */
function failureOf(
  { id, about, address, beside }: Outgoing,
  reason: FailureReason,
  at: Instant,
): readonly MessageNote[] {
  if (!about || address === undefined) return []
  const channel = beside ? BESIDE : OUTBOX
  return [{ channel, message: id, about, at, state: 'failed', reason }]
}
