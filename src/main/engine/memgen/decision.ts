/**
 * @file Whether memory is inserted at a position: the policies of docs/DESIGN.md 4.8 and the order of questions of
 * docs/REFERENCE.md 2 and 8. It runs no model.
 */
import type { MemoryPolicy } from '../../../shared/domain/memory-policy.ts'
import type { Decision, DecisionSource } from '../../../shared/domain/step.ts'
import type { MemGenVariant } from '../checkpoint/index.ts'
import type { RandomStream } from './sampling/random-streams.ts'
import type { TriggerLogits } from './trigger.ts'

/** The reference's answer of an inactive trigger to every query (docs/REFERENCE.md 1.8). */
export const CONSTANT_TRIGGER_LOGITS: TriggerLogits = [0, 1]

export interface Position {
  readonly stepIndex: number
  /** What the gate says of the ids so far. Not looked at for step 0. */
  readonly isCandidate: boolean
  /** Which candidate this is, or the latest was: 0 is the end of the prompt. */
  readonly candidateOrdinal: number
  readonly augmentationCount: number
  readonly maxInferenceAugNum: number
  readonly variant: MemGenVariant
}

/** What happens at a position: the trigger has to be asked, or it is decided already. */
export type Ruling = { readonly kind: 'ask' } | Verdict

export interface Verdict {
  readonly kind: 'decided'
  readonly decision: Decision
  readonly source: DecisionSource | null
  readonly isInserted: boolean
}

const notAsked: Verdict = { kind: 'decided', decision: -100, source: null, isInserted: false }

export function decided(decision: 0 | 1, source: DecisionSource): Verdict {
  return { kind: 'decided', decision, source, isInserted: decision === 1 }
}

/** Whether the reference would ask its trigger here: always at step 0, then at candidates below the limit. */
export function isAskable(position: Position): boolean {
  if (position.stepIndex === 0) return position.variant === 'memgen'
  return position.isCandidate && position.augmentationCount < position.maxInferenceAugNum
}

/** Whether the gate's answer matters: the policy looks at candidates, and an insertion there is still allowed. */
export function dependsOnGate(policy: MemoryPolicy, { stepIndex, augmentationCount, maxInferenceAugNum }: Pick<Position, 'stepIndex' | 'augmentationCount' | 'maxInferenceAugNum'>): boolean {
  if (stepIndex === 0) return false
  // Its ordinals count every candidate, and it ignores the limit.
  if (policy.kind === 'candidates') return true
  const looksAtCandidates = policy.kind === 'trigger' || policy.kind === 'always' || policy.kind === 'random'
  return looksAtCandidates && augmentationCount < maxInferenceAugNum
}

/** Applies the policy. `stream` is drawn from by `random` alone, once at each place where the trigger would be asked. */
export function rule(policy: MemoryPolicy, position: Position, stream: RandomStream): Ruling {
  const { stepIndex } = position
  if (policy.kind === 'vanilla') return notAsked
  if (policy.kind === 'schedule') return policy.steps.includes(stepIndex) ? decided(1, 'policy') : notAsked
  if (policy.kind === 'candidates') {
    const isListed = (position.isCandidate || stepIndex === 0) && policy.ordinals.includes(position.candidateOrdinal)
    return isListed ? decided(1, 'policy') : notAsked
  }
  // The earlier version inserts prompt latents unasked and records no decision for them (docs/REFERENCE.md 8.1).
  if (stepIndex === 0 && position.variant === 'latent-memory-model') return { ...notAsked, isInserted: true }
  if (policy.kind === 'prompt-only') return stepIndex === 0 ? decided(1, 'policy') : notAsked
  if (!isAskable(position)) return notAsked
  switch (policy.kind) {
    case 'trigger':
      return { kind: 'ask' }
    case 'always':
      return decided(1, 'policy')
    case 'random':
      return decided(stream.next() < (stepIndex === 0 ? (policy.promptProbability ?? policy.probability) : policy.probability) ? 1 : 0, 'policy')
    default:
      throw new Error(`internal: no such policy ${JSON.stringify(policy satisfies never)}`)
  }
}

/**
 * The trigger's answer: the larger logit, the first of equals as torch.argmax has it; or a draw from
 * softmax(logits / temperature).
 */
export function chooseDecision(logits: TriggerLogits, { doSample, temperature }: { doSample: boolean; temperature: number }, stream: RandomStream): 0 | 1 {
  if (!doSample || temperature === 0) return logits[1] > logits[0] ? 1 : 0
  return stream.next() < invokeProbability([logits[0] / temperature, logits[1] / temperature]) ? 1 : 0
}

/** softmax(logits)[1] */
export function invokeProbability([skip, insert]: TriggerLogits): number {
  return 1 / (1 + Math.exp(skip - insert))
}
