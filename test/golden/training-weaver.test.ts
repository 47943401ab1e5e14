/**
 * @file The weaver's losses, log-probabilities, gradients and AdamW steps against the reference's, for every training case.
 * What a case leaves out is not compared.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { planModel } from '../../src/main/engine/memgen/model-plan.ts'
import { textGate } from '../../src/main/engine/tokenization/delimiter-gate.ts'
import { openTokenizer } from '../../src/main/engine/tokenization/tokenizer.ts'
import { AdamW } from '../../src/main/engine/training/adamw.ts'
import { tokenWeights } from '../../src/main/engine/training/grpo.ts'
import { weaverParameters } from '../../src/main/engine/training/memgen-parameters.ts'
import { ParameterSet } from '../../src/main/engine/training/parameter-set.ts'
import { assistantMarks, detectRowMode, IGNORED_LABEL, supervisedPasses, type LabelledRow, type TrainingPass } from '../../src/main/engine/training/supervised-rows.ts'
import { wovenBases } from '../../src/main/engine/training/training-bases.ts'
import { WeaverStep } from '../../src/main/engine/training/weaver-step.ts'
import { expectGradients, expectParameters, LOSS_TOLERANCE, VALUE_TOLERANCE } from '../support/expect-gradients.ts'
import { findTrainingCases, type GrpoVariant, type SftExample, type TrainingCase } from '../support/training-case.ts'

const cases = findTrainingCases()

test('cases without a training part are passed over', () => {
  for (const { sft } of cases) expect(sft.examples.length).toBeGreaterThan(0)
})

describe.each(cases)('the weaver of training case $name', (golden) => {
  const { sft, weaverGrpo } = golden
  let step: WeaverStep | undefined
  let initial: ParameterSet | undefined

  beforeAll(async () => {
    const { bases, parameters } = await openWeaver(golden)
    step = await WeaverStep.create(bases, { head: { kind: 'cross-entropy' }, threads: 1 })
    initial = parameters
  })
  afterAll(() => step?.release())
  const opened = (): { step: WeaverStep; parameters: ParameterSet } => {
    if (step === undefined || initial === undefined) throw new Error(`${golden.name} was not opened`)
    return { step, parameters: initial.snapshot() }
  }

  test('trains exactly the parameters that the reference trains', () => {
    const listed = opened().parameters.list().map(({ name, shape }): [string, readonly number[]] => [name, shape])
    expect(Object.fromEntries(listed)).toEqual(sft.trainable)
  })

  test.each(sft.examples)('loss and gradients of $id', async (example) => {
    const { step: weaver, parameters } = opened()
    const gradients = parameters.zerosLike()
    const passes = passesOf(golden, example)
    const { loss } = await weaver.run(passes, parameters, { weights: meanWeights(passes) }, { gradients })
    expect(Math.abs(loss - example.expected.loss)).toBeLessThan(LOSS_TOLERANCE)
    const { grad_prefix: prefix } = example.expected
    if (prefix != null) expectGradients(`${golden.name} ${example.id}: loss ${(loss - example.expected.loss).toExponential(1)}`, gradients, (name) => golden.tensor(prefix + name).data)
  })

  test.each(sft.examples.filter(({ expected }) => expected.logits != null))('logits of $id', async (example) => {
    const { step: weaver, parameters } = opened()
    const expected = golden.tensor(example.expected.logits ?? '')
    const vocabSize = expected.shape.at(-1) ?? 0
    for (const pass of passesOf(golden, example)) {
      const weights = new Float32Array(pass.targets.length)
      const { logits: found = new Float32Array(0) } = await weaver.run([pass], parameters, { weights }, { wantLogits: true })
      expect(found).toHaveLength(pass.targets.length * vocabSize)
      for (const [index, { position }] of pass.targets.entries()) {
        const row = expected.data.subarray((position - 1) * vocabSize, position * vocabSize)
        found.subarray(index * vocabSize, (index + 1) * vocabSize).forEach((value, id) => expect(Math.abs(value - (row[id] ?? 0))).toBeLessThan(VALUE_TOLERANCE))
      }
    }
  })

  test('parameters after the AdamW steps', async () => {
    const { step: weaver, parameters } = opened()
    const { adamw } = sft
    const optimizer = new AdamW(parameters, { betas: adamw.betas, eps: adamw.eps, weightDecay: adamw.weight_decay })
    for (const [index, id] of adamw.examples.entries()) {
      const example = sft.examples.find((candidate) => candidate.id === id)
      if (example === undefined) throw new Error(`${golden.name}: no example ${id}`)
      const gradients = parameters.zerosLike()
      const passes = passesOf(golden, example)
      const { loss } = await weaver.run(passes, parameters, { weights: meanWeights(passes) }, { gradients })
      expect(Math.abs(loss - (adamw.losses[index] ?? 0))).toBeLessThan(LOSS_TOLERANCE)
      optimizer.step(parameters, gradients, { learningRate: adamw.lr })
    }
    expectParameters(`${golden.name} after AdamW`, parameters, (name) => golden.tensor(adamw.after3_prefix + name).data, adamw.unstable_elements)
  })

  test.each(weaverGrpo.expected.variants.map((variant, index) => ({ ...variant, index })))(
    'GRPO $index: $loss_type, beta $beta, old $old_per_token_logps',
    async (variant) => {
      const { parameters } = opened()
      const gradients = parameters.zerosLike()
      const { loss, logProbs, places } = await runGrpo(golden, variant, parameters, gradients)
      const expectedLogProbs = golden.tensor(weaverGrpo.expected.per_token_logps).data
      for (const [index, place] of places.entries()) expect(Math.abs((logProbs[index] ?? 0) - (expectedLogProbs[place] ?? 0))).toBeLessThan(VALUE_TOLERANCE)
      expect(Math.abs(loss - variant.loss)).toBeLessThan(LOSS_TOLERANCE)
      const { grad_prefix: prefix } = variant
      if (prefix != null) expectGradients(`${golden.name} weaver GRPO ${variant.index}`, gradients, (name) => golden.tensor(prefix + name).data)
    },
  )
})

async function openWeaver(golden: TrainingCase) {
  const plan = await planModel(golden.location)
  if (plan.checkpoint === undefined) throw new Error(`${golden.name} has no checkpoint`)
  return { bases: wovenBases(plan, plan.checkpoint, 0), parameters: ParameterSet.from(weaverParameters(plan.checkpoint)) }
}

/** One forward and backward pass of GRPO; `places` are the flat indices [row, column] of its log-probabilities. */
async function runGrpo(golden: TrainingCase, variant: GrpoVariant, parameters: ParameterSet, gradients: ParameterSet) {
  const { options, rollout, ...part } = golden.weaverGrpo
  const { bases } = await openWeaver(golden)
  const head = { kind: 'grpo', epsilonLow: options.epsilon_low, epsilonHigh: options.epsilon_high, delta: options.delta ?? undefined, beta: variant.beta } as const
  const step = await WeaverStep.create(bases, { head, temperature: options.temperature, threads: 1 })
  const rows = rollout.prompt_ids.map((promptIds, row) => {
    const prompt = promptIds.filter((_, at) => rollout.prompt_mask[row]?.[at] === 1)
    const completion = (rollout.completion_ids[row] ?? []).filter((_, at) => rollout.completion_mask[row]?.[at] === 1)
    return { promptLength: prompt.length, ids: [...prompt, ...completion], labels: [...prompt.map(() => IGNORED_LABEL), ...completion] }
  })
  const columns = rollout.completion_ids[0]?.length ?? 0
  const passes: TrainingPass[] = []
  const places: number[] = []
  for (const [row, { promptLength, ...labelled }] of rows.entries()) {
    for (const pass of supervisedPasses(labelled, passOptions(golden, rows[0]?.ids ?? []))) {
      passes.push(pass)
      places.push(...pass.targets.map(({ position }) => row * columns + position - promptLength))
    }
  }
  const mask = new Uint8Array(rows.length * columns)
  for (const place of places) mask[place] = 1
  const weights = tokenWeights(mask, { rows: rows.length, columns }, { lossType: variant.loss_type, maxCompletionLength: options.max_completion_length })
  const pick = (data: Float32Array): Float32Array => Float32Array.from(places, (place) => data[place] ?? 0)
  const result = await step.run(
    passes,
    parameters,
    {
      weights: pick(weights),
      advantages: Float32Array.from(places, (place) => rollout.advantages[Math.floor(place / columns)] ?? 0),
      oldLogProbs: variant.old_per_token_logps === 'given' ? pick(golden.tensor(part.old_per_token_logps).data) : undefined,
      refLogProbs: pick(golden.tensor(part.ref_per_token_logps).data),
    },
    { gradients },
  )
  await step.release()
  return { ...result, places }
}

function passesOf(golden: TrainingCase, { input_ids, attention_mask, labels }: SftExample): TrainingPass[] {
  return input_ids.flatMap((ids, index) => {
    const places = ids.flatMap((_, at) => (attention_mask[index]?.[at] === 1 ? [at] : []))
    const row: LabelledRow = { ids: places.map((at) => ids[at] ?? 0), labels: places.map((at) => labels[index]?.[at] ?? IGNORED_LABEL) }
    return supervisedPasses(row, passOptions(golden, row.ids))
  })
}

function passOptions({ location, delimiters, sft: { options } }: TrainingCase, firstRow: readonly number[]) {
  const tokenizer = openTokenizer(location.reasonerDir)
  const marks = assistantMarks(tokenizer)
  const limits = { maxInferenceAugNum: options.max_inference_aug_num, maxPromptAugNum: options.max_prompt_aug_num }
  return { mode: detectRowMode(firstRow, marks), marks, gate: textGate(tokenizer, delimiters), ...limits }
}

/** The mean over all supervised tokens of a batch (docs/REFERENCE.md 5.3). */
function meanWeights(passes: readonly TrainingPass[]): Float32Array {
  const count = passes.reduce((sum, { targets }) => sum + targets.length, 0)
  return new Float32Array(count).fill(1 / count)
}
