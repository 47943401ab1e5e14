/** @file What keeps a test from the rest of this machine, found out by trying it. It does not know what tests are for. */
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { bubblewrap, type Cage, insideFolder, unshare } from './cages.ts'
import { limits } from './limits.ts'
import { findPython, type Python } from './python.ts'
import { resourceLimits } from './resource-limits.ts'
import { runTest, type TestOutcome } from './run-test.ts'
import { SandboxError } from './sandbox-error.ts'
import { testProgram } from './test-program.ts'

const cages: readonly Cage[] = [bubblewrap, unshare]

export interface Place {
  readonly python: Python
  /** null leaves the test with the process limits alone. */
  readonly cage: Cage | null
}

export interface RunOptions {
  readonly signal: AbortSignal
  /** @default limits.testMs */
  readonly testMs?: number
}

/** Runs one test in an empty folder that is removed afterwards. Rejects with the signal's reason if it aborts. */
export async function runInside({ python, cage }: Place, code: string, options: RunOptions): Promise<TestOutcome> {
  const workingFolder = await mkdtemp(join(tmpdir(), 'memgen-test-'))
  try {
    const plain = [python.executable, '-s', '-c', testProgram]
    const command = cage === null ? plain : cage.wrap(plain, python, workingFolder)
    return await runTest(asFirstVictim(command), { code, limits: await resourceLimits() }, { ...options, workingFolder, env: environment(cage === null ? workingFolder : insideFolder) })
  } finally {
    // A process that left its group may still be writing.
    await rm(workingFolder, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** Memory is limited for each process, not for all of them: where the machine runs out of it, the test ends and not the engine. */
function asFirstVictim(command: readonly string[]): readonly string[] {
  if (process.platform !== 'linux') return command
  return ['sh', '-c', 'echo 1000 > /proc/self/oom_score_adj; exec "$@"', 'sh', ...command]
}

let found: Promise<Cage> | null = null

/** The first cage that holds. Rejects with a SandboxError that says why none does and what would help; tries again at the next call then. */
export function findCage(python: Python): Promise<Cage> {
  found ??= tryCages(python).catch((error: unknown) => {
    found = null
    throw error
  })
  return found
}

async function tryCages(python: Python): Promise<Cage> {
  if (process.platform !== 'linux') {
    throw new SandboxError(`Nothing that this app knows keeps model-written code from the network and the home folder on ${process.platform === 'darwin' ? 'macOS' : 'Windows'}. Judge the runs on Linux, or run the code unprotected.`)
  }
  const problems: string[] = []
  for (const cage of cages) {
    const problem = await tryCage(cage, python)
    if (problem === null) return cage
    problems.push(`${cage.name}: ${problem}`)
  }
  throw new SandboxError(
    `Nothing here keeps model-written code from the network and the home folder (${problems.join('; ')}). Install bubblewrap (the command bwrap, 0.7 or newer) and allow user namespaces, or run the code unprotected.`,
  )
}

/** Why it does not hold, or null. */
async function tryCage(cage: Cage, python: Python): Promise<string | null> {
  const outcome = await runInside({ python, cage }, await escapeAttempts(python), { signal: new AbortController().signal, testMs: limits.startMs })
  return outcome.kind === 'passed' ? null : outcome.reason
}

/** A test that passes where nothing can be reached: no network but a dead loopback, nothing of the home folder, nothing to write but the working folder. */
async function escapeAttempts(python: Python): Promise<string> {
  // Without a home folder (in containers it may be the root) there is nothing to hide.
  const entries = homedir() === '/' ? [] : await readdir(homedir()).catch(() => [])
  const home = entries.map((name) => join(homedir(), name)).filter((path) => !python.folders.some((folder) => `${folder}/`.startsWith(`${path}/`)))
  return `
import os, socket
def test_network():
    assert [name for _, name in socket.if_nameindex()] in ([], ["lo"]), "the network can be reached"
def test_home():
    assert not any(map(os.path.lexists, ${JSON.stringify(home)})), "the home folder can be read"
def test_system():
    writable = [path for path in ${JSON.stringify(['/', '/usr', ...python.folders])} if os.access(path, os.W_OK)]
    assert not writable, f"{writable} can be written"
def test_working_folder():
    with open("probe", "w") as file:
        file.write("x")
`
}

/** Enough for Python, the same for every run: a random hash seed would make the order of sets, and so some tests, a matter of luck. */
function environment(home: string): Record<string, string> {
  const threads = Object.fromEntries(['OMP', 'OPENBLAS', 'MKL'].map((name) => [`${name}_NUM_THREADS`, '1']))
  // pivot_root lies where ordinary users seldom look.
  const path = `${process.env['PATH'] ?? '/usr/bin:/bin'}:/usr/sbin:/sbin`
  return { PATH: path, HOME: home, TMPDIR: home, LANG: 'C.UTF-8', PYTHONUTF8: '1', PYTHONHASHSEED: '0', PYTHONDONTWRITEBYTECODE: '1', ...threads }
}

/** One or two sentences for the user: what would protect this machine from model-written code, or why nothing does. */
export async function describeProtection(): Promise<string> {
  try {
    const python = await findPython()
    const cage = await findCage(python)
    return `Code runs under ${cage.name} with Python ${python.version}: no network, nothing of the home folder but Python itself, nothing to write but an empty folder in memory, ${describeLimits()}.`
  } catch (error) {
    if (error instanceof SandboxError) return error.message
    throw error
  }
}

function describeLimits(): string {
  const mebibytes = (bytes: number): string => `${bytes / 2 ** 20} MiB`
  return `at most ${limits.testMs / 1000} s, ${limits.processes} more processes than run already, ${mebibytes(limits.memoryBytes)} of memory for each and ${mebibytes(limits.fileBytes)} a file`
}
