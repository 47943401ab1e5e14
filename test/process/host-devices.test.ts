/** @file Sessions on devices that are lost, over a real (fake) engine process: they go on from the log on the CPU, and the reason is told. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ModelId } from '../../src/shared/domain/identifiers.ts'
import { advanceAndHear, benchModel as model, closeBench, hearUntil, lastState, openBench, openOn as open, stepIndices, type SessionBench } from '../support/session-bench.ts'

const onWebgpu = { device: 'webgpu', precision: 'f32' } as const
const onCpu = { device: 'cpu', precision: 'f32' } as const

let bench: SessionBench
beforeEach(() => (bench = openBench()))
afterEach(() => closeBench(bench))

test('a generation whose device is lost goes on from the log on the CPU, and its listeners hear every step once', async () => {
  const { room, engine, log } = bench
  await room.load(model.id, onWebgpu)
  const { header } = await open(room, 'hello lose@3')
  expect(header.placement).toEqual(onWebgpu)
  const events = await advanceAndHear(room, header.id, { until: 'end' })
  expect(stepIndices(events)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  expect(lastState(events)).toEqual({ kind: 'finished', finish: 'length' })
  expect(engine.status).toMatchObject({ kind: 'ready', loadedModels: [{ ...onCpu, fallback: { device: 'webgpu', reason: 'the device was lost' } }] })
  expect(await log.getTraceHeader(header.id)).toMatchObject({ finish: 'length', stepCount: 8, placement: onWebgpu })
})

test('sessions that rested when the device was lost go on too, step by step, with their twins and their forks', async () => {
  const { room } = bench
  await room.load(model.id, onWebgpu)
  const idle = await open(room, 'idle')
  await room.setTwin(idle.header.id, true)
  await advanceAndHear(room, idle.header.id, { until: 'step' })
  const other = await open(room, 'other lose@0')
  await advanceAndHear(room, other.header.id, { until: 'end' })

  const events = await advanceAndHear(room, idle.header.id, { until: 'step' }, 1)
  expect(events.flatMap((event) => (event.kind === 'step' ? [[event.step.index, event.step.twin !== null]] : []))).toEqual([[1, true]])
  const fork = await room.fork({ traceId: idle.header.id, stepIndex: 1, change: { kind: 'decision', decision: 0 } })
  expect(fork.header).toMatchObject({ placement: onCpu, stepCount: 1 })
  expect(stepIndices(await advanceAndHear(room, fork.header.id, { until: 'step' }, 1))).toEqual([1])
})

test('a fork of a session that has not been taken up since the loss starts from the log', async () => {
  const { room } = bench
  await room.load(model.id, onWebgpu)
  const idle = await open(room, 'idle')
  await advanceAndHear(room, idle.header.id, { until: 'step' })
  const other = await open(room, 'other lose@0')
  await advanceAndHear(room, other.header.id, { until: 'end' })
  const fork = await room.fork({ traceId: idle.header.id, stepIndex: 1, change: { kind: 'decision', decision: 0 } })
  expect(stepIndices(await advanceAndHear(room, fork.header.id, { until: 'step' }, 1))).toEqual([1])
})

test('a certificate names what the trace was recorded on, where it was run again elsewhere', async () => {
  const { room } = bench
  await room.load(model.id, onWebgpu)
  const { header } = await open(room, 'hello')
  await advanceAndHear(room, header.id, { until: 'step' })
  expect((await room.certify(header.id)).device).toBe('webgpu f32')
  await room.load(model.id, { device: 'cpu', precision: 'q8' })
  expect((await room.certify(header.id)).device).toBe('cpu q8, recorded on webgpu f32')
})

test('unloading a model ends its sessions as recorded ones, and the next step loads it again in another process', async () => {
  const { room, engine } = bench
  const { header } = await open(room, 'hello')
  await advanceAndHear(room, header.id, { until: 'step' })
  if (engine.status.kind !== 'ready') throw new Error('the engine should be ready')
  const { pid } = engine.status
  const ended = hearUntil(room, header.id, ['recorded'])
  await room.unload(model.id)
  expect(lastState(await ended)).toEqual({ kind: 'recorded', reason: 'Its model was unloaded. Its first step is kept in the log. Step takes it up again.' })
  await room.unload('nowhere' as ModelId)
  expect(stepIndices(await advanceAndHear(room, header.id, { until: 'step' }, 1))).toEqual([1])
  expect(engine.status).toMatchObject({ loadedModels: [{ modelId: model.id }] })
  expect(engine.status).not.toMatchObject({ pid })
})
