/** @file Files become samples and problems; nothing in them is lost without a word. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { tableConversations, writeTable } from '../../../test/support/parquet-table.ts'
import { DatasetError, describeProblem } from './dataset-error.ts'
import { readDataset } from './dataset.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'memgen-dataset-'))
})

afterEach(() => rmSync(folder, { recursive: true }))

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

describe('readDataset', () => {
  test('reads JSONL, and reports each bad line with its place and reason', async () => {
    const path = write('train.jsonl', ['{"prompt": "a", "solution": "1"}', '{"prompt": "b"', '', '{"prompt": 5}', '{"id": "x", "prompt": "c"}'].join('\n'))
    const dataset = await readDataset(path)
    expect(dataset).toMatchObject({
      path,
      format: 'jsonl',
      samples: [
        { id: 'line-1', line: 1, content: { kind: 'text', prompt: 'a', completion: null }, solution: '1', answers: [] },
        { id: 'x', line: 5, content: { kind: 'text', prompt: 'c', completion: null }, solution: null, answers: [] },
      ],
      problemCount: 2,
    })
    expect(dataset.problems.map(describeProblem)).toEqual([
      expect.stringContaining(`${path}, line 2: expected JSON, found text that is not (`),
      `${path}, line 4, field prompt: expected text or a list of messages, found the number 5`,
    ])
  })

  test('reads Parquet by its content, whatever its name', async () => {
    const path = write('train.bin', writeTable(2))
    const { format, samples, problems } = await readDataset(path)
    expect(format).toBe('parquet')
    expect(samples).toMatchObject([
      { id: '7', line: 1, content: { kind: 'conversation', messages: tableConversations[0] } },
      { id: '8', line: 2, content: { kind: 'conversation', messages: tableConversations[1] } },
    ])
    expect(problems.map(describeProblem)).toEqual([`${path}, row 3: expected messages, or prompt and completion, found a row of "id"`])
  })

  test('counts empty lines of CSV, and lines within a field', async () => {
    const path = write('train.csv', '\nid,prompt,completion\n\n\na,"two\nlines",c\nb,d\n\ne,f,g\n')
    const { samples, problems } = await readDataset(path)
    expect(samples.map(({ id, line }) => [id, line])).toEqual([['a', 5], ['e', 9]])
    expect(problems.map(({ line }) => line)).toEqual([7])
  })

  test('accepts an id once', async () => {
    const path = write('train.jsonl', ['{"id": "line-3", "prompt": "a"}', '{"id": "line-3", "prompt": "b"}', '{"prompt": "c"}'].join('\n'))
    const { samples, problems } = await readDataset(path)
    expect(samples.map(({ line }) => line)).toEqual([1])
    expect(problems.map(describeProblem)).toEqual([
      `${path}, line 2, field id: expected an id of its own, found "line-3" as in line 1`,
      `${path}, line 3, field id: expected an id of its own, found "line-3" as in line 1`,
    ])
  })

  test('counts problems beyond those it keeps', async () => {
    const { problems, problemCount } = await readDataset(write('train.jsonl', 'x\n'.repeat(5)), { limits: { keptProblems: 2 } })
    expect(problems.map(({ line }) => line)).toEqual([1, 2])
    expect(problemCount).toBe(5)
  })

  test('finds nothing in an empty file', async () => {
    expect(await readDataset(write('train.jsonl', ''))).toMatchObject({ format: 'jsonl', samples: [], problems: [], problemCount: 0 })
  })

  test('refuses files that are missing, no files, too large or too long', async () => {
    await expect(readDataset(join(folder, 'none.jsonl'))).rejects.toThrow('none.jsonl: cannot be opened (ENOENT')
    await expect(readDataset(folder)).rejects.toThrow('expected a file, found a folder or device')
    const path = write('train.jsonl', '{"prompt": "a"}\n{"prompt": "b"}\n')
    await expect(readDataset(path, { limits: { fileBytes: 10 } })).rejects.toThrow(`${path}: expected at most 10 bytes, found 32`)
    await expect(readDataset(path, { limits: { rows: 1 } })).rejects.toThrow(`${path}: expected at most 1 lines, found more`)
    await expect(readDataset(write('cut.parquet', writeTable(2).slice(0, 300)))).rejects.toBeInstanceOf(DatasetError)
  })

  test('tells its progress and stops when told to', async () => {
    const path = write('train.jsonl', '{"prompt": "a"}\n'.repeat(25_000))
    const controller = new AbortController()
    const progress: number[] = []
    const onProgress = (rowCount: number) => {
      progress.push(rowCount)
      controller.abort(new Error('enough'))
    }
    await expect(readDataset(path, { signal: controller.signal, onProgress })).rejects.toThrow('enough')
    expect(progress).toEqual([10_000])
  })
})
