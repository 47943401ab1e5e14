/** @file Whole runs on a golden model: every stage learns, the same seed gives the same numbers, and a halted run goes on to them. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { TrainingConfig } from '../../../shared/domain/training.ts'
import { completeTrainingConfig, type TrainingConfigInput } from '../../../shared/domain/training-defaults.ts'
import type { TrainingEvent } from '../../../shared/domain/training-event.ts'
import { readMemGenCheckpoint, writeMemGenCheckpoint } from '../checkpoint/index.ts'
import { describeTraining, forgetTraining, runTraining } from './run-training.ts'

const golden = join(import.meta.dirname, '../../../../test/golden/qwen2')
const neverHalts = { stopRequested: false, pauseRequested: false }

function configOf(change: Partial<Pick<TrainingConfigInput, 'stage' | 'method' | 'optimisation' | 'grpo' | 'checkpoints' | 'evaluation'>> & { model?: Partial<TrainingConfigInput['model']> } = {}): TrainingConfig {
  const directory = mkdtempSync(join(tmpdir(), 'memgen-training-'))
  const trainFile = join(directory, 'train.jsonl')
  const rows = Array.from({ length: 12 }, (_, index) => ({
    messages: [
      { role: 'user', content: `What is ${index % 5}+1, then?` },
      { role: 'assistant', content: `First, add the two. ${index % 5} + 1 is ${(index % 5) + 1}.\n\\boxed{${(index % 5) + 1}}` },
    ],
    solution: `\\boxed{${(index % 5) + 1}}`,
  }))
  writeFileSync(trainFile, rows.map((row) => JSON.stringify(row)).join('\n'))
  return completeTrainingConfig({
    stage: 'weaver',
    seed: 3,
    dataset: { trainFile, validationRatio: 0.2, reward: change.method === 'grpo' ? 'exact' : null },
    evaluation: { strategy: 'steps', steps: 3, batchSize: 4 },
    checkpoints: { strategy: 'steps', steps: 2 },
    samples: { steps: 0 },
    outputDirectory: join(directory, 'out'),
    ...change,
    model: { reasonerDir: join(golden, 'base'), promptLatentsLen: 2, inferenceLatentsLen: 2, maxInferenceAugNum: 2, ...change.model },
    optimisation: { learningRate: 1e-2, batchSize: 4, maxSteps: 6, warmupRatio: 0, ...change.optimisation },
  })
}

async function eventsOf(config: TrainingConfig, signal = neverHalts): Promise<TrainingEvent[]> {
  const events: TrainingEvent[] = []
  await runTraining(config, { onEvent: (event) => events.push(event), signal })
  return events
}

function losses(events: readonly TrainingEvent[]): number[] {
  return events.flatMap((event) => (event.kind === 'step' ? [event.loss] : []))
}

test('the weaver learns from conversations, and its checkpoint can be read', async () => {
  const config = configOf()
  const events = await eventsOf(config)
  const found = losses(events)
  expect(found).toHaveLength(6)
  expect(found.at(-1)).toBeLessThan(found[0] ?? 0)
  const finished = events.at(-1)
  if (finished?.kind !== 'finished') throw new Error('the run did not finish')
  expect(readMemGenCheckpoint(finished.checkpointPath)).toMatchObject({ promptLatentsLen: 2, maxInferenceAugNum: 2 })
  forgetTraining(config)
  expect(readdirSync(config.outputDirectory).sort()).toEqual(['checkpoint-2', 'checkpoint-4', 'final', 'initial'])
})

test('a device that is not the CPU is told in the run, which trains on the CPU', async () => {
  const events = await eventsOf({ ...configOf({ stage: 'pretrain', optimisation: { maxSteps: 1 } }), device: 'webgpu' })
  expect(events[0]).toEqual({ kind: 'warning', message: 'run.device webgpu has no effect: the reasoner is trained on the CPU.' })
  expect(events.at(-1)).toMatchObject({ kind: 'finished', step: 1 })
})

test('settings that the checkpoint overrules are told in the run', async () => {
  const events = await eventsOf(configOf({ model: { checkpointDir: join(golden, 'memgen'), promptLatentsLen: 16 }, optimisation: { maxSteps: 1 } }))
  const warnings = events.flatMap((event) => (event.kind === 'warning' ? [event.message] : []))
  expect(warnings).toContainEqual(expect.stringMatching(/^model\.weaver\.prompt_latents_len is 16, but \d+ is used/))
})

test.each(['weaver', 'pretrain'] as const)('a LoRA on modules that the model lacks is told before and in a run of stage %s', async (stage) => {
  const lora = { r: 2, loraAlpha: 4, loraDropout: 0, targetModules: ['c_attn', 'v_proj', 'fc'] }
  const config = configOf({ stage, model: stage === 'weaver' ? { weaverLora: lora } : { reasonerLora: lora }, optimisation: { maxSteps: 1 } })
  const message = `model.${stage === 'weaver' ? 'weaver' : 'reasoner'}.lora_config.target_modules: the model has no c_attn, fc; the LoRA is on v_proj alone.`
  expect((await describeTraining(config)).withoutEffect).toEqual([message])
  expect(await eventsOf(config)).toContainEqual({ kind: 'warning', message })
})

test('GRPO on samples that no reward can judge ends before it begins, and some of them are told', async () => {
  const config = configOf({ method: 'grpo', grpo: { numGenerations: 2, maxCompletionLength: 4 }, optimisation: { maxSteps: 1 } })
  const { trainFile } = config.dataset
  const rows = readFileSync(trainFile, 'utf8').split('\n').map((line) => JSON.parse(line) as Record<string, unknown>)
  const write = (judged: number): void => writeFileSync(trainFile, rows.map(({ messages, solution }, index) => JSON.stringify(index < judged ? { messages, solution } : { messages })).join('\n'))
  write(0)
  await expect(eventsOf(config)).rejects.toThrow(`${trainFile}: expected samples that can be judged (dataset.reward: exact), found none among 10. The first: sample line-`)
  write(11)
  const warnings = (await eventsOf({ ...config, dataset: { ...config.dataset, validationRatio: 0 } })).flatMap((event) => (event.kind === 'warning' ? [event.message] : []))
  expect(warnings).toContainEqual(expect.stringMatching(/^1 of 12 samples cannot be judged, so nothing is learnt from them. The first: sample line-12: /))
})

test('the same seed gives the same curve, dropout included', async () => {
  const [first, second] = [await eventsOf(configOf()), await eventsOf(configOf())]
  expect(losses(second)).toEqual(losses(first))
})

test('a run that was halted goes on to the same numbers', async () => {
  const whole = losses(await eventsOf(configOf()))
  const config = configOf()
  const signal = { stopRequested: false, pauseRequested: false }
  const events: TrainingEvent[] = []
  await runTraining(config, {
    onEvent: (event) => {
      events.push(event)
      if (event.kind === 'step' && event.step === 3) signal.pauseRequested = true
    },
    signal,
  })
  expect(events.at(-1)).toEqual({ kind: 'stopped', step: 3, reason: 'pause' })
  const rest = await eventsOf(config)
  expect(rest.find(({ kind }) => kind === 'started')).toMatchObject({ fromStep: 3, totalSteps: 6 })
  expect([...losses(events), ...losses(rest)]).toEqual(whole)
})

test('a run whose end nobody heard ends again without a step', async () => {
  const config = configOf({ evaluation: { strategy: 'steps', steps: 4, batchSize: 4 } })
  const measured = (events: readonly TrainingEvent[]): unknown[] => events.flatMap((event) => (event.kind === 'evaluation' ? [{ step: event.step, loss: event.loss, isBest: event.isBest }] : []))
  const first = measured(await eventsOf(config))
  expect(first).toMatchObject([{ step: 4 }, { step: 6 }])
  const again = await eventsOf(config)
  expect(losses(again)).toEqual([])
  expect(measured(again)).toEqual(first.slice(1))
  forgetTraining(config)
  expect(losses(await eventsOf(config))).toHaveLength(6)
})

test('what an attempt that was killed had half written is gone once the run goes on', async () => {
  const config = configOf({ optimisation: { maxSteps: 1 } })
  mkdirSync(join(config.outputDirectory, 'checkpoint-2.77.partial'), { recursive: true })
  writeFileSync(join(config.outputDirectory, 'training-state.safetensors.77.partial'), '')
  await eventsOf(config)
  expect(readdirSync(config.outputDirectory).sort()).toEqual(['final', 'initial', 'training-state.safetensors'])
})

test('the reasoner learns, all of it or by an adapter', async () => {
  for (const reasonerLora of [null, { r: 2, loraAlpha: 4, loraDropout: 0, targetModules: ['q_proj', 'down_proj'] }]) {
    const config = configOf({ stage: 'pretrain', model: { reasonerLora } })
    const found = losses(await eventsOf(config))
    expect(found.at(-1)).toBeLessThan(found[0] ?? 0)
    expect(existsSync(join(config.outputDirectory, 'final', 'model.safetensors'))).toBe(true)
  }
})

test('dropout drops nothing while the model is measured', async () => {
  const lossAt = async (loraDropout: number, stage: 'weaver' | 'pretrain'): Promise<number | null> => {
    const lora = { r: 2, loraAlpha: 64, loraDropout, targetModules: ['q_proj'] }
    const model = stage === 'pretrain' ? { reasonerLora: lora } : { checkpointDir: join(golden, 'memgen'), weaverLora: lora }
    const events = await eventsOf(configOf({ stage, model, optimisation: { learningRate: 1e-12, batchSize: 4, maxSteps: 1 }, evaluation: { strategy: 'steps', steps: 1, batchSize: 4 } }))
    return events.flatMap((event) => (event.kind === 'evaluation' ? [event.loss] : []))[0] ?? null
  }
  for (const stage of ['weaver', 'pretrain'] as const) expect(await lossAt(0.9, stage)).toBeCloseTo((await lossAt(0, stage)) ?? Number.NaN, 6)
})

test('the trigger takes steps on rollouts in which it drew its decisions', async () => {
  const grpo = { numGenerations: 4, maxCompletionLength: 6, beta: 0.04, numIterations: 2, rewardAdaptivePenalty: 0.1, insertionCost: 0.3 }
  const events = await eventsOf(configOf({ stage: 'trigger', method: 'grpo', grpo, optimisation: { learningRate: 1e-3, batchSize: 8, maxSteps: 4 }, model: { checkpointDir: join(golden, 'memgen') } }))
  const steps = events.flatMap((event) => (event.kind === 'step' ? [event] : []))
  expect(steps).toHaveLength(4)
  for (const { grpo: metrics, supervisedTokens } of steps) {
    expect(supervisedTokens).toBeGreaterThanOrEqual(8)
    expect(metrics).toMatchObject({ rewardMean: 0, rewardFailures: 0 })
  }
})

test('the weaver takes steps on its own rollouts', async () => {
  const grpo = { numGenerations: 4, maxCompletionLength: 6 }
  const events = await eventsOf(configOf({ method: 'grpo', grpo, optimisation: { learningRate: 1e-3, batchSize: 4, gradientAccumulationSteps: 2, maxSteps: 2 } }))
  expect(events.filter(({ kind }) => kind === 'step')).toHaveLength(2)
})

test('the earlier version is trained, and written in its own layout', async () => {
  const earlier = join(golden, '../seed_variant')
  const model = { reasonerDir: join(earlier, 'base'), checkpointDir: join(earlier, 'memgen') }
  const stages = [{ optimisation: { maxSteps: 1 } }, { stage: 'trigger' as const, method: 'grpo' as const, grpo: { numGenerations: 4, maxCompletionLength: 6, insertionCost: 0.3 }, optimisation: { batchSize: 8, maxSteps: 1 } }]
  for (const change of stages) {
    const events = await eventsOf(configOf({ ...change, model: { ...model, triggerActive: change.stage === 'trigger' } }))
    const finished = events.at(-1)
    const written = readMemGenCheckpoint(finished?.kind === 'finished' ? finished.checkpointPath : '')
    expect(written).toMatchObject({ variant: 'latent-memory-model', promptLatentsLen: 4, maxInferenceAugNum: 2, unusedTensors: [] })
    expect(written.weaver.promptNorm).toBeUndefined()
  }
})

test('an evaluation in which nothing could be judged is no best one, and a step in which nothing could be has no reward', async () => {
  const config = configOf({ method: 'grpo', grpo: { numGenerations: 4, maxCompletionLength: 6 }, optimisation: { batchSize: 4, maxSteps: 1 }, evaluation: { strategy: 'steps', steps: 1 } })
  writeFileSync(config.dataset.trainFile, Array.from({ length: 12 }, (_, index) => JSON.stringify({ prompt: [{ role: 'user', content: 'What?' }], solution: index === 0 ? '\\boxed{1}' : 'no box' })).join('\n'))
  const events = await eventsOf({ ...config, dataset: { ...config.dataset, reward: 'boxed' } })
  expect(events.find(({ kind }) => kind === 'evaluation')).toMatchObject({ rewardMean: null, sampleCount: 0, isBest: false })
  expect(events.find(({ kind }) => kind === 'step')).toMatchObject({ grpo: { rewardMean: null, rewardStd: null, rewardFailures: 4 } })
})

test('an evaluation whose loss is no number is no best one', async () => {
  const config = configOf({ optimisation: { learningRate: 1e30, maxSteps: 1, maxGradNorm: 0 }, evaluation: { strategy: 'steps', steps: 1 } })
  const events = await eventsOf(config)
  expect(events.find(({ kind }) => kind === 'evaluation')).toMatchObject({ loss: Number.NaN, isBest: false })
  expect(events.find(({ kind }) => kind === 'checkpoint')).toMatchObject({ isBest: false })
})

test('the samples that are counted are those that are trained on', async () => {
  const config = configOf({ optimisation: { batchSize: 2, maxSteps: 1 } })
  const events = await eventsOf({ ...config, dataset: { ...config.dataset, trainShare: 1 / 3 } })
  expect(events.flatMap((event) => (event.kind === 'data' ? [[event.use, event.sampleCount]] : []))).toEqual([['train', 3], ['validation', 2]])
})

test('what a run lacks is named with the file and the setting', async () => {
  const grpo = { numGenerations: 4, maxCompletionLength: 6, maxPromptLength: 2 }
  await expect(eventsOf(configOf({ method: 'grpo', grpo, optimisation: { batchSize: 4, maxSteps: 1 } }))).rejects.toThrow(/train\.jsonl: expected samples with prompts of at most max_prompt_length = 2 tokens, found none among \d+/)
  await expect(eventsOf(configOf({ optimisation: { maxLength: 3 } }))).rejects.toThrow(/train\.jsonl: expected samples of at most max_length = 3 tokens with an answer to learn, found none among \d+ \(\d+ are longer\)/)
  const checkpointDir = join(mkdtempSync(join(tmpdir(), 'memgen-headless-')), 'memgen')
  const { trigger: { adapter }, ...checkpoint } = readMemGenCheckpoint(join(golden, 'memgen'))
  writeMemGenCheckpoint(checkpointDir, { ...checkpoint, triggerActive: false, trigger: { adapter } }, { baseConfig: {} })
  const config = configOf({ stage: 'trigger', method: 'grpo', grpo: { numGenerations: 4, maxCompletionLength: 6 }, optimisation: { batchSize: 4, maxSteps: 1 }, model: { checkpointDir } })
  await expect(eventsOf(config)).rejects.toThrow(`${checkpointDir}: expected a trigger to train, found none (output_layer is missing)`)
})

test('conversations of which no turn may be learnt are refused', async () => {
  const config = configOf({ model: { maxPromptAugNum: 0 } })
  await expect(eventsOf({ ...config, dataset: { ...config.dataset, format: 'conversation' } })).rejects.toThrow('model.max_prompt_aug_num: expected at least 1 for conversations, found 0')
  const turns = [{ role: 'user', content: 'What is 1+1?' }, { role: 'assistant', content: '2.' }]
  writeFileSync(config.dataset.trainFile, Array.from({ length: 12 }, () => JSON.stringify({ messages: [...turns, ...turns] })).join('\n'))
  await expect(eventsOf(config)).rejects.toThrow('model.max_prompt_aug_num: expected at least 1 for conversations, found 0')
})

test('a loss that is no number ends the run, names the step, and keeps the last checkpoint', async () => {
  const config = configOf({ optimisation: { learningRate: 1e30, maxSteps: 6, maxGradNorm: 0 } })
  const events: TrainingEvent[] = []
  await expect(runTraining(config, { onEvent: (event) => events.push(event), signal: neverHalts })).rejects.toThrow('Training diverged at step 2')
  expect(events.at(-1)).toMatchObject({ kind: 'failed', step: 2, tensor: expect.stringMatching(/^weaver\.|^reasoner_to_weaver|^weaver_to_reasoner/) as string })
})

test('a state of other settings is refused', async () => {
  const config = configOf()
  const signal = { stopRequested: true, pauseRequested: false }
  await runTraining(config, { onEvent: () => undefined, signal })
  const other = { ...config, seed: 4 }
  await expect(eventsOf(other)).rejects.toThrow('found one of other settings')
})

test('a run does not go on with other samples than it began with, and goes on when they are put back', async () => {
  const config = configOf()
  const signal = { stopRequested: false, pauseRequested: true }
  await runTraining(config, { onEvent: () => undefined, signal })
  const { trainFile } = config.dataset
  const text = readFileSync(trainFile, 'utf8')
  writeFileSync(trainFile, text.replace('First, add', 'First add'))
  await expect(eventsOf(config)).rejects.toThrow(`${trainFile}: expected the samples that this run has taken 0 steps with, found others.`)
  writeFileSync(trainFile, text)
  expect((await eventsOf(config)).at(-1)).toMatchObject({ kind: 'finished' })
})

test('what would be trained is listed with shapes and counts', async () => {
  const { trainable, trainableCount, totalCount } = await describeTraining(configOf({ stage: 'trigger', method: 'grpo', optimisation: { batchSize: 8 }, model: { checkpointDir: join(golden, 'memgen') } }))
  expect(trainable.find(({ name }) => name === 'trigger.output_layer.weight')).toEqual({ name: 'trigger.output_layer.weight', shape: [2, 48], count: 96 })
  expect(trainableCount).toBe(trainable.reduce((sum, { count }) => sum + count, 0))
  expect(totalCount).toBeGreaterThan(trainableCount)
})

test('what a checkpoint overrules is told before a run is started', async () => {
  const { withoutEffect } = await describeTraining(configOf({ model: { checkpointDir: join(golden, 'memgen'), promptLatentsLen: 16 } }))
  expect(withoutEffect).toContainEqual(expect.stringMatching(/^model\.weaver\.prompt_latents_len is 16, but \d+ is used/))
  expect((await describeTraining(configOf())).withoutEffect).toEqual([])
})

test('listing what would be trained writes nothing, also where the model would begin anew', async () => {
  const config = configOf()
  const { trainable } = await describeTraining(config)
  expect(trainable.find(({ name }) => name === 'weaver.prompt_query_latents')?.shape).toEqual([2, 48])
  expect(existsSync(config.outputDirectory)).toBe(false)
})

test('a beginning that another configuration left in the folder is not gone on from', async () => {
  const config = configOf({ optimisation: { batchSize: 4, maxSteps: 1 } })
  await eventsOf({ ...config, model: { ...config.model, promptLatentsLen: 5 } })
  forgetTraining(config)
  const events = await eventsOf(config)
  const finished = events.at(-1)
  expect(readMemGenCheckpoint(finished?.kind === 'finished' ? finished.checkpointPath : '').promptLatentsLen).toBe(2)
})
