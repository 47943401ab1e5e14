/** @file What the log can do for the rest of the host. Does not know how it is stored. */
import type { Certificate } from '../../shared/domain/certificate.ts'
import type { DonorLatents } from '../../shared/domain/donor.ts'
import type { ModelId, RunId, TraceId } from '../../shared/domain/identifiers.ts'
import type { PlacementChoice } from '../../shared/domain/model.ts'
import type { Step } from '../../shared/domain/step.ts'
import type { TraceOverview } from '../../shared/domain/trace-columns.ts'
import type { Finish, ResultOrigin, Trace, TraceHeader } from '../../shared/domain/trace.ts'
import type { Weave } from '../../shared/domain/weave.ts'
import type { EvaluationLog } from './evaluation-log.ts'
import type { IdKind } from './find-ids.ts'
import type { CurveLog } from './imported-curves.ts'
import type { KeptModel } from './library-models.ts'
import type { NewTrace } from './rows/trace-row.ts'
import type { PromptLibrary } from './saved-prompts.ts'
import type { SweepLog } from './sweep-log.ts'
import type { TrainingLog } from './training-log.ts'

/** A step with the weave that lies before its token. */
export interface RecordedStep {
  step: Step
  weave: Weave | null
}

export interface TraceQuery {
  /** Traces a page holds. */
  limit: number
  /** The last trace of the page before, null for the first page. */
  before: { createdAt: number; id: TraceId } | null
  /** Text to find in prompt or generated text, any case; empty finds all. */
  search: string
  modelId: ModelId | null
}

export interface TracePage {
  /** Newest first. */
  traces: TraceHeader[]
  /** Traces that match, on all pages. */
  total: number
}

/**
 * Every method throws {@link LogUnavailableError} when the database cannot be used; a call that throws has changed
 * nothing, and one that returned is on disk. Several apps may share one database: each sees what the others committed.
 */
export interface ExperimentLog {
  readonly path: string
  /** Why this log can only be read, in words for the user; null where it can be written too. */
  readonly refusal: string | null
  readonly training: TrainingLog
  readonly prompts: PromptLibrary
  readonly sweeps: SweepLog
  readonly evaluations: EvaluationLog
  readonly curves: CurveLog

  /**
   * Starts a trace, and its run where the run is new. With a parent, the parent's steps before `parent.stepIndex` and their
   * weaves are copied into it: the next step to commit is `parent.stepIndex`.
   * @throws {TraceConflictError} the trace exists, the run exists with another model or config, or the parent is unknown, of
   * another run or has too few steps
   */
  createTrace(trace: NewTrace): Promise<TraceHeader>
  /**
   * Records the next steps and the weaves that belong to them, all or none of them.
   * @param steps one after the other, at least one
   * @throws {TraceConflictError} the trace is unknown or finished, or the first step's index is not its step count
   */
  commitSteps(traceId: TraceId, steps: readonly RecordedStep[]): Promise<void>
  /** @throws {TraceConflictError} the trace is unknown or finished already */
  finishTrace(traceId: TraceId, finish: Finish, error: string | null): Promise<TraceHeader>
  /**
   * Adds what a re-run showed; the header shows the latest, the others are kept.
   * @throws {TraceConflictError} the trace is unknown
   */
  stampTrace(traceId: TraceId, certificate: Certificate): Promise<TraceHeader>

  /** Keeps what traces of this origin are given by the intervention `other`; what is kept already stays. */
  saveDonatedLatents(origin: ResultOrigin, latents: DonorLatents): Promise<void>
  /** None of either kind where nothing is kept. */
  donatedLatentsOf(origin: ResultOrigin): Promise<DonorLatents>

  listTraces(query: TraceQuery): Promise<TracePage>
  getTraceHeader(traceId: TraceId): Promise<TraceHeader | undefined>
  getTrace(traceId: TraceId): Promise<Trace | undefined>
  /** The whole trace by columns. A stored NaN in `pInvoke` or in a twin's `kl` reads as if nothing was recorded there. */
  getOverview(traceId: TraceId): Promise<TraceOverview | undefined>
  /** Steps `from` (included) to `to` (not), those that are recorded, and their weaves; undefined where there is no such trace. */
  stepsBetween(traceId: TraceId, from: number, to: number): Promise<{ steps: Step[]; weaves: Weave[] } | undefined>
  /** Recorded steps from `index` on; undefined where there is no such trace. */
  stepsFrom(traceId: TraceId, index: number): Promise<RecordedStep[] | undefined>
  /** All that was forked from the same beginning, directly or not, this trace included, oldest first; undefined where there is no such trace. */
  listBranches(traceId: TraceId): Promise<TraceHeader[] | undefined>
  /** Oldest first; none where there is no such run. */
  listTraceIds(runId: RunId): Promise<TraceId[]>

  /** Up to five ids of that kind that begin so, in their order; what is in the trash is among them. */
  findIds(kind: IdKind, beginning: string): Promise<string[]>

  /** The user's models, oldest first, without those in the trash. */
  listModels(): Promise<KeptModel[]>
  /** Adds a model, or takes one with the same id out of the trash; name, label and location become those given. */
  addModel(model: Pick<KeptModel, 'id' | 'name' | 'location' | 'label'>): Promise<KeptModel>
  /** Puts a model into the trash; its row, its files and its traces stay. False where the library has no such model. */
  removeModel(modelId: ModelId): Promise<boolean>
  /** Where models are to be loaded that the user has placed, bundled ones included. */
  listPlacements(): Promise<Map<ModelId, PlacementChoice>>
  placeModel(modelId: ModelId, placement: PlacementChoice): Promise<void>

  close(): Promise<void>
}
