/**
 * @file The door of the engine: every message host and engine exchange. Typed arrays survive (structured clone on
 * both transports). It does not know how either side carries or answers them.
 */
import type { BlockEffect, BlockSimilarity, GateFinding, LatentAttention, LogitLens } from '../../shared/domain/analysis.ts'
import type { AppliedChange } from '../../shared/domain/branch.ts'
import type { LatentRecord } from '../../shared/domain/compact-record.ts'
import type { Completion } from '../../shared/domain/completion.ts'
import type { DeviceSpeed } from '../../shared/domain/calibration.ts'
import type { DonorLatents, DonorPositions } from '../../shared/domain/donor.ts'
import type { CheckpointHealth, MemoryEstimate } from '../../shared/domain/health.ts'
import type { ModelId, TraceId } from '../../shared/domain/identifiers.ts'
import type { MemoryPolicy } from '../../shared/domain/memory-policy.ts'
import type { Device, LoadedModel, ModelLocation, Placement } from '../../shared/domain/model.ts'
import type { Profile } from '../../shared/domain/profile.ts'
import type { RunConfig } from '../../shared/domain/run-config.ts'
import type { PendingStep } from '../../shared/domain/session.ts'
import type { Step, TwinStep } from '../../shared/domain/step.ts'
import type { Finish, Prompt, PromptToken } from '../../shared/domain/trace.ts'
import type { TrainingConfig } from '../../shared/domain/training.ts'
import type { ForeseenTraining, TrainingEvent } from '../../shared/domain/training-event.ts'
import type { Matrix, NearestEntry, Weave } from '../../shared/domain/weave.ts'

/** Each request's arguments and what it resolves to. A rollout carries the id of the trace it writes. */
export interface EngineCalls {
  inspect: { request: { location: ModelLocation; sha256: boolean }; response: CheckpointHealth }
  /** Loads unless it stands there already. Fails with MEMORY_INSUFFICIENT before anything is loaded, or DEVICE_UNAVAILABLE. */
  load: { request: LoadRequest & { modelId: ModelId }; response: LoadedModel }
  /** What loading would take at each of the placements. */
  estimateMemory: { request: { location: ModelLocation; placements: Placement[] }; response: { estimates: MemoryEstimate[]; availableBytes: number } }
  /** Names the shape that speeds are remembered by (shared/domain/calibration.ts). */
  modelShape: { request: { location: ModelLocation }; response: string }
  /** Measures one device within seconds; for an engine process of its own, since a driver may take it along. */
  calibrate: { request: LoadRequest; response: DeviceSpeed }
  /** Devices that this build of ONNX Runtime knows on this system; whether one works is seen when it is used. */
  listDevices: { request: null; response: Device[] }
  /** Generates twice, plainly and with profiling on; for an engine process of its own. */
  profile: { request: LoadRequest & { prompt: Prompt; config: RunConfig }; response: Omit<Profile, 'modelName' | 'fallback' | 'createdAt'> }
  unload: { request: { modelId: ModelId }; response: null }
  open: {
    request: {
      rolloutId: TraceId
      modelId: ModelId
      prompt: Prompt
      config: RunConfig
      sampleId: string
      repeat: number
      /** Made on the way, as a replay of a changed trace needs them. @default none */
      changes?: ResolvedChange[]
      /** [clusters, hidden]: the centroids that an intervention `drop-cluster` speaks of; forks inherit them. @default none */
      centroids?: Matrix
      /** What the intervention `other` injects; forks inherit it. @default none */
      donor?: DonorLatents
    }
    response: { renderedPrompt: string; promptTokens: PromptToken[] }
  }
  /** A rollout that stands where a recorded one stood after its last recorded step. It reads its context anew at its first step. */
  restore: {
    request: { rolloutId: TraceId; modelId: ModelId; config: RunConfig; sampleId: string; repeat: number; changes: ResolvedChange[]; centroids?: Matrix; donor?: DonorLatents; record: GenerationRecord }
    response: null
  }
  /** A rollout of its own that starts as a live one was before `stepIndex`, with a change from there on. */
  fork: { request: { rolloutId: TraceId; forkId: TraceId; stepIndex: number; change: ResolvedChange }; response: null }
  /** The next phase of a step; after its last phase the step arrives as a message, as from `steps`, and `pending` is null. */
  phase: { request: { rolloutId: TraceId }; response: { finish: Finish | null; pending: PendingStep | null } }
  /** Whether the vanilla twin runs alongside, from the next step on. */
  setTwin: { request: { rolloutId: TraceId; isEnabled: boolean }; response: null }
  /**
   * Steps until there are `count`, or the rollout has finished, or the host halts or cancels the call, or another call waits; one at least, unless it had
   * finished before. They arrive as messages before the answer, those of a moment together.
   */
  steps: { request: { rolloutId: TraceId; count: number }; response: { finish: Finish | null } }
  close: { request: { rolloutId: TraceId }; response: null }
  preview: { request: { modelId: ModelId; prompt: Prompt }; response: { renderedPrompt: string; promptTokens: PromptToken[] } }
  /** A text as a continuation, without special tokens. */
  tokenize: { request: { modelId: ModelId; text: string }; response: { tokenId: number; text: string }[] }
  /** What can be computed about a record; each reads the whole context anew. */
  attention: { request: BlockQuestion & { maxSteps: number }; response: LatentAttention }
  attentionLane: { request: RecordQuestion; response: Float32Array }
  logitLens: { request: BlockQuestion & { topK: number }; response: LogitLens }
  blockEffect: { request: BlockQuestion & { topK: number }; response: BlockEffect }
  blockSimilarity: { request: BlockQuestion; response: BlockSimilarity }
  /** The twin of every recorded step; the draws are repeated from the recorded generator states. */
  twin: { request: RecordQuestion & { config: RunConfig; changes: ResolvedChange[] }; response: TwinStep[] }
  /** Findings of one trace; `promptIds` come before `tokenIds`. */
  auditGates: { request: { modelId: ModelId; promptIds: number[]; tokenIds: number[] }; response: GateFinding[] }
  /** Many generations at once; each arrives as a message of its own as soon as it has finished, in no order. */
  complete: {
    request: {
      modelId: ModelId
      config: RunConfig
      samples: CompletionSample[]
      /** Whose latents the intervention `other` injects: generated from first, without it, and not again while calls ask for the same; records name the positions here. @default none */
      donors?: CompletionSample[]
      /** What it injects into every sample, in place of `donors`. @default none */
      donor?: DonorLatents
      /** Rows computed at a time. */
      batchSize: number
      /** Each completion then carries its compact record, with these latents. @default no record */
      record?: LatentRecord
      /** [clusters, hidden]: the centroids that the intervention `drop-cluster` speaks of. */
      centroids?: Matrix
    }
    response: null
  }
  /** What a completion was given of `donors`, as its record says: woven again, each alone. Fails with PROMPT_REJECTED where one weaves fewer times now. */
  weaveDonors: { request: { modelId: ModelId; config: RunConfig; donors: CompletionSample[]; positions: DonorPositions }; response: DonorLatents }
  /** For each row of `vectors` [n, hidden] its nearest rows of the reasoner's embedding table by cosine. */
  nearestEntries: { request: { modelId: ModelId; vectors: Matrix; topK: number }; response: NearestEntry[][] }
  /** The mean embedding of each list of tokens, [lists, hidden]; an empty list gives NaN. */
  embeddingMeans: { request: { modelId: ModelId; tokenIds: Int32Array[] }; response: Matrix }
  /** Of a text with more than `maxTokens` tokens the first and "...", `maxTokens` in all, as text again; another as it is (docs/REFERENCE.md 11, observations). */
  truncate: { request: { modelId: ModelId; text: string; maxTokens: number }; response: { text: string; isTruncated: boolean } }
  /** A whole training run, from the state in its output directory where there is one; what it tells arrives as messages. */
  train: { request: { config: TrainingConfig }; response: null }
  /** Removes the state that a run which is recorded as finished would go on from. */
  forgetTraining: { request: { config: TrainingConfig }; response: null }
  /** What a run with this config would train, without starting it. */
  describeTraining: { request: { config: TrainingConfig }; response: ForeseenTraining }
}
export type EngineCallName = keyof EngineCalls

export interface LoadRequest extends Placement {
  readonly location: ModelLocation
  /** The folder of quantised and packed weights that were written once; null where none may be written or looked for. */
  readonly weightsDir: string | null
}

/** What determines the rest of a generation: everything read so far, and where its generators stood. */
export interface GenerationRecord {
  readonly promptIds: readonly number[]
  readonly steps: readonly Pick<Step, 'tokenId' | 'candidate' | 'augmentationCount' | 'randomState'>[]
  /** Latents as they were injected, in order of steps. */
  readonly insertions: readonly { readonly stepIndex: number; readonly latents: Matrix }[]
}

/** A change with what it refers to: the other block's latents [K, hidden] where it is a swap. */
export interface ResolvedChange extends AppliedChange {
  readonly latents: Matrix | null
}

export interface RecordQuestion {
  readonly modelId: ModelId
  readonly record: GenerationRecord
}

/** About the block inserted before the token of `stepIndex`. */
export interface BlockQuestion extends RecordQuestion {
  readonly stepIndex: number
}

export interface CompletionSample {
  readonly prompt: Prompt
  /** With the run's seed and `repeat` it determines every draw. */
  readonly sampleId: string
  readonly repeat: number
  /** The sample whose draws it makes, so that one question under several policies can be told apart. @default sampleId */
  readonly drawsAs?: string
  /** In place of the config's. @default the config's */
  readonly policy?: MemoryPolicy
}

/** A failure as plain data; `code` is the declared RPC code it becomes, null for a bug of ours. */
export type EngineFailure =
  | { code: 'CHECKPOINT_INVALID'; message: string; path: string; tensorName: string | null; field: string | null }
  | { code: 'PROMPT_REJECTED'; message: string; promptLength: number | null; limit: number | null }
  | { code: 'DEVICE_UNAVAILABLE'; message: string; device: Device; reason: string }
  | { code: 'MEMORY_INSUFFICIENT'; message: string; device: Device; neededBytes: number; availableBytes: number }
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

export interface ComputedStep {
  readonly rolloutId: TraceId
  readonly step: Step
  readonly weave: Weave | null
}

export type EngineMessage =
  | { kind: 'ready'; pid: number }
  | { kind: 'response'; callId: number; result: EngineCalls[EngineCallName]['response'] }
  | { kind: 'failure'; callId: number; failure: EngineFailure }
  | { kind: 'progress'; callId: number; stage: string; fraction: number }
  | { kind: 'steps'; steps: ComputedStep[] }
  | { kind: 'completion'; callId: number; completion: Completion }
  | { kind: 'training'; callId: number; event: TrainingEvent }
