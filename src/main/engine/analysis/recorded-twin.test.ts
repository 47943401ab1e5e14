/** @file The twin of a record, against a vanilla generation that was given the same tokens and against the twin that ran alongside. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { generateRecord, recordOf } from '../../../../test/support/generation-record.ts'
import { config, finish, goldenLocation, loadModel, request } from '../../../../test/support/golden-model.ts'
import type { RunConfigInput } from '../../../shared/domain/run-config.ts'
import { Rollout } from '../memgen/rollout.ts'
import { divergence } from '../memgen/sampling/distribution.ts'
import type { ResolvedChange } from '../protocol.ts'
import { probeModel, type ProbedModel } from './probed-model.ts'
import { twinOfRecord } from './recorded-twin.ts'

/** The probe reads many positions in one run, the generation one. */
const TOLERANCE = 1e-5
const PROMPT = 'Once, upon a time.\n'
const greedy = { maxNewTokens: 14, policy: { kind: 'schedule', steps: [0, 4, 9] } } satisfies RunConfigInput
const sampled = { ...greedy, sampling: { doSample: true, temperature: 0.8, topK: 50, repetitionPenalty: 1.2 }, seed: 3 } satisfies RunConfigInput

let probed: ProbedModel
beforeAll(async () => {
  probed = await probeModel(await loadModel(goldenLocation('qwen2')))
})
afterAll(async () => {
  await probed.model.release()
})

describe.each([{ name: 'greedy', input: greedy }, { name: 'sampled', input: sampled }])('$name', ({ input }) => {
  test('it thinks what a vanilla generation thinks that the same tokens are put into', async () => {
    const { record, results } = await generateRecord(probed, PROMPT, input)
    const tokenIds = record.steps.map(({ tokenId }) => tokenId)
    const forced: ResolvedChange = { stepIndex: 0, change: { kind: 'tokens', tokenIds, text: '' }, latents: null }
    const vanilla = await generateRecord(probed, PROMPT, { ...input, policy: { kind: 'vanilla' } }, { changes: [forced] })
    expect(vanilla.record.steps.map(({ tokenId }) => tokenId)).toEqual(tokenIds)

    const twin = await twinOfRecord(probed, { record, config: config(input), changes: [] })
    expect(twin).toHaveLength(tokenIds.length)
    for (const [index, { logprob, kl }] of twin.entries()) {
      const [ofTwin, own] = [vanilla.results[index], results[index]]
      if (ofTwin === undefined || own === undefined) throw new Error(`no step ${index}`)
      expect(Math.abs(logprob - ofTwin.step.logprob)).toBeLessThan(TOLERANCE)
      expect(Math.abs(kl - divergence(own.logits, ofTwin.logits))).toBeLessThan(TOLERANCE)
    }
    expect(Math.max(...twin.map(({ kl }) => kl))).toBeGreaterThan(TOLERANCE)
  })

  test('it is the twin that ran alongside', async () => {
    const row = request(probed.model, PROMPT)
    const rollout = Rollout.open(probed.model, config(input), [row])
    rollout.setTwin(true)
    const [results = []] = await finish(rollout)
    const twin = await twinOfRecord(probed, { record: recordOf(row.promptIds, results), config: config(input), changes: [] })
    for (const [index, { step }] of results.entries()) {
      expect(twin[index]).toMatchObject({ tokenId: step.twin?.tokenId, text: step.twin?.text })
      expect(Math.abs((twin[index]?.kl ?? NaN) - (step.twin?.kl ?? NaN))).toBeLessThan(TOLERANCE)
    }
  })
})

test('a generation without memory is its own twin', async () => {
  const { record } = await generateRecord(probed, PROMPT, { ...sampled, policy: { kind: 'vanilla' } })
  const twin = await twinOfRecord(probed, { record, config: config(sampled), changes: [] })
  expect(twin.map(({ tokenId }) => tokenId)).toEqual(record.steps.map(({ tokenId }) => tokenId))
  expect(twin.map(({ kl }) => kl)).toEqual(record.steps.map(() => 0))
})

test('a config that was changed on the way is in force from its step on', async () => {
  const { record } = await generateRecord(probed, PROMPT, greedy)
  const draw = (changes: ResolvedChange[]) => twinOfRecord(probed, { record, config: config(greedy), changes })
  const [plain, changed] = [await draw([]), await draw([{ stepIndex: 5, change: { kind: 'config', config: config({ sampling: { doSample: true, temperature: 50 } }) }, latents: null }])]
  expect(changed.slice(0, 5)).toEqual(plain.slice(0, 5))
  expect(changed.slice(5).map(({ tokenId }) => tokenId)).not.toEqual(plain.slice(5).map(({ tokenId }) => tokenId))
})
