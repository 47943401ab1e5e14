/** @file `npm start` as a process on a fake project folder: which shell it opens, what it says, what it remembers. It opens no real window. */
import { afterEach, describe, expect, test } from 'vitest'
import { layLauncherTree, type LauncherTree } from '../support/launcher-tree.ts'

const url = 'http://127.0.0.1:4321/?token=t'
const memory = 'node_modules/.cache/memgen-workbench/electron-install.json'
let tree: LauncherTree

const lay = (...values: Parameters<typeof layLauncherTree>): LauncherTree => (tree = layLauncherTree(...values))
afterEach(() => {
  tree.remove()
})

// The obstacles and the fake binary are Linux's; elsewhere the choice itself is tested in launcher-parts.
describe.runIf(process.platform === 'linux')('npm start', () => {
  test('runs Electron on the project and ends with its exit code', async () => {
    const { exitCode, output } = await lay({ installer: 'failing', hasElectron: true }).start()
    expect(output).toBe(`electron runs ${tree.rootDir}\n`)
    expect(exitCode).toBe(7)
  })

  test('fetches Electron with its own installer when the binary is missing', async () => {
    const { output } = await lay({ installer: 'working' }).start()
    expect(output).toBe(`Fetched Electron.\nelectron runs ${tree.rootDir}\n`)
  })

  test('serves the app and says in one line why and where when Electron cannot be had', async () => {
    const { exitCode, output } = await lay({ installer: 'failing' }).start()
    expect(output).toBe(`No Electron window (its installer failed (Error: getaddrinfo ENOTFOUND github.com)): the workbench is at ${url}\n`)
    expect(exitCode).toBe(0)
  })

  test('does not wait for a failed download again until it is asked to', async () => {
    await lay({ installer: 'failing' }).start()
    tree.write('node_modules/electron/install.js', "require('fs').writeFileSync('../../tried', '')")
    expect((await tree.start()).output).toContain('--retry-electron tries again')
    expect(tree.read(memory)).toContain('ENOTFOUND')
    tree.write('node_modules/electron/install.js', "console.error('Error: tried again'); process.exit(1)")
    expect((await tree.start({ arguments: ['--retry-electron'] })).output).toContain('its installer failed (Error: tried again)')
  })

  test('tries a failed download again after a day, or when its memory is damaged', async () => {
    for (const content of [JSON.stringify({ failedAt: Date.now() - 25 * 3600 * 1000, failure: 'old' }), '{"failedAt":']) {
      lay({ installer: 'working' }).write(memory, content)
      expect((await tree.start()).output).toContain('Fetched Electron.')
      tree.remove()
    }
  })

  test('serves the app without looking for Electron where there is no display', async () => {
    const { output } = await lay({ installer: 'failing', hasElectron: true }).start({ display: false })
    expect(output).toBe(`No Electron window (there is no display): the workbench is at ${url}\n`)
    expect(tree.read(memory)).toBe('')
  })

  test('leaves no server behind when it is killed itself', async () => {
    lay({ installer: 'missing' })
    tree.write(
      'bin/memgen.js',
      `console.log('MemGen Workbench: ${url}')
       if (process.argv.includes('--end-with-stdin')) process.stdin.resume().on('end', () => console.error('the server ended with its input'))`,
    )
    const { exitCode, output } = await tree.start({ display: false, killWhenServed: true })
    expect(exitCode).toBeNull()
    expect(output).toContain('the server ended with its input')
  })

  test.runIf(process.getuid?.() === 0)('serves the app as root instead of giving up the sandbox', async () => {
    const { output } = await lay({ installer: 'failing', hasElectron: true }).start({ asRoot: true })
    expect(output).toContain("No Electron window (Electron's sandbox does not run as root)")
  })

  test('builds what is missing with the project’s electron-vite and says so in one line', async () => {
    lay({ installer: 'missing', hasElectron: true })
    tree.write('node_modules/electron-vite/bin/electron-vite.js', "console.log(process.argv[2], '12 modules transformed')")
    tree.touch('src/main.ts', Date.now() / 1000 + 60)
    expect((await tree.start({ display: false })).output).toMatch(/^Built the app \(src\/main\.ts is newer\)\.\nNo Electron window \(there is no display\)/)
  })

  test('shows the bundler’s last words when the build fails', async () => {
    lay({ installer: 'missing' })
    tree.write('node_modules/electron-vite/bin/electron-vite.js', "console.error('src/main.ts:3: unexpected token'); process.exit(1)")
    tree.touch('src/main.ts', Date.now() / 1000 + 60)
    const { exitCode, output } = await tree.start()
    expect(output).toContain('npm start: the build failed:\nsrc/main.ts:3: unexpected token')
    expect(exitCode).toBe(1)
  })

  test('refuses an argument it does not know', async () => {
    expect(await lay({ installer: 'missing' }).start({ arguments: ['--no-sandbox'] })).toMatchObject({ exitCode: 1, output: expect.stringContaining('unknown argument --no-sandbox') as string })
  })
})
