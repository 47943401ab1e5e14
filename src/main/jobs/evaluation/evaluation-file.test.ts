/** @file An evaluation's file: begun, torn, taken up again, refused. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runConfigSchema } from '../../../shared/domain/run-config.ts'
import { EvaluationFile, EvaluationFileError } from './evaluation-file.ts'
import { evaluationHeaderSchema, type EvaluationHeader, type EvaluationRow } from './evaluation-record.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'evaluation-file-'))
  path = join(folder, 'runs', 'run.jsonl')
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

const header: EvaluationHeader = evaluationHeaderSchema.parse({
  type: 'evaluation',
  format: 'memgen-evaluation/1',
  model: { reasonerDir: '/models/tiny' },
  modelStamp: 'a',
  dataPath: '/data/test.jsonl',
  dataStamp: 'b',
  reward: 'exact',
  config: runConfigSchema.parse({}),
})

function row(sampleId: string, text = 'é 1\n2'): EvaluationRow {
  const decisions: EvaluationRow['decisions'] = [{ step: 0, decision: 1, triggerLogits: [0.5, 1.5] }]
  const rest = { reward: 1, rewardError: null, text, tokenCount: 3, insertions: { prompt: 1, inference: 0 }, decisions, finish: 'eos' as const, error: null }
  return { type: 'completion', policy: 'always', sampleId, ...rest }
}

function write(...rows: EvaluationRow[]): void {
  const file = EvaluationFile.open(path, header)
  for (const one of rows) file.append(one)
  file.close()
}

function reopen(changes: Partial<EvaluationHeader> = {}): EvaluationRow[] {
  const file = EvaluationFile.open(path, { ...header, ...changes })
  file.close()
  return file.rows
}

test('rows come back as they were appended, over several sessions', () => {
  write(row('1'), row('2'))
  write(row('3'))
  expect(reopen()).toEqual([row('1'), row('2'), row('3')])
  expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(5)
})

test('a line torn anywhere is dropped and written anew', () => {
  write(row('1'), row('2'))
  const whole = readFileSync(path)
  const kept = whole.lastIndexOf('\n', whole.length - 2) + 1
  for (let cut = kept; cut < whole.length; cut++) {
    writeFileSync(path, whole.subarray(0, cut))
    expect(reopen()).toEqual([row('1')])
    write(row('2'))
    expect(readFileSync(path)).toEqual(whole)
  }
})

test('a torn header is written anew', () => {
  write()
  const whole = readFileSync(path)
  for (const cut of [0, 5, 40]) {
    writeFileSync(path, whole.subarray(0, cut))
    expect(reopen()).toEqual([])
    expect(readFileSync(path)).toEqual(whole)
  }
})

test.each([
  [{ reward: 'boxed' }, /begun with another reward \(exact, now boxed\)/],
  [{ modelStamp: 'c' }, /other files of the model/],
  [{ dataPath: '/data/other.jsonl' }, /another dataset/],
  [{ config: { ...header.config, seed: 7 } }, /another config \(seed 42, now 7\)/],
])('a file begun under another header is refused and left as it is: %o', (changes, message) => {
  write(row('1'))
  const before = readFileSync(path)
  expect(() => reopen(changes)).toThrow(EvaluationFileError)
  expect(() => reopen(changes)).toThrow(message)
  expect(readFileSync(path)).toEqual(before)
})

test.each(['hello', 'hello\nworld\n', '{"id": 1}', '{"type":"evaluation"}\n'])('a file that is no evaluation is refused and left as it is: %j', (content) => {
  write()
  writeFileSync(path, content)
  expect(() => reopen()).toThrow(EvaluationFileError)
  expect(readFileSync(path, 'utf8')).toBe(content)
})

test('a damaged line in the middle is named', () => {
  write(row('1'))
  appendFileSync(path, '{"type":"completion","policy":1}\n')
  expect(() => reopen()).toThrow(/run\.jsonl, line 3: policy: /)
})
