/** @file How rows end: at their EOS, at a limit, at numbers that are not finite; and prompts that are refused. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { changedCopy, overwriteTensor, patchJson, removeCopies } from '../../../../test/support/damaged-folder.ts'
import { config, finish, goldenLocation, loadModel, request } from '../../../../test/support/golden-model.ts'
import type { MemoryPolicy } from '../../../shared/domain/memory-policy.ts'
import type { MemGenModel } from './memgen-model.ts'
import { PromptRejectedError } from './resolved-run.ts'
import { Rollout } from './rollout.ts'

const PROMPT = '<|im_start|>user\nWhat is 7, plus 5.<|im_end|>\n<|im_start|>assistant\n'
const location = goldenLocation('qwen2')

let model: MemGenModel
beforeAll(async () => {
  model = await loadModel(location)
})
afterAll(async () => {
  await model.release()
  removeCopies()
})

describe('ends', () => {
  test('a row ends at its own EOS and its text stops there, while the others go on', async () => {
    // Sampled hot, so that some of many rows meet an EOS.
    const hot = config({ maxNewTokens: 60, policy: { kind: 'vanilla' }, sampling: { doSample: true, temperature: 1.5 }, seed: 3 })
    const requests = Array.from({ length: 12 }, (_, repeat) => request(model, PROMPT, { id: `${repeat}`, repeat }))
    const rollout = Rollout.open(model, hot, requests)
    const rows = await finish(rollout)
    const endings = rollout.rows.map(({ finish }) => finish)
    expect(new Set(endings)).toEqual(new Set(['eos', 'length']))
    for (const [index, results] of rows.entries()) {
      const ids = results.map(({ step }) => step.tokenId)
      const firstEos = ids.indexOf(model.tokenizer.eosTokenId)
      expect(firstEos).toBe(endings[index] === 'eos' ? ids.length - 1 : -1)
      if (endings[index] === 'length') expect(ids).toHaveLength(60)
    }
  })

  test('a finished rollout takes no more steps', async () => {
    const rollout = Rollout.open(model, config({ maxNewTokens: 1 }), [request(model, PROMPT)])
    expect(await rollout.step()).toHaveLength(1)
    expect(rollout.isFinished).toBe(true)
    expect(await rollout.step()).toEqual([])
  })

  test('a row ends when its context is full, latents counted', async () => {
    const short = changedCopy(location.reasonerDir, (folder) => {
      patchJson(join(folder, 'config.json'), { max_position_embeddings: 64 })
    })
    const shortModel = await loadModel({ ...location, reasonerDir: short })
    const promptLength = shortModel.tokenizer.encode(PROMPT).length
    const lengths: number[] = []
    const { promptLatentsLen, inferenceLatentsLen } = shortModel.summary
    const last = 64 - promptLength - inferenceLatentsLen
    const policies: MemoryPolicy[] = [
      { kind: 'vanilla' },
      { kind: 'prompt-only' },
      { kind: 'schedule', steps: [last - 1] },
      // Here the latents would fill the context, with no room for a token.
      { kind: 'schedule', steps: [last] },
    ]
    for (const policy of policies) {
      // A seed that meets no EOS under any of the policies.
      const run = config({ policy, sampling: { doSample: true, topK: 20 }, seed: 2 })
      const rollout = Rollout.open(shortModel, run, [request(shortModel, PROMPT)])
      const [results = []] = await finish(rollout)
      expect(rollout.rows[0]?.finish).toBe('length')
      lengths.push(results.length)
    }
    expect(lengths).toEqual([64 - promptLength, 64 - promptLength - promptLatentsLen, last, last])
    await shortModel.release()
  })
})

describe('numbers that are not finite', () => {
  test('NaN in the base ends the row with an error that names the step', async () => {
    const reasonerDir = changedCopy(location.reasonerDir, (folder) => {
      overwriteTensor(join(folder, 'model.safetensors'), 'model.layers.1.mlp.down_proj.weight', NaN)
    })
    const broken = await loadModel({ reasonerDir })
    const rollout = Rollout.open(broken, config({ policy: { kind: 'vanilla' } }), [request(broken, PROMPT)])
    expect(await rollout.step()).toEqual([])
    expect(rollout.rows[0]?.finish).toBe('error')
    expect(rollout.rows[0]?.error).toMatch(/^step 0: the logit of token 0 is NaN/)
    await broken.release()
  })

  test('NaN in the weaver ends the rows that insert, before their latents reach the reasoner', async () => {
    const checkpointDir = changedCopy(location.checkpointDir, (folder) => {
      overwriteTensor(join(folder, 'weaver/weaver/adapter_model.safetensors'), 'base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight', NaN)
    })
    const broken = await loadModel({ ...location, checkpointDir })
    const run = config({ maxNewTokens: 6, policy: { kind: 'schedule', steps: [3] }, recordNearest: 3 })
    const rollout = Rollout.open(broken, run, [request(broken, PROMPT)])
    const [results = []] = await finish(rollout)
    expect(results).toHaveLength(3)
    expect(rollout.rows[0]).toMatchObject({ finish: 'error', error: expect.stringContaining('step 3: the weaver returned latents that are not finite') as string })

    // What came before can still be returned to, and the failing step fails again.
    rollout.rewind(0, 3)
    expect(rollout.rows[0]?.finish).toBeNull()
    expect(await rollout.step()).toEqual([])
    const change = { kind: 'config', config: config({ maxNewTokens: 6, policy: { kind: 'vanilla' } }) } as const
    const [without = []] = await finish(rollout.fork(0, 3, 'branch', { stepIndex: 3, change, latents: null }))
    const [healthy = []] = await finish(Rollout.open(model, config({ maxNewTokens: 6, policy: { kind: 'vanilla' } }), [request(model, PROMPT)]))
    expect(without.map(({ step }) => step.tokenId)).toEqual(healthy.slice(3).map(({ step }) => step.tokenId))
    await broken.release()
  })

  test('NaN in the trigger ends the row instead of passing for "skip"', async () => {
    const checkpointDir = changedCopy(location.checkpointDir, (folder) => {
      overwriteTensor(join(folder, 'trigger/trigger/adapter_model.safetensors'), 'base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight', NaN)
    })
    const broken = await loadModel({ ...location, checkpointDir })
    const rollout = Rollout.open(broken, config(), [request(broken, PROMPT)])
    expect(await rollout.step()).toEqual([])
    expect(rollout.rows[0]?.error).toMatch(/^step 0: the trigger's logits are NaN and NaN/)
    await broken.release()
  })
})

describe('refusals', () => {
  function opening(promptIds: readonly number[], options: Parameters<typeof config>[0] = {}): () => Rollout {
    return () => Rollout.open(model, config(options), [{ id: 'r', promptIds, sampleId: 's', repeat: 0 }])
  }

  test('an empty prompt is refused', () => {
    expect(opening([])).toThrow(PromptRejectedError)
    expect(opening([])).toThrow('The prompt is empty.')
  })

  test('a prompt that leaves no room for the prompt latents and a token is refused with its length and the limit', () => {
    const limit = model.summary.maxPositionEmbeddings - model.summary.promptLatentsLen
    const ids = (length: number): number[] => new Array<number>(length).fill(5)
    expect(opening(ids(limit - 1))).not.toThrow()
    expect(opening(ids(limit))).toThrow(expect.objectContaining({ promptLength: limit, limit, name: 'PromptRejectedError' }))
  })

  test('ids outside the vocabulary are refused, one past its end first', () => {
    const { vocabSize } = model.config
    expect(opening([vocabSize - 1])).not.toThrow()
    expect(opening([vocabSize])).toThrow(`token ${vocabSize}, and the model's vocabulary has ${vocabSize}`)
    expect(opening([-1])).toThrow(PromptRejectedError)
  })

  test('without a checkpoint only vanilla can be asked for', async () => {
    const base = await loadModel({ reasonerDir: location.reasonerDir })
    for (const kind of ['trigger', 'always', 'prompt-only'] as const) {
      expect(() => Rollout.open(base, config({ policy: { kind } }), [request(base, PROMPT)])).toThrow(`The policy ${kind} needs a MemGen checkpoint`)
    }
    const [results = []] = await finish(Rollout.open(base, config({ policy: { kind: 'vanilla' }, maxNewTokens: 2 }), [request(base, PROMPT)]))
    expect(results).toHaveLength(2)
    await base.release()
  })

  test('an active trigger cannot be asked of a checkpoint that has none', async () => {
    const checkpointDir = changedCopy(location.checkpointDir, (folder) => {
      for (const name of ['trigger.bin', 'trigger']) rmSync(join(folder, name), { recursive: true })
      patchJson(join(folder, 'config.json'), { trigger_active: false })
    })
    const constant = await loadModel({ ...location, checkpointDir })
    expect(() => Rollout.open(constant, config({ triggerActive: true }), [request(constant, PROMPT)])).toThrow('this checkpoint has only the constant one')
    const [[first] = []] = await finish(Rollout.open(constant, config({ maxNewTokens: 1 }), [request(constant, PROMPT)]))
    expect(first?.step).toMatchObject({ decision: 1, decisionSource: 'constant', pInvoke: null, triggerLogits: null })
    await constant.release()
  })
})
