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

/** Runs one command to its end. @throws when its process dies of it. */
export async function runKept(asked: Asked): Promise<Ended> {
  const child = idle.pop() ?? fork(FIXTURE, { execArgv: ['--import', TRACING] })
  keepAlive(child, true)
  child.send(asked)
  const ended = await answerOf(child)
  keepAlive(child, false)
  idle.push(child)
  return ended
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
  for (const part of [child, child.channel]) isNeeded ? part?.ref() : part?.unref()
}
