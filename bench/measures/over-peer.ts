/**
 * @file Plain decoding, ours over another engine's, at batch 1 and 8: the same random weights, the same prompts of 64 tokens, the same
 * number of threads, greedy. It knows neither engine's files.
 *
 * Each engine has a process of its own, and they take turns: while one computes the other waits. The clocks of both start after the second
 * token of every row. That it is the same work is checked by the tokens: the first has to be the same, how many more are is in the raw data.
 */
import type { MemGenModel } from '../../src/main/engine/memgen/memgen-model.ts'
import type { Precision } from '../../src/shared/domain/model.ts'
import { loadBenchModel, PROMPT_LENGTH } from '../bench-model.ts'
import { median } from '../median.ts'
import { installPeers, Peer, PeerUnavailableError } from '../peers/peer.ts'
import { decodePlain, promptOf } from '../timed-rollout.ts'
import { medianOf, repeated, type Aim, type Measure, type MeasureOptions, type Measurement } from './measure.ts'

const STEPS = 16
const BATCHES = [1, 8] as const

export interface PeerPlan {
  /** Beginning of the keys under `ratios`. */
  readonly key: string
  readonly title: string
  readonly precision: Precision
  readonly aim: Aim
  /** Script in bench/peers and its arguments; writes the model for it where it is missing. */
  readonly prepare: (options: MeasureOptions) => { readonly script: string; readonly args: readonly string[] }
}

interface Pair {
  readonly ours: number
  readonly peer: number
  /** How many tokens both engines begin alike with. */
  readonly sameTokens: number
}

export function measureOverPeer(plan: PeerPlan): Measure {
  return async (options) => {
    const peer = await startPeer(plan, options)
    if (peer instanceof PeerUnavailableError) return withoutPeer(plan, peer.message)
    const model = await loadBenchModel(options, plan.precision)
    try {
      // Each engine's first run of a shape grows its buffers.
      for (const batch of BATCHES) await onePair(model, peer, batch)
      const turns = await repeated(options, async () => ({ 1: await onePair(model, peer, 1), 8: await onePair(model, peer, 8) }))
      if (turns.some((turn) => turn[1].sameTokens === 0)) return withoutPeer(plan, `${peer.engine} goes on with another token, so it does other work`)
      return {
        rows: BATCHES.map((batch) => ({
          key: `${plan.key}_b${batch}`,
          title: `${plan.title}, batch ${batch}`,
          measured: `${medianOf(turns, (turn) => turn[batch].ours).toFixed(1)} tokens/s`,
          against: `${medianOf(turns, (turn) => turn[batch].peer).toFixed(1)} tokens/s`,
          ratio: median(turns.map((turn) => turn[batch].ours / turn[batch].peer)),
          aim: plan.aim,
        })),
        raw: { engine: peer.engine, compared_tokens: STEPS + 2, repeats: turns },
      }
    } finally {
      await peer.stop()
      await model.release()
    }
  }
}

async function startPeer({ prepare }: PeerPlan, options: MeasureOptions): Promise<Peer | PeerUnavailableError> {
  try {
    installPeers(options.say)
    const { script, args } = prepare(options)
    return await Peer.start(script, args)
  } catch (error) {
    if (error instanceof PeerUnavailableError) return error
    throw error
  }
}

function withoutPeer({ key, title, aim }: PeerPlan, reason: string): Measurement {
  return { rows: BATCHES.map((batch) => ({ key: `${key}_b${batch}`, title: `${title}, batch ${batch}`, measured: '', against: '', ratio: null, aim, note: reason })), raw: { reason } }
}

async function onePair(model: MemGenModel, peer: Peer, batch: number): Promise<Pair> {
  const ours = await decodePlain(model, batch, STEPS)
  const prompts = Array.from({ length: batch }, (_, row) => promptOf(model, PROMPT_LENGTH, row))
  const answer = await peer.decode({ batch, steps: STEPS, prompts })
  const firstOther = ours.tokenIds.findIndex((id, index) => id !== answer.tokenIds[index])
  return { ours: ours.tokensPerSecond, peer: answer.tokensPerSecond, sameTokens: firstOther < 0 ? ours.tokenIds.length : firstOther }
}
