/** @file A trace by columns says of every step and weave what the whole trace says, and refuses what that refuses. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { anyNewTrace, anySteps, newTrace, plainInsertion, plainStep, traceId } from '../../../test/support/recorded-trace.ts'
import type { RunId } from '../../shared/domain/identifiers.ts'
import type { Step } from '../../shared/domain/step.ts'
import { stepOverviewSchema, stepsFromColumns, traceOverviewSchema, weaveOverviewSchema, type StepOverview, type WeaveOverview } from '../../shared/domain/trace-columns.ts'
import type { Weave } from '../../shared/domain/weave.ts'
import type { ExperimentLog } from './experiment-log.ts'
import { openLog } from './open-log.ts'

let folder: string
let path: string
let log: ExperimentLog

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'memgen-log-'))
  path = join(folder, 'log.sqlite')
  log = await openLog(path)
})

afterEach(async () => {
  await log.close()
  rmSync(folder, { recursive: true })
})

/** What of a step is in an overview; columns have no sign for a recorded NaN, and float32 for times. */
function toStepOverview(step: Step): StepOverview {
  const names = Object.keys(stepOverviewSchema.shape) as (keyof StepOverview)[]
  const picked = Object.fromEntries(names.map((name) => [name, step[name]])) as unknown as StepOverview // all of its names
  const { decide, weave, decode } = step.elapsedMs
  const elapsedMs = { decide: Math.fround(decide), weave: Math.fround(weave), decode: Math.fround(decode) }
  return { ...picked, elapsedMs, pInvoke: Number.isNaN(step.pInvoke) ? null : step.pInvoke, twin: Number.isNaN(step.twin?.kl) ? null : step.twin }
}

function toWeaveOverview(weave: Weave): WeaveOverview {
  const names = Object.keys(weaveOverviewSchema.shape) as (keyof WeaveOverview)[]
  return Object.fromEntries(names.filter((name) => name in weave).map((name) => [name, weave[name]])) as unknown as WeaveOverview // likewise
}

it('is the whole trace without what only single steps show', async () => {
  let drawn = 0
  await fc.assert(
    fc.asyncProperty(anyNewTrace('set below'), anySteps, async (draft, recorded) => {
      const id = traceId(`trace ${drawn}`)
      drawn += 1
      await log.createTrace({ ...draft, id, runId: `run of ${id}` as RunId })
      for (const { step, weave } of recorded) await log.commitSteps(id, [{ step, weave }])
      const trace = await log.getTrace(id)
      const overview = await log.getOverview(id)
      expect({ header: overview?.header, promptTokens: overview?.promptTokens }).toEqual({ header: trace?.header, promptTokens: trace?.promptTokens })
      expect(overview?.weaves).toEqual(trace?.weaves.map(toWeaveOverview))
      expect(overview && stepsFromColumns(overview.steps, overview.weaves)).toEqual(trace?.steps.map(toStepOverview))
    }),
    { numRuns: 60 },
  )
})

it('of a trace without steps is empty, and of an unknown trace undefined', async () => {
  await log.createTrace(newTrace('a'))
  expect(stepsFromColumns((await log.getOverview(traceId('a')))?.steps ?? expect.fail(), [])).toEqual([])
  expect(await log.getOverview(traceId('nowhere'))).toBeUndefined()
})

it('has the twin\'s columns where one step has a twin', async () => {
  await log.createTrace(newTrace('a'))
  await log.commitSteps(traceId('a'), [{ step: plainStep(0), weave: null }])
  expect((await log.getOverview(traceId('a')))?.steps.twin).toBeNull()
  await log.commitSteps(traceId('a'), [{ step: plainStep(1, { twin: { tokenId: 7, text: ' so', logprob: -2, kl: 0.5 } }), weave: null }])
  expect((await log.getOverview(traceId('a')))?.steps.twin).toEqual({
    tokenIds: Int32Array.of(0, 7),
    texts: { distinct: ['', ' so'], at: Int32Array.of(0, 1) },
    logprobs: Float64Array.of(Number.NaN, -2),
    kl: Float64Array.of(Number.NaN, 0.5),
  })
})

it('is what the contract says', async () => {
  await log.createTrace(newTrace('a'))
  const { step, weave } = plainInsertion(0)
  await log.commitSteps(traceId('a'), [{ step, weave }])
  const overview = await log.getOverview(traceId('a'))
  expect(traceOverviewSchema.parse(overview)).toEqual(overview)
})

it('finds all it needs of the weaves in an index, not among the latents', () => {
  const database = new Database(path, { readonly: true })
  const plan = database.prepare("explain query plan select trace_id, id, step_index, kind, context_length, norms, intervention from weave where trace_id = 'a' order by step_index").all()
  database.close()
  expect(plan).toMatchObject([{ detail: 'SEARCH weave USING COVERING INDEX weave_overview (trace_id=?)' }])
})

describe('a stretch of steps', () => {
  beforeEach(async () => {
    await log.createTrace(newTrace('a'))
    for (let index = 0; index < 6; index++) {
      const { step, weave } = index % 2 === 0 ? plainInsertion(index) : { step: plainStep(index), weave: null }
      await log.commitSteps(traceId('a'), [{ step, weave }])
    }
  })

  it.each([
    [0, 2, [0, 1], [0]],
    [1, 2, [1], []],
    [3, 5, [3, 4], [4]],
    [5, 99, [5], []],
    [2, 2, [], []],
    [9, 12, [], []],
    [4, 1, [], []],
  ])('from %i to %i holds whole steps %j and the weaves of %j', async (from, to, steps, weaves) => {
    expect(await log.stepsBetween(traceId('a'), from, to)).toEqual({
      steps: steps.map((index) => (index % 2 === 0 ? plainInsertion(index).step : plainStep(index))),
      weaves: weaves.map((index) => plainInsertion(index).weave),
    })
  })

  it('of an unknown trace is undefined', async () => expect(await log.stepsBetween(traceId('nowhere'), 0, 1)).toBeUndefined())
})

describe('a value that is not what the schema says', () => {
  it.each([
    ['update step set token_id = -1 where step_index = 1', 'step', 'token_id'],
    ['update step set token_id = 1.5 where step_index = 1', 'step', 'token_id'],
    ["update step set text = x'00' where step_index = 1", 'step', 'text'],
    ["update step set logprob = 'high' where step_index = 1", 'step', 'logprob'],
    ["update step set entropy = '' where step_index = 1", 'step', 'entropy'],
    ["update step set p_invoke = 'often' where step_index = 1", 'step', 'p_invoke'],
    ['update step set augmentation_count = -1 where step_index = 1', 'step', 'augmentation_count'],
    ["update step set weave_ms = 'long' where step_index = 1", 'step', 'weave_ms'],
    ['update step set twin_kl = 1 where step_index = 1', 'step', 'twin_token_id'],
    ["update step set twin_token_id = 1, twin_text = '', twin_logprob = 'x', twin_kl = 1 where step_index = 1", 'step', 'twin_logprob'],
    ['pragma ignore_check_constraints = 1; update step set candidate = 2 where step_index = 1', 'step', 'candidate'],
    ['pragma ignore_check_constraints = 1; update step set decision = 2 where step_index = 1', 'step', 'decision'],
    ["pragma ignore_check_constraints = 1; update step set decision_source = 'fate' where step_index = 1", 'step', 'decision_source'],
    ["update weave set norms = '[\"long\"]'", 'weave', 'norms'],
    ["update weave set intervention = '{}'", 'weave', 'intervention'],
  ])('is refused by the overview as by the whole trace: %s', async (statement, table, column) => {
    await log.createTrace(newTrace('a'))
    const { step, weave } = plainInsertion(0)
    await log.commitSteps(traceId('a'), [{ step, weave }])
    await log.commitSteps(traceId('a'), [{ step: plainStep(1), weave: null }])
    const database = new Database(path)
    database.exec(statement)
    database.close()
    const refusal = { name: 'LogRowError', reason: 'corrupt', path, table, column, id: table === 'step' ? 'a/1' : 'a/weave 0' }
    await expect(log.getTrace(traceId('a'))).rejects.toMatchObject(refusal)
    await expect(log.getOverview(traceId('a'))).rejects.toMatchObject(refusal)
  })

  it('or a step that is missing, which columns have no place for, is refused', async () => {
    await log.createTrace(newTrace('a'))
    for (const index of [0, 1, 2]) await log.commitSteps(traceId('a'), [{ step: plainStep(index), weave: null }])
    const database = new Database(path)
    database.exec('delete from step where step_index = 1')
    database.close()
    await expect(log.getOverview(traceId('a'))).rejects.toMatchObject({ table: 'step', id: 'a/1', column: 'step_index' })
  })

  it.each([9_000_000_000_000, -9_000_000_000_000])('and so is a step that no column has a place for, at %i', async (place) => {
    await log.createTrace(newTrace('a'))
    await log.commitSteps(traceId('a'), [{ step: plainStep(0), weave: null }])
    const database = new Database(path)
    database.prepare('update step set step_index = ?').run(BigInt(place))
    database.close()
    await expect(log.getOverview(traceId('a'))).rejects.toMatchObject({ name: 'LogRowError', table: 'step', column: 'step_index' })
  })
})
