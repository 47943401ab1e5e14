/** @file The door of the engine host. */
export { EngineHost, type CallOptions, type EngineHostOptions, type EngineLoadRequest, type EngineStepMessage, type LoadOptions, type StandingModel } from './engine-host.ts'
export type { EngineExit, EngineProcess, StartEngine } from './engine-process.ts'
export { createOutputTail } from './engine-process.ts'
export { EngineCallError, EngineDisposedError, EngineLostError } from './errors.ts'
export { forkEngine } from './fork-engine.ts'
