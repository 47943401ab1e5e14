/** @file The grid of the paper's Table 5 (when to insert memory) as of a run. It starts nothing. */
import { experimentRequestSchema, type EvaluationRun, type ExperimentRequest, type PolicyArm } from '../../../shared/domain/evaluation.ts'

/** The table's rows, with the two baselines that it is read against. */
const policies: readonly PolicyArm['policy'][] = [
  { kind: 'vanilla' },
  { kind: 'prompt-only' },
  { kind: 'random', probability: 0.2 },
  { kind: 'random', probability: 0.5 },
  { kind: 'random', probability: 0.8 },
  { kind: 'always' },
  { kind: 'trigger' },
]

/** The run's model, task, sampling, seed and limits under every policy of the table. */
export function ablationSetOf({ experimentName, plan, tags }: Pick<EvaluationRun, 'experimentName' | 'plan' | 'tags'>): ExperimentRequest {
  const { modelId, task, config, repeats, latents, batchSize } = plan
  return experimentRequestSchema.parse({
    name: `${experimentName}: when to insert`.slice(0, 200),
    models: [modelId],
    tasks: [task],
    arms: policies.map((policy) => ({ policy })),
    samplings: [config.sampling],
    seeds: [config.seed],
    repeats,
    config,
    latents,
    batchSize,
    tags,
  })
}
