/** @file A configuration as lines. */
import { expect, test } from 'vitest'
import { completeTrainingConfig } from '../../../../shared/domain/training-defaults.ts'
import { configRows } from './config-rows.ts'

test('every setting is a line, lists and nulls too', () => {
  const rows = configRows(completeTrainingConfig({ stage: 'weaver', outputDirectory: 'out', model: { reasonerDir: 'base' }, dataset: { trainFile: 'a.jsonl' } }))
  expect(rows).toContainEqual({ name: 'model.weaverLora.targetModules', value: 'q_proj, v_proj' })
  expect(rows).toContainEqual({ name: 'grpo', value: 'null' })
})
