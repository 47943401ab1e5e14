/**
 * @file A run's memory in the form of the reference's folders, `pn=1_pl=8_in=5_il=8_20260101-120000` (main.py, build_working_dir):
 * most prompt insertions, latents of each, most insertions while decoding, latents of each. It looks nothing up.
 */

export interface MemorySizes {
  readonly maxPromptAugNum: number
  readonly promptLatentsLen: number
  readonly maxInferenceAugNum: number
  readonly inferenceLatentsLen: number
}

interface ParsedMemoryName extends MemorySizes {
  /** What follows: the reference's time stamp. */
  readonly time: string | null
}

export function formatMemoryName({ maxPromptAugNum, promptLatentsLen, maxInferenceAugNum, inferenceLatentsLen }: MemorySizes): string {
  return `pn=${maxPromptAugNum}_pl=${promptLatentsLen}_in=${maxInferenceAugNum}_il=${inferenceLatentsLen}`
}

const FORM = /(?<![\w=])pn=(?<pn>\d{1,9})_pl=(?<pl>\d{1,9})_in=(?<in>\d{1,9})_il=(?<il>\d{1,9})(?:_(?<time>[\w-]+))?(?![\w=])/

/** Finds the form in a name or in a path with folders; null where it does not stand there. */
export function parseMemoryName(name: string): ParsedMemoryName | null {
  const { pn, pl, in: inferenceInsertions, il, time } = FORM.exec(name)?.groups ?? {}
  if (pn === undefined || pl === undefined || inferenceInsertions === undefined || il === undefined) return null
  return { maxPromptAugNum: Number(pn), promptLatentsLen: Number(pl), maxInferenceAugNum: Number(inferenceInsertions), inferenceLatentsLen: Number(il), time: time ?? null }
}
