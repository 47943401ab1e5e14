/** @file Cluster ablation: which blocks belong to a cluster, and what a generation is without them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { config, finish, goldenLocation, loadModel, request } from '../../../../test/support/golden-model.ts'
import { recordOf } from '../../../../test/support/generation-record.ts'
import type { ClusterSetId } from '../../../shared/domain/experiment-ids.ts'
import type { RunConfigInput } from '../../../shared/domain/run-config.ts'
import type { Matrix } from '../../../shared/domain/weave.ts'
import { isNearCluster } from './cluster-ablation.ts'
import { generateCompletions } from './completions.ts'
import type { ClusterAblation } from './interventions.ts'
import type { MemGenModel } from './memgen-model.ts'
import { PromptRejectedError } from './resolved-run.ts'
import { Rollout } from './rollout.ts'
import type { NearestRow } from './vocabulary.ts'

function matrix(rows: readonly (readonly number[])[]): Matrix {
  return { rows: rows.length, columns: rows[0]?.length ?? 0, data: Float32Array.from(rows.flat()) }
}

describe('neighbours of a mean', () => {
  const mean = Float32Array.of(1, 0)
  const vocabularyOf = (...cosines: number[]): { nearest(vectors: Float32Array, count: number): Promise<NearestRow[][]> } => ({
    nearest: async (_, count) => [cosines.slice(0, count).map((cosine, tokenId) => ({ tokenId, cosine }))],
  })
  const isNear = (centroids: readonly (readonly number[])[], ablation: { cluster: number; topK: number }, ...cosines: number[]): Promise<boolean> =>
    isNearCluster(vocabularyOf(...cosines), mean, matrix(centroids), ablation)

  test('vocabulary and centroids compete for the same places', async () => {
    const centroids = [[0, 1], [4, 3], [3, 4]] // cosines 0, 0.8 and 0.6
    expect(await isNear(centroids, { cluster: 2, topK: 3 }, 0.7, 0.5)).toBe(true)
    expect(await isNear(centroids, { cluster: 2, topK: 2 }, 0.7, 0.5)).toBe(false)
    expect(await isNear(centroids, { cluster: 2, topK: 3 }, 0.7, 0.65)).toBe(false)
    expect(await isNear(centroids, { cluster: 1, topK: 1 }, 0.7, 0.5)).toBe(true)
  })

  test('among equals the centroid comes first', async () => {
    expect(await isNear([[1, 0]], { cluster: 0, topK: 1 }, 1)).toBe(true)
  })

  test('what has no direction has no neighbours', async () => {
    expect(await isNear([[0, 0]], { cluster: 0, topK: 1000 })).toBe(false)
    expect(await isNearCluster(vocabularyOf(), new Float32Array(2), matrix([[1, 0]]), { cluster: 0, topK: 1000 })).toBe(false)
  })
})

describe('in a rollout', () => {
  const PROMPTS = ['What is 7, plus 5.\n', 'Once, upon a time.\n', ' and so on, and so on,']
  const always = { policy: { kind: 'always' }, maxNewTokens: 20, maxInferenceAugNum: 3, sampling: { doSample: true, temperature: 1.2 }, seed: 5 } satisfies RunConfigInput
  const dropping = (topK: number): ClusterAblation => ({ kind: 'drop-cluster', clusterSetId: 'set' as ClusterSetId, cluster: 0, topK })
  /** More than the golden vocabulary has entries: every block is near. */
  const EVERY = 1000

  let model: MemGenModel
  beforeAll(async () => {
    model = await loadModel(goldenLocation('qwen2'))
  })
  afterAll(async () => {
    await model.release()
  })

  function open(input: RunConfigInput, centroids?: Matrix): Rollout {
    return Rollout.open(model, config(input), PROMPTS.map((text) => request(model, text, centroids === undefined ? {} : { centroids })))
  }

  const far = (): Matrix => matrix([Array.from({ length: model.config.hiddenSize }, (_, column) => (column === 0 ? 1 : 0))])

  test('the block whose mean is the centroid is left out, the others stand as they were woven', async () => {
    const [plain = []] = await finish(open(always))
    const [first, second] = plain.flatMap(({ weave }) => weave ?? [])
    if (first === undefined || second === undefined) throw new Error('too little was woven')
    const { columns } = first.latents
    // Later blocks are nearer to the second centroid, which is not the one that is left out.
    const [ablated = []] = await finish(open({ ...always, intervention: dropping(1) }, matrix([meanOf(first.latents), meanOf(second.latents)])))
    expect(ablated[0]?.step.decision).toBe(1)
    expect(ablated[0]?.weave).toMatchObject({ kind: 'prompt', contextLength: first.contextLength, norms: [], nearest: [], latents: { rows: 0, columns }, intervention: { kind: 'drop-cluster' } })
    expect(ablated[0]?.weave?.latentsBeforeProjection).toEqual(first.latentsBeforeProjection)
    const others = ablated.flatMap(({ weave }) => (weave === null || weave.stepIndex === 0 ? [] : [weave.norms.length]))
    expect(others).toEqual(others.map(() => model.summary.inferenceLatentsLen))
    expect(others.length).toBeGreaterThan(0)
  })

  test('a far centroid leaves out nothing', async () => {
    const tokens = (results: Awaited<ReturnType<typeof finish>>): unknown => results.map((row) => row.map(({ step, weave }) => [step.tokenId, step.logprob, weave?.latents]))
    expect(tokens(await finish(open({ ...always, intervention: dropping(1) }, far())))).toEqual(tokens(await finish(open(always))))
  })

  test('with every block left out it is the generation without memory, bit for bit, and decisions are still counted', async () => {
    const ablated = await finish(open({ ...always, intervention: dropping(EVERY) }, far()))
    const vanilla = await finish(open({ ...always, policy: { kind: 'vanilla' } }))
    const chosen = (row: (typeof ablated)[number]): unknown => row.map(({ step, logits }) => [step.tokenId, step.logprob, step.entropy, logits])
    expect(ablated.map(chosen)).toEqual(vanilla.map(chosen))
    for (const row of ablated) {
      const insertions = row.filter(({ step }) => step.decision === 1)
      expect(insertions.length).toBeGreaterThan(1)
      expect(row.flatMap(({ weave }) => weave?.latents.rows ?? [])).toEqual(insertions.map(() => 0))
      expect(row.at(-1)?.step.augmentationCount).toBe(insertions.length - 1) // the prompt's is free
    }
  })

  test('a compact record keeps a dropped block without norms; a restored row goes on as if it had not been interrupted', async () => {
    const input = { ...always, intervention: dropping(EVERY) }
    const requests = PROMPTS.map((text) => request(model, text, { centroids: far() }))
    const [completion] = await generateCompletions(model, config(input), requests.slice(0, 1), { record: 'all' })
    expect(completion?.record?.weaves[0]).toMatchObject({ stepIndex: 0, norms: [], latents: new Float32Array(0) })

    const [whole = []] = await finish(Rollout.open(model, config(input), requests.slice(0, 1)))
    const record = recordOf(requests[0]?.promptIds ?? [], whole.slice(0, 6))
    const [rest = []] = await finish(Rollout.restore(model, config(input), request(model, PROMPTS[0] ?? '', { centroids: far() }), record))
    expect(rest.map(({ step }) => step.tokenId)).toEqual(whole.slice(6).map(({ step }) => step.tokenId))
  })

  test('a row without centroids, with those of another model, or without that cluster says so', async () => {
    const ablated = { ...always, intervention: dropping(1) }
    expect(() => open(ablated)).toThrow(PromptRejectedError)
    const [completion] = await generateCompletions(model, config(ablated), [request(model, 'a')])
    expect(completion?.error).toBe('The intervention drop-cluster needs the centroids of the cluster set set, and none were given.')
    expect(() => open(ablated, matrix([[1, 2, 3]]))).toThrow('centroids of 3 numbers')
    expect(() => open({ ...always, intervention: { ...dropping(1), cluster: 4 } }, far())).toThrow('has no cluster 4: it has 1, counted from 0')
  })
})

function meanOf({ rows, columns, data }: Matrix): number[] {
  return Array.from({ length: columns }, (_, column) => Array.from({ length: rows }, (_, row) => data[row * columns + column] ?? 0).reduce((sum, value) => sum + value, 0) / rows)
}
