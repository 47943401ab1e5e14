/** @file The door of the engine host. It knows calls, not what a step is. */
export { EngineHost, type EngineHostOptions, type LoadOptions } from './engine-host.ts'
export type { EngineExit, EngineProcess, StartEngine } from './engine-process.ts'
export { createOutputTail } from './engine-process.ts'
export { EngineCallError, EngineDisposedError, EngineLostError } from './errors.ts'
export { forkEngine } from './fork-engine.ts'
export type { CallOptions } from './pending-calls.ts'
export type { EngineLoadRequest, StandingModel } from './standing-models.ts'
