/** @file `memgen eval` as a process: its table, its file, going on after Ctrl-C or a lost engine. The engine is a fake one that answers each prompt with itself. */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

const fakeMemgen = new URL('../support/fake-memgen.ts', import.meta.url).pathname

interface Outcome {
  exitCode: number | null
  stdout: string
  stderr: string
}

let dir: string
let out: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'memgen-eval-'))
  out = join(dir, 'run.jsonl')
  mkdirSync(join(dir, 'model'))
})
afterEach(() => {
  rmSync(dir, { recursive: true })
})

/** @param signal interrupts the command, as Ctrl-C does */
function run(args: readonly string[], signal?: AbortSignal): Promise<Outcome> {
  const places = { MEMGEN_DATA_DIR: join(dir, 'data'), FAKE_RESOURCES_DIR: dir, FAKE_RENDERER_DIR: dir }
  const child = spawn(process.execPath, [fakeMemgen, 'eval', ...args], { env: { ...process.env, ...places } })
  signal?.addEventListener('abort', () => child.kill('SIGINT'))
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  return new Promise((resolve, reject) => child.on('error', reject).on('close', (exitCode) => resolve({ exitCode, stdout, stderr })))
}

/** Writes samples whose prompts are right answers but for the first word of `prompts`. */
function data(...prompts: string[]): string {
  const path = join(dir, 'data.jsonl')
  writeFileSync(path, prompts.map((prompt, index) => `${JSON.stringify({ id: `${index}`, prompt, solution: '\\boxed{1}' })}\n`).join(''))
  return path
}

function evaluate(path: string, ...rest: string[]): string[] {
  return ['--base', join(dir, 'model'), '--data', path, '--out', out, ...rest]
}

function finished(): string[] {
  const lines = readFileSync(out, 'utf8').split('\n').slice(1, -1)
  return lines.map((line) => JSON.parse(line) as { policy: string; sampleId: string; reward: number }).map(({ policy, sampleId, reward }) => `${policy} ${sampleId} ${reward}`)
}

const right = '\\boxed{1}'
const wrong = '\\boxed{2}'

test('every policy is judged on the same samples, and a table says how they compare', async () => {
  const { exitCode, stdout, stderr } = await run(evaluate(data(right, wrong, right), '--policy', 'vanilla', '--policy', 'always+zero'))
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  expect(stdout).toMatch(/^policy .*\nvanilla +3 +66\.7 .*\nalways\+zero +3 +66\.7 /)
  expect(finished()).toEqual(['vanilla 0 1', 'vanilla 1 0', 'vanilla 2 1', 'always+zero 0 1', 'always+zero 1 0', 'always+zero 2 1'])
})

test('run again it computes nothing it has, and adds further policies and samples', async () => {
  const path = data(right, wrong, right)
  await run(evaluate(path, '--policy', 'vanilla', '--limit', '2'))
  expect(finished()).toEqual(['vanilla 0 1', 'vanilla 1 0'])
  const { stdout } = await run(evaluate(path, '--policy', 'vanilla', '--policy', 'always', '--json'))
  expect(finished()).toEqual(['vanilla 0 1', 'vanilla 1 0', 'vanilla 2 1', 'always 0 1', 'always 1 0', 'always 2 1'])
  expect(JSON.parse(stdout)).toMatchObject({ out, summaries: [{ policy: 'vanilla', count: 3 }, { policy: 'always', comparison: { against: 'vanilla', pairCount: 3, pValue: 1 } }] })
})

test('Ctrl-C keeps what was finished and says how to go on', async () => {
  const path = data(right, `hang@0 ${right}`)
  const controller = new AbortController()
  const watcher = watch(dir, () => {
    if (existsSync(out) && finished().length === 1) controller.abort()
  })
  const interrupted = await run(evaluate(path, '--policy', 'vanilla'), controller.signal)
  watcher.close()
  expect(interrupted.exitCode).toBe(130)
  expect(interrupted.stderr).toContain('the same command goes on from there')
  expect(finished()).toEqual(['vanilla 0 1'])
})

test('an engine that dies leaves what was finished', async () => {
  const { exitCode, stderr } = await run(evaluate(data(right, `exit@0 ${right}`), '--policy', 'vanilla'))
  expect(exitCode).toBe(1)
  expect(stderr).toContain('The engine process ended with exit code 7')
  expect(finished()).toEqual(['vanilla 0 1'])
})

test.each([
  [[], '--policy: expected at least one'],
  [['--policy', 'always', '--policy', 'always'], '--policy always: given twice'],
  [['--policy', 'always+freeze'], 'unknown intervention'],
  [['--policy', 'always', '--reward', 'kindness'], 'Allowed choices are boxed, exact, triviaqa'],
])('wrong arguments are told before anything starts: %j', async (rest, message) => {
  const { exitCode, stderr } = await run(evaluate(data(right), ...rest))
  expect(exitCode).toBe(2)
  expect(stderr).toContain(message)
})

test('another dataset under the same file is refused', async () => {
  await run(evaluate(data(right), '--policy', 'vanilla'))
  const { exitCode, stderr } = await run(evaluate(data(right, wrong), '--policy', 'vanilla'))
  expect(exitCode).toBe(1)
  expect(stderr).toContain('another version of the dataset')
  expect(finished()).toEqual(['vanilla 0 1'])
})
