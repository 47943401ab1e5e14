/** @file One run from its dataset to its last result, or on from where it was left. It does not know queues, statuses or listeners. */
import type { DonorSample } from '../../../shared/domain/donor.ts'
import type { EvaluationRun, Provenance } from '../../../shared/domain/evaluation.ts'
import type { LoadedModel, ModelEntry } from '../../../shared/domain/model.ts'
import type { TaskSample } from '../../../shared/domain/task.ts'
import type { DeviceRoom } from '../../devices/index.ts'
import type { EngineHost } from '../../engine-host/index.ts'
import type { EvaluationLog } from '../../log/index.ts'
import { centroidsFor, type FindCentroids } from '../../sessions/index.ts'
import type { LoadedTask } from '../../tasks/index.ts'
import type { LiveEvaluation } from './live-evaluation.ts'
import { playSamples, type PlayedRun, type WantedResult } from './play-samples.ts'
import { judgedBy } from './rescore-run.ts'
import { findBasisChange } from './run-change.ts'
import { takeProvenance, type ProvenanceParts } from './run-provenance.ts'
import type { Workshop } from './workshop.ts'

export interface RunEvaluationParts extends ProvenanceParts {
  readonly log: EvaluationLog
  readonly workshop: Workshop
  readonly devices: DeviceRoom
  readonly findCentroids: FindCentroids
}

/** Samples that "latents of another sample" come from: the first of the dataset, whatever the limit. */
const DONOR_COUNT = 64

/**
 * Plays every sample that has no result. Samples and provenance are in the log before the first of them.
 * @throws what the engine, the dataset and the log throw, or the signal's reason
 */
export async function runEvaluation(live: LiveEvaluation, model: ModelEntry, parts: RunEvaluationParts): Promise<void> {
  const { log, workshop } = parts
  const { signal, run } = live
  const { plan, id } = run
  const tell = (stage: string) => (fraction: number) => live.tellStage(stage, fraction)
  tell('reading the dataset')(0)
  const task = await workshop.taskFor(plan.task, { signal })
  const begun = (await log.getRun(id))?.provenance ?? null
  const engine = await workshop.engineFor(plan.modelId)
  const loaded = await load(engine, live, { model, begun }, parts)
  const provenance = await takeProvenance(parts, { location: model.location, dataset: task.stamp, loaded }, { signal, onProgress: tell('hashing weights') })
  checkUnchanged(run, begun, provenance)
  await log.saveDataset(task.stamp, plan.task.name, task.samples)
  const isNew = begun === null || begun.device !== loaded.device
  await live.update({ total: task.samples.length * plan.repeats, datasetId: task.stamp.id, ...(isNew && { provenance }) })
  await task.environment.prepare?.({ signal, onProgress: (stage, fraction) => live.tellStage(stage, fraction) })
  const wanted = findMissing(task.samples, plan.repeats, await log.doneKeys(id))
  if (wanted.length === 0) return
  // A run that was scored again before its end goes on as it was scored last: one accuracy has one judge.
  const scorings = await log.scoringsOf(id)
  const scoring = scorings.at(-1)?.scoring ?? null
  const judging = { scoringNumber: scorings.length, former: [] }
  const played: PlayedRun = {
    engine,
    modelId: plan.modelId,
    config: plan.config,
    environment: scoring === null ? task.environment : judgedBy(task.environment, scoring),
    latents: plan.latents,
    batchSize: plan.batchSize,
    donors: plan.config.intervention?.kind === 'other' ? await findDonors(run, task, parts, signal) : [],
    ...(await centroidsFor(parts.findCentroids, plan.config)),
  }
  live.startClock()
  await playSamples(played, wanted, { signal, onResult: (result) => live.receive({ ...result, judging }) })
}

/** A run that was begun goes on where and as it was computed: other weights in blocks of bits would be another model. */
function load(engine: EngineHost, live: LiveEvaluation, { model, begun }: { model: ModelEntry; begun: Provenance | null }, { devices }: RunEvaluationParts): Promise<LoadedModel> {
  const choice = begun === null ? devices.choiceOf(model) : { device: begun.device, precision: begun.precision }
  return devices.load(engine, model, { choice, signal: live.signal, onProgress: (stage, fraction) => live.tellStage(stage, fraction) })
}

function checkUnchanged(run: EvaluationRun, begun: Provenance | null, { dataset, model }: Provenance): void {
  const change = findBasisChange(run, begun, { datasetId: dataset.id, files: model.files })
  if (change?.kind === 'dataset') throw new Error('The dataset was changed since this run began: its samples are no longer the same. A new run can be started on it.')
  if (change?.kind === 'weights') throw new Error(`${change.path} was changed since this run began: further results would be another model's. A new run can be started with it.`)
}

/** In the dataset's order, repeats of a sample together. */
function findMissing(samples: readonly TaskSample[], repeats: number, doneKeys: readonly { readonly sampleId: string; readonly repeat: number }[]): WantedResult[] {
  const done = new Set(doneKeys.map(({ sampleId, repeat }) => JSON.stringify([sampleId, repeat])))
  const all = samples.flatMap((sample) => Array.from({ length: repeats }, (_, repeat) => ({ sample, repeat })))
  return all.filter(({ sample, repeat }) => !done.has(JSON.stringify([sample.id, repeat])))
}

/** In the log before the first result that was given anything of theirs; a run that goes on keeps those it has. */
async function findDonors({ plan, id }: EvaluationRun, task: LoadedTask, { log, workshop }: RunEvaluationParts, signal: AbortSignal): Promise<DonorSample[]> {
  const recorded = await log.donorsOf(id)
  if (recorded.length > 0) return recorded
  const isRead = plan.task.limit === null || plan.task.limit >= DONOR_COUNT
  const samples = isRead ? task.samples.slice(0, DONOR_COUNT) : await workshop.samplesOf({ ...plan.task, limit: DONOR_COUNT }, { signal })
  const donors = samples.map((sample) => ({ sampleId: sample.id, prompt: task.environment.set(sample) }))
  await log.saveDonors(id, donors)
  return donors
}
