/** @file Failures of the rooms as the codes that cross RPC. */
import { afterEach, expect, test, vi } from 'vitest'
import { EngineCallError, EngineLostError } from '../engine-host/index.ts'
import { EvaluationNotFoundError, LogUnavailableError } from '../log/index.ts'
import { SessionNotLiveError, WeaveNotFoundError } from '../sessions/index.ts'
import { toRpcError } from './declare-errors.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

test('expected failures keep their message and carry their data', () => {
  expect(toRpcError(new LogUnavailableError('/d/log.sqlite', 'disk-full', 'the disk is full'))).toMatchObject({
    code: 'LOG_UNAVAILABLE',
    status: 507,
    message: '/d/log.sqlite: the disk is full',
    data: { path: '/d/log.sqlite', reason: 'disk-full' },
  })
  expect(toRpcError(new EngineLostError({ exitCode: null, signal: 'SIGBUS', outputTail: '' }))).toMatchObject({ code: 'ENGINE_LOST', data: { exitCode: null, signal: 'SIGBUS' } })
  expect(toRpcError(new EvaluationNotFoundError('r'))).toMatchObject({ code: 'EVALUATION_NOT_FOUND', message: 'No run r in the log.', data: { runId: 'r', sampleId: null } })
  expect(toRpcError(new SessionNotLiveError('t'))).toMatchObject({ code: 'SESSION_NOT_LIVE', data: { traceId: 't' } })
  expect(toRpcError(new WeaveNotFoundError('t', 'w'))).toMatchObject({ code: 'PROMPT_REJECTED', data: { promptLength: null, limit: null } })
  const invalid = new EngineCallError({ code: 'CHECKPOINT_INVALID', message: 'NaN', path: '/m/model.safetensors', tensorName: 'w', field: null })
  expect(toRpcError(invalid)).toMatchObject({ code: 'CHECKPOINT_INVALID', data: { path: '/m/model.safetensors', tensorName: 'w', field: null } })
  const unavailable = new EngineCallError({ code: 'DEVICE_UNAVAILABLE', message: 'no', device: 'webgpu', reason: 'no adapter' })
  expect(toRpcError(unavailable)).toMatchObject({ code: 'DEVICE_UNAVAILABLE', status: 503, data: { device: 'webgpu', reason: 'no adapter' } })
})

test('a bug goes to stderr with its stack and across with its message', () => {
  const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  const error = toRpcError(new EngineCallError({ code: null, message: 'internal: shape', stack: 'internal: shape\n    at weave' }))
  expect(error).toMatchObject({ code: 'INTERNAL_SERVER_ERROR', message: 'internal: shape' })
  expect(written).toHaveBeenCalledWith('internal: shape\n    at weave\n')
})
