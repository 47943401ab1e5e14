/**
 * @file GPQA as the reference asks it (docs/REFERENCE.md 11). Does not know where rows come from.
 *
 * Differences: the reference shuffles the options without a seed, so that no two of its runs ask the same; here the order depends on a
 * fixed seed and the question alone, and stands with the sample.
 */
import { strip } from '../python-text.ts'
import { readId, readText, type RowObject } from '../row-values.ts'
import { shuffle } from '../shuffle.ts'
import { listOptions, optionLetter } from './choice-options.ts'
import { cutFromTraining, type TaskDefinition } from './task-definition.ts'

const instruction = String.raw`Solve the problem with proper reasoning, and make sure to put the FINAL CHOICE inside \boxed{}.`
const optionSeed = 42
/** The right one first. */
const optionColumns = ['Correct Answer', 'Incorrect Answer 1', 'Incorrect Answer 2', 'Incorrect Answer 3'] as const
const domainColumn = 'High-level domain'

export const gpqa: TaskDefinition = {
  title: 'GPQA',
  summary: 'Questions of physics, chemistry and biology with four options, 198 to test on (diamond); training and validation come from the main set. Access must be granted on the hub.',
  hubRepo: 'Idavidrein/gpqa',
  splits: ['train', 'valid', 'test'],
  scoring: String.raw`The first \boxed{…} against the right letter, by the reference's math score`,
  isMultiTurn: false,
  runsCode: false,
  suggestedMaxNewTokens: 1024,
  ownScoring: { kind: 'math' },
  columns: ['Record ID', 'Question', 'Explanation', domainColumn, ...optionColumns],
  filesOf: (split, names) => names.filter((name) => name.endsWith(split === 'test' ? 'gpqa_diamond.csv' : 'gpqa_main.csv')),
  cutOf: cutFromTraining,
  readSample(row) {
    const question = readStripped(row, 'Question')
    const candidates = optionColumns.map((column) => readStripped(row, column))
    const optionOrder = shuffle([...optionColumns.keys()], optionSeed, `GPQA ${question}`)
    const options = optionOrder.map((index) => candidates[index]!)
    const text = `${question}\n\nPlease choose one of the following options:\n${listOptions(options)}`
    const rationale = row['Explanation'] == null || row['Explanation'] === '' ? '' : `${readStripped(row, 'Explanation')}\n\n`
    return {
      id: readId(row['Record ID'] === '' ? null : row['Record ID'], 'Record ID'),
      domain: row[domainColumn] == null || row[domainColumn] === '' ? null : readStripped(row, domainColumn),
      prompt: { kind: 'messages', messages: [{ role: 'user', content: `${instruction}Question: ${text}\n` }] },
      solution: `${rationale}\\boxed{${optionLetter(optionOrder.indexOf(0))}}`,
      answers: [],
      extra: { options, optionOrder, optionSeed },
    }
  },
}

function readStripped(row: RowObject, column: string): string {
  return strip(readText(row[column], column, 'text'))
}
