#!/usr/bin/env node
/** @file The `memgen` program under any Node from 20 on: finds a Node that is new enough and the newest build, else the sources. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { endWith } from './launcher/browser-shell.js'
import { findBuildReason } from './launcher/build.js'
import { findProjectNode } from './launcher/project-node.js'

/** The first to run TypeScript without a flag. */
const OLDEST_NODE = [22, 18]

const rootDir = dirname(dirname(fileURLToPath(import.meta.url)))
const sourceEntry = join(rootDir, 'src', 'main', 'headless', 'memgen.ts')
const builtEntry = join(rootDir, 'out', 'main', 'memgen.js')

/** A build older than its sources would run yesterday's code without a word. */
function findEntry() {
  if (!existsSync(sourceEntry)) return builtEntry
  return findBuildReason(rootDir) === null ? builtEntry : sourceEntry
}

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const [oldestMajor = 0, oldestMinor = 0] = OLDEST_NODE
if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) {
  await import(pathToFileURL(findEntry()).href)
} else {
  try {
    const child = spawn(findProjectNode(rootDir), [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' })
    process.exitCode = await endWith(child)
  } catch (error) {
    process.stderr.write(`memgen: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  }
}
