/**
 * @file Starts the engine process, carries calls to it as promises, and starts a new one when it dies. It knows the
 * envelope of messages and which models are loaded, but not what a step is or who listens.
 */
import type { EngineCallName, EngineCalls, EngineFailure, EngineMessage, EngineRequest, HaltReason } from '../engine/protocol.ts'
import type { Completion } from '../../shared/domain/completion.ts'
import type { EngineStatus } from '../../shared/domain/engine-status.ts'
import type { ModelId } from '../../shared/domain/identifiers.ts'
import type { DeviceFallback, LoadedModel } from '../../shared/domain/model.ts'
import type { TrainingEvent } from '../../shared/domain/training-event.ts'
import type { EngineExit, EngineProcess, StartEngine } from './engine-process.ts'
import { EngineCallError, EngineDisposedError, EngineLostError, describeExit } from './errors.ts'

export type EngineStepMessage = Extract<EngineMessage, { kind: 'step' }>
export type EngineLoadRequest = EngineCalls['load']['request']

export interface LoadOptions extends CallOptions {
  /** Why another device than the one asked for is loaded on; the loaded model tells it. @default null */
  fallback?: DeviceFallback | null
}

/** A model that an engine process held when it ended. */
export interface StandingModel {
  readonly modelId: ModelId
  readonly device: LoadedModel['device']
}
type LossListener = (error: EngineLostError, stood: readonly StandingModel[]) => void
type DeviceLossListener = (reason: string, stood: readonly StandingModel[]) => void

export interface CallOptions {
  /** Stops waiting at once, and tells the engine to stop; it can between two runs of ONNX Runtime, which knows no cancellation. */
  signal?: AbortSignal
  onProgress?: (stage: string, fraction: number) => void
  /** For the call `complete`. */
  onCompletion?: (completion: Completion) => void
  /** For the call `train`: in order, and none after the call has settled. */
  onTrainingEvent?: (event: TrainingEvent) => void
  /** For the call `train`: aborts with a HaltReason to let it save its state and end. The call goes on until it has. */
  halt?: AbortSignal
}

export interface EngineHostOptions {
  /**
   * Pauses before the first, second, ... start after a death in which no call was answered; when the list is used up
   * the host gives up until the next call.
   * @default [0, 250, 1000, 4000]
   */
  restartDelaysMs?: readonly number[]
  /** How long `dispose` lets running calls finish. @default 10_000 */
  disposeLimitMs?: number
}

interface PendingCall {
  request: EngineRequest
  resolve(result: EngineMessageResult): void
  reject(error: Error): void
  options: CallOptions
  /** Whether the process has it. */
  isSent: boolean
}
type EngineMessageResult = EngineCalls[EngineCallName]['response']

const DEFAULT_RESTART_DELAYS_MS = [0, 250, 1000, 4000]
const DEFAULT_DISPOSE_LIMIT_MS = 10_000

export class EngineHost {
  readonly #start: StartEngine
  readonly #restartDelaysMs: readonly number[]
  readonly #disposeLimitMs: number
  readonly #pending = new Map<number, PendingCall>()
  /** By model: what was asked for, and what came of it. */
  readonly #loads = new Map<ModelId, { placement: string; loading: Promise<LoadedModel> }>()
  readonly #loadedModels = new Map<ModelId, LoadedModel>()
  /** Outlives the engine: how each model was loaded last. */
  readonly #lastLoaded = new Map<ModelId, LoadedModel>()
  readonly #statusListeners = new Set<(status: EngineStatus) => void>()
  readonly #stepListeners = new Set<(message: EngineStepMessage) => void>()
  readonly #lossListeners = new Set<LossListener>()
  readonly #deviceLossListeners = new Set<DeviceLossListener>()
  #process: EngineProcess | null = null
  #restartTimer: NodeJS.Timeout | null = null
  #pid: number | null = null
  #status: EngineStatus = { kind: 'starting' }
  #deathsWithoutAnswer = 0
  #nextCallId = 1
  #disposing: Promise<void> | null = null
  /** The process answers what it has and ends; another gets the calls that are made meanwhile. */
  #isReplacing = false
  #onAnswered: (() => void) | null = null
  #onReplaced: (() => void) | null = null
  #onDrained: (() => void) | null = null
  #onEnded: (() => void) | null = null

  constructor(start: StartEngine, options: EngineHostOptions = {}) {
    this.#start = start
    this.#restartDelaysMs = options.restartDelaysMs ?? DEFAULT_RESTART_DELAYS_MS
    this.#disposeLimitMs = options.disposeLimitMs ?? DEFAULT_DISPOSE_LIMIT_MS
    this.#startProcess()
  }

  get status(): EngineStatus {
    return this.#status
  }

  /** Each returns the function that stops listening. */
  onStatus(listener: (status: EngineStatus) => void): () => void {
    return subscribe(this.#statusListeners, listener)
  }

  onStep(listener: (message: EngineStepMessage) => void): () => void {
    return subscribe(this.#stepListeners, listener)
  }

  /** After the waiting calls were rejected; every rollout of the dead process is gone. A process that was replaced is not lost. */
  onLost(listener: LossListener): () => void {
    return subscribe(this.#lossListeners, listener)
  }

  /** A device that computed before computes no more; the models that stand on it are of no use. */
  onDeviceLost(listener: DeviceLossListener): () => void {
    return subscribe(this.#deviceLossListeners, listener)
  }

  /**
   * Waits for the engine to be ready, then for its answer. Rejects with EngineCallError (the engine refused),
   * EngineLostError (its process ended), EngineDisposedError, or the signal's reason.
   */
  call<Name extends EngineCallName>(name: Name, args: EngineCalls[Name]['request'], options: CallOptions = {}): Promise<EngineCalls[Name]['response']> {
    if (this.#disposing !== null) return Promise.reject(new EngineDisposedError())
    if (options.signal?.aborted === true) return Promise.reject(options.signal.reason as Error)
    const callId = this.#nextCallId++
    // The union of requests cannot be built from a generic name without saying so.
    const request = { callId, call: name, arguments: args } as unknown as EngineRequest
    const { promise, resolve, reject } = Promise.withResolvers<EngineMessageResult>()
    const abort = (): void => {
      if (this.#pending.get(callId)?.isSent === true) this.#process?.post({ callId, call: 'cancel' })
      else this.#pending.delete(callId)
      reject(options.signal?.reason as Error)
    }
    const halt = (): void => this.#halt(callId, options)
    options.signal?.addEventListener('abort', abort, { once: true })
    options.halt?.addEventListener('abort', halt, { once: true })
    const pending: PendingCall = { request, resolve, reject, options, isSent: false }
    this.#pending.set(callId, pending)
    if (this.#pid !== null) this.#send(pending)
    else if (this.#process === null && this.#restartTimer === null) this.#startProcess() // had given up: try once more
    return promise.finally(() => {
      options.signal?.removeEventListener('abort', abort)
      options.halt?.removeEventListener('abort', halt)
    })
  }

  /** The model as it was loaded last, also by an engine that was lost since; null when it never was, or was unloaded. */
  lastLoaded(modelId: ModelId): LoadedModel | null {
    return this.#lastLoaded.get(modelId) ?? null
  }

  /** The model as it stands, or is about to; null where nobody loads it. */
  standing(modelId: ModelId): Promise<LoadedModel> | null {
    const known = this.#loadedModels.get(modelId)
    return known === undefined ? (this.#loads.get(modelId)?.loading ?? null) : Promise.resolve(known)
  }

  /** Loads a model unless it stands as asked already; calls at the same time share one load. */
  load(request: EngineLoadRequest, { fallback = null, ...options }: LoadOptions = {}): Promise<LoadedModel> {
    const { modelId, device, precision } = request
    const placement = `${device} ${precision}`
    const known = this.#loads.get(modelId)
    if (known?.placement === placement) return known.loading.then((model) => (model.fallback?.device === fallback?.device ? model : this.#keep(modelId, { ...model, fallback })))
    this.#loadedModels.delete(modelId) // the engine takes it off its other device first
    const reportProgress = (stage: string, fraction: number): void => {
      this.tellLoading(modelId, stage, fraction)
      options.onProgress?.(stage, fraction)
    }
    const loading = this.call('load', request, { ...options, onProgress: reportProgress }).then(
      (loaded) => this.#keep(modelId, { ...loaded, fallback }),
      (error: unknown) => {
        if (this.#loads.get(modelId)?.loading === loading) this.#loads.delete(modelId)
        this.#announceReady()
        throw error
      },
    )
    this.#loads.set(modelId, { placement, loading })
    return loading
  }

  #keep(modelId: ModelId, model: LoadedModel): LoadedModel {
    this.#loadedModels.set(modelId, model)
    this.#lastLoaded.set(modelId, model)
    this.#announceReady()
    return model
  }

  /** Says in the status that a model is on its way, for work that comes before the load itself. */
  tellLoading(modelId: ModelId, stage: string, fraction: number): void {
    if (this.#pid !== null) this.#setStatus({ kind: 'loading', pid: this.#pid, modelId, progress: fraction, stage })
  }

  /** Takes a model out of memory. With the last one the process is replaced by a new one: only so the system has all of it back. */
  async unload(modelId: ModelId): Promise<void> {
    await this.#loads.get(modelId)?.loading.catch(() => undefined) // whoever asked for it is told
    if (!this.#loadedModels.delete(modelId)) return
    this.#loads.delete(modelId)
    this.#lastLoaded.delete(modelId)
    if (this.#loads.size > 0) await this.call('unload', { modelId })
    else await this.#replace()
    this.#announceReady()
  }

  /** Lets running calls finish within the limit, then ends the process. No restart follows. */
  dispose(): Promise<void> {
    this.#disposing ??= this.#shutDown()
    return this.#disposing
  }

  async #shutDown(): Promise<void> {
    if (this.#restartTimer !== null) clearTimeout(this.#restartTimer)
    const engine = this.#process
    if (engine === null) return
    const ended = new Promise<void>((resolve) => (this.#onEnded = resolve))
    if (this.#pending.size > 0) await this.#drain()
    engine.end()
    await ended
  }

  #drain(): Promise<void> {
    return new Promise((resolve) => {
      const limit = setTimeout(resolve, this.#disposeLimitMs)
      this.#onDrained = () => {
        clearTimeout(limit)
        resolve()
      }
    })
  }

  #startProcess(): void {
    this.#restartTimer = null
    this.#setStatus({ kind: 'starting' })
    const engine = this.#start()
    this.#process = engine
    engine.onMessage((message) => this.#receive(message))
    engine.onExit((exit) => this.#lose(exit))
  }

  #receive(message: EngineMessage): void {
    switch (message.kind) {
      case 'ready':
        this.#pid = message.pid
        for (const call of this.#pending.values()) this.#send(call)
        this.#announceReady()
        return
      case 'step':
        for (const listener of this.#stepListeners) listener(message)
        return
      case 'progress':
        this.#pending.get(message.callId)?.options.onProgress?.(message.stage, message.fraction)
        return
      case 'completion':
        this.#pending.get(message.callId)?.options.onCompletion?.(message.completion)
        return
      case 'training':
        this.#pending.get(message.callId)?.options.onTrainingEvent?.(message.event)
        return
      case 'response':
        this.#settle(message.callId, (call) => call.resolve(message.result))
        return
      case 'failure':
        this.#settle(message.callId, (call) => {
          this.#noteDeviceLoss(call.request.call, message.failure)
          call.reject(new EngineCallError(message.failure))
        })
        return
      default:
        message satisfies never
    }
  }

  #send(call: PendingCall): void {
    const { request, options } = call
    call.isSent = true
    this.#process?.post(request)
    // Asked before the engine could hear: it ends the call at its first step.
    if (options.halt?.aborted === true) this.#halt(request.callId, options)
  }

  #halt(callId: number, { halt }: CallOptions): void {
    if (this.#pending.get(callId)?.isSent === true) this.#process?.post({ callId, call: 'halt', reason: halt?.reason as HaltReason })
  }

  #settle(callId: number, answer: (call: PendingCall) => void): void {
    const call = this.#pending.get(callId)
    if (call === undefined) throw new Error(`internal: the engine answered call ${callId}, which nobody made`)
    this.#deathsWithoutAnswer = 0
    this.#pending.delete(callId)
    answer(call)
    if (this.#pending.size === 0) this.#onDrained?.()
    if (!this.#isAnswering) this.#onAnswered?.()
  }

  /** A load that was refused says nothing of what stands there. */
  #noteDeviceLoss(call: EngineCallName, failure: EngineFailure): void {
    if (failure.code !== 'DEVICE_UNAVAILABLE' || call === 'load') return
    const stood = this.#standingModels().filter(({ device }) => device === failure.device)
    for (const listener of this.#deviceLossListeners) listener(failure.reason, stood)
  }

  #standingModels(): StandingModel[] {
    return [...this.#loadedModels].map(([modelId, { device }]) => ({ modelId, device }))
  }

  get #isAnswering(): boolean {
    return [...this.#pending.values()].some(({ isSent }) => isSent)
  }

  async #replace(): Promise<void> {
    const engine = this.#process
    if (engine === null) return // a new one follows by itself
    this.#isReplacing = true
    this.#pid = null // what is called from now on waits for the next process
    this.#setStatus({ kind: 'starting' })
    const ended = new Promise<void>((resolve) => (this.#onReplaced = resolve))
    if (this.#isAnswering) await new Promise<void>((resolve) => (this.#onAnswered = resolve))
    engine.end()
    await ended
  }

  #lose(exit: EngineExit): void {
    const isReplaced = this.#isReplacing
    const stood = this.#standingModels()
    this.#process = null
    this.#pid = null
    this.#isReplacing = false
    this.#loads.clear()
    this.#loadedModels.clear()
    const error = new EngineLostError(exit)
    // Those that were made while it was being replaced are for the next process.
    const waiting = [...this.#pending].filter(([, { isSent }]) => isSent || !isReplaced || this.#disposing !== null)
    for (const [callId, call] of waiting) {
      this.#pending.delete(callId)
      call.reject(error)
    }
    this.#onDrained?.()
    this.#onAnswered?.()
    this.#onEnded?.()
    if (this.#disposing === null) {
      if (isReplaced) this.#startProcess()
      else this.#announceLoss(exit, error, stood)
    }
    this.#onReplaced?.()
  }

  #announceLoss(exit: EngineExit, error: EngineLostError, stood: readonly StandingModel[]): void {
    const delayMs = this.#restartDelaysMs[this.#deathsWithoutAnswer]
    this.#deathsWithoutAnswer++
    const isRestarting = delayMs !== undefined
    const lost = isRestarting ? describeExit(exit) : `${describeExit(exit)} It died ${this.#deathsWithoutAnswer} times without answering; the next request tries again.`
    this.#setStatus({ kind: 'lost', exitCode: exit.exitCode, signal: exit.signal, lost, isRestarting })
    for (const listener of this.#lossListeners) listener(error, stood)
    if (isRestarting) this.#restartTimer = setTimeout(() => this.#startProcess(), delayMs)
  }

  #announceReady(): void {
    const loadedModels = [...this.#loadedModels].map(([modelId, { device, precision, fallback }]) => ({ modelId, device, precision, fallback }))
    if (this.#pid !== null) this.#setStatus({ kind: 'ready', pid: this.#pid, loadedModels })
  }

  #setStatus(status: EngineStatus): void {
    this.#status = status
    for (const listener of this.#statusListeners) listener(status)
  }
}

function subscribe<Listener>(listeners: Set<Listener>, listener: Listener): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}
