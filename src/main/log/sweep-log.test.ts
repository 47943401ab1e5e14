/** @file Sweeps and their outcomes come back as they were recorded; a subset has one outcome, however often it is told. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type SweepId, type SweepOutcome, sweepRequestSchema } from '../../shared/domain/sweep.ts'
import type { ExperimentLog } from './experiment-log.ts'
import { openLog } from './open-log.ts'
import type { NewSweep } from './sweep-log.ts'

let folder: string
let path: string
let clock: number
let log: ExperimentLog

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'memgen-log-'))
  path = join(folder, 'log.sqlite')
  clock = 1_000
  log = await openLog(path, { now: () => clock })
})

afterEach(async () => {
  await log.close()
  rmSync(folder, { recursive: true })
})

const sweepId = (text: string) => text as SweepId

function newSweep(id: string, changes: Partial<NewSweep> = {}): NewSweep {
  return {
    id: sweepId(id),
    request: sweepRequestSchema.parse({ modelId: 'sample', prompt: { kind: 'text', text: '2 + 3 = \ud800' }, config: {}, reference: '5' }),
    modelName: 'Sample \0',
    status: 'running',
    error: null,
    candidateCount: 0,
    candidateLabels: [],
    total: 1,
    ...changes,
  }
}

function outcome(candidates: number[], changes: Partial<SweepOutcome> = {}): SweepOutcome {
  return { candidates, text: '5.', tokenCount: 2, insertionCount: candidates.length, candidateCount: 3, finish: 'eos', error: null, score: 1, ...changes }
}

const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\ud800', 'a\0b', '\ufdd00000'))
const anyOutcome: fc.Arbitrary<SweepOutcome> = fc.record({
  candidates: fc.uniqueArray(fc.nat({ max: 30 })).map((ordinals) => ordinals.toSorted((one, other) => one - other)),
  text: anyText,
  tokenCount: fc.nat(),
  insertionCount: fc.nat(),
  candidateCount: fc.nat(),
  finish: fc.constantFrom('eos', 'length', 'stopped', 'error'),
  error: fc.option(anyText),
  score: fc.option(fc.double().map((value) => value + 0)),
})

describe('a sweep', () => {
  it('comes back as it was created and changed, also after reopening', async () => {
    const created = await log.sweeps.create(newSweep('a'))
    expect(created).toEqual({ ...newSweep('a'), done: 0, createdAt: 1_000, updatedAt: 1_000 })
    clock = 2_000
    const counted = { candidateCount: 3, candidateLabels: ['the prompt\ud800', '5.', '\0'], total: 8 }
    expect(await log.sweeps.update(created.id, counted)).toEqual({ ...created, ...counted, updatedAt: 2_000 })
    const failed = await log.sweeps.update(created.id, { status: 'failed', error: 'the engine ended' })
    await log.close()
    log = await openLog(path, { now: () => clock })
    expect(failed).toEqual({ ...created, ...counted, status: 'failed', error: 'the engine ended', updatedAt: 2_000 })
    expect(await log.sweeps.get(created.id)).toEqual({ sweep: failed, outcomes: [] })
    expect((await log.sweeps.update(created.id, { status: 'running', error: null })).error).toBeNull()
  })

  it('is listed newest first, with its outcomes counted', async () => {
    await log.sweeps.create(newSweep('a'))
    clock += 1
    await log.sweeps.create(newSweep('b'))
    await log.sweeps.addOutcome(sweepId('a'), outcome([0]))
    expect((await log.sweeps.list()).map(({ id, done }) => [id, done])).toEqual([['b', 0], ['a', 1]])
  })

  it('that is unknown is undefined, and changing it is a bug of the caller', async () => {
    expect(await log.sweeps.get(sweepId('nowhere'))).toBeUndefined()
    await expect(log.sweeps.update(sweepId('nowhere'), { status: 'paused' })).rejects.toThrow('internal: sweep nowhere is not recorded')
    await expect(log.sweeps.addOutcome(sweepId('nowhere'), outcome([]))).rejects.toThrow('internal: sweep nowhere is not recorded')
  })

  it('whose row is damaged is named', async () => {
    await log.sweeps.create(newSweep('a'))
    const database = new Database(path)
    database.exec("update sweep set request = '{}'")
    database.close()
    await expect(log.sweeps.list()).rejects.toMatchObject({ name: 'LogRowError', table: 'sweep', id: 'a', column: 'request' })
  })
})

describe('an outcome', () => {
  it('comes back as it was, in the order of recording', async () => {
    let drawn = 0
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(anyOutcome, { selector: ({ candidates }) => candidates.join(), maxLength: 5 }), async (outcomes) => {
        const { id } = await log.sweeps.create(newSweep(`sweep ${drawn}`))
        drawn += 1
        for (const [index, one] of outcomes.entries()) {
          clock += 1
          expect((await log.sweeps.addOutcome(id, one)).done).toBe(index + 1)
        }
        expect((await log.sweeps.get(id))?.outcomes).toEqual(outcomes)
      }),
      { numRuns: 40 },
    )
  })

  it('of a subset that has one already changes nothing, in whatever order its candidates are named', async () => {
    const { id } = await log.sweeps.create(newSweep('a'))
    await log.sweeps.addOutcome(id, outcome([0, 2]))
    expect((await log.sweeps.addOutcome(id, outcome([2, 0], { score: 0 }))).done).toBe(1)
    expect((await log.sweeps.addOutcome(id, outcome([]))).done).toBe(2)
    expect((await log.sweeps.get(id))?.outcomes).toEqual(expect.arrayContaining([outcome([0, 2]), outcome([])]))
  })

  it('of one sweep is not another\'s', async () => {
    await log.sweeps.create(newSweep('a'))
    await log.sweeps.create(newSweep('b'))
    await log.sweeps.addOutcome(sweepId('a'), outcome([1]))
    await log.sweeps.addOutcome(sweepId('b'), outcome([1], { score: null }))
    expect((await log.sweeps.get(sweepId('b')))?.outcomes).toEqual([outcome([1], { score: null })])
  })
})
