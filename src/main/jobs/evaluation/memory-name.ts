/**
 * @file A run's memory in the form of the reference's folders, `pn=1_pl=8_in=5_il=8` (main.py, build_working_dir): most prompt
 * insertions, latents of each, most insertions while decoding, latents of each. It looks nothing up.
 */

export interface MemorySizes {
  readonly maxPromptAugNum: number
  readonly promptLatentsLen: number
  readonly maxInferenceAugNum: number
  readonly inferenceLatentsLen: number
}

export function formatMemoryName({ maxPromptAugNum, promptLatentsLen, maxInferenceAugNum, inferenceLatentsLen }: MemorySizes): string {
  return `pn=${maxPromptAugNum}_pl=${promptLatentsLen}_in=${maxInferenceAugNum}_il=${inferenceLatentsLen}`
}
