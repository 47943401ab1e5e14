/** @file The demo model's own tokenizer: which texts it is trained on and how large it is. Does not know how merges are learned. */
import { trainByteLevelBpe, writeTokenizerFolder, type ByteLevelBpe } from './byte-level-bpe.ts'
import { sampleText } from './domains/sample.ts'
import { newDomainSample } from './domains/new-domain.ts'
import { pretrainingSample } from './domains/splits.ts'

/** 256 bytes, 253 merges, 3 special tokens: the table of a small model should not be most of it. */
export const VOCAB_SIZE = 512

/** Training problems whose text the merges are learned on; every word of the demo occurs many times in them. */
const CORPUS_SAMPLES = 3000

/** Learns the merges from problems of both domains; the same seed gives the same tokenizer. */
export function trainDemoTokenizer(seed: number): ByteLevelBpe {
  return trainByteLevelBpe(corpus(seed), VOCAB_SIZE)
}

/** Writes the tokenizer's files into a model folder. */
export function writeDemoTokenizer(directory: string, seed: number): void {
  writeTokenizerFolder(directory, trainDemoTokenizer(seed))
}

function* corpus(seed: number): Generator<string> {
  for (let index = 0; index < CORPUS_SAMPLES; index++) {
    yield sampleText(pretrainingSample(seed, index))
    yield sampleText(newDomainSample(seed, index))
  }
}
