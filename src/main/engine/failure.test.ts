/** @file Each expected failure crosses to the host as its code with its data; anything else is a bug of ours. */
import { expect, test } from 'vitest'
import { CheckpointFormatError } from './checkpoint/index.ts'
import { describeFailure, RolloutFailedError } from './failure.ts'
import { PromptRejectedError } from './memgen/resolved-run.ts'
import { DeviceUnavailableError } from './runtime/graph-session.ts'

test.each([
  {
    error: new CheckpointFormatError({ path: '/models/x', tensorName: 'lm_head.weight' }, 'expected this'),
    failure: { code: 'CHECKPOINT_INVALID', path: '/models/x', tensorName: 'lm_head.weight', field: null },
  },
  { error: new PromptRejectedError('too long', 9, 8), failure: { code: 'PROMPT_REJECTED', message: 'too long', promptLength: 9, limit: 8 } },
  { error: new RolloutFailedError('step 3: NaN'), failure: { code: 'ROLLOUT_FAILED', message: 'step 3: NaN' } },
  {
    error: new DeviceUnavailableError('webgpu', new Error('no adapter')),
    failure: { code: 'DEVICE_UNAVAILABLE', message: 'The device webgpu cannot be used: no adapter', device: 'webgpu', reason: 'no adapter' },
  },
  { error: new Error('internal: oops'), failure: { code: null, message: 'internal: oops' } },
  { error: 'thrown text', failure: { code: null, message: 'thrown text', stack: null } },
])('$error becomes $failure.code', ({ error, failure }) => {
  expect(describeFailure(error)).toMatchObject(failure)
})
