import { resolve } from 'node:path'

/**
 * Where Node keeps what it has compiled, as bin/countersign has it: each file of tests loads nearly
 * the same.
 */
export const COMPILED = resolve('node_modules/.cache/compiled')
