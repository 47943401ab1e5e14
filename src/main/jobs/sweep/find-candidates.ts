/** @file One generation without memory, step by step, to learn where its candidates are. It keeps nothing. */
import type { TraceId } from '../../../shared/domain/identifiers.ts'
import type { RunConfig } from '../../../shared/domain/run-config.ts'
import type { Step } from '../../../shared/domain/step.ts'
import type { SweepRequest } from '../../../shared/domain/sweep.ts'
import type { EngineHost } from '../../engine-host/index.ts'
import type { GenerationSources } from '../../sessions/index.ts'

export interface FoundCandidates {
  /** The prompt's end included. */
  readonly candidateCount: number
  /** The end of what each candidate follows: [0] of the prompt, else of what was generated since the candidate before. */
  readonly candidateLabels: string[]
  readonly text: string
  readonly tokenCount: number
  /** Of the steps alone. */
  readonly elapsedMs: number
}

/** Long enough to be found again in the text, short enough for a column's head. */
const LABEL_CHARACTERS = 32

/**
 * @param generation its model is loaded; `rolloutId` is not in use
 * @throws EngineCallError or EngineLostError of the engine, or the signal's reason
 */
export async function findCandidates(
  engine: Pick<EngineHost, 'call' | 'onStep'>,
  { rolloutId, modelId, prompt, config, sources }: { rolloutId: TraceId; sources: GenerationSources } & Pick<SweepRequest, 'modelId' | 'prompt' | 'config'>,
  { signal, onStep }: { signal?: AbortSignal | undefined; onStep?: (stepCount: number) => void } = {},
): Promise<FoundCandidates> {
  const steps: Step[] = []
  const stopListening = engine.onStep((message) => {
    if (message.rolloutId !== rolloutId) return
    steps.push(message.step)
    onStep?.(steps.length)
  })
  // No candidate is inserted at, yet the gate is asked everywhere.
  const withoutMemory: RunConfig = { ...config, policy: { kind: 'candidates', ordinals: [] }, recordTopK: 0, recordNearest: 0 }
  try {
    const { renderedPrompt } = await engine.call('open', { rolloutId, modelId, prompt, config: withoutMemory, ...sources }, { signal })
    try {
      while ((await engine.call('steps', { rolloutId, count: config.maxNewTokens }, { signal })).finish === null);
    } finally {
      // Nobody waits for it: where the engine was lost, the rollout is gone already.
      engine.call('close', { rolloutId }).catch(() => undefined)
    }
    return describeCandidates(renderedPrompt, steps)
  } finally {
    stopListening()
  }
}

/** @param steps of a generation without memory */
export function describeCandidates(renderedPrompt: string, steps: readonly Pick<Step, 'candidate' | 'text' | 'elapsedMs'>[]): FoundCandidates {
  const candidateLabels: string[] = [renderedPrompt.slice(-LABEL_CHARACTERS)]
  let sinceLast = ''
  for (const [index, step] of steps.entries()) {
    if (step.candidate && index > 0) {
      candidateLabels.push(sinceLast.slice(-LABEL_CHARACTERS))
      sinceLast = ''
    }
    sinceLast += step.text
  }
  const elapsedMs = steps.reduce((sum, { elapsedMs: { decide, weave, decode } }) => sum + decide + weave + decode, 0)
  return { candidateCount: candidateLabels.length, candidateLabels, text: steps.map((step) => step.text).join(''), tokenCount: steps.length, elapsedMs }
}
