/** @file The weaver learning from its own rollouts: which tokens of them count, with latents at every delimiter. Knows no loop. */
import type { TrainingConfig } from '../../../shared/domain/training.ts'
import type { Sample } from '../../tasks/index.ts'
import type { GrpoRow, RolloutModel } from './grpo-task.ts'
import { sum } from './sft-task.ts'
import { IGNORED_LABEL, type TrainingPass } from './supervised-rows.ts'
import type { TrainingModel } from './training-model.ts'
import { rewardLessInsertions, type Rollout, type TrainingRollouts } from './training-rollouts.ts'
import type { WeaverModel, WeaverRows } from './weaver-model.ts'

/** Insertions follow the delimiters of the text, whatever the rollout did (docs/REFERENCE.md 6, "Weaver"). */
export function weaverGrpoModel(
  weaver: Pick<WeaverModel, 'parameters' | 'present' | 'run' | 'hasGradient' | 'save' | 'release'>,
  rows: Pick<WeaverRows, 'passesIfTrainable'>,
  rollouts: Pick<TrainingRollouts, 'draw'>,
  { checkpoint }: TrainingModel,
  { grpo, optimisation }: TrainingConfig,
): RolloutModel<TrainingPass> {
  if (grpo === null) throw new Error('internal: GRPO without its settings')
  /** null for what forward() cannot train on, such as a completion that goes on with the header of another message. */
  const passesOf = ({ promptIds, completion: { tokenIds } }: Rollout): TrainingPass[] | null =>
    tokenIds.length === 0 ? [] : rows.passesIfTrainable({ ids: [...promptIds, ...tokenIds], labels: [...promptIds.map(() => IGNORED_LABEL), ...tokenIds] })
  return {
    parameters: weaver.parameters,
    draw: (samples: readonly Sample[], seed: number, numGenerations: number) =>
      rollouts.draw(samples, {
        checkpoint: weaver.present(),
        // Constant unless the run asks for the trained one: the weaver sees every delimiter.
        policy: checkpoint.triggerActive ? { kind: 'trigger' } : { kind: 'always' },
        maxNewTokens: grpo.maxCompletionLength,
        doSample: true,
        triggerDoSample: false,
        temperature: grpo.temperature,
        numGenerations,
        seed,
        batchSize: optimisation.batchSize,
      }),
    rowOf: (rollout: Rollout): GrpoRow<TrainingPass> => {
      const items = passesOf(rollout) ?? []
      return { items, targetCount: sum(items, ({ targets }) => targets.length), tokens: rollout.promptIds.length + rollout.completion.tokenIds.length }
    },
    rewardsOf: (drawn) => drawn.map((rollout) => (passesOf(rollout) === null ? null : rewardLessInsertions(rollout, grpo.insertionCost))),
    run: (passes, parameters, columns, options) => weaver.run(passes, parameters, columns, options),
    hasGradient: (passes, name) => weaver.hasGradient(passes, name),
    save: (directory) => weaver.save(directory),
    release: () => weaver.release(),
  }
}
