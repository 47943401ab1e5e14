/**
 * @file A row brought back to where a recorded generation stood, without a run of any model: its caches stay empty and are filled
 * when a role is asked next. It does not know where records are kept.
 */
import type { GenerationRecord } from '../protocol.ts'
import { CONSTANT_TRIGGER_LOGITS, chooseDecision, rule } from './decision.ts'
import { triggerChoice } from './deciding.ts'
import type { MemGenModel } from './memgen-model.ts'
import { finishOf } from './next-token.ts'
import type { CacheLengths, RolloutRow } from './rollout-row.ts'
import { restoreStreams } from './sampling/random-streams.ts'
import { skipDraw } from './sampling/sample-token.ts'

/** Takes the record's steps at a row that has taken none, and gives it back. It can be rewound to and forked at each of them. */
export function restoreRow(model: MemGenModel, row: RolloutRow, { steps, insertions }: GenerationRecord): RolloutRow {
  const latentsAt = new Map(insertions.map(({ stepIndex, latents }) => [stepIndex, latents.data]))
  /** Attended positions before the latest block. */
  let woven = 0
  for (const [index, { tokenId, candidate, augmentationCount, randomState }] of steps.entries()) {
    // A mark holds the generators of before a new seed: a fork that takes the change back draws from them. The record holds those of after it.
    const isReseeded = row.plan.newSeedAt(index) !== null
    if (!isReseeded) row.streams = restoreStreams(randomState)
    row.mark(cachesBefore(row, woven))
    if (isReseeded) row.streams = restoreStreams(randomState)
    if (candidate && index > 0) row.candidateCount++
    if (index === steps.length - 1 || row.plan.newSeedAt(index + 1) !== null) redraw(row, { isCandidate: candidate, augmentationCount })
    const latents = latentsAt.get(index)
    if (latents !== undefined) {
      woven = row.context.length
      row.context.appendLatents(latents)
    }
    row.augmentationCount = augmentationCount
    row.appendToken(tokenId)
  }
  row.finish = finishOf(model, row)
  return row
}

/**
 * What each role had read before a step: the reasoner and the trigger lack the last token, the weaver knows the context before its
 * latest block. Each then has something left to read, however much the caches will hold when the row is taken back.
 */
function cachesBefore({ stepIndex, context, ids }: RolloutRow, woven: number): CacheLengths {
  if (stepIndex === 0) return { reasoner: 0, weaver: 0, trigger: 0 }
  return { reasoner: context.length - 1, weaver: woven, trigger: ids.length - 1 }
}

/**
 * A step records the generators as they were before it drew, and nobody records them after the last step or before a new seed: so what such a step drew is
 * drawn again. How often each stream draws depends on policy, place and sampling alone, never on a model's answer.
 */
function redraw(row: RolloutRow, { isCandidate, augmentationCount }: { isCandidate: boolean; augmentationCount: number }): void {
  const { stepIndex, candidateCount, plan, streams } = row
  const run = plan.runAt(stepIndex)
  const { maxInferenceAugNum, variant } = run
  const position = { stepIndex, isCandidate, candidateOrdinal: candidateCount, augmentationCount: row.augmentationCount, maxInferenceAugNum, variant }
  const { kind } = rule(run.config.policy, position, streams.policy)
  if (kind === 'ask') chooseDecision(CONSTANT_TRIGGER_LOGITS, triggerChoice(run), streams.trigger)
  skipDraw(run.sampling(augmentationCount), streams.token)
}
