/** @file Proves that each dependency rule fires: a rule whose path never matches would pass in silence. It lays a small project of wrong imports. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { cruise, type ICruiseResult } from 'dependency-cruiser'
import { afterAll, beforeAll, expect, test } from 'vitest'

const rootDir = resolve(import.meta.dirname, '..', '..')
const configuration = createRequire(import.meta.url)(join(rootDir, '.dependency-cruiser.cjs')) as { forbidden: { name: string }[]; options: object }

/** File, what it imports, and the rules that must object. */
const wrong: readonly (readonly [string, string, readonly string[]])[] = [
  ['src/shared/a.ts', '../main/log/index.ts', ['shared-imports-no-room']],
  ['src/shared/b.ts', 'node:fs', ['the-renderer-uses-no-node']],
  ['src/main/log/a.ts', '../hub/index.ts', ['log-imports-only-what-is-below-it']],
  ['src/main/hub/a.ts', '../log/index.ts', ['hub-imports-only-what-is-below-it']],
  ['src/main/tasks/a.ts', '../log/index.ts', ['tasks-imports-only-what-is-below-it']],
  ['src/main/statistics/a.ts', '../log/index.ts', ['statistics-imports-only-what-is-below-it']],
  ['src/main/engine/a.ts', '../log/index.ts', ['engine-imports-only-what-is-below-it']],
  ['src/main/engine-host/a.ts', '../sessions/index.ts', ['engine-host-imports-only-what-is-below-it']],
  ['src/main/devices/a.ts', '../sessions/index.ts', ['devices-imports-only-what-is-below-it']],
  ['src/main/sessions/a.ts', '../jobs/index.ts', ['sessions-imports-only-what-is-below-it']],
  ['src/main/jobs/a.ts', '../server/index.ts', ['jobs-imports-only-what-is-below-it']],
  ['src/main/comparison/a.ts', '../sessions/index.ts', ['comparison-imports-only-what-is-below-it']],
  ['src/main/latents/a.ts', '../jobs/index.ts', ['latents-imports-only-what-is-below-it']],
  ['src/main/transfer/a.ts', '../sessions/index.ts', ['transfer-imports-only-what-is-below-it']],
  ['src/main/server/a.ts', '../desktop/index.ts', ['server-imports-only-what-is-below-it']],
  ['src/main/desktop/a.ts', '../log/index.ts', ['desktop-imports-only-what-is-below-it']],
  ['src/main/headless/a.ts', '../desktop/index.ts', ['headless-imports-only-what-is-below-it']],
  ['src/main/server/b.ts', '../log/rows.ts', ['a-room-is-entered-by-its-index']],
  ['src/main/engine-host/b.ts', '../engine/runtime/index.ts', ['engine-host-imports-only-what-is-below-it', 'the-engine-is-entered-by-its-protocol']],
  ['src/main/server/c.ts', 'electron', ['electron-only-in-desktop-and-preload']],
  ['src/main/engine/memgen/a.ts', 'onnxruntime-node', ['onnxruntime-only-in-engine-runtime']],
  ['src/main/server/d.ts', 'kysely', ['queries-only-in-log']],
  ['src/main/tasks/retrieval/a.ts', 'kysely', ['queries-only-in-log']],
  ['src/main/server/e.ts', 'better-sqlite3', ['database-only-in-log-and-retrieval']],
  ['src/main/tasks/b.ts', 'better-sqlite3', ['database-only-in-log-and-retrieval']],
  ['src/renderer/src/a.ts', '../../main/log/index.ts', ['the-renderer-imports-only-shared']],
  ['src/renderer/src/b.ts', 'node:fs', ['the-renderer-uses-no-node']],
  ['src/renderer/src/views/debugger/a.ts', '../traces/index.ts', ['a-view-imports-no-other-view']],
  ['src/main/server/f.ts', '../../renderer/src/views/traces/index.ts', ['server-imports-only-what-is-below-it', 'nobody-imports-the-renderer']],
  ['src/preload/a.ts', '../shared/c.ts', ['the-preload-imports-only-electron']],
  ['src/main/log/b.ts', './missing.ts', ['every-import-resolves']],
  ['src/main/log/c.ts', './d.ts', ['no-cycles']],
]
const right: readonly (readonly [string, string])[] = [
  ['src/main/engine-host/fine.ts', '../engine/protocol.ts'],
  ['src/main/sessions/fine.ts', '../log/index.ts'],
  ['src/main/server/fine.ts', '../sessions/index.ts'],
  ['src/main/desktop/fine.ts', '../server/index.ts'],
  ['src/main/desktop/window.ts', 'electron'],
  ['src/main/engine/runtime/fine.ts', 'onnxruntime-node'],
  ['src/main/log/fine.ts', 'kysely'],
  ['src/main/tasks/retrieval/fine.ts', 'better-sqlite3'],
  ['src/main/transfer/fine.ts', '../log/index.ts'],
  ['src/renderer/src/fine.ts', '../../shared/c.ts'],
  ['src/preload/fine.ts', 'electron'],
  ['src/main/server/fine.test.ts', '../log/rows.ts'],
]
const targets = ['log', 'hub', 'sessions', 'jobs', 'server', 'desktop'].map((room) => `src/main/${room}/index.ts`)
const others = ['src/main/log/rows.ts', 'src/main/engine/protocol.ts', 'src/main/engine/runtime/index.ts', 'src/renderer/src/views/traces/index.ts', 'src/shared/c.ts']
const packages = ['electron', 'onnxruntime-node', 'kysely', 'better-sqlite3']

let folder = ''
let found: Map<string, string[]>

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'memgen-rules-'))
  const write = (path: string, content: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
  for (const [path, imported] of [...wrong, ...right]) write(path, `import '${imported}'\n`)
  for (const path of [...targets, ...others]) write(path, 'export {}\n')
  // The way back of the one cycle, which is reported at its first file.
  write('src/main/log/d.ts', "import './c.ts'\n")
  for (const name of packages) {
    write(`node_modules/${name}/package.json`, JSON.stringify({ name, main: 'index.js' }))
    write(`node_modules/${name}/index.js`, '')
  }
  write('package.json', JSON.stringify({ dependencies: Object.fromEntries(packages.map((name) => [name, '*'])) }))
  const { output } = await cruise(['src'], { ...configuration.options, tsConfig: {}, baseDir: folder, validate: true, ruleSet: { forbidden: configuration.forbidden as never } })
  found = new Map()
  for (const { from, rule } of (output as ICruiseResult).summary.violations) found.set(from, [...(found.get(from) ?? []), rule.name].sort())
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

test.each(wrong)('%s may not import %s', (path, _imported, rules) => {
  expect(found.get(path)).toEqual([...rules].sort())
})

test.each(right)('%s may import %s', (path) => {
  expect(found.get(path)).toBeUndefined()
})

test('every rule is proven here', () => {
  const proven = new Set(wrong.flatMap(([, , rules]) => rules))
  expect(configuration.forbidden.map(({ name }) => name).filter((name) => !proven.has(name))).toEqual([])
})
