/**
 * Sentences about the code itself that no compiler and no linter can hold.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { suite, test } from 'node:test'
import { PROBLEMS } from '#core/problems.ts'
import { faultsIn, listInReadme, missingList, missionRows } from '../../scripts/mission/claims.ts'
import { folderCircles, GROUND, OF_PAGES } from '../../scripts/rooms/folders.ts'
import { missingBuilds } from '../../scripts/lockfile/lockfile.ts'

const SOURCES = globSync('{src,web,test,bench,scripts,examples}/**/*.{ts,tsx,mjs,css}')
const textOf = (file: string): string => readFileSync(file, 'utf8')

/** In place of a role: a client, an attacker, a caller, an operator or an agent. */
const VAGUE =
  /\b(whoever|whosoever|somebody|nobody|wherefore|thereof|naught|nought|worth nothing)\b/i

suite('Every method', () => {
  const SHAPE = ['README.md', 'method.test.ts', 'method.ts', 'prompt.ts', 'sample.ts', 'wire.ts']
  const methods = globSync('src/methods/*/')

  for (const method of methods) {
    test(`${basename(method)} has the same six files`, () => {
      assert.deepEqual(
        SHAPE.filter((file) => !existsSync(join(method, file))),
        [],
      )
    })
  }
})

suite('Every text a person reads', () => {
  const LANGUAGES = ['en', 'fr'] as const
  const PLURAL = /_(zero|one|two|few|many|other)$/
  const texts = new Map(
    LANGUAGES.map((language) => [language, flat(JSON.parse(textOf(`locales/${language}.json`)))]),
  )
  const textsIn = (language: string) => texts.get(language as 'en') ?? new Map<string, string>()
  const english = textsIn('en')

  test('R170 stands in English and in French', () => {
    const keysIn = (language: string) =>
      [...new Set([...textsIn(language).keys()].map((key) => key.replace(PLURAL, '')))].sort()
    for (const language of LANGUAGES) assert.deepEqual(keysIn(language), keysIn('en'))
  })

  test('has every plural its language asks for', () => {
    for (const language of LANGUAGES) {
      const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories
      const counted = [...textsIn(language).keys()].filter((key) => PLURAL.test(key))
      const wanted = counted.flatMap((key) => forms.map((form) => key.replace(PLURAL, `_${form}`)))
      assert.deepEqual(
        wanted.filter((key) => !textsIn(language).has(key)),
        [],
        language,
      )
    }
  })

  test('says whole minutes too, where it counts minutes and seconds', () => {
    for (const [key, words] of english) {
      if (!key.endsWith('.minutes') || !words.includes('{{seconds}}')) continue
      assert.ok(english.has(key.replace(/minutes$/, 'whole')), key)
    }
  })

  test('has the same place holders in every language', () => {
    for (const [key, french] of textsIn('fr')) {
      const original = english.get(key) ?? english.get(key.replace(PLURAL, '_other')) ?? ''
      // "A digit", "one digit", "1 digit": where there is a plural, a number may be a word.
      const isNamed = (name: string) => name !== 'count' || !PLURAL.test(key)
      assert.deepEqual(
        placeHolders(french).filter(isNamed),
        placeHolders(original).filter(isNamed),
        key,
      )
    }
  })

  test('is written, in both languages', () => {
    for (const language of LANGUAGES) {
      const empty = [...textsIn(language)].filter(([, text]) => text.trim() === '')
      assert.deepEqual(empty, [], language)
    }
  })

  test('says something for every problem there is', () => {
    const problems = Object.keys(PROBLEMS).map((code) => `problem.${code}`)
    for (const language of LANGUAGES) {
      const silent = problems.filter((key) => !textsIn(language).has(key))
      assert.deepEqual(silent, [], language)
    }
  })
})

suite('The code', () => {
  test('knows no problem that it never tells', () => {
    const told = SOURCES.filter(
      (file) => file.startsWith('src/') && !/\.test\.ts$|^src\/core\/problems\.ts$/.test(file),
    ).map((file) => code(file))
    const untold = Object.keys(PROBLEMS).filter(
      (problem) => !told.some((source) => source.includes(`'${problem}'`)),
    )
    assert.deepEqual(untold, [])
  })

  test('reads the clock through the world, in no other way', () => {
    // The linter knows Date.now(); a bare `new Date()` it cannot name.
    const readers = SOURCES.filter(
      (file) =>
        /^src\/(?!main\.ts|cli\/)/.test(file) &&
        /\bnew Date\(\)|(?<!new )\bDate\(/.test(code(file)),
    )
    assert.deepEqual(readers, [])
  })

  test('A29 reads the address of a client where it is made canonical, in no other way', () => {
    const readers = SOURCES.filter(
      (file) =>
        /^src\/edges\/(?!http\/client-address\.ts)/.test(file) &&
        !file.endsWith('.test.ts') &&
        /\b(request|req|raw|ctx)\.ips?\b|\bremoteAddress\b|\btrustProxy\b/.test(code(file)),
    )
    assert.deepEqual(readers, [])
  })

  test('R024 reads a typed code in one place: no method and no field folds characters of its own', () => {
    // A password is no code: it has rules of its own.
    const folding = SOURCES.filter(
      (file) =>
        /^(src\/methods\/(?!password\/)|web\/)/.test(file) &&
        !file.endsWith('.test.ts') &&
        /\.normalize\(|\\p\{(Pd|Cf|Nd|Zs)\}/.test(code(file)),
    )
    assert.deepEqual(folding, [])
  })

  test('never asks the outer database inside a transaction, where SQLite would wait for itself', () => {
    const waiting = SOURCES.filter((file) => file.startsWith('src/store/')).filter((file) =>
      transactionsIn(code(file)).some((body) => /\bdb\b/.test(body)),
    )
    assert.deepEqual(waiting, [])
  })

  test('names the columns that it reads: a migration may add others while it runs', () => {
    const stores = SOURCES.filter((file) => /^src\/(?!.*\.(test|contract)\.ts$)/.test(file))
    const all = /\b(selectAll|returningAll)\b|\b(select|returning)\s+(\w+\.)?\*(?!\/)/gi
    assert.deepEqual(matches(all, stores), [])
  })

  test('puts off nothing without an issue that remembers it', () => {
    const forgotten = matches(/\b(TODO|FIXME|XXX|HACK)\b(?!\(#\d+\)).*/g)
    assert.deepEqual(forgotten, [])
  })

  test('says why where it silences a tool', () => {
    const silenced = matches(
      /(@ts-(ignore|nocheck|expect-error)|(oxlint-disable|biome-ignore)\S*)(?!.*(--|: ).{10}).*/g,
    )
    assert.deepEqual(silenced, [])
  })

  test('names the role that acts, in its comments and in the names of its tests', () => {
    const comment = /\/\*[^]*?\*\/|(?<![:\w'"`])\/\/.*/g
    const testName = /\b(?:test|suite)\(\s*(?:'.*?'|`.*?`|".*?")/g
    const guessed = [comment, testName]
      .flatMap((pattern) => matches(pattern))
      .filter((found) => VAGUE.test(found))
    assert.deepEqual(guessed, [])
  })

  test('leaves no test switched off, and none alone', () => {
    const tests = SOURCES.filter((file) => file.endsWith('.test.ts'))
    assert.deepEqual(matches(/\b(test|suite|it|describe)\.(only|todo)\(/g, tests), [])
  })

  test('writes the parts of a literal in it: none is spread only to hold a line together', () => {
    assert.deepEqual(matches(/\.\.\.\{/g), [])
  })

  test('ends its lines at 100 columns', () => {
    const COLUMNS_MAX = 100
    /** Tables that are lined up by hand. */
    const LINED_UP = ['src/core/sessions/rights.test.ts']
    /** The title of a test, what a module brings in, and what has no space to break at. */
    const UNBROKEN = /^(await t\.)?(test|suite)\(|^import\b|^(export|\}) .*\bfrom '|^\S+$/
    const COMMENT = /^(\/\/|\/?\*)/
    const DRAWN = /\S {2,}\S|[\u2500-\u25ff]|\|.*\|/u
    const isFree = (line: string) => UNBROKEN.test(line) || (COMMENT.test(line) && DRAWN.test(line))
    const long = SOURCES.filter(
      (file) => !file.endsWith('.css') && !LINED_UP.includes(file),
    ).flatMap((file) =>
      textOf(file)
        .split('\n')
        .flatMap((line, at) =>
          line.length > COLUMNS_MAX && !isFree(line.trim()) ? [`${file}:${at + 1}`] : [],
        ),
    )
    assert.deepEqual(long, [])
  })

  test('has one subject a file, of a size that can be read', () => {
    const LINES_MAX = 500
    const long = SOURCES.filter((file) => !file.endsWith('.test.ts') && !file.endsWith('.css'))
      .map((file) => ({ file, lines: textOf(file).split('\n').length }))
      .filter(({ lines }) => lines > LINES_MAX)
    assert.deepEqual(long, [])
  })
})

suite('A capability', () => {
  /** The rooms that are divided by capability. */
  const ROOMS = ['core', 'engine', 'store']
  const CAPABILITIES = [
    'accounts',
    'audit',
    'backup',
    'connectivity',
    'contact',
    'delivery',
    'desk',
    'devices',
    'documents',
    'help',
    'inventory',
    'keys',
    'login',
    'notices',
    'operation',
    'orders',
    'password',
    'sessions',
    'status',
    'subscribers',
    'tasks',
    'temporary-access',
  ]
  const FILES_MAX = 15
  const folders = ROOMS.flatMap((room) => globSync(`src/${room}/*/`))
  /** What is divided by capability beside them; in what every page has there are others. */
  const PAGES = globSync('src/edges/pages/*/').filter(
    (folder) => !OF_PAGES.includes(basename(folder)),
  )
  const SCENARIOS = globSync('test/scenarios/*/')
  /** Folders that are as full as they were: each leaves this list when it is divided. */
  const FULL = ['src/methods', 'src/store/migrations']

  test('has one word in every room', () => {
    const others = folders.filter((folder) => !GROUND.includes(basename(folder)))
    assert.deepEqual(
      [...others, ...PAGES, ...SCENARIOS].filter(
        (folder) => !CAPABILITIES.includes(basename(folder)),
      ),
      [],
    )
    const rooms = (word: string) => others.filter((folder) => basename(folder) === word).length
    assert.deepEqual(
      CAPABILITIES.filter((word) => rooms(word) === 0),
      [],
    )
  })

  test('has so few files in a folder that they can be seen at once', () => {
    const counted = globSync('{src,web,test,bench,scripts,examples}/**/')
      .filter((folder) => !FULL.includes(folder))
      .map((folder) => ({
        folder,
        files: globSync(`${folder}/*.*`, { exclude: ['**/README.md'] }).length,
      }))
    assert.deepEqual(
      counted.filter(({ files }) => files > FILES_MAX),
      [],
    )
  })

  test('is found where CONTRIBUTING says', () => {
    const table = /## Where is …\n([^]*?)\n## /.exec(textOf('CONTRIBUTING.md'))?.[1] ?? ''
    const paths = [...table.matchAll(/^\|.*\|$/gm)].flatMap(([row]) =>
      [...row.matchAll(/`(src\/[^`]+)`/g)].map(([, path = '']) => path),
    )
    assert.ok(paths.length >= 10)
    assert.deepEqual(
      paths.filter((path) => !existsSync(path)),
      [],
    )
  })

  test('has a README that names files which are there', () => {
    const missing = globSync('{src,web,examples}/**/README.md').flatMap((readme) => {
      const named = [...textOf(readme).matchAll(/`([\w./-]+\.tsx?)`/g)]
      const beside = (path: string) => join(dirname(readme), path)
      return named
        .map(([, path = '']) => path)
        .filter((path) => ![path, beside(path), `src/${path}`].some((one) => existsSync(one)))
        .filter((path) => globSync(beside(`**/${path}`)).length === 0)
        .map((path) => `${readme}: ${path}`)
    })
    assert.deepEqual(missing, [])
  })

  test('has a README in the engine that names functions which its files export', () => {
    const missing = globSync('src/engine/*/README.md').flatMap((readme) =>
      [...textOf(readme).matchAll(/^\| `([\w-]+\.ts)` \|.*\| (.*) \|$/gm)].flatMap(
        ([, file = '', functions = '']) => {
          const code = textOf(join(dirname(readme), file))
          return [...functions.matchAll(/`(\w+)`/g)]
            .map(([, name = '']) => name)
            .filter((name) => !new RegExp(`^export .*\\b${name}\\b`, 'm').test(code))
            .map((name) => `${readme}: ${name}`)
        },
      ),
    )
    assert.deepEqual(missing, [])
  })

  test('knows no folder of its room that knows it', () => {
    const code = globSync('src/**/*.ts').filter(
      // A method knows what all methods share, and their registry knows each method.
      (file) => !/\.(test|contract|fixture)\.ts$|^src\/methods\//.test(file),
    )
    assert.deepEqual(folderCircles(code), [])
  })
})

suite('A document', () => {
  const DOCUMENTS = globSync(['*.md', '{docs,src,web,examples,test,help}/**/*.md'])

  test('links to files and headings that are there', () => {
    const broken = DOCUMENTS.flatMap((document) =>
      linksIn(document)
        .filter(({ file, heading }) => !existsSync(file) || !headingsOf(file).includes(heading))
        .map(({ link }) => `${document}: ${link}`),
    )
    assert.deepEqual(broken, [])
  })

  test('names scripts of npm that there are', () => {
    const { scripts } = JSON.parse(textOf('package.json'))
    const unknown = DOCUMENTS.flatMap((document) =>
      [...textOf(document).matchAll(/\bnpm run ([\w:-]+)/g)]
        .map(([, script = '']) => script)
        .filter((script) => !Object.hasOwn(scripts, script))
        .map((script) => `${document}: ${script}`),
    )
    assert.deepEqual(unknown, [])
  })

  test('names the role that acts', () => {
    // A decision keeps its content, and a document may quote a page.
    const documents = DOCUMENTS.filter((document) => !/^(docs\/decisions|help)\//.test(document))
    const guessed = documents.flatMap((document) =>
      textOf(document)
        .split('\n')
        .flatMap((line, at) =>
          VAGUE.test(line.replaceAll(/"[^"]*"|`[^`]*`/g, '')) ? [`${document}:${at + 1}`] : [],
        ),
    )
    assert.deepEqual(guessed, [])
  })
})

suite('The house', () => {
  test('says in each commit which area changes and what, in 72 columns', (t) => {
    // What came before this commit stays as it is.
    const since = '12add44'
    const git = (...args: readonly string[]) => spawnSync('git', args, { encoding: 'utf8' })
    if (git('merge-base', '--is-ancestor', since, 'HEAD').status !== 0) {
      t.skip('this is no clone with its history')
      return
    }
    const { stdout } = git('log', '--no-merges', '--format=%s', `${since}..HEAD`)
    const subjects = stdout.split('\n').filter((subject) => subject !== '')
    const wrong = subjects.filter((subject) => !/^(?=.{1,72}$)[a-z][\w:/, -]*: \S/.test(subject))
    assert.deepEqual(wrong, [])
  })

  test('pins every package to one version', () => {
    const house = JSON.parse(textOf('package.json'))
    const { dependencies, devDependencies, optionalDependencies } = house
    const loose = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })
      .filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(String(version)))
      .map(([name]) => name)
    assert.deepEqual(loose, [])
  })

  test('can be installed on every platform: npm run lockfile adds what npm left out', () => {
    assert.deepEqual(
      missingBuilds().map(({ name }) => name),
      [],
    )
  })

  test('numbers its decisions from 0001 on, each once', () => {
    const numbers = globSync('docs/decisions/*.md')
      .map((file) => basename(file).slice(0, 4))
      .sort()
    const expected = numbers.map((_, index) => String(index + 1).padStart(4, '0'))
    assert.deepEqual(numbers, expected)
  })

  test('says of each requirement what its tests hold: see npm run coverage:mission', () => {
    assert.deepEqual(faultsIn(missionRows()), [])
  })

  test('finds a requirement that says more than its tests, or less', () => {
    const [one] = missionRows()
    assert.ok(one)
    const held = { id: 'R999', title: 'A row', tests: one.tests } as const
    const bare = { ...held, tests: [] } as const
    const partly = { state: 'partly', area: 'Help', missing: 'The rest is missing.' } as const
    const no = { state: 'no', area: 'Help' } as const
    const rows = [
      [{ ...held, state: 'whole' }, []],
      [{ ...bare, state: 'whole' }, ['R999 is whole, and no test names it']],
      [{ ...held, ...partly }, []],
      [{ ...bare, ...partly }, ['R999 is there in part, and no test names it']],
      [
        { ...held, ...partly, missing: 'the rest' },
        ['R999 does not say in a sentence what is missing'],
      ],
      [{ ...held, ...partly, area: '' }, ['R999 stands in no area']],
      [{ ...bare, ...no }, []],
      [{ ...held, ...no }, ['R999 is not there, and a test names it']],
    ] as const
    for (const [row, faults] of rows) assert.deepEqual(faultsIn([row]), faults)
  })

  test('names in README what is not there yet; if not, run npm run mission', () => {
    assert.equal(listInReadme(), missingList(missionRows()))
    const [all] = missingList(missionRows()).split('\n\n')
    for (const line of all?.split('\n') ?? []) assert.match(line, /^- \*\*[A-Z].*\*\*: \S.*\.$/)
  })

  test('claims only requirements that there are', () => {
    const known = new Set(Object.keys(JSON.parse(textOf('docs/mission.json'))))
    const tests = SOURCES.filter((file) => file.endsWith('.test.ts'))
    const unknown = matches(/\bR\d{3}\b/g, tests).filter(
      (found) => !known.has(found.slice(-'R000'.length)),
    )
    assert.deepEqual(unknown, [])
  })
})

/**
 * The relative links of a document: the file, and the heading in it, empty for the whole file. An
 * article of the help also links to pages of the server, such as `/portal`.
 */
function linksIn(document: string) {
  const text = textOf(document).replace(/^```[^]*?^```/gm, '')
  return [...text.matchAll(/\]\((?!https?:|mailto:|\/)([^)\s]+)/g)].map(([, link = '']) => {
    const [path = '', heading = ''] = link.split('#')
    const file = path === '' ? document : join(dirname(document), path)
    return { link, file, heading }
  })
}

/** What a link can name in a file: as GitHub turns headings into anchors, and nothing at all. */
function headingsOf(file: string): readonly string[] {
  if (!file.endsWith('.md')) return ['']
  const headings = textOf(file).match(/^#+ .*$/gm) ?? []
  return [
    '',
    ...headings.map((heading) =>
      heading
        .replace(/^#+ /, '')
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  ]
}

/** A catalogue as one Map, from `login.title` to its text. */
function flat(catalogue: object, prefix = ''): Map<string, string> {
  return new Map(
    Object.entries(catalogue).flatMap(([key, value]) =>
      typeof value === 'string' ? [[prefix + key, value]] : [...flat(value, `${prefix}${key}.`)],
    ),
  )
}

function placeHolders(text: string): string[] {
  return [...text.matchAll(/\{\{\s*(\w+)[^}]*\}\}/g)].map(([, name = '']) => name).sort()
}

/** Every match in these files, as `file: what was found`. This file names what it looks for. */
function matches(pattern: RegExp, files = SOURCES): string[] {
  return files
    .filter((file) => file !== 'test/house/tidy.test.ts')
    .flatMap((file) => [...textOf(file).matchAll(pattern)].map(([found]) => `${file}: ${found}`))
}

/** A source file without its comments. */
function code(file: string): string {
  return textOf(file).replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
}

/** What stands between `(tx) => {` and the brace that closes it, for every transaction. */
function transactionsIn(text: string): string[] {
  return [...text.matchAll(/\(\s*tx\b[^)]*\)\s*=>\s*\{/g)].map(({ index, 0: start }) => {
    let depth = 1
    let end = index + start.length
    while (depth > 0 && end < text.length) {
      if (text[end] === '{') depth += 1
      if (text[end] === '}') depth -= 1
      end += 1
    }
    return text.slice(index + start.length, end)
  })
}
