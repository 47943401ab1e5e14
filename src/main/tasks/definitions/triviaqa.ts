/**
 * @file TriviaQA's rows as the reference asks them (docs/REFERENCE.md 11). It does not know how the dialogue goes on.
 *
 * Differences: the published test part has no answers, so `test` is the file that the dataset calls validation, as in the reference's
 * evaluations; `valid` is a seeded tenth of the training file.
 */
import { RowMismatch } from '../dataset-error.ts'
import { triviaQaSystemPrompt } from '../rewards/triviaqa.ts'
import { describe, readId, readObject, readText } from '../row-values.ts'
import { cutFromTraining, filesNamedAfter, type TaskDefinition } from './task-definition.ts'

const configuration = 'rc.wikipedia.nocontext/'

export const triviaqa: TaskDefinition = {
  title: 'TriviaQA',
  summary: 'Trivia questions answered with a search tool over several turns, 7,993 to test on (the published validation part).',
  hubRepo: 'mandarjoshi/trivia_qa',
  splits: ['train', 'valid', 'test'],
  scoring: '1 if the answer given contains an accepted one',
  isMultiTurn: true,
  runsCode: false,
  suggestedMaxNewTokens: 512,
  ownScoring: null,
  columns: ['question_id', 'question', 'answer'],
  filesOf: (split, names) => filesNamedAfter(split === 'test' ? 'valid' : 'train', names.filter((name) => name.startsWith(configuration))),
  cutOf: cutFromTraining,
  readSample(row) {
    const answer = readObject(row['answer'], 'answer', 'an object with normalized_aliases')
    return {
      id: readId(row['question_id'], 'question_id'),
      domain: null,
      prompt: {
        kind: 'messages',
        messages: [
          { role: 'system', content: triviaQaSystemPrompt },
          { role: 'user', content: readText(row['question'], 'question', 'text') },
        ],
      },
      solution: typeof answer['value'] === 'string' ? answer['value'] : null,
      answers: readAliases(answer['normalized_aliases']),
      extra: {},
    }
  },
}

function readAliases(value: unknown): string[] {
  const field = 'answer.normalized_aliases'
  if (!Array.isArray(value) || value.length === 0) throw new RowMismatch(field, 'a list of answers', describe(value))
  return value.map((alias: unknown, index) => readText(alias, `${field}.${index}`, 'text'))
}
