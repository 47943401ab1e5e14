/** @file The one contract between UI and host; it does not know the transport. */
import { logContract } from './log.ts'
import { modelsContract } from './models.ts'
import { sessionsContract } from './sessions.ts'
import { systemContract } from './system.ts'
import { trainingContract } from './training.ts'

export const contract = { models: modelsContract, sessions: sessionsContract, log: logContract, system: systemContract, training: trainingContract }
export type Contract = typeof contract
