/**
 * @file The door of training: one run from its config to its last checkpoint, resumable at every step that was saved. It knows neither
 * the host nor the log, nor what a stage trains.
 */
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { TrainingConfig } from '../../../shared/domain/training.ts'
import type { ForeseenTraining, TrainingEvent } from '../../../shared/domain/training-event.ts'
import { messageOf } from '../../../shared/message-of.ts'
import { clearLeftovers } from '../checkpoint/leftovers.ts'
import { DivergenceError, OptimizerSteps } from './optimizer-steps.ts'
import { foreseeTraining, openTrainingTask, type OpenedTask } from './open-training-task.ts'
import type { ParameterSet } from './parameter-set.ts'
import { readTrainingState, writeTrainingState } from './training-state.ts'
import type { EvaluationOutcome, TrainingTask } from './training-task.ts'

export interface TrainingCallbacks {
  /** In order; the last is 'finished', 'stopped' or 'failed'. */
  readonly onEvent: (event: TrainingEvent) => void
  /** Looked at after every step. */
  readonly signal: { readonly stopRequested: boolean; readonly pauseRequested: boolean }
}

/** What a state file holds besides tensors. */
const progressSchema = z.object({
  /** Optimizer steps done. */
  step: z.int().nonnegative(),
  /** Of the best evaluation so far: a loss, or a reward with its sign turned. */
  bestValue: z.number().nullable(),
  /** The settings that a resumed run must share. */
  settings: z.string(),
  /** Of its samples, as {@link fingerprintOf} gives it; a state from before it was kept has none. */
  dataFingerprint: z.string().optional(),
})
type Progress = z.infer<typeof progressSchema>

const STATE_FILE = 'training-state.safetensors'

/** Whether a run writes something of this name. */
function isOfRun(name: string): boolean {
  return name === STATE_FILE || /^(?:initial|final|checkpoint-\d+)$/.test(name)
}

/**
 * Trains to the end, or until asked to halt; a state in `config.outputDirectory` is gone on from, and stays until {@link forgetTraining}. A run
 * that cannot go on ends with the event 'failed', its last checkpoint in place, and the error is raised as well.
 */
export async function runTraining(config: TrainingConfig, { onEvent, signal }: TrainingCallbacks): Promise<void> {
  let run: TrainingRun | undefined
  let step = 0
  try {
    mkdirSync(config.outputDirectory, { recursive: true })
    clearLeftovers(config.outputDirectory, isOfRun)
    const opened = await openTrainingTask(config, onEvent)
    const { task } = opened
    run = new TrainingRun(config, opened, onEvent)
    onEvent({ kind: 'started', fromStep: run.step, totalSteps: task.totalSteps, stepsPerEpoch: task.stepsPerEpoch })
    while (run.step < task.totalSteps) {
      const isBetweenGroups = run.step % task.stepsPerGroup === 0
      if (isBetweenGroups && (signal.stopRequested || signal.pauseRequested)) {
        run.saveState()
        onEvent({ kind: 'stopped', step: run.step, reason: signal.stopRequested ? 'stop' : 'pause' })
        return
      }
      // Runs block the thread: only between steps can a message arrive or leave.
      await new Promise(setImmediate)
      await run.takeStep()
      step = run.step
    }
    onEvent({ kind: 'finished', step: run.step, checkpointPath: await run.finish() })
  } catch (error) {
    const tensor = error instanceof DivergenceError ? error.tensorName : null
    onEvent({ kind: 'failed', step: error instanceof DivergenceError ? error.step : (run?.step ?? step), tensor, message: messageOf(error) })
    throw error
  } finally {
    await run?.release()
  }
}

/** Removes what a run would go on from: for one that is known to have finished, whose result is its checkpoint. */
export function forgetTraining({ outputDirectory }: TrainingConfig): void {
  rmSync(statePathIn(outputDirectory), { force: true })
}

/** What a run would train, without computing anything. */
export function describeTraining(config: TrainingConfig): Promise<ForeseenTraining> {
  return foreseeTraining(config)
}

class TrainingRun {
  readonly #config: TrainingConfig
  readonly #task: TrainingTask
  readonly #onEvent: TrainingCallbacks['onEvent']
  readonly #optimizer: OptimizerSteps
  readonly #gradients: ParameterSet
  readonly #settings: string
  readonly #dataFingerprint: string
  #step = 0
  #bestValue: number | null = null
  #bestParameters: ParameterSet | null = null

  /** Reads the state of an earlier attempt. Throws CheckpointFormatError, or an error where it was another run's. */
  constructor(config: TrainingConfig, { task, dataFingerprint }: OpenedTask, onEvent: TrainingCallbacks['onEvent']) {
    this.#config = config
    this.#task = task
    this.#onEvent = onEvent
    this.#optimizer = new OptimizerSteps(task.parameters, config.optimisation, task.totalSteps)
    this.#gradients = task.parameters.zerosLike()
    this.#settings = JSON.stringify(config)
    this.#dataFingerprint = dataFingerprint
    if (existsSync(this.#statePath)) this.#resume()
  }

  /** Optimizer steps done. */
  get step(): number {
    return this.#step
  }

  async takeStep(): Promise<void> {
    const startedAt = performance.now()
    this.#gradients.values.fill(0)
    const outcome = await this.#task.computeStep(this.#step, this.#gradients)
    const { learningRate, gradientNorm } = this.#optimizer.take(this.#step, outcome.loss, this.#task.parameters, this.#gradients, outcome.hasGradient)
    this.#step++
    const elapsedMs = performance.now() - startedAt
    const { loss, supervisedTokens, grpo } = outcome
    const tokensPerSecond = outcome.tokens / (elapsedMs / 1000)
    this.#onEvent({ kind: 'step', step: this.#step, epoch: this.#epoch, loss, learningRate, gradientNorm, tokensPerSecond, supervisedTokens, elapsedMs, grpo })
    if (this.#isTime(this.#config.samples.steps === 0 ? 'none' : 'steps', this.#config.samples.steps)) {
      const drawn = outcome.samples.length > 0 ? outcome.samples : await this.#task.drawSamples(this.#step)
      for (const sample of drawn) this.#onEvent({ kind: 'sample', ...sample })
    }
    const { evaluation, checkpoints } = this.#config
    const isBest = this.#isTime(evaluation.strategy, evaluation.steps) && (await this.#evaluate())
    const isLast = this.#step === this.#task.totalSteps
    if (this.#isTime(checkpoints.strategy, checkpoints.steps) && !isLast) this.#saveCheckpoint(`checkpoint-${this.#step}`, isBest)
  }

  /** Ends with the best parameters if the run wants those. Returns where they lie. */
  async finish(): Promise<string> {
    // Measuring and writing a large model take a while: whatever ends them, no step is taken anew.
    this.saveState()
    const { evaluation, checkpoints } = this.#config
    const isUnjudged = evaluation.strategy !== 'none' && !this.#isTime(evaluation.strategy, evaluation.steps)
    if (isUnjudged) await this.#evaluate()
    const endsBest = checkpoints.loadBestModelAtEnd && this.#bestParameters !== null
    if (endsBest && this.#bestParameters !== null) this.#task.parameters.copyFrom(this.#bestParameters)
    return this.#saveCheckpoint('final', endsBest)
  }

  saveState(): void {
    const progress: Progress = { step: this.#step, bestValue: this.#bestValue, settings: this.#settings, dataFingerprint: this.#dataFingerprint }
    writeTrainingState(this.#statePath, {
      parameters: this.#task.parameters,
      bestParameters: this.#bestParameters,
      optimizer: this.#optimizer.exportState(),
      progress,
    })
  }

  release(): Promise<void> {
    return this.#task.release()
  }

  get #statePath(): string {
    return statePathIn(this.#config.outputDirectory)
  }

  get #epoch(): number {
    return this.#step / this.#task.stepsPerEpoch
  }

  #isTime(strategy: 'epoch' | 'steps' | 'none', steps: number): boolean {
    if (strategy === 'none') return false
    return this.#step % (strategy === 'steps' ? steps : this.#task.stepsPerEpoch) === 0
  }

  /** Returns whether it is the best so far. */
  async #evaluate(): Promise<boolean> {
    const startedAt = performance.now()
    const outcome = await this.#task.evaluate((fraction) => this.#onEvent({ kind: 'progress', stage: 'evaluating', fraction }))
    if (outcome === null) return false
    const value = valueOf(outcome)
    const isBest = value !== null && (this.#bestValue === null || value < this.#bestValue)
    if (isBest) {
      this.#bestValue = value
      this.#bestParameters = this.#task.parameters.snapshot()
    }
    this.#onEvent({ kind: 'evaluation', step: this.#step, epoch: this.#epoch, ...outcome, isBest, elapsedMs: performance.now() - startedAt })
    return isBest
  }

  #saveCheckpoint(name: string, isBest: boolean): string {
    const path = join(this.#config.outputDirectory, name)
    this.#task.save(path)
    const isLast = this.#step === this.#task.totalSteps // saved by `finish`, with the parameters of the last step
    if (!isLast && this.#step % this.#task.stepsPerGroup === 0) this.saveState()
    this.#onEvent({ kind: 'checkpoint', step: this.#step, path, isBest })
    return path
  }

  #resume(): void {
    const state = readTrainingState(this.#statePath, this.#task.parameters, progressSchema)
    if (state.progress.settings !== this.#settings) {
      throw new Error(`${this.#statePath}: expected the state of this run, found one of other settings. Choose another output folder, or delete the state to begin anew.`)
    }
    const { dataFingerprint = this.#dataFingerprint } = state.progress
    if (dataFingerprint !== this.#dataFingerprint) {
      const { trainFile, validationFile } = this.#config.dataset
      const files = [trainFile, ...(validationFile === null ? [] : [validationFile])].join(', ')
      throw new Error(`${files}: expected the samples that this run has taken ${state.progress.step} steps with, found others. Put them back, choose another output folder, or delete ${this.#statePath} to begin anew.`)
    }
    this.#task.parameters.copyFrom(state.parameters)
    this.#optimizer.importState(state.optimizer)
    this.#bestParameters = state.bestParameters
    this.#bestValue = state.progress.bestValue
    this.#step = state.progress.step
  }
}

function statePathIn(outputDirectory: string): string {
  return join(outputDirectory, STATE_FILE)
}

/** Lower is better; null where nothing could be judged, or the loss is no number: nothing would ever be less. */
function valueOf({ loss, rewardMean }: EvaluationOutcome): number | null {
  if (loss !== null) return Number.isFinite(loss) ? loss : null
  return rewardMean === null ? null : -rewardMean
}
