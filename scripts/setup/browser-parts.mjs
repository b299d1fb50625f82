import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { quietly } from './child.mjs'
import { hashOf, inRoot, PINNED_NODE, textOf } from './places.mjs'
import { Refusal } from './refusal.mjs'

/** What ends up in the browser, or decides how. */
const INPUTS = [
  'web',
  'src/core',
  'src/oath',
  'src/methods/phone-key',
  'locales',
  'vite.config.ts',
  'package-lock.json',
]
const BUILT = inRoot('dist')
const BUILDING = inRoot('node_modules', '.cache', 'countersign-dist')
const STAMP = inRoot('dist', '.stamp')

/** The phone app, the small scripts and the style sheets. */
export const browserParts = {
  title: 'Building the browser parts',

  isFresh: () => textOf(STAMP) === hashOf(INPUTS),

  /** Builds aside and swaps: a server that runs meanwhile never sees half of it. */
  async run() {
    const inputs = hashOf(INPUTS)
    const node = existsSync(PINNED_NODE) ? PINNED_NODE : process.execPath
    const vite = inRoot('node_modules', 'vite', 'bin', 'vite.js')
    const { code, output } = await quietly(node, [
      vite,
      'build',
      '--configLoader=native',
      '--logLevel=warn',
      `--outDir=${BUILDING}`,
    ])
    if (code !== 0) throw new Refusal(`The browser parts do not build:\n\n${output}`)
    mkdirSync(BUILDING, { recursive: true })
    writeFileSync(inRoot('node_modules', '.cache', 'countersign-dist', '.stamp'), inputs)
    rmSync(BUILT, { recursive: true, force: true })
    renameSync(BUILDING, BUILT)
  },
}
