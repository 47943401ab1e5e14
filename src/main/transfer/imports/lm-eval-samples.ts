/**
 * @file The `samples_*.jsonl` that lm-evaluation-harness writes with `--log_samples`: a line a document and filter. It does not know where
 * results go.
 *
 * Source: lm-evaluation-harness, `docs/interface.md` (`--log_samples`), `evaluator.py`, which logs each document once for each filter with all
 * its repeats in `resps`, and the files its `evaluation_tracker` appends to.
 */
import { basename } from 'node:path'
import { TransferError } from '../errors.ts'
import { taskOfPath, type ForeignResult, type ForeignRun } from './imported-run.ts'
import { readJsonLines, type JsonLine } from './json-lines.ts'

/** Metrics that score one document with 0 or 1, the most usual first; looked at where a line does not list its own. */
const SCORE_NAMES = ['exact_match', 'acc', 'pass@1', 'em', 'acc_norm', 'f1']

interface NumberedResult {
  /** From 1. */
  readonly line: number
  readonly result: ForeignResult
}

/**
 * One run for each filter, as the harness scores each apart. Throws TransferError with the line that does not fit, and with both lines where a
 * document stands twice under one filter: no repeat is a line of its own, so these are files of two evaluations in one.
 */
export async function readLmEvalSamples(path: string, name: string | null): Promise<{ runs: ForeignRun[]; warnings: string[] }> {
  const byFilter = new Map<string, Map<string, NumberedResult>>()
  const warnings = new Set<string>()
  for await (const line of readJsonLines(path)) {
    const result = toResult(path, line, warnings)
    const filter = typeof line.value['filter'] === 'string' ? line.value['filter'] : unnamedFilter(byFilter, result)
    const results = byFilter.get(filter) ?? new Map<string, NumberedResult>()
    const former = results.get(result.sampleId)
    if (former !== undefined) throw new TransferError(path, `lines ${former.line} and ${line.number}, doc_id`, `expected each document once under the filter ${JSON.stringify(filter)}, found ${JSON.stringify(line.value['doc_id'])} twice`)
    byFilter.set(filter, results.set(result.sampleId, { line: line.number, result }))
  }
  if (byFilter.size === 0) throw new TransferError(path, null, 'it holds no samples')
  const title = name ?? basename(path).replace(/\.jsonl$/, '')
  const runs = [...byFilter].map(([filter, results]) => ({ name: byFilter.size === 1 ? title : `${title} (${filter})`, task: taskOfPath(basename(path)), maxInferenceAugNum: null, results: [...results.values()].map(({ result }) => result) }))
  return { runs, warnings: [...warnings] }
}

/** The harness did not always write which filter a line is of: a document's second line was then that of the second filter. */
function unnamedFilter(byFilter: ReadonlyMap<string, ReadonlyMap<string, NumberedResult>>, { sampleId }: ForeignResult): string {
  for (let number = 1; ; number++) {
    const name = `filter ${number}`
    if (byFilter.get(name)?.has(sampleId) !== true) return name
  }
}

function toResult(path: string, { number, value }: JsonLine, warnings: Set<string>): ForeignResult {
  const id = value['doc_id']
  if (typeof id !== 'number' && typeof id !== 'string') throw new TransferError(path, `line ${number}, doc_id`, 'expected a number or a text')
  return {
    sampleId: `doc-${id}`,
    origin: `${basename(path)}, line ${number}`,
    prompt: { kind: 'text', text: promptOf(value['arguments']) ?? JSON.stringify(value['doc'] ?? null) },
    solution: value['target'] == null ? null : textOf(value['target']),
    text: textOf(firstDeep(value['resps']) ?? firstDeep(value['filtered_resps']) ?? ''),
    reward: scoreOf(value, warnings),
  }
}

/** `{gen_args_0: {arg_0: prompt}}` today, `[[prompt, options]]` before; null where it is neither. */
function promptOf(given: unknown): string | null {
  if (Array.isArray(given)) {
    const prompt = firstDeep(given)
    return typeof prompt === 'string' ? prompt : null
  }
  if (typeof given !== 'object' || given === null) return null
  const [first] = Object.values(given) as unknown[]
  const prompt = typeof first === 'object' && first !== null ? (Object.values(first) as unknown[])[0] : undefined
  return typeof prompt === 'string' ? prompt : null
}

function firstDeep(value: unknown): unknown {
  return Array.isArray(value) ? firstDeep(value[0]) : value
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function scoreOf(value: JsonLine['value'], warnings: Set<string>): number | null {
  const listed = Array.isArray(value['metrics']) ? value['metrics'].filter((name) => typeof name === 'string') : []
  const scores = [...listed, ...SCORE_NAMES].filter((name, index, names) => names.indexOf(name) === index && (typeof value[name] === 'number' || typeof value[name] === 'boolean'))
  const [name] = scores
  if (name === undefined) return null
  if (scores.length > 1) warnings.add(`Of the metrics ${scores.join(', ')} the rewards are ${name}.`)
  return Number(value[name])
}
