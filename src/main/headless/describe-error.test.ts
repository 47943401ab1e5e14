/** @file Failures as one line. */
import { expect, test } from 'vitest'
import { EngineCallError } from '../engine-host/index.ts'
import { describeError } from './describe-error.ts'

test('file, tensor and field stand before a message that does not name them', () => {
  const failure = { code: 'CHECKPOINT_INVALID', path: '/m/model.safetensors', tensorName: 'lm_head.weight', field: null } as const
  expect(describeError(new EngineCallError({ ...failure, message: 'expected [296, 48], found [48, 296]' }))).toBe('/m/model.safetensors: tensor lm_head.weight: expected [296, 48], found [48, 296]')
  expect(describeError(new EngineCallError({ ...failure, message: '/m/model.safetensors, lm_head.weight: out of range' }))).toBe('/m/model.safetensors, lm_head.weight: out of range')
})

test('a device that cannot be used comes with what to do', () => {
  const failure = { code: 'DEVICE_UNAVAILABLE', message: 'The device webgpu cannot be used: no adapter', device: 'webgpu', reason: 'no adapter' } as const
  expect(describeError(new EngineCallError(failure))).toBe('The device webgpu cannot be used: no adapter; --device cpu works on every machine')
})

test('a model that does not fit comes with the numbers and what to do', () => {
  const failure = { code: 'MEMORY_INSUFFICIENT', message: 'too large', device: 'cpu', neededBytes: 6_240_000_000, availableBytes: 900_000_000 } as const
  const line = 'The model was not loaded. It would take 6.2 GB of memory, and 0.90 GB are free. Close other programs, or try --precision q8 or q4, which take a quarter and less'
  expect(describeError(new EngineCallError(failure))).toBe(line)
})

test('a bug is called one, and line breaks become spaces', () => {
  expect(describeError(new EngineCallError({ code: null, message: 'no shape\n  for op', stack: null }))).toBe('internal: no shape for op')
  expect(describeError('plain')).toBe('plain')
})
