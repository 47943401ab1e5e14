#!/usr/bin/env node
/** @file `npm start`: builds what is stale, then opens the app in Electron or, where that cannot be, in the browser. Runs under any Node from 20 on. */
import { spawn } from 'node:child_process'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { endWith, serveInBrowser } from './launcher/browser-shell.js'
import { ensureBuild } from './launcher/build.js'
import { findElectronObstacle } from './launcher/choose-shell.js'
import { findElectron, installElectron } from './launcher/electron-binary.js'
import { findProjectNode } from './launcher/project-node.js'
import { createProgressLine } from './launcher/progress-line.js'

const rootDir = dirname(dirname(fileURLToPath(import.meta.url)))
const line = createProgressLine(process.stdout)

/** @returns {Promise<number>} the exit code */
async function start() {
  const unknown = process.argv.slice(2).find((argument) => argument !== '--retry-electron')
  if (unknown !== undefined) throw new Error(`unknown argument ${unknown}; the only one is --retry-electron`)
  const nodePath = findProjectNode(rootDir)
  await ensureBuild(rootDir, nodePath, line)

  const userId = process.getuid?.() ?? null
  const obstacle = findElectronObstacle({ platform: process.platform, environment: process.env, userId })
  if (obstacle !== null) return serveInBrowser(rootDir, nodePath, line, obstacle)

  let failure = null
  if (findElectron(rootDir, process.env) === null) {
    failure = await installElectron(rootDir, nodePath, line, { retry: process.argv.includes('--retry-electron') })
  }
  const electronPath = findElectron(rootDir, process.env)
  if (electronPath === null) return serveInBrowser(rootDir, nodePath, line, failure ?? 'its binary is missing')
  // Set by some editors' terminals; Electron would run as plain Node.
  const { ELECTRON_RUN_AS_NODE: _runAsNode, ...environment } = process.env
  return endWith(spawn(electronPath, [rootDir], { env: environment, stdio: 'inherit' }))
}

start().then(
  (exitCode) => {
    process.exitCode = exitCode
  },
  (error) => {
    line.finish(`npm start: ${error instanceof Error ? error.message : String(error)}`)
    process.exitCode = 1
  },
)
