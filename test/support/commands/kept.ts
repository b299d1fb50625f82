import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import type { Asked, Ended } from './command.ts'

/**
 * Processes that run one command after another. Starting one loads a thousand modules, which takes
 * longer than nearly every command. Commands at the same moment have a process each, as from two
 * terminals.
 */
const FIXTURE = resolve(import.meta.dirname, 'kept.fixture.ts')
const TRACING = resolve(import.meta.dirname, '../../../src/tracing/use-cases.ts')

const idle: ChildProcess[] = []

/** How far the clock of a command is set ahead, in milliseconds. */
export interface Advance {
  readonly advance: number
}

export interface Begun {
  /** How the command ends. Rejects when its process dies of it. */
  readonly ended: Promise<Ended>
  /** Tells it to stop in good order, as a signal would. */
  stop(): void
  kill(): void
  /** Sets its clock ahead; resolves when it has been told. */
  advance(by: number): Promise<void>
}

export function begin(asked: Asked): Begun {
  const child = idle.pop() ?? fork(FIXTURE, { execArgv: ['--import', TRACING] })
  keepAlive(child, true)
  child.send(asked)
  let isOver = false
  const ended = answerOf(child).then((answer) => {
    isOver = true
    keepAlive(child, false)
    idle.push(child)
    return answer
  })
  // It may run the next one by now.
  const ifRunning = (act: () => void) => () => void (isOver || act())
  return {
    ended,
    stop: ifRunning(() => child.send('stop')),
    kill: ifRunning(() => child.kill('SIGKILL')),
    advance: async (by) =>
      await new Promise((resolve, reject) => {
        const told: Advance = { advance: by }
        child.send(told, (error) => (error ? reject(error) : resolve()))
      }),
  }
}

async function answerOf(child: ChildProcess): Promise<Ended> {
  const over = new AbortController()
  const { signal } = over
  try {
    const died = once(child, 'exit', { signal }).then(([code]) => {
      throw new Error(`the process of a command has ended with ${code}`)
    })
    const [ended] = (await Promise.race([once(child, 'message', { signal }), died])) as [Ended]
    return ended
  } finally {
    over.abort()
  }
}

/** A process that waits for its next command does not keep the test's own process alive. */
function keepAlive(child: ChildProcess, isNeeded: boolean): void {
  for (const part of [child, child.channel]) {
    if (isNeeded) part?.ref()
    else part?.unref()
  }
}
