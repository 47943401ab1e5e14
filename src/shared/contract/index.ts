/** @file The one contract between UI and host; it does not know the transport. */
import { analysisContract } from './analysis.ts'
import { logContract } from './log.ts'
import { modelsContract } from './models.ts'
import { sessionsContract } from './sessions.ts'
import { sweepsContract } from './sweeps.ts'
import { systemContract } from './system.ts'
import { trainingContract } from './training.ts'

export const contract = {
  models: modelsContract,
  sessions: sessionsContract,
  analysis: analysisContract,
  sweeps: sweepsContract,
  log: logContract,
  system: systemContract,
  training: trainingContract,
}
export type Contract = typeof contract
