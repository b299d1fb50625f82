import { availableParallelism, cpus, totalmem, type } from 'node:os'

/** What the figures were measured on. */
export interface Machine {
  readonly cores: number
  readonly processor: string
  readonly memory_gib: number
  readonly system: string
  readonly node: string
  readonly sqlite: string
  readonly postgres: string | null
  /** Few runs and small populations: shows that everything runs, and no more. */
  readonly quick: boolean
}

export const CORES = availableParallelism()

export function machineOf(found: Pick<Machine, 'postgres' | 'quick'>): Machine {
  return {
    cores: CORES,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    memory_gib: Math.round(totalmem() / 2 ** 30),
    system: type(),
    node: process.versions.node,
    sqlite: process.versions.sqlite ?? 'unknown',
    ...found,
  }
}
