/** @file Results of evaluations replayed as full traces: whose draws they make, and whether they are what was recorded. */
import { afterEach, expect, test } from 'vitest'
import { ClusterSetError, DonorsUnknownError, ReplayStoppedError, type ReplayRequest, type SessionRoomOptions } from '../../src/main/sessions/index.ts'
import type { CompactRecord } from '../../src/shared/domain/compact-record.ts'
import type { EvaluationRunId } from '../../src/shared/domain/experiment-ids.ts'
import { runConfigSchema } from '../../src/shared/domain/run-config.ts'
import type { ResultOrigin } from '../../src/shared/domain/trace.ts'
import { fakeRecord } from '../support/fake-record.ts'
import { fakeBlock } from '../support/fake-rollout.ts'
import { advanceAndHear, benchModel, closeBench, openBench, openOn, type SessionBench } from '../support/session-bench.ts'

const origin: ResultOrigin = { runId: 'run' as EvaluationRunId, sampleId: 'train/7', repeat: 2, turn: 0 }

const benches: SessionBench[] = []
afterEach(async () => {
  await Promise.all(benches.splice(0).map(closeBench))
})

function setUp(options: SessionRoomOptions = {}): SessionBench {
  const bench = openBench(options)
  benches.push(bench)
  return bench
}

function requestFor(text: string, changes: Partial<ReplayRequest> = {}): ReplayRequest {
  return { origin, modelId: benchModel.id, prompt: { kind: 'text', text }, config: runConfigSchema.parse({ maxNewTokens: 8, recordTopK: 0, recordNearest: 0 }), record: fakeRecord('', 'none'), ...changes }
}

test('a replay runs to its end as a full trace that says which result it is of', async () => {
  const { room, log } = setUp()
  const { traceId, isSame } = await room.replay(requestFor('eos@2'))
  expect(isSame).toBe(true)
  const trace = await log.getTrace(traceId)
  expect(trace?.header).toMatchObject({ origin, finish: 'eos', stepCount: 2, config: { recordTopK: 10, recordNearest: 5 } })
})

test.each<[string, string, Partial<CompactRecord>]>([
  ['another token', 'eos@2', { tokenIds: Int32Array.of(10, 12) }],
  ['another decision', 'eos@2', { asked: [] }],
  ['more steps', 'eos@3', {}],
])('%s than recorded is told', async (_, text, changes) => {
  const { room } = setUp()
  expect((await room.replay(requestFor(text, { record: { ...fakeRecord('', 'none'), ...changes } }))).isSame).toBe(false)
})

test('a replay, its forks, its restart and its re-runs draw as the result did, also taken up from the record', async () => {
  const { room, log } = setUp({ maxLiveRollouts: 1 })
  const entropies = async (traceId: Parameters<typeof log.getTrace>[0]): Promise<Set<number>> => new Set((await log.getTrace(traceId))?.steps.map(({ entropy }) => entropy))
  const { traceId } = await room.replay(requestFor('a prompt', { origin: { ...origin, turn: 1 } }))
  const own = await entropies(traceId)
  expect(own).not.toEqual(new Set([1.25])) // that of a generation by hand
  expect(own).not.toEqual(await entropies((await room.replay(requestFor('a prompt'))).traceId))
  expect((await room.certify(traceId)).verdict).toBe('exact')

  const fork = await room.fork({ traceId, stepIndex: 2, change: { kind: 'none' } })
  await advanceAndHear(room, fork.header.id, { until: 'end', stopAfter: 4 })
  await openOn(room, 'another takes its place')
  await advanceAndHear(room, fork.header.id, { until: 'end' })
  expect(fork.header.origin).toEqual({ ...origin, turn: 1 })
  expect(await entropies(fork.header.id)).toEqual(own)

  const again = await room.restart(traceId)
  await advanceAndHear(room, again.header.id, { until: 'end' })
  expect(await entropies(again.header.id)).toEqual(own)
})

test('a replay that fails ends as a failed trace; one whose engine is lost says so and can be taken up', async () => {
  const { room, log } = setUp()
  const { traceId, isSame } = await room.replay(requestFor('fail@1'))
  expect(isSame).toBe(false)
  expect((await log.getTraceHeader(traceId))?.error).toContain('NaN')
  await expect(room.replay(requestFor('exit@1'))).rejects.toThrow(ReplayStoppedError)
})

test('an ablation whose cluster set nobody knows is refused before anything is generated', async () => {
  const { room } = setUp()
  const config = runConfigSchema.parse({ intervention: { kind: 'drop-cluster', clusterSetId: 'gone', cluster: 0 } })
  await expect(room.replay(requestFor('eos@2', { config }))).rejects.toThrow(ClusterSetError)
})

const donated = { config: runConfigSchema.parse({ maxNewTokens: 8, intervention: { kind: 'other' } }), record: { ...fakeRecord('', 'none'), donors: { prompt: [1], inference: [0, 1] } } }
const donors = ['train/1', 'train/2'].map((sampleId) => ({ sampleId, prompt: { kind: 'text' as const, text: sampleId } }))

test('latents of other samples are woven again once, and a replay, its forks, its restart and its re-runs are given them without the run', async () => {
  const { room, log } = setUp({ maxLiveRollouts: 1 })
  const [first, second] = [fakeBlock(100), fakeBlock(101)]
  const injected = async (traceId: Parameters<typeof log.getTrace>[0]) => (await log.getTrace(traceId))?.weaves.map(({ latents }) => latents)
  const { traceId } = await room.replay(requestFor('a prompt', { ...donated, donors }))
  expect(await injected(traceId)).toEqual([second, first, second])
  expect((await room.certify(traceId)).verdict).toBe('exact')

  const fork = await room.fork({ traceId, stepIndex: 2, change: { kind: 'none' } })
  await advanceAndHear(room, fork.header.id, { until: 'end', stopAfter: 4 })
  await openOn(room, 'another takes its place')
  await advanceAndHear(room, fork.header.id, { until: 'end' })
  expect(await injected(fork.header.id)).toEqual([second, first, second])

  const again = await room.restart(traceId)
  await advanceAndHear(room, again.header.id, { until: 'end' })
  expect(await injected(again.header.id)).toEqual([second, first, second])

  // Neither the record nor the run's donors are asked any more.
  expect((await room.replay(requestFor('a prompt', { ...donated, donors: [], record: fakeRecord('', 'none') }))).traceId).not.toBe(traceId)
})

test.each<[string, Partial<ReplayRequest>]>([
  ['a record without donors', { record: fakeRecord('', 'none'), donors }],
  ['a run without donors', { donors: [] }],
])('%s is of an older version: it is refused in plain words, before anything is loaded', async (_, changes) => {
  const { room, engine } = setUp()
  const replay = room.replay(requestFor('eos@2', { ...donated, ...changes }))
  await expect(replay).rejects.toThrow(DonorsUnknownError)
  await expect(replay).rejects.toThrow('train/7 was generated with latents of other samples by an older version, which did not record whose: it cannot be generated again.')
  expect(engine.lastLoaded(benchModel.id)).toBeNull()
})

test('donors that gave nothing, since none of them wove, give a replay nothing', async () => {
  const { room } = setUp()
  const record = { ...donated.record, donors: { prompt: [], inference: [] } }
  expect((await room.replay(requestFor('eos@2', { ...donated, record, donors }))).isSame).toBe(true)
})
