/** @file What rounding the weights of a model changes in its answers. It does not know how that is measured, nor where it is shown. */
import type { Precision } from '../domain/model.ts'

/** One model's answers at one precision beside those of float32: the same texts and prompts, greedy decoding, the same memory policy. */
export interface QuantizationCost {
  /** What was read and generated, in words for a view. */
  readonly subject: string
  readonly precision: Exclude<Precision, 'f32'>
  /** Of the reasoner without memory on texts that are given, teacher-forced. */
  readonly perplexity: {
    readonly f32: number
    readonly quantized: number
    /** Tokens that were predicted. */
    readonly tokens: number
  }
  /** Of whole generations with the model's own policy. */
  readonly agreement: {
    readonly completions: number
    /** Share of completions that are the same from the first token to the last. */
    readonly identical: number
    /** Tokens of the float32 completions. */
    readonly tokens: number
    /** Share of these that come before the first one that differs. */
    readonly beforeDivergence: number
  }
  /** Insertion decisions of the trigger after equal contexts, those up to the first token that differs; null where it was never asked. */
  readonly decisions: { readonly asked: number; readonly equal: number } | null
  /** Share of the completions that solve their problem; null where problems have no solutions to compare with. */
  readonly solved: { readonly f32: number; readonly quantized: number } | null
}

/** Costs that were measured together, and how. */
export interface MeasuredCosts {
  /** ISO date. */
  readonly measuredOn: string
  /** The program's commit. */
  readonly commit: string
  /** The command that repeats it. */
  readonly command: string
  readonly device: 'cpu' | 'webgpu'
  readonly costs: readonly QuantizationCost[]
}
