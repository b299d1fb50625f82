import type { HostileFile } from './file.ts'
import { JPEG_FILES } from './jpeg-files.ts'
import { OTHER_FILES } from './other-files.ts'
import { PNG_FILES } from './png-files.ts'
import { WEBP_FILES } from './webp-files.ts'

/** Every hostile file. */
export const HOSTILE_FILES: readonly HostileFile[] = [
  ...PNG_FILES,
  ...JPEG_FILES,
  ...WEBP_FILES,
  ...OTHER_FILES,
]
