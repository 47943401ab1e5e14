/** @file The parts a command needs of the app, with the experiment log or without any. It does not know the commands. */
import { homedir } from 'node:os'
import type { ModelEntry, PlacementChoice } from '../../shared/domain/model.ts'
import { DeviceRoom, SpeedBook } from '../devices/index.ts'
import { EngineHost } from '../engine-host/index.ts'
import type { EvaluationRoom, SweepRoom } from '../jobs/index.ts'
import type { ExperimentLog } from '../log/index.ts'
import { createApp, defaultDataDir, openModelLibrary, type GenerationProfiler, type ModelLibrary } from '../server/index.ts'
import { createMemoryLog, SessionRoom } from '../sessions/index.ts'
import type { Shell } from './shell.ts'

export interface Workbench {
  modelLibrary: ModelLibrary
  sessions: SessionRoom
  engine: EngineHost
  /** null when nothing is kept. */
  logPath: string | null
  dispose(): Promise<void>
}

/** One whose results are kept. */
export interface LoggedWorkbench extends Workbench {
  sweeps: SweepRoom
  evaluations: EvaluationRoom
  profiler: GenerationProfiler
  log: ExperimentLog
}

export async function openWorkbench(shell: Shell, { dataDir, placement }: { dataDir: string; placement: Partial<PlacementChoice> }): Promise<LoggedWorkbench> {
  const { resourcesDir, startEngine } = shell
  const app = await createApp({ dataDir, resourcesDir, shell: 'browser', startEngine, placement })
  const { modelLibrary, sessions, sweeps, evaluations, profiler, log, engine, about } = app.context
  return { modelLibrary, sessions, sweeps, evaluations, profiler, log, engine, logPath: about.logPath, dispose: () => app.dispose() }
}

/** Touches no file of the user's: nothing that was measured is remembered, so that `auto` is the CPU. */
export function openUnloggedWorkbench({ resourcesDir, startEngine }: Shell, { placement }: { placement: Partial<PlacementChoice> }): Workbench {
  const added: Omit<ModelEntry, 'placement'>[] = []
  const modelLibrary = openModelLibrary(
    {
      listModels: async () => added,
      addModel: async (model) => {
        const entry = { ...model, isBundled: false, examples: [] }
        added.push(entry)
        return entry
      },
      removeModel: async () => false,
      listPlacements: async () => new Map(),
      placeModel: async () => undefined,
    },
    resourcesDir,
    placement,
  )
  const engine = new EngineHost(startEngine)
  const devices = new DeviceRoom({ engine, startEngine, book: new SpeedBook({ path: null, machine: '' }), weightsDir: null })
  const sessions = new SessionRoom({ engine, devices, log: createMemoryLog({ now: Date.now }), findModel: (modelId) => modelLibrary.find(modelId) })
  return {
    modelLibrary,
    sessions,
    engine,
    logPath: null,
    dispose: async () => void (await Promise.all([sessions.dispose(), engine.dispose()])),
  }
}

/** The folder used when --data-dir is not given. */
export function userDataDir(): string {
  return defaultDataDir({ platform: process.platform, env: process.env, homeDir: homedir() })
}
