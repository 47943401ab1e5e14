/**
 * @file Starts the engine process, carries calls to it as promises, and starts a new one when it dies. It knows the
 * envelope of messages and which models are loaded, but not what a step is or who listens.
 */
import type { EngineCallName, EngineCalls, EngineMessage, EngineRequest, HaltReason } from '../engine/protocol.ts'
import type { Completion } from '../../shared/domain/completion.ts'
import type { EngineStatus } from '../../shared/domain/engine-status.ts'
import type { ModelId } from '../../shared/domain/identifiers.ts'
import type { Device, LoadedModel, ModelLocation } from '../../shared/domain/model.ts'
import type { TrainingEvent } from '../../shared/domain/training-event.ts'
import type { EngineExit, EngineProcess, StartEngine } from './engine-process.ts'
import { EngineCallError, EngineDisposedError, EngineLostError, describeExit } from './errors.ts'

export type EngineStepMessage = Extract<EngineMessage, { kind: 'step' }>

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
}
type EngineMessageResult = EngineCalls[EngineCallName]['response']

const DEFAULT_RESTART_DELAYS_MS = [0, 250, 1000, 4000]
const DEFAULT_DISPOSE_LIMIT_MS = 10_000

export class EngineHost {
  readonly #start: StartEngine
  readonly #restartDelaysMs: readonly number[]
  readonly #disposeLimitMs: number
  readonly #pending = new Map<number, PendingCall>()
  readonly #loads = new Map<ModelId, { device: Device; loading: Promise<LoadedModel> }>()
  readonly #loadedModels = new Map<ModelId, Device>()
  /** Outlives the engine: where each model was loaded last. */
  readonly #lastDevices = new Map<ModelId, Device>()
  readonly #statusListeners = new Set<(status: EngineStatus) => void>()
  readonly #stepListeners = new Set<(message: EngineStepMessage) => void>()
  readonly #lossListeners = new Set<(error: EngineLostError) => void>()
  #process: EngineProcess | null = null
  #restartTimer: NodeJS.Timeout | null = null
  #pid: number | null = null
  #status: EngineStatus = { kind: 'starting' }
  #deathsWithoutAnswer = 0
  #nextCallId = 1
  #disposing: Promise<void> | null = null
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

  /** After the waiting calls were rejected; every rollout of the dead process is gone. */
  onLost(listener: (error: EngineLostError) => void): () => void {
    return subscribe(this.#lossListeners, listener)
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
      if (this.#pid === null) this.#pending.delete(callId) // never sent
      else this.#process?.post({ callId, call: 'cancel' })
      reject(options.signal?.reason as Error)
    }
    const halt = (): void => this.#halt(callId, options)
    options.signal?.addEventListener('abort', abort, { once: true })
    options.halt?.addEventListener('abort', halt, { once: true })
    this.#pending.set(callId, { request, resolve, reject, options })
    if (this.#pid !== null) this.#send(request, options)
    else if (this.#process === null && this.#restartTimer === null) this.#startProcess() // had given up: try once more
    return promise.finally(() => {
      options.signal?.removeEventListener('abort', abort)
      options.halt?.removeEventListener('abort', halt)
    })
  }

  /** Where the model is or was loaded last, also by an engine that was lost since; null when it never was. */
  lastDeviceOf(modelId: ModelId): Device | null {
    return this.#lastDevices.get(modelId) ?? null
  }

  /** Loads a model unless it is loaded on that device already; calls at the same time share one load. */
  load(modelId: ModelId, location: ModelLocation, device: Device, options: CallOptions = {}): Promise<LoadedModel> {
    const known = this.#loads.get(modelId)
    if (known?.device === device) return known.loading
    this.#loadedModels.delete(modelId) // the engine takes it off its other device first
    const reportProgress = (stage: string, fraction: number): void => {
      if (this.#pid !== null) this.#setStatus({ kind: 'loading', pid: this.#pid, modelId, progress: fraction, stage })
      options.onProgress?.(stage, fraction)
    }
    const loading = this.call('load', { modelId, location, device }, { ...options, onProgress: reportProgress }).then(
      (model) => {
        this.#loadedModels.set(modelId, device)
        this.#lastDevices.set(modelId, device)
        this.#announceReady()
        return model
      },
      (error: unknown) => {
        if (this.#loads.get(modelId)?.loading === loading) this.#loads.delete(modelId)
        this.#announceReady()
        throw error
      },
    )
    this.#loads.set(modelId, { device, loading })
    return loading
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
        for (const { request, options } of this.#pending.values()) this.#send(request, options)
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
        this.#settle(message.callId, (call) => call.reject(new EngineCallError(message.failure)))
        return
      default:
        message satisfies never
    }
  }

  #send(request: EngineRequest, options: CallOptions): void {
    this.#process?.post(request)
    // Asked before the engine could hear: it ends the call at its first step.
    if (options.halt?.aborted === true) this.#halt(request.callId, options)
  }

  #halt(callId: number, { halt }: CallOptions): void {
    if (this.#pid !== null) this.#process?.post({ callId, call: 'halt', reason: halt?.reason as HaltReason })
  }

  #settle(callId: number, answer: (call: PendingCall) => void): void {
    const call = this.#pending.get(callId)
    if (call === undefined) throw new Error(`internal: the engine answered call ${callId}, which nobody made`)
    this.#deathsWithoutAnswer = 0
    this.#pending.delete(callId)
    answer(call)
    if (this.#pending.size === 0) this.#onDrained?.()
  }

  #lose(exit: EngineExit): void {
    this.#process = null
    this.#pid = null
    this.#loads.clear()
    this.#loadedModels.clear()
    const error = new EngineLostError(exit)
    const waiting = [...this.#pending.values()]
    this.#pending.clear()
    for (const call of waiting) call.reject(error)
    this.#onDrained?.()
    this.#onEnded?.()
    if (this.#disposing === null) this.#announceLoss(exit, error)
  }

  #announceLoss(exit: EngineExit, error: EngineLostError): void {
    const delayMs = this.#restartDelaysMs[this.#deathsWithoutAnswer]
    this.#deathsWithoutAnswer++
    const isRestarting = delayMs !== undefined
    const lost = isRestarting ? describeExit(exit) : `${describeExit(exit)} It died ${this.#deathsWithoutAnswer} times without answering; the next request tries again.`
    this.#setStatus({ kind: 'lost', exitCode: exit.exitCode, signal: exit.signal, lost, isRestarting })
    for (const listener of this.#lossListeners) listener(error)
    if (isRestarting) this.#restartTimer = setTimeout(() => this.#startProcess(), delayMs)
  }

  #announceReady(): void {
    const loadedModels = [...this.#loadedModels].map(([modelId, device]) => ({ modelId, device }))
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
