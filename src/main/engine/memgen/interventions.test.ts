/** @file Latent interventions: what each makes of the latents, and how it shows in a rollout. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { config, finish, goldenLocation, loadModel, request } from '../../../../test/support/golden-model.ts'
import type { DonorLatents } from '../../../shared/domain/donor.ts'
import type { LatentIntervention } from '../../../shared/domain/latent-intervention.ts'
import type { RunConfigInput } from '../../../shared/domain/run-config.ts'
import type { Matrix, Weave } from '../../../shared/domain/weave.ts'
import { intervene, InterventionError, type InterventionSources } from './interventions.ts'
import type { MemGenModel } from './memgen-model.ts'
import { PromptRejectedError } from './resolved-run.ts'
import { Rollout } from './rollout.ts'
import type { RowRequest } from './row-request.ts'
import { createStream } from './sampling/random-streams.ts'
import type { StepResult } from './step-record.ts'
import { euclideanNorms } from './vocabulary.ts'

const WIDTH = 3
const LATENTS = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 12)

function sources(changes: Partial<InterventionSources> = {}): InterventionSources {
  return {
    hiddenSize: WIDTH,
    kind: 'inference',
    ordinal: 0,
    stream: createStream({ seed: 1, sampleId: 'a', repeat: 0 }, 'test'),
    donor: undefined,
    pauseEmbedding: async () => Float32Array.of(0.5, -0.5, 2),
    isNearCluster: async () => false,
    ...changes,
  }
}

function rowsOf(latents: Float32Array): number[][] {
  return Array.from({ length: latents.length / WIDTH }, (_, row) => [...latents.subarray(row * WIDTH, (row + 1) * WIDTH)])
}

describe('on latents alone', () => {
  test('zero leaves vectors of zeros', async () => {
    expect(await intervene({ kind: 'zero' }, LATENTS, sources())).toEqual(new Float32Array(9))
  })

  test('mean puts the mean of an insertion in the place of each of its latents', async () => {
    expect(rowsOf(await intervene({ kind: 'mean' }, LATENTS, sources()))).toEqual([[4, 5, 7], [4, 5, 7], [4, 5, 7]])
  })

  test('scale multiplies by its factor', async () => {
    expect([...(await intervene({ kind: 'scale', factor: -2 }, LATENTS, sources()))]).toEqual([-2, -4, -6, -8, -10, -12, -14, -16, -24])
  })

  test('pause repeats the embedding of its token', async () => {
    expect(rowsOf(await intervene({ kind: 'pause', token: '.' }, LATENTS, sources()))).toEqual([[0.5, -0.5, 2], [0.5, -0.5, 2], [0.5, -0.5, 2]])
  })

  test("a cluster's ablation leaves the whole block out, or as it is", async () => {
    const ablation = { kind: 'drop-cluster', clusterSetId: 'set', cluster: 0, topK: 3 } as LatentIntervention
    const isNearCluster: InterventionSources['isNearCluster'] = async (mean) => mean.join() === '4,5,7'
    expect(await intervene(ablation, LATENTS, sources({ isNearCluster }))).toEqual(new Float32Array(0))
    expect(await intervene(ablation, LATENTS, sources())).toEqual(LATENTS)
  })

  test('other takes what the donor wove at the same insertion of the same kind', async () => {
    const block = (value: number) => ({ rows: 3, columns: WIDTH, data: new Float32Array(9).fill(value) })
    const donor: DonorLatents = { prompt: [block(1)], inference: [block(2), block(3)] }
    expect(await intervene({ kind: 'other' }, LATENTS, sources({ donor, ordinal: 1 }))).toEqual(new Float32Array(9).fill(3))
    expect(await intervene({ kind: 'other' }, LATENTS, sources({ donor, kind: 'prompt' }))).toEqual(new Float32Array(9).fill(1))
  })

  test('other begins again with the first latents where the row inserts more often, and fails without any', async () => {
    const block = { rows: 3, columns: WIDTH, data: new Float32Array(9).fill(2) }
    const later = sources({ donor: { prompt: [], inference: [block, { ...block, data: LATENTS }] }, ordinal: 4 })
    expect(await intervene({ kind: 'other' }, LATENTS, later)).toEqual(block.data)
    await expect(intervene({ kind: 'other' }, LATENTS, { ...later, kind: 'prompt' })).rejects.toThrow(InterventionError)
  })

  const anyLatents = fc.integer({ min: 1, max: 8 }).chain((count) =>
    fc.array(fc.float({ noNaN: true, min: -100, max: 100 }), { minLength: count * WIDTH, maxLength: count * WIDTH }).map((values) => Float32Array.from(values)),
  )

  test('shuffle keeps every latent whole, and the same seed gives the same order', async () => {
    await fc.assert(
      fc.asyncProperty(anyLatents, fc.nat(), async (latents, seed) => {
        const stream = () => createStream({ seed, sampleId: 'a', repeat: 0 }, 'test')
        const shuffled = await intervene({ kind: 'shuffle' }, latents, sources({ stream: stream() }))
        const sorted = (rows: number[][]): string[] => rows.map((row) => row.join()).sort()
        expect(sorted(rowsOf(shuffled))).toEqual(sorted(rowsOf(latents)))
        expect(await intervene({ kind: 'shuffle' }, latents, sources({ stream: stream() }))).toEqual(shuffled)
      }),
    )
  })

  test('random-norm keeps the norm of every latent and no direction', async () => {
    await fc.assert(
      fc.asyncProperty(anyLatents, fc.nat(), async (latents, seed) => {
        const random = await intervene({ kind: 'random-norm' }, latents, sources({ stream: createStream({ seed, sampleId: 'a', repeat: 0 }, 'test') }))
        const norms = euclideanNorms(latents, WIDTH)
        for (const [row, norm] of euclideanNorms(random, WIDTH).entries()) expect(norm).toBeCloseTo(norms[row] ?? NaN, 3)
      }),
    )
  })

  test('directions of random-norm lean nowhere', async () => {
    const count = 4000
    const random = await intervene({ kind: 'random-norm' }, new Float32Array(count * WIDTH).fill(1), sources())
    for (let column = 0; column < WIDTH; column++) {
      const mean = rowsOf(random).reduce((sum, row) => sum + (row[column] ?? 0), 0) / count
      // Each coordinate has variance 1, so five standard errors.
      expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(count))
    }
  })
})

describe('in a rollout', () => {
  const PROMPT = '<|im_start|>user\nWhat is 7, plus 5.<|im_end|>\n<|im_start|>assistant\n'
  let model: MemGenModel
  beforeAll(async () => {
    model = await loadModel(goldenLocation('qwen2'))
  })
  afterAll(async () => {
    await model.release()
  })

  const always = { policy: { kind: 'always' }, maxNewTokens: 20, maxInferenceAugNum: 3 } satisfies RunConfigInput

  async function run(intervention: LatentIntervention | null, input: RunConfigInput = {}, options: Partial<RowRequest> = {}): Promise<StepResult[]> {
    const [results = []] = await finish(Rollout.open(model, config({ ...always, ...input, intervention }), [request(model, PROMPT, options)]))
    return results
  }

  function weaves(results: readonly StepResult[]): Weave[] {
    return results.flatMap(({ weave }) => weave ?? [])
  }

  test('a weave tells the intervention, the injected latents and what the weaver gave', async () => {
    const [plain] = weaves(await run(null))
    const [zeroed] = weaves(await run({ kind: 'zero' }))
    expect(plain).not.toHaveProperty('intervention')
    expect(zeroed?.intervention).toEqual({ kind: 'zero' })
    expect(zeroed?.norms.every((norm) => norm === 0)).toBe(true)
    expect(zeroed?.latentsBeforeProjection).toEqual(plain?.latentsBeforeProjection)
  })

  test('latents scaled by one change nothing', async () => {
    const plain = await run(null)
    const scaled = await run({ kind: 'scale', factor: 1 })
    expect(scaled.map(({ logits }) => logits)).toStrictEqual(plain.map(({ logits }) => logits))
  })

  test('reasoner and weaver both read the changed latents', async () => {
    const plain = await run(null, { policy: { kind: 'schedule', steps: [0, 1] } })
    const zeroed = await run({ kind: 'zero' }, { policy: { kind: 'schedule', steps: [0, 1] } })
    expect(zeroed[0]?.logits).not.toEqual(plain[0]?.logits)
    expect(zeroed[1]?.weave?.latentsBeforeProjection.data).not.toEqual(plain[1]?.weave?.latentsBeforeProjection.data)
  })

  test('pause injects the embedding of its token, given as text or id', async () => {
    const [id = 0] = model.tokenizer.encode('.')
    const embedding = await model.embeddings.inputsEmbeds({ ids: [id], latents: new Float32Array(0) })
    for (const token of ['.', id]) {
      const [weave] = weaves(await run({ kind: 'pause', token }))
      expect(weave?.latents.data.subarray(0, model.config.hiddenSize)).toEqual(embedding)
    }
  })

  test.each(['twenty-one', 10_000_000])('a pause token that is not one token of the model is refused: %s', (token) => {
    expect(() => Rollout.open(model, config({ ...always, intervention: { kind: 'pause', token } }), [request(model, PROMPT)])).toThrow(PromptRejectedError)
  })

  test('other injects what another sample wove', async () => {
    const [others = []] = await finish(Rollout.open(model, config(always), [request(model, 'Once, upon a time.\n')]))
    const donated = (kind: Weave['kind']): Matrix[] => weaves(others).filter((weave) => weave.kind === kind).map(({ latents }) => latents)
    const donor = { prompt: donated('prompt'), inference: donated('inference') }
    const injected = weaves(await run({ kind: 'other' }, {}, { donor }))
    expect(injected[0]?.latents).toEqual(donor.prompt[0])
    expect(injected[1]?.latents).toEqual(donor.inference[0])
  })

  test('a row without a donor is refused, and one whose donor never wove fails alone', async () => {
    expect(() => Rollout.open(model, config({ ...always, intervention: { kind: 'other' } }), [request(model, PROMPT)])).toThrow(PromptRejectedError)
    const rollout = Rollout.open(model, config({ ...always, intervention: { kind: 'other' } }), [request(model, PROMPT, { donor: { prompt: [], inference: [] } })])
    await finish(rollout)
    expect(rollout.rows[0]).toMatchObject({ finish: 'error', error: 'step 0: the other sample has no latents for prompt insertion 0' })
  })

  test.each(['shuffle', 'random-norm'] as const)('%s draws again what it drew when its row is rewound, and draws by seed and sample', async (kind) => {
    const rollout = Rollout.open(model, config({ ...always, intervention: { kind } }), [request(model, PROMPT)])
    const [first = []] = await finish(rollout)
    rollout.rewind(0, 0)
    const [again = []] = await finish(rollout)
    expect(weaves(again).map(({ latents }) => latents)).toEqual(weaves(first).map(({ latents }) => latents))
    expect(weaves(await run({ kind }, { seed: 7 }))[0]?.latents).not.toEqual(weaves(first)[0]?.latents)
    expect(weaves(await run({ kind }, {}, { sampleId: 'b' }))[0]?.latents).not.toEqual(weaves(first)[0]?.latents)
  })

  test('an intervention that draws does not change what tokens and policy draw', async () => {
    const sampled = { policy: { kind: 'random', probability: 1 }, sampling: { doSample: true, temperature: 0.9 }, maxNewTokens: 3 } satisfies RunConfigInput
    const plain = await run(null, sampled)
    const random = await run({ kind: 'random-norm' }, sampled)
    expect(random.map(({ step }) => step.randomState)).toEqual(plain.map(({ step }) => step.randomState))
  })
})
