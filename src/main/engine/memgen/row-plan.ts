/**
 * @file What one row does and its batch does not say: its own policy, and the user's changes by step index, checked once. It has no
 * state: a row that is rewound past a change meets it again.
 */
import type { LatentEdit, TraceChange } from '../../../shared/domain/branch.ts'
import type { WeaveKind } from '../../../shared/domain/weave.ts'
import type { ResolvedChange } from '../protocol.ts'
import { decided, type Verdict } from './decision.ts'
import type { ResolvedEdit } from './latent-edits.ts'
import type { MemGenModel } from './memgen-model.ts'
import { checkPrompt, PromptRejectedError, resolveEdit, resolveRun, withPolicy, type ResolvedRun } from './resolved-run.ts'
import type { RowRequest } from './row-request.ts'

/** A change with what its kind needs at every step. */
interface PlannedChange {
  readonly stepIndex: number
  readonly change: TraceChange
  readonly run: ResolvedRun | null
  readonly edit: ResolvedEdit | null
}

export class RowPlan {
  readonly #run: ResolvedRun
  readonly #planned: readonly PlannedChange[]

  private constructor(run: ResolvedRun, planned: readonly PlannedChange[]) {
    this.#run = run
    this.#planned = planned
  }

  /** Throws PromptRejectedError for a request that this model cannot follow: its prompt, its policy, a change, or a donor that lacks. */
  static create(model: MemGenModel, run: ResolvedRun, request: RowRequest): RowPlan {
    checkPrompt(model, request)
    const own = request.policy === undefined ? run : withPolicy(model, run, request.policy)
    const planned = (request.changes ?? []).map((change) => planChange(model, change))
    const edits = [own.edit, ...planned.map(({ edit, run: changed }) => edit ?? changed?.edit ?? null)]
    for (const resolved of edits) if (resolved !== null) requireSources(model, resolved.edit, request)
    return new RowPlan(own, planned)
  }

  /** The config in force at a step: the row's own, or the latest that was changed to. */
  runAt(stepIndex: number): ResolvedRun {
    if (this.#planned.length === 0) return this.#run
    return this.#planned.findLast(({ run, stepIndex: from }) => run !== null && from <= stepIndex)?.run ?? this.#run
  }

  /** A config with another seed takes effect at this step: the row's streams begin anew from that seed. */
  newSeedAt(stepIndex: number): number | null {
    if (this.#planned.length === 0) return null
    const { seed } = this.runAt(stepIndex).config
    return seed === this.runAt(stepIndex - 1).config.seed ? null : seed
  }

  /** What the user makes of a decision: the last word has the latest change of this step. */
  overrule(stepIndex: number, verdict: Verdict): Verdict {
    let overruled = verdict
    for (const { change, edit, stepIndex: at } of this.#planned) {
      if (at !== stepIndex) continue
      if (change.kind === 'decision') overruled = decided(change.decision, 'forced')
      else if (edit !== null && !overruled.isInserted) overruled = decided(1, 'forced')
    }
    return overruled
  }

  /** The token that the user put at a step; null where it is drawn. */
  tokenAt(stepIndex: number): number | null {
    for (let place = this.#planned.length - 1; place >= 0; place -= 1) {
      const { change, stepIndex: from } = this.#planned[place] ?? { change: null, stepIndex: 0 }
      const tokenId = change?.kind === 'tokens' ? change.tokenIds[stepIndex - from] : undefined
      if (tokenId !== undefined) return tokenId
    }
    return null
  }

  /** What is done to the latents inserted at a step; null leaves them as they were woven. */
  editAt(stepIndex: number): ResolvedEdit | null {
    const own = this.#planned.findLast(({ edit, stepIndex: at }) => edit !== null && at === stepIndex)?.edit
    return own ?? this.runAt(stepIndex).edit
  }
}

/** What a fork at `stepIndex` inherits of a row's changes. */
export function changesUpTo(changes: readonly ResolvedChange[], stepIndex: number): ResolvedChange[] {
  return changes.filter((change) => change.stepIndex <= stepIndex)
}

/** Which latents an insertion at a step takes; the prompt's come before the first token. */
export function weaveKindAt(stepIndex: number): WeaveKind {
  return stepIndex === 0 ? 'prompt' : 'inference'
}

function planChange(model: MemGenModel, { stepIndex, change, latents }: ResolvedChange): PlannedChange {
  const planned = { stepIndex, change, run: null, edit: null }
  switch (change.kind) {
    case 'none':
      return planned
    case 'decision':
      requireMemory(model)
      return planned
    case 'tokens': {
      const { vocabSize } = model.config
      const foreign = change.tokenIds.find((id) => id >= vocabSize)
      if (foreign !== undefined) throw new PromptRejectedError(`Token ${foreign} is outside the model's vocabulary of ${vocabSize}.`)
      return planned
    }
    case 'latents':
      return { ...planned, edit: resolveEdit(model, change.edit, { latents, count: blockSize(model, stepIndex) }) }
    case 'config':
      return { ...planned, run: resolveRun(model, change.config) }
    default:
      throw new Error(`internal: no such change ${JSON.stringify(change satisfies never)}`)
  }
}

/** Throws PromptRejectedError where the edit looks at something that the request does not have. */
function requireSources({ config: { hiddenSize } }: MemGenModel, edit: LatentEdit, { donor, centroids }: RowRequest): void {
  if (edit.kind === 'other' && donor === undefined) {
    throw new PromptRejectedError('The intervention other needs the latents of another sample, which only an evaluation and traces of its results are given.')
  }
  if (edit.kind !== 'drop-cluster') return
  if (centroids === undefined) throw new PromptRejectedError(`The intervention drop-cluster needs the centroids of the cluster set ${edit.clusterSetId}, and none were given.`)
  if (centroids.columns !== hiddenSize) {
    throw new PromptRejectedError(`The cluster set ${edit.clusterSetId} has centroids of ${centroids.columns} numbers; this model's latents have ${hiddenSize}.`)
  }
  if (edit.cluster >= centroids.rows) {
    throw new PromptRejectedError(`The cluster set ${edit.clusterSetId} has no cluster ${edit.cluster}: it has ${centroids.rows}, counted from 0.`)
  }
}

/** Latents that the weaver gives at a step. */
function blockSize(model: MemGenModel, stepIndex: number): number {
  const { promptLatentsLen, inferenceLatentsLen } = requireMemory(model)
  return weaveKindAt(stepIndex) === 'prompt' ? promptLatentsLen : inferenceLatentsLen
}

function requireMemory({ memory }: MemGenModel) {
  if (memory === undefined) throw new PromptRejectedError('This is a base model alone: it has no memory to insert or to decline.')
  return memory.checkpoint
}
