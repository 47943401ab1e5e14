/** @file Keeps out/ as new as the sources; it does not know what the bundles do. */
import { spawn } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** One file of each bundle: all of them must be there and newer than every source. */
const built = ['main/index.js', 'main/memgen.js', 'main/engine.js', 'preload/index.cjs', 'renderer/index.html']
const sources = ['src', 'electron.vite.config.ts', 'package.json']
/** Kept of a failed build's output: enough for the bundler's message and its code frame. */
const OUTPUT_TAIL_CHARACTERS = 4000

/**
 * Builds the app when out/ is missing or older than its sources.
 * @param {string} rootDir the project's folder
 * @param {string} nodePath the project's own Node
 * @param {import('./progress-line.js').ProgressLine} line says what happens
 * @throws {Error} with the bundler's last words when the build fails
 */
export async function ensureBuild(rootDir, nodePath, line) {
  const reason = findBuildReason(rootDir)
  if (reason === null) return
  line.show(`Building the app (${reason}) …`)
  const child = spawn(nodePath, [join(rootDir, 'node_modules', 'electron-vite', 'bin', 'electron-vite.js'), 'build'], {
    cwd: rootDir,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const listen = (/** @type {Buffer} */ bytes) => {
    output = (output + bytes.toString()).slice(-OUTPUT_TAIL_CHARACTERS)
    const modules = /(\d+) modules transformed/.exec(bytes.toString())
    if (modules !== null) line.show(`Building the app (${reason}): ${modules[1]} modules bundled …`)
  }
  child.stdout.on('data', listen)
  child.stderr.on('data', listen)
  const exitCode = await new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  if (exitCode !== 0) throw new Error(`the build failed:\n${output}`)
  line.finish(`Built the app (${reason}).`)
}

/**
 * @param {string} rootDir the project's folder
 * @returns {string | null} why a build is needed, or null
 */
export function findBuildReason(rootDir) {
  let builtAt = Infinity
  for (const file of built) {
    const modifiedAt = statSync(join(rootDir, 'out', file), { throwIfNoEntry: false })?.mtimeMs
    if (modifiedAt === undefined) return `no out/${file} yet`
    builtAt = Math.min(builtAt, modifiedAt)
  }
  const changed = sources.map((source) => findNewerThan(join(rootDir, source), builtAt)).find((path) => path !== null)
  return changed === undefined ? null : `${changed.slice(rootDir.length + 1)} is newer`
}

/** @returns {string | null} the first file under `path` that was modified after `time`; tests are not part of the app */
function findNewerThan(/** @type {string} */ path, /** @type {number} */ time) {
  const status = statSync(path)
  if (status.isDirectory()) {
    for (const name of readdirSync(path)) {
      const newer = findNewerThan(join(path, name), time)
      if (newer !== null) return newer
    }
    return null
  }
  return status.mtimeMs > time && !path.endsWith('.test.ts') ? path : null
}
