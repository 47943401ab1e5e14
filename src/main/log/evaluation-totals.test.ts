/** @file A run's totals are what counting its results anew gives, whatever was added, repeated, judged again and audited in whatever order. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { evaluationPlan, evaluationRequest, evaluationResult, evaluationRunId, evaluationSample, evaluationStamp, experimentId, randomOf } from '../../../test/support/recorded-evaluation.ts'
import type { RunTotals } from '../../shared/domain/evaluation.ts'
import type { Judgement } from '../../shared/domain/task.ts'
import type { NewResult } from './evaluation-log.ts'
import { openLog } from './open-log.ts'

const samples = Array.from({ length: 6 }, (_, index) => evaluationSample(index))
const repeats = 2
const plan = evaluationPlan({ policy: { kind: 'always' }, seed: 1, repeats, latents: 'none' })

/** A sum of rewards is rounded as it grows. */
const SUM_DIGITS = 9

const anyReward = fc.oneof(fc.constant(null), fc.constantFrom(0, 1), fc.double({ min: -2, max: 3, noNaN: true }).map((value) => value + 0))
const anyKey = fc.record({ sample: fc.nat({ max: samples.length - 1 }), repeat: fc.nat({ max: repeats - 1 }) })
const anyAction = fc.oneof(
  fc.record({ kind: fc.constant('add' as const), results: fc.array(fc.record({ key: anyKey, reward: anyReward, fails: fc.boolean(), seed: fc.nat() }), { minLength: 1, maxLength: 4 }) }),
  fc.record({ kind: fc.constant('rescore' as const), rewards: fc.array(anyReward, { minLength: 1, maxLength: 5 }) }),
  fc.record({ kind: fc.constant('audit' as const), key: anyKey, verdict: fc.option(fc.record({ isRight: fc.option(fc.boolean()), failureMode: fc.option(fc.constantFrom('planning' as const, 'false-belief' as const)) })) }),
)

const judged = (reward: number | null): Judgement => ({ reward, error: reward === null ? 'no answer' : null, extracted: null, expected: '1' })
const name = ({ sample, repeat }: { sample: number; repeat: number }): string => `${sample}/${repeat}`

it('whatever happens to a run, its totals are those of its results', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'memgen-log-'))
  const path = join(folder, 'log.sqlite')
  const log = await openLog(path)
  const { evaluations } = log
  const reader = new Database(path, { readonly: true })
  let drawn = 0
  await fc.assert(
    fc.asyncProperty(fc.array(anyAction, { maxLength: 12 }), async (actions) => {
      drawn += 1
      const runId = evaluationRunId(`run ${drawn}`)
      const stamp = evaluationStamp('dataset', samples.length)
      await evaluations.createExperiment({ id: experimentId(`experiment ${drawn}`), name: 'e', request: evaluationRequest() }, [{ id: runId, name: 'r', modelName: 'Sample', plan, tags: [] }])
      await evaluations.saveDataset(stamp, 'demo-new', samples)
      await evaluations.update(runId, { datasetId: stamp.id })
      const kept = new Map<string, NewResult>()
      let rescored = 0
      let verdicts = 0
      for (const action of actions) {
        if (action.kind === 'add') {
          const results = action.results.map(({ key, reward, fails, seed }) => {
            const sample = samples[key.sample] ?? evaluationSample(0)
            const { result, turns } = evaluationResult(sample, key.repeat, plan, randomOf(seed), { tokens: 4 })
            return { key, added: { result: { ...result, judgement: judged(reward), error: fails ? 'the retriever failed' : null }, turns } }
          })
          await evaluations.addResults(runId, results.map(({ added }) => added))
          for (const { key, added } of results) if (!kept.has(name(key))) kept.set(name(key), added)
        } else if (action.kind === 'rescore') {
          const judgements = [...kept.values()].map(({ result: { sampleId, repeat } }, at) => ({ sampleId, repeat, judgement: judged(action.rewards[at % action.rewards.length] ?? null) }))
          await evaluations.rescore(runId, { kind: 'boxed' }, judgements)
          const now = [...kept.entries()].map(([key, { result, turns }], at): [string, NewResult] => [key, { result: { ...result, judgement: judged(action.rewards[at % action.rewards.length] ?? null) }, turns }])
          for (const [key, result] of now) kept.set(key, result)
          rescored += now.length
        } else {
          const { sample, repeat } = action.key
          const audited = await evaluations.audit({ runId, sampleId: `sample-${sample}`, repeat }, action.verdict)
          expect(audited?.human).toEqual(kept.has(name(action.key)) ? action.verdict : undefined)
          verdicts += Number(audited !== undefined)
        }
      }

      const run = await evaluations.getRun(runId)
      const { rewardSum, ...totals } = countAnew([...kept.values()])
      expect(run?.totals).toMatchObject(totals)
      expect(run?.totals.rewardSum).toBeCloseTo(rewardSum, SUM_DIGITS)
      expect(run?.accuracy?.estimate).toBe(totals.judged === 0 ? undefined : totals.right / totals.judged)
      expect((await evaluations.doneKeys(runId)).length).toBe(kept.size)
      const summaries = await evaluations.summariesOf(runId)
      expect(summaries.map(({ sampleId, repeat, reward }) => [`${sampleId}/${repeat}`, reward])).toEqual(
        [...kept.entries()].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([key, { result }]) => [`sample-${key}`, result.judgement.reward]),
      )
      const count = (table: string): unknown => reader.prepare(`select count(*) from ${table} where run_id = ?`).pluck().get(runId)
      expect(count('evaluation_former_judgement')).toBe(rescored)
      expect(count('evaluation_verdict')).toBe(verdicts)
    }),
    { numRuns: 40 },
  )
  reader.close()
  await log.close()
  rmSync(folder, { recursive: true })
})

function countAnew(results: readonly NewResult[]): Omit<RunTotals, 'elapsedMs'> {
  const sum = (of: (result: NewResult['result']) => number): number => results.reduce((total, { result }) => total + of(result), 0)
  return {
    done: results.length,
    judged: sum(({ judgement }) => Number(judgement.reward !== null)),
    right: sum(({ judgement }) => Number((judgement.reward ?? 0) >= 1)),
    rewardSum: sum(({ judgement }) => judgement.reward ?? 0),
    failed: sum(({ error }) => Number(error !== null)),
    tokens: sum(({ tokenCount }) => tokenCount),
    promptInsertions: sum(({ insertions }) => insertions.prompt),
    inferenceInsertions: sum(({ insertions }) => insertions.inference),
  }
}
