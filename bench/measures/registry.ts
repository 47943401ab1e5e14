/** @file Every measure of `npm run bench` by name, in the order of the table. */
import { measureDecode } from './decode.ts'
import { measureInsertion } from './insertion.ts'
import { measureOverLlamacpp } from './llamacpp.ts'
import type { Measure } from './measure.ts'
import { measureMemgenOverhead } from './memgen-overhead.ts'
import { measureFirstToken, measureMemoryEstimate } from './other-benchmarks.ts'
import { measurePeakMemory } from './peak-memory.ts'
import { measurePrefill } from './prefill.ts'
import { measureReferenceWork } from './reference-work.ts'
import { measureOverTransformers } from './transformers.ts'

export interface MeasureEntry {
  readonly measure: Measure
  /** What it gives under `ratios`: null where its process fails. */
  readonly keys: readonly string[]
}

export const measures: Readonly<Record<string, MeasureEntry>> = {
  decode: { measure: measureDecode('f32'), keys: ['decode_f32_b1_over_bound', 'decode_f32_b8_over_b1'] },
  'decode-q8': { measure: measureDecode('q8'), keys: ['decode_q8_b1_over_bound', 'decode_q8_b8_over_b1'] },
  'decode-q4': { measure: measureDecode('q4'), keys: ['decode_q4_b1_over_bound', 'decode_q4_b8_over_b1'] },
  prefill: { measure: measurePrefill, keys: ['prefill_over_matmul'] },
  insertion: { measure: measureInsertion, keys: ['insertion_1024_over_128', 'insertion_2048_over_128'] },
  overhead: { measure: measureMemgenOverhead, keys: ['memgen_over_plain'] },
  reference: { measure: measureReferenceWork, keys: ['reference_b1', 'reference_b8', 'reference_memory'] },
  memory: { measure: measurePeakMemory, keys: ['memory_over_weights'] },
  'memory-estimate': { measure: measureMemoryEstimate, keys: ['memory_estimate_off_by'] },
  'first-token': { measure: measureFirstToken, keys: ['first_token_first_start', 'first_token_second_start'] },
  llamacpp: { measure: measureOverLlamacpp('f32'), keys: ['over_llamacpp_b1', 'over_llamacpp_b8'] },
  'llamacpp-q8': { measure: measureOverLlamacpp('q8'), keys: ['over_llamacpp_q8_b1', 'over_llamacpp_q8_b8'] },
  'llamacpp-q4': { measure: measureOverLlamacpp('q4'), keys: ['over_llamacpp_q4_b1', 'over_llamacpp_q4_b8'] },
  transformers: { measure: measureOverTransformers, keys: ['over_transformers_b1', 'over_transformers_b8'] },
}
