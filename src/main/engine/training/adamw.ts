/** @file AdamW over a flat parameter vector, and what is done to gradients before its step. Knows neither graphs nor schedules. */
import type { ParameterSet, ParameterSummary } from './parameter-set.ts'

export interface AdamWOptions {
  /** Decay rates of the two moments. @default [0.9, 0.999] */
  readonly betas?: readonly [number, number]
  /** Added to the denominator. @default 1e-8 */
  readonly eps?: number
  /** Decoupled weight decay. @default 0.01 */
  readonly weightDecay?: number
  /** Which parameters are decayed. @default all, as torch does with one parameter group */
  readonly isDecayed?: (parameter: ParameterSummary) => boolean
}

export interface AdamWStepOptions {
  readonly learningRate: number
  /**
   * Whether this step has a gradient for the parameter. One without is left exactly as it is: no decay, no moments, no step
   * counted, as torch does where `grad` is None (docs/REFERENCE.md 5.9). @default all have one
   */
  readonly hasGradient?: (name: string) => boolean
}

/** All that a resumed run needs to take the same steps. */
export interface AdamWState {
  readonly firstMoments: ParameterSet
  readonly secondMoments: ParameterSet
  /** Steps taken, by parameter name. */
  readonly steps: Readonly<Record<string, number>>
}

/**
 * AdamW as torch.optim.AdamW (torch/optim/adamw.py, single-tensor path): moments and parameters are stored in float32, the
 * arithmetic of one element is float64, so a step differs from torch's by float32 rounding only.
 */
export class AdamW {
  readonly #betas: readonly [number, number]
  readonly #eps: number
  readonly #weightDecay: number
  readonly #isDecayed: (parameter: ParameterSummary) => boolean
  readonly #firstMoments: ParameterSet
  readonly #secondMoments: ParameterSet
  readonly #steps: Map<string, number>

  /** @param parameters gives names and shapes; a set of the same layout is handed to every step */
  constructor(parameters: ParameterSet, { betas = [0.9, 0.999], eps = 1e-8, weightDecay = 0.01, isDecayed = () => true }: AdamWOptions = {}) {
    this.#betas = betas
    this.#eps = eps
    this.#weightDecay = weightDecay
    this.#isDecayed = isDecayed
    this.#firstMoments = parameters.zerosLike()
    this.#secondMoments = parameters.zerosLike()
    this.#steps = new Map(parameters.names.map((name) => [name, 0]))
  }

  /** Moves `parameters` one step down `gradients`; both have the layout given at construction. */
  step(parameters: ParameterSet, gradients: ParameterSet, { learningRate, hasGradient = () => true }: AdamWStepOptions): void {
    this.#firstMoments.assertSameLayout(parameters)
    parameters.assertSameLayout(gradients)
    for (const summary of parameters.list()) {
      if (hasGradient(summary.name)) this.#stepOne(summary, parameters, gradients, learningRate)
    }
  }

  /** A copy of the state, see {@link importState}. */
  exportState(): AdamWState {
    return {
      firstMoments: this.#firstMoments.snapshot(),
      secondMoments: this.#secondMoments.snapshot(),
      steps: Object.fromEntries(this.#steps),
    }
  }

  /** Goes on where the state was exported. Throws when it belongs to other parameters. */
  importState({ firstMoments, secondMoments, steps }: AdamWState): void {
    this.#firstMoments.copyFrom(firstMoments)
    this.#secondMoments.copyFrom(secondMoments)
    for (const name of this.#steps.keys()) {
      const count = steps[name]
      if (count === undefined) throw new Error(`internal: no step count of ${name} in the optimizer's state`)
      this.#steps.set(name, count)
    }
  }

  #stepOne(summary: ParameterSummary, parameters: ParameterSet, gradients: ParameterSet, learningRate: number): void {
    const { name } = summary
    const step = this.#steps.get(name)! + 1
    this.#steps.set(name, step)
    const [beta1, beta2] = this.#betas
    const eps = this.#eps
    const keep = this.#isDecayed(summary) ? 1 - learningRate * this.#weightDecay : 1
    const stepSize = learningRate / (1 - beta1 ** step)
    const correction = Math.sqrt(1 - beta2 ** step)
    const value = parameters.view(name)
    const gradient = gradients.view(name)
    const firstMoment = this.#firstMoments.view(name)
    const secondMoment = this.#secondMoments.view(name)
    for (let i = 0; i < value.length; i++) {
      const g = gradient[i]!
      const m = firstMoment[i]! + (g - firstMoment[i]!) * (1 - beta1)
      const v = beta2 * secondMoment[i]! + (1 - beta2) * g * g
      firstMoment[i] = m
      secondMoment[i] = v
      value[i] = value[i]! * keep - (stepSize * m) / (Math.sqrt(v) / correction + eps)
    }
  }
}

/** Names of norms and biases: Trainer.get_decay_parameter_names in transformers/trainer.py, and MemGen's latent LayerNorms. */
const NORM_OR_BIAS = /bias|layernorm|rmsnorm|(?:^|\.)norm(?:$|\.)|_norm(?:$|\.)|latent_ln\./i

/** For {@link AdamWOptions.isDecayed}: spares norms and biases, as transformers' Trainer does. */
export function decaysAllButNormsAndBiases({ name }: ParameterSummary): boolean {
  return !NORM_OR_BIAS.test(name)
}

/**
 * Scales all gradients by one factor so that their joint L2 norm is at most `maxNorm`, as torch.nn.utils.clip_grad_norm_ does.
 * Expects finite gradients, see {@link findNonFinite}.
 * @returns the norm before clipping
 */
export function clipByGlobalNorm(gradients: ParameterSet, maxNorm: number): number {
  const { values } = gradients
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]! * values[i]!
  const norm = Math.sqrt(sum)
  // The small constant is torch's; it makes the clipped norm a hair smaller than asked.
  const factor = maxNorm / (norm + 1e-6)
  if (factor < 1) for (let i = 0; i < values.length; i++) values[i] = values[i]! * factor
  return norm
}

/** Name of the first parameter with a NaN or an infinity in it. */
export function findNonFinite(set: ParameterSet): string | undefined {
  return set.names.find((name) => !isFiniteThroughout(set.view(name)))
}

// `some` with a callback takes ten times as long, and this runs at every step.
function isFiniteThroughout(values: Float32Array): boolean {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return false
  return true
}
