/** @file The launcher's single decisions: whether Electron can run, whether a download is dead, whether a build is stale. */
import { rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { layLauncherTree, type LauncherTree } from '../support/launcher-tree.ts'

/** What the tests need of bin/launcher, which is plain JavaScript without declarations. */
interface LauncherParts {
  findElectronObstacle(machine: { platform: string; environment: Record<string, string>; userId: number | null }): string | null
  findElectron(rootDir: string, environment: Record<string, string>): string | null
  installElectron(rootDir: string, nodePath: string, line: object, options: { retry: boolean; silenceLimitMs?: number }): Promise<string | null>
  findBuildReason(rootDir: string): string | null
}

const launcherDir = resolve(import.meta.dirname, '..', '..', 'bin', 'launcher')
const importPart = async (name: string): Promise<object> => (await import(join(launcherDir, name))) as object
const parts = {
  ...(await importPart('choose-shell.js')),
  ...(await importPart('electron-binary.js')),
  ...(await importPart('build.js')),
} as LauncherParts

const line = { show: () => undefined, finish: () => undefined }
let tree: LauncherTree
beforeEach(() => {
  tree = layLauncherTree({ installer: 'silent' })
})
afterEach(() => {
  tree.remove()
})

test('Electron runs wherever there is a display and an ordinary user', () => {
  const find = parts.findElectronObstacle
  expect(find({ platform: 'linux', environment: { DISPLAY: ':0' }, userId: 1000 })).toBeNull()
  expect(find({ platform: 'linux', environment: { WAYLAND_DISPLAY: 'wayland-0' }, userId: 1000 })).toBeNull()
  expect(find({ platform: 'linux', environment: { DISPLAY: '' }, userId: 1000 })).toBe('there is no display')
  expect(find({ platform: 'linux', environment: { DISPLAY: ':0' }, userId: 0 })).toContain('root')
  expect(find({ platform: 'darwin', environment: {}, userId: 0 })).toBeNull()
  expect(find({ platform: 'win32', environment: {}, userId: null })).toBeNull()
})

test.runIf(process.platform !== 'win32')('a download without bytes is ended', async () => {
  const failure = await parts.installElectron(tree.rootDir, process.execPath, line, { retry: false, silenceLimitMs: 1 })
  expect(failure).toBe('its download brought no byte for 0.001 s')
})

test('a binary is found where ELECTRON_OVERRIDE_DIST_PATH says', () => {
  expect(parts.findElectron(tree.rootDir, {})).toBeNull()
  tree.write('elsewhere/electron', '')
  const elsewhere = join(tree.rootDir, 'elsewhere')
  expect(parts.findElectron(tree.rootDir, { ELECTRON_OVERRIDE_DIST_PATH: elsewhere })).toBe(join(elsewhere, 'electron'))
})

test('a build is stale when a bundle is missing or a source other than a test is newer', () => {
  const future = Date.now() / 1000 + 60
  expect(parts.findBuildReason(tree.rootDir)).toBeNull()
  tree.write('src/main.test.ts', '')
  tree.touch('src/main.test.ts', future)
  expect(parts.findBuildReason(tree.rootDir)).toBeNull()
  tree.touch('package.json', future)
  expect(parts.findBuildReason(tree.rootDir)).toBe('package.json is newer')
  rmSync(join(tree.rootDir, 'out/main/engine.js'))
  expect(parts.findBuildReason(tree.rootDir)).toBe('no out/main/engine.js yet')
})
