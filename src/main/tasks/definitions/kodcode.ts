/** @file KodCode's rows as the reference asks them (docs/REFERENCE.md 11). It does not know how tests are run. */
import { z } from 'zod'
import { RowMismatch } from '../dataset-error.ts'
import { strip } from '../python-text.ts'
import { describe, readId, readObject, readText } from '../row-values.ts'
import { filesNamedAfter, type TaskDefinition } from './task-definition.ts'

const instruction = 'Write an efficient and correct Python function to solve the following problem.'

/** `TaskSample.extra` of KodCode. */
export const kodcodeExtraSchema = z.object({
  /** A pytest module that imports from `solution`. */
  tests: z.string(),
  /** What the tests call. */
  functionName: z.string(),
})
export type KodcodeExtra = z.infer<typeof kodcodeExtraSchema>

export const kodcode: TaskDefinition = {
  title: 'KodCode',
  summary: 'Python functions with tests, 10,000 in one file that is cut into 70, 10 and 20 %. Judging runs code that the model wrote.',
  hubRepo: 'KodCode/KodCode-Light-RL-10K',
  splits: ['train', 'valid', 'test'],
  scoring: '1 if the function passes all of the tests within 5 s',
  isMultiTurn: false,
  runsCode: true,
  suggestedMaxNewTokens: 512,
  ownScoring: null,
  columns: ['question_id', 'question', 'solution', 'subset', 'test', 'test_info'],
  filesOf: (_split, names) => filesNamedAfter('train', names),
  // configs/latent_memory/kodcode.yaml of the reference.
  cutOf: () => ({ train: 0.7, validation: 0.1, test: 0.2 }),
  readSample(row) {
    const extra: KodcodeExtra = { tests: strip(readText(row['test'], 'test', 'text')), functionName: readFunctionName(row['test_info']) }
    return {
      id: readId(row['question_id'], 'question_id'),
      domain: row['subset'] == null ? null : readText(row['subset'], 'subset', 'text'),
      prompt: { kind: 'messages', messages: [{ role: 'user', content: `${instruction}Question: ${strip(readText(row['question'], 'question', 'text'))}\n` }] },
      solution: strip(readText(row['solution'], 'solution', 'text')),
      answers: [],
      extra,
    }
  },
}

function readFunctionName(value: unknown): string {
  if (!Array.isArray(value) || value.length === 0) throw new RowMismatch('test_info', 'a list of functions', describe(value))
  return readText(readObject(value[0], 'test_info.0', 'a function')['function_name'], 'test_info.0.function_name', 'text')
}
