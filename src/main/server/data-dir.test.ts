/** @file The default data folder on each platform. */
import { expect, test } from 'vitest'
import { defaultDataDir } from './data-dir.ts'

test('each platform keeps data where its users expect it', () => {
  expect(defaultDataDir({ platform: 'linux', env: {}, homeDir: '/home/ada' })).toBe('/home/ada/.local/share/memgen-workbench')
  expect(defaultDataDir({ platform: 'linux', env: { XDG_DATA_HOME: '/data' }, homeDir: '/home/ada' })).toBe('/data/memgen-workbench')
  expect(defaultDataDir({ platform: 'darwin', env: {}, homeDir: '/Users/ada' })).toBe('/Users/ada/Library/Application Support/MemGen Workbench')
  expect(defaultDataDir({ platform: 'win32', env: { APPDATA: 'C:\\Ada' }, homeDir: 'C:\\Users\\ada' })).toBe('C:\\Ada\\MemGen Workbench')
})

test('a relative XDG_DATA_HOME is ignored and MEMGEN_DATA_DIR wins', () => {
  expect(defaultDataDir({ platform: 'linux', env: { XDG_DATA_HOME: 'data' }, homeDir: '/home/ada' })).toBe('/home/ada/.local/share/memgen-workbench')
  expect(defaultDataDir({ platform: 'darwin', env: { MEMGEN_DATA_DIR: '/elsewhere' }, homeDir: '/Users/ada' })).toBe('/elsewhere')
})
