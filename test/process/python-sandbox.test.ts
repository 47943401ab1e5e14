/** @file Hostile Python under each kind of protection that this machine has: it hurts nobody and fails. Real processes. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { bubblewrap, unshare } from '../../src/main/tasks/sandbox/cages.ts'
import { createTestRunner, describeProtection, SandboxError } from '../../src/main/tasks/sandbox/index.ts'
import { runInside } from '../../src/main/tasks/sandbox/protection.ts'
import { findPython, type Python } from '../../src/main/tasks/sandbox/python.ts'

const hasPython = spawnSync('python3', ['--version']).status === 0
if (!hasPython) console.warn('There is no python3 on PATH: every test of model-written code is skipped.')
const { signal } = new AbortController()
const python = hasPython ? await findPython() : null
const passing = 'def test_a():\n    assert 1 + 1 == 2\n'

/** Those that this machine lets us use; `runInside` tells. */
const cages = []
for (const cage of [bubblewrap, unshare]) {
  const outcome = python === null ? null : await runInside({ python, cage }, passing, { signal })
  if (outcome?.kind === 'passed') cages.push(cage)
  else if (outcome !== null) console.warn(`${cage.name} does not work on this machine, its tests are skipped: ${outcome.reason}`)
}
const places = [...cages, null].map((cage) => ({ name: cage?.name ?? 'unprotected', cage }))

describe.skipIf(!hasPython).each(places)('a test, $name', ({ cage }) => {
  const run = (code: string, testMs?: number) => runInside({ python: python as Python, cage }, code, { signal, ...(testMs === undefined ? {} : { testMs }) })

  test('passes where its functions raise nothing, and where there are none', async () => {
    expect(await run(passing)).toEqual({ kind: 'passed' })
    expect(await run('x = 1\n')).toEqual({ kind: 'passed' })
  })

  test('fails by what it raises, in words', async () => {
    expect(await run('def test_a():\n    assert 1 == 2, "no"\n')).toEqual({ kind: 'failed', reason: 'AssertionError: no', missingModule: null })
    expect(await run('def f(:\n')).toMatchObject({ kind: 'failed', reason: expect.stringContaining('SyntaxError') })
    expect(await run('import nothing_here\n')).toMatchObject({ kind: 'failed', missingModule: 'nothing_here' })
    expect(await run('def f():\n    return f()\ndef test_a():\n    f()\n')).toMatchObject({ kind: 'failed', reason: expect.stringContaining('RecursionError') })
  })

  test('a module that gets another name during its tests fails, as in the reference', async () => {
    expect(await run('def test_a():\n    global more\n    more = 1\n')).toMatchObject({ kind: 'failed', reason: 'RuntimeError: dictionary changed size during iteration' })
  })

  test('leaving Python is a failure, whatever its exit code', async () => {
    expect(await run('import sys\nsys.exit(0)\n')).toMatchObject({ kind: 'failed', reason: expect.stringContaining('SystemExit') })
    expect(await run('import os\nos._exit(0)\n')).toMatchObject({ kind: 'failed', reason: expect.stringContaining('exit code 0') })
    expect(await run('import ctypes\nctypes.string_at(0)\n')).toMatchObject({ kind: 'failed' })
  })

  test('an endless loop is ended', async () => {
    expect(await run('while True:\n    pass\n', 500)).toEqual({ kind: 'failed', reason: 'no end within 0.5 s', missingModule: null })
  })

  test('what it prints is nobody\'s concern, however much', async () => {
    expect(await run('import sys\ndef test_a():\n    print("x" * 100)\n    sys.stderr.write("y")\n    for _ in range(200):\n        print("z" * 1_000_000)\n')).toEqual({ kind: 'passed' })
  })

  test('what it writes into the report is not believed and not kept', async () => {
    expect(await run('import os\nos.write(3, b"nonsense\\n")\nimport time\ntime.sleep(60)\n')).toMatchObject({ kind: 'failed', reason: 'the code wrote into the report' })
    expect(await run('import os\nwhile True:\n    os.write(3, b"x" * 65536)\n')).toMatchObject({ kind: 'failed', reason: 'the code wrote into the report' })
  })

  test('a gigabyte of memory is not to be had', async () => {
    expect(await run('def test_a():\n    bytearray(10**9)\n')).toMatchObject({ kind: 'failed', reason: expect.stringContaining('MemoryError') })
  })

  test('a large file is not to be had', async () => {
    expect(await run('def test_a():\n    with open("large", "wb") as file:\n        file.write(b"x" * (17 * 2**20))\n')).toMatchObject({ kind: 'failed', reason: expect.stringContaining('OSError') })
  })

  test.skipIf(process.platform !== 'linux')('a fork bomb ends with its test, and nothing of it is left', async () => {
    const bomb = run(`${named('mg-bomb')}for _ in range(6):\n    os.fork()\ntime.sleep(60)\n`, 3_000)
    await vi.waitFor(() => expect(findProcesses('mg-bomb').length).toBeGreaterThan(10), 10_000)
    expect(await bomb).toMatchObject({ kind: 'failed', reason: 'no end within 3 s' })
    await vi.waitFor(() => expect(findProcesses('mg-bomb')).toEqual([]), 10_000)
  })

  test('starts in an empty folder that is gone afterwards', async () => {
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith('memgen-test-'))
    expect(await run('import os\ndef test_a():\n    assert os.listdir(".") == [], os.listdir(".")\n    open("file", "w").close()\n')).toEqual({ kind: 'passed' })
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('memgen-test-'))).toEqual(before)
  })

  test('knows nothing of this program\'s environment', async () => {
    process.env['MEMGEN_SECRET_OF_TEST'] = 'x'
    try {
      expect(await run('import os\ndef test_a():\n    assert "MEMGEN_SECRET_OF_TEST" not in os.environ\n')).toEqual({ kind: 'passed' })
    } finally {
      delete process.env['MEMGEN_SECRET_OF_TEST']
    }
  })

  test('stops when it is told to, and says so', async () => {
    const stop = new AbortController()
    const running = runInside({ python: python as Python, cage }, 'import time\ntime.sleep(60)\n', { signal: stop.signal })
    stop.abort(new Error('paused'))
    await expect(running).rejects.toThrow('paused')
  })
})

describe.skipIf(cages.length === 0).each(cages.map((cage) => ({ name: cage.name, cage })))('what $name keeps out', ({ cage }) => {
  // Some of these need more time than a test has, on a machine that is busy.
  const run = (code: string) => runInside({ python: python as Python, cage }, code, { signal, testMs: 60_000 })
  const home = mkdtempSync(join(homedir(), '.memgen-sandbox-test-'))
  const server = createServer((socket) => socket.end('hello'))
  let port = 0
  beforeAll(async () => {
    writeFileSync(join(home, 'secret'), 'secret')
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    port = (server.address() as AddressInfo).port
  })
  afterAll(() => {
    server.close()
    rmSync(home, { recursive: true })
  })

  test('the home folder can neither be read nor written', async () => {
    const path = JSON.stringify(join(home, 'secret'))
    expect(await run(`open(${path}).read()\n`)).toMatchObject({ kind: 'failed', reason: expect.stringContaining('FileNotFoundError') })
    expect(await run(`open(${path}, "w").write("changed")\n`)).toMatchObject({ kind: 'failed', reason: expect.stringContaining('No such file') })
    expect(await run(`import os\nos.makedirs(${JSON.stringify(join(home, 'new'))})\n`)).toMatchObject({ kind: 'failed' })
    expect(readFileSync(join(home, 'secret'), 'utf8')).toBe('secret')
    expect(existsSync(join(home, 'new'))).toBe(false)
  })

  test('the files of the system that tell of its users cannot be read', async () => {
    expect(await run('open("/etc/passwd").read()\n')).toMatchObject({ kind: 'failed', reason: expect.stringContaining('FileNotFoundError') })
  })

  test('the system and Python cannot be changed', async () => {
    for (const folder of ['/', '/usr', ...(python as Python).folders]) {
      expect(await run(`open(${JSON.stringify(join(folder, 'memgen-test'))}, "w")\n`), folder).toMatchObject({ kind: 'failed', reason: expect.stringMatching(/Read-only|Permission/) })
    }
  })

  test('there is no network, not even this machine', async () => {
    expect(await run(`import socket\nsocket.create_connection(("127.0.0.1", ${port}), 2)\n`)).toMatchObject({ kind: 'failed', reason: expect.stringMatching(/unreachable|refused/) })
    expect(await run('import socket\nsocket.create_connection(("192.0.2.1", 80), 2)\n')).toMatchObject({ kind: 'failed', reason: expect.stringContaining('unreachable') })
  })

  test('processes outside cannot be seen or ended', async () => {
    expect(await run(`import os\nos.kill(${process.pid}, 0)\n`)).toMatchObject({ kind: 'failed', reason: expect.stringMatching(/ProcessLookupError|PermissionError/) })
  })

  test('a process that leaves its group ends with the test all the same', async () => {
    const running = run(`${named('mg-runaway')}if os.fork() == 0:\n    os.setsid()\n    time.sleep(60)\ntime.sleep(1)\n`)
    await vi.waitFor(() => expect(findProcesses('mg-runaway').length).toBeGreaterThan(1), 10_000)
    expect(await running).toEqual({ kind: 'passed' })
    await vi.waitFor(() => expect(findProcesses('mg-runaway')).toEqual([]), 10_000)
  })

  test('more processes than allowed are not to be had', async () => {
    const code = 'import os, time\ndef test_a():\n    for _ in range(5000):\n        if os.fork() == 0:\n            time.sleep(60)\n            os._exit(0)\n'
    expect(await run(code)).toMatchObject({ kind: 'failed', reason: expect.stringContaining('BlockingIOError') })
  })
})

test.skipIf(!hasPython || process.platform !== 'linux')('where memory runs out, a test is the first to end', async () => {
  const code = 'def test_a():\n    with open("/proc/self/oom_score_adj") as file:\n        assert file.read().strip() == "1000"\n'
  expect(await runInside({ python: python as Python, cage: null }, code, { signal })).toEqual({ kind: 'passed' })
})

describe('createTestRunner', () => {
  test('refuses until it is allowed', async () => {
    await expect(createTestRunner('refused').run(passing, signal)).rejects.toThrow(SandboxError)
  })

  test.skipIf(cages.length === 0)('runs sandboxed where something protects the machine, many at once', async () => {
    const runner = createTestRunner('sandboxed')
    const outcomes = await Promise.all(Array.from({ length: 6 }, () => runner.run(passing, signal)))
    expect(outcomes.every(({ kind }) => kind === 'passed')).toBe(true)
    expect(await describeProtection()).toMatch(/^Code runs under (bubblewrap|unshare) with Python 3/)
  })

  test.skipIf(process.platform === 'win32')('without Python, or without protection, an error says what is missing and how to go on', async () => {
    const path = process.env['PATH']
    const empty = mkdtempSync(join(tmpdir(), 'memgen-path-'))
    try {
      process.env['PATH'] = empty
      await expect(createTestRunner('unprotected').run(passing, signal)).rejects.toThrow(/expected Python 3.7 or newer on PATH.*no such command.*Install it/)
      expect(await describeProtection()).toContain('expected Python 3.7 or newer')
    } finally {
      process.env['PATH'] = path
      rmSync(empty, { recursive: true })
    }
  })
})

/** Gives a process, and those that it forks, a name that can be found from outside; PR_SET_NAME is 15. */
function named(name: string): string {
  return `import ctypes, os, time\nctypes.CDLL(None).prctl(15, b"${name}")\n`
}

/** Ids of processes of that name that have not ended. */
function findProcesses(name: string): string[] {
  const { stdout } = spawnSync('ps', ['-eo', 'pid,stat,comm'], { encoding: 'utf8' })
  return stdout.split('\n').filter((line) => line.includes(name) && !/^\s*\d+\s+Z/.test(line))
}
