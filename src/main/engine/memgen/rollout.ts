/**
 * @file MemGen generation as a machine that is stepped, rewound and forked: decide, weave, decode (docs/REFERENCE.md 2).
 * It knows neither the log nor who presses the button.
 *
 * Differences from the reference: caches are kept at insertions instead of recomputed; a row ends at its own EOS, where
 * the reference lets it run on while others in the batch do not end; a row whose context has no
 * room left for latents and a token ends there; after the last allowed insertion the requested sampling stays in force,
 * unless `referenceTail` asks for the reference's.
 */
import type { RunConfig } from '../../../shared/domain/run-config.ts'
import { contextLength } from '../checkpoint/index.ts'
import type { DelimiterGate, GateVerdict } from '../tokenization/delimiter-gate.ts'
import { chooseDecision, CONSTANT_TRIGGER_LOGITS, decided, dependsOnGate, rule, type Verdict } from './decision.ts'
import { prepareInsertion } from './insertion.ts'
import { InterventionError } from './interventions.ts'
import type { MemGenModel } from './memgen-model.ts'
import { checkRequest, resolveRun, type ResolvedRun } from './resolved-run.ts'
import { RolePasses } from './role-passes.ts'
import { RolloutCaches } from './rollout-caches.ts'
import { RolloutRow, type RowRequest } from './rollout-row.ts'
import { NonFiniteLogitsError } from './sampling/non-finite-logits-error.ts'
import { fullRecorder, type StepResult } from './step-record.ts'
import type { PendingStep, StepRecorder } from './step-recorder.ts'
import type { TriggerLogits } from './trigger.ts'
import type { WovenLatents } from './weaver.ts'

type Phase = 'decide' | 'weave' | 'decode'

/** @typeParam Result what the recorder makes of a step */
export class Rollout<Result = StepResult> {
  readonly #rows: RolloutRow[]
  readonly #model: MemGenModel
  readonly #run: ResolvedRun
  readonly #gate: DelimiterGate
  readonly #caches: RolloutCaches
  readonly #passes: RolePasses
  readonly #recorder: StepRecorder<Result>
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
    this.#gate = model.gate(run.config.gate)
  }

  /** Rows in one batch, independent of each other, with everything recorded. Throws PromptRejectedError. */
  static open(model: MemGenModel, config: RunConfig, requests: readonly RowRequest[]): Rollout {
    return Rollout.openWith(fullRecorder, model, config, requests)
  }

  /** The same with another record of each step. Throws PromptRejectedError. */
  static openWith<Result>(recorder: StepRecorder<Result>, model: MemGenModel, config: RunConfig, requests: readonly RowRequest[]): Rollout<Result> {
    const run = resolveRun(model, config)
    const rows = requests.map((request) => openRow(model, config, request))
    return new Rollout(model, run, recorder, rows, RolloutCaches.open(model, rows.length))
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
    const positions = [...this.#rows.entries()].flatMap(([index, row]) => (row.finish === null ? [this.#lookAt(index, row)] : []))
    const asked = positions.filter(({ ruling }) => ruling.kind === 'ask').map(({ row }) => row)
    const answers = await this.#askTrigger(asked)
    this.#pending = positions.flatMap(({ row, mark, gate, ruling }) => {
      if (ruling.kind === 'decided') return [{ row, mark, gate, verdict: ruling, triggerLogits: null, insertion: null }]
      const logits = answers.get(row)
      if (logits?.every(Number.isFinite) === false) {
        this.#fail(row, `the trigger's logits are ${logits.join(' and ')}`)
        return []
      }
      return [{ row, mark, gate, insertion: null, ...this.#answer(row, logits) }]
    })
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
    const results: Result[] = []
    for (const [index, pending] of this.#pending.entries()) {
      const { logits, logitBlocks } = outputs[index] ?? {}
      if (logits === undefined || logitBlocks === undefined) throw new Error(`internal: the reasoner returned no logits for row ${pending.row}`)
      try {
        results.push(await this.#recorder.record({ model: this.#model, run: this.#run, row: this.#row(pending.row), pending, logits, logitBlocks, elapsedMs }))
      } catch (error) {
        if (!(error instanceof NonFiniteLogitsError)) throw error
        this.#fail(pending.row, error.message)
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

  /** A rollout of its own that starts as `rowIndex` was before step `stepIndex`; this one goes on untouched. */
  fork(rowIndex: number, stepIndex: number, id: string, config: RunConfig = this.#run.config): Rollout<Result> {
    const { row, caches } = this.#row(rowIndex).fork(stepIndex, id, this.#caches.lengths(rowIndex))
    const run = resolveRun(this.#model, config)
    checkRequest(this.#model, config, row.request)
    return new Rollout(this.#model, run, this.#recorder, [row], this.#caches.fork(rowIndex, caches))
  }

  /** Starts another sequence in the place of a finished one, between steps. Throws PromptRejectedError. */
  replace(rowIndex: number, request: RowRequest): void {
    this.#expect('decide')
    const { finish, request: { id } } = this.#row(rowIndex)
    if (finish === null) throw new Error(`internal: row ${id} has not finished`)
    this.#rows[rowIndex] = openRow(this.#model, this.#run.config, request)
    this.#caches.clear(rowIndex)
  }

  dispose(): void {
    this.#caches.dispose()
  }

  /** What gate and policy say of a row's next step. */
  #lookAt(index: number, row: RolloutRow) {
    const { config, maxInferenceAugNum, variant } = this.#run
    const { stepIndex, augmentationCount } = row
    const mark = row.mark(this.#caches.lengths(index))
    const place = { stepIndex, augmentationCount, maxInferenceAugNum, variant }
    const gate = this.#recorder.wantsGate || dependsOnGate(config.policy, place) ? this.#judge(row) : null
    const isCandidate = gate?.candidate ?? false
    if (isCandidate && stepIndex > 0) row.candidateCount++
    const position = { ...place, isCandidate, candidateOrdinal: row.candidateCount }
    return { row: index, mark, gate, ruling: rule(config.policy, position, row.streams.policy) }
  }

  /** Step 0 is asked about whatever the text (docs/REFERENCE.md 2.1). */
  #judge(row: RolloutRow): GateVerdict {
    if (row.stepIndex > 0) return this.#gate(row.ids)
    return { candidate: true, reason: 'the end of the prompt' }
  }

  /** Logits by row; empty where the trigger is a constant. */
  async #askTrigger(rows: readonly number[]): Promise<ReadonlyMap<number, TriggerLogits>> {
    if (!this.#run.triggerActive || rows.length === 0) return new Map()
    const logits = await this.#passes.askTrigger(rows)
    return new Map(rows.map((row, index) => {
      const answer = logits[index]
      if (answer === undefined) throw new Error(`internal: the trigger gave no answer for row ${row}`)
      return [row, answer]
    }))
  }

  /** @param logits undefined where the constant answers */
  #answer(rowIndex: number, logits: TriggerLogits | undefined): { verdict: Verdict; triggerLogits: TriggerLogits | null } {
    const { triggerDoSample, sampling } = this.#run.config
    const choice = { doSample: triggerDoSample, temperature: sampling.temperature }
    const decision = chooseDecision(logits ?? CONSTANT_TRIGGER_LOGITS, choice, this.#row(rowIndex).streams.trigger)
    return { verdict: decided(decision, logits === undefined ? 'constant' : 'model'), triggerLogits: logits ?? null }
  }

  /** Appends what was woven for a row, or what the intervention makes of it, to the row's context. */
  async #insert(pending: PendingStep, woven: WovenLatents): Promise<void> {
    const row = this.#row(pending.row)
    if (!woven.latents.every(Number.isFinite)) {
      this.#fail(pending.row, 'the weaver returned latents that are not finite')
      return
    }
    try {
      pending.insertion = await prepareInsertion(this.#model, this.#run, row, woven)
    } catch (error) {
      if (!(error instanceof InterventionError)) throw error
      this.#fail(pending.row, error.message)
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
      const { promptLatentsLen = 0, inferenceLatentsLen = 0 } = this.#model.memory?.checkpoint ?? {}
      const count = row.stepIndex === 0 ? promptLatentsLen : inferenceLatentsLen
      if (pending.verdict.isInserted && row.context.length + count >= positions) row.finish = 'length'
    }
    this.#dropFinished()
  }

  #dropFinished(): void {
    this.#pending = this.#pending.filter(({ row }) => this.#row(row).finish === null)
  }

  /** Ends a row whose numbers went wrong; the others go on. */
  #fail(rowIndex: number, problem: string): void {
    const row = this.#row(rowIndex)
    row.finish = 'error'
    row.error = `step ${row.stepIndex}: ${problem}`
  }

  /** Drops what a half-taken step appended. */
  #abandonStep(): void {
    for (const { row } of this.#pending) this.#rewindRow(row, this.#row(row).stepIndex)
    this.#pending = []
    this.#phase = 'decide'
  }

  #rewindRow(index: number, stepIndex: number): void {
    this.#caches.truncate(index, this.#row(index).rewind(stepIndex))
    this.#passes.forgetPrompts()
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

function openRow(model: MemGenModel, config: RunConfig, request: RowRequest): RolloutRow {
  checkRequest(model, config, request)
  return RolloutRow.open(request, { seed: config.seed, hiddenSize: model.config.hiddenSize, tokenizer: model.tokenizer })
}
