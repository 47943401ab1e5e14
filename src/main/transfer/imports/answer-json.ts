/**
 * @file The reference's `answer.json`: one JSON object a line with `prompt`, `solution`, `completion` and `metrics`, and a last one with
 * `summary_metrics`. It does not know where results go.
 */
import { basename, dirname } from 'node:path'
import { parseMemoryName } from '../../../shared/domain/memory-name.ts'
import { TransferError } from '../errors.ts'
import { taskOfPath, type ForeignResult, type ForeignRun } from './imported-run.ts'
import { readJsonLines, type JsonLine } from './json-lines.ts'

/** Names under which the reference's environments return what is averaged as the score; others are looked at only where a line has none of these. */
const SCORE_NAMES = ['compute_reward', 'reward', 'accuracy']

/** Throws TransferError with the line that does not fit. */
export async function readAnswerJson(path: string, name: string | null): Promise<{ runs: ForeignRun[]; warnings: string[] }> {
  const results: ForeignResult[] = []
  const warnings = new Set<string>()
  for await (const line of readJsonLines(path)) {
    if ('summary_metrics' in line.value) continue
    results.push(toResult(path, line, warnings))
  }
  if (results.length === 0) throw new TransferError(path, null, 'it holds no answers')
  return { runs: [{ name: name ?? nameOf(path), task: taskOfPath(path), maxInferenceAugNum: parseMemoryName(path)?.maxInferenceAugNum ?? null, results }], warnings: [...warnings] }
}

/** The reference's folders are named after the lengths of memory: `…/pn=1_pl=8_in=5_il=8_<time>/evaluate/answer.json`. */
function nameOf(path: string): string {
  return path.split(/[\\/]/).find((part) => parseMemoryName(part) !== null) ?? `${basename(dirname(path))}/${basename(path)}`
}

function toResult(path: string, { number, value }: JsonLine, warnings: Set<string>): ForeignResult {
  return {
    sampleId: `line-${number}`,
    origin: `${basename(path)}, line ${number}`,
    prompt: { kind: 'text', text: textOf(path, number, value, 'prompt') },
    solution: value['solution'] == null ? null : describeValue(value['solution']),
    text: textOf(path, number, value, 'completion'),
    reward: scoreOf(value['metrics'], warnings),
  }
}

function textOf(path: string, number: number, value: JsonLine['value'], field: string): string {
  const text = value[field]
  if (typeof text !== 'string') throw new TransferError(path, `line ${number}, ${field}`, `expected text, found ${text === undefined ? 'nothing' : JSON.stringify(text).slice(0, 60)}`)
  return text
}

function describeValue(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function scoreOf(metrics: unknown, warnings: Set<string>): number | null {
  if (typeof metrics === 'number') return metrics
  if (typeof metrics !== 'object' || metrics === null) return null
  const scores = Object.entries(metrics).filter((entry): entry is [string, number] => typeof entry[1] === 'number')
  const [name, score] = scores.find(([metric]) => SCORE_NAMES.includes(metric)) ?? scores[0] ?? []
  if (name !== undefined && scores.length > 1) warnings.add(`Of the metrics ${scores.map(([metric]) => metric).join(', ')} the rewards are ${name}.`)
  return score ?? null
}
