/**
 * @file A training run that computes nothing: every number follows from its step, and its state is a file with the step in it. What a
 * test wants to go wrong stands in the data set's name: `fail@3` diverges, `throw@3` is a bug, `exit@3` ends the process, `hang@3` waits for
 * a halt and `stuck@3` for nothing, before step 3.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TrainingConfig } from '../../src/shared/domain/training.ts'
import type { TrainableParameters, TrainingEvent } from '../../src/shared/domain/training-event.ts'
import { sampleEvent, stepEvent } from './recorded-training.ts'

interface Halt {
  stopRequested: boolean
  pauseRequested: boolean
}

export const fakeParameters: TrainableParameters = { trainable: [{ name: 'weaver.prompt_query_latents', shape: [4, 8], count: 32 }], trainableCount: 32, totalCount: 1_000 }

/** Saves its state every `checkpoints.steps` steps, and when it is halted. */
export async function fakeTraining(config: TrainingConfig, onEvent: (event: TrainingEvent) => void, halt: Halt): Promise<void> {
  const { outputDirectory, checkpoints } = config
  const statePath = join(outputDirectory, 'state')
  const totalSteps = config.optimisation.maxSteps ?? 3
  const fromStep = existsSync(statePath) ? Number(readFileSync(statePath, 'utf8')) : 0
  const save = (step: number): void => {
    mkdirSync(outputDirectory, { recursive: true })
    writeFileSync(statePath, String(step))
    onEvent({ kind: 'checkpoint', step, path: join(outputDirectory, `checkpoint-${step}`), isBest: false })
  }
  const isTold = (directive: string, step: number): boolean => (config.dataset.name ?? '').split(' ').includes(`${directive}@${step}`)

  onEvent({ kind: 'progress', stage: 'reading data', fraction: 0.5 })
  onEvent({ kind: 'data', use: 'train', file: config.dataset.trainFile, sampleCount: 8, badLineCount: 1, badLines: [{ line: 3, reason: `${config.dataset.trainFile}, line 3: not JSON` }], tooLongCount: 0 })
  onEvent({ kind: 'parameters', ...fakeParameters })
  onEvent({ kind: 'started', fromStep, totalSteps, stepsPerEpoch: 2 })
  for (let step = fromStep + 1; step <= totalSteps; step++) {
    while (isTold('hang', step) && !halt.stopRequested && !halt.pauseRequested) await turn()
    if (halt.stopRequested || halt.pauseRequested) {
      save(step - 1)
      onEvent({ kind: 'stopped', step: step - 1, reason: halt.stopRequested ? 'stop' : 'pause' })
      return
    }
    if (isTold('stuck', step)) await new Promise(() => undefined)
    if (isTold('exit', step)) process.exit(7)
    if (isTold('throw', step)) throw new Error('internal: told to throw')
    if (isTold('fail', step)) {
      onEvent({ kind: 'failed', step, tensor: 'weaver.prompt_query_latents', message: 'the gradient is NaN' })
      return
    }
    onEvent(stepEvent(step, config.method === 'grpo' ? {} : undefined))
    if (step === 1) onEvent(sampleEvent(step, `at step ${step}`))
    if (step % checkpoints.steps === 0) save(step)
    await turn()
  }
  onEvent({ kind: 'finished', step: totalSteps, checkpointPath: join(outputDirectory, 'model') })
}

/** Lets messages in. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
