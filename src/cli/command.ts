import type { FastifyInstance } from 'fastify'
import type { Settings } from '#config/settings.ts'
import type { Clock } from '#engine/clock.ts'
import type { World } from '#engine/world.ts'

/** What commands are given by the composition root. */
export interface Tools {
  readonly openWorld: (settings: Settings) => Promise<OpenedWorld>
  readonly startServer: (
    settings: Settings,
    opened: OpenedWorld,
    extend?: (app: FastifyInstance) => Promise<void>,
  ) => Promise<{ readonly app: Pick<FastifyInstance, 'log'>; stop(): Promise<void> }>
}

export interface OpenedWorld {
  readonly world: World
  readonly clock: Clock
  close(): Promise<void>
}

/** What a command that looks into the house needs of it. */
export interface Called {
  readonly tools: Pick<Tools, 'openWorld'>
  readonly settings: Settings
}

/** Opens the house for one act, and closes it however that ends. */
export async function inWorld<T>(
  { tools, settings }: Called,
  act: (world: World) => Promise<T>,
): Promise<T> {
  const { world, close } = await tools.openWorld(settings)
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

/** Waits for the signal to stop, then stops in good order. A second signal ends it at once. */
export async function untilStopped(stop: () => Promise<void>): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
  await stop()
}
