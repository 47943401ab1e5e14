/** @file A training that is killed or paused goes on to the numbers it would have had: real engine, real model, nothing faked. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { forkEngine, type EngineProcess } from '../../src/main/engine-host/index.ts'
import { TrainingRoom } from '../../src/main/jobs/index.ts'
import { LogUnavailableError, openLog, type ExperimentLog } from '../../src/main/log/index.ts'
import { completeTrainingConfig, type TrainingConfigInput } from '../../src/shared/domain/training-defaults.ts'
import type { TrainingStep } from '../../src/shared/domain/training-event.ts'
import type { TrainingMessage, TrainingRunId } from '../../src/shared/domain/training-run.ts'

const entryPath = new URL('../../src/main/engine/entry.ts', import.meta.url).pathname
const model = new URL('../golden/qwen2/', import.meta.url).pathname

let folder: string
let log: ExperimentLog
let room: TrainingRoom
let engines: EngineProcess[]

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'memgen-resume-'))
  const rows = Array.from({ length: 12 }, (_, at) => ({ prompt: `${at} + 1?`, completion: `Well, it is ${at + 1}. So \\boxed{${at + 1}}.`, solution: `\\boxed{${at + 1}}` }))
  writeFileSync(join(folder, 'train.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  log = await openLog(join(folder, 'log.sqlite'))
  engines = []
  const startEngine = (): EngineProcess => {
    const engine = forkEngine(entryPath)
    engines.push(engine)
    return engine
  }
  room = new TrainingRoom({ log: log.training, startEngine }, { maxRunning: 2 })
})

afterEach(async () => {
  await room.dispose()
  await log.close()
  rmSync(folder, { recursive: true })
})

const weaver: Omit<TrainingConfigInput, 'outputDirectory'> = {
  stage: 'weaver',
  model: { reasonerDir: join(model, 'base'), checkpointDir: join(model, 'memgen'), weaverLora: { loraDropout: 0.1 } },
  dataset: { trainFile: '', validationRatio: 0.25 },
  optimisation: { learningRate: 1e-3, batchSize: 2, maxSteps: 10 },
  evaluation: { strategy: 'steps', steps: 3 },
  checkpoints: { strategy: 'steps', steps: 2 },
  samples: { steps: 0 },
}
const trigger: typeof weaver = {
  ...weaver,
  stage: 'trigger',
  optimisation: { learningRate: 1e-3, batchSize: 4, maxSteps: 8 },
  evaluation: { strategy: 'none' },
  // Each insertion costs, or this model's rewards are all alike and nothing is learnt.
  grpo: { numGenerations: 4, maxCompletionLength: 12, insertionCost: 0.1, numIterations: 2 },
}

async function start(input: typeof weaver, output: string): Promise<TrainingRunId> {
  const dataset = { ...input.dataset, trainFile: join(folder, 'train.jsonl') }
  return (await room.start(completeTrainingConfig({ ...input, dataset, outputDirectory: join(folder, output) }))).id
}

async function follow(runId: TrainingRunId, onMessage: (message: TrainingMessage) => void = () => undefined): Promise<void> {
  for await (const message of await room.subscribe(runId)) onMessage(message)
}

const isStep = (message: TrainingMessage, step: number): boolean => message.kind === 'event' && message.event.kind === 'step' && message.event.step === step

/** What must not depend on when the run was interrupted. */
async function numbersOf(runId: TrainingRunId): Promise<unknown> {
  const { run, steps, evaluations } = await room.get(runId)
  const numbers = ({ step, loss, learningRate, gradientNorm, supervisedTokens, grpo }: TrainingStep) => ({ step, loss, learningRate, gradientNorm, supervisedTokens, grpo })
  return { status: run.status, steps: steps.map(numbers), evaluations: evaluations.map(({ step, loss, isBest }) => ({ step, loss, isBest })) }
}

test.each([
  ['SFT of the weaver', weaver, 5],
  ['GRPO of the trigger', trigger, 3],
])('%s, killed between two checkpoints, goes on to the same numbers', async (_, input, killedAfter) => {
  const whole = await start(input, 'whole')
  await follow(whole)
  const killed = await start(input, 'killed')
  await follow(killed, (message) => {
    if (isStep(message, killedAfter)) engines.at(-1)?.end()
  })
  expect((await room.get(killed)).run.status).toBe('interrupted')
  await room.resume(killed)
  await follow(killed)
  expect(await numbersOf(killed)).toEqual(await numbersOf(whole))
  expect((await room.get(whole)).steps.some(({ gradientNorm }) => gradientNorm > 0)).toBe(true)
})

test('a run whose end cannot be recorded takes no step anew, and keeps no state once it is', async () => {
  const { training } = log
  const full = new LogUnavailableError(join(folder, 'log.sqlite'), 'disk-full', 'the disk is full')
  const startEngine = () => forkEngine(entryPath)
  const whole = await start(weaver, 'whole')
  await follow(whole)
  const working = room
  room = new TrainingRoom({ log: { ...training, commitEvent: (id, attempt, event) => (event.kind === 'finished' ? Promise.reject(full) : training.commitEvent(id, attempt, event)) }, startEngine })
  const runId = await start(weaver, 'out')
  await follow(runId)
  expect((await room.get(runId)).run.status).toBe('interrupted')
  await room.dispose()
  room = working
  await room.resume(runId)
  const beginnings: number[] = []
  await follow(runId, (message) => {
    if (message.kind === 'event' && message.event.kind === 'started') beginnings.push(message.event.fromStep)
  })
  expect(beginnings).toEqual([10])
  expect(await numbersOf(runId)).toEqual(await numbersOf(whole))
  expect((await room.get(runId)).checkpoints.map(({ step }) => step)).toEqual([2, 4, 6, 8, 10])
  expect(readdirSync(join(folder, 'out')).sort()).toEqual(['checkpoint-2', 'checkpoint-4', 'checkpoint-6', 'checkpoint-8', 'final'])
})

test('a paused run goes on to the same numbers', async () => {
  const whole = await start(weaver, 'whole')
  await follow(whole)
  const paused = await start(weaver, 'paused')
  await follow(paused, (message) => {
    if (isStep(message, 1)) void room.pause(paused)
  })
  const { status, step } = (await room.get(paused)).run
  expect(status).toBe('paused')
  expect(step).toBeLessThan(10)
  await room.resume(paused)
  await follow(paused)
  expect(await numbersOf(paused)).toEqual(await numbersOf(whole))
})
