/** @file The samples a run trains and is measured on: read, split by seed, turned into rows. Knows no graph and no reward. */
import { createHash } from 'node:crypto'
import type { TrainingConfig } from '../../../shared/domain/training.ts'
import type { TrainingData } from '../../../shared/domain/training-event.ts'
import { describeProblem, readDataset, shuffle, splitSamples, type Dataset, type Sample } from '../../tasks/index.ts'
import type { Tokenizer } from '../tokenization/tokenizer.ts'
import { encodeConversation } from './encode-conversation.ts'
import { IGNORED_LABEL, TrainingRowError, type LabelledRow } from './supervised-rows.ts'

/** Bad lines that are listed with their reason; all are counted. */
const LISTED_BAD_LINES = 20

/** A row with the sample it came from. */
export interface SampleRow extends LabelledRow {
  readonly sample: Sample
}

export interface TrainingSamples {
  readonly train: readonly Sample[]
  readonly validation: readonly Sample[]
}

/** One data file as it is reported; samples that are left out later are counted in `tooLongCount`. */
export type DataReport = Omit<TrainingData, 'tooLongCount'>

/** Reads the files. Throws DatasetError, or an error that says which file has no sample. */
export async function readTrainingSamples({ dataset, seed }: TrainingConfig): Promise<TrainingSamples & { readonly reports: readonly DataReport[] }> {
  const train = await readDataset(dataset.trainFile)
  if (train.samples.length === 0) throw new Error(`${dataset.trainFile}: expected samples, found none. ${firstProblem(train)}`)
  if (dataset.validationFile === null) {
    const split = splitSamples(train.samples, { validation: dataset.validationRatio }, seed)
    const samples = { train: takeShare(split.train, dataset.trainShare, seed), validation: split.validation }
    return { ...samples, reports: [reportOf('train', train, samples.train), { ...reportOf('validation', train, samples.validation), badLineCount: 0, badLines: [] }] }
  }
  const validation = await readDataset(dataset.validationFile)
  const samples = { train: takeShare(train.samples, dataset.trainShare, seed), validation: validation.samples }
  return { ...samples, reports: [reportOf('train', train, samples.train), reportOf('validation', validation, samples.validation)] }
}

/** The same for the same samples in the same order, wherever they were read from. */
export function fingerprintOf({ train, validation }: TrainingSamples): string {
  const hash = createHash('sha256')
  for (const samples of [train, validation]) for (const { id, content, solution, answers } of samples) hash.update(`${JSON.stringify([id, content, solution, answers])}\n`)
  return hash.update(`${train.length}`).digest('hex')
}

/** Rows to learn from; samples that are too long or teach nothing are left out and counted. */
export function encodeRows(samples: readonly Sample[], tokenizer: Tokenizer, maxLength: number): { rows: SampleRow[]; tooLongCount: number; emptyCount: number } {
  const rows: SampleRow[] = []
  let [tooLongCount, emptyCount] = [0, 0]
  for (const sample of samples) {
    const row = encodeSample(sample, tokenizer)
    if (row.ids.length > maxLength) tooLongCount++
    else if (row.labels.every((label) => label === IGNORED_LABEL)) emptyCount++
    else rows.push({ ...row, sample })
  }
  return { rows, tooLongCount, emptyCount }
}

/** Texts outside the chat template are learnt from where the completion begins, and end with the end of sequence. */
function encodeSample({ content, line }: Sample, tokenizer: Tokenizer): LabelledRow {
  try {
    if (content.kind === 'conversation') return encodeConversation(tokenizer, content.messages)
    if (content.kind === 'instruction') return encodeConversation(tokenizer, [...content.prompt, ...(content.completion ?? [])])
    const prompt = tokenizer.encode(content.prompt)
    const completion = content.completion === null ? [] : [...tokenizer.encode(content.completion), tokenizer.eosTokenId]
    return { ids: [...prompt, ...completion], labels: [...prompt.map(() => IGNORED_LABEL), ...completion] }
  } catch (error) {
    if (error instanceof TrainingRowError) throw new TrainingRowError(`line ${line}: ${error.message}`, { cause: error })
    throw error
  }
}

function takeShare(samples: readonly Sample[], share: number, seed: number): readonly Sample[] {
  return share === 1 ? samples : shuffle(samples, seed, 'train share').slice(0, Math.max(1, Math.floor(samples.length * share)))
}

/** @param samples those of the file that the run takes */
function reportOf(use: DataReport['use'], { path, problems, problemCount }: Dataset, samples: readonly Sample[]): DataReport {
  const badLines = problems.slice(0, LISTED_BAD_LINES).map((problem) => ({ line: problem.line, reason: describeProblem(problem) }))
  return { use, file: path, sampleCount: samples.length, badLineCount: problemCount, badLines }
}

function firstProblem({ problems: [problem] }: Dataset): string {
  return problem === undefined ? 'The file is empty.' : `The first row was left out: ${describeProblem(problem)}`
}
