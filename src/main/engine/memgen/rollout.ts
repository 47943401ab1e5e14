/**
 * @file MemGen generation as a machine that is stepped, rewound and forked: decide, weave, decode (docs/REFERENCE.md 2).
 * It knows neither the log nor who presses the button.
 *
 * Differences from the reference: caches are kept at insertions instead of recomputed; a row ends at its own EOS, where
 * the reference lets it run on while others in the batch do not end; after the last allowed insertion the requested
 * sampling stays in force, unless `referenceTail` asks for the reference's.
 */
import type { RunConfig } from '../../../shared/domain/run-config.ts'
import type { Step } from '../../../shared/domain/step.ts'
import type { Weave } from '../../../shared/domain/weave.ts'
import { delimiterTokenIds, textGate, tokenIdGate, type DelimiterGate, type GateVerdict } from '../tokenization/delimiter-gate.ts'
import type { KeyValueCache } from '../runtime/key-value-cache.ts'
import { chooseDecision, CONSTANT_TRIGGER_LOGITS, decided, invokeProbability, rule, type Position, type Verdict } from './decision.ts'
import type { MemGenModel } from './memgen-model.ts'
import { resolveRun, type ResolvedRun } from './resolved-run.ts'
import { RolloutRow, type RowRequest, type StepMark } from './rollout-row.ts'
import { NonFiniteLogitsError } from './sampling/non-finite-logits-error.ts'
import { sampleToken } from './sampling/sample-token.ts'
import type { RandomStates } from './sampling/random-streams.ts'
import { tokenStatistics } from './sampling/token-statistics.ts'
import type { TriggerLogits } from './trigger.ts'
import { describeWeave } from './weave-record.ts'
import type { WovenLatents } from './weaver.ts'

/** One finished step of one row. */
export interface StepResult {
  readonly row: number
  readonly step: Step
  readonly weave: Weave | null
  /** The reasoner's next-token logits, [vocab]. */
  readonly logits: Float32Array
}

/** A step under way: what the phases so far found out. */
interface PendingStep {
  readonly row: number
  readonly mark: StepMark
  readonly gate: GateVerdict
  readonly verdict: Verdict
  readonly triggerLogits: TriggerLogits | null
  weave: Weave | null
}

interface Caches {
  readonly reasoner: KeyValueCache
  readonly weaver: KeyValueCache | undefined
  readonly trigger: KeyValueCache | undefined
}

type Phase = 'decide' | 'weave' | 'decode'

export class Rollout {
  readonly rows: readonly RolloutRow[]
  readonly #model: MemGenModel
  readonly #run: ResolvedRun
  readonly #gate: DelimiterGate
  readonly #caches: Caches
  #phase: Phase = 'decide'
  #pending: PendingStep[] = []
  #elapsedMs = { decide: 0, weave: 0, decode: 0 }

  private constructor(model: MemGenModel, run: ResolvedRun, rows: readonly RolloutRow[], caches: Caches) {
    this.#model = model
    this.#run = run
    this.rows = rows
    this.#caches = caches
    const { tokenizer, delimiters } = model
    this.#gate = run.config.gate === 'text' ? textGate(tokenizer, delimiters) : tokenIdGate(new Set(delimiterTokenIds(tokenizer, delimiters)))
  }

  /** Rows in one batch, independent of each other. Throws PromptRejectedError. */
  static open(model: MemGenModel, config: RunConfig, requests: readonly RowRequest[]): Rollout {
    const run = resolveRun(model, config, requests)
    const rowOptions = { seed: config.seed, hiddenSize: model.config.hiddenSize, tokenizer: model.tokenizer }
    const rows = requests.map((request) => RolloutRow.open(request, rowOptions))
    return new Rollout(model, run, rows, {
      reasoner: model.reasoner.newCache(rows.length),
      weaver: model.memory?.weaver.newCache(rows.length),
      trigger: model.memory?.trigger?.newCache(rows.length),
    })
  }

  /** Whether every row has finished. */
  get isFinished(): boolean {
    return this.rows.every(({ finish }) => finish !== null)
  }

  get phase(): Phase {
    return this.#phase
  }

  /** Finishes the step under way, or takes a whole one, for all rows that go on. */
  async step(): Promise<StepResult[]> {
    if (this.#phase === 'decide') await this.decide()
    if (this.#phase === 'weave') await this.weave()
    return this.decode()
  }

  /** First phase: asks gate, policy and trigger. */
  async decide(): Promise<void> {
    this.#expect('decide')
    const started = performance.now()
    const live = [...this.rows.entries()].filter(([, { finish }]) => finish === null)
    const positions = live.map(([index, row]) => {
      const mark = row.mark(this.#cacheLengths(index))
      const gate = this.#judge(row)
      const ruling = rule(this.#run.config.policy, this.#position(row, gate), row.streams.policy)
      return { row: index, mark, gate, ruling }
    })
    const asked = positions.filter(({ ruling }) => ruling.kind === 'ask').map(({ row }) => row)
    const answers = await this.#askTrigger(asked)
    this.#pending = positions.map(({ row, mark, gate, ruling }) => {
      if (ruling.kind === 'decided') return { row, mark, gate, verdict: ruling, triggerLogits: null, weave: null }
      return { row, mark, gate, weave: null, ...this.#answer(row, answers) }
    })
    this.#elapsedMs.decide = performance.now() - started
    this.#phase = 'weave'
  }

  /** Second phase: weaves for the rows that insert and appends the latents to their contexts. */
  async weave(): Promise<void> {
    this.#expect('weave')
    const started = performance.now()
    const inserting = this.#pending.filter(({ verdict }) => verdict.isInserted)
    if (inserting.length > 0) {
      const woven = await this.#weaveRows(inserting)
      for (const [index, pending] of inserting.entries()) {
        const latents = woven[index]
        if (latents === undefined) throw new Error(`internal: nothing was woven for row ${pending.row}`)
        const row = this.#row(pending.row)
        pending.weave = await describeWeave(this.#model, this.#run, { row, latents, contextLength: row.context.length })
        row.context.appendLatents(latents.latents)
        if (row.stepIndex > 0) row.augmentationCount++
      }
    }
    this.#elapsedMs.weave = performance.now() - started
    this.#phase = 'decode'
  }

  /** Third phase: one reasoner run over what is new in each context, then a token each. */
  async decode(): Promise<StepResult[]> {
    this.#expect('decode')
    const started = performance.now()
    const cache = this.#caches.reasoner
    const inputs = this.#pending.map(({ row }) => {
      const start = cache.length(row)
      const slice = this.#row(row).context.from(start)
      return { row, ...slice, positions: slice.ids.map((_, index) => start + index), wantLogits: true }
    })
    const outputs = await this.#model.reasoner.forward(cache, inputs)
    const results: StepResult[] = []
    for (const [index, pending] of this.#pending.entries()) {
      const logits = outputs[index]?.logits
      if (logits === undefined) throw new Error(`internal: the reasoner returned no logits for row ${pending.row}`)
      const step = this.#chooseToken(pending, logits, started)
      if (step !== undefined) results.push({ row: pending.row, step, weave: pending.weave, logits })
    }
    this.#pending = []
    this.#phase = 'decide'
    return results
  }

  /** Takes a row back to before step `stepIndex`; stepping again repeats what was drawn. A step under way is forgotten. */
  rewind(rowIndex: number, stepIndex: number): void {
    const row = this.#row(rowIndex)
    if (this.#phase !== 'decide') this.#abandonStep()
    if (stepIndex === row.stepIndex) return
    const lengths = row.rewind(stepIndex)
    this.#caches.reasoner.truncate(rowIndex, lengths.reasoner)
    this.#caches.weaver?.truncate(rowIndex, Math.min(lengths.weaver, this.#caches.weaver.length(rowIndex)))
    this.#caches.trigger?.truncate(rowIndex, Math.min(lengths.trigger, this.#caches.trigger.length(rowIndex)))
  }

  /** A rollout of its own that starts as `rowIndex` was before step `stepIndex`; this one goes on untouched. */
  fork(rowIndex: number, stepIndex: number, id: string, config: RunConfig = this.#run.config): Rollout {
    const source = this.#row(rowIndex)
    if (stepIndex === source.stepIndex && this.#phase === 'decide') source.mark(this.#cacheLengths(rowIndex))
    const { row, caches } = source.fork(stepIndex, id)
    return new Rollout(this.#model, resolveRun(this.#model, config, [row.request]), [row], {
      reasoner: this.#caches.reasoner.fork(rowIndex, caches.reasoner),
      weaver: this.#caches.weaver?.fork(rowIndex, caches.weaver),
      trigger: this.#caches.trigger?.fork(rowIndex, caches.trigger),
    })
  }

  dispose(): void {
    this.#caches.reasoner.dispose()
    this.#caches.weaver?.dispose()
    this.#caches.trigger?.dispose()
  }

  /** Step 0 is asked about whatever the text (docs/REFERENCE.md 2.1). */
  #judge(row: RolloutRow): GateVerdict {
    if (row.stepIndex > 0) return this.#gate(row.ids)
    return { candidate: true, reason: 'the end of the prompt' }
  }

  #position(row: RolloutRow, gate: GateVerdict): Position {
    return {
      stepIndex: row.stepIndex,
      isCandidate: gate.candidate,
      augmentationCount: row.augmentationCount,
      maxInferenceAugNum: this.#run.maxInferenceAugNum,
      variant: this.#run.variant,
    }
  }

  /** Logits by row; empty where the trigger is a constant. */
  async #askTrigger(rows: readonly number[]): Promise<ReadonlyMap<number, TriggerLogits>> {
    const trigger = this.#model.memory?.trigger
    const cache = this.#caches.trigger
    if (!this.#run.triggerActive || trigger === undefined || cache === undefined || rows.length === 0) return new Map()
    const logits = await trigger.ask(cache, rows.map((row) => ({ row, ids: this.#row(row).ids })))
    return new Map(rows.map((row, index) => [row, logits[index] ?? CONSTANT_TRIGGER_LOGITS]))
  }

  #answer(rowIndex: number, answers: ReadonlyMap<number, TriggerLogits>): { verdict: Verdict; triggerLogits: TriggerLogits | null } {
    const row = this.#row(rowIndex)
    const { triggerDoSample, sampling } = this.#run.config
    const triggerLogits = answers.get(rowIndex) ?? null
    const choice = { doSample: triggerDoSample, temperature: sampling.temperature }
    const decision = chooseDecision(triggerLogits ?? CONSTANT_TRIGGER_LOGITS, choice, row.streams.trigger)
    return { verdict: decided(decision, triggerLogits === null ? 'constant' : 'model'), triggerLogits }
  }

  async #weaveRows(inserting: readonly PendingStep[]): Promise<WovenLatents[]> {
    const weaver = this.#model.memory?.weaver
    const cache = this.#caches.weaver
    if (weaver === undefined || cache === undefined) throw new Error('internal: an insertion without a weaver')
    return weaver.weave(
      cache,
      inserting.map(({ row }) => ({ row, kind: this.#row(row).stepIndex === 0 ? 'prompt' : 'inference', context: this.#row(row).context })),
    )
  }

  /** Draws the row's token and records the step; undefined when the logits allow none, which finishes the row with an error. */
  #chooseToken(pending: PendingStep, logits: Float32Array, decodeStarted: number): Step | undefined {
    const row = this.#row(pending.row)
    const { config, sampling } = this.#run
    try {
      const tokenId = sampleToken(logits, sampling(row.augmentationCount), row.ids, row.streams.token)
      const statistics = tokenStatistics(logits, tokenId, config.recordTopK)
      const index = row.stepIndex
      const text = row.appendToken(tokenId)
      this.#finishRow(row, tokenId)
      const { triggerLogits, verdict, gate, mark } = pending
      return {
        index,
        tokenId,
        text,
        logprob: statistics.logprob,
        entropy: statistics.entropy,
        topK: config.recordTopK === 0 ? [] : statistics.topK.map((entry) => ({ ...entry, text: this.#model.tokenizer.tokenText(entry.tokenId) })),
        candidate: gate.candidate,
        gateReason: gate.reason,
        triggerLogits: triggerLogits === null ? null : [...triggerLogits],
        pInvoke: triggerLogits === null ? null : invokeProbability(triggerLogits),
        decision: verdict.decision,
        decisionSource: verdict.source,
        augmentationCount: row.augmentationCount,
        weaveId: pending.weave?.id ?? null,
        randomState: recordedStates(mark.randomStates),
        elapsedMs: { ...this.#elapsedMs, decode: performance.now() - decodeStarted },
      }
    } catch (error) {
      if (!(error instanceof NonFiniteLogitsError)) throw error
      row.finish = 'error'
      row.error = `step ${row.stepIndex}: ${error.message}; the weights, an adapter or the latents hold NaN or infinite values`
      return undefined
    }
  }

  #finishRow(row: RolloutRow, tokenId: number): void {
    if (tokenId === this.#model.tokenizer.eosTokenId) row.finish = 'eos'
    else if (row.stepIndex >= this.#run.config.maxNewTokens || row.context.length >= this.#model.config.maxPositionEmbeddings) row.finish = 'length'
  }

  /** Drops what a half-taken step appended. */
  #abandonStep(): void {
    for (const { row: index, mark } of this.#pending) {
      const row = this.#row(index)
      row.rewind(row.stepIndex)
      this.#caches.reasoner.truncate(index, mark.caches.reasoner)
      this.#caches.weaver?.truncate(index, mark.caches.weaver)
      this.#caches.trigger?.truncate(index, mark.caches.trigger)
    }
    this.#pending = []
    this.#phase = 'decide'
  }

  #cacheLengths(row: number): StepMark['caches'] {
    const { reasoner, weaver, trigger } = this.#caches
    return { reasoner: reasoner.length(row), weaver: weaver?.length(row) ?? 0, trigger: trigger?.length(row) ?? 0 }
  }

  #row(index: number): RolloutRow {
    const row = this.rows[index]
    if (row === undefined) throw new Error(`internal: the rollout has no row ${index}`)
    return row
  }

  #expect(phase: Phase): void {
    if (this.#phase !== phase) throw new Error(`internal: the rollout is in phase ${this.#phase}, not ${phase}`)
  }
}

function recordedStates({ token, trigger, policy }: RandomStates): Step['randomState'] {
  return { token: [...token], trigger: [...trigger], policy: [...policy] }
}
