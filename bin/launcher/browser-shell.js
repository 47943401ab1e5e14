/** @file Serves the app on loopback and opens the browser; it does not know what is served. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** How each platform opens a URL in the user's browser. */
const openers = {
  darwin: (/** @type {string} */ url) => ['open', url],
  win32: (/** @type {string} */ url) => ['rundll32', 'url.dll,FileProtocolHandler', url],
  linux: (/** @type {string} */ url) => ['xdg-open', url],
}

/**
 * Runs `memgen serve` until it ends and says in one line why and where.
 * @param {string} rootDir the project's folder
 * @param {string} nodePath the project's own Node
 * @param {import('./progress-line.js').ProgressLine} line
 * @param {string} reason why it is not Electron
 * @returns {Promise<number>} the server's exit code
 */
export async function serveInBrowser(rootDir, nodePath, line, reason) {
  // Its input closes however this process ends, kill -9 included, and the server ends with it.
  const child = spawn(nodePath, [join(rootDir, 'bin', 'memgen.js'), 'serve', '--end-with-stdin'], { cwd: rootDir, stdio: ['pipe', 'pipe', 'inherit'] })
  let isAnnounced = false
  createInterface({ input: child.stdout }).on('line', (text) => {
    const url = /https?:\/\/\S+/.exec(text)?.[0]
    if (url === undefined || isAnnounced) return
    isAnnounced = true
    line.finish(`No Electron window (${reason}): the workbench is at ${url}`)
    openBrowser(url)
  })
  return endWith(child)
}

/**
 * Waits for a child and passes on what ends this process; Ctrl-C reaches the child by itself.
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<number>} its exit code
 */
export async function endWith(child) {
  process.on('SIGINT', () => undefined)
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (exitCode) => resolve(exitCode ?? 1))
  })
}

function openBrowser(/** @type {string} */ url) {
  const isHeadless = process.platform === 'linux' && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY
  const opener = openers[/** @type {keyof typeof openers} */ (process.platform)]
  if (isHeadless || opener === undefined) return
  const [command, ...values] = opener(url)
  // The URL is on the terminal already: a machine without an opener needs no second word.
  spawn(command, values, { stdio: 'ignore', detached: true }).on('error', () => undefined).unref()
}
