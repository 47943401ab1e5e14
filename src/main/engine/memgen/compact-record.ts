/**
 * @file The compact record of a finished row, from the steps it took: what a full trace records of the same sample, column by column. It
 * packs nothing and runs nothing.
 */
import type { AskedPlace, CompactRecord, CompactWeave, LatentRecord } from '../../../shared/domain/compact-record.ts'
import { StreamedText } from '../tokenization/streamed-text.ts'
import type { Tokenizer } from '../tokenization/tokenizer.ts'
import type { CompactStep } from './compact-step.ts'
import type { Insertion } from './insertion.ts'
import { euclideanNorms } from './vocabulary.ts'

export interface CompactRecordOptions {
  readonly tokenizer: Tokenizer
  readonly promptIds: readonly number[]
  readonly latents: LatentRecord
}

/** Made once, when the row has finished: texts are decoded here and not while other rows wait for their next token. */
export function compactRecordOf(steps: readonly CompactStep[], { tokenizer, promptIds, latents }: CompactRecordOptions): CompactRecord {
  const tokenIds = new Int32Array(steps.length)
  const logprobs = new Float32Array(steps.length)
  const entropies = new Float32Array(steps.length)
  const asked: AskedPlace[] = []
  const weaves: CompactWeave[] = []
  for (const [stepIndex, { tokenId, logprob, entropy, decision, source, delimiter, triggerLogits, insertion }] of steps.entries()) {
    tokenIds[stepIndex] = tokenId
    logprobs[stepIndex] = logprob
    entropies[stepIndex] = entropy
    if (source !== null) asked.push({ stepIndex, decision, source, delimiter, triggerLogits: triggerLogits === null ? null : [...triggerLogits] })
    if (insertion !== null) weaves.push(describeInsertion(stepIndex, insertion, latents))
  }
  return { promptTokenCount: promptIds.length, tokenIds, texts: textsOf(tokenizer, promptIds, tokenIds), logprobs, entropies, asked, donors: null, weaves }
}

/** Latents are the arrays that were injected, not copies: nobody writes to them any more. */
function describeInsertion(stepIndex: number, { kind, contextLength, woven, latents, hiddenSize }: Insertion, kept: LatentRecord): CompactWeave {
  return {
    stepIndex,
    kind,
    contextLength,
    norms: euclideanNorms(latents, hiddenSize),
    latents: kept === 'none' ? null : latents,
    latentsBeforeProjection: kept === 'all' ? woven.beforeProjection : null,
  }
}

/** A character that begins in the prompt is completed by the tokens after it, so the prompt is decoded first. */
function textsOf(tokenizer: Tokenizer, promptIds: readonly number[], tokenIds: Int32Array): string[] {
  const text = new StreamedText(tokenizer)
  for (const id of promptIds) text.push(id)
  return Array.from(tokenIds, (id) => text.push(id))
}
