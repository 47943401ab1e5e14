/** @file Steps for tests of what is evaluated over them: one plain step, of which each test says what is different. */
import { stepSchema, type Step } from '../../src/shared/domain/step.ts'

/** Step 0 with token "a" (id 1): no candidate, not asked, no twin, nothing among the likeliest. */
export function judgedStep(changes: Partial<Step> = {}): Step {
  return stepSchema.parse({
    index: 0,
    tokenId: 1,
    text: 'a',
    logprob: -1,
    entropy: 1,
    topK: [],
    candidate: false,
    gateReason: null,
    triggerLogits: null,
    pInvoke: null,
    decision: -100,
    decisionSource: null,
    augmentationCount: 0,
    weaveId: null,
    randomState: { token: [], trigger: [], policy: [] },
    elapsedMs: { decide: 0, weave: 0, decode: 0 },
    ...changes,
  })
}

/** The texts as consecutive steps. */
export function judgedSteps(texts: readonly string[]): Step[] {
  return texts.map((text, index) => judgedStep({ index, text }))
}
