/** @file A temporary project folder around the real launcher, with a fake Electron package, build and server; it knows no app. */
import { spawn } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

const projectDir = resolve(import.meta.dirname, '..', '..')
/** The unprivileged user of Linux and macOS: Electron's sandbox does not run as root, and tests in a container often do. */
const NOBODY = 65534

/** Says where it listens, as `memgen serve` does, and ends. */
const fakeServer = "console.log('warming up'); console.log('MemGen Workbench: http://127.0.0.1:4321/?token=t'); console.log('see http://example.com')"
const fakeElectron = '#!/bin/sh\necho "electron runs $1"\nexit 7\n'
/** The real installer's way: a complaint on stderr and exit code 1, or the binary and path.txt in place. */
const installers = {
  missing: null,
  failing: "console.error('TypeError: fetch failed\\n    at node:internal/x\\n  [cause]: Error: getaddrinfo ENOTFOUND github.com\\n      at y'); process.exit(1)",
  silent: 'setInterval(() => undefined, 1000)',
  working: `const fs = require('fs'); fs.mkdirSync('dist'); fs.writeFileSync('dist/electron', ${JSON.stringify(fakeElectron)}, { mode: 0o755 }); fs.writeFileSync('path.txt', 'electron')`,
} as const

export interface LauncherTree {
  rootDir: string
  write(path: string, content: string): void
  read(path: string): string
  /** Modified at Unix time `seconds`. */
  touch(path: string, seconds: number): void
  /** Runs bin/start.js as an ordinary user, without the machine's display unless given one. */
  /** `killWhenServed` ends the launcher at once, as `kill -9` does, when it has said where the app is. */
  start(options?: { display?: boolean; arguments?: string[]; asRoot?: boolean; killWhenServed?: boolean }): Promise<{ exitCode: number | null; output: string }>
  remove(): void
}

/** Lays a project whose build is up to date. */
export function layLauncherTree(options: { installer: keyof typeof installers; hasElectron?: boolean }): LauncherTree {
  const rootDir = mkdtempSync(join(tmpdir(), 'memgen-launcher-'))
  const at = (path: string): string => join(rootDir, path)
  const write = (path: string, content: string): void => {
    mkdirSync(dirname(at(path)), { recursive: true })
    writeFileSync(at(path), content)
  }
  cpSync(join(projectDir, 'bin', 'start.js'), at('bin/start.js'))
  cpSync(join(projectDir, 'bin', 'launcher'), at('bin/launcher'), { recursive: true })
  write('package.json', JSON.stringify({ type: 'module' }))
  write('electron.vite.config.ts', '')
  write('src/main.ts', '')
  write('bin/memgen.js', fakeServer)
  for (const file of ['main/index.js', 'main/memgen.js', 'main/engine.js', 'preload/index.cjs', 'renderer/index.html']) write(`out/${file}`, '')
  mkdirSync(at('node_modules/node/bin'), { recursive: true })
  symlinkSync(process.execPath, at('node_modules/node/bin/node'))
  write('node_modules/electron/package.json', JSON.stringify({ bin: { 'install-electron': 'install.js' } }))
  const installer = installers[options.installer]
  if (installer !== null) write('node_modules/electron/install.js', installer)
  if (options.hasElectron === true) {
    write('node_modules/electron/path.txt', 'electron')
    write('node_modules/electron/dist/electron', fakeElectron)
    chmodSync(at('node_modules/electron/dist/electron'), 0o755)
  }
  write('fake-bin/xdg-open', '#!/bin/sh\necho "$1" > "$OPENED"\n')
  chmodSync(at('fake-bin/xdg-open'), 0o755)
  for (const folder of ['', 'node_modules', 'node_modules/electron']) chmodSync(at(folder), 0o777)

  return {
    rootDir,
    write,
    read: (path) => (existsSync(at(path)) ? readFileSync(at(path), 'utf8') : ''),
    touch: (path, seconds) => {
      utimesSync(at(path), seconds, seconds)
    },
    start: (start = {}) => {
      const { DISPLAY: _display, WAYLAND_DISPLAY: _wayland, ELECTRON_OVERRIDE_DIST_PATH: _dist, ...environment } = process.env
      const isRoot = process.getuid?.() === 0
      const child = spawn(process.execPath, [at('bin/start.js'), ...(start.arguments ?? [])], {
        cwd: rootDir,
        env: {
          ...environment,
          PATH: `${at('fake-bin')}:${environment.PATH ?? ''}`,
          OPENED: at('opened.txt'),
          ...(start.display === false ? {} : { DISPLAY: ':7' }),
        },
        ...(isRoot && start.asRoot !== true ? { uid: NOBODY } : {}),
      })
      let output = ''
      const listen = (bytes: Buffer): void => {
        output += bytes.toString()
        if (start.killWhenServed === true && output.includes('the workbench is at')) child.kill('SIGKILL')
      }
      child.stdout.on('data', listen)
      child.stderr.on('data', listen)
      return new Promise((resolveStart, reject) => {
        child.on('error', reject)
        child.on('close', (exitCode) => {
          resolveStart({ exitCode, output })
        })
      })
    },
    remove: () => {
      rmSync(rootDir, { recursive: true, force: true })
    },
  }
}
