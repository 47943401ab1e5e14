/** @file What a training graph reads besides its loss's inputs (loss-feeds.ts): a layout and the parameters. Runs nothing. */
import { float32Tensor, int64Tensor, type Tensor } from '../runtime/graph-session.ts'
import { causalMask, type CausalLayout, type RotaryRows } from './causal-layout.ts'
import type { ParameterSet } from './parameter-set.ts'

/** Ids, rotary tables, mask and wanted rows of a layout; positions count tokens and latents alike. */
export function causalFeeds({ batch, seq, ids, logitRows }: CausalLayout, rotary: RotaryRows): Record<string, Tensor> {
  const positions = Int32Array.from({ length: batch * seq }, (_, index) => index % seq)
  const { cos, sin } = rotary.at(positions)
  const rotaryShape = [batch, seq, cos.length / positions.length]
  return {
    input_ids: int64Tensor(ids, [batch, seq]),
    cos: float32Tensor(cos, rotaryShape),
    sin: float32Tensor(sin, rotaryShape),
    attention_mask: float32Tensor(causalMask(seq), [1, 1, seq, seq]),
    logit_rows: int64Tensor(logitRows, [logitRows.length]),
  }
}

/** The named parameters, each in its own shape; they are read where they lie and not copied. */
export function parameterFeeds(parameters: ParameterSet, names: readonly string[]): Record<string, Tensor> {
  return Object.fromEntries(names.map((name) => [name, float32Tensor(parameters.view(name), parameters.shapeOf(name))]))
}
