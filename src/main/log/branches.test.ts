/** @file A branch holds what its parent held before the fork; branches of one beginning find each other; re-runs are stamped on. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { anyCertificate, anyChanges, anyNewTrace, anySteps, newBranch, newTrace, plainCertificate, plainInsertion, plainStep, traceId } from '../../../test/support/recorded-trace.ts'
import type { ModelId, RunId } from '../../shared/domain/identifiers.ts'
import type { ExperimentLog } from './experiment-log.ts'
import { openLog } from './open-log.ts'

let folder: string
let clock: number
let log: ExperimentLog

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'memgen-log-'))
  clock = 1_000
  log = await openLog(join(folder, 'log.sqlite'), { now: () => clock })
})

afterEach(async () => {
  await log.close()
  rmSync(folder, { recursive: true })
})

/** Trace `id` of `steps` steps, every second with a weave. */
async function writeTrace(id: string, steps: number): Promise<void> {
  await log.createTrace(newTrace(id))
  for (let index = 0; index < steps; index++) {
    const { step, weave } = index % 2 === 0 ? plainInsertion(index) : { step: plainStep(index), weave: null }
    await log.commitSteps(traceId(id), [{ step, weave }])
  }
}

describe('a branch', () => {
  it('begins with its parent\'s steps and weaves, whatever they hold, and goes on by itself', async () => {
    let drawn = 0
    await fc.assert(
      fc.asyncProperty(anyNewTrace('set below'), anySteps, anyChanges, fc.nat({ max: 5 }), async (draft, recorded, changes, at) => {
        const parent = { ...draft, id: traceId(`trace ${drawn}`), runId: `run ${drawn}` as RunId }
        drawn += 1
        const stepIndex = Math.min(at, recorded.length)
        await log.createTrace(parent)
        for (const { step, weave } of recorded) await log.commitSteps(parent.id, [{ step, weave }])
        const branch = { ...parent, id: traceId(`branch of ${parent.id}`), parent: { traceId: parent.id, stepIndex }, changes }
        const created = await log.createTrace(branch)

        const kept = recorded.slice(0, stepIndex)
        expect(await log.stepsFrom(branch.id, 0)).toEqual(kept)
        expect(created).toMatchObject({
          parent: branch.parent,
          changes,
          finish: null,
          stepCount: stepIndex,
          weaveCount: kept.filter(({ weave }) => weave !== null).length,
          preview: [...kept.map(({ step }) => step.text).join('')].slice(0, 200).join(''),
        })
        for (const { step, weave } of recorded.slice(stepIndex)) await log.commitSteps(branch.id, [{ step, weave }])
        const { preview, stepCount } = (await log.getTraceHeader(branch.id)) ?? {}
        expect({ preview, stepCount }).toEqual({ preview: (await log.getTraceHeader(parent.id))?.preview, stepCount: recorded.length })
        expect(await log.stepsFrom(parent.id, 0)).toEqual(recorded)
      }),
      { numRuns: 40 },
    )
  })

  it('of a finished trace can go on', async () => {
    await writeTrace('a', 3)
    await log.finishTrace(traceId('a'), 'eos', null)
    expect(await log.createTrace(newBranch('b', 'a', 3))).toMatchObject({ finish: null, stepCount: 3, weaveCount: 2 })
    await log.commitSteps(traceId('b'), [{ step: plainStep(3), weave: null }])
    expect(await log.getTraceHeader(traceId('a'))).toMatchObject({ finish: 'eos', stepCount: 3 })
  })

  it.each([
    ['an unknown trace', newBranch('b', 'nowhere', 0), 'trace b: it cannot be forked off trace nowhere: there is no such trace'],
    ['a trace with too few steps', newBranch('b', 'a', 4), 'trace b: it cannot be forked off trace a at step 4: that has 3 steps'],
    ['a trace of another run', { ...newBranch('b', 'a', 1), runId: 'another' as RunId }, 'trace b: it cannot be forked off trace a: that belongs to another run'],
    ['a trace of its own name', newBranch('a', 'a', 1), 'trace a: it is already recorded'],
  ])('off %s is refused and leaves nothing', async (_, branch, message) => {
    await writeTrace('a', 3)
    await expect(log.createTrace(branch)).rejects.toMatchObject({ name: 'TraceConflictError', message })
    expect(await log.getTraceHeader(traceId('b'))).toBeUndefined()
    expect(await log.listTraceIds('another' as RunId)).toEqual([])
    expect((await log.getTraceHeader(traceId('a')))?.stepCount).toBe(3)
  })
})

describe('the branches of a trace', () => {
  beforeEach(async () => {
    await writeTrace('root', 3)
    clock += 1
    await log.createTrace(newBranch('left', 'root', 1))
    clock += 1
    await log.createTrace(newBranch('right', 'root', 3))
    clock += 1
    await log.createTrace({ ...newBranch('leaf', 'root', 1), parent: { traceId: traceId('left'), stepIndex: 1 } })
  })

  it.each(['root', 'left', 'right', 'leaf'])('are found from %s, oldest first', async (from) => {
    expect((await log.listBranches(traceId(from)))?.map(({ id, parent }) => [id, parent?.traceId])).toEqual([['root', undefined], ['left', 'root'], ['right', 'root'], ['leaf', 'left']])
  })

  it('are not the other traces of its run, which are listed apart', async () => {
    clock += 1
    const { runId } = newBranch('left', 'root', 1)
    await log.createTrace(newTrace('stranger', { runId }))
    expect((await log.listBranches(traceId('stranger')))?.map(({ id }) => id)).toEqual(['stranger'])
    expect((await log.listBranches(traceId('root')))?.length).toBe(4)
    expect(await log.listTraceIds(runId)).toEqual(['root', 'left', 'right', 'leaf', 'stranger'])
  })

  it('of an unknown trace are undefined', async () => expect(await log.listBranches(traceId('nowhere'))).toBeUndefined())

  it('are told apart in the list of traces', async () => {
    const { traces } = await log.listTraces({ limit: 2, before: null, search: '', modelId: 'sample' as ModelId })
    expect(traces.map(({ id, parent }) => ({ id, parent }))).toEqual([
      { id: 'leaf', parent: { traceId: 'left', stepIndex: 1 } },
      { id: 'right', parent: { traceId: 'root', stepIndex: 3 } },
    ])
  })
})

describe('a certificate', () => {
  it('comes back as it was, the latest of a trace in its header', async () => {
    await log.createTrace(newTrace('a'))
    await fc.assert(
      fc.asyncProperty(anyCertificate, async (certificate) => {
        expect((await log.stampTrace(traceId('a'), certificate)).certificate).toEqual(certificate)
        expect((await log.getTraceHeader(traceId('a')))?.certificate).toEqual(certificate)
      }),
      { numRuns: 40 },
    )
  })

  it('shows in the list, on its own trace only, and not on a branch made after it', async () => {
    await writeTrace('a', 1)
    await log.finishTrace(traceId('a'), 'eos', null)
    const stamped = await log.stampTrace(traceId('a'), plainCertificate)
    expect(stamped).toMatchObject({ finish: 'eos', updatedAt: 1_000 })
    clock += 1
    await log.createTrace(newBranch('b', 'a', 1))
    const { traces, total } = await log.listTraces({ limit: 9, before: null, search: '', modelId: null })
    expect(traces.map(({ id, certificate }) => [id, certificate])).toEqual([['b', null], ['a', plainCertificate]])
    expect(total).toBe(2)
  })

  it('of an unknown trace is refused', async () => {
    await expect(log.stampTrace(traceId('nowhere'), plainCertificate)).rejects.toThrow('trace nowhere: a certificate cannot be recorded: there is no such trace')
  })
})
