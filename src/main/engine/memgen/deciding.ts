/**
 * @file The first phase of a step: gate, policy and trigger are asked at every row, then the user's changes have the last word. It
 * weaves nothing and appends nothing.
 */
import type { GateVerdict } from '../tokenization/delimiter-gate.ts'
import { chooseDecision, CONSTANT_TRIGGER_LOGITS, decided, dependsOnGate, rule, type Ruling, type Verdict } from './decision.ts'
import type { ResolvedRun } from './resolved-run.ts'
import type { RolePasses } from './role-passes.ts'
import type { RolloutCaches } from './rollout-caches.ts'
import type { RolloutRow } from './rollout-row.ts'
import { createStreams, streamStates } from './sampling/random-streams.ts'
import type { PendingStep } from './step-recorder.ts'
import type { TriggerLogits } from './trigger.ts'

export interface DecidingOptions {
  readonly passes: RolePasses
  readonly caches: RolloutCaches
  /** Judge every position, also where no policy asks. */
  readonly wantsGate: boolean
}

/** Begins a step of every row that goes on. A row whose trigger gives no finite answer fails and has none. */
export async function decideRows(rows: readonly RolloutRow[], { passes, caches, wantsGate }: DecidingOptions): Promise<PendingStep[]> {
  const begun = [...rows.entries()].flatMap(([index, row]) => (row.finish === null ? [beginStep(index, row, caches, wantsGate)] : []))
  const asking = begun.filter(({ ruling, run }) => ruling.kind === 'ask' && run.triggerActive)
  const answers = asking.length === 0 ? [] : await passes.askTrigger(asking.map(({ index }) => index))
  const logitsOf = new Map(asking.map((step, place) => [step, answers[place]]))
  return begun.flatMap((step) => {
    const triggerLogits = logitsOf.get(step) ?? null
    if (triggerLogits?.every(Number.isFinite) === false) {
      step.row.fail(`the trigger's logits are ${triggerLogits.join(' and ')}`)
      return []
    }
    const { index, row, run, mark, randomStates, gate } = step
    const verdict = row.plan.overrule(row.stepIndex, settle(step, triggerLogits))
    return [{ row: index, run, mark, randomStates, gate, verdict, triggerLogits, insertion: null, weave: null }]
  })
}

/** What gate and policy say of a row's next step. */
function beginStep(index: number, row: RolloutRow, caches: RolloutCaches, wantsGate: boolean) {
  const { stepIndex, augmentationCount, plan } = row
  const run = plan.runAt(stepIndex)
  const mark = row.mark(caches.lengths(index))
  const randomStates = reseed(row) ? streamStates(row.streams) : mark.randomStates
  const { config: { policy }, maxInferenceAugNum, variant } = run
  const place = { stepIndex, augmentationCount, maxInferenceAugNum, variant }
  const gate = wantsGate || dependsOnGate(policy, place) ? judge(row, run) : null
  const isCandidate = gate?.candidate ?? false
  if (isCandidate && stepIndex > 0) row.candidateCount++
  const ruling: Ruling = rule(policy, { ...place, isCandidate, candidateOrdinal: row.candidateCount }, row.streams.policy)
  return { index, row, run, mark, randomStates, gate, ruling }
}

/** Lets the row draw from another seed where the user changed to one. */
function reseed(row: RolloutRow): boolean {
  const seed = row.plan.newSeedAt(row.stepIndex)
  if (seed !== null) row.streams = createStreams({ ...row.request, seed })
  return seed !== null
}

/** Step 0 is asked about whatever the text (docs/REFERENCE.md 2.1). */
function judge({ stepIndex, ids }: RolloutRow, { gate }: ResolvedRun): GateVerdict {
  return stepIndex > 0 ? gate(ids) : { candidate: true, reason: 'the end of the prompt', delimiter: null }
}

/** @param logits null where the constant answers */
function settle({ ruling, run, row }: ReturnType<typeof beginStep>, logits: TriggerLogits | null): Verdict {
  if (ruling.kind === 'decided') return ruling
  return decided(chooseDecision(logits ?? CONSTANT_TRIGGER_LOGITS, triggerChoice(run), row.streams.trigger), logits === null ? 'constant' : 'model')
}

/** How the trigger's decision is taken. */
export function triggerChoice({ config: { triggerDoSample, sampling } }: ResolvedRun): { doSample: boolean; temperature: number } {
  return { doSample: triggerDoSample, temperature: sampling.temperature }
}
