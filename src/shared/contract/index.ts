/** @file The one contract between UI and host; it does not know the transport. */
import { analysisContract } from './analysis.ts'
import { comparisonsContract } from './comparisons.ts'
import { evaluationsContract } from './evaluations.ts'
import { latentsContract } from './latents.ts'
import { logContract } from './log.ts'
import { modelsContract } from './models.ts'
import { profilesContract } from './profiles.ts'
import { sessionsContract } from './sessions.ts'
import { sweepsContract } from './sweeps.ts'
import { systemContract } from './system.ts'
import { tasksContract } from './tasks.ts'
import { trainingContract } from './training.ts'
import { transferContract } from './transfer.ts'

export const contract = {
  models: modelsContract,
  profiles: profilesContract,
  sessions: sessionsContract,
  analysis: analysisContract,
  sweeps: sweepsContract,
  tasks: tasksContract,
  evaluations: evaluationsContract,
  comparisons: comparisonsContract,
  latents: latentsContract,
  transfer: transferContract,
  log: logContract,
  system: systemContract,
  training: trainingContract,
}
export type Contract = typeof contract
