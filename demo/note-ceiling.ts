/**
 * @file How well a reasoner does when each fact it needs stands as a note where latents would stand. A problem counts as solved when every
 * learned token is the likeliest one after what stands before it, which is when greedy decoding between the notes writes exactly them.
 */
import { readBaseModel, readTensor } from '../src/main/engine/checkpoint/index.ts'
import { openTokenizer } from '../src/main/engine/tokenization/tokenizer.ts'
import { LanguageModelStep } from '../src/main/engine/training/language-model-step.ts'
import { ParameterSet } from '../src/main/engine/training/parameter-set.ts'
import { noteFactsSample } from './domains/fact-domain.ts'
import { createSampleEncoder } from './sample-encoder.ts'
import { trainingPass } from './stages/pretrain.ts'

const BATCH = 40
/** No stage of training has this seed. */
const SEED = 999

/** @returns for each of `count` unseen problems whether it was solved */
export async function solveWithNotes(directory: string, count: number): Promise<boolean[]> {
  const { config, weights } = readBaseModel(directory)
  const parameters = ParameterSet.from([...weights.tensors.values()].map((tensor) => ({ name: tensor.name, shape: tensor.shape, data: readTensor(tensor).data })))
  const step = await LanguageModelStep.create(config, weights.tensors, { trainsBase: true })
  const encoder = createSampleEncoder(openTokenizer(directory))
  const solved: boolean[] = []
  for (let start = 0; start < count; start += BATCH) {
    const passes = Array.from({ length: Math.min(BATCH, count - start) }, (_, row) => trainingPass(encoder.encodeSample(noteFactsSample(SEED, start + row))))
    const targetCount = passes.reduce((sum, { targets }) => sum + targets.length, 0)
    const { logits = new Float32Array(0) } = await step.run(passes, parameters, { weights: new Float32Array(targetCount) }, { wantLogits: true })
    let row = 0
    for (const { targets } of passes) {
      const hits = targets.map(({ label }) => likeliest(logits.subarray(row * config.vocabSize, ++row * config.vocabSize)) === label)
      solved.push(!hits.includes(false))
    }
  }
  await step.release()
  return solved
}

function likeliest(logits: Float32Array): number {
  return logits.reduce((best, value, id) => (value > (logits[best] ?? 0) ? id : best), 0)
}
