/**
 * @file How near reading a prompt comes to this machine's rate of large float32 matrix products: a prompt of 512 tokens at batch 1, from
 * the opened generation to its first token.
 *
 * Counted are the useful multiplications and additions: the matrices of every layer for each token, attention over the tokens before it
 * (masked ones are not counted, though they are computed), the head once. The roof is the better of a probe before and one after.
 */
import type { DecoderConfig } from '../../src/main/engine/checkpoint/index.ts'
import type { MemGenModel } from '../../src/main/engine/memgen/memgen-model.ts'
import { headFlop, layerFlop, loadBenchModel } from '../bench-model.ts'
import { MatrixProbe } from '../matrix-rate.ts'
import { elapsedMsOf, openRollout } from '../timed-rollout.ts'
import { medianOf, repeated, type Measure } from './measure.ts'

const LENGTH = 512

export const measurePrefill: Measure = async (options) => {
  const model = await loadBenchModel(options)
  const probe = await MatrixProbe.create(options.threads)
  const flop = prefillFlop(model.config, LENGTH)
  // The first run of a new length grows buffers.
  await prefillMs(model)
  const turns = await repeated(options, async () => {
    const before = await probe.measure()
    const elapsedMs = await prefillMs(model)
    const flopPerSecond = Math.max(before, await probe.measure())
    return { tokensPerSecond: LENGTH / (elapsedMs / 1000), flopPerSecond, overRoof: flop / (elapsedMs / 1000) / flopPerSecond }
  })
  await probe.release()
  await model.release()
  const rate = medianOf(turns, ({ tokensPerSecond }) => tokensPerSecond)
  const roof = medianOf(turns, ({ flopPerSecond }) => flopPerSecond)
  return {
    rows: [
      {
        key: 'prefill_over_matmul',
        title: `Reading ${LENGTH} tokens, f32`,
        measured: `${rate.toFixed(0)} tokens/s`,
        against: `${((roof * LENGTH) / flop).toFixed(0)} tokens/s at ${(roof / 1e9).toFixed(0)} GFLOP/s`,
        ratio: medianOf(turns, ({ overRoof }) => overRoof),
        aim: { atLeast: 0.7 },
      },
    ],
    raw: { flop_per_token: flop / LENGTH, repeats: turns },
  }
}

async function prefillMs(model: MemGenModel): Promise<number> {
  const rollout = openRollout(model, { policy: { kind: 'vanilla' }, batch: 1, promptLength: LENGTH, maxNewTokens: 2 })
  const elapsedMs = await elapsedMsOf(async () => void (await rollout.step()))
  rollout.dispose()
  return elapsedMs
}

function prefillFlop(config: DecoderConfig, length: number): number {
  const { numHiddenLayers, numAttentionHeads, headDim } = config
  // Scores and their mixture of values: 2 each for a query's every key; a token sees half of the prompt on average.
  const attention = numHiddenLayers * 4 * numAttentionHeads * headDim * (length / 2)
  return length * (layerFlop(config) + attention) + headFlop(config)
}
