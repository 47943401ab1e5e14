/**
 * @file Runs requests of golden cases and compares what was generated with the reference's vectors, on whatever device the model stands.
 * What a case leaves out is not compared.
 */
import { expect } from 'vitest'
import type { MemGenModel } from '../../src/main/engine/memgen/memgen-model.ts'
import { Rollout } from '../../src/main/engine/memgen/rollout.ts'
import type { StepResult } from '../../src/main/engine/memgen/step-record.ts'
import { completionText } from '../../src/main/engine/tokenization/completion-text.ts'
import { runConfigSchema, type RunConfig } from '../../src/shared/domain/run-config.ts'
import type { GoldenCase, GoldenRequest } from './golden-case.ts'

/** What a request was compared by, for the printed line. A difference is null where there was nothing to compare. */
interface Differences {
  logits: number | null
  latents: number | null
  trigger: number | null
  tokens: number
  weaves: number
}

/** A row of a request, and what was generated for it. */
export type GeneratedRows = ReadonlyMap<number, StepResult[]>

export function runConfig({ options }: GoldenRequest): RunConfig {
  return runConfigSchema.parse({
    maxNewTokens: options.max_new_tokens,
    maxInferenceAugNum: options.max_inference_aug_num,
    triggerActive: options.trigger_active,
    sampling: { doSample: options.weaver_do_sample, temperature: options.temperature },
    triggerDoSample: options.trigger_do_sample,
    recordNearest: 0,
  })
}

/** Generates the given rows together; the steps of each by its row in the request. */
export async function generateRows(
  model: MemGenModel,
  request: GoldenRequest,
  rows: readonly number[] = [...request.rows.keys()],
  step: (rollout: Rollout) => Promise<StepResult[]> = (rollout) => rollout.step(),
): Promise<GeneratedRows> {
  const requests = rows.map((row) => ({ id: `row-${row}`, promptIds: request.rows[row]?.prompt_ids ?? [], sampleId: `${row}`, repeat: 0 }))
  const rollout = Rollout.open(model, runConfig(request), requests)
  const results = new Map<number, StepResult[]>(rows.map((row) => [row, []]))
  while (!rollout.isFinished) {
    for (const result of await step(rollout)) results.get(rows[result.row] ?? -1)?.push(result)
  }
  rollout.dispose()
  return results
}

/**
 * Requests in groups that can be generated together: they differ in nothing but their prompts and their length, and have at most `maxRows` rows,
 * unless one alone has more. Rows whose request ends earlier go on for the sake of the others.
 */
export function requestsOfLikeOptions(requests: readonly GoldenRequest[], maxRows: number): GoldenRequest[][] {
  const groups: { options: string; rows: number; requests: GoldenRequest[] }[] = []
  for (const request of requests) {
    const options = JSON.stringify({ ...request.options, max_new_tokens: null })
    const rows = request.rows.length
    const group = groups.find((group) => group.options === options && group.rows + rows <= maxRows)
    if (group === undefined) groups.push({ options, rows, requests: [request] })
    else {
      group.requests.push(request)
      group.rows += rows
    }
  }
  return groups.map(({ requests }) => requests)
}

/** The first `steps` steps of a request. */
export function beginningOf(request: GoldenRequest, steps: number): GoldenRequest {
  const { options, expected } = request
  if (options.max_new_tokens <= steps) return request
  const cut = (rows: number[][]): number[][] => rows.map((row) => row.slice(0, steps))
  const { completion_text: _, augmentation_pos: decisions, ...rest } = expected
  return {
    ...request,
    options: { ...options, max_new_tokens: steps },
    expected: { ...rest, new_ids: cut(expected.new_ids), ...(decisions === undefined ? {} : { augmentation_pos: cut(decisions) }) },
  }
}

/** Generates all rows of several requests in one batch; each request's rows, as long as it asked for them. */
export async function generateTogether(model: MemGenModel, requests: readonly GoldenRequest[]): Promise<[GoldenRequest, GeneratedRows][]> {
  const [first] = requests
  if (first === undefined) return []
  const options = { ...first.options, max_new_tokens: Math.max(...requests.map(({ options }) => options.max_new_tokens)) }
  const generated = await generateRows(model, { ...first, options, rows: requests.flatMap(({ rows }) => rows) })
  let start = 0
  return requests.map((request) => {
    const rows = new Map(request.rows.map((_, row) => [row, (generated.get(start + row) ?? []).slice(0, request.options.max_new_tokens)]))
    start += request.rows.length
    return [request, rows]
  })
}

/** Compares up to each row's first EOS, where a row ends here; returns the largest differences, which are below `tolerance`. */
export function compareWithReference(golden: GoldenCase, model: MemGenModel, request: GoldenRequest, results: GeneratedRows, tolerance: number): Differences {
  const { expected } = request
  const differences: Differences = { logits: null, latents: null, trigger: null, tokens: 0, weaves: 0 }
  for (const [row, steps] of results) {
    const length = lengthOfRow(request, row, model.tokenizer.eosTokenId)
    const ids = steps.map(({ step }) => step.tokenId)
    expect(ids, `token ids of row ${row}`).toEqual(expected.new_ids[row]?.slice(0, length))
    if (expected.augmentation_pos !== undefined) {
      expect(steps.map(({ step }) => step.decision), `augmentation mask of row ${row}`).toEqual(expected.augmentation_pos[row]?.slice(0, length))
    }
    if (expected.completion_text !== undefined) expect(completionText(model.tokenizer, ids)).toBe(expected.completion_text[row])
    differences.tokens += steps.length
    compareLogits(golden, request, row, steps, differences)
    compareTrigger(model, request, row, steps, differences)
    compareWeaves(golden, request, row, steps, differences)
  }
  expect(differences.logits ?? 0, 'next-token logits').toBeLessThan(tolerance)
  expect(differences.latents ?? 0, 'latents').toBeLessThan(tolerance)
  expect(differences.trigger ?? 0, 'trigger logits').toBeLessThan(tolerance)
  return differences
}

/** Steps up to and including the row's first EOS. */
function lengthOfRow({ expected }: GoldenRequest, row: number, eosTokenId: number): number {
  const ids = expected.new_ids[row] ?? []
  const firstEos = expected.first_eos?.[row] ?? ids.indexOf(eosTokenId)
  return firstEos === -1 ? ids.length : firstEos + 1
}

function compareLogits(golden: GoldenCase, { expected }: GoldenRequest, row: number, steps: readonly StepResult[], differences: Differences): void {
  const logits = golden.tensor(expected.logits)
  if (logits === undefined) return
  const [, batch = 0, vocabSize = 0] = logits.shape
  for (const [index, result] of steps.entries()) {
    const offset = (index * batch + row) * vocabSize
    differences.logits = largestDifference(differences.logits, result.logits, logits.data.subarray(offset, offset + vocabSize))
  }
}

function compareTrigger(model: MemGenModel, { expected, options }: GoldenRequest, row: number, steps: readonly StepResult[], differences: Differences): void {
  if (expected.trigger_calls === undefined) return
  const calls = expected.trigger_calls.filter((call) => call.row === row && call.step < steps.length)
  const asked = steps.filter(({ step }) => step.decision !== -100)
  expect(asked.map(({ step }) => step.index), `trigger calls of row ${row}`).toEqual(calls.map(({ step }) => step))
  const isActive = options.trigger_active ?? model.summary.triggerActive
  for (const [index, { step }] of asked.entries()) {
    expect(step.decisionSource).toBe(isActive ? 'model' : 'constant')
    if (step.triggerLogits !== null) differences.trigger = largestDifference(differences.trigger, step.triggerLogits, calls[index]?.logits)
  }
}

function compareWeaves(golden: GoldenCase, { expected }: GoldenRequest, row: number, steps: readonly StepResult[], differences: Differences): void {
  const weaves = steps.flatMap(({ weave }) => (weave === null ? [] : [weave]))
  differences.weaves += weaves.length
  if (expected.weaver_calls === undefined) return
  const calls = expected.weaver_calls.filter((call) => call.rows.includes(row) && call.step < steps.length)
  expect(weaves.map(({ stepIndex, kind }) => [stepIndex, kind]), `insertions of row ${row}`).toEqual(calls.map(({ step, kind }) => [step, kind]))
  for (const [index, weave] of weaves.entries()) {
    const call = calls[index]
    if (call === undefined) continue
    const place = call.rows.indexOf(row)
    if (call.context_len !== undefined) expect(weave.contextLength).toBe(call.context_len[place])
    const pairs: [ArrayLike<number>, ArrayLike<number> | undefined][] = [
      [weave.latentsBeforeProjection.data, rowOf(golden, call.pre, place)],
      [weave.latents.data, rowOf(golden, call.post, place)],
      [weave.norms, call.post_norms?.[place]],
      [weave.normsBeforeProjection, call.pre_norms?.[place]],
    ]
    for (const [actual, given] of pairs) differences.latents = largestDifference(differences.latents, actual, given)
  }
}

/** Latents [K, hidden] of one row of a call's tensor [rows, K, hidden]; undefined where the case does not give them. */
function rowOf(golden: GoldenCase, name: string | undefined, place: number): Float32Array | undefined {
  const tensor = golden.tensor(name)
  if (tensor === undefined) return undefined
  const [, count = 0, width = 0] = tensor.shape
  return tensor.data.subarray(place * count * width, (place + 1) * count * width)
}

/** The larger of `soFar` and the largest difference between the two, if there is something to compare with. NaN stays. */
export function largestDifference(soFar: number | null, actual: ArrayLike<number>, expected: ArrayLike<number> | undefined): number | null {
  if (expected === undefined) return soFar
  expect(actual.length).toBe(expected.length)
  let largest = soFar ?? 0
  for (let index = 0; index < expected.length; index++) {
    const difference = Math.abs((actual[index] ?? NaN) - (expected[index] ?? NaN))
    if (!(difference <= largest) && !Number.isNaN(largest)) largest = difference
  }
  return largest
}

export function printDifferences(golden: GoldenCase, request: GoldenRequest, how: string, { logits, latents, trigger, tokens, weaves }: Differences): void {
  const show = (value: number | null): string => value?.toExponential(1) ?? 'not compared'
  process.stdout.write(
    `${golden.name} ${request.id} ${how}: ${request.rows.length} rows, ${tokens} tokens, ${weaves} insertions; ` +
      `largest difference logits ${show(logits)}, latents ${show(latents)}, trigger ${show(trigger)}\n`,
  )
}
