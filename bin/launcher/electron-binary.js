/**
 * @file Finds Electron's binary or has Electron's own installer fetch it. It never loads the `electron` package, which
 * would download without a limit, and does not know what is started with it.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A download that brings no byte for so long is given up: the browser is there at once. */
const SILENCE_LIMIT_MS = 8000
const WATCH_INTERVAL_MS = 250
/** A failed download is not tried again for a day; --retry-electron does it at once. */
const FAILURE_LIFETIME_MS = 24 * 60 * 60 * 1000

/**
 * @param {string} rootDir the project's folder
 * @param {NodeJS.ProcessEnv} environment
 * @returns {string | null} the binary, as node_modules/electron/index.js would name it
 */
export function findElectron(rootDir, environment) {
  const electronDir = join(rootDir, 'node_modules', 'electron')
  const pathFile = join(electronDir, 'path.txt')
  const executable = existsSync(pathFile) ? readFileSync(pathFile, 'utf8') : null
  const override = environment.ELECTRON_OVERRIDE_DIST_PATH
  if (override === undefined && executable === null) return null
  const path = join(override ?? join(electronDir, 'dist'), executable ?? 'electron')
  return existsSync(path) ? path : null
}

/**
 * Runs the electron package's installer until it ends or falls silent, and remembers a failure.
 * @param {string} rootDir the project's folder
 * @param {string} nodePath a Node that the installer accepts
 * @param {import('./progress-line.js').ProgressLine} line shows the bytes arriving
 * @param {{ retry: boolean, silenceLimitMs?: number }} options `retry` forgets a remembered failure
 * @returns {Promise<string | null>} why there is no binary, or null when there is one
 */
export async function installElectron(rootDir, nodePath, line, { retry, silenceLimitMs = SILENCE_LIMIT_MS }) {
  const memory = join(rootDir, 'node_modules', '.cache', 'memgen-workbench', 'electron-install.json')
  if (retry) rmSync(memory, { force: true })
  const remembered = readFailure(memory)
  if (remembered !== null) return `${remembered}; --retry-electron tries again`

  const failure = await runInstaller(join(rootDir, 'node_modules', 'electron'), nodePath, line, silenceLimitMs)
  if (failure !== null) {
    mkdirSync(dirname(memory), { recursive: true })
    writeFileSync(memory, JSON.stringify({ failedAt: Date.now(), failure }))
  }
  return failure
}

/** @returns {string | null} the failure of less than a day ago */
function readFailure(/** @type {string} */ memory) {
  if (!existsSync(memory)) return null
  try {
    const { failedAt, failure } = JSON.parse(readFileSync(memory, 'utf8'))
    return typeof failure === 'string' && Date.now() - failedAt < FAILURE_LIFETIME_MS ? failure : null
  } catch {
    // Cut short by a crash: the same as no memory, the installer runs again.
    return null
  }
}

/** @returns {Promise<string | null>} why the installer failed, or null */
async function runInstaller(
  /** @type {string} */ electronDir,
  /** @type {string} */ nodePath,
  /** @type {import('./progress-line.js').ProgressLine} */ line,
  /** @type {number} */ silenceLimitMs,
) {
  const installer = findInstaller(electronDir)
  if (installer === null) return 'the electron package is not installed'
  // The installer reports no bytes of its own; its temporary folder and dist/ grow as they arrive.
  const downloadDir = mkdtempSync(join(tmpdir(), 'memgen-electron-'))
  const child = spawn(nodePath, [installer], {
    cwd: electronDir,
    env: { ...process.env, TMPDIR: downloadDir, TEMP: downloadDir, TMP: downloadDir },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let complaint = ''
  child.stderr.on('data', (/** @type {Buffer} */ bytes) => (complaint += bytes.toString()))

  let sizeBytes = 0
  let changedAt = Date.now()
  let isSilent = false
  line.show('Fetching Electron …')
  const watch = setInterval(() => {
    const size = measureFolder(downloadDir) + measureFolder(join(electronDir, 'dist'))
    if (size !== sizeBytes) {
      sizeBytes = size
      changedAt = Date.now()
      line.show(`Fetching Electron: ${(size / 1e6).toFixed(0)} MB …`)
    } else if (Date.now() - changedAt > silenceLimitMs) {
      isSilent = true
      child.kill()
    }
  }, WATCH_INTERVAL_MS)
  const exitCode = await new Promise((resolve) => {
    child.on('error', (error) => {
      complaint = error.message
      resolve(1)
    })
    child.on('close', resolve)
  })
  clearInterval(watch)
  rmSync(downloadDir, { recursive: true, force: true })
  if (exitCode === 0) {
    line.finish('Fetched Electron.')
    return null
  }
  if (isSilent) return `its download brought no byte for ${silenceLimitMs / 1000} s`
  return `its installer failed (${summarize(complaint)})`
}

/** @returns {string | null} the script behind the package's `install-electron` command */
function findInstaller(/** @type {string} */ electronDir) {
  const manifest = join(electronDir, 'package.json')
  if (!existsSync(manifest)) return null
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8'))
  return join(electronDir, bin?.['install-electron'] ?? 'install.js')
}

/** The innermost error of a printed stack: "fetch failed" alone would not say that the name cannot be resolved. */
function summarize(/** @type {string} */ complaint) {
  const messages = complaint.split('\n').filter((text) => /\berror\b/i.test(text) && !/^\s+at /.test(text))
  return messages.at(-1)?.replace(/^\s*\[?(cause\]:)?\s*/, '').replace(/[\s{[]+$/, '') ?? 'without a word'
}

/** @returns {number} bytes of all files under `folder`, 0 where it is missing */
function measureFolder(/** @type {string} */ folder) {
  let sizeBytes = 0
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      sizeBytes += entry.isDirectory() ? measureFolder(path) : (statSync(path, { throwIfNoEntry: false })?.size ?? 0)
    }
  } catch (error) {
    // The installer moves and removes its folders while we look.
    if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error
  }
  return sizeBytes
}
