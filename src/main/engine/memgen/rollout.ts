/**
 * @file MemGen generation as a machine that is stepped, rewound and forked: decide, weave, decode (docs/REFERENCE.md 2).
 * It knows neither the log nor who presses the button.
 *
 * Differences from the reference: caches are kept at insertions instead of recomputed; a row ends at its own EOS, where
 * the reference lets it run on while others in the batch do not end; a row whose context has no
 * room left for latents and a token ends there; after the last allowed insertion the requested sampling stays in force,
 * unless `referenceTail` asks for the reference's.
 */
import type { PendingStep as PendingRecord } from '../../../shared/domain/session.ts'
import { changesOfFork } from '../../../shared/domain/changes-of-fork.ts'
import type { RunConfig } from '../../../shared/domain/run-config.ts'
import { contextLength } from '../checkpoint/index.ts'
import type { GenerationRecord, ResolvedChange } from '../protocol.ts'
import { decideRows } from './deciding.ts'
import { insertionLength, prepareInsertion } from './insertion.ts'
import { InterventionError } from './interventions.ts'
import type { MemGenModel } from './memgen-model.ts'
import { finishOf } from './next-token.ts'
import { resolveRun, type ResolvedRun } from './resolved-run.ts'
import { RolePasses } from './role-passes.ts'
import { restoreRow } from './restored-row.ts'
import { RolloutCaches } from './rollout-caches.ts'
import { RolloutRow } from './rollout-row.ts'
import { changesUpTo, RowPlan } from './row-plan.ts'
import type { RowRequest } from './row-request.ts'
import { NonFiniteLogitsError } from './sampling/non-finite-logits-error.ts'
import { describePending, fullRecorder, type StepResult } from './step-record.ts'
import type { PendingStep, StepRecorder } from './step-recorder.ts'
import { VanillaTwin } from './vanilla-twin.ts'
import type { WovenLatents } from './weaver.ts'

type Phase = 'decide' | 'weave' | 'decode'

/** @typeParam Result what the recorder makes of a step */
export class Rollout<Result = StepResult> {
  readonly #rows: RolloutRow[]
  readonly #model: MemGenModel
  readonly #run: ResolvedRun
  readonly #caches: RolloutCaches
  readonly #passes: RolePasses
  readonly #recorder: StepRecorder<Result>
  #twin: VanillaTwin | null = null
  #phase: Phase = 'decide'
  #pending: PendingStep[] = []
  #elapsedMs = { decide: 0, weave: 0 }

  private constructor(model: MemGenModel, run: ResolvedRun, recorder: StepRecorder<Result>, rows: RolloutRow[], caches: RolloutCaches) {
    this.#model = model
    this.#run = run
    this.#recorder = recorder
    this.#rows = rows
    this.#caches = caches
    this.#passes = new RolePasses(model, caches, rows)
  }

  /** Rows in one batch, independent of each other, with everything recorded. Throws PromptRejectedError. */
  static open(model: MemGenModel, config: RunConfig, requests: readonly RowRequest[]): Rollout {
    return Rollout.openWith(fullRecorder, model, config, requests)
  }

  /** The same with another record of each step. Throws PromptRejectedError. */
  static openWith<Result>(recorder: StepRecorder<Result>, model: MemGenModel, config: RunConfig, requests: readonly RowRequest[]): Rollout<Result> {
    const run = resolveRun(model, config)
    const rows = requests.map((request) => openRow(model, run, request))
    return new Rollout(model, run, recorder, rows, RolloutCaches.open(model, rows.length))
  }

  /** A row that stands where a recorded one stood, with empty caches. Throws PromptRejectedError. */
  static restore(model: MemGenModel, config: RunConfig, request: Omit<RowRequest, 'promptIds'>, record: GenerationRecord): Rollout {
    const run = resolveRun(model, config)
    const row = restoreRow(model, openRow(model, run, { ...request, promptIds: record.promptIds }), record)
    return new Rollout(model, run, fullRecorder, [row], RolloutCaches.open(model, 1))
  }

  get rows(): readonly RolloutRow[] {
    return this.#rows
  }

  /** Whether every row has finished. */
  get isFinished(): boolean {
    return this.#rows.every(({ finish }) => finish !== null)
  }

  get phase(): Phase {
    return this.#phase
  }

  /** Finishes the step under way, or takes a whole one, for all rows that go on. */
  async step(): Promise<Result[]> {
    if (this.#phase === 'decide') await this.decide()
    if (this.#phase === 'weave') await this.weave()
    return this.decode()
  }

  /** First phase: asks gate, policy and trigger. */
  async decide(): Promise<void> {
    this.#expect('decide')
    const started = performance.now()
    const { wantsGate } = this.#recorder
    this.#pending = await decideRows(this.#rows, { passes: this.#passes, caches: this.#caches, wantsGate })
    this.#elapsedMs.decide = performance.now() - started
    this.#phase = 'weave'
  }

  /** Second phase: weaves for the rows that insert and appends the latents to their contexts. */
  async weave(): Promise<void> {
    this.#expect('weave')
    const started = performance.now()
    this.#endFullRows()
    const inserting = this.#pending.filter(({ verdict }) => verdict.isInserted)
    if (inserting.length > 0) {
      const woven = await this.#passes.weave(inserting.map(({ row }) => row))
      for (const [index, pending] of inserting.entries()) {
        const latents = woven[index]
        if (latents === undefined) throw new Error(`internal: nothing was woven for row ${pending.row}`)
        await this.#insert(pending, latents)
      }
      this.#dropFinished()
    }
    this.#elapsedMs.weave = performance.now() - started
    this.#phase = 'decode'
  }

  /** Third phase: one reasoner run over what is new in each context, then a token each. */
  async decode(): Promise<Result[]> {
    this.#expect('decode')
    const started = performance.now()
    const outputs = await this.#passes.read(this.#pending.map(({ row }) => row))
    const elapsedMs = { ...this.#elapsedMs, decode: performance.now() - started }
    const ofTwin = await this.#twin?.read(this.#pending.map(({ row }) => row))
    const results: Result[] = []
    for (const [index, pending] of this.#pending.entries()) {
      const { logits, logitBlocks } = outputs[index] ?? {}
      if (logits === undefined || logitBlocks === undefined) throw new Error(`internal: the reasoner returned no logits for row ${pending.row}`)
      try {
        const end = { model: this.#model, row: this.#row(pending.row), pending, logits, logitBlocks, twinLogits: ofTwin?.[index] ?? null, elapsedMs }
        results.push(await this.#recorder.record(end))
      } catch (error) {
        if (!(error instanceof NonFiniteLogitsError)) throw error
        this.#row(pending.row).fail(error.message)
      }
    }
    this.#pending = []
    this.#phase = 'decide'
    return results
  }

  /** Takes a row back to before step `stepIndex`; stepping again repeats what was drawn. A step under way is forgotten. */
  rewind(rowIndex: number, stepIndex: number): void {
    const row = this.#row(rowIndex)
    this.#abandonStep()
    if (stepIndex < row.stepIndex || row.hasBegunStep) this.#rewindRow(rowIndex, stepIndex)
    else if (stepIndex > row.stepIndex) throw new RangeError(`internal: row ${row.request.id} has not taken step ${stepIndex}`)
  }

  /**
   * A rollout of its own that starts as `rowIndex` was before step `stepIndex`, with the changes made until then and maybe one more;
   * this one goes on untouched. Throws PromptRejectedError.
   */
  fork(rowIndex: number, stepIndex: number, id: string, change: ResolvedChange | null = null): Rollout<Result> {
    const parent = this.#row(rowIndex)
    const made = parent.request.changes ?? []
    const changes = change === null ? changesUpTo(made, stepIndex) : changesOfFork(made, change)
    const request = { ...parent.request, id, changes }
    const { row, caches } = parent.fork(stepIndex, request, RowPlan.create(this.#model, this.#run, request), this.#caches.lengths(rowIndex))
    row.finish = finishOf(this.#model, row)
    const fork = new Rollout(this.#model, this.#run, this.#recorder, [row], this.#caches.fork(rowIndex, caches))
    fork.#twin = this.#twin?.fork(rowIndex, row) ?? null
    return fork
  }

  /** Starts another sequence in the place of a finished one, between steps. Throws PromptRejectedError. */
  replace(rowIndex: number, request: RowRequest): void {
    this.#expect('decide')
    const { finish, request: { id } } = this.#row(rowIndex)
    if (finish === null) throw new Error(`internal: row ${id} has not finished`)
    this.#rows[rowIndex] = openRow(this.#model, this.#run, request)
    this.#caches.clear(rowIndex)
    this.#twin?.rewind(rowIndex)
  }

  /** Lets the vanilla twin run alongside from the next token on, or ends it. */
  setTwin(isEnabled: boolean): void {
    if (isEnabled) this.#twin ??= new VanillaTwin(this.#model.reasoner, this.#rows)
    else this.#disposeTwin()
  }

  /** A row's step under way as it is known so far; null where there is none. */
  async describePending(rowIndex: number): Promise<PendingRecord | null> {
    const pending = this.#pending.find(({ row }) => row === rowIndex)
    if (pending === undefined) return null
    const known = await describePending(this.#model, this.#row(rowIndex), pending)
    return { ...known, phase: this.#phase === 'weave' ? 'decided' : 'woven' }
  }

  dispose(): void {
    this.#caches.dispose()
    this.#disposeTwin()
  }

  /** Appends what was woven for a row, or what an edit makes of it, to the row's context. */
  async #insert(pending: PendingStep, woven: WovenLatents): Promise<void> {
    const row = this.#row(pending.row)
    if (!woven.latents.every(Number.isFinite)) {
      row.fail('the weaver returned latents that are not finite')
      return
    }
    try {
      pending.insertion = await prepareInsertion(this.#model, row, woven)
    } catch (error) {
      if (!(error instanceof InterventionError)) throw error
      row.fail(error.message)
      return
    }
    row.context.appendLatents(pending.insertion.latents)
    this.#model.reasoner.readFrom(this.#caches.reasoner, pending.row, row.context.length)
    if (row.stepIndex > 0) row.augmentationCount++
  }

  /** Ends the rows whose context has no room for the latents they are about to get and a token after them. */
  #endFullRows(): void {
    const positions = contextLength(this.#model.config)
    for (const pending of this.#pending) {
      const row = this.#row(pending.row)
      if (pending.verdict.isInserted && row.context.length + insertionLength(this.#model, row) >= positions) row.finish = 'length'
    }
    this.#dropFinished()
  }

  #dropFinished(): void {
    this.#pending = this.#pending.filter(({ row }) => this.#row(row).finish === null)
  }

  /** Drops what a half-taken step appended. */
  #abandonStep(): void {
    for (const { row } of this.#pending) this.#rewindRow(row, this.#row(row).stepIndex)
    this.#pending = []
    this.#phase = 'decide'
  }

  #rewindRow(index: number, stepIndex: number): void {
    this.#caches.truncate(index, this.#row(index).rewind(stepIndex))
    this.#twin?.rewind(index)
    this.#passes.forget()
  }

  #disposeTwin(): void {
    this.#twin?.dispose()
    this.#twin = null
  }

  #row(index: number): RolloutRow {
    const row = this.#rows[index]
    if (row === undefined) throw new Error(`internal: the rollout has no row ${index}`)
    return row
  }

  #expect(phase: Phase): void {
    if (this.#phase !== phase) throw new Error(`internal: the rollout is in phase ${this.#phase}, not ${phase}`)
  }
}

function openRow(model: MemGenModel, run: ResolvedRun, request: RowRequest): RolloutRow {
  return RolloutRow.open(request, RowPlan.create(model, run, request), { hiddenSize: model.config.hiddenSize, tokenizer: model.tokenizer })
}
