/**
 * @file The work that the MemGen reference was timed on, done here: a prompt of 64 tokens, 32 new ones, latents at the prompt's end and at
 * five delimiters, eight each, at batch 1 and 8, float32. Tokens a second count from the prompt to the last token, everything included.
 *
 * The reference's numbers are constants, measured once with PyTorch 2.13 in float32 on 2 threads of this kind of machine with 494 M
 * parameters: a stranger's machine differs, and there the ratio only tells an order. What does not depend on such a constant is the share
 * of the machine's rate of matrix products, measured in the same run.
 */
import type { DecoderConfig } from '../../src/main/engine/checkpoint/index.ts'
import type { MemGenModel } from '../../src/main/engine/memgen/memgen-model.ts'
import { headFlop, layerFlop, loadBenchModel, PROMPT_LENGTH } from '../bench-model.ts'
import { MatrixProbe } from '../matrix-rate.ts'
import { processMemory } from '../../src/main/engine/runtime/process-memory.ts'
import { elapsedMsOf, forcedCandidates, openRollout } from '../timed-rollout.ts'
import { medianOf, repeated, type Measure, type Row } from './measure.ts'

const NEW_TOKENS = 32
const INSERTIONS = 5
const LATENTS = 8
/** Tokens a second with memory and without, and peak memory. */
const REFERENCE = {
  1: { tokensPerSecond: 1.3, plainTokensPerSecond: 5.3, peakBytes: 6.3e9 },
  8: { tokensPerSecond: 2.1, plainTokensPerSecond: 21.9, peakBytes: 7.4e9 },
} as const
const AIMS = { 1: { atLeast: 5 }, 8: { atLeast: 6.5 } } as const
const MOST_BYTES = 3e9

type Batch = keyof typeof REFERENCE

interface Turn {
  readonly tokensPerSecond: number
  /** Of the rate of large matrix products. */
  readonly shareOfRoof: number
}

export const measureReferenceWork: Measure = async (options) => {
  const model = await loadBenchModel(options)
  // Before the probe takes memory of its own.
  for (const batch of [1, 8] as const) await workMs(model, batch)
  const memory = processMemory()
  const probe = await MatrixProbe.create(options.threads)
  const turns = await repeated(options, async () => ({ 1: await oneTurn(model, probe, 1), 8: await oneTurn(model, probe, 8) }))
  await probe.release()
  await model.release()
  const rowOf = (batch: Batch): Row => {
    const rate = medianOf(turns, (turn) => turn[batch].tokensPerSecond)
    const reference = REFERENCE[batch]
    return {
      key: `reference_b${batch}`,
      title: `The reference's work, batch ${batch}`,
      measured: `${rate.toFixed(1)} tokens/s`,
      against: `${reference.tokensPerSecond} tokens/s`,
      ratio: rate / reference.tokensPerSecond,
      aim: AIMS[batch],
      note: `${(100 * medianOf(turns, (turn) => turn[batch].shareOfRoof)).toFixed(0)} % of the matrix-product rate`,
    }
  }
  const memoryRow = {
    key: 'reference_memory',
    title: 'Memory of that work',
    against: `${(MOST_BYTES / 1e9).toFixed(0)} GB (the reference: ${(REFERENCE[8].peakBytes / 1e9).toFixed(1)} GB)`,
    aim: { atMost: 1 },
  } as const
  return {
    rows: [
      rowOf(1),
      rowOf(8),
      memory === null
        ? { ...memoryRow, measured: '', ratio: null, note: 'this system does not tell what a process holds' }
        : { ...memoryRow, measured: `${(memory.peakBytes / 1e9).toFixed(2)} GB`, ratio: memory.peakBytes / MOST_BYTES },
    ],
    raw: { reference: REFERENCE, flop_per_row: workFlop(model.config), memory, repeats: turns },
  }
}

async function oneTurn(model: MemGenModel, probe: MatrixProbe, batch: Batch): Promise<Turn> {
  const before = await probe.measure()
  const seconds = (await workMs(model, batch)) / 1000
  const roof = Math.max(before, await probe.measure())
  return { tokensPerSecond: (batch * NEW_TOKENS) / seconds, shareOfRoof: (batch * workFlop(model.config)) / seconds / roof }
}

async function workMs(model: MemGenModel, batch: Batch): Promise<number> {
  const changes = forcedCandidates(model, { newTokens: NEW_TOKENS, count: INSERTIONS, insertions: INSERTIONS, insertsAtPrompt: true })
  let weaves = 0
  const elapsedMs = await elapsedMsOf(async () => {
    const rollout = openRollout(model, { policy: { kind: 'trigger' }, batch, promptLength: PROMPT_LENGTH, maxNewTokens: NEW_TOKENS, changes })
    for (let step = 0; step < NEW_TOKENS; step++) weaves += (await rollout.step()).filter(({ weave }) => weave !== null).length
    rollout.dispose()
  })
  if (weaves !== batch * (1 + INSERTIONS)) throw new Error(`internal: the benchmark expected ${batch * (1 + INSERTIONS)} insertions, found ${weaves}`)
  return elapsedMs
}

/** Multiplications and additions of one row that no cache can spare: what each role has to read once, the queries, and a head for each token. */
function workFlop(config: DecoderConfig): number {
  const blocks = 1 + INSERTIONS
  const beforeLast = PROMPT_LENGTH + Math.floor((INSERTIONS * NEW_TOKENS) / (INSERTIONS + 1))
  const reasoner = PROMPT_LENGTH + NEW_TOKENS - 1 + blocks * LATENTS
  const weaver = beforeLast + (blocks - 1) * LATENTS + blocks * LATENTS
  return (reasoner + weaver + beforeLast) * layerFlop(config) + NEW_TOKENS * headFlop(config)
}
