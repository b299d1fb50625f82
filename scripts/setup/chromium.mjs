import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { quietly } from './child.mjs'
import { inRoot, textOf } from './places.mjs'
import { Refusal } from './refusal.mjs'

const PACKAGE = inRoot('node_modules', '@sparticuz', 'chromium')
const PACKS = ['chromium.br', 'fonts.tar.br', 'swiftshader.tar.br', 'al2023.tar.br']

/** All that the browser asks of a machine; it brings most of it itself. */
const DEBIAN_PACKAGES = {
  'libnss3.so': 'libnss3',
  'libnssutil3.so': 'libnss3',
  'libnspr4.so': 'libnspr4',
  'libplc4.so': 'libnspr4',
  'libplds4.so': 'libnspr4',
  'libexpat.so.1': 'libexpat1',
  'libgcc_s.so.1': 'libgcc-s1',
}

/** Starts the browser with the libraries and fonts it brought, so that the machine needs none. */
const LAUNCHER = `#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
export LD_LIBRARY_PATH="$here/al2023/lib\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
[ -e /etc/fonts/fonts.conf ] || export FONTCONFIG_PATH="$here/fonts"
exec "$here/chromium" "$@"
`

/**
 * The browser of the tests, unpacked into a folder of its own and of its version: the package
 * itself would take any `chromium` it finds in the temporary folder, also one that another user put
 * there.
 */
export const chromium = {
  title: 'Unpacking Chromium for the tests',

  isFresh: () =>
    !isServed() || Boolean(process.env.COUNTERSIGN_CHROMIUM) || existsSync(chromiumPath()),

  async run() {
    const folder = chromiumFolder()
    const unpacking = `${folder}.part`
    rmSync(unpacking, { recursive: true, force: true })
    mkdirSync(unpacking, { recursive: true })
    process.env.TMPDIR = unpacking
    const { inflate } = await import('@sparticuz/chromium')
    for (const pack of PACKS) await inflate(join(PACKAGE, 'bin', pack))
    writeFileSync(join(unpacking, 'launch'), LAUNCHER, { mode: 0o755 })
    await requireThatItStarts(unpacking)
    rmSync(folder, { recursive: true, force: true })
    renameSync(unpacking, folder)
  },
}

/**
 * Where the tests find the browser: a path to execute, or nothing on a machine it is not made for.
 */
export function chromiumExecutable() {
  if (process.env.COUNTERSIGN_CHROMIUM) return process.env.COUNTERSIGN_CHROMIUM
  return isServed() ? chromiumPath() : undefined
}

const isServed = () => process.platform === 'linux' && process.arch === 'x64'

function chromiumFolder() {
  const { version } = JSON.parse(textOf(join(PACKAGE, 'package.json')) ?? '{}')
  return inRoot('node_modules', '.cache', `chromium-${version}`)
}

const chromiumPath = () => join(chromiumFolder(), 'launch')

async function requireThatItStarts(folder) {
  const { code, output } = await quietly(join(folder, 'launch'), ['--version'])
  if (code === 0) return
  const env = { ...process.env, LD_LIBRARY_PATH: join(folder, 'al2023', 'lib') }
  const { output: libraries } = await quietly('ldd', [join(folder, 'chromium')], { env })
  const missing = [...libraries.matchAll(/^\s*(\S+) => not found/gm)].map(([, name]) => name)
  const wanted = [...new Set(missing.map((name) => DEBIAN_PACKAGES[name] ?? name))]
  throw new Refusal(
    wanted.length > 0
      ? `Chromium misses libraries of the system. As root: apt-get install ${wanted.join(' ')}`
      : `Chromium does not start on this machine:\n\n${output}`,
  )
}
