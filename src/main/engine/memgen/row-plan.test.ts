/** @file What the user changes in a rollout, against straight runs that do the same of themselves. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { config, finish, goldenLocation, loadModel, request } from '../../../../test/support/golden-model.ts'
import { expectSame, tokenIds } from '../../../../test/support/step-outcomes.ts'
import type { LatentEdit, TraceChange } from '../../../shared/domain/branch.ts'
import type { MemoryPolicy } from '../../../shared/domain/memory-policy.ts'
import type { RunConfigInput } from '../../../shared/domain/run-config.ts'
import { traceIdSchema, weaveIdSchema } from '../../../shared/domain/identifiers.ts'
import type { Matrix, Weave } from '../../../shared/domain/weave.ts'
import type { ResolvedChange } from '../protocol.ts'
import { LATENT } from '../runtime/ragged-batch.ts'
import type { MemGenModel } from './memgen-model.ts'
import { PromptRejectedError } from './resolved-run.ts'
import { Rollout } from './rollout.ts'
import type { StepResult } from './step-record.ts'

const PROMPT = '<|im_start|>user\nWhat is 7, plus 5.<|im_end|>\n<|im_start|>assistant\n'
const greedy = { maxNewTokens: 14, policy: { kind: 'trigger' } } satisfies RunConfigInput
const sampled = { ...greedy, sampling: { doSample: true, temperature: 0.9, topK: 40 }, triggerDoSample: true, seed: 20 } satisfies RunConfigInput
const STEP = 5
const swap = { kind: 'swap', traceId: traceIdSchema.parse('other'), weaveId: weaveIdSchema.parse('other/0') } as const

let model: MemGenModel
beforeAll(async () => {
  model = await loadModel(goldenLocation('qwen2'))
})
afterAll(async () => {
  await model.release()
})

function at(stepIndex: number, change: TraceChange, latents: Matrix | null = null): ResolvedChange {
  return { stepIndex, change, latents }
}

function edit(stepIndex: number, latentEdit: LatentEdit, latents: Matrix | null = null): ResolvedChange {
  return at(stepIndex, { kind: 'latents', edit: latentEdit }, latents)
}

function open(input: RunConfigInput, changes: ResolvedChange[] = []): Rollout {
  return Rollout.open(model, config(input), [request(model, PROMPT, { changes })])
}

async function straight(input: RunConfigInput, changes: ResolvedChange[] = []): Promise<StepResult[]> {
  const [results = []] = await finish(open(input, changes))
  return results
}

/** A fork of an unchanged run at the step of the change. */
async function forked(input: RunConfigInput, change: ResolvedChange): Promise<StepResult[]> {
  const parent = open(input)
  await finish(parent)
  const [results = []] = await finish(parent.fork(0, change.stepIndex, PROMPT, change))
  return results
}

/** Who decided is told; what followed must not depend on it. */
function withoutSource(results: readonly StepResult[]): StepResult[] {
  return results.map((result) => ({ ...result, step: { ...result.step, decision: -100, decisionSource: null, pInvoke: null, triggerLogits: null } }))
}

function withoutIntervention({ weave, ...result }: StepResult): StepResult {
  if (weave === null) return { ...result, weave }
  const { intervention: _, ...latents } = weave
  return { ...result, weave: latents }
}

function weaveAt(results: readonly StepResult[], stepIndex: number): Weave {
  const weave = results.find(({ step }) => step.index === stepIndex)?.weave
  if (weave == null) throw new Error(`nothing was woven at step ${stepIndex}`)
  return weave
}

describe.each([['greedy', greedy], ['sampled', sampled]] as const)('%s', (_, input) => {
  const changes: [string, TraceChange][] = [
    ['an insertion', { kind: 'decision', decision: 1 }],
    ['a declined insertion', { kind: 'decision', decision: 0 }],
    ['tokens', { kind: 'tokens', tokenIds: [70, 71], text: 'fg' }],
    ['zeroed latents', { kind: 'latents', edit: { kind: 'zero' } }],
    ['dropped latents', { kind: 'latents', edit: { kind: 'drop', latents: [1, 0] } }],
    ['a config', { kind: 'config', config: config({ ...sampled, seed: 3, policy: { kind: 'always' }, maxNewTokens: 12 }) }],
    ['nothing', { kind: 'none' }],
  ]
  test.each(changes)('a fork with %s equals a run that was changed from the beginning, at any step', async (_name, change) => {
    for (const stepIndex of [0, STEP, 9]) {
      const expected = await straight(input, [at(stepIndex, change)])
      expectSame(await forked(input, at(stepIndex, change)), expected.slice(stepIndex))
    }
  })

  test('a fork that changes nothing equals the original', async () => {
    expectSame(await forked(input, at(STEP, { kind: 'none' })), (await straight(input)).slice(STEP))
  })

  test('a forced insertion equals the schedule that inserts there', async () => {
    for (const stepIndex of [0, STEP]) {
      const forcedRun = await straight({ ...input, policy: { kind: 'vanilla' } }, [at(stepIndex, { kind: 'decision', decision: 1 })])
      const scheduled = await straight({ ...input, policy: { kind: 'schedule', steps: [stepIndex] } })
      expectSame(withoutSource(forcedRun), withoutSource(scheduled))
      expect(forcedRun[stepIndex]?.step).toMatchObject({ decision: 1, decisionSource: 'forced', pInvoke: null })
    }
  })

  test('a declined insertion equals the schedule without it', async () => {
    const steps = [0, STEP]
    const declined = await straight({ ...input, policy: { kind: 'schedule', steps } }, [at(STEP, { kind: 'decision', decision: 0 })])
    expectSame(withoutSource(declined), withoutSource(await straight({ ...input, policy: { kind: 'schedule', steps: [0] } })))
    expect(declined[STEP]).toMatchObject({ weave: null, step: { decision: 0, decisionSource: 'forced' } })
  })

  test('tokens that would have been drawn anyway change nothing', async () => {
    const expected = await straight(input)
    const same = tokenIds(expected).slice(3, 9)
    expectSame(await straight(input, [at(3, { kind: 'tokens', tokenIds: same, text: '' })]), expected)
  })

  test('latents scaled by one change nothing but the record of it', async () => {
    const policy = { kind: 'schedule', steps: [0, STEP] } satisfies MemoryPolicy
    const expected = await straight({ ...input, policy })
    const scaled = await straight({ ...input, policy }, [edit(STEP, { kind: 'scale', factor: 1 })])
    expect(weaveAt(scaled, STEP).intervention).toEqual({ kind: 'scale', factor: 1 })
    expectSame(scaled.map(withoutIntervention), expected.map(withoutIntervention))
  })
})

test('a forced decision asks the trigger where it would have been asked, keeps its probability, and draws what it would have drawn', async () => {
  const expected = await straight({ ...sampled, triggerActive: true })
  const asked = expected.findIndex(({ step }) => step.triggerLogits !== null && step.index > 0)
  const flipped = expected[asked]?.step.decision === 1 ? 0 : 1
  const changed = await straight({ ...sampled, triggerActive: true }, [at(asked, { kind: 'decision', decision: flipped })])
  expect(changed[asked]?.step).toMatchObject({ triggerLogits: expected[asked]?.step.triggerLogits, pInvoke: expected[asked]?.step.pInvoke, decision: flipped, decisionSource: 'forced' })
  expect(changed[asked + 1]?.step.randomState).toEqual(expected[asked + 1]?.step.randomState)
})

test('a forced insertion needs no candidate and ignores the limit, and counts', async () => {
  const results = await straight({ ...greedy, policy: { kind: 'vanilla' }, maxInferenceAugNum: 0 }, [at(3, { kind: 'decision', decision: 1 }), at(4, { kind: 'decision', decision: 1 })])
  expect(results.slice(2, 6).map(({ step }) => step.augmentationCount)).toEqual([0, 1, 2, 2])
})

test('a forced token is drawn and dropped: what is drawn later stays', async () => {
  const expected = await straight(sampled)
  const changed = await straight(sampled, [at(3, { kind: 'tokens', tokenIds: [70, 71], text: 'fg' })])
  expect(tokenIds(changed).slice(3, 5)).toEqual([70, 71])
  expect(changed.map(({ step }) => step.randomState.token)).toEqual(expected.map(({ step }) => step.randomState.token))
})

test('an edit takes the place of the run’s intervention at one insertion', async () => {
  const input = { ...greedy, policy: { kind: 'schedule', steps: [0, STEP, 8] }, intervention: { kind: 'zero' } } satisfies RunConfigInput
  const results = await straight(input, [edit(STEP, { kind: 'scale', factor: 2 })])
  expect([0, STEP, 8].map((step) => weaveAt(results, step).intervention?.kind)).toEqual(['zero', 'scale', 'zero'])
  expect(weaveAt(results, STEP).norms.every((norm) => norm > 0)).toBe(true)
})

test('zeroed latents give what the reasoner makes of explicit zero embeddings', async () => {
  const results = await straight({ ...greedy, policy: { kind: 'schedule', steps: [0, STEP] } }, [edit(0, { kind: 'zero' }), edit(STEP, { kind: 'zero' })])
  const { reasoner, memory, config: { hiddenSize } } = model
  const { promptLatentsLen = 0, inferenceLatentsLen = 0 } = memory?.checkpoint ?? {}
  const cache = reasoner.newCache(1)
  const zeros = (count: number): number[] => Array.from({ length: count }, () => LATENT)
  for (const [index, { logits }] of results.entries()) {
    const tokens = index === 0 ? model.tokenizer.encode(PROMPT) : [results[index - 1]?.step.tokenId ?? 0]
    const ids = [...tokens, ...zeros(index === 0 ? promptLatentsLen : index === STEP ? inferenceLatentsLen : 0)]
    const start = cache.length(0)
    const latents = new Float32Array(ids.filter((id) => id === LATENT).length * hiddenSize)
    const [output] = await reasoner.forward(cache, [{ row: 0, ids, latents, positions: ids.map((__, place) => start + place), wantLogits: true }])
    expect(output?.logits).toStrictEqual(logits)
  }
  cache.dispose()
})

test('dropping leaves the other latents as they were woven, and what follows moves up', async () => {
  const policy = { kind: 'schedule', steps: [STEP, 8] } satisfies MemoryPolicy
  const [whole, dropped] = [await straight({ ...greedy, policy }), await straight({ ...greedy, policy }, [edit(STEP, { kind: 'drop', latents: [0] })])]
  const { rows, columns, data } = weaveAt(whole, STEP).latents
  expect(weaveAt(dropped, STEP).latents).toEqual({ rows: rows - 1, columns, data: data.slice(columns) })
  expect(weaveAt(dropped, STEP).latentsBeforeProjection).toEqual(weaveAt(whole, STEP).latentsBeforeProjection)
  expect(weaveAt(dropped, STEP).norms).toHaveLength(rows - 1)
  expect(weaveAt(dropped, 8).contextLength).toBe(weaveAt(whole, 8).contextLength - 1)
})

test('a swap injects another block, of another length too, and inserts where nothing was inserted', async () => {
  const { rows, columns, data } = weaveAt(await straight({ ...greedy, policy: { kind: 'always' } }), 0).latents
  const longer = { rows: rows + 1, columns, data: Float32Array.of(...data, ...data.slice(0, columns)) }
  const results = await straight({ ...greedy, policy: { kind: 'vanilla' } }, [edit(STEP, swap, longer)])
  expect(weaveAt(results, STEP)).toMatchObject({ latents: longer, intervention: swap })
  expect(results[STEP]?.step).toMatchObject({ decision: 1, decisionSource: 'forced' })
})

test('a block that is swapped for itself changes no number', async () => {
  const policy = { kind: 'schedule', steps: [0, STEP] } satisfies MemoryPolicy
  const expected = await straight({ ...greedy, policy })
  const swapped = await straight({ ...greedy, policy }, [edit(STEP, swap, weaveAt(expected, STEP).latents)])
  expect(swapped.map(({ logits }) => logits)).toStrictEqual(expected.map(({ logits }) => logits))
})

test('a row whose context has no room for a longer block ends there', async () => {
  const columns = model.config.hiddenSize
  const rows = model.config.maxPositionEmbeddings
  const results = await straight({ ...greedy, policy: { kind: 'vanilla' } }, [edit(STEP, swap, { rows, columns, data: new Float32Array(rows * columns) })])
  expect(results).toHaveLength(STEP)
})

test('changes survive rewinding past them and back', async () => {
  const changes = [at(2, { kind: 'tokens', tokenIds: [70], text: 'f' }), edit(4, { kind: 'zero' }), at(6, { kind: 'config', config: config({ ...sampled, seed: 9 }) })]
  const expected = await straight(sampled, changes)
  const rollout = open(sampled, changes)
  await finish(rollout)
  for (const start of [7, 3, 0, 6]) {
    rollout.rewind(0, start)
    const [replayed = []] = await finish(rollout)
    expectSame(replayed, expected.slice(start))
  }
})

test('a fork inherits the changes up to its step, and none after it', async () => {
  const early = at(2, { kind: 'tokens', tokenIds: [70], text: 'f' })
  const late = at(8, { kind: 'decision', decision: 1 })
  const parent = open(sampled, [early, late])
  await finish(parent)
  const [before = []] = await finish(parent.fork(0, 7, PROMPT))
  expectSame(before, (await straight(sampled, [early])).slice(7))
  const own = at(8, { kind: 'tokens', tokenIds: [71], text: 'g' })
  const [after = []] = await finish(parent.fork(0, 8, PROMPT, own))
  expectSame(after, (await straight(sampled, [early, late, own])).slice(8))
})

test('a fork of a finished rollout goes on where its config allows more tokens, and ends where it does not', async () => {
  const parent = open(greedy)
  await finish(parent)
  expect(parent.fork(0, 14, 'same').rows[0]?.finish).toBe('length')
  const longer = at(14, { kind: 'config', config: config({ ...greedy, maxNewTokens: 18 }) })
  const [more = []] = await finish(parent.fork(0, 14, PROMPT, longer))
  expectSame(more, (await straight({ ...greedy, maxNewTokens: 18 })).slice(14))
  // The same from its beginning, as a replay takes it.
  expect(await straight(greedy, [longer])).toHaveLength(18)
})

test('another seed draws anew from its step on, and the record says from which state', async () => {
  const results = await straight(sampled, [at(STEP, { kind: 'config', config: config({ ...sampled, seed: 21 }) })])
  const fresh = await straight({ ...sampled, seed: 21 })
  expect(results[STEP]?.step.randomState).toEqual(fresh[0]?.step.randomState)
})

test.each<[string, () => ResolvedChange, string]>([
  ['a token outside the vocabulary', () => at(1, { kind: 'tokens', tokenIds: [10_000_000], text: '' }), 'Token 10000000 is outside'],
  ['a latent that the block does not have', () => edit(1, { kind: 'drop', latents: [99] }), 'Latent 99 cannot be dropped'],
  ['every latent dropped', () => edit(0, { kind: 'drop', latents: Array.from({ length: model.memory?.checkpoint.promptLatentsLen ?? 0 }, (_, row) => row) }), 'Every latent of the block was dropped'],
  ['a block of another model', () => edit(1, swap, { rows: 1, columns: 3, data: new Float32Array(3) }), 'The other block has 1 latents of 3 numbers'],
  ['latents of another sample', () => edit(1, { kind: 'other' }), 'needs the latents of another sample'],
  ['a pause token that is not one', () => edit(1, { kind: 'pause', token: 'twenty-one' }), 'The pause token'],
  ['a config that wants latents of another sample', () => at(1, { kind: 'config', config: config({ policy: { kind: 'always' }, intervention: { kind: 'other' } }) }), 'needs the latents of another sample'],
])('%s is refused before anything runs, and the parent goes on', async (_, change, message) => {
  const parent = open(greedy)
  await parent.step()
  expect(() => parent.fork(0, 1, 'branch', change())).toThrow(PromptRejectedError)
  expect(() => parent.fork(0, 1, 'branch', change())).toThrow(message)
  expect(await parent.step()).toHaveLength(1)
})

test('a base model alone has no memory to insert, decline or edit', async () => {
  const { reasonerDir } = goldenLocation('qwen2')
  const base = await loadModel({ reasonerDir })
  for (const change of [at(0, { kind: 'decision', decision: 0 }), edit(0, { kind: 'zero' })]) {
    expect(() => Rollout.open(base, config({ policy: { kind: 'vanilla' } }), [request(base, PROMPT, { changes: [change] })])).toThrow('base model alone')
  }
  await base.release()
})
