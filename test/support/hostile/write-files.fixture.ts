import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { HOSTILE_FILES } from './corpus.ts'

/** A program of its own, so that the memory that the files take is not that of who opens them. */
const folder = process.argv[2] ?? ''
for (const [index, { make }] of HOSTILE_FILES.entries())
  await writeFile(join(folder, String(index)), await make())
