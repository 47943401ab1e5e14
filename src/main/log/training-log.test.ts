/** @file Training runs come back as they were recorded, each step once, and one process at a time has a run in hand. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { evaluationEvent, newTrainingRun, sampleEvent, stepEvent, trainingRunId } from '../../../test/support/recorded-training.ts'
import type { TrainingData, TrainingEvent } from '../../shared/domain/training-event.ts'
import { TrainingConflictError } from './errors.ts'
import type { ExperimentLog } from './experiment-log.ts'
import { openLog } from './open-log.ts'

const run = newTrainingRun('a')
let folder: string
let log: ExperimentLog
let clock: number

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'memgen-log-'))
  clock = 1_000
  log = await openLog(join(folder, 'log.sqlite'), { now: () => clock++ })
})

afterEach(async () => {
  await log.close()
  rmSync(folder, { recursive: true })
})

async function begin(attempt = 0): Promise<number> {
  if (attempt === 0) await log.training.createRun(run, 7)
  return (await log.training.startAttempt(run.id, attempt)).attempt
}

async function commit(attempt: number, ...events: TrainingEvent[]): Promise<void> {
  for (const event of events) await log.training.commitEvent(run.id, attempt, event)
}

const started = (fromStep: number): TrainingEvent => ({ kind: 'started', fromStep, totalSteps: 10, stepsPerEpoch: 5 })

describe('a run', () => {
  test('is queued, then running, then whatever its last event says', async () => {
    expect((await log.training.createRun(run, 7)).run).toMatchObject({ id: 'a', status: 'queued', step: 0, totalSteps: null, startedAt: null, config: run.config })
    const { attempt } = await log.training.startAttempt(run.id, 0)
    await commit(attempt, started(0), stepEvent(1), stepEvent(2))
    expect(await log.training.getRun(run.id)).toMatchObject({ attempt: 1, processId: 7, run: { status: 'running', step: 2, totalSteps: 10, remainingMs: 8 * 125 } })
    await commit(attempt, { kind: 'stopped', step: 2, reason: 'pause' })
    expect(await log.training.getRun(run.id)).toMatchObject({ processId: null, run: { status: 'paused', endedAt: expect.any(Number) as number, remainingMs: null } })
  })

  test('says where and at which tensor it failed', async () => {
    await commit(await begin(), started(0), { kind: 'failed', step: 3, tensor: 'weaver.prompt_query_latents', message: 'the gradient is NaN' })
    expect((await log.training.getRun(run.id))?.run).toMatchObject({ status: 'failed', message: 'step 3: the gradient is NaN (tensor weaver.prompt_query_latents)' })
  })

  test('everything it told comes back as it was', async () => {
    const data: TrainingData = { use: 'train', file: 't.jsonl', sampleCount: 3, badLineCount: 1, badLines: [{ line: 2, reason: 'no messages' }], tooLongCount: 0 }
    const parameters = { trainable: [{ name: 'weaver.prompt_query_latents', shape: [4, 8], count: 32 }], trainableCount: 32, totalCount: 100 }
    const grpo = stepEvent(2, { rewardMean: 0.5, kl: null })
    await commit(await begin(), started(0), { kind: 'data', ...data }, { kind: 'data', ...data, use: 'validation' }, { kind: 'parameters', ...parameters })
    await commit(1, stepEvent(1), grpo, evaluationEvent(2), sampleEvent(2, 'first'), sampleEvent(2, 'second \u0000 \ud800'), { kind: 'warning', message: 'a "quoted" word' })
    await commit(1, { kind: 'checkpoint', step: 2, path: '/c/2', isBest: false }, { kind: 'checkpoint', step: 2, path: '/c/2', isBest: true })
    const found = await log.training.getRecord(run.id)
    const withoutKind = ({ kind: _, ...rest }: TrainingEvent): unknown => rest
    expect(found?.record).toEqual({
      steps: [stepEvent(1), grpo].map(withoutKind),
      evaluations: [withoutKind(evaluationEvent(2))],
      samples: [sampleEvent(2, 'first'), sampleEvent(2, 'second \u0000 \ud800')].map(withoutKind),
      checkpoints: [{ step: 2, path: '/c/2', isBest: true }],
      data: [data, { ...data, use: 'validation' }],
      parameters,
      warnings: ['a "quoted" word'],
    })
    expect(found?.recorded.run.lastCheckpoint).toEqual({ step: 2, path: '/c/2', isBest: true })
  })

  test('a warning that each attempt gives is told once', async () => {
    const first = await begin()
    await commit(first, { kind: 'warning', message: 'slow' }, started(0), { kind: 'stopped', step: 0, reason: 'pause' })
    await commit(await begin(first), { kind: 'warning', message: 'slow' }, { kind: 'warning', message: 'other' })
    expect((await log.training.getRecord(run.id))?.record.warnings).toEqual(['slow', 'other'])
  })

  test('progress leaves no record', async () => {
    await commit(await begin(), { kind: 'progress', stage: 'loading', fraction: 0.5 })
    expect((await log.training.getRecord(run.id))?.record.warnings).toEqual([])
  })

  test('the newest is listed first', async () => {
    await log.training.createRun(newTrainingRun('a'), 7)
    await log.training.createRun(newTrainingRun('b'), 7)
    expect((await log.training.listRuns()).map(({ run: { id } }) => id)).toEqual(['b', 'a'])
  })
})

describe('what people change', () => {
  test('is the name alone, or the trash alone; all that was recorded stays', async () => {
    await commit(await begin(), started(0), stepEvent(1), { kind: 'finished', step: 1, checkpointPath: '/c/1' })
    expect((await log.training.annotate(run.id, { name: 'Żółw' })).run).toMatchObject({ name: 'Żółw', trashedAt: null })
    const { run: trashed } = await log.training.annotate(run.id, { isTrashed: true })
    expect(trashed).toMatchObject({ name: 'Żółw', status: 'finished', trashedAt: expect.any(Number) as number })
    expect((await log.training.listRuns()).map(({ run: listed }) => listed)).toEqual([trashed])
    expect((await log.training.getRecord(run.id))?.record.steps).toHaveLength(1)
    expect((await log.training.annotate(run.id, { isTrashed: false })).run.trashedAt).toBeNull()
  })

  test('belongs to no attempt: what runs can be named', async () => {
    const attempt = await begin()
    await log.training.annotate(run.id, { name: 'named meanwhile' })
    await commit(attempt, started(0), stepEvent(1))
    expect((await log.training.getRun(run.id))?.run).toMatchObject({ name: 'named meanwhile', status: 'running', step: 1 })
  })

  test('a run that is taken up again comes out of the trash', async () => {
    await commit(await begin(), started(0), { kind: 'stopped', step: 1, reason: 'pause' })
    await log.training.annotate(run.id, { isTrashed: true })
    expect((await log.training.queueRun(run.id, 1, 7)).run).toMatchObject({ status: 'queued', trashedAt: null })
  })

  test('of a run that is not recorded is refused', async () => {
    await expect(log.training.annotate(trainingRunId('none'), { isTrashed: true })).rejects.toThrow(TrainingConflictError)
  })
})

describe('a resumed run', () => {
  test('has each step once: those after the resumed state are the later attempt’s', async () => {
    await commit(await begin(), started(0), ...[1, 2, 3, 4].map((step) => stepEvent(step)), { kind: 'checkpoint', step: 4, path: '/c/4', isBest: false })
    await log.training.endRun(run.id, 1, 'interrupted', 'the engine ended')
    await commit(await begin(1), started(2), { ...stepEvent(3), loss: 99 })
    const found = await log.training.getRecord(run.id)
    expect(found?.record.steps.map(({ step, loss }) => [step, loss])).toEqual([
      [1, 1],
      [2, 0.5],
      [3, 99],
    ])
    expect(found?.recorded.run).toMatchObject({ status: 'running', step: 3, message: null, lastCheckpoint: null })
  })

  test('an attempt that has not begun takes nothing away', async () => {
    await commit(await begin(), started(0), stepEvent(1))
    await log.training.endRun(run.id, 1, 'interrupted', null)
    await log.training.startAttempt(run.id, 1)
    expect((await log.training.getRecord(run.id))?.record.steps).toHaveLength(1)
  })
})

describe('a conflict', () => {
  test('an overtaken attempt records nothing more', async () => {
    await commit(await begin(), started(0), stepEvent(1))
    await log.training.startAttempt(run.id, 1)
    await expect(commit(1, stepEvent(2))).rejects.toThrow(TrainingConflictError)
    expect((await log.training.getRecord(run.id))?.record.steps).toHaveLength(1)
  })

  test('of two that start the same attempt one is told', async () => {
    await log.training.createRun(run, 7)
    const starts = await Promise.allSettled([log.training.startAttempt(run.id, 0), log.training.startAttempt(run.id, 0)])
    expect(starts.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  })

  test('a run that exists, or that does not, is told', async () => {
    await log.training.createRun(run, 7)
    await expect(log.training.createRun(run, 7)).rejects.toThrow('already recorded')
    await expect(log.training.createRun({ ...newTrainingRun('b'), config: run.config }, 7)).rejects.toThrow('training run b: /runs/a belongs to training run a')
    await expect(log.training.startAttempt(trainingRunId('none'), 0)).rejects.toThrow(TrainingConflictError)
    expect(await log.training.getRecord(trainingRunId('none'))).toBeUndefined()
  })
})
