/** @file Training runs and what they tell, for tests of whatever records, carries or shows them. */
import { completeTrainingConfig } from '../../src/shared/domain/training-defaults.ts'
import type { GrpoMetrics, TrainingEvent } from '../../src/shared/domain/training-event.ts'
import type { TrainingRunId } from '../../src/shared/domain/training-run.ts'
import type { NewTrainingRun } from '../../src/main/log/index.ts'

/** Ids are brands only the app's own makers may put on; tests are such makers. */
export const trainingRunId = (text: string) => text as TrainingRunId

export const plainTrainingConfig = completeTrainingConfig({ stage: 'weaver', model: { reasonerDir: '/models/base' }, dataset: { trainFile: '/data/train.jsonl' }, outputDirectory: '/runs/a' })

export function newTrainingRun(id: string): NewTrainingRun {
  return { id: trainingRunId(id), name: `weaver ${id}`, config: { ...plainTrainingConfig, outputDirectory: `/runs/${id}` } }
}

type EventOf<Kind extends TrainingEvent['kind']> = Extract<TrainingEvent, { kind: Kind }>

/** A step of SFT, or of GRPO where some of its metrics are given. */
export function stepEvent(step: number, grpo?: Partial<GrpoMetrics>): EventOf<'step'> {
  const plainGrpo: GrpoMetrics = {
    rewardMean: 0.25,
    rewardStd: 0.5,
    advantageSpread: 1.5,
    kl: 0.01,
    clipRatioLow: 0,
    clipRatioHigh: 0.125,
    clipRatioRegion: 0.125,
    insertionsPerCompletion: 2.5,
    completionLength: 40,
    rewardFailures: 1,
  }
  return {
    kind: 'step',
    step,
    epoch: step / 5,
    loss: 1 / step,
    learningRate: 1e-5,
    gradientNorm: 0.75,
    tokensPerSecond: 1_000,
    supervisedTokens: 64,
    elapsedMs: 125,
    grpo: grpo === undefined ? null : { ...plainGrpo, ...grpo },
  }
}

export function evaluationEvent(step: number): EventOf<'evaluation'> {
  return { kind: 'evaluation', step, epoch: step / 5, loss: 0.5, rewardMean: null, sampleCount: 10, isBest: true, elapsedMs: 50 }
}

export function sampleEvent(step: number, completion: string): EventOf<'sample'> {
  return { kind: 'sample', step, sampleId: 'q1', prompt: '2 + 3 =', completion, reward: 1, rewardError: null, insertions: 2 }
}
