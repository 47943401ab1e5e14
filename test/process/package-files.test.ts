/** @file The package's file lists against what is on disk and in the bundles; no package is made here, that needs Electron's binary. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { createRequire, isBuiltin } from 'node:module'
import { join, resolve } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }

/** The part of electron-builder's configuration that names files, after its reader has normalised the common list. */
interface PackageConfig {
  files: { filter: string[] }[]
  asarUnpack: string[]
  directories: { output: string; buildResources: string }
  linux: { files: string[] }
  mac: { files: string[] }
  win: { files: string[] }
}

/** electron-builder's own reader and validator; it declares no types for them. */
interface ConfigReader {
  getConfig(projectDir: string, path: string, options: null): Promise<PackageConfig>
  validateConfiguration(config: PackageConfig, log: { isEnabled: boolean }): Promise<void>
}

const rootDir = resolve(import.meta.dirname, '..', '..')
const nativeModules = ['better-sqlite3', 'onnxruntime-node']
const reader = createRequire(import.meta.url)('app-builder-lib/out/util/config/config') as ConfigReader
let config: PackageConfig
beforeAll(async () => {
  config = await reader.getConfig(rootDir, join(rootDir, 'electron-builder.yml'), null)
})

describe('electron-builder.yml', () => {
  test('is accepted by electron-builder', async () => {
    await expect(reader.validateConfiguration(config, { isEnabled: false })).resolves.toBeUndefined()
  })

  test('packs the entry that package.json names, and every folder it lists exists', () => {
    expect(packageJson.main).toMatch(/^out\//)
    expect(config.files[0]?.filter).toEqual(expect.arrayContaining(['out/**', 'resources/**', 'package.json']))
    expect(existsSync(join(rootDir, config.directories.buildResources))).toBe(true)
  })

  test('unpacks every native module and the resources that are mapped into memory', () => {
    for (const name of nativeModules) {
      expect(packageJson.dependencies).toHaveProperty(name)
      expect(config.asarUnpack).toContain(`node_modules/${name}/**`)
    }
    expect(config.asarUnpack).toContain('resources/**')
  })

  test.each([
    ['linux', 'linux'],
    ['mac', 'darwin'],
    ['win', 'win32'],
  ] as const)('leaves the binaries of %s in its package and takes the others out', (target, platform) => {
    const binaries = globSync(['node_modules/onnxruntime-node/bin/napi-v6/*/', 'node_modules/better-sqlite3/prebuilds/*'], { cwd: rootDir })
    const excluded = globSync(config[target].files.map((pattern) => pattern.slice(1).replace(/\/\*\*$/, '')), { cwd: rootDir })
    const kept = binaries.filter((path) => !excluded.includes(path))
    expect(kept.length).toBeGreaterThan(0)
    for (const path of kept) expect(path).toContain(platform)
    expect(excluded.filter((path) => path.includes(`/${platform}`))).toEqual([])
  })
})

describe.runIf(existsSync(join(rootDir, 'out', 'main', 'index.js')))('the bundles', () => {
  /** Every module a built file imports by name. */
  const importsOf = (pattern: string): string[] =>
    globSync(pattern, { cwd: rootDir }).flatMap((path) => {
      const code = readFileSync(join(rootDir, path), 'utf8')
      return [...code.matchAll(/^(?:import|export)\b(?:[^'";]*?\bfrom)?\s*["']([^'"]+)["']|\b_*require\("([^"]+)"\)/gm)].map((match) => match[1] ?? match[2] ?? '')
    })
  const isOwn = (name: string): boolean => isBuiltin(name) || name.startsWith('.')

  test('of the main process import nothing but Node, Electron and the native modules', () => {
    const optionalInWs = ['bufferutil', 'utf-8-validate']
    expect(importsOf('out/main/*.js').filter((name) => !isOwn(name) && ![...nativeModules, ...optionalInWs, 'electron'].includes(name))).toEqual([])
  })

  test('of the preload are one CommonJS file that requires Electron only', () => {
    expect(globSync('out/preload/*', { cwd: rootDir })).toEqual([join('out', 'preload', 'index.cjs')])
    expect(importsOf('out/preload/index.cjs')).toEqual(['electron'])
  })

  test('keep Electron out of the command line and the engine', () => {
    for (const entry of ['memgen', 'engine']) {
      const seen = new Set<string>()
      const visit = (file: string): void => {
        if (seen.has(file)) return
        seen.add(file)
        for (const name of importsOf(file)) {
          expect(name, file).not.toBe('electron')
          if (name.startsWith('.')) visit(join('out', 'main', name))
        }
      }
      visit(join('out', 'main', `${entry}.js`))
    }
  })
})
