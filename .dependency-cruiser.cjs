/**
 * @file Who may import whom: one named rule per sentence of docs/DESIGN.md section 3, "Direction" and the notes "the
 * ONLY importer". Type-only imports count like any other. Tests may import anything.
 */

const shared = '^src/shared/'
/** What each room of src/main may import besides itself, src/shared and packages; the table is the direction. */
const direction = {
  // Training reads its data and judges its rollouts itself (docs/decisions/0005).
  engine: ['tasks/'],
  log: [],
  hub: [],
  tasks: [],
  statistics: [],
  comparison: ['log/', 'statistics/'],
  latents: ['engine/protocol\\.ts$', 'engine-host/', 'log/', 'statistics/'],
  transfer: ['log/', 'statistics/', 'comparison/'],
  'engine-host': ['engine/protocol\\.ts$'],
  devices: ['engine/protocol\\.ts$', 'engine-host/'],
  sessions: ['engine/protocol\\.ts$', 'engine-host/', 'devices/', 'log/', 'hub/', 'tasks/', 'statistics/'],
  jobs: ['engine/protocol\\.ts$', 'engine-host/', 'devices/', 'log/', 'hub/', 'tasks/', 'statistics/', 'sessions/'],
  server: ['engine/protocol\\.ts$', 'engine-host/', 'devices/', 'log/', 'hub/', 'tasks/', 'statistics/', 'sessions/', 'jobs/', 'comparison/', 'latents/', 'transfer/'],
  desktop: ['engine/protocol\\.ts$', 'engine-host/', 'server/'],
  headless: ['engine/protocol\\.ts$', 'engine-host/', 'devices/', 'log/', 'hub/', 'tasks/', 'statistics/', 'sessions/', 'jobs/', 'comparison/', 'latents/', 'transfer/', 'server/'],
}
const rooms = Object.keys(direction)
const source = { pathNot: '\\.test\\.ts$' }

const directionRules = rooms.map((room) => ({
  name: `${room}-imports-only-what-is-below-it`,
  comment: 'shared <- engine, log, hub, tasks, statistics <- comparison, engine-host <- devices <- sessions, latents, transfer <- jobs <- server <- desktop | headless',
  severity: 'error',
  from: { ...source, path: `^src/main/${room}/` },
  to: { path: '^src/', pathNot: [shared, `^src/main/${room}/`, ...direction[room].map((allowed) => `^src/main/${allowed}`)] },
}))

/** @returns a rule that lets only files under `folders` import the packages */
function onlyImporter(name, packages, folders) {
  return {
    name,
    comment: `only ${folders.join(' and ')} may import ${packages.join(' or ')}`,
    severity: 'error',
    from: { ...source, pathNot: [source.pathNot, ...folders], path: '^src/' },
    to: { path: packages.map((name) => `(^|/)node_modules/(@types/)?${name}/|^${name}$`) },
  }
}

module.exports = {
  forbidden: [
    { name: 'no-cycles', comment: 'No import cycles.', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'every-import-resolves',
      comment: 'An import that leads nowhere would slip past every other rule.',
      severity: 'error',
      from: source,
      to: { couldNotResolve: true },
    },
    {
      name: 'shared-imports-no-room',
      comment: 'shared holds words both sides use; it stands below everything.',
      severity: 'error',
      from: { ...source, path: shared },
      to: { path: '^src/', pathNot: shared },
    },
    ...directionRules,
    {
      name: 'a-room-is-entered-by-its-index',
      comment: 'A room is entered by its index.',
      severity: 'error',
      from: { ...source, path: '^src/main/([^/]+)/' },
      to: { path: '^src/main/([^/]+)/', pathNot: ['^src/main/$1/', '^src/main/engine/', '^src/main/[^/]+/index\\.ts$'] },
    },
    {
      name: 'the-engine-is-entered-by-its-protocol',
      comment: 'The engine runs in another process: nobody may import more of it than its messages.',
      severity: 'error',
      from: { ...source, path: '^src/', pathNot: [source.pathNot, '^src/main/engine/'] },
      to: { path: '^src/main/engine/', pathNot: '^src/main/engine/protocol\\.ts$' },
    },
    {
      name: 'the-renderer-imports-only-shared',
      comment: 'shared <- renderer; the page is sandboxed and has no Node.',
      severity: 'error',
      from: { ...source, path: '^src/renderer/' },
      to: { path: '^src/', pathNot: [shared, '^src/renderer/'] },
    },
    {
      name: 'the-renderer-uses-no-node',
      comment: 'The page is sandboxed and has no Node.',
      severity: 'error',
      from: { ...source, path: ['^src/renderer/', shared] },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'nobody-imports-the-renderer',
      comment: 'The page and the main process meet in the contract only.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/renderer/' },
      to: { path: '^src/renderer/' },
    },
    {
      name: 'a-view-imports-no-other-view',
      comment: "A view never imports another view's parts.",
      severity: 'error',
      from: { ...source, path: '^src/renderer/src/views/([^/]+)/' },
      to: { path: '^src/renderer/src/views/[^/]+/', pathNot: '^src/renderer/src/views/$1/' },
    },
    {
      name: 'the-preload-imports-only-electron',
      comment: 'A sandboxed preload is one file that forwards a port.',
      severity: 'error',
      from: { path: '^src/preload/' },
      to: { pathNot: '(^|/)node_modules/electron/|^electron$' },
    },
    onlyImporter('electron-only-in-desktop-and-preload', ['electron'], ['^src/main/desktop/', '^src/preload/']),
    onlyImporter('onnxruntime-only-in-engine-runtime', ['onnxruntime-node', 'onnxruntime-common'], ['^src/main/engine/runtime/']),
    onlyImporter('queries-only-in-log', ['kysely'], ['^src/main/log/']),
    // A search index is a file of its own, not part of the log.
    onlyImporter('database-only-in-log-and-retrieval', ['better-sqlite3'], ['^src/main/log/', '^src/main/tasks/retrieval/']),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '/generated/' },
    moduleSystems: ['es6'],
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'], extensions: ['.ts', '.vue', '.js', '.d.ts'] },
    builtInModules: { add: ['electron'] },
  },
}
