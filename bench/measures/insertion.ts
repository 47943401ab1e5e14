/**
 * @file Whether an insertion costs the same at any context: asking the trigger, weaving and reading the latents, at batch 1 in float32, at
 * contexts of 128, 1024 and 2048 tokens, taken in turns.
 *
 * Attention has to look at the whole context, so for 2048 over 128 its share is taken off both sides: the time that the model's own
 * attention takes alone, over caches of that length, for the rows of the insertion's three runs. The ratio with it is in the raw data.
 */
import type { MemGenModel } from '../../src/main/engine/memgen/memgen-model.ts'
import { AttentionProbe } from '../attention-share.ts'
import { loadBenchModel } from '../bench-model.ts'
import { TimedInsertions } from '../timed-rollout.ts'
import { medianOf, repeated, type Measure } from './measure.ts'

const CONTEXTS = [128, 1024, 2048] as const
type ContextLength = (typeof CONTEXTS)[number]

interface Cost {
  readonly wholeMs: number
  readonly attentionMs: number
}

export const measureInsertion: Measure = async (options) => {
  const model = await loadBenchModel(options)
  const probe = await AttentionProbe.create(model.config, options.threads)
  const opened = new Map<ContextLength, TimedInsertions>()
  for (const context of CONTEXTS) opened.set(context, await TimedInsertions.open(model, context))
  const cost = async (context: ContextLength): Promise<Cost> => {
    const wholeMs = (await opened.get(context)?.measure()) ?? Number.NaN
    let attentionMs = 0
    for (const rows of rowsOfRuns(model)) attentionMs += await probe.measure(rows, context)
    return { wholeMs, attentionMs }
  }
  // The first insertions at a length grow buffers.
  for (const context of CONTEXTS) await cost(context)
  const turns = await repeated(options, async () => ({ 128: await cost(128), 1024: await cost(1024), 2048: await cost(2048) }))
  for (const insertions of opened.values()) insertions.dispose()
  await probe.release()
  await model.release()
  const whole = (context: ContextLength): number => medianOf(turns, (turn) => turn[context].wholeMs)
  const rest = (context: ContextLength): number => medianOf(turns, (turn) => turn[context].wholeMs - turn[context].attentionMs)
  const shown = (ms: number): string => `${ms.toFixed(0)} ms`
  return {
    rows: [
      { key: 'insertion_1024_over_128', title: 'Insertion at 1024', measured: shown(whole(1024)), against: `${shown(whole(128))} at 128`, ratio: whole(1024) / whole(128), aim: { atMost: 2 } },
      {
        key: 'insertion_2048_over_128',
        title: 'Insertion at 2048',
        measured: `${shown(rest(2048))} of ${shown(whole(2048))}`,
        against: `${shown(rest(128))} of ${shown(whole(128))} at 128`,
        ratio: rest(2048) / rest(128),
        aim: { atMost: 1.3 },
        note: 'without attention',
      },
    ],
    raw: { repeats: turns, insertion_2048_over_128_with_attention: whole(2048) / whole(128) },
  }
}

/** Of two insertions in a row: trigger and reasoner read the token between them, the weaver and the reasoner the latents, and the weaver its queries. */
function rowsOfRuns({ memory }: MemGenModel): number[] {
  const latents = memory?.checkpoint.inferenceLatentsLen ?? 0
  return [1, 1 + 2 * latents, 1 + latents]
}
