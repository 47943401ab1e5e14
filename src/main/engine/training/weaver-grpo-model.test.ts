/** @file What a weaver learns from its rollouts, where they cost insertions or cannot be trained on; losses are shown in test/golden. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { completeTrainingConfig } from '../../../shared/domain/training-defaults.ts'
import type { Completion } from '../../../shared/domain/completion.ts'
import { ParameterSet } from './parameter-set.ts'
import { openTrainingModel } from './training-model.ts'
import type { Rollout } from './training-rollouts.ts'
import { weaverGrpoModel } from './weaver-grpo-model.ts'
import { WeaverRows } from './weaver-model.ts'

const golden = join(import.meta.dirname, '../../../../test/golden/qwen2')
const config = completeTrainingConfig({
  stage: 'weaver',
  method: 'grpo',
  seed: 1,
  dataset: { trainFile: 'unread.jsonl', reward: 'exact' },
  outputDirectory: mkdtempSync(join(tmpdir(), 'memgen-weaver-grpo-')),
  model: { reasonerDir: join(golden, 'base'), checkpointDir: join(golden, 'memgen') },
  grpo: { insertionCost: 0.5 },
})
const trained = await openTrainingModel(config)
const { tokenizer } = trained
const promptIds = tokenizer.encode('<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n')
const unused = vi.fn()
const weaver = { parameters: ParameterSet.from([]), present: unused, run: unused, hasGradient: unused, save: unused, release: unused }
const model = weaverGrpoModel(weaver, new WeaverRows(trained, config, promptIds), { draw: unused }, trained, config)

function rolloutOf(text: string, insertions: Completion['insertions']): Rollout {
  const completion = { tokenIds: tokenizer.encode(text), insertions } as Completion // nothing else of it is read
  return { sample: { id: 'line-1', line: 1, content: { kind: 'text', prompt: 'Hi', completion: null }, solution: null, answers: [] }, promptIds, completion, score: { reward: 1 } }
}

test('insertions are taken off the reward', () => {
  expect(model.rewardsOf([rolloutOf('Yes.', { prompt: 1, inference: 3 }), rolloutOf('Yes.', { prompt: 0, inference: 0 })])).toEqual([-1, 1])
})

test('a completion that goes on with another message teaches nothing, and ends no run', () => {
  const rollout = rolloutOf('Yes.<|im_start|>assistant\nNo', { prompt: 1, inference: 0 })
  expect(model.rewardsOf([rollout])).toEqual([null])
  expect(model.rowOf(rollout)).toMatchObject({ items: [], targetCount: 0 })
})
