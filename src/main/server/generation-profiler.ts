/**
 * @file Takes profiles of generations, each in an engine process of its own, on the CPU where a device fails. It knows neither the
 * transport, nor what a profile is made of.
 */
import type { ProfileEvent } from '../../shared/contract/profiles.ts'
import type { DeviceFallback, ModelEntry, PlacementChoice } from '../../shared/domain/model.ts'
import type { Profile } from '../../shared/domain/profile.ts'
import type { RunConfig } from '../../shared/domain/run-config.ts'
import type { Prompt } from '../../shared/domain/trace.ts'
import { reasonToFallBack, type DeviceRoom } from '../devices/index.ts'
import type { EngineCalls } from '../engine/protocol.ts'
import { EngineDisposedError, EngineHost, type StartEngine } from '../engine-host/index.ts'
import { Mailbox } from '../sessions/index.ts'

export interface GenerationProfilerParts {
  readonly devices: Pick<DeviceRoom, 'resolve' | 'choiceOf'>
  readonly startEngine: StartEngine
  /** Of the program and what it stands on; they join those that the engine tells. */
  readonly versions: Readonly<Record<string, string>>
  /** Unix milliseconds. */
  readonly now: () => number
}

export interface ProfileOrder {
  readonly model: ModelEntry
  /** @default as the model is loaded otherwise */
  readonly placement?: PlacementChoice | undefined
  readonly prompt: Prompt
  readonly config: RunConfig
}

/** Time to hear that nobody waits any more, between two steps, and to remove what was written. */
const CANCEL_LIMIT_MS = 3_000

interface Watch {
  readonly signal: AbortSignal
  readonly onProgress: (stage: string, fraction: number) => void
}

export class GenerationProfiler {
  readonly #parts: GenerationProfilerParts
  readonly #closing = new AbortController()

  constructor(parts: GenerationProfilerParts) {
    this.#parts = parts
  }

  /**
   * Tells how far it is, and at last the profile. The engine process ends with the iteration, or when the signal aborts.
   * @throws what the engine throws on the CPU, or the signal's reason
   */
  async *take(order: ProfileOrder, { signal }: { signal?: AbortSignal | undefined } = {}): AsyncGenerator<ProfileEvent, void, undefined> {
    const left = new AbortController()
    const signals = [left.signal, this.#closing.signal, ...(signal === undefined ? [] : [signal])]
    const mailbox = new Mailbox<ProfileEvent>()
    const onProgress: Watch['onProgress'] = (stage, fraction) => mailbox.post({ kind: 'progress', stage, fraction })
    const taking = this.#profile(order, { signal: AbortSignal.any(signals), onProgress }).finally(() => mailbox.close())
    // Its failure is thrown below, or nobody reads any more.
    const settled = Promise.allSettled([taking])
    try {
      yield* mailbox.read()
      yield { kind: 'profile', profile: await taking }
    } finally {
      left.abort()
      await settled
    }
  }

  /** Ends what is under way. */
  dispose(): void {
    this.#closing.abort(new EngineDisposedError())
  }

  async #profile({ model, placement, prompt, config }: ProfileOrder, watch: Watch): Promise<Profile> {
    const { devices, versions, now } = this.#parts
    const { request: { modelId: _, ...request }, fallback } = await devices.resolve(model, placement ?? devices.choiceOf(model), { onProgress: watch.onProgress })
    const ask = async (asked: typeof request, why: DeviceFallback | null): Promise<Profile> => {
      const profile = await this.#inOwnEngine({ ...asked, prompt, config }, watch)
      return { ...profile, modelName: model.name, fallback: why, versions: { ...profile.versions, ...versions }, createdAt: now() }
    }
    try {
      return await ask(request, fallback)
    } catch (error) {
      const reason = request.device === 'cpu' || watch.signal.aborted ? null : reasonToFallBack(error)
      if (reason === null) throw error
      return ask({ ...request, device: 'cpu' }, { device: request.device, reason })
    }
  }

  async #inOwnEngine(request: EngineCalls['profile']['request'], watch: Watch): Promise<EngineCalls['profile']['response']> {
    watch.signal.throwIfAborted()
    const engine = new EngineHost(this.#parts.startEngine, { restartDelaysMs: [], disposeLimitMs: CANCEL_LIMIT_MS })
    try {
      return await engine.call('profile', request, watch)
    } finally {
      await engine.dispose()
    }
  }
}
