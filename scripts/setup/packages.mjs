import { rmSync, statfsSync, writeFileSync } from 'node:fs'
import { quietly } from './child.mjs'
import { hashOf, inRoot, PINNED_NODE, ROOT, textOf } from './places.mjs'
import { DISK_FULL, knownRefusal, Refusal } from './refusal.mjs'

const LOCKFILE = 'package-lock.json'
const STAMP = inRoot('node_modules', '.countersign-packages')
const NODE_WANTED = 24
/** What packages and browser take together. */
const SPACE_BYTES_MIN = 1_000_000_000
const OUTPUT_LINES_MAX = 20

/** Everything in the lockfile, the pinned Node among it. */
export const packages = {
  title: 'Installing packages from the lockfile',

  isFresh() {
    const wanted = hashOf([LOCKFILE])
    if (textOf(STAMP) === wanted) return true
    if (!isInstalledByHand()) return false
    writeFileSync(STAMP, wanted)
    return true
  },

  async run() {
    requireSpace()
    requireSomeNode()
    await npmCi()
    await requirePinnedNode()
    writeFileSync(STAMP, hashOf([LOCKFILE]))
  },
}

/**
 * Whether `npm install` left exactly what the lockfile says; then there is nothing to install
 * again.
 */
function isInstalledByHand() {
  const installed = textOf(inRoot('node_modules', '.package-lock.json'))
  if (!installed) return false
  const { packages: wanted } = JSON.parse(textOf(inRoot(LOCKFILE)) ?? '{"packages":{}}')
  const { packages: found } = JSON.parse(installed)
  return (
    Object.entries(wanted).every(
      ([path, { version, optional }]) =>
        path === '' || (found[path] ? found[path].version === version : optional),
    ) && Object.keys(found).every((path) => wanted[path])
  )
}

/** npm leaves out optional packages for which there is no room, and calls that a success. */
function requireSpace() {
  const { bavail, bsize } = statfsSync(ROOT)
  if (bavail * bsize < SPACE_BYTES_MIN) throw new Refusal(DISK_FULL, { later: true })
}

/** Where there is no pinned Node for this kind of machine, the installed one must do. */
function requireSomeNode() {
  const platform = process.platform === 'win32' ? 'win' : process.platform
  const { optionalDependencies } = JSON.parse(textOf(inRoot('package.json')))
  if (!(`node-${platform}-${process.arch}` in optionalDependencies) && !isNewEnough())
    throw tooOld(`There is no pinned Node for ${platform} ${process.arch}`)
}

/** On Alpine, for one, the pinned Node is installed but cannot run. */
async function requirePinnedNode() {
  const { code } = await quietly(PINNED_NODE, ['--version']).catch(() => ({ code: 1 }))
  if (code === 0) return
  if (!isNewEnough()) throw tooOld('The pinned Node does not run on this machine')
  rmSync(PINNED_NODE, { force: true })
}

const tooOld = (reason) =>
  new Refusal(
    `${reason}, and the one you have, ${process.version}, is too old: ` +
      `install Node ${NODE_WANTED} or later and run the command again.`,
  )

const isNewEnough = () => Number(process.versions.node.split('.')[0]) >= NODE_WANTED

async function npmCi() {
  const { code, output } = await npm([
    'ci',
    '--ignore-scripts',
    '--include=dev',
    '--include=optional',
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    '--fetch-retries=1',
    '--fetch-retry-mintimeout=1000',
  ])
  if (code === 0) return
  throw (
    knownRefusal(output) ??
    new Refusal(`npm could not install the packages. It said:\n\n${firstLines(output)}`)
  )
}

/** npm ends many a complaint with a page of its manual. */
const firstLines = (text) => text.split('\n').slice(0, OUTPUT_LINES_MAX).join('\n')

/** Runs npm with the Node that runs npm now: the one in node_modules is about to be replaced. */
async function npm(args) {
  const { npm_execpath: script, npm_node_execpath: node } = process.env
  const [command, ...first] = script ? [node ?? process.execPath, script] : ['npm']
  try {
    return await quietly(command, [...first, ...args])
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
    throw new Refusal(
      'npm is missing. Install it (it comes with Node) and run the command again.',
      { cause: error },
    )
  }
}
