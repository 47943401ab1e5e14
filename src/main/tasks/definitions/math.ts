/**
 * @file MATH (Hendrycks et al., 2021) and its subset of 500, asked and scored as GSM8K is: the reference has no such task, but the paper
 * reports it. Does not know where rows come from.
 */
import { readId, readText } from '../row-values.ts'
import { mathPrompt } from './gsm8k.ts'
import { cutFromTraining, filesNamedAfter, type TaskDefinition } from './task-definition.ts'

export const math: TaskDefinition = {
  title: 'MATH',
  summary: 'Competition mathematics in seven subjects, 5,000 to test on; HuggingFaceH4/MATH-500 works too. The prompt is GSM8K’s, since the reference defines none.',
  hubRepo: 'EleutherAI/hendrycks_math',
  splits: ['train', 'valid', 'test'],
  scoring: String.raw`The first \boxed{…} against the solution's last one, as LaTeX after the reference's rewrites`,
  isMultiTurn: false,
  runsCode: false,
  suggestedMaxNewTokens: 1024,
  ownScoring: { kind: 'math' },
  columns: ['problem', 'solution', 'type', 'subject', 'unique_id'],
  filesOf: (split, names) => filesNamedAfter(split === 'test' ? 'test' : 'train', names),
  cutOf: cutFromTraining,
  readSample(row) {
    const subject = row['subject'] ?? row['type'] ?? null
    return {
      id: readId(row['unique_id'], 'unique_id'),
      domain: subject === null ? null : readText(subject, 'subject', 'text'),
      prompt: { kind: 'messages', messages: [mathPrompt(readText(row['problem'], 'problem', 'text'))] },
      solution: readText(row['solution'], 'solution', 'text'),
      answers: [],
      extra: {},
    }
  },
}
