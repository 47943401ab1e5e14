/** @file `memgen train` as a process: its lines, its warnings, Ctrl-C and going on. The engine is a fake one. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
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
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'memgen-cli-'))
  mkdirSync(join(dir, 'base'))
  writeFileSync(join(dir, 'train.jsonl'), '') // the fake engine does not read it
  writeFileSync(join(dir, 'a.yaml'), 'model: {model_name: base}\ndataset: {train_file: train.jsonl}\nrun: {weaver: {grpo: {eval_strategy: epoch, save_strategy: steps, save_steps: 2}}}\n')
})
afterEach(() => rmSync(dir, { recursive: true }))

function start(args: readonly string[], env: Record<string, string> = {}): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [fakeMemgen, 'train', ...args], { cwd: dir, env: { ...process.env, MEMGEN_DATA_DIR: join(dir, 'data'), FAKE_RESOURCES_DIR: dir, FAKE_RENDERER_DIR: dir, ...env } })
}

function outcomeOf(child: ChildProcessWithoutNullStreams, onText: (text: string) => void = () => undefined): Promise<Outcome> {
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    onText(stdout)
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  return new Promise((resolve, reject) => child.on('error', reject).on('close', (exitCode) => resolve({ exitCode, stdout, stderr })))
}

const run = (args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> => outcomeOf(start(args, env))
const parseLines = (stdout: string): Record<string, unknown>[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
const idOf = (stdout: string): string => /run ([0-9a-f-]{36})/.exec(stdout)?.[1] ?? ''
/** @param wrong what is to go wrong, as test/support/fake-training.ts reads it */
const weaver = (wrong: string, ...rest: string[]): string[] => ['weaver', '--config', 'a.yaml', '--out', 'out', '--max-steps', '4', '--options', `dataset.name=${wrong}`, ...rest]

test('a run to its end tells its data, steps and result, and its traps to stderr', async () => {
  const { exitCode, stdout, stderr } = await run(weaver('plain', 'run.train_weaver_method', 'grpo'))
  expect(exitCode).toBe(0)
  expect(stderr).toBe('memgen: eval_strategy is followed here; the reference switches evaluation off for GRPO, whatever the file says.\n')
  expect(stdout.split('\n')).toEqual([
    expect.stringMatching(/^weaver grpo · plain · run [0-9a-f-]{36} · .*out$/),
    `train: 8 samples of ${join(dir, 'train.jsonl')} (left out: 1 bad)`,
    `  ${join(dir, 'train.jsonl')}, line 3: not JSON`,
    'training 32 of 1000 parameters',
    '4 steps',
    expect.stringContaining('step 1/4 · reward 0.250 · 2.50 insertions · loss 1.000 · rate 1.00e-5 · gradient 0.750 · 1000 tokens/s · 1 s left'),
    'sample q1 at step 1, reward 1: "at step 1"',
    expect.stringContaining('step 2/4'),
    `checkpoint of step 2: ${join(dir, 'out', 'checkpoint-2')}`,
    expect.stringContaining('step 3/4'),
    expect.stringContaining('step 4/4'),
    `checkpoint of step 4: ${join(dir, 'out', 'checkpoint-4')}`,
    `result: ${join(dir, 'out', 'model')}`,
    expect.stringMatching(/^finished: 4 of 4 steps in \d+ s$/),
    '',
  ])
})

test('on a terminal one line lives', async () => {
  const { stdout } = await run(weaver('plain'), { FAKE_TERMINAL: '1' })
  expect(stdout).toContain('\r\u001B[Kreading data 50 %')
  expect(stdout).toMatch(/\r\u001B\[Kstep 2\/4[^\n]*left\r\u001B\[K/)
})

test('--json writes the run, every event and the run again', async () => {
  const { stdout } = await run([...weaver('plain'), '--json'])
  const lines = parseLines(stdout)
  expect(lines.map(({ type }) => type)).toEqual(['run', 'progress', 'data', 'parameters', 'started', 'step', 'sample', 'step', 'step', 'step', 'finished', 'run'])
  expect(lines.at(-1)).toMatchObject({ run: { status: 'finished', step: 4 } })
})

test('Ctrl-C saves the state and says how to go on; resume and the same command do', async () => {
  const args = weaver('hang@3')
  const interrupt = (child: ChildProcessWithoutNullStreams): Promise<Outcome> => {
    let isAsked = false
    return outcomeOf(child, (text) => {
      // A second Ctrl-C would end it at once.
      if (!isAsked && text.includes('4 steps')) isAsked = child.kill('SIGINT')
    })
  }
  const first = await interrupt(start(args))
  const id = idOf(first.stdout)
  expect(first.exitCode).toBe(130)
  expect(first.stdout).toMatch(/paused after \d of 4 steps; the state is saved/)
  expect(first.stdout.endsWith(`Go on with: memgen train resume ${id}\n`)).toBe(true)
  expect(await interrupt(start(['resume', id]))).toMatchObject({ exitCode: 130 })
  const again = await interrupt(start(args))
  expect([idOf(again.stdout), again.exitCode]).toEqual([id, 130])
  expect((await run(['list'])).stdout).toMatch(new RegExp(`^${id}  .*paused .* steps  weaver sft · hang@3  `))
})

test('a run that fails or whose engine dies ends with 1, why, and how to go on', async () => {
  const failed = await run(weaver('fail@2'))
  expect(failed.exitCode).toBe(1)
  expect(failed.stdout).toContain('failed: step 2: the gradient is NaN (tensor weaver.prompt_query_latents)\nGo on with: memgen train resume ')
  const died = await run(weaver('exit@2', 'run.output_dir', 'other').filter((word) => word !== '--out' && word !== 'out'))
  expect([died.exitCode, died.stdout]).toEqual([1, expect.stringContaining('interrupted: The engine process ended with exit code 7')])
})

test('a run that has finished is not begun again in its folder, and an unknown one not resumed', async () => {
  await run(weaver('plain'))
  expect(await run(weaver('plain'))).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('which is finished. Choose another output directory.') as string })
  expect(await run(['resume', 'none'])).toMatchObject({ exitCode: 1, stderr: 'memgen: No training run none in the log.\n' })
})

test('--base replaces all three base models of a file', async () => {
  writeFileSync(join(dir, 'b.yaml'), 'model: {model_name: Qwen/Q, weaver: {model_name: Qwen/Q}, trigger: {model_name: Qwen/Q}}\n')
  const { stdout } = await run(['weaver', '--config', 'b.yaml', '--base', 'base', '--data', 'train.jsonl', '--json'])
  const { config } = parseLines(stdout)[0]?.['run'] as { config: { model: Record<string, unknown> } }
  expect([config.model['reasonerDir'], config.model['weaverDir'], config.model['triggerDir']]).toEqual([join(dir, 'base'), undefined, undefined])
})

test('a file that is not there and a key without a value are told before anything is recorded', async () => {
  expect(await run(weaver('plain', 'dataset.train_file', 'gone.jsonl'))).toEqual({ exitCode: 2, stdout: '', stderr: `memgen: ${join(dir, 'gone.jsonl')} cannot be read: there is no such file\n` })
  expect(await run(['weaver', '--config', 'a.yaml', '--options', 'run.seed', '--data', 'train.jsonl'])).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/run\.seed.*expected a value after it, found nothing/) as string })
  expect((await run(['list'])).stdout).toBe('No training runs.\n')
})

test('a negative number is a value', async () => {
  const { stdout } = await run([...weaver('plain', 'run.weaver.sft.max_steps', '-1').filter((word) => word !== '--max-steps' && word !== '4'), '--json'])
  expect(parseLines(stdout)[0]).toMatchObject({ run: { config: { optimisation: { maxSteps: null } } } })
})
