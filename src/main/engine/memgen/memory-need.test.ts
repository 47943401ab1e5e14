/** @file That a model which does not fit is refused before anything is loaded, and that what a load took is told. */
import { afterEach, expect, test, vi } from 'vitest'
import { goldenLocation, loadModel } from '../../../../test/support/golden-model.ts'
import { describeFailure } from '../failure.ts'
import { GraphSession } from '../runtime/graph-session.ts'
import { estimatePlacements, MemoryInsufficientError } from './memory-need.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

test('a model that does not fit is refused with the numbers, and nothing of it is loaded', async () => {
  vi.spyOn(process, 'availableMemory').mockReturnValue(1_000_000)
  const created = vi.spyOn(GraphSession, 'create')
  const error: unknown = await loadModel(goldenLocation('qwen2')).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(MemoryInsufficientError)
  const failure = describeFailure(error)
  expect(failure).toMatchObject({ code: 'MEMORY_INSUFFICIENT', device: 'cpu', availableBytes: 1_000_000 })
  expect(failure.message).toMatch(/^Loading this model takes about 0\.0 GB of memory, and 0\.0 GB are free\.$/)
  expect(created).not.toHaveBeenCalled()
})

test('a loaded model tells what was estimated and, where the system can tell, what it took', async () => {
  const model = await loadModel(goldenLocation('qwen2'))
  const { estimatedBytes, measuredBytes } = model.summary.memory
  expect(estimatedBytes).toBeGreaterThan(0)
  if (measuredBytes !== null) expect(measuredBytes).toBeGreaterThan(0)
  await model.release()
})

test('placements are estimated without loading: quantised weights take less, a device takes them from the process', async () => {
  const created = vi.spyOn(GraphSession, 'create')
  const { estimates, availableBytes } = await estimatePlacements(goldenLocation('qwen2'), [
    { device: 'cpu', precision: 'f32' },
    { device: 'cpu', precision: 'q8' },
    { device: 'webgpu', precision: 'f32' },
  ])
  const [f32, q8, onDevice] = estimates
  expect(availableBytes).toBeGreaterThan(0)
  expect(q8?.weightsBytes).toBeLessThan(f32?.weightsBytes ?? 0)
  expect(f32).toMatchObject({ deviceBytes: 0, baseCopies: 1, precision: 'f32' })
  expect(onDevice?.deviceBytes).toBeGreaterThan(0)
  expect(created).not.toHaveBeenCalled()
})
