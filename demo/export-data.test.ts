/** @file Exported splits can be read back line by line. */
import { mkdtempSync, readFileSync, statSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { chatMessageSchema } from '../src/shared/domain/chat.ts'
import { HELD_OUT_SPLITS, TRAINING_SPLITS } from './domains/splits.ts'
import { exportData, exportTasks } from './export-data.ts'

const lineSchema = z.strictObject({ id: z.string(), messages: z.tuple([chatMessageSchema, chatMessageSchema]), solution: z.string() })

test('every split is written with its messages and solutions', () => {
  const paths = exportData(mkdtempSync(join(tmpdir(), 'memgen-demo-data-')), { seed: 7, trainingCount: 50 })
  const splits = paths.map((path) => ({
    name: basename(path),
    lines: readFileSync(path, 'utf8').trimEnd().split('\n').map((line) => lineSchema.parse(JSON.parse(line))),
  }))
  expect(splits.map(({ name, lines }) => [name, lines.length])).toEqual([
    ['base-train.jsonl', 50],
    ['new-train.jsonl', 50],
    ['base-held-out.jsonl', 2000],
    ['new-held-out.jsonl', 2000],
    ['new-with-facts-held-out.jsonl', 2000],
  ])
  const { id, messages, solution } = TRAINING_SPLITS.new(7, 3)
  expect(splits[1]!.lines[3]).toEqual({ id, messages, solution })
})

test('a file that holds the same already is not touched, so that an evaluation begun on it goes on', () => {
  const directory = mkdtempSync(join(tmpdir(), 'memgen-demo-data-'))
  const [path = ''] = exportData(directory, { seed: 7, trainingCount: 5 })
  utimesSync(path, 1000, 1000)
  exportData(directory, { seed: 7, trainingCount: 5 })
  expect(statSync(path).mtimeMs).toBe(1_000_000)
  exportData(directory, { seed: 8, trainingCount: 5 })
  expect(statSync(path).mtimeMs).not.toBe(1_000_000)
})

test('the tasks that ship are what would be written, small, and their test part begins the held-out problems', () => {
  const shipped = join(import.meta.dirname, '../resources/demo-model/tasks')
  const paths = exportTasks(mkdtempSync(join(tmpdir(), 'memgen-demo-tasks-')))
  const texts = paths.map((path) => readFileSync(path, 'utf8'))
  expect(paths.map((path) => readFileSync(join(shipped, basename(path)), 'utf8') === readFileSync(path, 'utf8'))).toEqual(paths.map(() => true))
  expect(texts.join('').length).toBeLessThan(1_000_000)
  for (const name of ['base', 'new'] as const) {
    const tested = readFileSync(join(shipped, `${name}-test.jsonl`), 'utf8').trimEnd().split('\n').map((line) => lineSchema.parse(JSON.parse(line)))
    const heldOut = HELD_OUT_SPLITS[name]().slice(0, 500).map(({ id, messages, solution }) => ({ id, messages, solution }))
    expect(tested).toEqual(heldOut)
  }
})
