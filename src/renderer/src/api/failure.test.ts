import { ORPCError } from '@orpc/client'
import { describe, expect, it } from 'vitest'
import { declaredErrors, type DeclaredErrorCode } from '../../../shared/errors.ts'
import { describeFailure } from './failure.ts'

function declared(code: DeclaredErrorCode, data: unknown): ORPCError<string, unknown> {
  return new ORPCError(code, { defined: true, message: declaredErrors[code].message, data })
}

describe('describeFailure', () => {
  it('names file, tensor and field of an invalid checkpoint', () => {
    const failure = describeFailure(declared('CHECKPOINT_INVALID', { path: '/models/a.safetensors', tensorName: 'lm_head.weight', field: 'shape' }))
    expect(failure.details).toEqual(['file /models/a.safetensors', 'tensor lm_head.weight', 'field shape'])
  })

  it('says of every declared code what was kept and what to do next', () => {
    const data: Record<DeclaredErrorCode, unknown> = {
      CHECKPOINT_INVALID: { path: 'x', tensorName: null, field: null },
      MODEL_NOT_FOUND: { modelId: 'm' },
      TRACE_NOT_FOUND: { traceId: 't' },
      PROMPT_REJECTED: { promptLength: 9000, limit: 4096 },
      SESSION_NOT_LIVE: { traceId: 't' },
      SWEEP_NOT_FOUND: { sweepId: 's1' },
      TRAINING_RUN_NOT_FOUND: { runId: 'r' },
      TRAINING_CONFLICT: { runId: 'r' },
      TRAINING_CONFIG_INVALID: { problems: [{ place: 'a.yaml:1', key: 'datasets.mode', problem: 'there is no such key' }] },
      EVALUATION_NOT_FOUND: { runId: 'r', sampleId: 's' },
      EVALUATION_CONFLICT: { runId: null },
      REPLAY_UNAVAILABLE: { runId: 'run', sampleId: 'train/7' },
      DATASET_INVALID: { path: 'test.jsonl', row: 7, field: 'question' },
      DOWNLOAD_FAILED: { repo: 'openai/gsm8k', file: null },
      QUERY_INVALID: { line: 3, column: 1 },
      LATENTS_UNAVAILABLE: { reason: 'none-recorded' },
      TRANSFER_FAILED: { path: 'bundle.zip', place: null },
      ENGINE_LOST: { exitCode: null, signal: 'SIGKILL' },
      MEMORY_INSUFFICIENT: { device: 'cpu', neededBytes: 3, availableBytes: 2 },
      DEVICE_UNAVAILABLE: { device: 'webgpu', reason: 'no adapter' },
      LOG_UNAVAILABLE: { path: 'log.db', reason: 'disk-full' },
    }
    for (const code of Object.keys(data) as DeclaredErrorCode[]) {
      const failure = describeFailure(declared(code, data[code]))
      expect(failure.happened).toBe(declaredErrors[code].message)
      expect(failure.kept).not.toBe('')
      expect(failure.next).not.toBe('')
    }
  })

  it('lists every problem of a training configuration with its place', () => {
    const problems = [
      { place: 'a.yaml:1', key: 'datasets.mode', problem: 'there is no such key' },
      { place: null, key: 'dataset.train_file', problem: 'missing' },
    ]
    expect(describeFailure(declared('TRAINING_CONFIG_INVALID', { problems }))).toMatchObject({
      happened: '2 settings cannot be used.',
      details: ['a.yaml:1: datasets.mode: there is no such key', 'dataset.train_file: missing'],
    })
  })

  it('tells how far a prompt is over the limit', () => {
    expect(describeFailure(declared('PROMPT_REJECTED', { promptLength: 9000, limit: 4096 }))).toMatchObject({
      next: 'Shorten the prompt or choose a model with a longer context.',
      details: ['9000 tokens', 'limit 4096 tokens'],
    })
  })

  it('sends a user whose device cannot be used to the CPU', () => {
    expect(describeFailure(declared('DEVICE_UNAVAILABLE', { device: 'webgpu', reason: 'no adapter' }))).toMatchObject({
      next: 'Choose CPU or Auto beside the model, then start again.',
      details: ['device webgpu'],
    })
  })

  it('tells how much memory a model needs and how much there is', () => {
    expect(describeFailure(declared('MEMORY_INSUFFICIENT', { device: 'cpu', neededBytes: 31.5 * 2 ** 30, availableBytes: 20 * 2 ** 30 }))).toMatchObject({
      next: expect.stringContaining('smaller precision') as string,
      details: ['needs 31.5 GiB', 'available 20.0 GiB', 'device cpu'],
    })
  })

  it('does not trust data of another shape than the code declares', () => {
    expect(describeFailure(declared('ENGINE_LOST', { exitCode: 'nine' })).details).toEqual(['code ENGINE_LOST'])
  })

  it('says that the connection was lost where the library gives up a question', () => {
    const givenUp = Object.assign(new Error('[AsyncIdQueue] Queue[h] was closed or aborted while waiting for pulling.'), { name: 'AbortError' })
    expect(describeFailure(givenUp)).toMatchObject({ happened: 'The connection to the app was lost before it answered.', next: 'Try again when it is back.' })
  })

  it('keeps the message of anything else', () => {
    expect(describeFailure(new Error('socket closed')).happened).toBe('socket closed')
    expect(describeFailure('?').happened).toContain('no words')
  })
})
