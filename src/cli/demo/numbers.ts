import { setTimeout as wait } from 'node:timers/promises'
import type { Hands } from '../../../examples/simulators/hands.ts'
import { openChannels } from '#cli/channels.ts'
import type { Part } from '#cli/demo/clients.ts'
import type { Settings } from '#config/settings.ts'
import type { Session } from '#core/sessions/session.ts'
import { before, minutes } from '#core/time/time.ts'
import { claimLogin } from '#engine/login/answer.ts'
import { deliverDue } from '#engine/delivery/outbox.ts'
import { answerOnPage, startOnPage } from '#engine/devices/enrolment-on-page.ts'
import { endSession, findOpenSession } from '#engine/sessions/sessions.ts'
import { startLogin } from '#engine/login/start.ts'
import type { World } from '#engine/world.ts'

/** Long enough ago that the next text may be sent at once (R082). */
const AGO = minutes(3)
/** A text within this machine takes a moment; one that takes longer is lost. */
const TEXT_TRIES = 100
const TEXT_LOOK_MS = 50

/**
 * Clients who confirm by text from the start. They have proven their numbers as every client does:
 * a text was sent through the carrier, it reached their handset, and its code was typed.
 */
export async function proveNumbers(
  world: World,
  { parts, hands }: { readonly parts: readonly Part[]; readonly hands: Hands },
  settings: Settings,
): Promise<void> {
  const channels = openChannels(world, settings, () => {})
  const then = { ...world, channels, now: () => before(world.now(), AGO) }
  try {
    for (const part of parts) await prove(then, part, hands)
  } finally {
    await Promise.all([...channels.values()].map(async (channel) => await channel.close?.()))
  }
}

async function prove(world: World, part: Part, hands: Hands): Promise<void> {
  const { userName, telephone } = part
  const session = await loggedIn(world, part)
  const request = { number: telephone }
  const started = await startOnPage(world, session, { method: 'sms-code', request })
  if (!started.ok) throw new Error(`${userName} is sent no text: ${started.problem}`)
  await deliverDue(world)
  const answer = await codeOn(hands, telephone)
  const proven = await answerOnPage(world, session, { id: started.enrolment.id, answer })
  if (!proven.ok) throw new Error(`${userName} has not proven the number: ${proven.problem}`)
  await endSession(world, session, { id: session.id, by: 'log-out' })
}

/** With the password, which is all they have so far. */
async function loggedIn(
  world: World,
  { userName, password, language, telephone }: Part,
): Promise<Session> {
  const client = {
    // Each from a home of their own: of one network alone, not all would be sent a text (A23).
    address: `2001:db8:${telephone.slice(-4)}::1`,
    browser: 'Unknown browser',
    language,
    holder: userName,
    browserCookie: null,
  }
  const claim = { userName, password, environment: 'live', platform: 'portal' } as const
  const started = await startLogin(world, { ...claim, client })
  if (!started.ok) throw new Error(`${userName} does not come in: ${started.problem}`)
  const taken = await claimLogin(world, { id: started.login.id, holder: client.holder })
  const session = taken.ok && taken.token ? await findOpenSession(world, taken.token) : null
  if (!session) throw new Error(`${userName} has no session`)
  return session
}

async function codeOn(hands: Hands, number: string): Promise<string> {
  for (let tries = 0; tries < TEXT_TRIES; tries += 1) {
    const code = /#(\d{6})$/.exec(hands.handset(number).texts[0]?.text ?? '')?.[1]
    if (code !== undefined) return code
    await wait(TEXT_LOOK_MS)
  }
  throw new Error(`no text has come to ${number}`)
}
