/** @file What the RPC rooms stand on. It does not know the transport, nor which shell the app runs in. */
import type { About } from '../../shared/contract/system.ts'
import type { ModelId } from '../../shared/domain/identifiers.ts'
import type { ModelEntry, ModelLocation, PlacementChoice } from '../../shared/domain/model.ts'
import type { DeviceRoom } from '../devices/index.ts'
import type { EngineHost } from '../engine-host/index.ts'
import type { EvaluationRoom, LoadTask, SweepRoom, TrainingRoom } from '../jobs/index.ts'
import type { ExperimentLog } from '../log/index.ts'
import type { SessionRoom } from '../sessions/index.ts'
import type { Transfer } from '../transfer/index.ts'
import type { GenerationProfiler } from './generation-profiler.ts'

/** Bundled models and the user's own. */
export interface ModelLibrary {
  list(): Promise<ModelEntry[]>
  find(modelId: ModelId): Promise<ModelEntry | null>
  /** The same location gets the same id, so adding twice changes the name only. */
  add(model: { name: string; location: ModelLocation }): Promise<ModelEntry>
  /** Remembers where a model is to be loaded; null where the library does not know it. */
  place(modelId: ModelId, placement: PlacementChoice): Promise<ModelEntry | null>
  /** False where the user has no such model; a bundled one stays. */
  remove(modelId: ModelId): Promise<boolean>
}

export interface ServerContext {
  sessions: SessionRoom
  log: ExperimentLog
  modelLibrary: ModelLibrary
  engine: EngineHost
  devices: DeviceRoom
  profiler: GenerationProfiler
  sweeps: SweepRoom
  training: TrainingRoom
  transfer: Transfer
  evaluations: EvaluationRoom
  loadTask: LoadTask
  /** Where runs write that name no folder of their own. */
  trainingDir: string
  about: About
}
