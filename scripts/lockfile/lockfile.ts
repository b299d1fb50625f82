import { readFileSync, writeFileSync } from 'node:fs'

const LOCKFILE = 'package-lock.json'

interface Locked {
  readonly version?: string
  readonly dev?: boolean
  readonly optional?: boolean
  readonly os?: readonly string[]
  readonly cpu?: readonly string[]
  readonly libc?: readonly string[]
  readonly optionalDependencies?: Readonly<Record<string, string>>
}
type Packages = Readonly<Record<string, Locked>>

interface Missing {
  readonly name: string
  readonly version: string
  readonly wantedBy: Locked
}

/**
 * The builds for other platforms that a locked package names and the lockfile does not have.
 *
 * npm leaves them out when it writes the lockfile through a registry that does not serve them, and
 * then `npm ci` refuses that lockfile, on every machine.
 */
export function missingBuilds(packages: Packages = locked().packages): Missing[] {
  return Object.entries(packages).flatMap(([path, wantedBy]) =>
    Object.entries(wantedBy.optionalDependencies ?? {})
      .filter(([name]) => !isFound(packages, path, name))
      .map(([name, version]) => ({ name, version, wantedBy })),
  )
}

/** Adds them, as npm would: only a machine of that platform ever fetches one. */
export function completeLockfile(): void {
  const lockfile = locked()
  const added = missingBuilds(lockfile.packages).map(
    ({ name, version, wantedBy }): [string, Locked] => [
      `node_modules/${name}`,
      { version, ...platformOf(name), ...(wantedBy.dev ? { dev: true } : {}), optional: true },
    ],
  )
  const all = [...Object.entries(lockfile.packages), ...added]
  const packages = Object.fromEntries(all.sort(([a], [b]) => (a < b ? -1 : 1)))
  writeFileSync(LOCKFILE, `${JSON.stringify({ ...lockfile, packages }, null, 2)}\n`)
}

function locked(): { readonly packages: Packages } {
  return JSON.parse(readFileSync(LOCKFILE, 'utf8'))
}

/** Looks where Node would look: in the folder of the package, then in each above it. */
function isFound(packages: Packages, path: string, name: string): boolean {
  const folders = path === '' ? [''] : ['', ...path.split(/(?=\/?node_modules\/)/)]
  return folders.some((_, depth) => {
    const folder = folders.slice(0, depth + 1).join('')
    return `${folder}${folder && '/'}node_modules/${name}` in packages
  })
}

/** The platform that the name of a build spells, such as `binding-linux-arm64-musl`. */
function platformOf(name: string): Pick<Locked, 'os' | 'cpu' | 'libc'> {
  const [, os, cpu, rest = ''] =
    /(android|darwin|freebsd|linux|openharmony|win32)-([a-z0-9]+)(?:-(\w+))?$/.exec(name) ?? []
  if (!os || !cpu) throw new Error(`${name} does not say which platform it is for`)
  const libc = rest.startsWith('musl') ? 'musl' : 'glibc'
  return { os: [os], cpu: [cpu], ...(os === 'linux' ? { libc: [libc] } : {}) }
}
