/** @file The vanilla twin of a record: the same tokens read without any latents, step by step beside the reading with them. It changes no record. */
import { configAt } from '../../../shared/domain/branch.ts'
import type { RunConfig } from '../../../shared/domain/run-config.ts'
import type { SamplingConfig } from '../../../shared/domain/sampling.ts'
import type { TwinStep } from '../../../shared/domain/step.ts'
import { resolveRun, type ResolvedRun } from '../memgen/resolved-run.ts'
import { divergence, logSumExp } from '../memgen/sampling/distribution.ts'
import { restoreStream } from '../memgen/sampling/random-streams.ts'
import { sampleToken } from '../memgen/sampling/sample-token.ts'
import type { EngineCalls, GenerationRecord } from '../protocol.ts'
import type { ReadOptions } from './probe.ts'
import type { ProbedModel } from './probed-model.ts'
import { layOutRecord } from './recorded-context.ts'

/** One entry a recorded step; both readings go along together, so only a part of either's logits is in memory. */
export async function twinOfRecord(
  { model, probe }: ProbedModel,
  { record, config, changes }: Omit<EngineCalls['twin']['request'], 'modelId'>,
  options: ReadOptions = {},
): Promise<TwinStep[]> {
  const logitsOf = (read: GenerationRecord, readOptions: ReadOptions): AsyncGenerator<Float32Array, undefined> => {
    const context = layOutRecord(read, model.config.hiddenSize)
    return probe.logitsAt(context, context.predictors.slice(0, record.steps.length), readOptions)
  }
  // One of the two tells how far both have come.
  const withMemory = logitsOf(record, options)
  const without = logitsOf({ ...record, insertions: [] }, options.signal === undefined ? {} : { signal: options.signal })
  const samplingAt = samplingOf(model, config, changes)
  const ids = [...record.promptIds]
  const twin: TwinStep[] = []
  for (const [index, { tokenId: chosen, augmentationCount, randomState }] of record.steps.entries()) {
    const [logits, twinLogits] = [await nextOf(withMemory, index), await nextOf(without, index)]
    const tokenId = sampleToken(twinLogits, samplingAt(index, augmentationCount), ids, restoreStream(randomState.token))
    const logprob = (twinLogits[chosen] ?? NaN) - logSumExp(twinLogits)
    twin.push({ tokenId, text: model.tokenizer.tokenText(tokenId), logprob, kl: divergence(logits, twinLogits) })
    ids.push(chosen)
  }
  return twin
}

/** How the run draws a step's token; each config of the way is resolved once. */
function samplingOf(model: ProbedModel['model'], config: RunConfig, changes: Parameters<typeof configAt<RunConfig>>[1]): (stepIndex: number, augmentationCount: number) => SamplingConfig {
  const resolved = new Map<RunConfig, ResolvedRun>()
  return (stepIndex, augmentationCount) => {
    const current = configAt(config, changes, stepIndex)
    const run = resolved.get(current) ?? resolveRun(model, current)
    resolved.set(current, run)
    return run.sampling(augmentationCount)
  }
}

async function nextOf(rows: AsyncGenerator<Float32Array, undefined>, index: number): Promise<Float32Array> {
  const { value } = await rows.next()
  if (value === undefined) throw new Error(`internal: no logits for step ${index}`)
  return value
}
