/**
 * @file Starts the engine process, carries calls to it as promises, and starts a new one when it dies. It knows the
 * envelope of messages and which models are loaded, but not what a step is or who listens.
 */
import type { ComputedStep, EngineCallName, EngineCalls, EngineFailure, EngineMessage, EngineRequest, HaltReason } from '../engine/protocol.ts'
import type { EngineStatus } from '../../shared/domain/engine-status.ts'
import type { ModelId } from '../../shared/domain/identifiers.ts'
import type { DeviceFallback, LoadedModel } from '../../shared/domain/model.ts'
import type { EngineExit, EngineProcess, StartEngine } from './engine-process.ts'
import { EngineCallError, EngineDisposedError, EngineLostError, describeExit } from './errors.ts'
import { PendingCalls, type CallOptions, type EngineMessageResult, type PendingCall } from './pending-calls.ts'
import { StandingModels, type EngineLoadRequest, type StandingModel } from './standing-models.ts'

export interface LoadOptions extends CallOptions {
  /** Why another device than the one asked for is loaded on; the loaded model tells it. @default null */
  fallback?: DeviceFallback | null
}

type LossListener = (error: EngineLostError, stood: readonly StandingModel[]) => void
type DeviceLossListener = (reason: string, stood: readonly StandingModel[]) => void

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

const DEFAULT_RESTART_DELAYS_MS = [0, 250, 1000, 4000]
const DEFAULT_DISPOSE_LIMIT_MS = 10_000

export class EngineHost {
  readonly #start: StartEngine
  readonly #restartDelaysMs: readonly number[]
  readonly #disposeLimitMs: number
  readonly #pending = new PendingCalls()
  readonly #models = new StandingModels(() => this.#announceReady())
  readonly #statusListeners = new Set<(status: EngineStatus) => void>()
  readonly #stepListeners = new Set<(message: ComputedStep) => void>()
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

  onStep(listener: (message: ComputedStep) => void): () => void {
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
    if (options.signal?.aborted === true) return Promise.reject(options.signal.reason as Error) // whatever it is, it is handed on
    const callId = this.#nextCallId++
    // The union of requests cannot be built from a generic name without saying so.
    const request = { callId, call: name, arguments: args } as unknown as EngineRequest
    const { promise, resolve, reject } = Promise.withResolvers<EngineMessageResult>()
    const abort = (): void => {
      if (this.#pending.isSent(callId)) this.#process?.post({ callId, call: 'cancel' })
      else this.#pending.remove(callId)
      reject(options.signal?.reason as Error) // as above
    }
    const halt = (): void => this.#halt(callId, options)
    options.signal?.addEventListener('abort', abort, { once: true })
    options.halt?.addEventListener('abort', halt, { once: true })
    const pending: PendingCall = { request, resolve, reject, options, isSent: false }
    this.#pending.add(pending)
    if (this.#pid !== null) this.#send(pending)
    else if (this.#process === null && this.#restartTimer === null) this.#startProcess() // had given up: try once more
    return promise.finally(() => {
      options.signal?.removeEventListener('abort', abort)
      options.halt?.removeEventListener('abort', halt)
    })
  }

  /** The model as it was loaded last, also by an engine that was lost since; null when it never was, or was unloaded. */
  lastLoaded(modelId: ModelId): LoadedModel | null {
    return this.#models.last(modelId)
  }

  /** The model as it stands, or is about to; null where nobody loads it. */
  standing(modelId: ModelId): Promise<LoadedModel> | null {
    return this.#models.find(modelId)
  }

  /** Loads a model unless it stands as asked already; calls at the same time share one load. */
  load(request: EngineLoadRequest, { fallback = null, ...options }: LoadOptions = {}): Promise<LoadedModel> {
    const onProgress = (stage: string, fraction: number): void => {
      this.tellLoading(request.modelId, stage, fraction)
      options.onProgress?.(stage, fraction)
    }
    return this.#models.load(request, fallback, () => this.call('load', request, { ...options, onProgress }))
  }

  /** Says in the status that a model is on its way, for work that comes before the load itself. */
  tellLoading(modelId: ModelId, stage: string, fraction: number): void {
    if (this.#pid !== null) this.#setStatus({ kind: 'loading', pid: this.#pid, modelId, progress: fraction, stage })
  }

  /** Takes a model out of memory. With the last one the process is replaced by a new one: only so the system has all of it back. */
  async unload(modelId: ModelId): Promise<void> {
    if (!(await this.#models.remove(modelId))) return
    if (!this.#models.isEmpty) await this.call('unload', { modelId })
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
    // Who waits for a process hears that none is going to be started.
    if (engine === null) for (const call of this.#pending.take({ isSentOnly: false })) call.reject(new EngineDisposedError())
    if (engine === null) return
    const ended = new Promise<void>((resolve) => (this.#onEnded = resolve))
    if (!this.#pending.isEmpty) await this.#drain()
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
        for (const call of this.#pending.unsettled()) this.#send(call)
        this.#announceReady()
        return
      case 'steps':
        for (const step of message.steps) for (const listener of this.#stepListeners) listener(step)
        return
      case 'progress':
      case 'completion':
      case 'training':
        this.#pending.tell(message)
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
    if (this.#pending.isSent(callId)) this.#process?.post({ callId, call: 'halt', reason: halt?.reason as HaltReason }) // CallOptions ask for one
  }

  #settle(callId: number, answer: (call: PendingCall) => void): void {
    const call = this.#pending.remove(callId)
    if (call === undefined) throw new Error(`internal: the engine answered call ${callId}, which nobody made`)
    this.#deathsWithoutAnswer = 0
    answer(call)
    if (this.#pending.isEmpty) this.#onDrained?.()
    if (!this.#pending.isAnySent) this.#onAnswered?.()
  }

  /** A load that was refused says nothing of what stands there. */
  #noteDeviceLoss(call: EngineCallName, failure: EngineFailure): void {
    if (failure.code !== 'DEVICE_UNAVAILABLE' || call === 'load') return
    const stood = this.#models.list().filter(({ device }) => device === failure.device)
    for (const listener of this.#deviceLossListeners) listener(failure.reason, stood)
  }

  async #replace(): Promise<void> {
    const engine = this.#process
    if (engine === null) return // a new one follows by itself
    this.#isReplacing = true
    this.#pid = null // what is called from now on waits for the next process
    this.#setStatus({ kind: 'starting' })
    const ended = new Promise<void>((resolve) => (this.#onReplaced = resolve))
    if (this.#pending.isAnySent) await new Promise<void>((resolve) => (this.#onAnswered = resolve))
    engine.end()
    await ended
  }

  #lose(exit: EngineExit): void {
    const isReplaced = this.#isReplacing
    const stood = this.#models.clear()
    this.#process = null
    this.#pid = null
    this.#isReplacing = false
    const error = new EngineLostError(exit)
    // Those that were made while it was being replaced are for the next process.
    const lost = this.#pending.take({ isSentOnly: isReplaced && this.#disposing === null })
    for (const call of lost) call.reject(error)
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
    if (this.#pid !== null) this.#setStatus({ kind: 'ready', pid: this.#pid, loadedModels: this.#models.list() })
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
