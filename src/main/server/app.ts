/** @file Wires log, library, engine and sessions into one app for any shell; it does not know transports or windows. */
import { cpus } from 'node:os'
import packageJson from '../../../package.json' with { type: 'json' }
import type { About } from '../../shared/contract/system.ts'
import type { PlacementChoice } from '../../shared/domain/model.ts'
import { DeviceRoom, SpeedBook } from '../devices/index.ts'
import { EngineHost, type StartEngine } from '../engine-host/index.ts'
import { listCachedDataset } from '../hub/index.ts'
import { EvaluationRoom, FileHashes, SweepRoom, TrainingRoom, type LoadTask } from '../jobs/index.ts'
import { openLog } from '../log/index.ts'
import { SessionRoom, type FindCentroids, type SessionRoomParts } from '../sessions/index.ts'
import { loadTask as loadTaskFrom } from '../tasks/index.ts'
import { Transfer } from '../transfer/index.ts'
import type { ModelLibrary, ServerContext } from './context.ts'
import { dataFilesOf } from './data-files.ts'
import { GenerationProfiler } from './generation-profiler.ts'
import { openModelLibrary } from './model-library.ts'
import { router, type AppRouter } from './router.ts'

export interface AppOptions {
  /** The user's folder: the log lies in it. */
  dataDir: string
  /** Where the bundled models lie. */
  resourcesDir: string
  shell: About['shell']
  startEngine: StartEngine
  /** Where models are loaded, in place of what their entries say until they are placed anew. @default as their entries say */
  placement?: Partial<PlacementChoice>
  /** Load the bundled model while the user still looks at the page, so that the first step does not wait for it. @default false */
  preloadsBundledModel?: boolean
  /** Unix milliseconds. @default Date.now */
  now?: () => number
}

export interface App {
  router: AppRouter
  context: ServerContext
  /** Lets the step under way finish, ends the engine and closes the log. */
  dispose(): Promise<void>
}

/** Raises LogUnavailableError before anything is started. */
export async function createApp({ dataDir, resourcesDir, shell, startEngine, placement = {}, preloadsBundledModel = false, now = Date.now }: AppOptions): Promise<App> {
  const files = dataFilesOf(dataDir)
  const log = await openLog(files.logPath, { now })
  const modelLibrary = openModelLibrary(log, resourcesDir, placement)
  const engine = new EngineHost(startEngine)
  const versions = readVersions()
  const book = new SpeedBook({ path: files.speedsPath, machine: describeMachine(versions) })
  const devices = new DeviceRoom({ engine, startEngine, book, weightsDir: files.weightsDir })
  const findModel: SessionRoomParts['findModel'] = (modelId) => modelLibrary.find(modelId)
  const findCentroids: FindCentroids = async (id) => (await log.evaluations.getClusterSet(id))?.centroids ?? null
  const sessions = new SessionRoom({ engine, devices, log, findModel, findCentroids }, { now })
  const sweeps = new SweepRoom({ log: log.sweeps, replays: { log, findCentroids }, engine, devices, startEngine, findModel })
  const training = new TrainingRoom({ log: log.training, startEngine })
  const loadTask = openTasks(resourcesDir)
  const evaluations = new EvaluationRoom({
    log: log.evaluations,
    engine,
    devices,
    startEngine,
    findModel,
    loadTask,
    findCentroids,
    hashes: new FileHashes(files.hashesPath),
    projectDir: import.meta.dirname,
    versions: { 'memgen-workbench': packageJson.version, ...versions },
  })
  const profiler = new GenerationProfiler({ devices, startEngine, versions: { 'memgen-workbench': packageJson.version, ...versions }, now })
  if (preloadsBundledModel) void preloadBundledModel(modelLibrary, sessions)
  let disposing: Promise<void> | null = null
  const shutDown = async (): Promise<void> => {
    devices.dispose()
    profiler.dispose()
    // At once: sessions ask their runs to stop, and the engine waits for those runs.
    await Promise.all([sessions.dispose(), sweeps.dispose(), training.dispose(), evaluations.dispose(), engine.dispose()])
    await log.close()
  }
  return {
    router,
    context: {
      sessions,
      log,
      modelLibrary,
      engine,
      devices,
      profiler,
      sweeps,
      training,
      transfer: new Transfer({ log, exportsDir: files.exportsDir, version: packageJson.version, now }),
      evaluations,
      loadTask,
      trainingDir: files.trainingDir,
      about: { version: packageJson.version, shell, logPath: files.logPath, logRefusal: log.refusal, versions },
    },
    dispose: () => (disposing ??= shutDown()),
  }
}

/** Tasks from the user's files, the app's own, and the local Hugging Face cache. */
function openTasks(resourcesDir: string): LoadTask {
  return (request, watch) => loadTaskFrom(request, { resourcesDir, listRepository: listCachedDataset, ...watch })
}

async function preloadBundledModel(modelLibrary: ModelLibrary, sessions: SessionRoom): Promise<void> {
  try {
    const bundled = (await modelLibrary.list()).find(({ isBundled }) => isBundled)
    if (bundled !== undefined) await sessions.requireModel(bundled.id)
  } catch {
    // Nobody asked for it yet: whoever opens the model is told what is wrong.
  }
}

/** What speeds belong to. */
function describeMachine(versions: Readonly<Record<string, string>>): string {
  return `${process.platform} ${process.arch}, ${cpus()[0]?.model.trim() ?? 'unknown processor'}, onnxruntime-node ${versions['onnxruntime-node'] ?? ''}`
}

/** Of what shows in a bug report. */
function readVersions(): Record<string, string> {
  const { electron, chrome } = process.versions
  return {
    node: process.versions.node,
    ...(electron === undefined ? {} : { electron }),
    ...(chrome === undefined ? {} : { chrome }),
    'onnxruntime-node': packageJson.dependencies['onnxruntime-node'],
    'better-sqlite3': packageJson.dependencies['better-sqlite3'],
  }
}
