/** @file Where Python is on this machine and what it needs to start. It runs nothing but Python's own description of itself. */
import { execFile } from 'node:child_process'
import { realpath } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import { hasCode } from '../../../shared/error-code.ts'
import { SandboxError } from './sandbox-error.ts'

export interface Python {
  /** The interpreter itself: what PATH names may be a script that starts it. */
  readonly executable: string
  /** Such as `3.11.7`. */
  readonly version: string
  /** Folders that it reads: its own, those of its virtual environment and of what links lead to. They may lie in the home folder. */
  readonly folders: readonly string[]
}

const commands = process.platform === 'win32' ? ['python', 'py'] : ['python3', 'python']

const question = `import json, platform, sys
print(json.dumps({
    "executable": sys.executable,
    "version": platform.python_version(),
    "isNewEnough": sys.version_info >= (3, 7),
    "folders": sorted({sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}),
}))`
const answerSchema = z.object({ executable: z.string().min(1), version: z.string(), isNewEnough: z.boolean(), folders: z.array(z.string()) })

/** The first command on PATH that is Python 3.7 or newer. Rejects with a SandboxError where there is none. */
export async function findPython(): Promise<Python> {
  const problems: string[] = []
  for (const command of commands) {
    try {
      const { stdout } = await promisify(execFile)(command, ['-I', '-c', question], { timeout: 20_000 })
      const { executable, version, isNewEnough, folders } = answerSchema.parse(JSON.parse(stdout))
      if (isNewEnough) return { executable, version, folders: await withTargets(folders, executable) }
      problems.push(`${command} is version ${version}`)
    } catch (error) {
      problems.push(`${command}: ${describeFailure(error)}`)
    }
  }
  throw new SandboxError(`expected Python 3.7 or newer on PATH to run the tests with, found none (${problems.join('; ')}). Install it, or start the app from a shell that has it.`)
}

function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return hasCode(error, 'ENOENT') ? 'no such command' : error.message.split('\n')[0]!
}

async function withTargets(folders: readonly string[], executable: string): Promise<string[]> {
  const program = await realpath(executable)
  // .../bin/python3.11 reads .../lib/python3.11
  const all = [...folders, ...(await Promise.all(folders.map((folder) => realpath(folder)))), dirname(dirname(program))]
  return [...new Set(all)]
}
