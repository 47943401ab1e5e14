/** @file Where the Node that the project pins lies; the launcher itself runs under whatever Node started it. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/**
 * @param {string} rootDir the project's folder
 * @returns {string} the binary of the `node` package
 * @throws {Error} when dependencies are not installed
 */
export function findProjectNode(rootDir) {
  const path = join(rootDir, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (!existsSync(path)) throw new Error(`${path} is missing: run \`npm ci\` first`)
  return path
}
