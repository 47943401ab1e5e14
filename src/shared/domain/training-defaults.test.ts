/** @file Completing a training config: the reference's defaults, and contradictions that are refused. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { completeTrainingConfig, type TrainingConfigInput } from './training-defaults.ts'
import { trainingConfigSchema } from './training.ts'

const weaver = { stage: 'weaver', outputDirectory: 'out', model: { reasonerDir: 'base' }, dataset: { trainFile: 'train.jsonl' } } as const satisfies TrainingConfigInput
const trigger = { ...weaver, stage: 'trigger' } as const
const pretrain = { ...weaver, stage: 'pretrain' } as const

describe('defaults', () => {
  test('a weaver is trained by SFT as in the reference', () => {
    const { method, optimisation, grpo, dataset } = completeTrainingConfig(weaver)
    expect({ method, grpo, reward: dataset.reward }).toEqual({ method: 'sft', grpo: null, reward: null })
    expect(optimisation).toMatchObject({ learningRate: 1e-5, batchSize: 4, numTrainEpochs: 2, schedule: 'cosine', warmupRatio: 0.1 })
  })

  test('GRPO has defaults of its own, and the trigger others than the weaver', () => {
    expect(completeTrainingConfig({ ...weaver, method: 'grpo' })).toMatchObject({ optimisation: { batchSize: 8, numTrainEpochs: 1 }, grpo: { lossType: 'grpo', numGenerations: 8 } })
    expect(completeTrainingConfig(trigger)).toMatchObject({ method: 'grpo', model: { triggerActive: true }, grpo: { lossType: 'bnpo' }, dataset: { trainShare: 1 / 3 } })
  })

  test('what is given wins, field by field', () => {
    const config = completeTrainingConfig({ ...weaver, model: { reasonerDir: 'base', weaverLora: { r: 4 } }, optimisation: { maxSteps: 10, learningRate: undefined } })
    expect(config.model.weaverLora).toEqual({ r: 4, loraAlpha: 32, loraDropout: 0.1, targetModules: ['q_proj', 'v_proj'] })
    expect(config.optimisation).toMatchObject({ maxSteps: 10, learningRate: 1e-5 })
  })

  test('a LoRA on the reasoner is off unless asked for, and then complete', () => {
    expect(completeTrainingConfig(pretrain).model.reasonerLora).toBeNull()
    expect(completeTrainingConfig({ ...pretrain, model: { reasonerDir: 'base', reasonerLora: { r: 8 } } }).model.reasonerLora).toMatchObject({ r: 8, loraAlpha: 32 })
  })
})

describe('contradictions', () => {
  test.each<[string, TrainingConfigInput]>([
    ['the trigger is trained by grpo only', { ...trigger, method: 'sft' }],
    ['stage pretrain is trained by sft only', { ...pretrain, method: 'grpo' }],
    ['nothing to train', { ...trigger, model: { reasonerDir: 'base', triggerActive: false } }],
    ['grpo needs a reward', { ...trigger, dataset: { trainFile: 't', reward: null } }],
    ['groups of 8', { ...trigger, optimisation: { batchSize: 6 } }],
    ['stage trigger only', { ...weaver, method: 'grpo', grpo: { rewardAdaptivePenalty: 0.1 } }],
    ['random weights', { ...weaver, model: { reasonerDir: 'base', weightInit: 'random' } }],
    ['stage pretrain only', { ...weaver, model: { reasonerDir: 'base', reasonerLora: { r: 4 } } }],
  ])('are refused: %s', (message, input) => {
    expect(() => completeTrainingConfig(input)).toThrow(message)
  })

  test('an unknown field is refused with its name', () => {
    expect(() => completeTrainingConfig({ ...weaver, optimisation: { momentum: 0.9 } as object })).toThrow('momentum')
  })
})

test('a complete config is accepted as it is, and survives JSON', () => {
  const inputs = fc.record({
    learningRate: fc.double({ min: 1e-9, max: 1, noNaN: true }),
    maxSteps: fc.option(fc.integer({ min: 1, max: 1e6 })),
    batchSize: fc.integer({ min: 1, max: 64 }).map((groups) => groups * 8),
  })
  fc.assert(
    fc.property(fc.constantFrom(weaver, trigger, pretrain), inputs, (base, optimisation) => {
      const config = completeTrainingConfig({ ...base, optimisation })
      expect(trainingConfigSchema.parse(JSON.parse(JSON.stringify(config)))).toEqual(config)
      expect(completeTrainingConfig(config)).toEqual(config)
    }),
  )
})
