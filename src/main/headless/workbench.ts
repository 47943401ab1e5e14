/** @file The parts a command needs of the app, with the experiment log or without any. It does not know the commands. */
import { homedir } from 'node:os'
import type { Device } from '../../shared/domain/model.ts'
import type { ModelEntry } from '../../shared/domain/model.ts'
import { EngineHost } from '../engine-host/index.ts'
import type { EvaluationRoom, SweepRoom } from '../jobs/index.ts'
import type { ExperimentLog } from '../log/index.ts'
import { createApp, defaultDataDir, openLibrary, type Library } from '../server/index.ts'
import { createMemoryLog, SessionRoom } from '../sessions/index.ts'
import type { Shell } from './shell.ts'

export interface Workbench {
  library: Library
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
  log: ExperimentLog
}

export async function openWorkbench(shell: Shell, { dataDir, device }: { dataDir: string; device: Device }): Promise<LoggedWorkbench> {
  const { resourcesDir, startEngine } = shell
  const app = await createApp({ dataDir, resourcesDir, shell: 'browser', startEngine, device })
  const { library, sessions, sweeps, evaluations, log, engine, about } = app.context
  return { library, sessions, sweeps, evaluations, log, engine, logPath: about.logPath, dispose: () => app.dispose() }
}

/** Touches no file of the user's. */
export function openUnloggedWorkbench({ resourcesDir, startEngine }: Shell, { device }: { device: Device }): Workbench {
  const added: ModelEntry[] = []
  const library = openLibrary(
    {
      listModels: async () => added,
      addModel: async (model) => {
        const entry = { ...model, isBundled: false, examples: [] }
        added.push(entry)
        return entry
      },
      removeModel: async () => false,
    },
    resourcesDir,
  )
  const engine = new EngineHost(startEngine)
  const sessions = new SessionRoom({ engine, log: createMemoryLog({ now: Date.now }), findModel: (modelId) => library.find(modelId) }, { device })
  return {
    library,
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
