import { globSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { build, defineConfig, type Plugin, type Rollup, type UserConfig } from 'vite'
import en from './locales/en.json' with { type: 'json' }
import fr from './locales/fr.json' with { type: 'json' }

const TARGET = 'es2022'
const WORKER = 'web/phone/service-worker.ts'

const common = {
  appType: 'custom',
  publicDir: false,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
} satisfies UserConfig

/**
 * Everything that runs in a browser, built into dist/ under names that change with the content:
 *
 *   web/phone/main.tsx           assets/phone-<hash>.js     the authenticator
 *   web/enhance/<name>.ts        assets/enhance-<name>-<hash>.js
 *   web/sim/<name>.ts or .tsx    assets/sim-<name>-<hash>.js
 *   web/style/<name>.css         assets/<name>-<hash>.css
 *   web/phone/service-worker.ts  phone/service-worker.js    a worker is known by its name
 *
 * The server finds them in .vite/manifest.json, and sends the .br or .gz that lies beside each.
 * There is no index.html: every page comes from the server.
 */
export default defineConfig({
  ...common,
  build: {
    target: TARGET,
    manifest: true,
    // While watching, a server reads the folder: what it found there stays.
    emptyOutDir: !process.argv.includes('--watch'),
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: entries(),
      output: {
        entryFileNames: 'assets/[name]-[hash].js',
        chunkFileNames: 'assets/[name]-[hash].js',
        assetFileNames: ({ names: [name = ''] }) =>
          `assets/${name.replace(/^style-/, '').replace(/\.\w+$/, '')}-[hash][extname]`,
      },
    },
  },
  plugins: [serviceWorker(), precompressed()],
})

function entries(): Record<string, string> {
  const named = (prefix: string, pattern: string) =>
    globSync(pattern)
      .filter((file) => !file.includes('.test.') && !file.endsWith('.d.ts'))
      .map((file) => [prefix + basename(file).replace(/\.\w+$/, ''), file])
  const found = [
    ...globSync('web/phone/main.tsx').map((file) => ['phone', file]),
    ...named('enhance-', 'web/enhance/*.ts'),
    ...named('sim-', 'web/sim/*.{ts,tsx}'),
    ...named('style-', 'web/style/*.css'),
  ]
  return found.length > 0 ? Object.fromEntries(found) : { nothing: 'data:text/javascript,' }
}

/**
 * Builds the service worker last and by itself: it may import no other file, and it must know the
 * names of the files that the phone app needs in flight mode. It finds them in `__PHONE_FILES__`.
 */
function serviceWorker(): Plugin {
  return {
    name: 'service-worker',
    async writeBundle({ dir = '' }, bundle) {
      if (globSync(WORKER).length === 0) return
      await build({
        ...common,
        configFile: false,
        logLevel: 'warn',
        define: {
          __PHONE_FILES__: JSON.stringify(phoneFiles(bundle)),
          __NOTIFICATIONS__: JSON.stringify({
            ...{ en: en.phone.notification, fr: fr.phone.notification },
          }),
        },
        build: {
          target: TARGET,
          outDir: dir,
          emptyOutDir: false,
          rolldownOptions: {
            input: WORKER,
            output: { format: 'iife', entryFileNames: 'phone/service-worker.js' },
          },
        },
      })
    },
  }
}

/** The addresses of the phone app's scripts and styles, with all that they import. */
function phoneFiles(bundle: Rollup.OutputBundle): string[] {
  const files = new Set<string>()
  const add = (fileName: string) => {
    const chunk = bundle[fileName]
    if (files.has(fileName) || chunk?.type !== 'chunk') return
    files.add(fileName)
    for (const style of chunk.viteMetadata?.importedCss ?? []) files.add(style)
    for (const asset of chunk.viteMetadata?.importedAssets ?? []) files.add(asset)
    for (const imported of [...chunk.imports, ...chunk.dynamicImports]) add(imported)
  }
  const app = Object.values(bundle).find(({ type, name }) => type === 'chunk' && name === 'phone')
  if (app) add(app.fileName)
  return [...files].map((file) => `/${file}`).sort()
}

/** Puts a .br and a .gz beside every file that shrinks, so that the server never compresses. */
function precompressed(): Plugin {
  return {
    name: 'precompressed',
    writeBundle: {
      order: 'post',
      sequential: true,
      async handler({ dir = '' }) {
        const files = globSync('**/*.{js,css,svg,webmanifest}', { cwd: dir })
        await Promise.all(files.map((file) => compress(join(dir, file))))
      },
    },
  }
}

async function compress(file: string): Promise<void> {
  const content = await readFile(file)
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: content.length }
  const packed = [
    [`${file}.br`, await promisify(brotliCompress)(content, { params })],
    [`${file}.gz`, await promisify(gzip)(content, { level: 9 })],
  ] as const
  for (const [name, bytes] of packed) {
    if (bytes.length < content.length) await writeFile(name, bytes)
  }
}
