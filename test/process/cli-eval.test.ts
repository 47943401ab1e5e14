/** @file `memgen eval` as a process: its table, the log, going on after Ctrl-C or a lost engine. The engine is a fake one that answers each prompt with itself. */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openLog } from '../../src/main/log/index.ts'
import type { EvaluationRun } from '../../src/shared/domain/evaluation.ts'

const fakeMemgen = new URL('../support/fake-memgen.ts', import.meta.url).pathname

interface Outcome {
  exitCode: number | null
  stdout: string
  stderr: string
}

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'memgen-eval-'))
  mkdirSync(join(dir, 'model'))
})
afterEach(() => {
  rmSync(dir, { recursive: true })
})

/** @param options.whenDone sends Ctrl-C while the run computes, as soon as the progress line of a terminal shows so many results */
function run(args: readonly string[], { whenDone }: { whenDone?: number } = {}): Promise<Outcome> {
  const places = { MEMGEN_DATA_DIR: join(dir, 'data'), FAKE_RESOURCES_DIR: dir, FAKE_RENDERER_DIR: dir, ...(whenDone !== undefined && { FAKE_PROGRESS: '1' }) }
  const child = spawn(process.execPath, [fakeMemgen, ...args], { env: { ...process.env, ...places } })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    const wasShown = stderr.includes(` · ${whenDone}/`)
    stderr += text
    // Once: the second one ends the process as usual.
    if (!wasShown && stderr.includes(` · ${whenDone}/`)) child.kill('SIGINT')
  })
  return new Promise((resolve, reject) => child.on('error', reject).on('close', (exitCode) => resolve({ exitCode, stdout, stderr })))
}

/** Writes samples whose prompts are right answers but for the first word of `prompts`. */
function data(...prompts: string[]): string {
  const path = join(dir, 'data.jsonl')
  writeFileSync(path, prompts.map((prompt, index) => `${JSON.stringify({ id: `${index}`, prompt, solution: '\\boxed{1}' })}\n`).join(''))
  return path
}

function evaluate(path: string, ...rest: string[]): string[] {
  const scoring = rest.includes('--scoring') ? [] : ['--scoring', 'boxed']
  return ['eval', '--model', join(dir, 'model'), '--data', path, '--prompt-column', 'prompt', '--id-column', 'id', ...scoring, ...rest]
}

async function recordedRuns(): Promise<EvaluationRun[]> {
  const log = await openLog(join(dir, 'data', 'memgen.sqlite'))
  try {
    return (await log.evaluations.listRuns()).reverse()
  } finally {
    await log.close()
  }
}

/** The name begins with the task and the policy. */
const describe = ({ name, status, totals }: EvaluationRun): string => `${name.split(' ')[1] ?? ''} ${status} ${totals.done} ${totals.right}`

const right = '\\boxed{1}'
const wrong = '\\boxed{2}'

test('every policy is judged on the same samples, and a table says how they compare', async () => {
  const { exitCode, stdout, stderr } = await run(evaluate(data(right, wrong, right), '--policy', 'vanilla', '--policy', 'always+zero'))
  expect({ exitCode, stdout }).toMatchObject({ exitCode: 0 })
  expect(stdout).toMatch(/^policy .*\nvanilla +3 +66\.7 .*\nalways\+zero +3 +66\.7 /)
  expect(stderr).toContain('could not be inspected') // the fake engine cannot look into a model
  expect((await recordedRuns()).map(describe)).toEqual(['vanilla finished 3 2', 'always+zero finished 3 2'])
  expect((await run(['runs', '--limit', '1'])).stdout).toMatch(/always\+zero.*\n1 of 2; --limit shows more\n$/)
})

test('the same command computes nothing again, another is an experiment of its own', async () => {
  const path = data(right, wrong, right)
  await run(evaluate(path, '--policy', 'vanilla', '--limit', '2'))
  const { stdout } = await run(evaluate(path, '--policy', 'vanilla', '--limit', '2', '--json'))
  expect(JSON.parse(stdout)).toMatchObject({ groups: [{ runs: [{ status: 'finished', totals: { done: 2 } }], comparison: null }] })
  expect(await recordedRuns()).toHaveLength(1)
  await run(evaluate(path, '--policy', 'vanilla', '--policy', 'always'))
  expect((await recordedRuns()).map(describe)).toEqual(['vanilla finished 2 1', 'vanilla finished 3 2', 'always finished 3 2'])
})

test('the same command computes anew what would be computed from other data, and says which results are old', async () => {
  const path = data(right, wrong)
  await run(evaluate(path, '--policy', 'vanilla'))
  const again = await run(evaluate(path, '--policy', 'vanilla'))
  expect(again.stderr).toMatch(/these are the results of [\d: -]+, from the same data and weights; --fresh computes them again/)
  data(right, right, right)
  const { stderr } = await run(evaluate(path, '--policy', 'vanilla'))
  expect(stderr).toContain('but its dataset was changed since: it is computed anew')
  expect((await recordedRuns()).map(describe)).toEqual(['vanilla finished 2 1', 'vanilla finished 3 3'])
  expect((await run(evaluate(path, '--policy', 'vanilla', '--precision', 'q8'))).stderr).toContain('but on cpu, f32: it is computed anew')
})

test('what was thrown away is not gone on with', async () => {
  await run(evaluate(data(right, `hang@0 ${right}`), '--policy', 'vanilla', '--policy', 'always'), { whenDone: 1 })
  const log = await openLog(join(dir, 'data', 'memgen.sqlite'))
  for (const { id } of await log.evaluations.listRuns()) await log.evaluations.annotate([id], { isTrashed: true })
  await log.close()
  expect(await run(['eval', '--resume'])).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('no run rests before its end') as unknown })
})

test('a run whose process is gone rests in the list', async () => {
  await run(evaluate(data(right), '--policy', 'vanilla'))
  const log = await openLog(join(dir, 'data', 'memgen.sqlite'))
  for (const { id } of await log.evaluations.listRuns()) await log.evaluations.update(id, { status: 'running', processId: 2 ** 30 })
  await log.close()
  expect((await run(['runs'])).stdout).toMatch(/ paused /)
  expect((await run(['runs', 'show', (await recordedRuns())[0]?.id ?? ''])).stdout).toContain('"status": "paused"')
})

test('a grid comes from a YAML file, its paths beside it', async () => {
  data(right, wrong)
  const grid = join(dir, 'grid.yaml')
  writeFileSync(grid, `name: from a file\nmodels: [${join(dir, 'model')}]\ntasks:\n  - name: generic\n    source: { kind: files, paths: [data.jsonl] }\n    fields: { prompt: prompt, solution: solution }\n    scoring: { kind: boxed }\narms: [vanilla]\n`)
  const forecast = await run(['eval', grid, '--forecast'])
  expect(forecast).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('generic vanilla seed 42: 2 results') as unknown })
  expect(await recordedRuns()).toEqual([])
  expect(await run(['eval', grid])).toMatchObject({ exitCode: 0 })
  expect((await recordedRuns()).map(({ experimentName }) => experimentName)).toEqual(['from a file'])
  expect((await run(['eval', grid, '--forecast'])).stdout).toMatch(/^about \d+ s, as the last run of this model on this task \([\d.]+ samples\/min\)$/m)
  expect(await run(['eval', grid, '--limit', '3'])).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--limit has no effect beside a grid: write it into') as unknown })
  writeFileSync(grid, 'name: wrong\nmodel: tiny\n')
  expect(await run(['eval', grid])).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('grid.yaml: line 2, column 1: there is no key model; the nearest is models') as unknown })
})

test('Ctrl-C keeps what was finished and says how to go on; --resume does, and pauses again', async () => {
  const path = data(right, `hang@0 ${right}`)
  const interrupted = await run(evaluate(path, '--policy', 'vanilla'), { whenDone: 1 })
  expect(interrupted).toMatchObject({ exitCode: 130, stderr: expect.stringContaining('paused; 1 result is in the log, and `memgen eval --resume` goes on from there') as unknown })
  expect((await recordedRuns()).map(describe)).toEqual(['vanilla paused 1 1'])
  expect(await run(['eval', '--resume'], { whenDone: 1 })).toMatchObject({ exitCode: 130 })
  expect((await recordedRuns()).map(describe)).toEqual(['vanilla paused 1 1'])
  const [paused] = await recordedRuns()
  expect(await run(['eval', '--resume', paused?.id.slice(0, 8) ?? ''], { whenDone: 1 })).toMatchObject({ exitCode: 130 })
  expect(await run(['eval', '--resume', 'nobody'])).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--resume: No run nobody in the log. `memgen runs` lists them.') as unknown })
})

test('an engine that dies leaves what was finished', async () => {
  const { exitCode, stderr } = await run(evaluate(data(right, `exit@0 ${right}`), '--policy', 'vanilla'))
  expect(exitCode).toBe(1)
  expect(stderr).toContain('The engine process ended with exit code 7')
  expect((await recordedRuns()).map(describe)).toEqual(['vanilla failed 1 1'])
})

test.each([
  [[], '--policy: expected at least one'],
  [['--policy', 'always', '--policy', 'always'], '--policy always: given twice'],
  [['--policy', 'always+freeze'], 'unknown intervention'],
  [['--policy', 'always', '--scoring', 'kindness'], '--scoring kindness: expected boxed, math'],
  [['--policy', 'always', '--task', 'gsm8k', '--task', 'gpqa'], '--task gsm8k --task gpqa: expected one'],
  [['--policy', 'always', '--task', 'kindness'], 'Allowed choices are'],
  [['--policy', 'always', '--retriever', 'corpus.jsonl'], '--retriever: only the task triviaqa has it, generic has not'],
  [['--policy', 'always', '--top-p', '0.9'], '--top-p: without --temperature nothing is drawn'],
  [['--resume', '--forecast'], 'has no effect beside --resume: runs go on as they were begun'],
])('wrong arguments are told before anything starts: %j', async (rest, message) => {
  const { exitCode, stderr } = await run(evaluate(data(right), ...rest))
  expect(exitCode).toBe(2)
  expect(stderr).toContain(message)
  expect(await recordedRuns()).toEqual([])
})
