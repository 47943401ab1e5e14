/** @file The experiment that leaves one cluster's blocks out (the paper's Appendix H), as of a run that has them. It runs nothing. */
import { experimentRequestSchema, type EvaluationRun, type ExperimentRequest } from '../../../shared/domain/evaluation.ts'
import type { ClusterSetId } from '../../../shared/domain/experiment-ids.ts'

/** One run for each cluster: the same model, samples, policy and seed as `run`, so that they compare with it pair by pair. */
export function clusterAblation({ name, plan }: EvaluationRun, clusterSetId: ClusterSetId, clusters: readonly number[]): ExperimentRequest {
  const { modelId, task, config, repeats, latents, batchSize } = plan
  const which = clusters.length === 1 ? `cluster ${(clusters[0] ?? 0) + 1}` : 'each cluster'
  return experimentRequestSchema.parse({
    name: `Without ${which}: ${name}`.slice(0, 200),
    models: [modelId],
    tasks: [task],
    arms: clusters.map((cluster) => ({ policy: config.policy, intervention: { kind: 'drop-cluster', clusterSetId, cluster } })),
    samplings: [config.sampling],
    seeds: [config.seed],
    repeats,
    config,
    latents,
    batchSize,
    tags: ['cluster-ablation'],
  })
}
