/**
 * @file The door of the engine: every message host and engine exchange. Typed arrays survive (structured clone on
 * both transports). It does not know how either side carries or answers them.
 */
import type { Completion } from '../../shared/domain/completion.ts'
import type { CheckpointHealth } from '../../shared/domain/health.ts'
import type { ModelId, TraceId } from '../../shared/domain/identifiers.ts'
import type { Device, LoadedModel, ModelLocation } from '../../shared/domain/model.ts'
import type { RunConfig } from '../../shared/domain/run-config.ts'
import type { Step } from '../../shared/domain/step.ts'
import type { Finish, Prompt, PromptToken } from '../../shared/domain/trace.ts'
import type { TrainingConfig } from '../../shared/domain/training.ts'
import type { TrainableParameters, TrainingEvent } from '../../shared/domain/training-event.ts'
import type { Weave } from '../../shared/domain/weave.ts'

/** Each request's arguments and what it resolves to. A rollout carries the id of the trace it writes. */
export interface EngineCalls {
  inspect: { request: { location: ModelLocation; sha256: boolean }; response: CheckpointHealth }
  load: { request: { modelId: ModelId; location: ModelLocation; device: Device }; response: LoadedModel }
  unload: { request: { modelId: ModelId }; response: null }
  open: {
    request: { rolloutId: TraceId; modelId: ModelId; prompt: Prompt; config: RunConfig; sampleId: string; repeat: number }
    response: { renderedPrompt: string; promptTokens: PromptToken[] }
  }
  /** One step, which arrives as a message of its own before the answer; none where the rollout has finished. */
  step: { request: { rolloutId: TraceId }; response: { finish: Finish | null } }
  close: { request: { rolloutId: TraceId }; response: null }
  /** Many generations at once; each arrives as a message of its own as soon as it has finished, in no order. */
  complete: {
    request: {
      modelId: ModelId
      config: RunConfig
      samples: CompletionSample[]
      /** Whose latents the intervention `other` injects: generated from first, without it. @default none */
      donors?: CompletionSample[]
      /** Rows computed at a time. */
      batchSize: number
    }
    response: null
  }
  /** A whole training run, from the state in its output directory where there is one; what it tells arrives as messages. */
  train: { request: { config: TrainingConfig }; response: null }
  /** What a run with this config would train, without starting it. */
  describeTraining: { request: { config: TrainingConfig }; response: TrainableParameters }
}
export type EngineCallName = keyof EngineCalls

export interface CompletionSample {
  readonly prompt: Prompt
  /** With the run's seed and `repeat` it determines every draw. */
  readonly sampleId: string
  readonly repeat: number
}

/** A failure as plain data; `code` is the declared RPC code it becomes, null for a bug of ours. */
export type EngineFailure =
  | { code: 'CHECKPOINT_INVALID'; message: string; path: string; tensorName: string | null; field: string | null }
  | { code: 'PROMPT_REJECTED'; message: string; promptLength: number | null; limit: number | null }
  | { code: 'DEVICE_UNAVAILABLE'; message: string; device: Device; reason: string }
  | { code: 'ROLLOUT_FAILED'; message: string }
  | { code: null; message: string; stack: string | null }

export type EngineRequest = { [Name in EngineCallName]: { callId: number; call: Name; arguments: EngineCalls[Name]['request'] } }[EngineCallName]

/** Tells the call of that id to stop as soon as it can. It is heard at once, also while the call runs, and has no answer of its own. */
export interface EngineCancellation {
  readonly callId: number
  readonly call: 'cancel'
}

/** Asks the training call of that id to save its state after the step under way and end; heard at once, like a cancellation. */
export interface EngineHalt {
  readonly callId: number
  readonly call: 'halt'
  readonly reason: HaltReason
}
export type HaltReason = 'pause' | 'stop'

export type EngineMessage =
  | { kind: 'ready'; pid: number }
  | { kind: 'response'; callId: number; result: EngineCalls[EngineCallName]['response'] }
  | { kind: 'failure'; callId: number; failure: EngineFailure }
  | { kind: 'progress'; callId: number; stage: string; fraction: number }
  | { kind: 'step'; rolloutId: TraceId; step: Step; weave: Weave | null }
  | { kind: 'completion'; callId: number; completion: Completion }
  | { kind: 'training'; callId: number; event: TrainingEvent }
