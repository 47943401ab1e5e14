/** @file Every task's files become the samples that the reference would ask, and what is wrong with a file is named. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type TaskRequestInput, taskRequestSchema } from '../../shared/domain/task.ts'
import { DatasetError } from './dataset-error.ts'
import { loadTask } from './load-task.ts'

const resourcesDir = fileURLToPath(new URL('../../../resources', import.meta.url))
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'memgen-task-'))
})

afterEach(() => rmSync(folder, { recursive: true }))

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

const writeJsonl = (name: string, rows: readonly unknown[]): string => write(name, rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
const load = (request: TaskRequestInput) => loadTask(taskRequestSchema.parse(request), { resourcesDir, listRepository: () => Promise.resolve([]) })
const loadFiles = (name: TaskRequestInput['name'], paths: string[], more: Partial<TaskRequestInput> = {}) => load({ name, source: { kind: 'files', paths }, ...more })

const generic = { prompt: 'question', solution: 'answer' }
const questions = (count: number) => Array.from({ length: count }, (_, index) => ({ question: `${index} and 1?`, answer: `${index + 1}` }))

describe('known tasks', () => {
  test('GSM8K is asked and solved as the reference has it', async () => {
    const { samples, environment } = await loadFiles('gsm8k', [writeJsonl('test.jsonl', [{ question: ' 2 and 2? ', answer: 'It is <<2+2=4>>4.\n#### 4' }])])
    const [sample] = samples
    expect(sample).toEqual({
      id: 'row-1',
      origin: 'test.jsonl, line 1',
      domain: null,
      prompt: { kind: 'messages', messages: [{ role: 'user', content: 'Solve the math problem with proper reasoning, and make sure to put the FINAL ANSWER inside \\boxed{}.Question: 2 and 2?\n' }] },
      solution: 'It is <<2+2=4>>4.\\boxed{4}',
      answers: [],
      extra: {},
    })
    const turns = [{ text: String.raw`so \boxed{4.} and \boxed{4}`, observation: null }]
    expect(await environment.reward(sample!, turns, new AbortController().signal)).toEqual({ reward: 0, error: null, extracted: '4.', expected: '4' })
  })

  test('GPQA lists the same options in the same order wherever the question stands, and solves them by letter', async () => {
    const header = 'Record ID,Question,Explanation,Correct Answer,Incorrect Answer 1,Incorrect Answer 2,Incorrect Answer 3,High-level domain\n'
    const rows = ['r1,"Which, then?","Since\nso.",right,wrong1,wrong2,wrong3,Physics\n', 'r2,Other?,,yes,no,never,maybe,\n']
    const { samples } = await loadFiles('gpqa', [write('gpqa_diamond.csv', header + rows.join(''))])
    const other = await loadFiles('gpqa', [write('gpqa_main.csv', header + rows.toReversed().join(''))])
    expect(samples).toEqual(other.samples.toReversed().map((sample, index) => ({ ...sample, origin: samples[index]!.origin })))
    const [sample] = samples
    const options = sample!.extra['options'] as string[]
    const letter = 'ABCD'[options.indexOf('right')]!
    expect(sample).toMatchObject({ id: 'r1', domain: 'Physics', solution: `Since\nso.\n\n\\boxed{${letter}}`, extra: { optionSeed: 42 } })
    const asked = `Question: Which, then?\n\nPlease choose one of the following options:\nA. ${options[0]}\nB. ${options[1]}\nC. ${options[2]}\nD. ${options[3]}\n\n`
    expect(sample!.prompt).toMatchObject({ messages: [{ content: `Solve the problem with proper reasoning, and make sure to put the FINAL CHOICE inside \\boxed{}.${asked}` }] })
    expect(samples[1]).toMatchObject({ domain: null, solution: expect.stringMatching(/^\\boxed\{[A-D]\}$/) as string })
  })

  test('MATH is grouped by subject, in both of its publications', async () => {
    const rows = [
      { problem: 'p', solution: String.raw`\boxed{1}`, type: 'Algebra', level: 'Level 1' },
      { problem: 'q', solution: String.raw`\boxed{2}`, subject: 'Geometry', unique_id: 'test/geometry/2.json' },
    ]
    const { samples } = await loadFiles('math', [writeJsonl('test.jsonl', rows)])
    expect(samples.map(({ id, domain }) => [id, domain])).toEqual([['row-1', 'Algebra'], ['test/geometry/2.json', 'Geometry']])
  })

  test('KodCode carries its tests and the name they call', async () => {
    const row = { question_id: 'k1', question: 'Add.', solution: 'def add(a, b): return a + b', subset: 'Prefill', test: 'from solution import add\n', test_info: [{ function_name: 'add' }] }
    const rows = Array.from({ length: 20 }, (_, index) => ({ ...row, question_id: `k${index}` }))
    const path = writeJsonl('train.jsonl', rows)
    const parts = await Promise.all((['train', 'valid', 'test'] as const).map((split) => loadFiles('kodcode', [path], { split })))
    expect(parts.map(({ samples }) => samples.length)).toEqual([14, 2, 4])
    expect(parts[0]!.samples[0]).toMatchObject({ domain: 'Prefill', extra: { tests: 'from solution import add', functionName: 'add' } })
  })

  test('TriviaQA accepts every alias', async () => {
    const row = { question_id: 't1', question: 'Who?', answer: { value: 'Ada', normalized_aliases: ['ada', 'ada lovelace'] } }
    const { samples } = await loadFiles('triviaqa', [writeJsonl('validation.jsonl', [row])])
    expect(samples[0]).toMatchObject({ id: 't1', solution: 'Ada', answers: ['ada', 'ada lovelace'], prompt: { messages: [{ role: 'system' }, { role: 'user', content: 'Who?' }] } })
  })

  test.each(['demo-base', 'demo-new'] as const)('%s ships 500 problems to test on', async (name) => {
    const { samples, stamp } = await load({ name, source: { kind: 'bundled' } })
    expect(stamp).toMatchObject({ sampleCount: 500, problemCount: 0 })
    expect(samples[0]).toMatchObject({ id: `${name.slice(5)}-held-out-0`, solution: expect.stringContaining('boxed') as string })
    expect(samples[0]!.prompt).toMatchObject({ messages: [{ role: 'user' }] })
  })
})

describe('splits and order', () => {
  const rows = questions(30)

  test('validation and training parts share no sample and are the same each time', async () => {
    const path = writeJsonl('train.jsonl', rows.map(({ question, answer }) => ({ question, answer: `#### ${answer}` })))
    const idsOf = async (split: 'train' | 'valid') => (await loadFiles('gsm8k', [path], { split })).samples.map(({ id }) => id)
    const [train, valid] = [await idsOf('train'), await idsOf('valid')]
    expect([train.length, valid.length, new Set([...train, ...valid]).size]).toEqual([27, 3, 30])
    expect(await idsOf('valid')).toEqual(valid)
  })

  test('a seed orders the samples, and a limit takes the first of that order without changing what the dataset is', async () => {
    const path = writeJsonl('data.jsonl', rows)
    const request = { fields: generic, scoring: { kind: 'exact' } } as const
    const all = await loadFiles('generic', [path], { ...request, shuffleSeed: 7 })
    const first = await loadFiles('generic', [path], { ...request, shuffleSeed: 7, limit: 5 })
    expect(first.samples).toEqual(all.samples.slice(0, 5))
    expect(first.stamp.id).toBe(all.stamp.id)
    expect((await loadFiles('generic', [path], request)).stamp.id).not.toBe(all.stamp.id)
  })

  test('the same bytes are the same dataset wherever they lie', async () => {
    const request = { fields: generic, scoring: { kind: 'exact' } } as const
    const [here, there] = [await loadFiles('generic', [writeJsonl('a.jsonl', rows)], request), await loadFiles('generic', [writeJsonl('b.jsonl', rows)], request)]
    expect(there.stamp.id).toBe(here.stamp.id)
    expect((await loadFiles('generic', [writeJsonl('c.jsonl', rows.slice(1))], request)).stamp.id).not.toBe(here.stamp.id)
  })

  test('a repository’s files are chosen by the split', async () => {
    const paths = [writeJsonl('test.jsonl', [{ question: 'a', answer: 'One.\n#### 1' }]), writeJsonl('train.jsonl', [{ question: 'b', answer: 'Two.\n#### 2' }])]
    const names = ['main/test-00000-of-00001.parquet', 'main/train-00000-of-00001.parquet']
    const files = [...names.map((name, index) => ({ name, path: paths[index]! })), { name: 'socratic/test-00000-of-00001.parquet', path: 'none' }]
    const request = taskRequestSchema.parse({ name: 'gsm8k', source: { kind: 'hub', repo: 'openai/gsm8k' } })
    const { samples } = await loadTask(request, { resourcesDir, listRepository: () => Promise.resolve(files) })
    expect(samples.map(({ solution }) => solution)).toEqual([String.raw`One.\boxed{1}`])
    await expect(loadTask(request, { resourcesDir, listRepository: () => Promise.resolve([]) })).rejects.toThrow('openai/gsm8k@main: expected the dataset in the Hugging Face cache, found nothing of it; download it first')
  })
})

describe('the generic task', () => {
  const exact = { kind: 'exact' } as const

  test('reads columns, paths, templates and options of several files in several formats as one table', async () => {
    const fields = { prompt: 'Question ({meta.level}): {question} {{as JSON}} in \\boxed{}', system: 'Be brief.', solution: 'answer', id: 'key', domain: 'meta.level', choices: 'choices.text' }
    const jsonl = writeJsonl('a.jsonl', [{ key: 1, question: 'Which?', meta: { level: 'easy' }, choices: { text: ['x', 'y'] }, answer: 'y' }])
    const columnData = [
      { name: 'key', data: ['2'] },
      { name: 'question', data: ['Who?'] },
      { name: 'meta', data: [{ level: 'hard' }], type: 'JSON' as const },
      { name: 'choices', data: [{ text: ['p', 'q', 'r'] }], type: 'JSON' as const },
      { name: 'answer', data: ['0'] },
    ]
    const parquet = write('b.parquet', new Uint8Array(parquetWriteBuffer({ columnData })))
    const { samples } = await loadFiles('generic', [jsonl, parquet], { fields, scoring: { kind: 'choice' } })
    expect(samples).toMatchObject([
      { id: '1', origin: 'a.jsonl, line 1', domain: 'easy', solution: 'B', extra: { options: ['x', 'y'] } },
      { id: '2', origin: 'b.parquet, row 1', domain: 'hard', solution: 'A', extra: { options: ['p', 'q', 'r'] } },
    ])
    expect(samples[0]!.prompt).toEqual({
      kind: 'messages',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Question (easy): Which? {as JSON} in \\boxed{}\n\nA. x\nB. y\n' },
      ],
    })
  })

  test('takes options from CSV as JSON, and leaves an answer in brackets alone', async () => {
    const path = write('a.csv', 'question,options,answer\nWhich?,"[""x"", ""[1, 2]""]","[1, 2]"\nWho?,x or y,x\n')
    const { samples, stamp } = await loadFiles('generic', [path], { fields: { ...generic, choices: 'options' }, scoring: { kind: 'choice' } })
    expect(samples).toMatchObject([{ solution: 'B', extra: { options: ['x', '[1, 2]'] } }])
    expect(stamp.problems).toEqual([`${path}, line 3, field options: expected a list of 2 to 26 options, found "x or y"`])
  })

  test('takes a number beside options that are texts as the index of one', async () => {
    const options = ['8', '2', '24', '120']
    const path = writeJsonl('a.jsonl', [{ question: '4!?', options, answer: 2 }, { question: '4!?', options, answer: '2' }, { question: '4!?', options: [8, 2, 24], answer: 2 }, { question: '4!?', options, answer: 24 }])
    const { samples } = await loadFiles('generic', [path], { fields: { ...generic, choices: 'options' }, scoring: { kind: 'choice' } })
    expect(samples.map(({ solution }) => solution)).toEqual(['C', 'B', 'B', 'C'])
  })

  test('takes several accepted answers, and a conversation as the prompt', async () => {
    const row = { question: [{ role: 'system', content: 's' }, { role: 'user', content: 'u' }], answer: ['one', 1] }
    const { samples } = await loadFiles('generic', [writeJsonl('a.jsonl', [row])], { fields: generic, scoring: exact })
    expect(samples[0]).toMatchObject({ answers: ['one', '1'], solution: 'one', prompt: { messages: row.question } })
    const answered = { ...row, question: [...row.question, { role: 'assistant', content: 'one' }] }
    const other = await loadFiles('generic', [writeJsonl('b.jsonl', [answered])], { fields: generic, scoring: exact })
    expect(other.samples[0]!.prompt).toEqual(samples[0]!.prompt)
  })

  test('names file, row and field of every row that is none, and keeps the others', async () => {
    const rows = [{ question: 'a', answer: 'x' }, { question: 'b' }, { question: 7, answer: [] }, { question: { a: 1 }, answer: 'y' }, 'text', { question: '', answer: 'z' }]
    const path = writeJsonl('mixed.jsonl', rows)
    const { samples, stamp } = await loadFiles('generic', [path], { fields: generic, scoring: exact })
    expect(samples.map(({ id }) => id)).toEqual(['row-1'])
    expect(stamp).toMatchObject({ problemCount: 5 })
    expect(stamp.problems).toEqual([
      `${path}, line 2, field answer: expected text or a number, found a row of "question"`,
      `${path}, line 3, field answer: expected at least one answer, found an empty list`,
      `${path}, line 4, field question: expected text or a number, found an object`,
      `${path}, line 5: expected an object, found "text"`,
      `${path}, line 6, field question: expected text or a number, found an empty text`,
    ])
  })

  test('an id occurs once over all files', async () => {
    const paths = [writeJsonl('a.jsonl', [{ key: 'k', question: 'a', answer: 'x' }]), writeJsonl('b.jsonl', [{ key: 'k', question: 'b', answer: 'y' }])]
    const { stamp } = await loadFiles('generic', paths, { fields: { ...generic, id: 'key' }, scoring: exact })
    expect(stamp.problems).toEqual([`${paths[1]!}, line 1, field id: expected an id of its own, found "k" as in a.jsonl, line 1`])
  })

  test.each([
    [{}, 'expected which columns are the prompt and the solution', 'fields'],
    [{ fields: generic }, 'expected how answers are scored', 'scoring'],
    [{ fields: { prompt: 'question' }, scoring: exact }, 'expected the column of the solution', 'fields.solution'],
    [{ fields: generic, scoring: { kind: 'regex', pattern: 'a(b' } as const }, 'Unterminated group at character 2', 'scoring.pattern'],
    [{ fields: { prompt: 'nope', solution: 'answer' }, scoring: exact }, 'expected a column of that name, found a row of "question", "answer"', 'nope'],
  ])('refuses %j', async (request, message, field) => {
    const error: unknown = await loadFiles('generic', [writeJsonl('a.jsonl', questions(2))], request).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(DatasetError)
    expect(error).toMatchObject({ message: expect.stringContaining(message) as string, field })
  })
})

describe('bad input', () => {
  const request = { fields: generic, scoring: { kind: 'exact' } } as const

  test('a line of 10 MB is read, and one over the limit is named', async () => {
    const long = 'x'.repeat(10 * 2 ** 20)
    const path = write('long.jsonl', `${JSON.stringify({ question: long, answer: 'a' })}\n${JSON.stringify({ question: long + long, answer: 'b' })}\n`)
    const { samples, stamp } = await loadFiles('generic', [path], request)
    expect(samples).toHaveLength(1)
    expect(stamp.problems).toEqual([`${path}, line 2: expected at most 16777216 bytes, found a longer line`])
  })

  test('another encoding is named by file, row and field', async () => {
    const latin = write('latin.csv', Buffer.from('question,answer\nna\u00efve,yes\nplain,no\n', 'latin1'))
    const { samples, stamp } = await loadFiles('generic', [latin], request)
    expect(samples).toHaveLength(1)
    expect(stamp.problems).toEqual([`${latin}, line 2, field question: expected UTF-8 text, found other bytes`])
    const columnData = [{ name: 'question', data: [Uint8Array.of(0x6e, 0xef)], type: 'BYTE_ARRAY' as const, converted_type: 'UTF8' as const }, { name: 'answer', data: ['a'] }]
    const schema = [{ name: 'root', num_children: 2 }, { name: 'question', type: 'BYTE_ARRAY' as const, converted_type: 'UTF8' as const, repetition_type: 'REQUIRED' as const }, { name: 'answer', type: 'BYTE_ARRAY' as const, converted_type: 'UTF8' as const, repetition_type: 'REQUIRED' as const }]
    const parquet = write('latin.parquet', new Uint8Array(parquetWriteBuffer({ columnData: columnData.map(({ name, data }) => ({ name, data })), schema })))
    await expect(loadFiles('generic', [parquet], request)).rejects.toThrow('latin.parquet, row 1, field question: expected text or a number, found bytes that are no UTF-8 text')
  })

  test('a Parquet file that is none is refused by name', async () => {
    await expect(loadFiles('generic', [write('fake.parquet', '{"question": "a"}')], request)).rejects.toThrow('fake.parquet: expected a Parquet file, which begins with PAR1, found "{\\"qu"')
  })

  test('CSV whose quotes do not close is refused with its line, and a record of another length is left out', async () => {
    const path = write('broken.csv', 'question,answer\n"a\nb",c\nd\n"e')
    await expect(loadFiles('generic', [path], request)).rejects.toMatchObject({ row: 5, message: expect.stringContaining('broken.csv: line 5: expected CSV') as string })
    const { stamp } = await loadFiles('generic', [write('short.csv', '\uFEFFquestion,answer\n"a\nb",c\nd\n')], request)
    expect(stamp).toMatchObject({ sampleCount: 1, problems: [expect.stringContaining('short.csv, line 4: expected 2 fields, found 1') as string] })
  })

  test('a file without a sample is an error that carries its first problem', async () => {
    const path = writeJsonl('empty.jsonl', [{ question: 'a' }])
    await expect(loadFiles('generic', [path], request)).rejects.toMatchObject({ name: 'DatasetError', path, row: 1, field: 'answer' })
    await expect(loadFiles('generic', [write('none.jsonl', '')], request)).rejects.toThrow('expected samples, found no row')
  })
})
