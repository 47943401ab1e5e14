/** @file The evaluations of the log over one database. Does not know SQLite, nor who generates or judges. */
import type { Kysely, Transaction } from 'kysely'
import type { EvaluationRun } from '../../shared/domain/evaluation.ts'
import type { EvaluationRunId } from '../../shared/domain/experiment-ids.ts'
import { insertClusterSet, selectClusterSet } from './cluster-sets.ts'
import { insertDataset, selectDataset, selectSamples } from './datasets.ts'
import { insertDonors, selectDonors } from './donors.ts'
import { withLogErrors } from './errors.ts'
import type { EvaluationLog } from './evaluation-log.ts'
import { createPlanReader, selectExperiment, selectExperiments, selectProcess, selectRun, selectRuns, selectWholeRun } from './read-evaluations.ts'
import { selectMeasuredRuns } from './read-measured-runs.ts'
import { selectReplay } from './read-branches.ts'
import { selectDoneKeys, selectResult, selectResults, selectResultsOfSamples, selectSummaries, selectWholeResult } from './read-results.ts'
import { walkLatents, walkPlaces, walkResults, walkTurns } from './read-turns.ts'
import { insertScorings, selectJudging, selectLastScoring, selectScorings } from './run-scorings.ts'
import { selectViews, trashView, upsertView } from './run-views.ts'
import type { LogTables } from './schema.ts'
import { annotateRun, insertExperiment, takeRun, updateRun } from './write-evaluations.ts'
import { insertResults, insertVerdict, replaceJudgements } from './write-results.ts'

/** @param now Unix milliseconds, UTC */
export function buildEvaluationLog(path: string, db: Kysely<LogTables>, runQuery: EvaluationLog['query'], now: () => number): EvaluationLog {
  const readPlan = createPlanReader(path)
  const write = <T>(work: (tx: Transaction<LogTables>) => Promise<T>): Promise<T> => withLogErrors(path, () => db.transaction().execute(work))
  const read = <T>(work: () => Promise<T>): Promise<T> => withLogErrors(path, work)
  const recorded = async (tx: Transaction<LogTables>, runId: EvaluationRunId): Promise<EvaluationRun> => {
    const run = await selectRun(tx, path, readPlan, runId)
    if (run === undefined) throw new Error(`internal: evaluation run ${runId} was written but cannot be found`)
    return run
  }
  return {
    createExperiment: (experiment, runs) =>
      write(async (tx) => {
        await insertExperiment(tx, experiment, runs, now())
        const created = await selectExperiment(tx, path, experiment.id)
        if (created === undefined) throw new Error(`internal: experiment ${experiment.id} was written but cannot be found`)
        return { experiment: created, runs: await inTurn(runs, ({ id }) => recorded(tx, id)) }
      }),
    listExperiments: () => read(() => selectExperiments(db, path)),
    getExperiment: (id) => read(() => selectExperiment(db, path, id)),
    listRuns: () => read(() => selectRuns(db, path, readPlan)),
    getRun: (runId) => read(() => selectWholeRun(db, path, readPlan, runId)),
    update: (runId, changes) =>
      write(async (tx) => {
        await updateRun(tx, runId, changes, now())
        return recorded(tx, runId)
      }),
    takeRun: (runId, hands) => write(async (tx) => ((await takeRun(tx, runId, hands, now())) ? recorded(tx, runId) : undefined)),
    processOf: (runId) => read(() => selectProcess(db, runId)),
    measuredRuns: (modelId) => read(() => selectMeasuredRuns(db, path, readPlan, modelId)),

    saveDonors: (runId, donors) => write((tx) => insertDonors(tx, runId, donors)),
    donorsOf: (runId) => read(() => selectDonors(db, path, runId)),

    saveDataset: (stamp, task, samples) => write((tx) => insertDataset(tx, stamp, task, samples, now())),
    getDataset: (datasetId) => read(() => selectDataset(db, path, datasetId)),
    samplesOf: (datasetId, limit) => read(() => selectSamples(db, path, datasetId, limit ?? null)),

    addResults: (runId, results) =>
      write(async (tx) => {
        await insertResults(tx, path, runId, results, now())
        return recorded(tx, runId)
      }),
    doneKeys: (runId) => read(() => selectDoneKeys(db, runId)),
    listResults: (query) => read(() => selectResults(db, path, query)),
    resultsOf: (runId) => walkResults(db, path, runId),
    summariesOf: (runId) => read(() => selectSummaries(db, path, runId)),
    resultsOfSamples: (runId, sampleIds) => read(() => selectResultsOfSamples(db, path, runId, sampleIds)),
    getResult: (key) => read(() => selectWholeResult(db, path, key)),
    turnsOf: (runId) => walkTurns(db, path, runId),
    placesOf: (runId) => walkPlaces(db, path, runId),
    latentsOf: (runId, side) => walkLatents(db, path, runId, side),

    rescore: (runId, scoring, judgements) =>
      write(async (tx) => {
        await replaceJudgements(tx, runId, scoring, judgements, now())
        return recorded(tx, runId)
      }),
    lastScoring: (runId) => read(() => selectLastScoring(db, path, runId)),
    scoringsOf: (runId) => read(() => selectScorings(db, path, runId)),
    saveScorings: (runId, scorings) => write((tx) => insertScorings(tx, runId, scorings)),
    judgingOf: (key) => read(() => selectJudging(db, path, key)),
    audit: (key, verdict) => write(async (tx) => ((await insertVerdict(tx, key, verdict, now())) ? selectResult(tx, path, key) : undefined)),
    annotate: (runIds, annotation) =>
      write((tx) =>
        inTurn(runIds, async (runId) => {
          await annotateRun(tx, runId, annotation, now())
          return recorded(tx, runId)
        }),
      ),
    findReplay: (key, turn) => read(() => selectReplay(db, path, key, turn)),

    query: (sql, options) => runQuery(sql, options),
    listViews: () => read(() => selectViews(db, path)),
    saveView: (name, view) => write((tx) => upsertView(tx, path, name, view, now())),
    removeView: (id) => read(() => trashView(db, id, now())),

    saveClusterSet: (set) => read(() => insertClusterSet(db, set, now())),
    getClusterSet: (id) => read(() => selectClusterSet(db, path, id)),
  }
}

async function inTurn<From, To>(all: readonly From[], work: (one: From) => Promise<To>): Promise<To[]> {
  const done: To[] = []
  for (const one of all) done.push(await work(one))
  return done
}
