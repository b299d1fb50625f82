/**
 * Which room may import which. Everything points one way, so a room can be read, tested and
 * replaced knowing only the rooms it names here. src/main.ts and src/cli put them together and know
 * them all.
 */
const MAY_IMPORT = {
  config: ['core'],
  channels: ['core'],
  keyfiles: ['core'],
  tracing: [],
  store: ['tracing', 'core'],
  methods: ['oath', 'core'],
  engine: ['methods', 'store', 'channels', 'tracing', 'core'],
  edges: ['engine', 'tracing', 'core'],
}

/** What even an edge may know of a method: what it says over the wire, and the list of them all. */
const DOORS = {
  edges: ['src/methods/(registry|prompt|change|enrol)[.]ts', 'src/methods/[^/]+/wire[.]ts'],
}

/**
 * Rules and RFC code run in the browser too: no package, no Node, the same output for the same
 * input.
 */
const PURE = {
  core: ['src/core/'],
  oath: ['src/oath/', 'src/core/time/time[.]ts'],
}

const TESTS = '[.](test|contract|fixture)[.]ts$'
const startingWith = (paths) => `^(${paths.join('|')})`

const rooms = Object.entries(MAY_IMPORT).map(([room, others]) => ({
  name: `${room}-may-import-${others.join('-and-') || 'nothing'}`,
  severity: 'error',
  from: { path: `^src/${room}/`, pathNot: TESTS },
  to: {
    path: '^(src|web|test|bench|scripts|examples)/',
    pathNot: startingWith([
      ...[room, ...others].map((name) => `src/${name}/`),
      ...(DOORS[room] ?? []),
    ]),
  },
}))

const pure = Object.entries(PURE).map(([room, allowed]) => ({
  name: `${room}-is-pure`,
  severity: 'error',
  from: { path: `^src/${room}/`, pathNot: TESTS },
  to: { pathNot: startingWith(allowed) },
}))

export default {
  forbidden: [
    ...rooms,
    ...pure,
    {
      name: 'methods-do-not-know-each-other',
      severity: 'error',
      from: { path: '^src/methods/([^/]+)/', pathNot: TESTS },
      to: { path: '^src/methods/[^/]+/', pathNot: '^src/methods/$1/' },
    },
    {
      // What is shared asks the method, so that another one needs no line there. The phone has a
      // door of its own; a password is also chosen and reset, so the code that writes one asks its
      // rules.
      name: 'shared-code-knows-no-method-by-name',
      severity: 'error',
      from: {
        path: '^src/(edges/(?!phone/)[^/]+/|engine/|cli/)',
        pathNot: TESTS,
      },
      to: {
        path: '^src/methods/[^/]+/',
        pathNot: '^src/methods/password/(rules|hasher)[.]ts$',
      },
    },
    {
      name: 'the-browser-gets-only-what-it-may-know',
      severity: 'error',
      from: { path: '^web/', pathNot: TESTS },
      to: {
        path: '^(src|test|bench|scripts|examples)/',
        pathNot: startingWith(['src/(core|oath)/', 'src/methods/phone-key/(wire|signing)[.]ts']),
      },
    },
    {
      name: 'what-ships-needs-no-development-package',
      severity: 'error',
      from: { path: '^(src|web)/', pathNot: TESTS },
      to: { dependencyTypes: ['npm-dev'] },
    },
    {
      name: 'the-demo-is-loaded-when-it-is-asked-for',
      comment: 'it needs packages that an installation for clients does without',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/cli/demo/' },
      to: { path: '^src/cli/demo/', dynamic: false },
    },
    { name: 'no-cycle', severity: 'error', from: {}, to: { circular: true } },
    { name: 'every-import-is-found', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    // TypeScript 7 has no compiler interface; without this line no module is cruised and all is
    // well.
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['types', 'import', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.d.ts'],
    },
  },
}
