/** @file The weaver as a model in training: its parameters, its passes over rows, samples of it, and how it is saved. Knows no loop. */
import type { TrainingConfig } from '../../../shared/domain/training.ts'
import type { TrainingSample } from '../../../shared/domain/training-event.ts'
import type { Sample } from '../../tasks/index.ts'
import { writeMemGenCheckpoint } from '../checkpoint/index.ts'
import { textGate } from '../tokenization/delimiter-gate.ts'
import type { LossColumns } from './loss-feeds.ts'
import type { LossHead } from './loss-graph.ts'
import { weaverParameters, withParameters } from './memgen-parameters.ts'
import { ParameterSet } from './parameter-set.ts'
import { seededStream } from './seeded-stream.ts'
import type { SupervisedModel, SupervisedRow } from './sft-task.ts'
import type { StepOptions, StepResult } from './step-result.ts'
import { assistantMarks, detectRowMode, supervisedPasses, TrainingRowError, type LabelledRow, type RowMode, type TrainingPass } from './supervised-rows.ts'
import { wovenBases } from './training-bases.ts'
import type { TrainingModel } from './training-model.ts'
import { shownSample, type TrainingRollouts } from './training-rollouts.ts'
import { WeaverStep } from './weaver-step.ts'

export class WeaverModel implements SupervisedModel {
  readonly parameters: ParameterSet
  readonly #model: TrainingModel
  readonly #config: TrainingConfig
  readonly #step: WeaverStep
  readonly #rollouts: TrainingRollouts
  readonly #shown: readonly Sample[]

  private constructor(model: TrainingModel, config: TrainingConfig, step: WeaverStep, rollouts: TrainingRollouts, shown: readonly Sample[]) {
    this.parameters = ParameterSet.from(weaverParameters(model.checkpoint))
    this.#model = model
    this.#config = config
    this.#step = step
    this.#rollouts = rollouts
    this.#shown = shown
  }

  /** @param shown samples whose completions are drawn now and then */
  static async open(model: TrainingModel, config: TrainingConfig, head: LossHead, rollouts: TrainingRollouts, shown: readonly Sample[]): Promise<WeaverModel> {
    const bases = wovenBases(model.plan, model.checkpoint, config.model.weaverLora.loraDropout)
    const step = await WeaverStep.create(bases, { head, temperature: config.grpo?.temperature ?? 1 })
    return new WeaverModel(model, config, step, rollouts, shown)
  }

  run(passes: readonly TrainingPass[], parameters: ParameterSet, columns: LossColumns, options?: StepOptions): Promise<StepResult> {
    return this.#step.run(passes, parameters, columns, options)
  }

  /** Without an insertion at a delimiter, nothing was learnt about those (docs/REFERENCE.md 5.9). */
  hasGradient(passes: readonly TrainingPass[], name: string): boolean {
    return !name.startsWith('weaver.inference_') || passes.some(({ insertions }) => insertions.length > 1)
  }

  async drawSamples(step: number): Promise<readonly TrainingSample[]> {
    const { samples, optimisation, seed } = this.#config
    const rollouts = await this.#rollouts.draw(this.#shown.slice(0, samples.count), {
      checkpoint: this.present(),
      policy: { kind: 'always' },
      maxNewTokens: samples.maxNewTokens,
      doSample: false,
      triggerDoSample: false,
      temperature: 1,
      numGenerations: 1,
      seed,
      batchSize: optimisation.batchSize,
    })
    return rollouts.map((rollout) => shownSample(step, rollout))
  }

  /** The checkpoint with the parameters as they are now. */
  present() {
    return withParameters(this.#model.checkpoint, this.parameters)
  }

  save(directory: string): void {
    writeMemGenCheckpoint(directory, this.present(), { baseConfig: this.#model.baseConfig, baseModelName: this.#model.location.reasonerDir })
  }

  async release(): Promise<void> {
    await this.#step.release()
    await this.#rollouts.release()
  }
}

/** How rows of a run become passes. */
export class WeaverRows {
  readonly #model: TrainingModel
  readonly #config: TrainingConfig
  #mode: RowMode | undefined

  /**
   * @param firstIds decide between instructions and conversations, where the run does not: rollouts differ from attempt to attempt, their prompts do
   *   not. @default the first row that is asked about
   */
  constructor(model: TrainingModel, config: TrainingConfig, firstIds?: readonly number[]) {
    const { format } = config.dataset
    this.#model = model
    this.#config = config
    if (format !== 'auto') this.#mode = this.#trainable(format)
    else if (firstIds !== undefined) this.#mode = this.#detect(firstIds)
  }

  /** Rows that forward() of the reference can train on; the others are left out with the reason of the first. */
  accept(rows: readonly LabelledRow[]): { rows: SupervisedRow[]; rejectedCount: number; firstReason: string | null } {
    const accepted: SupervisedRow[] = []
    let firstReason: string | null = null
    for (const [index, row] of rows.entries()) {
      try {
        const firstPasses = this.passes(row, index, 0)
        // One segment is cut the same way each time, several may be drawn anew.
        accepted.push({ length: row.ids.length, passes: (epoch) => (firstPasses.length === 1 ? firstPasses : this.passes(row, index, epoch)) })
      } catch (error) {
        if (!(error instanceof TrainingRowError)) throw error
        firstReason ??= error.message
      }
    }
    return { rows: accepted, rejectedCount: rows.length - accepted.length, firstReason }
  }

  /** As {@link passes} of a row that was not read but sampled; null where forward() cannot train on it. */
  passesIfTrainable(row: LabelledRow): TrainingPass[] | null {
    try {
      return this.passes(row, 0, 0)
    } catch (error) {
      if (error instanceof TrainingRowError) return null
      throw error
    }
  }

  passes(row: LabelledRow, index: number, epoch: number): TrainingPass[] {
    const { tokenizer, checkpoint } = this.#model
    const marks = assistantMarks(tokenizer)
    // Decided by the first row and kept (docs/REFERENCE.md 5.2).
    this.#mode ??= this.#detect(row.ids)
    return supervisedPasses(row, {
      mode: this.#mode,
      marks,
      gate: textGate(tokenizer, checkpoint.delimiters ?? [',', '.', '\n']),
      maxInferenceAugNum: checkpoint.maxInferenceAugNum,
      maxPromptAugNum: checkpoint.maxPromptAugNum,
      random: seededStream(this.#config.seed, 'segments', epoch, index),
    })
  }

  #detect(ids: readonly number[]): RowMode {
    return this.#trainable(detectRowMode(ids, assistantMarks(this.#model.tokenizer)))
  }

  /** The reference draws no turn of a conversation then, and its loss is NaN. */
  #trainable(mode: RowMode): RowMode {
    if (mode === 'conversation' && this.#model.checkpoint.maxPromptAugNum === 0) throw new Error('model.max_prompt_aug_num: expected at least 1 for conversations, found 0: none of their turns would be learnt')
    return mode
  }
}
