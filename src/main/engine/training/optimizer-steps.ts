/** @file The steps of one run's optimizer: schedule, clipping, AdamW, and the refusal of numbers that are none. Knows no data. */
import type { Optimisation } from '../../../shared/domain/training.ts'
import { AdamW, clipByGlobalNorm, decaysAllButNormsAndBiases, findNonFinite, type AdamWState } from './adamw.ts'
import type { ParameterSet } from './parameter-set.ts'
import { scheduleLearningRate } from './schedule.ts'

/** A loss or a gradient that is NaN or infinite: nothing was changed by this step. */
export class DivergenceError extends Error {
  /** 1-based. */
  readonly step: number
  /** The parameter whose gradient it is; null for the loss. */
  readonly tensorName: string | null

  constructor(step: number, tensorName: string | null, loss: number) {
    const what = tensorName === null ? `the loss is ${loss}` : `the gradient of ${tensorName} holds NaN or infinite values (loss ${loss})`
    super(`Training diverged at step ${step}: ${what}. A lower learning rate or tighter clipping may help.`)
    this.name = 'DivergenceError'
    this.step = step
    this.tensorName = tensorName
  }
}

export type OptimizerOptions = Pick<
  Optimisation,
  'learningRate' | 'betas' | 'eps' | 'weightDecay' | 'decayNormsAndBiases' | 'schedule' | 'warmupRatio' | 'maxGradNorm'
>

export class OptimizerSteps {
  readonly #optimizer: AdamW
  readonly #rateAt: (step: number) => number
  readonly #maxGradNorm: number

  constructor(parameters: ParameterSet, options: OptimizerOptions, totalSteps: number) {
    const { betas, eps, weightDecay, learningRate, schedule, warmupRatio, maxGradNorm } = options
    this.#optimizer = new AdamW(parameters, { betas, eps, weightDecay, ...(options.decayNormsAndBiases ? {} : { isDecayed: decaysAllButNormsAndBiases }) })
    this.#rateAt = scheduleLearningRate({ type: schedule, learningRate, totalSteps, warmupRatio })
    this.#maxGradNorm = maxGradNorm
  }

  /**
   * Moves the parameters down the gradients, which are clipped in place. Throws DivergenceError and leaves the parameters alone.
   * @param step 0-based
   */
  take(
    step: number,
    loss: number,
    parameters: ParameterSet,
    gradients: ParameterSet,
    hasGradient: (name: string) => boolean = () => true,
  ): { learningRate: number; gradientNorm: number } {
    if (!Number.isFinite(loss)) throw new DivergenceError(step + 1, null, loss)
    const damaged = findNonFinite(gradients)
    if (damaged !== undefined) throw new DivergenceError(step + 1, damaged, loss)
    const gradientNorm = clipByGlobalNorm(gradients, this.#maxGradNorm > 0 ? this.#maxGradNorm : Number.POSITIVE_INFINITY)
    const learningRate = this.#rateAt(step)
    this.#optimizer.step(parameters, gradients, { learningRate, hasGradient })
    return { learningRate, gradientNorm }
  }

  exportState(): AdamWState {
    return this.#optimizer.exportState()
  }

  importState(state: AdamWState): void {
    this.#optimizer.importState(state)
  }
}
