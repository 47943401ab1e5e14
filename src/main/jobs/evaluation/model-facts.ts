/** @file What a grid must know of a model before it is loaded, from its health. It reads no file of a model itself. */
import type { CheckpointHealth, HealthCheck } from '../../../shared/domain/health.ts'
import type { ModelLocation } from '../../../shared/domain/model.ts'
import { EngineCallError, type EngineHost } from '../../engine-host/index.ts'
import { stampFiles } from './file-stamp.ts'
import type { MemorySizes } from '../../../shared/domain/memory-name.ts'
import { foldersOf } from './run-provenance.ts'

export interface ModelFacts {
  /** null where there is no checkpoint, or it could not be read. */
  readonly memory: (MemorySizes & { readonly reasonerHiddenSize: number; readonly weaverHiddenSize: number }) | null
  /** Why the trigger decides nothing by the text; null where it does. */
  readonly triggerProblem: string | null
  /** Why nothing could be found out; null where it was. */
  readonly problem: string | null
}

/** Asks for a model's health once for each state of its files. */
export class ModelFactsReader {
  readonly #engine: Pick<EngineHost, 'call'>
  readonly #known = new Map<string, Promise<ModelFacts>>()

  constructor(engine: Pick<EngineHost, 'call'>) {
    this.#engine = engine
  }

  /** A model that cannot be read has facts that say so. Throws EngineLostError. */
  read(location: ModelLocation): Promise<ModelFacts> {
    const key = `${JSON.stringify(location)} ${stampFiles(foldersOf(location))}`
    const known = this.#known.get(key) ?? this.#inspect(location)
    this.#known.set(key, known)
    known.catch(() => this.#known.delete(key))
    return known
  }

  async #inspect(location: ModelLocation): Promise<ModelFacts> {
    try {
      return toFacts(await this.#engine.call('inspect', { location, sha256: false }))
    } catch (error) {
      if (error instanceof EngineCallError) return { memory: null, triggerProblem: null, problem: error.message }
      throw error
    }
  }
}

export function toFacts({ checks, kind }: Pick<CheckpointHealth, 'checks' | 'kind'>): ModelFacts {
  const find = (id: string): HealthCheck | undefined => checks.find((check) => check.id === id)
  const sizes = find('checkpoint.variant')?.values ?? {}
  const size = (name: string): number => Number(sizes[name] ?? Number.NaN)
  const memory = {
    maxPromptAugNum: size('maxPromptAugNum'),
    promptLatentsLen: size('promptLatentsLen'),
    maxInferenceAugNum: size('maxInferenceAugNum'),
    inferenceLatentsLen: size('inferenceLatentsLen'),
    reasonerHiddenSize: size('reasonerHiddenSize'),
    weaverHiddenSize: size('weaverHiddenSize'),
  }
  const trigger = [find('trigger.active'), find('trigger.head')].find((check) => check?.verdict === 'warning')
  return {
    memory: Object.values(memory).some(Number.isNaN) ? null : memory,
    triggerProblem: trigger?.detail ?? null,
    problem: kind === 'unreadable' ? (checks.find(({ verdict }) => verdict === 'error')?.detail ?? 'It cannot be read.') : null,
  }
}
