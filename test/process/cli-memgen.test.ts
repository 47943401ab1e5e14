/** @file The command line as a process: its output, its exit codes, Ctrl-C, and the server it starts. The engine is a fake one. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, test } from 'vitest'

const fakeMemgen = new URL('../support/fake-memgen.ts', import.meta.url).pathname

interface Outcome {
  exitCode: number | null
  stdout: string
  stderr: string
}

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'memgen-cli-'))
  await mkdir(join(dir, 'model'))
  await mkdir(join(dir, 'renderer'))
  await writeFile(join(dir, 'renderer', 'index.html'), '<!doctype html><title>MemGen</title>')
})
afterEach(() => rm(dir, { recursive: true }))

function start(args: readonly string[], env: Record<string, string> = {}): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [fakeMemgen, ...args], {
    env: { ...process.env, MEMGEN_DATA_DIR: join(dir, 'data'), FAKE_RESOURCES_DIR: join(dir, 'resources'), FAKE_RENDERER_DIR: join(dir, 'renderer'), ...env },
  })
}

function outcomeOf(child: ChildProcessWithoutNullStreams): Promise<Outcome> {
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  return new Promise((resolve, reject) => child.on('error', reject).on('close', (exitCode) => resolve({ exitCode, stdout, stderr })))
}

const run = (args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> => outcomeOf(start(args, env))
const generate = (prompt: string, ...rest: string[]): string[] => ['generate', '--model', join(dir, 'model'), '--prompt', prompt, ...rest]
const parseLines = (stdout: string): Record<string, unknown>[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

test('generate writes the text alone, without the end-of-text token, into a pipe and the trace to stderr', async () => {
  const { exitCode, stdout, stderr } = await run(generate('hello eos@4'))
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: ' t0 t1 t2\n' })
  expect(stderr).toMatch(/^trace [0-9a-f-]{36} · 4 tokens, 2 insertions · finish: eos\n$/)
})

test('on a terminal the latents stand in the text, dimmed unless colours are unwanted', async () => {
  const styled = await run(generate('hello eos@2', '--no-log'), { FAKE_TERMINAL: '1', NO_COLOR: '', TERM: 'xterm' })
  expect(styled.stdout).toBe('\u001B[2m⟦2 latents⟧\u001B[0m t0\n')
  const plain = await run(generate('hello eos@2', '--no-log'), { FAKE_TERMINAL: '1', NO_COLOR: '1' })
  expect(plain.stdout).toBe('⟦2 latents⟧ t0\n')
})

test('a device that cannot be used is left for the CPU with one line that says why, and the record says what computed it', async () => {
  await mkdir(join(dir, 'no-gpu'))
  const { exitCode, stdout, stderr } = await run(['generate', '--model', join(dir, 'no-gpu'), '--prompt', 'hello eos@2', '--device', 'webgpu', '--precision', 'q8', '--json'])
  expect(exitCode).toBe(0)
  expect(parseLines(stdout)[0]).toMatchObject({ type: 'header', placement: { device: 'cpu', precision: 'q8' } })
  expect(stderr).toBe('memgen: computed on the CPU, since webgpu cannot be used: no adapter\n')
  const refused = await run(generate('hello', '--device', 'tpu'))
  expect(refused.exitCode).toBe(2)
})

test('with --json every line is an object: header, weaves before their steps, finish', async () => {
  const { exitCode, stdout } = await run(generate('hello', '--max-new-tokens', '4', '--json', '--latents', '--policy', 'random:0.5', '--seed', '7'))
  expect(exitCode).toBe(0)
  const lines = parseLines(stdout)
  expect(lines.map(({ type }) => type)).toEqual(['header', 'weave', 'step', 'step', 'step', 'weave', 'step', 'finish'])
  expect(lines[0]).toMatchObject({ promptIds: [3], config: { policy: { kind: 'random', probability: 0.5 }, seed: 7, sampling: { doSample: false } } })
  expect(lines[1]).toMatchObject({ stepIndex: 0, kind: 'prompt', norms: [1, 2], latents: [[0, 1, 2, 3], [4, 5, 6, 7]] })
  expect(lines.at(-1)).toMatchObject({ finish: 'length', error: null, tokenIds: [10, 11, 12, 13], augmentationMask: [1, -100, -100, 1], text: ' t0 t1 t2 t3' })
})

test('a temperature means sampling, and without a checkpoint the policy is vanilla', async () => {
  const { stdout } = await run(generate('hello eos@1', '--json', '--temperature', '0.7', '--top-p', '0.9', '--no-trigger-active'))
  expect(parseLines(stdout)[0]).toMatchObject({ config: { policy: { kind: 'vanilla' }, triggerActive: false, sampling: { doSample: true, temperature: 0.7, topP: 0.9 } } })
})

test('a logged generation is listed and shown again exactly', async () => {
  const generated = parseLines((await run(generate('hello eos@3', '--json'))).stdout)
  const id = String(generated[0]?.['traceId'])
  expect(generated.at(-1)).toMatchObject({ tokenIds: [10, 11, 12], text: ' t0 t1' })
  const listed = await run(['traces'])
  expect(listed.stdout).toContain(id)
  expect(listed.stdout).toContain('eos')
  const shown = await run(['traces', 'show', id, '--json'])
  expect(parseLines(shown.stdout)).toEqual(generated)
  const texts = await run(['traces', 'show', id.slice(0, 8)])
  expect(texts.stdout).toBe(' t0 t1\n')
})

test('--no-log touches no file', async () => {
  const { exitCode, stderr } = await run(generate('hello eos@1', '--no-log', '--data-dir', join(dir, 'untouched')))
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: 'not logged · 1 token, 1 insertion · finish: eos\n' })
  await expect(rm(join(dir, 'untouched'), { recursive: true })).rejects.toMatchObject({ code: 'ENOENT' })
})

test('a folder that does not exist and is no model of the library is refused before anything is loaded', async () => {
  const { exitCode, stderr } = await run(['generate', '--prompt', 'x', '--model', '/nowhere/at/all', '--no-log'])
  expect(exitCode).toBe(2)
  expect(stderr).toMatch(/neither a folder nor a model of the library/)
})

test('a failure is one line that names file and field, with exit code 1 and no stack', async () => {
  const { exitCode, stderr } = await run(['inspect', join(dir, 'model')])
  expect(exitCode).toBe(1)
  expect(stderr).toBe(`memgen: field model_type: ${join(dir, 'model')}/config.json: not found\n`)
  expect((await run(['--debug', 'inspect', join(dir, 'model')])).stderr).toContain('    at ')
})

test('inspect of a MemGen checkpoint alone says how to name its base model', async () => {
  const folder = join(dir, 'checkpoint-alone')
  const { exitCode, stderr } = await run(['inspect', folder])
  expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: `Try: memgen inspect BASE --checkpoint ${folder}\n` })
})

test('a generation that fails ends with exit code 1 and keeps what was logged', async () => {
  const { exitCode, stdout, stderr } = await run(generate('hello fail@2'))
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: ' t0 t1\n' })
  expect(stderr).toContain('memgen: logits are NaN at step 2')
  expect((await run(['traces', '--json'])).stdout).toContain('"stepCount":2')
})

test('an engine that dies in the middle ends with exit code 1, saying what happened and what is kept', async () => {
  const { exitCode, stderr } = await run(generate('hello exit@2'))
  expect(exitCode).toBe(1)
  expect(stderr).toContain('The engine process ended with exit code 7. All 2 steps before that are kept in the log.')
})

test('Ctrl-C stops after the step under way, finishes the trace as stopped and ends with 130', async () => {
  const child = start(generate('hello', '--max-new-tokens', '1000000', '--json'))
  const outcome = outcomeOf(child)
  // Once: a second signal ends the process at once.
  createInterface({ input: child.stdout }).on('line', (line) => line.includes('"index":2,') && child.kill('SIGINT'))
  const { exitCode, stdout } = await outcome
  expect(exitCode).toBe(130)
  const lines = parseLines(stdout)
  expect(lines.at(-1)).toMatchObject({ type: 'finish', finish: 'stopped', stepCount: lines.filter(({ type }) => type === 'step').length })
})

test.skipIf(process.platform !== 'linux')('output that cannot be written is a failure in one line', async () => {
  const full = await open('/dev/full', 'w')
  const program = new URL('../../src/main/headless/memgen.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [program, 'traces', '--data-dir', join(dir, 'data')], { stdio: ['ignore', full.fd, 'pipe'] })
  let stderr = ''
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const [exitCode] = (await once(child, 'close')) as [number]
  await full.close()
  expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: 'memgen: standard output cannot be written: ENOSPC: no space left on device, write\n' })
})

test('serve prints one line with the address, serves the page, and ends on SIGTERM', async () => {
  const child = start(['serve', '--no-open'])
  const outcome = outcomeOf(child)
  const url = await new Promise<string>((resolve) => createInterface({ input: child.stdout }).once('line', (line) => resolve(line.replace('MemGen Workbench: ', ''))))
  const token = new URL(url).searchParams.get('token') ?? ''
  const page = await fetch(new URL('/', url), { headers: { authorization: `Bearer ${token}` } })
  expect(await page.text()).toContain('MemGen')
  child.kill('SIGTERM')
  expect(await outcome).toMatchObject({ exitCode: 0, stdout: `MemGen Workbench: ${url}\n` })
})

test('serve ends with standard input when asked to', async () => {
  const child = start(['serve', '--end-with-stdin'])
  const outcome = outcomeOf(child)
  child.stdout.once('data', () => child.stdin.end())
  expect((await outcome).exitCode).toBe(0)
})

test('serve that watches standard input ends on SIGTERM although its input stays open', async () => {
  const child = start(['serve', '--end-with-stdin'])
  const outcome = outcomeOf(child)
  child.stdout.once('data', () => child.kill('SIGTERM'))
  expect((await outcome).exitCode).toBe(0)
})
