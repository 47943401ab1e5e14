/** @file The steps of one run's optimizer: schedule, clipping, AdamW, and the refusal of numbers that are none. Knows no data. */
import type { Optimisation } from '../../../shared/domain/training.ts'
import { AdamW, clipByGlobalNorm, decaysAllButNormsAndBiases, findNonFinite, type AdamWState } from './adamw.ts'
import type { ParameterSet } from './parameter-set.ts'
import { scheduleLearningRate } from './schedule.ts'

/** A loss or a gradient that is NaN or infinite: nothing was changed by this step. */
export class DivergenceError extends Error {
  /** 1-based. */
  readonly step: number
  /** The first tensor with such values in it; null where only the loss is one. */
  readonly tensorName: string | null

  /** @param place the tensor in words, such as `the gradient of trigger.output_layer.bias` */
  constructor(step: number, loss: number, tensorName: string | null, place: string) {
    const what = tensorName === null ? `the loss is ${loss}` : `${place} holds NaN or infinite values (loss ${loss})`
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
    refuseNonFinite(step + 1, loss, parameters, gradients)
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

/** A number that is none is told by where it came from first: parameters before their gradients, gradients before the loss. */
function refuseNonFinite(step: number, loss: number, parameters: ParameterSet, gradients: ParameterSet): void {
  const parameter = Number.isFinite(loss) ? undefined : findNonFinite(parameters)
  if (parameter !== undefined) throw new DivergenceError(step, loss, parameter, parameter)
  const gradient = findNonFinite(gradients)
  if (gradient !== undefined) throw new DivergenceError(step, loss, gradient, `the gradient of ${gradient}`)
  if (!Number.isFinite(loss)) throw new DivergenceError(step, loss, null, '')
}
