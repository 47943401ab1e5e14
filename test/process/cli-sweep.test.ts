/** @file `memgen sweep` as a process: its table, its JSON lines, going on after Ctrl-C or a lost engine. The engine is a fake one that boxes the subset. */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
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
  dir = mkdtempSync(join(tmpdir(), 'memgen-sweep-'))
  mkdirSync(join(dir, 'model'))
})
afterEach(() => {
  rmSync(dir, { recursive: true })
})

/** @param interruptAt what the output has to hold before the command is interrupted, as by Ctrl-C */
function sweep(prompt: string, args: readonly string[] = [], { interruptAt }: { interruptAt?: string } = {}): Promise<Outcome> {
  const places = { MEMGEN_DATA_DIR: join(dir, 'data'), FAKE_RESOURCES_DIR: dir, FAKE_RENDERER_DIR: dir }
  const fixed = ['sweep', '--model', join(dir, 'model'), '--max-new-tokens', '8', '--prompt', prompt, '--reward', 'exact']
  const child = spawn(process.execPath, [fakeMemgen, ...fixed, ...args], { env: { ...process.env, ...places } })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const hadIt = interruptAt !== undefined && stdout.includes(interruptAt)
    stdout += text
    // A second one would end the process as it stands.
    if (interruptAt !== undefined && !hadIt && stdout.includes(interruptAt)) child.kill('SIGINT')
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  return new Promise((resolve, reject) => child.on('error', reject).on('close', (exitCode) => resolve({ exitCode, stdout, stderr })))
}

const objects = (stdout: string): { type: string; candidates?: number[] }[] => stdout.trim().split('\n').map((line) => JSON.parse(line) as { type: string })
const subsets = (stdout: string): string[] => objects(stdout).flatMap(({ candidates }) => (candidates === undefined ? [] : [candidates.join('+')]))

test('every subset is on a line, and a table says which candidates help', async () => {
  const { exitCode, stdout, stderr } = await sweep('hello', ['--reference', '0+2'])
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  expect(stdout).toContain('3 candidates, 8 subsets\n  0  end of the prompt\n  1  " t0 t1 t2"')
  expect(stdout).toMatch(/^0\+2 +score 1 .*boxed\{0\+2\}/m)
  expect(stdout).toContain('best   0+2, score 1 (1 of 8)')
  expect(stdout).toMatch(/^ +0 +1 +0 +3 +\+0\.25$/m)
  expect(stdout).toMatch(/^ +1 +0 +1 +3 +-0\.25$/m)
})

test('Ctrl-C keeps what was finished; the same command goes on, and then tells it again', async () => {
  const interrupted = await sweep('hello hang@0+2', ['--json'], { interruptAt: '[0,1]' })
  expect(interrupted.exitCode).toBe(130)
  expect(interrupted.stderr).toContain('the same command goes on from there')
  expect(subsets(interrupted.stdout)).toEqual(['', '0', '1', '2', '0+1'])
  const { exitCode, stdout } = await sweep('hello hang@0+2', ['--json'])
  expect(exitCode).toBe(0)
  expect(subsets(stdout).toSorted()).toEqual(['', '0', '0+1', '0+1+2', '0+2', '1', '1+2', '2'])
  expect(objects(stdout).at(-1)).toMatchObject({ type: 'statistics', scoredCount: 0, isComplete: true })
  const again = await sweep('hello hang@0+2', ['--json'])
  expect(subsets(again.stdout).toSorted()).toEqual(subsets(stdout).toSorted())
  expect(objects(again.stdout)[0]).toMatchObject({ type: 'sweep', status: 'finished', id: (objects(stdout)[0] as { id?: string }).id })
})

test('an engine that dies is told, with what is kept', async () => {
  const { exitCode, stderr } = await sweep('hello exit@0+2')
  expect(exitCode).toBe(1)
  expect(stderr).toContain('exit code 7')
  expect(stderr).toContain('What was found of 5 subsets is kept.')
})
