/** @file The training room over a real log and real engine processes that compute nothing: events, halts, loss, resumption. */
import { mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { forkEngine } from '../../src/main/engine-host/index.ts'
import { OutputDirectoryTakenError, TrainingRoom, type TrainingRoomOptions } from '../../src/main/jobs/index.ts'
import { LogUnavailableError, openLog, type ExperimentLog, type TrainingLog } from '../../src/main/log/index.ts'
import { completeTrainingConfig } from '../../src/shared/domain/training-defaults.ts'
import type { TrainingConfig } from '../../src/shared/domain/training.ts'
import type { TrainingMessage, TrainingRunId } from '../../src/shared/domain/training-run.ts'

const fakeEngine = new URL('../support/fake-engine.ts', import.meta.url).pathname
let folder: string
let log: ExperimentLog
let rooms: TrainingRoom[]

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'memgen-training-'))
  log = await openLog(join(folder, 'log.sqlite'))
  rooms = []
})

afterEach(async () => {
  await Promise.all(rooms.map((room) => room.dispose()))
  await log.close()
  rmSync(folder, { recursive: true })
})

function openRoom(options: TrainingRoomOptions = {}, trainingLog: TrainingLog = log.training): TrainingRoom {
  const room = new TrainingRoom({ log: trainingLog, startEngine: () => forkEngine(fakeEngine) }, { disposeLimitMs: 5_000, ...options })
  rooms.push(room)
  return room
}

/** @param wrong what is to go wrong, as test/support/fake-training.ts reads it */
function config(output: string, { wrong = 'plain', maxSteps = 6 }: { wrong?: string; maxSteps?: number } = {}): TrainingConfig {
  return completeTrainingConfig({
    stage: 'weaver',
    model: { reasonerDir: '/models/tiny' },
    dataset: { name: wrong, trainFile: '/data/train.jsonl' },
    optimisation: { maxSteps },
    checkpoints: { strategy: 'steps', steps: 2 },
    outputDirectory: join(folder, output),
  })
}

/** Every message until the run ends; `onMessage` may act on each. */
async function follow(room: TrainingRoom, runId: TrainingRunId, onMessage: (message: TrainingMessage) => void = () => undefined): Promise<TrainingMessage[]> {
  const messages: TrainingMessage[] = []
  for await (const message of await room.subscribe(runId)) {
    messages.push(message)
    onMessage(message)
  }
  return messages
}

async function runToEnd(room: TrainingRoom, runId: TrainingRunId): Promise<void> {
  await follow(room, runId)
}

const isStep = (message: TrainingMessage, step: number): boolean => message.kind === 'event' && message.event.kind === 'step' && message.event.step === step

test('a run goes to its end, each event told once and only when it can be read', async () => {
  const room = openRoom()
  const { id, status, name } = await room.start(config('a'))
  expect({ status, name }).toEqual({ status: 'queued', name: 'weaver sft · plain' })
  const missing: Promise<boolean>[] = []
  const messages = await follow(room, id, (message) => {
    if (message.kind !== 'event' || message.event.kind !== 'step') return
    const told = message.event.step
    missing.push(room.get(id).then(({ steps }) => !steps.some(({ step }) => step === told)))
  })
  const steps = messages.flatMap((message) => (message.kind === 'record' ? message.record.steps : message.kind === 'event' && message.event.kind === 'step' ? [message.event] : []))
  expect(steps.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6])
  expect(await Promise.all(missing)).not.toContain(true)
  expect(messages.at(-1)).toMatchObject({ kind: 'event', event: { kind: 'finished' }, run: { status: 'finished', step: 6 } })
  const record = await room.get(id)
  expect(record).toMatchObject({ run: { status: 'finished', lastCheckpoint: { step: 6 }, totalSteps: 6 }, parameters: { trainableCount: 32 }, data: [{ badLineCount: 1 }] })
  expect(record.samples).toHaveLength(1)
})

describe('a halt', () => {
  test('pauses with the state saved, and a resumption goes on from there', async () => {
    const room = openRoom()
    const { id } = await room.start(config('a', { wrong: 'hang@3' }))
    await follow(room, id, (message) => {
      if (message.kind === 'record' || isStep(message, 2)) void room.pause(id)
    })
    const paused = (await room.get(id)).run
    expect(paused.status).toBe('paused')
    const { id: again } = await room.resume(id)
    expect(again).toBe(id)
    // It hangs at the same step again: stopped for good this time.
    await follow(room, id, (message) => {
      if (message.kind === 'event' && message.event.kind === 'started') void room.stop(id)
    })
    expect((await room.get(id)).run.status).toBe('stopped')
  })

  test('a stop outweighs the pause asked before it', async () => {
    const room = openRoom()
    const { id } = await room.start(config('a', { wrong: 'hang@1' }))
    await Promise.all([follow(room, id), room.pause(id).then(() => room.stop(id))])
    expect((await room.get(id)).run.status).toBe('stopped')
  })

  test('of a waiting run stops it before it began; the next one begins when there is room', async () => {
    const room = openRoom()
    const first = await room.start(config('a', { wrong: 'hang@1' }))
    const second = await room.start(config('b'))
    const third = await room.start(config('c'))
    await room.stop(second.id)
    expect((await room.list()).map(({ status }) => status)).toEqual(['queued', 'stopped', expect.stringMatching(/queued|running/)])
    const ended = Promise.all([runToEnd(room, first.id), runToEnd(room, third.id)])
    await room.stop(first.id)
    await ended
    expect((await room.get(third.id)).run.status).toBe('finished')
  })

  test('where nothing runs is refused with the status', async () => {
    const room = openRoom()
    const { id } = await room.start(config('a'))
    await runToEnd(room, id)
    await expect(room.pause(id)).rejects.toThrow('is finished: there is nothing to pause')
    await expect(room.resume(id)).rejects.toThrow('nothing to resume')
    await expect(room.stop('none' as TrainingRunId)).rejects.toThrow('No training run none')
  })
})

describe('what people change', () => {
  test('a run under way is named and told so, but does not go into the trash', async () => {
    const room = openRoom()
    const { id } = await room.start(config('a', { wrong: 'hang@2' }))
    await expect(room.annotate(id, { isTrashed: true })).rejects.toThrow('stop it before you move it to the trash')
    const following = follow(room, id, ({ kind }) => kind === 'record' && void room.annotate(id, { name: 'renamed' }).then(() => room.pause(id)))
    expect(await following).toContainEqual(expect.objectContaining({ kind: 'run', run: expect.objectContaining({ name: 'renamed' }) as unknown }))
    expect((await room.get(id)).run).toMatchObject({ name: 'renamed', status: 'paused', trashedAt: null })
  })

  test('a run in the trash is told, keeps its folder, and comes out when it is resumed', async () => {
    const room = openRoom()
    const { id } = await room.start(config('a', { wrong: 'exit@4' }))
    await runToEnd(room, id)
    const told: (number | null)[] = []
    room.onChange(({ trashedAt }) => told.push(trashedAt))
    const { trashedAt } = await room.annotate(id, { isTrashed: true })
    expect(told).toEqual([trashedAt])
    await expect(room.start(config('a', { maxSteps: 7 }))).rejects.toThrow('which has another configuration and lies in the trash')
    expect((await room.resume(id)).trashedAt).toBeNull()
    await runToEnd(room, id)
  })
})

describe('trouble', () => {
  test('a divergence fails the run with step and tensor', async () => {
    const room = openRoom()
    const { id } = await room.start(config('a', { wrong: 'fail@3' }))
    await runToEnd(room, id)
    expect((await room.get(id)).run).toMatchObject({ status: 'failed', message: 'step 3: the gradient is NaN (tensor weaver.prompt_query_latents)', lastCheckpoint: { step: 2 } })
  })

  test('a bug of the engine fails the run with its message', async () => {
    const room = openRoom()
    const { id } = await room.start(config('a', { wrong: 'throw@2' }))
    await runToEnd(room, id)
    expect((await room.get(id)).run).toMatchObject({ status: 'failed', message: 'internal: told to throw', step: 1 })
  })

  test('an engine that dies interrupts the run, which is resumed from the state saved last', async () => {
    const room = openRoom()
    const { id } = await room.start(config('a', { wrong: 'exit@4' }))
    await runToEnd(room, id)
    const interrupted = (await room.get(id)).run
    expect(interrupted).toMatchObject({ status: 'interrupted', step: 3 })
    expect(interrupted.message).toContain('exit code 7')
    expect(interrupted.message).toContain('The checkpoint of step 2 is kept.')
    await room.resume(id)
    await runToEnd(room, id)
    // It dies at the same step again, after doing step 3 anew.
    expect((await room.get(id)).steps.map(({ step }) => step)).toEqual([1, 2, 3])
  })

  test('a run that goes on where its state is gone says that it begins anew', async () => {
    const room = openRoom()
    const { id } = await room.start(config('a', { wrong: 'exit@4' }))
    await runToEnd(room, id)
    await room.resume(id)
    await runToEnd(room, id)
    expect((await room.get(id)).warnings).toEqual([])
    renameSync(join(folder, 'a'), join(folder, 'elsewhere'))
    await room.resume(id)
    await runToEnd(room, id)
    expect((await room.get(id)).warnings).toEqual([`${join(folder, 'a')} holds no training state: the run begins anew, although it had reached step 3.`])
  })

  test('a log that cannot be written ends the run, and nothing unrecorded is told', async () => {
    const full = new LogUnavailableError(join(folder, 'log.sqlite'), 'disk-full', 'the disk is full')
    const broken: TrainingLog = {
      ...log.training,
      commitEvent: (id, attempt, event) => (event.kind === 'step' && event.step === 3 ? Promise.reject(full) : log.training.commitEvent(id, attempt, event)),
    }
    const room = openRoom({}, broken)
    const { id } = await room.start(config('a', { maxSteps: 500 }))
    const messages = await follow(room, id)
    expect(messages.some((message) => isStep(message, 3))).toBe(false)
    expect(messages.at(-1)).toMatchObject({ run: { status: 'interrupted', step: 2, message: expect.stringContaining('the disk is full). The checkpoint of step 2 is kept.') as string } })
  })

  test('an app that is closed while a step takes too long interrupts the run', async () => {
    const room = openRoom({ disposeLimitMs: 0 })
    const { id } = await room.start(config('a', { wrong: 'stuck@2' }))
    let hasStepped: (() => void) | undefined
    const stepped = new Promise<void>((resolve) => (hasStepped = resolve))
    const following = follow(room, id, (message) => {
      if (isStep(message, 1) || (message.kind === 'record' && message.record.steps.length > 0)) hasStepped?.()
    })
    await stepped
    await room.dispose()
    await following
    expect((await openRoom().get(id)).run).toMatchObject({ status: 'interrupted', step: 1 })
  })

  test('closing the app pauses what runs and lets go of what waits; the next app goes on', async () => {
    const room = openRoom()
    const first = await room.start(config('a', { wrong: 'hang@3' }))
    const second = await room.start(config('b'))
    await room.dispose()
    const next = openRoom()
    expect((await next.list()).map(({ status }) => status)).toEqual(['interrupted', 'paused'])
    await next.resume(second.id)
    await runToEnd(next, second.id)
    expect((await next.get(second.id)).run.status).toBe('finished')
    expect((await next.get(first.id)).run.step).toBeLessThan(3)
  })

  test('a run of an app that has died is shown as interrupted and can be resumed; one of a living app cannot', async () => {
    const { id } = (await log.training.createRun({ id: 'r' as TrainingRunId, name: 'r', config: config('a') }, 4_242)).run
    await log.training.startAttempt(id, 0)
    const living = openRoom({ isProcessAlive: () => true })
    await expect(living.resume(id)).rejects.toThrow('is running')
    await expect(living.stop(id)).rejects.toThrow('is running in another app')
    const room = openRoom({ isProcessAlive: () => false })
    expect(await room.list()).toMatchObject([{ status: 'interrupted', message: 'The app that ran it has ended.' }])
    await room.resume(id)
    await runToEnd(room, id)
    expect((await room.get(id)).run).toMatchObject({ status: 'finished', message: null })
  })
})

describe('one folder', () => {
  test('goes on with the run that was begun there with the same config', async () => {
    const room = openRoom()
    const { id } = await room.start(config('a', { wrong: 'exit@4' }))
    await runToEnd(room, id)
    expect((await room.start(config('a', { wrong: 'exit@4' }))).id).toBe(id)
    await runToEnd(room, id)
  })

  test('takes one of two runs that begin at once, whichever app they are started in', async () => {
    const [room, other] = [openRoom(), openRoom({ processId: process.pid + 1, isProcessAlive: () => true })]
    const begun = await Promise.allSettled([room.start(config('a')), room.start(config('a')), other.start(config('a', { maxSteps: 7 }))])
    expect(begun.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected'])
    for (const start of begun) if (start.status === 'rejected') expect(start.reason).toBeInstanceOf(OutputDirectoryTakenError)
    expect(await room.list()).toHaveLength(1)
  })

  test('takes no second run', async () => {
    const room = openRoom()
    const { id } = await room.start(config('a'))
    await runToEnd(room, id)
    await expect(room.start(config('a'))).rejects.toThrow('which is finished')
    await expect(room.start(config('a', { maxSteps: 7 }))).rejects.toThrow('which has another configuration')
  })
})

test('a slow listener gets the record again instead of what it missed', async () => {
  const room = openRoom()
  const { id } = await room.start(config('a', { maxSteps: 600 }))
  const events = await room.subscribe(id)
  expect((await events.next()).value).toMatchObject({ kind: 'record' })
  await runToEnd(room, id)
  const rest: TrainingMessage[] = []
  for await (const message of events) rest.push(message)
  expect(rest.length).toBeLessThan(300)
  expect(rest.findLast(({ kind }) => kind === 'record')).toMatchObject({ record: { run: { status: 'finished' } } })
})

test('changes of every run are told to whoever listens', async () => {
  const room = openRoom()
  const seen = new Set<string>()
  room.onChange(({ status }) => seen.add(status))
  const { id } = await room.start(config('a'))
  await runToEnd(room, id)
  expect([...seen]).toEqual(['queued', 'running', 'finished'])
})
