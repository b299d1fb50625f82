import { Option } from 'commander'
import type { FastifyInstance } from 'fastify'
import { type AgentId, isAgentId } from '#core/agent.ts'
import { EMERGENCIES } from '#core/desk/programs/emergency.ts'
import { SAID_VERIFICATIONS, type SaidVerification } from '#core/events/event.ts'
import type { Problem } from '#core/problems.ts'
import type { Settings } from '#config/settings.ts'
import { texts } from '#edges/texts/texts.ts'
import type { EmergencyAct } from '#engine/desk/programs/emergency.ts'
import type { Clock } from '#engine/operation/clock.ts'
import type { World } from '#engine/world.ts'

/** What commands get from the composition root. */
export interface Tools {
  readonly openWorld: (settings: Settings, how?: HowToOpen) => Promise<OpenedWorld>
  readonly startServer: (
    settings: Settings,
    opened: OpenedWorld,
    extend?: (app: FastifyInstance) => Promise<void>,
  ) => Promise<{ readonly app: Pick<FastifyInstance, 'log'>; stop(): Promise<void> }>
}

export interface HowToOpen {
  /** Also where the database was restored and not fenced yet. */
  readonly evenUnfenced?: boolean
}

export interface OpenedWorld {
  readonly world: World
  readonly clock: Clock
  close(): Promise<void>
}

/** What a command needs that works on an installation. */
export interface Called {
  readonly tools: Pick<Tools, 'openWorld'>
  readonly settings: Settings
}

/** Opens the database for one act, and closes it however that ends. */
export async function inWorld<T>(
  { tools, settings }: Called,
  act: (world: World) => Promise<T>,
  how: HowToOpen = {},
): Promise<T> {
  const { world, close } = await tools.openWorld(settings, how)
  try {
    return await act(world)
  } finally {
    await close()
  }
}

/** Exit codes: 0 done, 1 it went wrong, 2 wrong use, 75 try again later (sysexits EX_TEMPFAIL). */
export const EXIT = { done: 0, failed: 1, usage: 2, later: 75 } as const

/** A sentence for the person at the keyboard, and the code to leave with. */
export class Complaint extends Error {
  override readonly name = 'Complaint'
  readonly code: number
  constructor(message: string, code: number = EXIT.failed) {
    super(message)
    this.code = code
  }
}

/**
 * An option that names a member of staff. The rule is the option's own, so no command forgets it:
 * what cannot be an id is refused before the database is opened.
 */
export const agentOption = (flags: string, what: string): Option =>
  new Option(flags, `${what}: the id of an agent, never a name`).argParser(agentNamed)

/** The second person of a deed that takes two. */
export const secondOption = (): Option =>
  agentOption('--approved-by <agent>', 'the second person, where one is needed')

/** How the caller was verified, by the word of the agent. A command without it does not begin. */
export const verifiedOption = (): Option =>
  new Option('--verified <how>', 'how the agent has verified who calls')
    .choices(SAID_VERIFICATIONS)
    .makeOptionMandatory()

const verificationIn = (typed: string | undefined): SaidVerification | undefined =>
  SAID_VERIFICATIONS.find((one) => one === typed)

/** Why a command does it and not the desk: compliance reads it. */
export const emergencyOption = (): Option =>
  new Option('--why <why>', 'why it is not done at the desk; an alarm of compliance says so')
    .choices(EMERGENCIES)
    .makeOptionMandatory()

/** What an emergency was typed with; its options have taken nothing else. */
export function emergencyIn(
  options: Readonly<Record<string, string>>,
): Pick<EmergencyAct, 'by' | 'second' | 'verified' | 'why'> {
  const { by = '', approvedBy, verified, why } = options
  const how = verificationIn(verified)
  const reason = EMERGENCIES.find((one) => one === why)
  if (!how || !reason) throw new Error('an emergency without a reason or a proof')
  const second = approvedBy === undefined ? null : agentNamed(approvedBy)
  return { by: agentNamed(by), second, verified: how, why: reason }
}

/** The words of the catalogue, and the code that a script can look at. */
export function complaintOf(problem: Problem): Complaint {
  const words = texts('en').text(`problem.${problem}`)
  return new Complaint(`${words} (${problem})`, EXIT.failed)
}

export function agentNamed(typed: string): AgentId {
  if (isAgentId(typed)) return typed
  throw new Complaint(`${texts('en').text('problem.desk.not-an-agent')} (desk.not-an-agent)`)
}

/** Waits for the signal to stop, then stops in good order. A second signal ends it at once. */
export async function untilStopped(stop: () => Promise<void>): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
  await stop()
}
