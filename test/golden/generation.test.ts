/**
 * @file Generation against the reference's vectors: every request of every case in `$GOLDEN_DIR`, whatever its family
 * or shapes. Rows alone and in a batch, stepped phase by phase and run in one go. What a case leaves out is not compared.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MemGenModel } from '../../src/main/engine/memgen/memgen-model.ts'
import { Rollout } from '../../src/main/engine/memgen/rollout.ts'
import type { StepResult } from '../../src/main/engine/memgen/step-record.ts'
import { completionText } from '../../src/main/engine/tokenization/completion-text.ts'
import { runConfigSchema, type RunConfig } from '../../src/shared/domain/run-config.ts'
import { findGoldenCases, type GoldenCase, type GoldenRequest } from '../support/golden-case.ts'

/** Suggested by test/golden/README.md: the reference's own float32 error is below 7e-5, a planted mistake's above 4e-3. */
const TOLERANCE = 1e-3

/** What a request was compared by, for the printed line. A difference is null where there was nothing to compare. */
interface Differences {
  logits: number | null
  latents: number | null
  trigger: number | null
  tokens: number
  weaves: number
}

const cases = findGoldenCases()

test('there are cases to compare with', () => {
  expect(cases.length).toBeGreaterThan(0)
})

describe.each(cases)('$name', (golden) => {
  let model: MemGenModel | undefined
  const loaded = (): MemGenModel => {
    if (model === undefined) throw new Error(`${golden.name} was not loaded`)
    return model
  }
  beforeAll(async () => {
    model = await MemGenModel.load(golden.location, { device: 'cpu', threads: 1 })
  })
  afterAll(async () => {
    await model?.release()
  })

  test.each(golden.requests)('$id: all rows in one batch', async (request) => {
    const results = await runRows(loaded(), request, request.rows.map((_, row) => row), (rollout) => rollout.step())
    report(golden, request, 'batch', compare(golden, loaded(), request, results))
  })

  test.each(golden.requests)('$id: each row alone, phase by phase', async (request) => {
    const results = new Map<number, StepResult[]>()
    for (const row of request.rows.keys()) {
      const alone = await runRows(loaded(), request, [row], stepByPhases)
      for (const [index, steps] of alone) results.set(index, steps)
    }
    report(golden, request, 'alone', compare(golden, loaded(), request, results))
  })
})

async function stepByPhases(rollout: Rollout): Promise<StepResult[]> {
  await rollout.decide()
  await rollout.weave()
  return rollout.decode()
}

function runConfig({ options }: GoldenRequest): RunConfig {
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
async function runRows(
  model: MemGenModel,
  request: GoldenRequest,
  rows: readonly number[],
  step: (rollout: Rollout) => Promise<StepResult[]>,
): Promise<Map<number, StepResult[]>> {
  const requests = rows.map((row) => ({ id: `row-${row}`, promptIds: request.rows[row]?.prompt_ids ?? [], sampleId: `${row}`, repeat: 0 }))
  const rollout = Rollout.open(model, runConfig(request), requests)
  const results = new Map<number, StepResult[]>(rows.map((row) => [row, []]))
  while (!rollout.isFinished) {
    for (const result of await step(rollout)) results.get(rows[result.row] ?? -1)?.push(result)
  }
  rollout.dispose()
  return results
}

/** Compares up to each row's first EOS, where a row ends here; returns the largest differences. */
function compare(golden: GoldenCase, model: MemGenModel, request: GoldenRequest, results: ReadonlyMap<number, StepResult[]>): Differences {
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
  expect(differences.logits ?? 0, 'next-token logits').toBeLessThan(TOLERANCE)
  expect(differences.latents ?? 0, 'latents').toBeLessThan(TOLERANCE)
  expect(differences.trigger ?? 0, 'trigger logits').toBeLessThan(TOLERANCE)
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
function largestDifference(soFar: number | null, actual: ArrayLike<number>, expected: ArrayLike<number> | undefined): number | null {
  if (expected === undefined) return soFar
  expect(actual.length).toBe(expected.length)
  let largest = soFar ?? 0
  for (let index = 0; index < expected.length; index++) {
    const difference = Math.abs((actual[index] ?? NaN) - (expected[index] ?? NaN))
    if (!(difference <= largest) && !Number.isNaN(largest)) largest = difference
  }
  return largest
}

function report(golden: GoldenCase, request: GoldenRequest, how: string, { logits, latents, trigger, tokens, weaves }: Differences): void {
  const show = (value: number | null): string => value?.toExponential(1) ?? 'not compared'
  process.stdout.write(
    `${golden.name} ${request.id} ${how}: ${request.rows.length} rows, ${tokens} tokens, ${weaves} insertions; ` +
      `largest difference logits ${show(logits)}, latents ${show(latents)}, trigger ${show(trigger)}\n`,
  )
}
