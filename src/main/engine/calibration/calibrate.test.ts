/** @file Calibrations of golden models: every number is one a choice can be made by. How fast this machine is, is not asked. */
import { expect, test, vi } from 'vitest'
import { goldenLocation } from '../../../../test/support/golden-model.ts'
import { deviceSpeedSchema } from '../../../shared/domain/calibration.ts'
import { DecoderSession } from '../runtime/decoder-session.ts'
import { calibrate } from './calibrate.ts'

test.each(['qwen2', 'smollm3'] as const)('%s has a finite speed above zero at each kind of pass', async (name) => {
  const speed = await calibrate(goldenLocation(name), { device: 'cpu', precision: 'f32', threads: 1 })
  expect(deviceSpeedSchema.parse(speed)).toEqual(speed)
  expect(speed).toMatchObject({ device: 'cpu', precision: 'f32' })
  for (const rate of [speed.decodeTokensPerSecond, speed.batchTokensPerSecond, speed.prefillTokensPerSecond]) expect(Number.isFinite(rate)).toBe(true)
})

test.each(['q8', 'q4'] as const)('%s is measured on layers that are quantised for the time being', async (precision) => {
  const speed = await calibrate(goldenLocation('qwen2'), { device: 'cpu', precision, threads: 1 })
  expect(deviceSpeedSchema.parse(speed)).toMatchObject({ device: 'cpu', precision })
})

test('by a clock that ticks a millisecond a look, every pass takes one and a further layer costs nothing', async () => {
  let ticks = 0
  const now = (): number => ticks++
  const speed = await calibrate(goldenLocation('qwen2'), { device: 'cpu', precision: 'f32', threads: 1, now })
  expect(speed).toMatchObject({ decodeTokensPerSecond: 1000, batchTokensPerSecond: 8000, prefillTokensPerSecond: 128_000 })
})

test('a pass that takes seconds is made once to warm up and once to be timed', async () => {
  const forward = vi.spyOn(DecoderSession.prototype, 'forward')
  let ticks = 0
  const now = (): number => (ticks += 1_000)
  await calibrate(goldenLocation('qwen2'), { device: 'cpu', precision: 'f32', threads: 1, now })
  // Three kinds of pass on one layer, on two, and on one with the head.
  expect(forward).toHaveBeenCalledTimes(2 * 3 * 3)
  forward.mockRestore()
})

test('a device that is not there is refused with its reason', async () => {
  const device = process.platform === 'darwin' ? 'dml' : 'coreml'
  await expect(calibrate(goldenLocation('qwen2'), { device, precision: 'f32' })).rejects.toMatchObject({ name: 'DeviceUnavailableError', device })
})
