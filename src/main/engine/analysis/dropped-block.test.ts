/** @file Questions about a block that a cluster's ablation left out: there is nothing of it in the context, and each answer says so. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { generateRecord } from '../../../../test/support/generation-record.ts'
import { goldenLocation, loadModel } from '../../../../test/support/golden-model.ts'
import type { ClusterSetId } from '../../../shared/domain/experiment-ids.ts'
import type { GenerationRecord } from '../protocol.ts'
import { blockEffect } from './block-effect.ts'
import { blockSimilarity } from './block-similarity.ts'
import { attentionLane, attentionToBlock } from './latent-attention.ts'
import { logitLens } from './logit-lens.ts'
import { probeModel, type ProbedModel } from './probed-model.ts'

let probed: ProbedModel
let record: GenerationRecord
beforeAll(async () => {
  probed = await probeModel(await loadModel(goldenLocation('qwen2')))
  const columns = probed.model.config.hiddenSize
  // More neighbours than the vocabulary has entries: every block is left out.
  const intervention = { kind: 'drop-cluster' as const, clusterSetId: 'set' as ClusterSetId, cluster: 0, topK: 1000 }
  const input = { policy: { kind: 'always' as const }, maxNewTokens: 8, intervention }
  ;({ record } = await generateRecord(probed, 'Once, upon a time.\n', input, { centroids: { rows: 1, columns, data: new Float32Array(columns).fill(1) } }))
})
afterAll(async () => {
  await probed.model.release()
})

test('it has no effect', async () => {
  const { kl, withBlock, withoutBlock } = await blockEffect(probed, { record, stepIndex: 0, topK: 3 })
  expect(kl).toBe(0)
  expect(withBlock).toEqual(withoutBlock)
  expect(withBlock).toHaveLength(3)
})

test('nothing is paid to it, and it says nothing', async () => {
  expect(await attentionToBlock(probed, { record, stepIndex: 0, maxSteps: 4 })).toMatchObject({ latents: 0, stepIndices: [0, 1, 2, 3], mass: new Float32Array(0) })
  expect(await attentionLane(probed, { record })).toEqual(new Float32Array(8))
  expect((await logitLens(probed, { record, stepIndex: 0, topK: 3 })).entries).toEqual([])
})

test('it is like nothing', async () => {
  expect(await blockSimilarity(probed.model, { record, stepIndex: 0 }, [])).toMatchObject({ latents: 0, between: new Float32Array(0), toContext: new Float32Array(0), nearest: [] })
})
