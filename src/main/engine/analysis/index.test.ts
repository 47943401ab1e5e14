/** @file The handlers: what they keep for a model, and that it goes with the model. */
import { afterEach, expect, test, vi } from 'vitest'
import { generateRecord } from '../../../../test/support/generation-record.ts'
import { goldenLocation, loadModel } from '../../../../test/support/golden-model.ts'
import { modelIdSchema } from '../../../shared/domain/identifiers.ts'
import { GraphSession } from '../runtime/graph-session.ts'
import { analysisHandlers } from './index.ts'

const modelId = modelIdSchema.parse('m')
const silent = { signal: new AbortController().signal, onProgress: () => undefined }

afterEach(() => {
  vi.restoreAllMocks()
})

test('a model gets one probe at its first question, and both are released together', async () => {
  const model = await loadModel(goldenLocation('qwen2'))
  const { record } = await generateRecord({ model }, 'a, b', { maxNewTokens: 3, policy: { kind: 'schedule', steps: [0] } })
  const created = vi.spyOn(GraphSession, 'create')
  const released = vi.spyOn(GraphSession.prototype, 'release')
  const handlers = analysisHandlers(() => model)
  await handlers.blockEffect({ modelId, record, stepIndex: 0, topK: 2 }, silent)
  await handlers.attentionLane({ modelId, record }, silent)
  await handlers.logitLens({ modelId, record, stepIndex: 0, topK: 2 }, silent)
  expect(created).toHaveBeenCalledTimes(1)
  const probe: unknown = await created.mock.results[0]?.value
  await model.release()
  expect(released.mock.contexts).toContain(probe)
})

test('a probe that could not be opened is tried again at the next question', async () => {
  const model = await loadModel(goldenLocation('qwen2'))
  const handlers = analysisHandlers(() => model)
  const question = { modelId, record: { promptIds: [1], steps: [], insertions: [] } }
  vi.spyOn(GraphSession, 'create').mockRejectedValueOnce(new Error('out of memory'))
  await expect(handlers.attentionLane(question, silent)).rejects.toThrow('out of memory')
  expect(await handlers.attentionLane(question, silent)).toHaveLength(0)
  await model.release()
})

test('a cancelled question is not answered, and progress is told as a share', async () => {
  const model = await loadModel(goldenLocation('qwen2'))
  const { record } = await generateRecord({ model }, 'a, b', { maxNewTokens: 3, policy: { kind: 'schedule', steps: [0] } })
  const handlers = analysisHandlers(() => model)
  const controller = new AbortController()
  const onProgress = vi.fn()
  await handlers.attentionLane({ modelId, record }, { signal: controller.signal, onProgress })
  expect(onProgress.mock.lastCall).toEqual(['reading the trace', 1])
  controller.abort(new Error('no longer wanted'))
  await expect(handlers.attentionLane({ modelId, record }, { signal: controller.signal, onProgress })).rejects.toThrow('no longer wanted')
  await model.release()
})
