import { methodsOf } from '#methods/registry.ts'
import { HOLDERS, SAMPLE_TOOLS } from '../../test/support/holders.ts'
import { methodTools } from '../../test/support/tools.ts'

/**
 * Through which door an answer comes: typed as a second factor, by a device, or as what comes
 * first.
 */
export type AnswerDoor = 'typed' | 'device' | 'first' | 'reset'

export interface AnswerRow {
  readonly id: `answer.cpu.${string}`
  readonly method: string
  readonly door: AnswerDoor
}

const { passwords } = SAMPLE_TOOLS

/** The methods of the registry as their samples know them. */
export const SAMPLE_METHODS = methodsOf({ ...methodTools(passwords), ...SAMPLE_TOOLS })

/** Every way in which a method of the registry can be answered: a new method needs no line here. */
export const ANSWER_ROWS: readonly AnswerRow[] = [...SAMPLE_METHODS.values()].flatMap(
  ({ name: method, secondFactor, resets }): readonly AnswerRow[] => {
    const id = `answer.cpu.${method}` as const
    if (!secondFactor) return [{ id, method, door: resets ? 'reset' : 'first' }]
    const sample = HOLDERS.find((one) => one.method.name === method)?.sample
    const device = { id: `${id}.device`, method, door: 'device' } as const
    return [{ id, method, door: 'typed' }, ...(sample?.device ? [device] : [])]
  },
)
