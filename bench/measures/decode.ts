/**
 * @file How near decoding comes to this machine's memory bandwidth at a precision, and what a batch of eight gains. It knows nothing of
 * insertions, nor what fewer bits cost in accuracy (bench/quantization-cost.ts does).
 *
 * Bound: the bytes that a token reads over the rate at which one product over 1 GiB reads its weights, the better of a probe right before
 * and one right after each repeat. A token reads every matrix once (quantised: its integers and a scale for every block), norms and
 * biases, and the cache so far.
 */
import type { Precision } from '../../src/shared/domain/model.ts'
import { cacheBytesPerToken, loadBenchModel, PROMPT_LENGTH, weightBytesPerToken } from '../bench-model.ts'
import { BandwidthProbe } from '../memory-bandwidth.ts'
import { decodePlain } from '../timed-rollout.ts'
import { medianOf, repeated, type Aim, type Measure } from './measure.ts'

const BATCH = 8

interface Plan {
  /** Decoding steps of a repeat; quantised ones are shorter. */
  readonly steps: number
  readonly overBound: Aim
  /** null where the issue promises nothing. */
  readonly batchOverOne: Aim | null
}

const plans: Readonly<Record<Precision, Plan>> = {
  f32: { steps: 32, overBound: { atLeast: 0.93 }, batchOverOne: { atLeast: 4 } },
  q8: { steps: 64, overBound: { atLeast: 0.75 }, batchOverOne: null },
  q4: { steps: 64, overBound: { atLeast: 0.6 }, batchOverOne: null },
}

export function measureDecode(precision: Precision): Measure {
  return async (options) => {
    const { steps, overBound, batchOverOne } = plans[precision]
    const model = await loadBenchModel(options, precision)
    const probe = await BandwidthProbe.create(options.threads)
    const bytesPerToken = weightBytesPerToken(model.config, precision) + cacheBytesPerToken(model.config) * (PROMPT_LENGTH + steps / 2)
    // Buffers grow and JavaScript is compiled in the first run of each shape.
    for (const rows of [1, BATCH]) await decodePlain(model, rows, steps)
    const turns = await repeated(options, async () => {
      const before = await probe.measure()
      const { tokensPerSecond: one } = await decodePlain(model, 1, steps)
      const bytesPerSecond = Math.max(before, await probe.measure())
      const { tokensPerSecond: batch } = await decodePlain(model, BATCH, steps)
      // Each decode against its own two probes: the machine's speed drifts.
      return { one, batch, bytesPerSecond, overBound: one / (bytesPerSecond / bytesPerToken) }
    })
    await probe.release()
    await model.release()
    const one = medianOf(turns, (turn) => turn.one)
    const batch = medianOf(turns, (turn) => turn.batch)
    const bandwidth = medianOf(turns, ({ bytesPerSecond }) => bytesPerSecond)
    return {
      rows: [
        {
          key: `decode_${precision}_b1_over_bound`,
          title: `Decoding ${precision}, batch 1`,
          measured: `${one.toFixed(1)} tokens/s`,
          against: `${(bandwidth / bytesPerToken).toFixed(1)} tokens/s at ${(bandwidth / 1e9).toFixed(1)} GB/s`,
          ratio: medianOf(turns, (turn) => turn.overBound),
          aim: overBound,
        },
        {
          key: `decode_${precision}_b8_over_b1`,
          title: `Decoding ${precision}, batch ${BATCH}`,
          measured: `${batch.toFixed(1)} tokens/s`,
          against: `${one.toFixed(1)} tokens/s at batch 1`,
          ratio: batch / one,
          aim: batchOverOne,
        },
      ],
      raw: { bytes_per_token: bytesPerToken, repeats: turns },
    }
  }
}
