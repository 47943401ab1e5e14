/** @file What the log keeps when its process is killed, and when two processes share it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openLog } from '../../src/main/log/index.ts'
import { newBranch, newTrace, plainInsertion, plainStep, traceId } from '../support/recorded-trace.ts'
import { startLogWriter } from '../support/log-writer-process.ts'

const everything = { limit: 500, before: null, search: '', modelId: null }

let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'memgen-log-'))
  path = join(folder, 'log.sqlite')
})

afterEach(() => rmSync(folder, { recursive: true }))

describe('after kill -9 in the middle of committing', () => {
  it.each([1, 2, 17, 60])('every step reported is there and nothing is torn, killed at the report of step %i', async (killAt) => {
    const writer = startLogWriter([path, 'a', '1000000', '3'], (event, child) => {
      if (event.kind === 'committed' && event.index === killAt) child.kill('SIGKILL')
    })
    const reported = (await writer.ended).filter((event) => event.kind === 'committed').length
    expect(writer.child.signalCode).toBe('SIGKILL')
    expect(reported).toBeGreaterThan(killAt)

    const log = await openLog(path)
    const trace = await log.getTrace(traceId('a'))
    // One more may have been committed than the process lived to report.
    expect([reported, reported + 1]).toContain(trace?.steps.length)
    const count = trace?.steps.length ?? 0
    const recorded = Array.from({ length: count }, (_, index) => (index % 3 === 0 ? plainInsertion(index) : { step: plainStep(index), weave: null }))
    expect(trace?.steps).toEqual(recorded.map(({ step }) => step))
    expect(trace?.weaves).toEqual(recorded.flatMap(({ weave }) => weave ?? []))
    expect(trace?.header).toMatchObject({ stepCount: count, weaveCount: trace?.weaves.length, finish: null })

    await log.commitSteps(traceId('a'), [{ step: plainStep(count), weave: null }])
    expect((await log.getTraceHeader(traceId('a')))?.stepCount).toBe(count + 1)
    await log.close()
  })
})

describe('after kill -9 in the middle of forking', () => {
  it.each([0, 3])('every branch is whole or not there, and can go on, killed at the report of branch %i', async (killAt) => {
    const steps = 20
    const writer = startLogWriter([path, 'a', String(steps), '2', '1000000'], (event, child) => {
      if (event.kind === 'forked' && event.index === killAt) child.kill('SIGKILL')
    })
    const reported = (await writer.ended).filter((event) => event.kind === 'forked').length
    expect(writer.child.signalCode).toBe('SIGKILL')
    expect(reported).toBeGreaterThan(killAt)

    const log = await openLog(path)
    const parent = await log.getTrace(traceId('a'))
    expect(parent?.header).toMatchObject({ stepCount: steps, weaveCount: steps / 2 })
    const branches = (await log.listBranches(traceId('a')))?.filter(({ parent: fork }) => fork !== null) ?? []
    // One more may have been committed than the process lived to report.
    expect([reported, reported + 1]).toContain(branches.length)
    for (const { id } of branches) {
      const branch = await log.getTrace(id)
      expect(branch).toMatchObject({ header: { finish: null, stepCount: steps, weaveCount: steps / 2, preview: parent?.header.preview }, promptTokens: parent?.promptTokens })
      expect(branch?.steps).toEqual(parent?.steps)
      expect(branch?.weaves).toEqual(parent?.weaves)
    }
    await log.commitSteps(traceId('a-0'), [{ step: plainStep(steps), weave: null }])
    expect((await log.getTraceHeader(traceId('a-0')))?.stepCount).toBe(steps + 1)
    await log.close()
  })
})

describe('two apps on one database', () => {
  it('both create it, write at the same time, lose nothing and see each other', async () => {
    const writers = ['a', 'b'].map((id) => startLogWriter([path, id, '80', '5']))
    const events = await Promise.all(writers.map((writer) => writer.ended))
    expect(events.flat().filter((event) => event.kind === 'failed')).toEqual([])

    const log = await openLog(path)
    const { traces } = await log.listTraces(everything)
    expect(traces.map(({ id, stepCount, weaveCount }) => [id, stepCount, weaveCount]).sort()).toEqual([['a', 80, 16], ['b', 80, 16]])
    await log.close()
  })

  it('see what the other commits while both are open', async () => {
    const mine = await openLog(path)
    await mine.createTrace(newTrace('mine'))
    await mine.commitSteps(traceId('mine'), [{ step: plainStep(0), weave: null }])
    const writer = startLogWriter([path, 'theirs', '5'])
    const done = (await writer.ended).at(-1)
    expect(done).toMatchObject({ kind: 'done', traces: [{ id: 'theirs', stepCount: 5 }, { id: 'mine', stepCount: 1 }] })
    expect((await mine.getTrace(traceId('theirs')))?.steps).toHaveLength(5)
    await mine.close()
  })

  it('cannot both step one trace: the second gets a conflict and what is recorded stays', async () => {
    const first = await openLog(path)
    const second = await openLog(path)
    await first.createTrace(newTrace('a'))
    await first.commitSteps(traceId('a'), [{ step: plainStep(0), weave: null }])
    await expect(second.commitSteps(traceId('a'), [{ step: plainStep(0, { tokenId: 5 }), weave: null }])).rejects.toThrow('the next step is 1')
    await second.commitSteps(traceId('a'), [{ step: plainStep(1), weave: null }])
    expect((await first.getTrace(traceId('a')))?.steps).toEqual([plainStep(0), plainStep(1)])
    await Promise.all([first.close(), second.close()])
  })

  it('one forks the trace that the other steps: the branch has what was committed before, and both go on', async () => {
    const first = await openLog(path)
    const second = await openLog(path)
    await first.createTrace(newTrace('a'))
    await first.commitSteps(traceId('a'), [{ step: plainStep(0), weave: null }])
    await second.createTrace(newBranch('b', 'a', 1))
    await first.commitSteps(traceId('a'), [{ step: plainStep(1), weave: null }])
    await second.commitSteps(traceId('b'), [{ step: plainStep(1, { tokenId: 5 }), weave: null }])
    expect((await first.getTrace(traceId('b')))?.steps).toEqual([plainStep(0), plainStep(1, { tokenId: 5 })])
    expect((await second.getTrace(traceId('a')))?.steps).toEqual([plainStep(0), plainStep(1)])
    await Promise.all([first.close(), second.close()])
  })
})
