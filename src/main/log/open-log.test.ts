/** @file The log gives back exactly what it was given, and refuses to overwrite. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { anyNewTrace, anySteps, newTrace, plainInsertion, plainStep, traceId } from '../../../test/support/recorded-trace.ts'
import type { ModelId } from '../../shared/domain/identifiers.ts'
import type { ExperimentLog, TraceQuery } from './experiment-log.ts'
import { openLog } from './open-log.ts'
import { MAX_SEARCH_LENGTH } from './contains-text.ts'

const everything: TraceQuery = { limit: 100, before: null, search: '', modelId: null }

let folder: string
let path: string
let clock: number
let log: ExperimentLog

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'memgen-log-'))
  path = join(folder, 'nested', 'log.sqlite')
  clock = 1_000
  log = await openLog(path, { now: () => clock })
})

afterEach(async () => {
  await log.close()
  rmSync(folder, { recursive: true })
})

async function reopen(): Promise<void> {
  await log.close()
  log = await openLog(path, { now: () => clock })
}

/** Damages the log behind its back. */
function corrupt(statement: string): void {
  const database = new Database(path)
  database.exec(statement)
  database.close()
}

describe('a trace', () => {
  it('comes back exactly as it was recorded, also after reopening', async () => {
    let drawn = 0
    await fc.assert(
      fc.asyncProperty(anyNewTrace('set below'), anySteps, fc.integer({ min: 1, max: 4 }), fc.boolean(), async (draft, recorded, atOnce, isReopened) => {
        const trace = { ...draft, id: traceId(`trace ${drawn}`), runId: `run ${drawn}` as typeof draft.runId }
        drawn += 1
        const created = await log.createTrace(trace)
        for (let from = 0; from < recorded.length; from += atOnce) await log.commitSteps(trace.id, recorded.slice(from, from + atOnce))
        if (isReopened) await reopen()

        const { promptTokens, ...header } = trace
        const generated = recorded.map(({ step }) => step.text).join('')
        const got = await log.getTrace(trace.id)
        expect(got).toEqual({
          header: {
            ...header,
            certificate: null,
            finish: null,
            error: null,
            stepCount: recorded.length,
            weaveCount: recorded.filter(({ weave }) => weave !== null).length,
            preview: [...generated].slice(0, 200).join(''),
            ending: [...generated].slice(-100).join(''),
            createdAt: created.createdAt,
            updatedAt: clock,
          },
          promptTokens,
          steps: recorded.map(({ step }) => step),
          weaves: recorded.flatMap(({ weave }) => weave ?? []),
        })
        expect(await log.stepsFrom(trace.id, 1)).toEqual(recorded.slice(1))
      }),
      { numRuns: 60 },
    )
  })

  it('keeps a prompt and a token of a megabyte', async () => {
    const long = 'żółw 🐢 '.repeat(120_000)
    await log.createTrace(newTrace('a', { prompt: { kind: 'messages', messages: [{ role: 'user', content: long }] }, renderedPrompt: long }))
    await log.commitSteps(traceId('a'), [{ step: plainStep(0, { text: long }), weave: null }])
    const trace = await log.getTrace(traceId('a'))
    expect(trace?.header.prompt).toEqual({ kind: 'messages', messages: [{ role: 'user', content: long }] })
    expect(trace?.steps[0]?.text).toBe(long)
    expect([...(trace?.header.preview ?? '')]).toHaveLength(200)
  })

  it('ends once, with its error', async () => {
    await log.createTrace(newTrace('a'))
    clock = 2_000
    expect(await log.finishTrace(traceId('a'), 'error', 'logits are NaN')).toMatchObject({ finish: 'error', error: 'logits are NaN', createdAt: 1_000, updatedAt: 2_000 })
    await expect(log.finishTrace(traceId('a'), 'eos', null)).rejects.toThrow("trace a: finish 'eos' cannot be recorded: the trace has finished ('error')")
    await expect(log.commitSteps(traceId('a'), [{ step: plainStep(0), weave: null }])).rejects.toMatchObject({ name: 'TraceConflictError', traceId: 'a' })
  })

  it('that is unknown is undefined', async () => {
    expect(await log.getTrace(traceId('nowhere'))).toBeUndefined()
    expect(await log.getTraceHeader(traceId('nowhere'))).toBeUndefined()
    expect(await log.stepsFrom(traceId('nowhere'), 0)).toBeUndefined()
    await expect(log.commitSteps(traceId('nowhere'), [{ step: plainStep(0), weave: null }])).rejects.toThrow('there is no such trace')
  })

  it('cannot be created twice', async () => {
    await log.createTrace(newTrace('a'))
    await log.commitSteps(traceId('a'), [{ step: plainStep(0), weave: null }])
    await expect(log.createTrace(newTrace('a', { modelName: 'Sample' }))).rejects.toThrow('trace a: it is already recorded')
    expect((await log.getTraceHeader(traceId('a')))?.stepCount).toBe(1)
  })

  it('may share its run with others, if model and config are the same', async () => {
    const { runId, config } = await log.createTrace(newTrace('a'))
    await log.createTrace(newTrace('b', { runId }))
    await expect(log.createTrace(newTrace('c', { runId, config: { ...config, seed: 7 } }))).rejects.toThrow('already recorded with another model or config')
    expect((await log.listTraces(everything)).total).toBe(2)
  })
})

describe('a step', () => {
  it('is refused when it would leave a gap or overwrite one', async () => {
    await log.createTrace(newTrace('a'))
    await expect(log.commitSteps(traceId('a'), [{ step: plainStep(1), weave: null }])).rejects.toThrow('step 1 cannot be recorded: the next step is 0')
    await log.commitSteps(traceId('a'), [{ step: plainStep(0), weave: null }])
    await expect(log.commitSteps(traceId('a'), [{ step: plainStep(0, { tokenId: 9 }), weave: null }])).rejects.toThrow('the next step is 1')
    expect((await log.getTrace(traceId('a')))?.steps).toEqual([plainStep(0)])
  })

  it('is recorded with its weave or not at all', async () => {
    await log.createTrace(newTrace('a'))
    const { step, weave } = plainInsertion(0)
    const broken = { ...weave, latents: { rows: 9, columns: 9, data: new Float32Array(1) } }
    await expect(log.commitSteps(traceId('a'), [{ step, weave: broken }])).rejects.toThrow('internal: a matrix of 9 x 9')
    await expect(log.commitSteps(traceId('a'), [{ step, weave: null }])).rejects.toThrow('internal: step 0 of trace a names weave weave 0, but none came with it')
    expect(await log.getTrace(traceId('a'))).toMatchObject({ header: { stepCount: 0, weaveCount: 0 }, steps: [], weaves: [] })
    await log.commitSteps(traceId('a'), [{ step, weave }])
    expect(await log.stepsFrom(traceId('a'), 0)).toEqual([{ step, weave }])
  })

  it('is recorded with those that are committed with it, or not at all', async () => {
    await log.createTrace(newTrace('a'))
    const first = { step: plainStep(0), weave: null }
    const { step, weave } = plainInsertion(1)
    const broken = { ...weave, latents: { rows: 9, columns: 9, data: new Float32Array(1) } }
    await expect(log.commitSteps(traceId('a'), [first, { step, weave: broken }])).rejects.toThrow('internal: a matrix of 9 x 9')
    await expect(log.commitSteps(traceId('a'), [first, { step: plainStep(2), weave: null }])).rejects.toThrow('internal: step 1 of trace a was expected, but step 2 came')
    expect(await log.getTrace(traceId('a'))).toMatchObject({ header: { stepCount: 0, weaveCount: 0, preview: '' }, steps: [], weaves: [] })
    await log.commitSteps(traceId('a'), [first, { step, weave }])
    expect(await log.stepsFrom(traceId('a'), 0)).toEqual([first, { step, weave }])
    expect(await log.getTraceHeader(traceId('a'))).toMatchObject({ stepCount: 2, weaveCount: 1, preview: first.step.text + step.text })
  })

  it('may be committed for many traces at once', async () => {
    const ids = ['a', 'b', 'c', 'd']
    await Promise.all(ids.map((id) => log.createTrace(newTrace(id))))
    await Promise.all(ids.flatMap((id) => [0, 1, 2].map((index) => log.commitSteps(traceId(id), [{ step: plainStep(index), weave: null }]))))
    expect((await log.listTraces(everything)).traces.map(({ stepCount }) => stepCount)).toEqual([3, 3, 3, 3])
  })
})

describe('the list of traces', () => {
  it('goes newest first, a page at a time, without gaps among equal times', async () => {
    for (const [id, at] of [['a', 1], ['b', 2], ['c', 2], ['d', 2], ['e', 3]] as const) {
      clock = at
      await log.createTrace(newTrace(id))
    }
    const pages: string[][] = []
    for (let before: TraceQuery['before'] = null; ; ) {
      const page = await log.listTraces({ ...everything, limit: 2, before })
      expect(page.total).toBe(5)
      const last = page.traces.at(-1)
      if (last === undefined) break
      pages.push(page.traces.map(({ id }) => id))
      before = { createdAt: last.createdAt, id: last.id }
    }
    expect(pages).toEqual([['e', 'd'], ['c', 'b'], ['a']])
  })

  it.each([
    ['ÄPFEL', ['prompt']],
    ['word0 word1', ['steps']],
    ['100%', ['wild']],
    ['a_b', ['wild']],
    ['a\\b', ['wild']],
    ['%', ['wild']],
    ['\ud800', ['wild']],
    ['user', []],
    ['', ['wild', 'steps', 'prompt']],
  ])('finds %j in prompts and generated text, in any case, wildcards taken literally', async (search, found) => {
    await log.createTrace(newTrace('prompt', { prompt: { kind: 'messages', messages: [{ role: 'user', content: 'Äpfel\nund "Birnen"' }] } }))
    clock += 1
    await log.createTrace(newTrace('steps'))
    await log.commitSteps(traceId('steps'), [{ step: plainStep(0, { text: 'Word0' }), weave: null }])
    await log.commitSteps(traceId('steps'), [{ step: plainStep(1), weave: null }])
    clock += 1
    await log.createTrace(newTrace('wild', { prompt: { kind: 'text', text: '100% A_B a\\b \ud800' } }))
    const { traces, total } = await log.listTraces({ ...everything, search })
    expect(traces.map(({ id }) => id)).toEqual(found)
    expect(total).toBe(found.length)
  })

  it('can be limited to one model', async () => {
    await log.createTrace(newTrace('a'))
    await log.createTrace(newTrace('b', { modelId: 'other' as ModelId }))
    const { traces, total } = await log.listTraces({ ...everything, modelId: 'other' as ModelId })
    expect(traces.map(({ id }) => id)).toEqual(['b'])
    expect(total).toBe(1)
  })

  it('refuses a search longer than its limit and takes one of just that length', async () => {
    await expect(log.listTraces({ ...everything, search: 'x'.repeat(MAX_SEARCH_LENGTH + 1) })).rejects.toThrow(RangeError)
    await expect(log.listTraces({ ...everything, search: '\0'.repeat(MAX_SEARCH_LENGTH) })).resolves.toEqual({ traces: [], total: 0 })
  })
})

describe('a row that is not what the schema says', () => {
  it.each([
    ["update step set top_k = '[{}]'", 'table step, row a/0, column top_k: at 0.tokenId:'],
    ["update step set random_state = '{'", 'table step, row a/0, column random_state: expected JSON'],
    ["update step set logprob = 'low'", 'table step, row a/0, column logprob:'],
    ["update step set trigger_logit_skip = null", 'table step, row a/0, column trigger_logit_insert: it must be null exactly where'],
    ["update weave set latents = x'00000000'", 'table weave, row a/weave 0, column latents: it must hold'],
    ["update weave set nearest = 'null'", 'table weave, row a/weave 0, column nearest:'],
    ["update prompt set tokens = '[1]'", 'table prompt, row a, column tokens: at 0:'],
    ["update prompt set messages = '[]'", 'table prompt, row a, column messages:'],
    ["update trace set updated_at = 'today'", 'table trace, row a, column updated_at:'],
    ["update run set config = '{\"seed\":-1}'", 'table run, row run of a, column config: at seed:'],
  ])('is named after: %s', async (statement, message) => {
    await log.createTrace(newTrace('a'))
    const { step, weave } = plainInsertion(0)
    await log.commitSteps(traceId('a'), [{ step, weave }])
    corrupt(statement)
    await expect(log.getTrace(traceId('a'))).rejects.toMatchObject({ name: 'LogRowError', reason: 'corrupt', path, message: expect.stringContaining(message) as string })
  })
})

describe('the library', () => {
  const model = { id: 'm' as ModelId, name: 'Mine', location: { reasonerDir: '/models/base', checkpointDir: '/models/memgen' }, label: null }

  it('keeps models over a restart, oldest first', async () => {
    await log.addModel(model)
    clock += 1
    await log.addModel({ ...model, id: 'a' as ModelId, label: 'small', location: { reasonerDir: 'r', weaverDir: 'w', triggerDir: 't' } })
    await reopen()
    expect(await log.listModels()).toEqual([
      { ...model, isBundled: false, examples: [] },
      { id: 'a', name: 'Mine', label: 'small', isBundled: false, examples: [], location: { reasonerDir: 'r', weaverDir: 'w', triggerDir: 't' } },
    ])
  })

  it('removes a model by a flag, so that adding it again brings it back', async () => {
    await log.addModel(model)
    expect(await log.removeModel(model.id)).toBe(true)
    expect(await log.removeModel(model.id)).toBe(false)
    expect(await log.listModels()).toEqual([])
    await log.addModel({ ...model, name: 'Renamed' })
    expect(await log.listModels()).toMatchObject([{ id: 'm', name: 'Renamed' }])
  })

  it('keeps where a model is placed, also one that is not among the user’s own', async () => {
    await log.placeModel('bundled' as ModelId, { device: 'auto', precision: 'q8' })
    await log.placeModel('bundled' as ModelId, { device: 'webgpu', precision: 'q4' })
    await reopen()
    expect([...(await log.listPlacements())]).toEqual([['bundled', { device: 'webgpu', precision: 'q4' }]])
  })
})
