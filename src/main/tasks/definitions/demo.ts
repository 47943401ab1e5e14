/** @file The two domains of the bundled model as tasks (docs/demo-model.md). It does not know how their problems are made. */
import { readMessages } from '../row-reader.ts'
import { readId, readText } from '../row-values.ts'
import type { TaskDefinition } from './task-definition.ts'

/** What both have in common: a problem with its written-out solution, of which the prompt is all but the last message. */
const domain = {
  hubRepo: null,
  splits: ['train', 'valid', 'test'],
  scoring: String.raw`The last \boxed{…} against the digit or number, as text`,
  isMultiTurn: false,
  runsCode: false,
  suggestedMaxNewTokens: 96,
  ownScoring: { kind: 'boxed' },
  columns: ['id', 'messages', 'solution'],
  filesOf: () => [],
  cutOf: () => null,
  readSample(row) {
    return {
      id: readId(row['id'], 'id'),
      domain: null,
      prompt: { kind: 'messages', messages: readMessages(row['messages'], 'messages', 'question and answer').slice(0, -1) },
      solution: readText(row['solution'], 'solution', 'text'),
      answers: [],
      extra: {},
    }
  },
} satisfies Partial<TaskDefinition>

export const demoBase: TaskDefinition = {
  ...domain,
  title: 'Demo: base domain',
  summary: 'Stories about counted things, which the bundled model solves without memory: 500 held-out ones, the first of those in docs/demo-model.md.',
}

export const demoNew: TaskDefinition = {
  ...domain,
  title: 'Demo: new domain',
  summary: 'Chains of made-up operators, whose facts only the memory knows: 500 held-out ones, the first of those in docs/demo-model.md.',
}
