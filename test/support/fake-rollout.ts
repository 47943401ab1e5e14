/** @file A generation whose every step follows from its index and what was changed in it. It does not know who steps it. */
import type { ResolvedChange } from '../../src/main/engine/protocol.ts'
import { configAt } from '../../src/shared/domain/branch.ts'
import type { DonorLatents } from '../../src/shared/domain/donor.ts'
import type { ModelId, WeaveId } from '../../src/shared/domain/identifiers.ts'
import type { RunConfig } from '../../src/shared/domain/run-config.ts'
import type { PendingStep } from '../../src/shared/domain/session.ts'
import type { Step } from '../../src/shared/domain/step.ts'
import type { Finish } from '../../src/shared/domain/trace.ts'
import type { Matrix, Weave } from '../../src/shared/domain/weave.ts'

type Directive = 'eos' | 'fail' | 'exit' | 'hang' | 'silent' | 'lose'

export interface FakeRollout {
  readonly modelId: ModelId
  readonly promptText: string
  /** Whose draws it makes; it shows in every step's entropy. */
  readonly draws: { readonly sampleId: string; readonly repeat: number }
  readonly config: RunConfig
  readonly changes: readonly ResolvedChange[]
  /** What it injects in place of its own blocks, by ordinal. */
  readonly donor: DonorLatents | null
  nextIndex: number
  /** The phase of the next step that is done. */
  phase: PendingStep['phase'] | null
  isTwinRunning: boolean
}

export const FAKE_SIZES = { latents: 2, hiddenSize: 4 } as const
/** Every third position is a candidate; every candidate is woven. */
const CANDIDATE_PERIOD = 3

export function hasDirective({ promptText, nextIndex }: FakeRollout, directive: Directive, index = nextIndex): boolean {
  return promptText.split(' ').includes(`${directive}@${index}`)
}

/** 0 for a generation by hand. */
function drawsNumber({ draws: { sampleId, repeat } }: FakeRollout): number {
  return sampleId === 'interactive' ? 0 : [...sampleId].reduce((sum, character) => sum + (character.codePointAt(0) ?? 0), repeat)
}

export function finishOf(rollout: FakeRollout): Finish | null {
  if (hasDirective(rollout, 'eos')) return 'eos'
  return rollout.nextIndex >= configAt(rollout.config, rollout.changes, rollout.nextIndex).maxNewTokens ? 'length' : null
}

export function fakeStep(rolloutId: string, rollout: FakeRollout): { step: Step; weave: Weave | null } {
  const { nextIndex: index, changes, isTwinRunning } = rollout
  const tokenId = forcedToken(changes, index) ?? index + 10
  const { weave, ...decided } = decide(rolloutId, rollout)
  const text = hasDirective(rollout, 'eos', index + 1) ? '</s>' : ` t${index}`
  const insertions = Array.from({ length: index + 1 }, (_, at) => isInserted(changes, at)).filter(Boolean).length
  const step: Step = {
    index,
    tokenId,
    text,
    logprob: -0.5,
    entropy: 1.25 + drawsNumber(rollout),
    topK: [{ tokenId, text, logprob: -0.5 }],
    ...decided,
    augmentationCount: Math.max(0, insertions - 1),
    weaveId: weave?.id ?? null,
    randomState: { token: [1, index], trigger: [2, index], policy: [3, index] },
    elapsedMs: { decide: 0, weave: 0, decode: 0 },
    twin: isTwinRunning ? { tokenId: index + 10, text: ` t${index}`, logprob: -0.75, kl: 0.25 } : null,
  }
  return { step, weave }
}

export function fakePending(rolloutId: string, rollout: FakeRollout, phase: PendingStep['phase']): PendingStep {
  const { weave, ...decided } = decide(rolloutId, rollout)
  return { phase, stepIndex: rollout.nextIndex, isInserted: decided.decision === 1, weave: phase === 'woven' ? weave : null, ...decided }
}

type Decided = Pick<Step, 'candidate' | 'gateReason' | 'triggerLogits' | 'pInvoke' | 'decision' | 'decisionSource'> & { weave: Weave | null }

function decide(rolloutId: string, { nextIndex: index, changes, donor }: FakeRollout): Decided {
  const candidate = index % CANDIDATE_PERIOD === 0
  const isForced = forcedDecision(changes, index) !== null
  const weave = isInserted(changes, index) ? makeWeave(`${rolloutId}/${index}` as WeaveId, index, changes, donor) : null
  return {
    candidate,
    gateReason: candidate ? 'every third' : null,
    triggerLogits: candidate ? [0, 1] : null,
    pInvoke: candidate && !isForced ? 0.73 : null,
    decision: weave !== null ? 1 : isForced ? 0 : -100,
    decisionSource: isForced ? 'forced' : candidate ? 'model' : null,
    weave,
  }
}

function isInserted(changes: readonly ResolvedChange[], index: number): boolean {
  return (forcedDecision(changes, index) ?? (index % CANDIDATE_PERIOD === 0 ? 1 : 0)) === 1
}

function forcedDecision(changes: readonly ResolvedChange[], index: number): 0 | 1 | null {
  const own = changes.filter(({ stepIndex }) => stepIndex === index).map(({ change }) => change)
  if (own.some(({ kind }) => kind === 'latents')) return 1
  return own.find((change) => change.kind === 'decision')?.decision ?? null
}

function forcedToken(changes: readonly ResolvedChange[], index: number): number | null {
  for (const { stepIndex, change } of changes.toReversed()) {
    const forced = change.kind === 'tokens' ? change.tokenIds[index - stepIndex] : undefined
    if (forced !== undefined) return forced
  }
  return null
}

export function fakeBlock(offset: number, factor = 1): Matrix {
  const { latents: rows, hiddenSize: columns } = FAKE_SIZES
  return { rows, columns, data: Float32Array.from({ length: rows * columns }, (_, i) => (i + offset) * factor) }
}

/** Zeroed, swapped or a donor's where that was asked for; other edits leave the latents as they are. */
function makeWeave(id: WeaveId, stepIndex: number, changes: readonly ResolvedChange[], donor: DonorLatents | null): Weave {
  const kind = stepIndex === 0 ? 'prompt' : 'inference'
  const blocks = donor?.[kind] ?? []
  const edited = changes.find((applied) => applied.stepIndex === stepIndex && applied.change.kind === 'latents')
  const edit = edited?.change.kind === 'latents' ? edited.change.edit : null
  return {
    id,
    stepIndex,
    kind,
    contextLength: 5 + stepIndex,
    latentsBeforeProjection: fakeBlock(0.5),
    latents: edited?.latents ?? blocks[(stepIndex / CANDIDATE_PERIOD - 1) % blocks.length] ?? blocks[0] ?? fakeBlock(stepIndex, edit?.kind === 'zero' ? 0 : 1),
    norms: [1, 2],
    normsBeforeProjection: [3, 4],
    nearest: [[{ tokenId: 1, text: 'a', cosine: 0.5 }], [{ tokenId: 2, text: 'b', cosine: 0.25 }]],
    ...(edit === null ? {} : { intervention: edit }),
  }
}
