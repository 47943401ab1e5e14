/** @file What the log can do for evaluations. Does not know how anything is stored, nor who generates or judges. */
import type { CompactRecord } from '../../shared/domain/compact-record.ts'
import type { DonorSample } from '../../shared/domain/donor.ts'
import type {
  EvaluationPlan,
  EvaluationRun,
  EvaluationStatus,
  Experiment,
  ExperimentRequest,
  HumanVerdict,
  Judging,
  Provenance,
  RecordedScoring,
  RecordedTurn,
  ResultKey,
  SampleResult,
} from '../../shared/domain/evaluation.ts'
import type { ClusterSetId, EvaluationRunId, ExperimentId } from '../../shared/domain/experiment-ids.ts'
import type { ModelId, TraceId } from '../../shared/domain/identifiers.ts'
import type { RunView, SavedRunView } from '../../shared/domain/run-view.ts'
import type { DatasetStamp, Judgement, Scoring, TaskName, TaskSample } from '../../shared/domain/task.ts'
import type { Matrix, WeaveKind } from '../../shared/domain/weave.ts'

export interface NewExperiment {
  readonly id: ExperimentId
  readonly name: string
  readonly request: ExperimentRequest
  /** Of an imported one. @default now */
  readonly createdAt?: number
}

export interface NewEvaluationRun {
  readonly id: EvaluationRunId
  readonly name: string
  readonly modelName: string
  readonly plan: EvaluationPlan
  readonly tags: readonly string[]
  /** The file that it is imported from. @default null */
  readonly importedFrom?: string | null
  /** Of an imported one. @default now */
  readonly createdAt?: number
}

export interface EvaluationRunChanges {
  readonly status?: EvaluationStatus
  readonly error?: string | null
  readonly total?: number
  readonly datasetId?: string
  readonly provenance?: Provenance
  /** The interval of a run with repeats, found by whoever can; of others the log finds Wilson's itself. */
  readonly accuracyBounds?: { readonly low: number; readonly high: number } | null
  /** The process that has the run in hand; null where none does. */
  readonly processId?: number | null
  /** Added to the run's elapsed time. */
  readonly addedMs?: number
}

/** What a run took and where; counts and time over all its attempts. */
export interface MeasuredRun {
  readonly plan: EvaluationPlan
  readonly provenance: Provenance
  /** Samples x repeats. */
  readonly total: number
  /** Results. */
  readonly done: number
  /** Of all results. */
  readonly tokens: number
  readonly elapsedMs: number
}

/** A result with everything that is kept of it. The human verdict comes later. */
export interface NewResult {
  readonly result: Omit<SampleResult, 'human'>
  readonly turns: readonly RecordedTurn[]
  /** Of an imported one. @default judged once, by the scoring of the run's plan */
  readonly judging?: Judging
}

/** The little of a result that comparisons and tables need, fast enough for a thousand samples of many runs. */
export interface ResultSummary {
  readonly sampleId: string
  readonly repeat: number
  readonly domain: string | null
  readonly reward: number | null
  readonly human: HumanVerdict | null
  readonly tokenCount: number
  readonly insertions: { readonly prompt: number; readonly inference: number }
  readonly finish: SampleResult['finish']
}

export interface ResultsQuery {
  readonly runId: EvaluationRunId
  readonly show: 'all' | 'right' | 'wrong' | 'unjudged' | 'failed' | 'unaudited' | 'disputed'
  readonly search: string
  readonly offset: number
  readonly limit: number
}

/** A turn with whose it is, as exports and statistics walk through them. */
export interface TurnOfRun {
  readonly sampleId: string
  readonly repeat: number
  readonly domain: string | null
  readonly reward: number | null
  readonly turn: number
  readonly record: CompactRecord
}

/** Where memory was asked for in one turn. */
export interface PlacesOfTurn extends Pick<TurnOfRun, 'sampleId' | 'repeat' | 'domain' | 'reward'> {
  readonly tokenCount: number
  readonly asked: CompactRecord['asked']
}

/** One kept block of latents. */
export interface LatentBlock {
  readonly sampleId: string
  readonly repeat: number
  readonly turn: number
  readonly stepIndex: number
  readonly kind: WeaveKind
  readonly reward: number | null
  readonly human: HumanVerdict | null
  /** [K, hidden], as it was injected or the weaver's hidden states, whichever was asked for. */
  readonly latents: Matrix
}

export interface ClusterSet {
  readonly id: ClusterSetId
  /** [clusters, hidden] */
  readonly centroids: Matrix
  /** What was clustered and how, as JSON. */
  readonly origin: string
}

export interface RunAnnotation {
  readonly addTags?: readonly string[]
  readonly removeTags?: readonly string[]
  readonly note?: string
  readonly isStarred?: boolean
  readonly isTrashed?: boolean
}

/** Every method throws {@link LogUnavailableError}; what returned is on disk. A run that is not recorded is a bug of the caller's, where nothing else is said. */
export interface EvaluationLog {
  /** One transaction: all of it or nothing. Runs begin as `queued`; imported ones as `cancelled`, with an error, until `update` says what they are. */
  createExperiment(experiment: NewExperiment, runs: readonly NewEvaluationRun[]): Promise<{ experiment: Experiment; runs: EvaluationRun[] }>
  /** Newest first. */
  listExperiments(): Promise<Experiment[]>
  getExperiment(id: ExperimentId): Promise<Experiment | undefined>
  /** Newest first, trash included; without provenance, which only `getRun` reads. */
  listRuns(): Promise<EvaluationRun[]>
  /** With its provenance. */
  getRun(runId: EvaluationRunId): Promise<EvaluationRun | undefined>
  /** @returns the run, as every method that changes one: without provenance */
  update(runId: EvaluationRunId, changes: EvaluationRunChanges): Promise<EvaluationRun>
  /**
   * Puts the run into the hand of process `by`, as `queued` and without its error. Undefined where it is no longer in the hand of `from`, as {@link processOf} read it, or has
   * ended for good: of two who take it at once, one gets it.
   */
  takeRun(runId: EvaluationRunId, hands: { readonly from: number | null; readonly by: number }): Promise<EvaluationRun | undefined>
  /** The process that has the run in hand, null where none has. */
  processOf(runId: EvaluationRunId): Promise<number | null>
  /** Newest first: runs of the model that rest, were not thrown away, and computed anything. */
  measuredRuns(modelId: ModelId): Promise<MeasuredRun[]>

  /** Keeps whose latents the run's intervention `other` takes; a run that has donors keeps those. */
  saveDonors(runId: EvaluationRunId, donors: readonly DonorSample[]): Promise<void>
  /** In order, as the positions of records name them; none where none were kept. */
  donorsOf(runId: EvaluationRunId): Promise<DonorSample[]>

  /** Keeps the samples once for each dataset id; later calls add those that are not there yet. */
  saveDataset(stamp: DatasetStamp, task: TaskName, samples: readonly TaskSample[]): Promise<void>
  /** The stamp that the dataset was kept with, but for how many samples there are of it now; undefined where none is. */
  getDataset(datasetId: string): Promise<{ stamp: DatasetStamp; task: TaskName } | undefined>
  /** In the dataset's order, the first `limit` of them. */
  samplesOf(datasetId: string, limit?: number): Promise<TaskSample[]>

  /** One transaction; a result that is there already stays as it is and is counted once. @returns the run with its totals */
  addResults(runId: EvaluationRunId, results: readonly NewResult[]): Promise<EvaluationRun>
  /** `sampleId` and `repeat` of every result. */
  doneKeys(runId: EvaluationRunId): Promise<{ sampleId: string; repeat: number }[]>
  /** In the dataset's order, repeats of a sample together. */
  listResults(query: ResultsQuery): Promise<{ results: SampleResult[]; total: number }>
  /** Every result in the dataset's order, a page at a time; each once, also while others are added. */
  resultsOf(runId: EvaluationRunId): AsyncIterable<SampleResult>
  summariesOf(runId: EvaluationRunId): Promise<ResultSummary[]>
  resultsOfSamples(runId: EvaluationRunId, sampleIds: readonly string[]): Promise<SampleResult[]>
  /** Turns with their latents, those kept in half precision rounded. */
  getResult(key: ResultKey): Promise<{ result: SampleResult; sample: TaskSample; turns: RecordedTurn[] } | undefined>
  /** Every turn of a run in order, a few at a time; weaves without their latents. */
  turnsOf(runId: EvaluationRunId): AsyncIterable<TurnOfRun>
  /** As `turnsOf`, in pages, without what was generated; of packed records only the beginning is read. */
  placesOf(runId: EvaluationRunId): AsyncIterable<readonly PlacesOfTurn[]>
  /** Every kept block in order, a few at a time; what was kept in half precision comes back rounded. */
  latentsOf(runId: EvaluationRunId, side: 'projected' | 'woven'): AsyncIterable<LatentBlock>

  /** Replaces judgements and keeps the former ones, with the scoring they came from; null is the task's own. */
  rescore(runId: EvaluationRunId, scoring: Scoring | null, judgements: readonly { sampleId: string; repeat: number; judgement: Judgement }[]): Promise<EvaluationRun>
  /** By what results were judged last; null is the task's own, also where nothing was judged again. */
  lastScoring(runId: EvaluationRunId): Promise<Scoring | null>
  /** In order, so that the first has the number 1; none where nothing was judged again. */
  scoringsOf(runId: EvaluationRunId): Promise<RecordedScoring[]>
  /** Of an imported run, before its results; those that it has stay. */
  saveScorings(runId: EvaluationRunId, scorings: readonly RecordedScoring[]): Promise<void>
  /** undefined where there is no such result. */
  judgingOf(key: ResultKey): Promise<Judging | undefined>
  /** undefined where there is no such result. */
  audit(key: ResultKey, verdict: HumanVerdict | null): Promise<SampleResult | undefined>
  annotate(runIds: readonly EvaluationRunId[], annotation: RunAnnotation): Promise<EvaluationRun[]>
  /** The latest trace that replays a turn to its end, where one was made; one that was stopped is none. */
  findReplay(key: ResultKey, turn: number): Promise<TraceId | undefined>

  /**
   * The first column of a SELECT, over a connection that cannot write.
   * @throws QueryError with SQLite's own words, also when it takes longer than `limitMs` @default 5000
   */
  query(sql: string, options?: { limitMs?: number }): Promise<string[]>
  listViews(): Promise<SavedRunView[]>
  /** A view of the same name is replaced. */
  saveView(name: string, view: RunView): Promise<SavedRunView>
  removeView(id: string): Promise<void>

  saveClusterSet(set: ClusterSet): Promise<void>
  getClusterSet(id: ClusterSetId): Promise<ClusterSet | undefined>
}
